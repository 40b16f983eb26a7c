# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bone a column of flesh ends on."""

import numpy as np
from scipy.spatial import cKDTree

from ..geometry.mesh import Mesh
from ..geometry.surface import nearest_points
from ..model.aim import AimModel
from .columns import Columns


def bones_below(model: AimModel, columns: Columns) -> np.ndarray:
    """[C] bone that each column ends on: 0 the skull, 1 the mandible, -1 none."""
    end = columns.end[columns.on_bone]
    found = np.full(len(columns.end), -1)
    found[columns.on_bone] = nearer(model.skull, model.jaw, end)
    return found


def nearer(first: Mesh, second: Mesh, points: np.ndarray) -> np.ndarray:
    """[P] int: 1 where the second surface is nearer to a point [P, 3], else 0; a surface may have no triangles."""
    bones = first, second
    if not all(len(bone.triangles) for bone in bones):
        return np.full(len(points), int(len(second.triangles) > 0))
    # A surface lies no nearer than its nearest vertex less its longest edge, and no farther than that vertex.
    most, least = [], []
    for bone in bones:
        away = cKDTree(bone.vertices[np.unique(bone.triangles)]).query(points)[0]
        corner = bone.vertices[bone.triangles]
        longest = np.linalg.norm(corner - np.roll(corner, 1, axis=1), axis=2).max()
        most.append(away)
        least.append(away - longest)
    found = (most[1] < most[0]).astype(int)
    unclear = np.flatnonzero((least[0] < most[1]) & (least[1] < most[0]))
    apart = []
    for bone in bones:
        nearest = nearest_points(bone, points[unclear]).interpolate(bone.vertices)
        apart.append(np.linalg.norm(nearest - points[unclear], axis=1))
    found[unclear] = apart[1] < apart[0]
    return found
