# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add a sample actor, for trying everything without scans of one's own."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty

from ... import words
from ...backend.errors import AimError
from ...backend.sample.head import (
    PACKAGE,
    PACKAGE_VERSION,
    find_package,
    load_sample_head,
    site_folders,
    z_up,
)
from ...bridge.face.sample import add_sample_actor
from ...bridge.view.viewport import frame_selected
from ...jobs import environment
from .. import reasons
from .scans import scans_text


def sample_package() -> Path | None:
    """The folder of the sample head's data: in Blender's own Python, or in the worker's environment."""
    found = environment.interpreter()
    places = [Path(place) for place in found.search_path]
    if found.python:
        places += site_folders(Path(found.python))
    return find_package(places)


class AIM_OT_add_sample_actor(bpy.types.Operator):
    """Add MakeHuman's free head with 19 expression scans, ready for Estimate Bones and Fit"""

    bl_idname = "aim.add_sample_actor"
    bl_label = "AIM Sample Actor"
    bl_options = {'REGISTER', 'UNDO'}

    scans_as: EnumProperty(
        name="Scans",
        description="What the scans are",
        items=(
            ('SHAPE_KEYS', "Shape Keys", "Every scan is a shape key of the neutral"),
            ('OBJECTS', "Objects", "Every scan is a hidden mesh object, as scans often come"),
        ),
    )
    detail: EnumProperty(
        name="Detail",
        description="How finely the skin is divided",
        items=(
            ('LOW', "Low", "About 3,400 points"),
            ('HIGH', "High", "About 13,600 points"),
        ),
        default='HIGH',
    )
    use_inside: BoolProperty(
        name="Teeth, Tongue and Eyes",
        description="Also add what is inside the head; it is no part of the scans",
        default=True,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, reasons.not_in_object_mode, no_package)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            head = z_up(load_sample_head(sample_package(), int(self.detail == 'HIGH')))
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        neutral = add_sample_actor(head, self.scans_as == 'OBJECTS', self.use_inside, context)
        frame_selected(context)
        self.report({'INFO'}, scans_text(neutral))
        return {'FINISHED'}


def no_package(_context: bpy.types.Context) -> str:
    if sample_package() is not None:
        return ""
    return words.report(
        "The sample head is in the Python package {package}: install it without what it depends on into the Python "
        "environment that the preferences show",
        package=f"{PACKAGE} {PACKAGE_VERSION}",
    )


def _draw_in_menu(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.operator(AIM_OT_add_sample_actor.bl_idname, icon='USER')


classes = (AIM_OT_add_sample_actor,)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register() -> None:
    """Register the operator and its entry in Add > Mesh."""
    _register_classes()
    bpy.types.VIEW3D_MT_mesh_add.append(_draw_in_menu)


def unregister() -> None:
    """Take both back."""
    bpy.types.VIEW3D_MT_mesh_add.remove(_draw_in_menu)
    _unregister_classes()
