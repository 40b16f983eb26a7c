# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose the jaw of a rig, and pin the jaw of scans for the next fit."""

import bpy
import numpy as np

from ... import words
from ...backend.anatomy.jaw.pins import usual_bite
from ...bridge.data.head_space import head_space
from ...bridge.data.storage import face_object, load_model
from ...bridge.face import jaw_pins
from ...bridge.rig import jaw_controls
from ...bridge.rig.objects import armature_of, armature_with
from .. import reasons


class AIM_OT_reset_jaw(bpy.types.Operator):
    """Bring the jaw of the rig back to the neutral"""

    bl_idname = "aim.reset_jaw"
    bl_label = "Reset Jaw"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, no_jaw, _linked_jaw)

    def execute(self, context: bpy.types.Context) -> set[str]:
        jaw_controls.reset(posed_armature(context))
        return {'FINISHED'}


class AIM_OT_key_jaw(bpy.types.Operator):
    """Insert keyframes of the jaw bone at the current frame"""

    bl_idname = "aim.key_jaw"
    bl_label = "Insert Jaw Keyframe"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, no_jaw, _linked_jaw)

    def execute(self, context: bpy.types.Context) -> set[str]:
        jaw_controls.key(posed_armature(context), context.scene.frame_current_final)
        return {'FINISHED'}


class AIM_OT_show_scan_jaw(bpy.types.Operator):
    """Pose the jaw of the rig as it is in the scan that is picked in the list"""

    bl_idname = "aim.show_scan_jaw"
    bl_label = "Pose Jaw as in Scan"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.no_face, no_jaw, no_scan, _not_fitted, _linked_jaw
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        jaw_controls.show_pose(posed_armature(context), jaw_pins.pose_of(active_scan(face)))
        return {'FINISHED'}


class AIM_OT_pin_jaw(bpy.types.Operator):
    """Pin the scan that is picked in the list to the jaw pose that the rig shows now; the next fit keeps it exactly"""

    bl_idname = "aim.pin_jaw"
    bl_label = "Pin Jaw to Scan"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_face, no_jaw, no_scan, reasons.linked_face
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        scan = active_scan(face)
        context.view_layer.update()
        jaw_pins.pin_pose(scan, jaw_controls.shown_pose(posed_armature(context)))
        text = "The jaw of {scan} is pinned; the next fit keeps it."
        self.report({'INFO'}, words.report(text, scan=scan.name))
        return {'FINISHED'}


class AIM_OT_mark_incisors(bpy.types.Operator):
    """Pin the jaw of a scan by its teeth: move the two marks to the edges of the upper and lower middle incisors where
    the scan shows them"""

    bl_idname = "aim.mark_incisors"
    bl_label = "Mark Incisors of Scan"
    bl_options = {'REGISTER', 'UNDO'}

    scan: bpy.props.StringProperty(
        name="Scan",
        description="Its name; empty for the scan that is picked in the list",
        options={'SKIP_SAVE', 'HIDDEN'},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.not_in_object_mode,
            reasons.no_face,
            reasons.no_model,
            no_scan,
            reasons.linked_face,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        if self.scan and (number := face.aim.scans.find(self.scan)) >= 0:
            face.aim.active_scan = number
        elif self.scan:
            text = "The list has no scan {scan}: pick one that is there."
            self.report({'ERROR'}, words.report(text, scan=self.scan))
            return {'CANCELLED'}
        scan = active_scan(face)
        bite = np.append(np.asarray(load_model(face).joint.incisor, np.float64), 1.0)
        points = {"upper": bite[:3], "lower": (jaw_pins.pose_of(scan) @ bite)[:3]}
        _select(context, jaw_pins.mark(face, scan, points, head_space(face, context)))
        text = "Move the two marks to the incisors of {scan}; the next fit reads them."
        self.report({'INFO'}, words.report(text, scan=scan.name))
        return {'FINISHED'}


class AIM_OT_mark_bite(bpy.types.Operator):
    """Say how this face bites: move the two marks to the edges of the upper and lower middle incisors of closed teeth.
    Only the way from one to the other counts; marked scans are read with it"""

    bl_idname = "aim.mark_bite"
    bl_label = "Mark Bite"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.not_in_object_mode,
            reasons.no_face,
            reasons.no_model,
            reasons.linked_face,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        joint = load_model(face).joint
        lower = np.asarray(joint.incisor, np.float64)
        points = {"upper": lower - usual_bite(joint), "lower": lower}
        _select(context, jaw_pins.mark_bite(face, points, head_space(face, context)))
        text = "Move the two marks to where closed teeth are; the next fit reads them."
        self.report({'INFO'}, words.report(text))
        return {'FINISHED'}


class AIM_OT_unpin_jaw(bpy.types.Operator):
    """Let the next fit find the jaw of the scan that is picked in the list by itself; marks of it go"""

    bl_idname = "aim.unpin_jaw"
    bl_label = "Unpin Jaw of Scan"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_face, no_scan, _not_pinned, reasons.linked_face
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        jaw_pins.unpin(active_scan(face_object(context)))
        return {'FINISHED'}


def _select(context: bpy.types.Context, empties: list[bpy.types.Object]) -> None:
    """Leave these selected alone, the last one active."""
    for obj in context.selected_objects:
        obj.select_set(False)
    for empty in empties:
        empty.select_set(True)
    context.view_layer.objects.active = empties[-1]


def active_scan(face: bpy.types.Object) -> bpy.types.PropertyGroup | None:
    """The scan that is picked in the list."""
    number = face.aim.active_scan
    return face.aim.scans[number] if 0 <= number < len(face.aim.scans) else None


def posed_armature(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature whose jaw is posed: the active object's own, or that of the face."""
    active = armature_with(context.active_object)
    if jaw_controls.has_controls(active):
        return active
    face = face_object(context)
    return armature_of(face) if face else active


def _linked_jaw(context: bpy.types.Context) -> str:
    return reasons.needs_override(posed_armature(context))


def no_jaw(context: bpy.types.Context) -> str:
    """The face has no rig whose jaw could be posed."""
    armature = posed_armature(context)
    if armature is None:
        return reasons.first_reason(context, reasons.no_face) or "Bake the rig first"
    return "" if jaw_controls.has_controls(armature) else "Update the rig in the Bake panel first"


def no_scan(context: bpy.types.Context) -> str:
    """No scan is picked in the list."""
    return "" if active_scan(face_object(context)) else "Pick a scan in the list first"


def _not_fitted(context: bpy.types.Context) -> str:
    scan = active_scan(face_object(context))
    return "" if scan.fitted or scan.jaw_pin == 'POSE' else "Fit the face first"


def _not_pinned(context: bpy.types.Context) -> str:
    scan = active_scan(face_object(context))
    return "" if scan.jaw_pin != 'NONE' else "The jaw of this scan is not pinned"


classes = (
    AIM_OT_reset_jaw,
    AIM_OT_key_jaw,
    AIM_OT_show_scan_jaw,
    AIM_OT_pin_jaw,
    AIM_OT_mark_incisors,
    AIM_OT_mark_bite,
    AIM_OT_unpin_jaw,
)
register, unregister = bpy.utils.register_classes_factory(classes)
