# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about a face (``Object.aim``, ``Scene.aim``); each topic adds its fields."""

import bpy
from bpy.props import BoolProperty, PointerProperty

from ..topics import load, modules_of_topics
from .polls import is_mesh

_fields = [
    module.FaceFields
    for module in map(load, modules_of_topics("properties"))
    if hasattr(module, "FaceFields")
]


class AIM_PG_face(*_fields, bpy.types.PropertyGroup):
    """A face, on its neutral object; on scans, bones and rigs only the way back to it."""

    is_face: BoolProperty(name="Is Face", description="This object is the neutral of a face")
    face_object: PointerProperty(
        name="Face",
        description="The neutral this object belongs to",
        type=bpy.types.Object,
        poll=is_mesh,
    )


class AIM_PG_scene(bpy.types.PropertyGroup):
    """What the sidebar shows while no object of a face is active."""

    face: PointerProperty(
        name="Face", description="The face worked on last", type=bpy.types.Object, poll=is_mesh
    )


_register_classes, _unregister_classes = bpy.utils.register_classes_factory(
    (AIM_PG_face, AIM_PG_scene)
)


def register() -> None:
    """Register the groups and hang them on their owners."""
    _register_classes()
    bpy.types.Object.aim = PointerProperty(type=AIM_PG_face)
    bpy.types.Scene.aim = PointerProperty(type=AIM_PG_scene)


def unregister() -> None:
    """Take the pointers off their owners, then the groups."""
    del bpy.types.Scene.aim
    del bpy.types.Object.aim
    _unregister_classes()
