# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that say which meshes are the scans of a face."""

from collections.abc import Iterable
from dataclasses import dataclass

import bpy

from ... import words
from ...backend.errors import AimError, ScanError
from ...backend.scans.checks import check_scans, scan_warnings, without_motion
from ...backend.scans.units import check_face_size, face_width, fitting_unit
from ...bridge.data.head_space import head_space
from ...bridge.data.meshes import read_objects, read_shape_keys
from ...bridge.data.storage import face_object, face_of, in_scene, is_face
from ...bridge.face import scans as scan_list
from ...bridge.face.scans import FaceMeshes
from .. import reasons

_UNITS = {"millimetres": 'MM', "centimetres": 'CM', "metres": 'M'}


@dataclass(frozen=True)
class _Checked:
    """Scans that can be fitted: the unit to set, and what is worth saying."""

    unit: str
    warnings: tuple[str, ...]


class AIM_OT_add_scans(bpy.types.Operator):
    """Take the selected meshes as scans; the active one is the neutral"""

    bl_idname = "aim.add_scans"
    bl_label = "Add Selected as Scans"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, reasons.not_in_object_mode, _no_selection)

    def execute(self, context: bpy.types.Context) -> set[str]:
        neutral = context.active_object
        known = {scan.object for scan in neutral.aim.scans}
        new = [
            (obj.name, obj) for obj in sorted(_selected(context) - known, key=lambda obj: obj.name)
        ]
        listed = [(scan.name, scan.object) for scan in neutral.aim.scans if scan.object]
        try:
            _require_new(neutral, [obj for _name, obj in new])
            checked = _check(_read_objects(neutral, listed + new, context), neutral)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        neutral.aim.scan_unit = checked.unit
        scan_list.add_object_scans(neutral, new, context)
        report_added(self, neutral, checked.warnings)
        return {'FINISHED'}


class AIM_OT_scans_from_shape_keys(bpy.types.Operator):
    """Take the shape keys of the active mesh as scans; the first one is the neutral"""

    bl_idname = "aim.scans_from_shape_keys"
    bl_label = "Add Shape Keys as Scans"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, reasons.not_in_object_mode, _no_shape_keys)

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = context.active_object
        keys = face.data.shape_keys
        names = [key.name for key in keys.key_blocks if key != keys.reference_key]
        try:
            scan_list.require_own_data(face)
            scan_list.require_object_mode(face)
            _require_no_part(face)
            meshes, still = _moving(_read_keys(face, names, context))
            checked = _check(meshes, face)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        face.aim.scan_unit = checked.unit
        scan_list.set_shape_key_scans(face, [scan.name for scan in meshes.expressions], context)
        if still:
            text = words.report(
                "Passed over, as they move nothing: {names}.", names=", ".join(still)
            )
            self.report({'WARNING'}, text)
        report_added(self, face, checked.warnings)
        return {'FINISHED'}


class AIM_OT_remove_scan(bpy.types.Operator):
    """Take the scan off the list; its object stays in the scene"""

    bl_idname = "aim.remove_scan"
    bl_label = "Remove Scan"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_face, _empty_list, reasons.linked_face
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        scan_list.remove_scan(face, min(face.aim.active_scan, len(face.aim.scans) - 1))
        return {'FINISHED'}


class AIM_OT_clear_scans(bpy.types.Operator):
    """Empty the list of scans; the objects stay in the scene, and so does a fitted model"""

    bl_idname = "aim.clear_scans"
    bl_label = "Remove All Scans"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_face, _empty_list, reasons.linked_face
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        scan_list.clear_scans(face_object(context))
        return {'FINISHED'}


def report_added(
    operator: bpy.types.Operator, face: bpy.types.Object, warnings: Iterable[str]
) -> None:
    """Tell how many scans the face has, and what is odd about them."""
    for text in warnings:
        operator.report({'WARNING'}, text)
    operator.report({'INFO'}, scans_text(face))


def scans_text(face: bpy.types.Object) -> str:
    """How many scans a face has, as a sentence."""
    return words.report("{face} has {count} scans.", face=face.name, count=len(face.aim.scans))


def _selected(context: bpy.types.Context) -> set[bpy.types.Object]:
    """The selected meshes that can be scans of the active one."""
    neutral = context.active_object
    bones = (neutral.aim.skull, neutral.aim.jaw)
    return {
        obj
        for obj in context.selected_objects
        if obj.type == 'MESH' and obj != neutral and obj not in bones
    }


