# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded markers from C3D and CSV files, as animated empties to be bound to a face."""

from pathlib import Path

import bpy
import numpy as np
from bpy.props import EnumProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ... import words
from ...backend.errors import AimError
from ...backend.io.marker_files import MARKER_FORMATS, read_markers
from ...bridge.data.head_space import MM_PER_UNIT, HeadSpace
from ...bridge.data.storage import face_object
from ...bridge.face.scan_files import turned_z_up
from ...bridge.performance.markers import show_markers
from ...properties.enums import UNITS
from .. import reasons


class AIM_OT_import_markers(bpy.types.Operator, ImportHelper):
    """Import recorded markers from a C3D or CSV file as moving empties; where one was not seen it is hidden"""

    bl_idname = "aim.import_markers"
    bl_label = "Import Face Markers"
    bl_options = {'REGISTER', 'UNDO'}

    filepath: StringProperty(subtype='FILE_PATH', options={'HIDDEN', 'SKIP_SAVE'})
    filter_glob: StringProperty(default=MARKER_FORMATS.file_filter, options={'HIDDEN'})
    up_axis: EnumProperty(
        name="Up",
        description="The axis of the file that points upwards",
        items=(
            ('Z', "Z Up", "As most motion capture systems write C3D files"),
            ('Y', "Y Up", "As some systems have it"),
        ),
    )
    unit: EnumProperty(
        name="Marker Unit",
        description="How long one unit of the file is",
        items=(
            ('AUTO', "As Written", "The file's own unit; millimetres where it says none"),
            *UNITS,
        ),
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, reasons.not_in_object_mode)

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        try:
            markers = read_markers(path, MM_PER_UNIT.get(self.unit))
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        positions = markers.positions
        if self.up_axis == 'Y':
            positions = turned_z_up(positions)
        scene = context.scene
        rate = scene.render.fps / scene.render.fps_base
        step = rate / markers.rate if markers.rate else 1.0
        frames = scene.frame_start + step * np.arange(len(positions))
        scale = HeadSpace.at_origin(scene).mm_per_unit
        made = show_markers(path.stem, markers.names, positions, frames, scale, context)
        if (face := face_object(context)) is not None:
            face.aim.take.source, face.aim.take.markers = 'MARKERS', made
        for note in markers.notes:
            self.report({'WARNING'}, words.report("{take}: {note}.", take=path.name, note=note))
        text = "{count} markers of {name} read, {frames} frames: bring them onto the neutral, then bind them."
        self.report(
            {'INFO'},
            words.report(text, count=len(markers.names), name=path.stem, frames=len(positions)),
        )
        return {'FINISHED'}


def _menu_entry(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.operator(AIM_OT_import_markers.bl_idname, text="Face Markers (.c3d, .csv)")


classes = (AIM_OT_import_markers,)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register() -> None:
    """Also add the entry to File > Import."""
    _register_classes()
    bpy.types.TOPBAR_MT_file_import.append(_menu_entry)


def unregister() -> None:
    """Take everything back."""
    bpy.types.TOPBAR_MT_file_import.remove(_menu_entry)
    _unregister_classes()
