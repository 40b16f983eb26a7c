# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lips that stay on each other while the jaw opens: shapes of a zip from each corner to the middle.

For some openings of the jaw the lips are laid on each other as in rest, midway between skull and jaw. What that adds
before the jaw moves the skin is a smooth function of the opening, told by a straight and a square part. Windows along
the mouth share both parts among the teeth of the zip, and sum to one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..anatomy.head.rims import Rims
from ..contact.closing import RimStations, lips_as_in_rest
from ..geometry.mesh import Mesh
from ..geometry.skinning import skin_with_jaw, undo_jaw
from ..geometry.smooth import smooth_step
from .table import SIDES


@dataclass(frozen=True)
class SealSettings:
    """How lips are sealed.

    Attributes:
        degrees: the seal follows the jaw up to this opening.
        samples: openings that the parts are told from.
        teeth: of the zip on each side.
    """

    degrees: float = 20.0
    samples: int = 4
    teeth: int = 3


SEAL = SealSettings()


@dataclass(frozen=True)
class Seal:
    """Shapes of a zip.

    Attributes:
        roles: S of ``left 1 straight``: the side, the tooth from the corner inwards, and the part.
        moved: [S, V, 3] float32 mm at the full opening.
        gaps: [A] mm, how far the sealed lips are apart at most at ``degrees``, over what they are at rest.
        through: [A] mm, how far they pass each other.
        degrees: [A] openings.
    """

    roles: tuple[str, ...]
    moved: np.ndarray
    gaps: np.ndarray
    through: np.ndarray
    degrees: np.ndarray


def make_seal(
    mesh: Mesh,
    rims: Rims,
    axes: np.ndarray,
    poses: Sequence[np.ndarray],
    jaw_weight: np.ndarray,
    settings: SealSettings = SEAL,
) -> Seal:
    """The zip of a mouth.

    Args:
        mesh: skin in rest, mm.
        rims: of the mouth.
        axes: [3, 3] left, up and front of the face.
        poses: [4, 4] mm each, the jaw's at openings spread evenly from 0 to ``degrees``, both included.
        jaw_weight: [V] how much the skin follows the jaw.
        settings: of the zip.
    """
    rest = mesh.vertices.astype(np.float64)
    stations = RimStations.of(mesh, rims)
    share = np.linspace(0, 1, len(poses))
    told = np.linspace(0, len(poses) - 1, settings.samples + 1).round().astype(int)[1:]
    added = []
    for number in told:
        posed = skin_with_jaw(rest, poses[number], jaw_weight)
        laid = lips_as_in_rest(mesh, stations, axes[0], posed)
        added.append(undo_jaw(laid, poses[number], jaw_weight) - rest)
    powers = np.stack([share[told], share[told] ** 2], axis=1)
    parts = np.einsum("pa,avc->pvc", np.linalg.pinv(powers), np.array(added))
    windows = zip_windows(mesh, rims, axes[0], settings.teeth)
    roles, moved = [], []
    for side in SIDES:
        for tooth, window in enumerate(windows[side], start=1):
            for name, part in zip(("straight", "square"), parts, strict=True):
                roles.append(f"{side} {tooth} {name}")
                moved.append((window[:, None] * part).astype(np.float32))
    gaps, through = _measured(rest, parts, stations, axes, poses, jaw_weight)
    degrees = settings.degrees * share
    return Seal(tuple(roles), np.array(moved), gaps, through, degrees)


def zip_windows(
    mesh: Mesh, rims: Rims, left: np.ndarray, teeth: int
) -> dict[str, list[np.ndarray]]:
    """[V] for each side and tooth from the corner inwards; all of them sum to one."""
    corners = np.stack([edge[[0, -1]] for edge in rims.evenly(21)]).mean(axis=0) @ left
    middle, half = corners.mean(), abs(corners[1] - corners[0]) / 2
    across = (mesh.vertices @ left - middle) / max(half, 1e-9)
    wide = 1 / teeth
    found = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        # What lies on the corner's side of each border; the last is the middle.
        beyond = [
            smooth_step((sign * across - (1 - border * wide) + wide / 2) / wide)
            for border in range(1, teeth + 1)
        ]
        found[side] = [beyond[0], *(b - a for a, b in zip(beyond, beyond[1:], strict=False))]
    return found


def _measured(
    rest: np.ndarray,
    parts: np.ndarray,
    stations: RimStations,
    axes: np.ndarray,
    poses: Sequence[np.ndarray],
    jaw_weight: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """[A] mm each: how far sealed lips are apart beyond their rest, and how far they pass each other."""
    before = stations.heights(rest, axes[1])
    gaps, through = [], []
    for share, pose in zip(np.linspace(0, 1, len(poses)), poses, strict=True):
        posed = skin_with_jaw(rest + share * parts[0] + share**2 * parts[1], pose, jaw_weight)
        more = stations.heights(posed, axes[1]) - before
        gaps.append(max(float(more.max()), 0.0))
        through.append(max(float(-more.min()), 0.0))
    return np.array(gaps), np.array(through)
