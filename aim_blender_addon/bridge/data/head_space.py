# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame in which a face is read: head space, in millimetres.

Head space is the neutral's world with the neutral object's location and rotation undone. Scale stays in.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

from .evaluating import evaluated

MM_PER_UNIT = {"MM": 1.0, "CM": 10.0, "M": 1000.0}


@dataclass(frozen=True)
class HeadSpace:
    """The frame of a face.

    Attributes:
        rigid: [4, 4] float64, head space to world, both in Blender units: the neutral's location and rotation.
        mm_per_unit: millimetres in one Blender unit.
    """

    rigid: np.ndarray
    mm_per_unit: float

    @classmethod
    def at_origin(cls, scene: bpy.types.Scene) -> "HeadSpace":
        """Head space is the world, in the scene's units."""
        return cls(np.eye(4), scene.unit_settings.scale_length * 1000.0)

    def blender_matrix(self) -> Matrix:
        """``rigid`` as the world matrix of an object at the face."""
        return Matrix(self.rigid.tolist())

    def from_world(self) -> np.ndarray:
        """[4, 4] float64: world in Blender units to head space in millimetres."""
        inverse = np.eye(4)
        inverse[:3, :3] = self.rigid[:3, :3].T
        inverse[:3, 3] = -self.rigid[:3, :3].T @ self.rigid[:3, 3]
        return _scaling(self.mm_per_unit) @ inverse

    def to_world(self) -> np.ndarray:
        """[4, 4] float64: head space in millimetres to world in Blender units."""
        return self.rigid @ _scaling(1 / self.mm_per_unit)


def mm_per_unit(face: bpy.types.Object, scene: bpy.types.Scene) -> float:
    """Millimetres in one Blender unit of this face's scans."""
    unit = face.aim.scan_unit
    return MM_PER_UNIT.get(unit, scene.unit_settings.scale_length * 1000.0)


def head_space(neutral: bpy.types.Object, context: bpy.types.Context) -> HeadSpace:
    """The head space of the face whose neutral is ``neutral``."""
    with evaluated(context, [neutral]) as (twin,):
        location, rotation, _scale = twin.matrix_world.decompose()
    rigid = np.eye(4)
    rigid[:3, :3] = rotation.to_matrix()
    rigid[:3, 3] = location
    return HeadSpace(rigid, mm_per_unit(neutral, context.scene))


def _scaling(factor: float) -> np.ndarray:
    return np.diag([factor, factor, factor, 1.0])
