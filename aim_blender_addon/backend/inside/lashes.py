# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lashes along the rims of the lids: flat tapering blades that rise from the skin and curve away from the eye."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..anatomy.eyes.ball import Ball
from ..anatomy.head.rims import Rims
from ..geometry.mesh import Mesh
from .room import Skin


@dataclass(frozen=True)
class LashSettings:
    """The lashes of one lid; lengths in mm of an adult ([Na2006]: upper ones 7 to 8 mm).

    Attributes:
        count: of the lid.
        length: in the middle of the lid.
        width: at the root.
        droop: how far the direction at the root lies from the lid's plane towards the front, radians,
        curl: and how much a lash turns away from the opening up to its tip, radians.
        fan: how much the outermost lashes lean outwards, radians.
        uneven: variation of length and lean, as a fraction and radians.
        yields: how far a lash leans towards the front at most to stand before the skin, radians.
    """

    count: int
    length: float
    width: float = 0.16
    droop: float = 0.15
    curl: float = 0.9
    fan: float = 0.6
    uneven: float = 0.12
    yields: float = 1.2


UPPER = LashSettings(90, 7.5)
#: Lower ones may not rise before the eye: shut, the upper lid would cover them.
LOWER = LashSettings(55, 4.5, width=0.13, droop=0.35, curl=0.5, yields=0.3)
#: Points along a lash.
_STEPS = 6
#: Part of the rim, from its ends, that bears no lashes.
_BARE = 0.04
_SEED = 1
#: Neighbouring roots that are evened out together; odd. The rim's depth jumps between both edges of a thick lid.
_EVEN = 17
#: A lash that would meet the skin leans towards the front by so much at a time, radians,
_LEAN_STEP = 0.1
#: and this part of it the lash curls back up to its tip.
_CURLS_BACK = 0.6
#: Beyond its root each point of a lash stands so far before the skin, mm of an adult; skin further away does not count.
_CLEAR_MM, _NEAR_MM = 0.25, 4.0
#: Neighbouring lashes that lean alike; odd.
_ALIKE = 9


def lashes(
    rims: Rims, outer: Skin, ball: Ball, left_up_front: np.ndarray, scale: float, name: str
) -> Mesh:
    """The lashes of both lids of an eye.

    Args:
        rims: of the eye's opening.
        outer: what of the skin is seen from outside; they root on it.
        ball: of the eye.
        left_up_front: [3, 3] unit rows.
        scale: size of the head over the usual one.
        name: of the mesh.
    """
    random = np.random.default_rng(_SEED)
    points, quads = [], []
    count = 0
    for edge, settings, up in ((0, UPPER, 1.0), (1, LOWER, -1.0)):
        for blade in _lid(rims, edge, settings, up, outer, ball, left_up_front, scale, random):
            at = count + 2 * np.arange(_STEPS - 1)
            quads.append(np.stack([at, at + 1, at + 3, at + 2], axis=1))
            points.append(blade)
            count += len(blade)
    faces = np.concatenate(quads)
    return Mesh(
        np.concatenate(points).astype(np.float32),
        faces.ravel().astype(np.int32),
        np.full(len(faces), 4, np.int32),
        name,
    )


