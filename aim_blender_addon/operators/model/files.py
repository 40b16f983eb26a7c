# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model of a face to a file, from a file, and away."""

import os
from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ... import words
from ...backend.errors import AimError, ModelFileError
from ...backend.io.model_file import model_from_bytes, write_whole
from ...backend.io.regular_file import read_regular
from ...bridge.data import storage
from ...bridge.data.head_space import head_space
from ...bridge.face.placing import PlacedModel, place_model
from ...bridge.face.results import forget_model, keep_model, require_same_face
from ...bridge.face.scans import read_neutral, require_own_data
from ...bridge.performance.files import file_words
from .. import reasons

EXTENSION = ".safetensors"
#: Within this, a mesh and the neutral of a model are the same scan.
_SAME_NEUTRAL_MM = 0.5


class AIM_OT_save_model(bpy.types.Operator, ExportHelper):
    """Save the model of this face to a file"""

    bl_idname = "aim.save_model"
    bl_label = "Save Face Model"

    filename_ext = EXTENSION
    filter_glob: StringProperty(default=f"*{EXTENSION}", options={'HIDDEN'})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.no_face, reasons.no_model)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if not self.filepath:
            name = file_words(storage.face_object(context).name)
            self.filepath = os.path.join(os.path.dirname(bpy.data.filepath), name + EXTENSION)
        return super().invoke(context, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        try:
            write_whole(path, storage.model_bytes(storage.face_object(context)))
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        size = path.stat().st_size / 1e6
        text = words.report("Saved {file} ({size:.1f} MB).", file=path.name, size=size)
        self.report({'INFO'}, text)
        return {'FINISHED'}


class AIM_OT_load_model(bpy.types.Operator, ImportHelper):
    """Load a model from a file onto the face it was fitted to, or onto the active mesh if that is the same"""

    bl_idname = "aim.load_model"
    bl_label = "Load Face Model"
    bl_options = {'REGISTER', 'UNDO'}

    filename_ext = EXTENSION
    filter_glob: StringProperty(default=f"*{EXTENSION}", options={'HIDDEN'})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, reasons.editing, _no_mesh, _linked_mesh)

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = _mesh_for_model(context)
        path = Path(bpy.path.abspath(self.filepath))
        try:
            require_own_data(face)
            storage.require_own_model(face)
            data = read_bytes(path)
            model = model_from_bytes(data, path.name)
            space = head_space(face, context)
            neutral = read_neutral(face, context, space)
            require_same_face(model, neutral, path.name)
            placed = place_model(face, model, data, neutral, space, context.scene, path.name)
            keep_model(face, placed.model, placed.data)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        unit_changed = face.aim.scan_unit != placed.unit
        if unit_changed:
            face.aim.scan_unit = placed.unit
        storage.make_face(face, context)
        self._report(face, placed, path.name, unit_changed)
        return {'FINISHED'}

    def _report(
        self, face: bpy.types.Object, placed: PlacedModel, file: str, unit_changed: bool
    ) -> None:
        if placed.apart_mm > _SAME_NEUTRAL_MM:
            text = words.report(
                "The neutral of {file} lies up to {apart:.1f} mm from {face}: is it this actor's?",
                file=file,
                apart=placed.apart_mm,
                face=face.name,
            )
            self.report({'WARNING'}, text)
        if placed.moved:
            text = "{file} has other axes or another origin than {face}: its model was moved onto {face}."
            self.report({'INFO'}, words.report(text, file=file, face=face.name))
        if unit_changed:
            text = "The Scan Unit of {face} was set by the size of its model."
            self.report({'INFO'}, words.report(text, face=face.name))
        count = len(placed.model.expression_names)
        text = words.report(
            "{face} has a model of {count} expressions.", face=face.name, count=count
        )
        self.report({'INFO'}, text)


class AIM_OT_remove_model(bpy.types.Operator):
    """Remove the model from this face; scans, bones and a baked rig stay"""

    bl_idname = "aim.remove_model"
    bl_label = "Remove Face Model"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_face, reasons.no_model, reasons.linked_face
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = storage.face_object(context)
        try:
            storage.require_own_model(face)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        forget_model(face)
        face.aim.is_face = len(face.aim.scans) > 0
        return {'FINISHED'}


def read_bytes(path: Path) -> bytes:
    """The bytes of a model file.

    Raises:
        ModelFileError: it cannot be read.
    """
    try:
        return read_regular(path)
    except OSError as error:
        raise ModelFileError(f"{path.name} cannot be read ({error.strerror or error}).") from error


def _mesh_for_model(context: bpy.types.Context) -> bpy.types.Object | None:
    active = context.active_object
    if active is None or active.type != 'MESH':
        return storage.face_object(context)
    return storage.face_of(active) or active


def _no_mesh(context: bpy.types.Context) -> str:
    if storage.missing_face(context.active_object) is not None:
        return reasons.stray(context)
    return "" if _mesh_for_model(context) else "Select the neutral the model was fitted to"


def _linked_mesh(context: bpy.types.Context) -> str:
    return reasons.linked(_mesh_for_model(context))


classes = (AIM_OT_save_model, AIM_OT_load_model, AIM_OT_remove_model)
register, unregister = bpy.utils.register_classes_factory(classes)
