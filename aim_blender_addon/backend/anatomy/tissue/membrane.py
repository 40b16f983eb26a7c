# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The surface under skin that has no bone below: a smooth continuation of the bone, inside the skin."""

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ...geometry.laplacian import SurfaceOperator
from ...geometry.mesh import Mesh

#: Folds of the skin narrower than this (lips, lids, wings of the nose) do not show in the membrane, mm.
MEMBRANE_DETAIL_MM = 15.0
#: Largest thickness of tissue without bone, over the distance to the skin on the other side (lips, lids, ears).
SHARE_OF_FOLD = 0.4
#: Least cosine between the inward skin normal and the direction from the skin to the membrane.
STEEPEST = 0.35
#: Rounds in which points of the membrane that leave the skin are pinned inside it.
ROUNDS = 4


def with_membrane(
    neutral: Mesh,
    thickness: np.ndarray,
    on_bone: np.ndarray,
    through: np.ndarray,
    operator: SurfaceOperator,
) -> tuple[np.ndarray, np.ndarray]:
    """Thickness [V] mm and unit direction [V, 3] from bone or membrane to the skin.

    Over bone both stay: the measured thickness along the skin's normal. The membrane is the surface of least bending
    that goes on from there and loosely follows the skin at the given thickness.

    Args:
        neutral: skin in rest.
        thickness: [V] mm, measured over bone and continued elsewhere.
        on_bone: [V] bool.
        through: [V] mm, distance along the inward normal to the skin on the other side.
        operator: of the neutral.
    """
    skin, normals = neutral.vertices.astype(np.float64), neutral.normals.astype(np.float64)
    rays = RayMeshIntersector(trimesh.Trimesh(skin, neutral.triangles, process=False))
    safe_points = np.minimum(thickness, np.where(on_bone, np.inf, SHARE_OF_FOLD * through))
    safe_points = skin - safe_points[:, None] * normals  # where the membrane is safe
    target = np.where(on_bone[:, None], safe_points, skin - thickness[:, None] * normals)
    weight = np.where(on_bone, 1.0, MEMBRANE_DETAIL_MM**-4.0)
    pinned = np.zeros(len(skin), bool)
    for _ in range(ROUNDS):
        surface = operator.fill(target, weight, 1.0)
        outside = ~on_bone & ~_inside(skin, normals, surface, rays)
        if not (outside & ~pinned).any():
            break
        pinned |= outside
        target = np.where(pinned[:, None], safe_points, target)
        weight = np.where(pinned, 0.05, weight)
    on_safe_points = on_bone | ~_inside(skin, normals, surface, rays)
    surface = np.where(on_safe_points[:, None], safe_points, surface)
    direction = skin - surface
    length = np.linalg.norm(direction, axis=1)
    normal = np.where(
        length[:, None] > 1e-6, direction / np.maximum(length, 1e-6)[:, None], normals
    )
    return length, normal


def _inside(
    skin: np.ndarray, normals: np.ndarray, surface: np.ndarray, rays: RayMeshIntersector
) -> np.ndarray:
    """Which [V] of the points ``surface`` [V, 3] are reached from their skin points without leaving the skin."""
    step = surface - skin
    length = np.maximum(np.linalg.norm(step, axis=1), 1e-9)
    direction = step / length[:, None]
    start = skin - 0.05 * normals
    places, hit, _ = rays.intersects_location(start, direction, multiple_hits=False)
    free = np.full(len(skin), np.inf)
    free[hit] = np.linalg.norm(places - start[hit], axis=1)
    inwards = -np.einsum("vc,vc->v", direction, normals) > STEEPEST
    return inwards & (length < 2 * SHARE_OF_FOLD * free)
