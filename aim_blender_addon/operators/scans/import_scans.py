# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scans from OBJ and PLY files: from File > Import, the panel, or dropped into the 3D view."""

from dataclasses import dataclass
from pathlib import Path

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ... import words
from ...backend.errors import AimError, ScanError
from ...backend.geometry.mesh import Mesh
from ...backend.io.mesh_files import MESH_FORMATS
from ...backend.scans.checks import check_scans, scan_warnings
from ...bridge.data import storage
from ...bridge.data.head_space import MM_PER_UNIT, HeadSpace, head_space
from ...bridge.data.meshes import create_object
from ...bridge.face import scan_files
from ...bridge.face import scans as scan_list
from ...bridge.view.viewport import frame_selected
from ...properties.enums import UNITS
from .. import reasons

_UNIT_WORDS = {'MM': "millimetres", 'CM': "centimetres", 'M': "metres"}


@dataclass(frozen=True)
class _Loaded:
    """The files as meshes in millimetres; ``neutral`` is None when they are added to a face."""

    neutral: Mesh | None
    expressions: tuple[Mesh, ...]
    bones: dict[str, Mesh]
    unit: str
    warnings: tuple[str, ...]


class AIM_OT_import_scans(bpy.types.Operator, ImportHelper):
    """Import the scans of one actor from OBJ or PLY files; a single file stands for its whole folder"""

    bl_idname = "aim.import_scans"
    bl_label = "Import Face Scans"
    bl_options = {'REGISTER', 'UNDO', 'PRESET'}

    directory: StringProperty(subtype='DIR_PATH', options={'HIDDEN', 'SKIP_SAVE'})
    files: CollectionProperty(
        type=bpy.types.OperatorFileListElement, options={'HIDDEN', 'SKIP_SAVE'}
    )
    filepath: StringProperty(subtype='FILE_PATH', options={'HIDDEN', 'SKIP_SAVE'})
    filter_glob: StringProperty(default=MESH_FORMATS.file_filter, options={'HIDDEN'})
    up_axis: EnumProperty(
        name="Up",
        description="The axis of the files that points from chin to forehead",
        items=(
            ('Y', "Y Up", "As most scanning and modelling programs write OBJ files"),
            ('Z', "Z Up", "As Blender has it; nothing is turned"),
        ),
    )
    unit: EnumProperty(
        name="Scan Unit",
        description="How long one unit of the files is",
        items=(
            ('AUTO', "By Size", "The unit in which the face is as wide as a face"),
            *UNITS,
        ),
    )
    neutral: StringProperty(
        name="Neutral",
        description="Name of the neutral's file; when empty, the one named neutral, rest or basis",
        options={'SKIP_SAVE'},
    )
    hide_expressions: BoolProperty(
        name="Hide Expressions",
        description="Show only the neutral, as all scans lie at the same place",
        default=True,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, reasons.not_in_object_mode)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.properties.is_property_set("directory"):  # dropped files
            if _face_to_extend(context) is None:
                self.neutral = scan_files.guess_neutral(
                    self._names(context) or _listed(self.directory)
                )
            return context.window_manager.invoke_props_dialog(self)
        context.window_manager.fileselect_add(self)
        return {'RUNNING_MODAL'}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("neutral", "up_axis", "unit", "hide_expressions"):
            layout.prop(self, name)

    def execute(self, context: bpy.types.Context) -> set[str]:
        folder = Path(bpy.path.abspath(self.directory or str(Path(self.filepath).parent)))
        try:
            files = scan_files.find_files(folder, self._names(context), self.neutral)
            extended = None if files.neutral else _face_to_extend(context)
            loaded = _load(files, self.unit, self.up_axis == 'Y', extended, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        face = _add(loaded, folder, extended, self.hide_expressions, context)
        if extended is None:
            frame_selected(context)
        for text in loaded.warnings:
            self.report({'WARNING'}, text)
        text = (
            "{face}: {scans} scans and {bones} bones read in {unit}."
            if loaded.bones
            else "{face}: {scans} scans read in {unit}."
        )
        counts = {"scans": len(loaded.expressions), "bones": len(loaded.bones)}
        unit = words.report(_UNIT_WORDS[loaded.unit])
        self.report({'INFO'}, words.report(text, face=face.name, unit=unit, **counts))
        return {'FINISHED'}

    def _names(self, context: bpy.types.Context) -> list[str]:
        """The chosen files; none for the whole folder, as one file alone makes no face."""
        names = [item.name for item in self.files if item.name]
        if not names and self.filepath and Path(self.filepath).suffix:
            names = [Path(self.filepath).name]
        return names if len(names) > 1 or _face_to_extend(context) else []


class AIM_FH_import_scans(bpy.types.FileHandler):
    """Lets OBJ and PLY files be dropped into the 3D view as scans."""

    bl_idname = "AIM_FH_import_scans"
    bl_label = "Face Scans"
    bl_import_operator = "aim.import_scans"
    bl_file_extensions = MESH_FORMATS.dropped

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        return context.area is not None and context.area.type == 'VIEW_3D'


def _face_to_extend(context: bpy.types.Context) -> bpy.types.Object | None:
    """The face that files without a neutral among them are added to."""
    face = storage.face_object(context)
    return face if face is not None and face.aim.scan_source == 'OBJECTS' else None


def _listed(folder: str) -> list[str]:
    """The names of the files in a folder."""
    return [path.name for path in Path(bpy.path.abspath(folder)).iterdir() if path.is_file()]


def _load(
    files: scan_files.ScanFiles,
    unit: str,
    y_up: bool,
    face: bpy.types.Object | None,
    context: bpy.types.Context,
) -> _Loaded:
    """Read and check everything before anything is made in Blender."""
    if not files.expressions:
        raise ScanError(
            f"{files.neutral.name} is the only scan: a face needs at least one expression."
        )
    if files.neutral is None and face is None:
        raise ScanError(
            "No file is named neutral, rest or basis: write the name of the neutral's file in the field Neutral."
        )
    first = files.neutral or files.expressions[0]
    unit = scan_files.file_unit(scan_files.read_file(first, 1.0, False), unit)
    factor = MM_PER_UNIT[unit]
    expressions = tuple(scan_files.read_file(path, factor, y_up) for path in files.expressions)
    bones = {
        name: scan_files.read_file(path, factor, y_up)
        for name, path in (("skull", files.skull), ("jaw", files.jaw))
        if path is not None
    }
    if files.neutral is None:
        scan_list.require_own_data(face)
        present = scan_list.read_face(face, context)
        neutral, scans = present.neutral, (*present.expressions, *expressions)
    else:
        neutral, scans = scan_files.read_file(files.neutral, factor, y_up), expressions
    check_scans(neutral, scans)
    warnings = tuple(scan_warnings(neutral, scans))
    return _Loaded(neutral if files.neutral else None, expressions, bones, unit, warnings)


def _add(
    loaded: _Loaded,
    folder: Path,
    face: bpy.types.Object | None,
    hide: bool,
    context: bpy.types.Context,
) -> bpy.types.Object:
    """Make the objects and the face, or add them to ``face``; the neutral is active afterwards."""
    if face is None:
        collection = bpy.data.collections.new(f"{folder.name} Scans")
        context.scene.collection.children.link(collection)
        space = HeadSpace.at_origin(context.scene)
        face = create_object(folder.name, loaded.neutral, space, collection)
    else:
        collection = face.users_collection[0]
        space = head_space(face, context)
    scans = [
        (mesh.name, create_object(mesh.name, mesh, space, collection))
        for mesh in loaded.expressions
    ]
    bones = {
        name: create_object(name.title(), mesh, space, collection)
        for name, mesh in loaded.bones.items()
    }
    scan_list.add_object_scans(face, scans, context)
    for name, bone in bones.items():
        setattr(face.aim, name, bone)
    for _name, scan in scans:
        scan.hide_viewport = scan.hide_render = hide
    for obj in context.selected_objects:
        obj.select_set(False)
    face.select_set(True)
    context.view_layer.objects.active = face
    return face


def _menu_entry(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.operator(AIM_OT_import_scans.bl_idname, text="Face Scans (.obj, .ply)")


classes = (AIM_OT_import_scans, AIM_FH_import_scans)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register() -> None:
    """Also add the entry to File > Import."""
    _register_classes()
    bpy.types.TOPBAR_MT_file_import.append(_menu_entry)


def unregister() -> None:
    """Take everything back."""
    bpy.types.TOPBAR_MT_file_import.remove(_menu_entry)
    _unregister_classes()