def _no_selection(context: bpy.types.Context) -> str:
    active = context.active_object
    if active is None or active.type != 'MESH' or not _selected(context):
        return "Select the scans, the neutral last"
    return ""


def _no_shape_keys(context: bpy.types.Context) -> str:
    active = context.active_object
    if active is None or active.type != 'MESH':
        return "Select the mesh whose shape keys are the scans"
    keys = active.data.shape_keys
    return "" if keys and len(keys.key_blocks) > 1 else "The active mesh has no shape keys"


def _empty_list(context: bpy.types.Context) -> str:
    return "" if len(face_object(context).aim.scans) else "The list is empty"


def _require_new(neutral: bpy.types.Object, objects: list[bpy.types.Object]) -> None:
    """Refuse what cannot become scans of ``neutral``."""
    scan_list.require_own_data(neutral)
    owner = neutral.aim.face_object
    if not neutral.aim.is_face and is_face(owner) and in_scene(owner):
        raise ScanError(
            f"{neutral.name} already belongs to {owner.name}: "
            f"select the new scans first and {owner.name} last."
        )
    if len(neutral.aim.scans) and neutral.aim.scan_source == 'SHAPE_KEYS':
        raise ScanError(
            f"The scans of {neutral.name} are its shape keys: remove all scans from the list first."
        )
    if not objects:
        raise ScanError(f"All selected meshes are in the list of {neutral.name} already.")
    for obj in objects:
        if obj.aim.is_face:
            raise ScanError(f"{obj.name} is the neutral of another face: deselect it.")


def _require_no_part(neutral: bpy.types.Object) -> None:
    """Refuse an object that is the rig or a scan of another face."""
    owner = face_of(neutral)
    if owner is not None and owner != neutral:
        raise ScanError(
            f"{neutral.name} already belongs to {owner.name}: select {owner.name}, or a mesh of its own."
        )


def _read_objects(
    neutral: bpy.types.Object,
    named: list[tuple[str, bpy.types.Object]],
    context: bpy.types.Context,
) -> FaceMeshes:
    """The neutral and objects under the names they will have in the list."""
    space = head_space(neutral, context)
    mesh, *scans = read_objects([neutral, *(obj for _name, obj in named)], space, context)
    renamed = [
        scan.with_vertices(scan.vertices, name)
        for scan, (name, _obj) in zip(scans, named, strict=True)
    ]
    return FaceMeshes(space, mesh, tuple(renamed))


def _read_keys(face: bpy.types.Object, names: list[str], context: bpy.types.Context) -> FaceMeshes:
    """The reference key and the named shape keys of ``face``."""
    space = head_space(face, context)
    neutral, scans = read_shape_keys(face, names, space, context)
    return FaceMeshes(space, neutral, tuple(scans))


def _moving(meshes: FaceMeshes) -> tuple[FaceMeshes, list[str]]:
    """The shape keys that move something, and names of the others: headings between keys, and keys left empty.

    Raises:
        ScanError: none of them moves anything.
    """
    still = without_motion(meshes.neutral, meshes.expressions)
    moving = tuple(scan for scan in meshes.expressions if scan.name not in still)
    if not moving:
        raise ScanError(
            f"No shape key of {meshes.neutral.name} moves anything: sculpt its expressions first."
        )
    return FaceMeshes(meshes.space, meshes.neutral, moving), still


def _check(meshes: FaceMeshes, face: bpy.types.Object) -> _Checked:
    """Make sure that the meshes are scans of one face, and find the unit of a new one.

    A unit that the user has chosen is kept, and so is the unit of a face that has scans.

    Raises:
        ScanError: they are not, or no unit makes them as large as a face.
    """
    check_scans(meshes.neutral, meshes.expressions)
    warnings = scan_warnings(meshes.neutral, meshes.expressions)
    try:
        check_face_size(meshes.neutral, meshes.space.mm_per_unit)
    except ScanError:
        fitting = fitting_unit(face_width(meshes.neutral) / meshes.space.mm_per_unit)
        if face.aim.scan_unit != 'SCENE' or len(face.aim.scans) or fitting not in _UNITS:
            raise
        text = words.report(
            "The size of {face} fits {unit}, so Scan Unit was set to that.",
            face=face.name,
            unit=words.report(fitting),
        )
        return _Checked(_UNITS[fitting], (*warnings, text))
    return _Checked(face.aim.scan_unit, tuple(warnings))


classes = (
    AIM_OT_add_scans,
    AIM_OT_scans_from_shape_keys,
    AIM_OT_remove_scan,
    AIM_OT_clear_scans,
)
register, unregister = bpy.utils.register_classes_factory(classes)
