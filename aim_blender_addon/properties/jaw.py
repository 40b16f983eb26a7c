# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about jaws: pinned ones of scans, and the controls of a rig's."""

from collections.abc import Callable
from math import radians

import bpy
from bpy.props import EnumProperty, FloatProperty, FloatVectorProperty, PointerProperty

from ..bridge.rig import jaw_controls
from .enums import JAW_PINS

#: A pose that moves nothing, row by row.
IDENTITY = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def _jaw_control(number: int) -> dict[str, Callable]:
    """Getter and setter of one of the three numbers a jaw is posed with, on the rig's armature."""

    def get(self: bpy.types.PropertyGroup) -> float:
        return jaw_controls.read(self.id_data)[number]

    def set_value(self: bpy.types.PropertyGroup, value: float) -> None:
        jaw_controls.write(self.id_data, number, value)

    return {"get": get, "set": set_value}


class ScanFields:
    """Where the jaw is in a scan, as the user said."""

    jaw_pin: EnumProperty(
        name="Jaw Pin", description="Who says where the jaw is in this scan", items=JAW_PINS
    )
    pinned_pose: FloatVectorProperty(
        name="Pinned Pose",
        description="The jaw's pose that the user gave, row by row, in head space and millimetres",
        size=16,
        default=IDENTITY,
    )
    upper_mark: PointerProperty(
        name="Upper Incisors",
        description="The empty at the edge of the upper middle incisors",
        type=bpy.types.Object,
    )
    lower_mark: PointerProperty(
        name="Lower Incisors",
        description="The empty at the edge of the lower middle incisors",
        type=bpy.types.Object,
    )


class FaceFields:
    """The jaw of an armature, posed by three numbers read off the bone and written to it; and how a face bites."""

    jaw_open: FloatProperty(
        name="Open",
        description="How far the jaw is open; the condyles slide along as far as this actor's do",
        subtype='ANGLE',
        min=radians(-10.0),
        max=radians(60.0),
        soft_min=0.0,
        soft_max=radians(38.0),
        options=set(),
        **_jaw_control(0),
    )
    jaw_side: FloatProperty(
        name="Side (mm)",
        description="How far the lower incisors are to the face's left",
        min=-30.0,
        max=30.0,
        soft_min=-14.0,
        soft_max=14.0,
        precision=1,
        options=set(),
        **_jaw_control(1),
    )
    jaw_forward: FloatProperty(
        name="Forward (mm)",
        description="How far the jaw is pushed forward",
        min=-20.0,
        max=30.0,
        soft_min=-1.5,
        soft_max=12.0,
        precision=1,
        options=set(),
        **_jaw_control(2),
    )
    upper_bite: PointerProperty(
        name="Upper Bite",
        description="The empty at the edge of the upper middle incisors while the teeth are closed",
        type=bpy.types.Object,
    )
    lower_bite: PointerProperty(
        name="Lower Bite",
        description="The empty at the edge of the lower middle incisors while the teeth are closed",
        type=bpy.types.Object,
    )
    jaw_measures: FloatVectorProperty(
        name="Jaw Measures",
        description="Length, half width, path and slope of the jaw joint, and millimetres in a unit",
        size=5,
    )
