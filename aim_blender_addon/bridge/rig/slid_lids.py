# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lids of a rig are after they have slid over the eyeballs, for what hangs on them.

The skin's Shrinkwrap modifiers move lids after the shape keys, so the keys alone do not tell where a lash's root is.
The same is worked out here, for eyes that look ahead.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree

from ..data import groups
from ..data.meshes import read_polygons, transform
from .lids import OUTSIDE


@dataclass(frozen=True)
class SlidLids:
    """The surfaces that lids slide on.

    Attributes:
        surfaces: for each eye its outside in the skin's own space, and how much each of the skin's vertices slides [S].
    """

    surfaces: list[tuple[BVHTree, np.ndarray]]

    @classmethod
    def of(cls, skin: bpy.types.Object) -> "SlidLids":
        """Of a rig's skin; none where its eyes were not made."""
        found = []
        for modifier in skin.modifiers:
            eye = modifier.target if modifier.type == 'SHRINKWRAP' else None
            if eye is None or OUTSIDE not in eye or not modifier.show_viewport:
                continue
            weight = groups.read_group(skin, modifier.vertex_group)
            if weight is None or not weight.any() or not len(eye.data.polygons):
                continue
            points = np.empty((len(eye.data.vertices), 3), np.float32)
            eye.data.attributes["position"].data.foreach_get("vector", points.ravel())
            carrier = np.linalg.inv(np.array(skin.matrix_world, np.float64))
            if eye.parent is not None:  # its mesh is in the armature's own space
                carrier = carrier @ np.array(eye.parent.matrix_world, np.float64)
            corners, sizes = read_polygons(eye.data)
            faces = np.split(corners, np.cumsum(sizes)[:-1])
            tree = BVHTree.FromPolygons(
                transform(points, carrier).tolist(), [face.tolist() for face in faces]
            )
            found.append((tree, weight))
        return cls(found)

    def slid(self, rest: np.ndarray, moves: np.ndarray) -> np.ndarray:
        """[S, 3] displacements after sliding, of displacements [S, 3] from rest [S, 3]; the skin's own space."""
        result = np.array(moves, np.float64)
        for tree, weight in self.surfaces:
            slides = np.flatnonzero(weight > 0)
            still = np.abs(moves[slides]).max(axis=1, initial=0.0) <= 0
            for vertex in slides[~still].tolist():
                point = rest[vertex] + result[vertex]
                place, normal, _face, _far = tree.find_nearest(point.tolist())
                off = (point - np.array(place)) @ np.array(normal)
                if off < 0:
                    result[vertex] += weight[vertex] * (np.array(place) - point)
        return result
