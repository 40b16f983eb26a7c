# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about the eyes of a rig's armature, and the look as two numbers."""

from collections.abc import Callable
from math import radians

import bpy
from bpy.props import FloatProperty, FloatVectorProperty

from ..bridge.rig import look


def _look(number: int) -> dict[str, Callable]:
    """Getter and setter of one of the two numbers of a look, on the rig's armature."""

    def get(self: bpy.types.PropertyGroup) -> float:
        return look.read(self.id_data)[number]

    def set_value(self: bpy.types.PropertyGroup, value: float) -> None:
        look.write(self.id_data, number, value)

    return {"get": get, "set": set_value}


class FaceFields:
    """The eyes of an armature: both look by two numbers, read off the bones and written to them."""

    look_yaw: FloatProperty(
        name="Yaw",
        description="How far both eyes look to the face's left (positive) or right",
        subtype='ANGLE',
        min=radians(-60.0),
        max=radians(60.0),
        soft_min=radians(-45.0),
        soft_max=radians(45.0),
        options=set(),
        **_look(0),
    )
    look_pitch: FloatProperty(
        name="Pitch",
        description="How far both eyes look up (positive) or down",
        subtype='ANGLE',
        min=radians(-60.0),
        max=radians(60.0),
        soft_min=radians(-35.0),
        soft_max=radians(35.0),
        options=set(),
        **_look(1),
    )
    eye_left_ball: FloatVectorProperty(
        name="Left Eyeball",
        description="Centre, radius and error of the left eyeball in head space, millimetres",
        size=5,
    )
    eye_right_ball: FloatVectorProperty(
        name="Right Eyeball",
        description="Centre, radius and error of the right eyeball in head space, millimetres",
        size=5,
    )
