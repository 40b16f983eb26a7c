# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How whole the lining of the mouth stays when a performance plays on a neutral alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace

#: A triangle is torn when one of its directions is so many times as long as at rest, or its area so many times less.
STRETCHED, FLATTENED = 4.0, 10.0
#: Two triangles are folded when their normals, less than the first apart at rest, are farther than the second, degrees.
FLAT, FOLDED = 60.0, 120.0


@dataclass(frozen=True)
class LiningFigures:
    """Of all frames together, shares of triangles and edges."""

    torn: float
    flattened: float
    folded: float

    def __str__(self) -> str:
        return f"{100 * self.torn:.1f}, {100 * self.flattened:.1f}, {100 * self.folded:.1f} %"


def lining_figures(face: RetargetFace, frames: Sequence[np.ndarray]) -> LiningFigures | None:
    """Of the triangles behind the lips, in skins [S, 3] mm; None where there are none."""
    lining = face.linings.get("mouth")
    if lining is None:
        return None
    faces = face.skin.triangles[lining.inside[face.skin.triangles].all(axis=1)]
    rest = face.skin.vertices.astype(np.float64)
    frame, normal, area = _local(rest, faces)
    pairs = _neighbours(faces)
    flat = _apart(normal, pairs) < FLAT
    torn, flattened, folded = [], [], []
    for skin in frames:
        moved, turned, size = _local(skin, faces)
        torn.append(_longest(frame, moved) > STRETCHED)
        flattened.append(size * FLATTENED < area)
        folded.append(_apart(turned, pairs)[flat] > FOLDED)
    return LiningFigures(*(float(np.mean(values)) for values in (torn, flattened, folded)))


def _local(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges [T, 3, 2], unit normals [T, 3] and areas [T]."""
    corner = points[faces]
    edges = np.stack([corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]], axis=2)
    cross = np.cross(edges[:, :, 0], edges[:, :, 1])
    size = np.linalg.norm(cross, axis=1)
    return edges, cross / np.maximum(size, 1e-12)[:, None], size / 2


def _longest(rest: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """[T] largest stretch of triangles given by edges [T, 3, 2]."""
    gradient = moved @ np.linalg.pinv(rest)
    return np.linalg.norm(gradient, 2, axis=(1, 2))


def _neighbours(faces: np.ndarray) -> np.ndarray:
    """[N, 2] triangles that share an edge."""
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    order = np.lexsort(edges.T)
    same = (np.diff(edges[order], axis=0) == 0).all(axis=1)
    return np.stack([order[:-1][same], order[1:][same]], axis=1) // 3


def _apart(normals: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """[N] degrees between the normals of pairs of triangles."""
    cosine = np.einsum("nc,nc->n", *normals[pairs.T])
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))
