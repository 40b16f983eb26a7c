# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Baselines of the solver, dense: global and patch blendshapes, and a patch-based anatomical local model.

All get the frames with the head's motion taken out (by our own solve) and the raw scans; the local
model also gets our jaw poses and bones. Each is linear, so that its best answer is one least-squares
problem, for a patch or for all of the skin.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.model.aim import Evaluated

#: Ridge times the mean energy of a column.
RIDGE = 1e-5


@dataclass(frozen=True)
class Patch:
    """Vertices of one patch, and how much each takes from it (sums to one over the patches)."""

    vertices: np.ndarray
    share: np.ndarray


def global_blendshapes(columns: np.ndarray, moved: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Displacements [T, V, 3] by one weight a scan; columns [V, 3, E], moved [T, V, 3]."""
    flat = columns.reshape(-1, columns.shape[2])
    return _fit(flat, moved.reshape(len(moved), -1), ridge).reshape(moved.shape)


def weights_of(columns: np.ndarray, moved: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Global weights [T, E] of displacements [T, M, 3] by columns [M, 3, E]."""
    flat = columns.reshape(-1, columns.shape[2])
    return _weights(flat, moved.reshape(len(moved), -1), ridge)


def patch_blendshapes(patches: list[Patch], columns: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """The same with weights of its own for every patch, blended where patches overlap."""
    result = np.zeros_like(moved)
    for patch in patches:
        flat = columns[patch.vertices].reshape(-1, columns.shape[2])
        fitted = _fit(flat, moved[:, patch.vertices].reshape(len(moved), -1), RIDGE)
        result[:, patch.vertices] += patch.share[:, None] * fitted.reshape(len(moved), -1, 3)
    return result


def anatomical_local_model(
    patches: list[Patch],
    at: Evaluated,
    moved: np.ndarray,
    anatomy: float = 0.3,
    rounds: int = 3,
    overlap: float = 0.1,
) -> np.ndarray:
    """After Wu et al. 2016: a rigid motion and a deformation of its own for every patch.

    Patches move small, so that their rigid motion is linearised. The anatomy term keeps skin over bone
    at the distance from it that the deformation says, the overlap term draws patches to their common
    surface in the next round.

    Args:
        patches: overlapping.
        at: the model, for displacements before the skinning and bones.
        moved: [T, V, 3] unposed displacements.
        anatomy: weight of the anatomy term beside the data.
        rounds: times all patches are solved.
        overlap: weight of the overlap term beside the data.
    """
    columns = at.displacements.transpose(1, 2, 0).astype(np.float64)
    target, result = moved, moved
    for _ in range(rounds):
        result = np.zeros_like(moved)
        for patch in patches:
            rows = patch.vertices
            places = at.skin[rows].astype(np.float64)
            places = places - places.mean(axis=0)
            rigid = np.zeros((len(rows), 3, 6))
            rigid[:, :, :3] = np.eye(3)
            x, y, z = places.T
            rigid[:, 0, 4], rigid[:, 0, 5] = z, -y
            rigid[:, 1, 3], rigid[:, 1, 5] = -z, x
            rigid[:, 2, 3], rigid[:, 2, 4] = y, -x
            local = np.concatenate([rigid, columns[rows]], axis=2)
            flat = local.reshape(-1, local.shape[2])
            along = (
                np.einsum("vc,vck->vk", at.normal[rows], rigid) * at.on_bone[rows, None] * anatomy
            )
            keep = np.concatenate([along, np.zeros((len(rows), columns.shape[2]))], axis=1)
            values = target[:, rows].reshape(len(moved), -1)
            system = flat.T @ flat + keep.T @ keep
            system[np.diag_indices_from(system)] += 1e-6 * np.trace(system) / len(system)
            solved = np.linalg.solve(system, flat.T @ values.T)
            result[:, rows] += patch.share[:, None] * (flat @ solved).T.reshape(len(moved), -1, 3)
        target = (moved + overlap * result) / (1 + overlap)
    return result


def make_patches(mesh: Mesh, count: int) -> list[Patch]:
    """Overlapping patches about evenly spread vertices, along the skin: upper and lower lip stay apart."""
    points = mesh.vertices.astype(np.float64)
    centres = spread(points, count, np.ones(len(points)))
    ends = np.concatenate(
        [mesh.triangles[:, [0, 1]], mesh.triangles[:, [1, 2]], mesh.triangles[:, [2, 0]]]
    )
    length = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
    graph = sp.csr_matrix((length, ends.T), shape=(len(points), len(points)))
    graph = graph.maximum(graph.T)
    distance = dijkstra(graph, indices=centres).T  # [V, P]
    nearest = np.sort(distance, axis=1)
    reach = 2.0 * np.median(nearest[:, 1])
    wide = np.maximum(reach, 1.05 * nearest[:, :1])
    share = np.maximum(0.0, 1 - distance / wide) ** 2
    share /= share.sum(axis=1, keepdims=True)
    rows = [np.flatnonzero(column > 0) for column in share.T]
    return [Patch(r, column[r]) for r, column in zip(rows, share.T, strict=True) if len(r)]


def spread(
    points: np.ndarray, count: int, weight: np.ndarray, first: int | None = None
) -> np.ndarray:
    """Farthest-point sampling of points [V, 3], denser where ``weight`` [V] is larger; starts at the foremost."""
    foremost = int(np.argmax(weight * (points[:, 2] - points[:, 2].min())))
    chosen = [foremost if first is None else first]
    distance = np.linalg.norm(points - points[chosen[0]], axis=1) * weight
    while len(chosen) < count:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(
            distance, np.linalg.norm(points - points[chosen[-1]], axis=1) * weight
        )
    return np.array(chosen)


def _weights(flat: np.ndarray, values: np.ndarray, ridge: float) -> np.ndarray:
    gram = flat.T @ flat
    gram[np.diag_indices_from(gram)] += ridge * np.trace(gram) / len(gram) + 1e-12
    return np.linalg.solve(gram, flat.T @ values.T).T


def _fit(flat: np.ndarray, values: np.ndarray, ridge: float) -> np.ndarray:
    return _weights(flat, values, ridge) @ flat.T
