# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies over the skin, where a viewer sees it: a moustache or a goatee lies before the mouth, not in it.

Numpy only. A piece is looked at from before the face and from below, as a beard goes round the chin, at some points.
"""

import numpy as np

from ..geometry.mesh import Mesh, triangle_normals

#: Skin faces a viewer at this cosine or more.
_FACES = 0.2
#: The skin lies at most so far behind what is worn on it, over the jaw's length.
_REACH = 0.1
#: A piece lies over the skin if more than this share of its points does,
_SHARE = 0.8
#: of which so many are looked at.
_POINTS = 40
#: Skin nearer than this lies neither before nor behind a point, mm.
_ON = 1e-3


class OverSkin:
    """Tells whether pieces of meshes lie over a skin, however near to the mouth."""

    def __init__(self, skin: Mesh, axes: np.ndarray, length: float) -> None:
        """For a skin.

        Args:
            skin: of the face, mm, head space.
            axes: [3, 3] left, front and up of the head.
            length: of the jaw, mm.
        """
        points = skin.vertices.astype(np.float64)
        triangles, normals = skin.triangles, triangle_normals(points, skin.triangles)
        middle = points.mean(axis=0)
        outward = 1 if np.einsum("vc,vc->", skin.normals, points - middle) > 0 else -1
        self._reach, self._ways = _REACH * length, []
        left, front, up = np.asarray(axes, np.float64)
        for way in (front, front + left, front - left, front - up, -up):
            way = way / np.linalg.norm(way)
            aside = left - way * (left @ way)
            aside /= np.linalg.norm(aside)
            basis = np.stack([aside, np.cross(way, aside), way])
            corners = (points @ basis.T)[triangles]
            faces = outward * normals @ way
            ends = (corners[:, :, :2].min(axis=1).T.copy(), corners[:, :, :2].max(axis=1).T.copy())
            self._ways.append((basis, corners, faces >= _FACES, ends))

    def __call__(self, piece: np.ndarray) -> bool:
        """Whether a piece [N, 3] mm does: the way to a viewer is free, and skin that faces him lies behind."""
        some = np.linspace(0, len(piece) - 1, min(len(piece), _POINTS)).astype(int)
        points = np.asarray(piece, np.float64)[some]
        over = np.zeros(len(points), bool)
        for basis, corners, faces, (low, high) in self._ways:
            seen = points @ basis.T
            first, last = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
            near = (high[0] >= first[0]) & (low[0] <= last[0])
            near = np.flatnonzero(near & (high[1] >= first[1]) & (low[1] <= last[1]))
            over |= _seen_over(seen, corners[near], faces[near], self._reach)
            if over.mean() > _SHARE:
                return True
        return False


def _seen_over(
    points: np.ndarray, corners: np.ndarray, faces: np.ndarray, reach: float
) -> np.ndarray:
    """[N] bool for points [N, 3] aside, up and to the viewer.

    Args:
        points: [N, 3] mm.
        corners: [T, 3, 3] of the skin's triangles, in the same axes.
        faces: [T] bool, which of them face the viewer.
        reach: how far behind a point its skin may lie, mm.
    """
    if not len(corners):
        return np.zeros(len(points), bool)
    first, second, third = np.moveaxis(corners, 1, 0)
    one, two = second - first, third - first
    size = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    size = np.where(np.abs(size) < 1e-12, np.inf, size)
    aside, up = (points[:, None, k] - first[None, :, k] for k in (0, 1))
    share = (aside * two[:, 1] - up * two[:, 0]) / size
    other = (up * one[:, 0] - aside * one[:, 1]) / size
    hit = (share >= 0) & (other >= 0) & (share + other <= 1)
    ahead = first[:, 2] + share * one[:, 2] + other * two[:, 2] - points[:, 2:]
    is_free = ~(hit & (ahead > _ON)).any(axis=1)
    behind = np.where(hit & (ahead <= _ON) & (-ahead < reach), ahead, -np.inf)
    nearest = behind.argmax(axis=1)
    is_behind = np.isfinite(behind[np.arange(len(points)), nearest])
    return is_free & is_behind & faces[nearest]
