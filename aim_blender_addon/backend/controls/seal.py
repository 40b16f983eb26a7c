# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lips that stay on each other while the jaw opens: shapes of a zip from each corner to the middle.

For some poses of the jaw the lips are laid on each other as in rest, midway between skull and jaw. What that adds
before the jaw moves the skin is a smooth function of the pose: a straight and a square part of the opening, a part of
the sideways turn, and two of how far the jaw is forward of its way of opening: shut, and with the opening. Windows
along the mouth share both parts of the opening among the teeth of the zip, and sum to one; those on each side of the
middle share the others. Two more on each side keep lips sealed in a smile: they go with the opening and with how far
the corner is drawn up or out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..anatomy.head.rims import Rims
from ..contact.closing import RimStations, lips_as_in_rest
from ..geometry.mesh import Mesh
from ..geometry.skinning import skin_with_jaw, undo_jaw
from ..geometry.smooth import smooth_step
from .table import CORNER, SIDES

#: Openings that the seal is measured at.
_MEASURED = 9
#: Parts of the opening, and those of the jaw beside its way of opening.
OPENING, ASIDE = ("straight", "square"), ("side", "forward", "forward_open")
#: Shares of opening and of a corner's way that its part is told from.
_IN_SMILE = (0.6, 0.5)
#: Tells the pose [4, 4] mm of a jaw of shares of the seal's opening, sideways turn, and way forward.
PoseAt = Callable[[float, float, float], np.ndarray]


@dataclass(frozen=True)
class SealSettings:
    """How lips are sealed.

    Attributes:
        degrees: the opening at which the parts of the opening are whole: the seal follows so far.
        side_mm: the way of the incisors to a side, and
        forward_mm: that of the condyles forward of the usual, at which those parts are whole.
        samples: openings that the parts are told from.
        asides: shares of opening, turn and way forward that the other parts are told from.
        teeth: of the zip on each side.
        fades: how wide one tooth passes into the next, and one side into the other; in halves of the mouth.
            A side that is sealed alone fades by the second: where that is narrow, the skin above and below folds.
    """

    degrees: float = 30.0
    side_mm: float = 14.0
    forward_mm: float = 10.0
    samples: int = 4
    asides: tuple[tuple[float, float, float], ...] = tuple(
        (opening, *aside)
        for opening in (0.0, 0.3, 0.6)
        for aside in ((0, 0.3), (0, 0.6), (0.5, 0.4), (-0.5, 0.4), (0.9, 0.7), (-0.9, 0.7))
    )
    teeth: int = 3
    fades: tuple[float, float] = (0.5, 1.0)


SEAL = SealSettings()


@dataclass(frozen=True)
class Seal:
    """Shapes of a zip.

    Attributes:
        roles: S of ``left 1 straight``: the side, the tooth from the corner inwards or 0 for all, and the part.
        moved: [S, V, 3] float32 mm where the part is whole.
        gaps: [A] mm, how far the sealed lips are apart at most while the jaw opens, over what they are at rest.
        through: [A] mm, how far they pass each other.
        degrees: [A] openings.
    """

    roles: tuple[str, ...]
    moved: np.ndarray
    gaps: np.ndarray
    through: np.ndarray
    degrees: np.ndarray

    def field(
        self, opening: float, side: float = 0.0, forward: float = 0.0, smile: float = 0.0
    ) -> np.ndarray:
        """[V, 3] mm of sealed lips, as of :func:`sealed`."""
        return sealed(self.roles, self.moved, (opening, side, forward), smile)


def sealed(
    roles: Sequence[str], moved: np.ndarray, pose: tuple[float, float, float], smile: float = 0.0
) -> np.ndarray:
    """[V, 3] mm of shapes [S, V, 3] of a zip that is shut.

    Args:
        roles: of the shapes.
        moved: what they are where they are whole.
        pose: shares of the opening, the sideways turn, and the way forward.
        smile: share of the corners' ways up and out.
    """
    opening, side, forward = pose
    values = (opening, opening**2, side, forward, opening * forward)
    shares = dict(zip(OPENING + ASIDE, values, strict=True))
    shares |= dict.fromkeys(CORNER, opening * smile)
    return np.tensordot([shares[role.split()[2]] for role in roles], moved, 1)