def _lid(
    rims: Rims,
    edge: int,
    settings: LashSettings,
    up: float,
    outer: Skin,
    ball: Ball,
    axes: np.ndarray,
    scale: float,
    random: np.random.Generator,
) -> list[np.ndarray]:
    """Blades [2 steps, 3] of one lid."""
    place = np.linspace(_BARE, 1 - _BARE, settings.count)
    place = place + random.normal(0, 0.15 / settings.count, settings.count)
    across = rims.across[0] + place * (rims.across[-1] - rims.across[0])
    root = rims.at(across)[edge]
    root = _on_lid(root, outer)
    ahead = np.gradient(root, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    out = root - ball.centre
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    rise = up * np.cross(out, ahead)
    rise *= np.sign((rise @ axes[1]) * up)[:, None]
    middle = 1 - (2 * place - 1) ** 2
    length = scale * settings.length * (0.45 + 0.55 * middle**0.7)
    length = length * (1 + settings.uneven * random.normal(size=len(place)))
    lean = settings.fan * (2 * place - 1) + settings.uneven * random.normal(size=len(place))
    outward_first = np.sign((root[-1] - root[0]) @ ahead[len(ahead) // 2])
    side = outward_first * ahead
    grown = _Grown(root, out, up * rise, side, lean, length, settings)
    free = _free_leans(grown, outer, scale)
    spines = grown.spines(free)
    t = np.linspace(0, 1, _STEPS)
    half = scale * settings.width / 2 * (1 - 0.92 * t)[None, :, None] * side[:, None]
    pairs = np.stack([spines - half, spines + half], axis=2)
    return list(pairs.reshape(len(place), -1, 3))


@dataclass(frozen=True)
class _Grown:
    """The lashes of a lid before they are kept off the skin; [N, 3] mm or unit, [N] radians or mm."""

    root: np.ndarray
    out: np.ndarray
    rise: np.ndarray
    side: np.ndarray
    lean: np.ndarray
    length: np.ndarray
    settings: LashSettings

    def spines(self, less: np.ndarray) -> np.ndarray:
        """[N, steps, 3] mm: their middle lines, leaning towards the front by ``less`` [N] radians at the root."""
        t = np.linspace(0, 1, _STEPS)
        curl = self.settings.curl + _CURLS_BACK * less[:, None]
        turn = self.settings.droop - less[:, None] + curl * t
        along = (
            np.cos(turn)[..., None] * self.out[:, None]
            + np.sin(turn)[..., None] * self.rise[:, None]
            + (np.sin(self.lean)[:, None] * t)[..., None] * self.side[:, None]
        )
        along /= np.linalg.norm(along, axis=2, keepdims=True)
        steps = np.cumsum((along[:, :-1] + along[:, 1:]) / 2, axis=1)
        steps = np.concatenate([np.zeros((len(steps), 1, 3)), steps], axis=1)
        return self.root[:, None] + self.length[:, None, None] / (_STEPS - 1) * steps


def _free_leans(grown: _Grown, outer: Skin, scale: float) -> np.ndarray:
    """[N] by how many radians each lash leans towards the front, so that it stands before the skin: hooded lids and
    brows that hang low leave no room above them. One that finds no room goes as far as is best."""
    near = cKDTree(outer.points)
    count = len(grown.root)
    best, depth = np.zeros(count), np.full(count, np.inf)
    left = np.arange(count)
    for less in np.arange(0.0, grown.settings.yields + 1e-9, _LEAN_STEP):
        points = grown.spines(np.full(count, less))[left, 1:]
        far, index = near.query(points)
        above = np.einsum("lsc,lsc->ls", points - outer.points[index], outer.normals[index])
        clear = scale * _CLEAR_MM * np.minimum(1.0, np.arange(1, _STEPS) / 2)
        short = np.where(far < scale * _NEAR_MM, clear - above, 0.0).max(axis=1)
        better = short < depth[left] - 1e-6
        best[left[better]], depth[left[better]] = less, short[better]
        left = left[short > 0]
        if not len(left):
            break
    # As its neighbours do: one lash alone that stands out of the row would show.
    pad = np.pad(best, _ALIKE // 2, mode="edge")
    most = np.lib.stride_tricks.sliding_window_view(pad, _ALIKE).max(axis=1)
    pad = np.pad(most, _ALIKE // 2, mode="edge")
    return np.convolve(pad, np.ones(_ALIKE) / _ALIKE, "valid")


def _on_lid(root: np.ndarray, outer: Skin) -> np.ndarray:
    """Roots [N, 3] on the outer skin of the lid's edge, in a smooth row."""
    near = cKDTree(outer.points).query(root)[1]
    moved = outer.points[near]
    pad = np.pad(moved, ((_EVEN // 2, _EVEN // 2), (0, 0)), mode="reflect", reflect_type="odd")
    kernel = np.ones(_EVEN) / _EVEN
    return np.stack([np.convolve(pad[:, c], kernel, "valid") for c in range(3)], axis=1)
