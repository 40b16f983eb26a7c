# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pinhole cameras, and the bending of lenses undone (numpy only)."""

from dataclasses import dataclass

import numpy as np

#: Rounds in which a bent point is straightened; at a bend of 10 % each leaves less than a third of the error.
_ROUNDS = 30


@dataclass(frozen=True)
class Lens:
    """How a lens bends its picture, after the models of Blender's motion tracker (libmv, distortion_models.h).

    Points are counted from the principal point in units of ``scale``. With s a straight point, b where the lens shows
    it, and R(p) = 1 + k1 |p|^2 + k2 |p|^4 + ...:

    * POLYNOMIAL, BROWN: b = s R(s) + (p1 (|s|^2 + 2 x^2) + 2 p2 x y, p2 (|s|^2 + 2 y^2) + 2 p1 x y), s = (x, y);
    * DIVISION: b = s / R(s);
    * NUKE: s = b / R(b).

    Attributes:
        model: one of these.
        scale: focal length, pixels; for NUKE half the longer side of the picture.
        principal: [2] principal point, pixels.
        radial: k1, k2, ...
        tangential: p1, p2.
    """

    model: str
    scale: float
    principal: np.ndarray
    radial: tuple[float, ...] = ()
    tangential: tuple[float, float] = (0.0, 0.0)

    def straighten(self, pixels: np.ndarray) -> np.ndarray:
        """Points [..., 2] of the recorded picture as a lens without bend would show them, pixels; NaN stays."""
        pixels = np.asarray(pixels, np.float64)
        if not any(self.radial) and not any(self.tangential):
            return pixels
        bent = (pixels - self.principal) / self.scale
        straight = bent
        if self.model == 'NUKE':
            straight = bent / self._stretch(bent)
        for _ in range(0 if self.model == 'NUKE' else _ROUNDS):
            if self.model == 'DIVISION':
                straight = bent * self._stretch(straight)
            else:
                straight = (bent - self._shift(straight)) / self._stretch(straight)
        return straight * self.scale + self.principal

    def _stretch(self, points: np.ndarray) -> np.ndarray:
        square = (points**2).sum(axis=-1, keepdims=True)
        return 1.0 + sum(k * square ** (n + 1) for n, k in enumerate(self.radial))

    def _shift(self, points: np.ndarray) -> np.ndarray:
        along = np.array(self.tangential)
        square, product = (points**2).sum(axis=-1, keepdims=True), points.prod(axis=-1)
        return along * (square + 2 * points**2) + 2 * along[::-1] * product[..., None]


def pixel_projection(window: np.ndarray, view: np.ndarray, size: np.ndarray) -> np.ndarray:
    """[3, 4] projection (u z, v z, z) = P (x, y, z, 1) to pixels, the origin at the picture's lower left.

    Args:
        window: [4, 4] projection to a window of -1 to 1, as OpenGL has it.
        view: [4, 4] world to camera.
        size: [2] width and height of the picture in square pixels.
    """
    whole = window @ view
    across, up, depth = whole[0], whole[1], whole[3]
    return np.stack([size[0] / 2 * (across + depth), size[1] / 2 * (up + depth), depth])


def picture_rays(projection: np.ndarray, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre [3] of a camera and the directions [N, 3] (of unit length) in which it sees pixels [N, 2]."""
    centre = -np.linalg.solve(projection[:, :3], projection[:, 3])
    ends = np.column_stack([pixels, np.ones(len(pixels))])
    rays = np.linalg.solve(projection[:, :3], ends.T).T
    return centre, rays / np.linalg.norm(rays, axis=1, keepdims=True)
