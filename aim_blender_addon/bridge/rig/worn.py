# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies over the skin, where a viewer sees it: a moustache or a goatee lies before the mouth, not in it."""

import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from ...backend.geometry.mesh import Mesh

#: Skin faces a viewer at this cosine or more.
_FACES = 0.2


def worn_on(points: np.ndarray, skin: Mesh, axes: np.ndarray, reach: float) -> np.ndarray:
    """[N] bool: from which of [N, 3] points the way to a viewer is free, while skin that faces him lies behind.

    Args:
        points: mm, head space.
        skin: of the face, there.
        axes: [3, 3] left, front and up of the head, one a row.
        reach: how far behind a point its skin may lie, mm.
    """
    tree = BVHTree.FromPolygons(skin.vertices.tolist(), skin.triangles.tolist(), all_triangles=True)
    middle = skin.vertices.mean(axis=0)
    turned = float(np.einsum("vc,vc->", skin.normals, skin.vertices - middle)) < 0
    ways = [axes[1], axes[1] + axes[0], axes[1] - axes[0]]
    ways = [Vector(way / np.linalg.norm(way)) for way in ways]
    found = np.zeros(len(points), bool)
    for number, point in enumerate(points.tolist()):
        start = Vector(point)
        for way in ways:
            _place, normal, face, _far = tree.ray_cast(start, -way, reach)
            if face is None or (-normal if turned else normal).dot(way) < _FACES:
                continue
            if tree.ray_cast(start, way)[2] is None:
                found[number] = True
                break
    return found