def make_seal(
    mesh: Mesh,
    rims: Rims,
    axes: np.ndarray,
    pose_at: PoseAt,
    jaw_weight: np.ndarray,
    corners: Mapping[str, np.ndarray] | None = None,
    settings: SealSettings = SEAL,
) -> Seal:
    """The zip of a mouth.

    Args:
        mesh: skin in rest, mm.
        rims: of the mouth.
        axes: [3, 3] left, up and front of the face.
        pose_at: tells the jaw's pose of shares of opening, turn and way forward.
        jaw_weight: [V] how much the skin follows the jaw.
        corners: [V, 3] mm at the limit of ways of the corners of the mouth: ``left up``, ``left out`` and so on.
        settings: of the zip.
    """
    rest = mesh.vertices.astype(np.float64)
    stations = RimStations.of(mesh, rims)

    def added(*shares: float, shut: Mesh = mesh, sealed: np.ndarray | float = 0.0) -> np.ndarray:
        pose, before = pose_at(*shares), shut.vertices + sealed
        posed = skin_with_jaw(before, pose, jaw_weight)
        laid = lips_as_in_rest(shut, stations, axes[0], posed)
        return undo_jaw(laid, pose, jaw_weight) - before

    told = np.linspace(0, 1, settings.samples + 1)[1:]
    opening = _parts(
        np.stack([told, told**2], axis=1), np.array([added(share, 0.0, 0.0) for share in told])
    )
    left_over = [added(x, y, z) - x * opening[0] - x**2 * opening[1] for x, y, z in settings.asides]
    x, y, z = np.array(settings.asides).T
    aside = _parts(np.stack([y, z, x * z], axis=1), np.array(left_over))
    windows = zip_windows(mesh, rims, axes[0], settings)
    roles, moved = [], []
    for side in SIDES:
        zipped = [
            (tooth, window, OPENING, opening) for tooth, window in enumerate(windows[side], 1)
        ]
        for tooth, window, names, parts in [*zipped, (0, sum(windows[side]), ASIDE, aside)]:
            for name, part in zip(names, parts, strict=True):
                roles.append(f"{side} {tooth} {name}")
                moved.append((window[:, None] * part).astype(np.float32))
    x, way = _IN_SMILE
    whole = x * opening[0] + x**2 * opening[1]
    for name, corner in (corners or {}).items():
        side, part = name.split()
        shut = replace(mesh, vertices=rest + way * corner)
        roles.append(f"{side} 0 {part}")
        moved.append((added(x, 0.0, 0.0, shut=shut, sealed=whole) / (x * way)).astype(np.float32))
    share = np.linspace(0, 1, _MEASURED)
    gaps, through = _measured(rest, opening, stations, axes, pose_at, jaw_weight)
    return Seal(tuple(roles), np.array(moved), gaps, through, settings.degrees * share)


def _parts(shares: np.ndarray, added: np.ndarray) -> np.ndarray:
    """[P, V, 3] parts whose sums with ``shares`` [A, P] are nearest to [A, V, 3]."""
    return np.einsum("pa,avc->pvc", np.linalg.pinv(shares), added)


def zip_windows(
    mesh: Mesh, rims: Rims, left: np.ndarray, settings: SealSettings = SEAL
) -> dict[str, list[np.ndarray]]:
    """[V] for each side and tooth from the corner inwards; all of them sum to one."""
    corners = np.stack([edge[[0, -1]] for edge in rims.evenly(21)]).mean(axis=0) @ left
    middle, half = corners.mean(), abs(corners[1] - corners[0]) / 2
    across = (mesh.vertices @ left - middle) / max(half, 1e-9)
    # Borders from the corner inwards; the last is the middle.
    borders = 1 - np.arange(1, settings.teeth + 1) / settings.teeth
    fades = [settings.fades[0]] * (settings.teeth - 1) + [settings.fades[1]]
    found = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        # What lies on the corner's side of each border.
        beyond = [
            smooth_step((sign * across - border) / fade + 0.5)
            for border, fade in zip(borders, fades, strict=True)
        ]
        found[side] = [beyond[0], *(b - a for a, b in zip(beyond, beyond[1:], strict=False))]
    return found


def _measured(
    rest: np.ndarray,
    parts: np.ndarray,
    stations: RimStations,
    axes: np.ndarray,
    pose_at: PoseAt,
    jaw_weight: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """[A] mm each: how far sealed lips are apart beyond their rest, and how far they pass each other."""
    before = stations.heights(rest, axes[1])
    gaps, through = [], []
    for share in np.linspace(0, 1, _MEASURED):
        skin = rest + share * parts[0] + share**2 * parts[1]
        posed = skin_with_jaw(skin, pose_at(share, 0.0, 0.0), jaw_weight)
        more = stations.heights(posed, axes[1]) - before
        gaps.append(max(float(more.max()), 0.0))
        through.append(max(float(-more.min()), 0.0))
    return np.array(gaps), np.array(through)
