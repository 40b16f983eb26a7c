# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What skin is like in each region of a face, carried to any actor by its landmarks (numpy only).

A region is a set of landmarks of the face survey. At a vertex the regions are mixed by how near their landmarks lie.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import ScanError
from ..geometry.smooth import falling

#: Landmarks pull over this distance, mm of an average face.
REACH_MM = 16.0
#: Generic skin begins to fade this far from all landmarks, and has ended at the second, mm of an average face.
NEAR_MM, FAR_MM = 30.0, 60.0


@dataclass(frozen=True)
class Region:
    """The skin of one region, of an adult of middle age.

    Attributes:
        landmarks: that it lies about; those off the middle are on both sides.
        spacing_mm: between wrinkles.
        depth_mm: of wrinkles that are wholly open.
        degrees: direction of the compression that folds it most, and that leaves lines at rest with age; 0 is across
            the face, 90 up it, and 45 up and outwards on both sides.
        other: depth where it is compressed at right angles to that, over the usual depth.
        rest: share of the wrinkles that stays at rest in old age.
        pore_mm: between pores.
        pore_depth_mm: of pores, root mean square.
    """

    landmarks: tuple[str, ...]
    spacing_mm: float
    depth_mm: float
    degrees: float
    other: float
    rest: float
    pore_mm: float
    pore_depth_mm: float


#: Spacing of wrinkles as photographs of faces show it; pores are largest at the nose and the cheeks beside it. Lips
#: fold where they are pursed, and hardly where a smile makes them thin; the fold beside them takes what a smile shifts.
REGIONS: dict[str, Region] = {
    "forehead": Region(("supraglabella", "frontal_eminence"), 9.0, 0.45, 90, 1.0, 0.35, 1.0, 0.009),
    "glabella": Region(("glabella", "nasion"), 6.0, 0.50, 0, 1.0, 0.35, 1.0, 0.010),
    "crows_feet": Region(("lateral_orbit", "temple"), 3.5, 0.30, 90, 1.0, 0.30, 0.9, 0.006),
    "under_eye": Region(("mid_infraorbital", "eye_inner"), 2.2, 0.14, 90, 1.0, 0.25, 0.8, 0.004),
    "nose": Region(("mid_nasal", "rhinion", "pronasale", "alare"), 3.5, 0.14, 0, 0.15, 0.05, 1.3, 0.016),
    "cheek": Region(("malar", "supra_m2", "zygion"), 14.0, 0.13, 45, 0.3, 0.15, 1.3, 0.012),
    "nasolabial": Region(("cheilion",), 18.0, 0.30, 45, 0.2, 0.30, 1.2, 0.010),
    "lips": Region(("mid_philtrum", "supracanina", "upper_lip", "lower_lip"), 2.5, 0.10, 0, 0.1, 0.25, 0.9, 0.006),
    "chin": Region(("supramentale", "pogonion", "infracanina"), 4.0, 0.28, 90, 1.0, 0.15, 1.2, 0.012),
    "neck": Region(("menton", "infra_m2", "gonion"), 7.0, 0.30, 90, 1.0, 0.30, 1.2, 0.008),
}  # fmt: skip


def region_shares(
    vertices: np.ndarray, landmarks: Mapping[str, np.ndarray], scale: float = 1.0
) -> dict[str, np.ndarray]:
    """How much each vertex belongs to each region, [V] each, one in sum.

    Args:
        vertices: [V, 3] mm.
        landmarks: of the skin by name, [3] mm; sides end in ``_left`` and ``_right``.
        scale: size of the face over an average one.

    Raises:
        ScanError: no region has a landmark.
    """
    pulls = {
        name: (apart / (REACH_MM * scale)) ** 2
        for name, apart in _distances(vertices, landmarks).items()
    }
    nearest = np.min(list(pulls.values()), axis=0)
    shares = {name: np.exp(nearest - pull) for name, pull in pulls.items()}
    total = np.sum(list(shares.values()), axis=0)
    return {name: share / total for name, share in shares.items()}


def nearness(
    vertices: np.ndarray, landmarks: Mapping[str, np.ndarray], scale: float = 1.0
) -> np.ndarray:
    """[V] 1 on the face, falling to 0 on scalp and back, where no landmark is near; as :func:`region_shares`."""
    nearest = np.min(list(_distances(vertices, landmarks).values()), axis=0) / scale
    return falling(nearest, (NEAR_MM, FAR_MM))


def _distances(vertices: np.ndarray, landmarks: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """[V] mm to the nearest landmark of each region that has one.

    Raises:
        ScanError: no region has.
    """
    found = {}
    for name, region in REGIONS.items():
        own = [
            landmarks[f"{mark}{side}"]
            for mark in region.landmarks
            for side in ("", "_left", "_right")
            if f"{mark}{side}" in landmarks
        ]
        if own:
            found[name] = np.linalg.norm(vertices[:, None] - np.stack(own), axis=2).min(axis=1)
    if not found:
        raise ScanError("No landmark of the face is known: set some in Bones first")
    return found


def mixed(
    shares: Mapping[str, np.ndarray], values: Mapping[str, float], power: float = 1
) -> np.ndarray:
    """[V] a number of the regions, mixed by their shares; above a ``power`` of 1 the larger ones count more."""
    total = np.sum([share * values[name] ** power for name, share in shares.items()], axis=0)
    return total ** (1 / power)
