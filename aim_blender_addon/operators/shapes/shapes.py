# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of a rig one by one: alone on show, locked, sculpted, mirrored, reset, made of the pose, combined."""

import bpy
from bpy.props import EnumProperty, StringProperty

from ... import words
from ...backend.errors import AimError
from ...bridge.data.storage import face_object, load_model
from ...bridge.rig.objects import rig_of
from ...bridge.shapes import combinations, making, session, shapes
from .. import reasons

_MIRRORS = (
    (
        making.LEFT,
        "Left to Right",
        "The right side becomes the mirror image of the left side",
    ),
    (
        making.RIGHT,
        "Right to Left",
        "The left side becomes the mirror image of the right side",
    ),
    (making.FLIP, "Flip", "Left and right change places"),
    (
        making.OTHER,
        "To Other Side's Shape",
        "The shape of the other side, like smileRight of smileLeft, becomes the mirror image of this one",
    ),
)
_DRIVERS = (
    (combinations.PRODUCT, "Product", "As much as both together: half and half show a quarter"),
    (combinations.LEAST, "Lesser", "As much as the lesser of both"),
)


class AIM_OT_solo_shape(bpy.types.Operator):
    """Show the shape picked in the list alone at its full value, or all shapes again; sliders and animation stay"""

    bl_idname = "aim.solo_shape"
    bl_label = "Solo Shape"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, no_shape)

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            if rig_of(face).show_only_shape_key:
                shapes.show_all(face)
            else:
                shapes.show_alone(face, face.aim.shapes.with_jaw)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'FINISHED'}


class AIM_OT_lock_other_shapes(bpy.types.Operator):
    """Lock all shapes but the one picked in the list against editing, or unlock all"""

    bl_idname = "aim.lock_other_shapes"
    bl_label = "Lock Other Shapes"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, no_shape, reasons.sculpting_shape)

    def execute(self, context: bpy.types.Context) -> set[str]:
        rig = rig_of(face_object(context))
        keys = rig.data.shape_keys
        others = [block.name for block in keys.key_blocks if block != shapes.picked(rig)]
        shapes.lock(keys, [] if set(others) <= set(shapes.locked(keys)) else others)
        return {'FINISHED'}


class AIM_OT_sculpt_shape(bpy.types.Operator):
    """Sculpt the shape picked in the list: alone on show, the others locked, a copy kept until Keep or Revert"""

    bl_idname = "aim.sculpt_shape"
    bl_label = "Sculpt Shape"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            no_shape,
            reasons.hidden_rig,
            reasons.linked_rig,
            reasons.sculpting_shape,
            reasons.editing,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        rig = rig_of(face)
        if context.mode != 'OBJECT':
            bpy.ops.object.mode_set(mode='OBJECT')
        try:
            session.begin(face, face.aim.shapes.with_jaw)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        for obj in context.selected_objects:
            obj.select_set(False)
        rig.select_set(True)
        context.view_layer.objects.active = rig
        bpy.ops.object.mode_set(mode='SCULPT')
        text = "Sculpt {shape}, then press Keep or Revert."
        self.report({'INFO'}, words.report(text, shape=shapes.picked(rig).name))
        return {'FINISHED'}


class AIM_OT_commit_shape(bpy.types.Operator):
    """Keep what was sculpted; updating the rig keeps it too, until the shape is reset"""

    bl_idname = "aim.commit_shape"
    bl_label = "Keep Sculpted Shape"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, reasons.no_rig, _not_sculpting)

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        rig = rig_of(face)
        name = session.being_sculpted(rig.data.shape_keys)
        _leave_sculpt_mode(rig)
        try:
            moved = session.commit(face)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        shapes.measure(face)
        text = "{shape} is kept; it has changed by up to {moved:.2f} mm."
        self.report({'INFO'}, words.report(text, shape=name, moved=moved))
        return {'FINISHED'}


class AIM_OT_revert_shape(bpy.types.Operator):
    """Take back what was sculpted since Sculpt was pressed"""

    bl_idname = "aim.revert_shape"
    bl_label = "Revert Sculpted Shape"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, reasons.busy, reasons.no_rig, _not_sculpting)

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        _leave_sculpt_mode(rig_of(face))
        try:
            session.revert(face)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'FINISHED'}


class AIM_OT_mirror_shape(bpy.types.Operator):
    """Mirror or flip the shape picked in the list across the middle of the face"""

    bl_idname = "aim.mirror_shape"
    bl_label = "Mirror Shape"
    bl_options = {'REGISTER', 'UNDO'}

    how: EnumProperty(name="Side", description="What becomes of which side", items=_MIRRORS)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            no_shape,
            reasons.not_in_object_mode,
            reasons.linked_rig,
            reasons.sculpting_shape,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            name = making.mirror_shape(face, self.how)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        shapes.measure(face)
        self.report({'INFO'}, words.report("{shape} is mirrored.", shape=name))
        return {'FINISHED'}


class AIM_OT_reset_shape(bpy.types.Operator):
    """Let the shape picked in the list be what the model of the face says"""

    bl_idname = "aim.reset_shape"
    bl_label = "Reset Shape to Model"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            no_shape,
            reasons.no_model,
            reasons.not_in_object_mode,
            reasons.linked_rig,
            reasons.sculpting_shape,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        try:
            making.reset_shape(face, load_model(face))
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        shapes.measure(face)
        return {'FINISHED'}


class AIM_OT_shape_from_pose(bpy.types.Operator):
    """Make a new shape of what the rig shows now"""

    bl_idname = "aim.shape_from_pose"
    bl_label = "New Shape from Pose"
    bl_options = {'REGISTER', 'UNDO'}

    name: StringProperty(name="Name", description="Name of the new shape", default="Pose")
    jaw: EnumProperty(
        name="Jaw",
        description="What becomes of the jaw's pose",
        items=(
            (
                'SHAPE',
                "In the Shape",
                "The shape moves chin and lips as the jaw does now, with the jaw bone at rest",
            ),
            (
                'POSE',
                "Beside the Shape",
                "The shape is what the other shapes show; the jaw's pose is kept with it for Solo",
            ),
        ),
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.no_rig,
            reasons.not_in_object_mode,
            reasons.linked_rig,
            reasons.sculpting_shape,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        context.view_layer.update()
        block = making.shape_from_pose(face, self.name or "Pose", self.jaw == 'SHAPE')
        shapes.measure(face)
        self.report({'INFO'}, words.report("{shape} is what the rig shows now.", shape=block.name))
        return {'FINISHED'}


class AIM_OT_combine_shapes(bpy.types.Operator):
    """Make a corrective shape that the shape picked in the list and another one drive together, ready to be sculpted"""

    bl_idname = "aim.combine_shapes"
    bl_label = "Combine Shapes"
    bl_options = {'REGISTER', 'UNDO'}

    how: EnumProperty(
        name="Driven by", description="How much the two shapes show of it", items=_DRIVERS
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            no_shape,
            no_second,
            reasons.not_in_object_mode,
            reasons.linked_rig,
            reasons.sculpting_shape,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_object(context)
        rig = rig_of(face)
        first, second = shapes.picked(rig).name, face.aim.shapes.second
        block = combinations.combine(rig, first, second, self.how)
        shapes.pick(rig, block.name)
        shapes.measure(face)
        text = "{shape} is driven by {first} and {second}; sculpt it now."
        self.report({'INFO'}, words.report(text, shape=block.name, first=first, second=second))
        return {'FINISHED'}


class AIM_OT_measure_shapes(bpy.types.Operator):
    """Measure anew how far every shape moves the skin"""

    bl_idname = "aim.measure_shapes"
    bl_label = "Measure Shapes"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls, context, reasons.busy, reasons.no_rig, no_keys, reasons.linked_rig
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        shapes.measure(face_object(context))
        return {'FINISHED'}


def _leave_sculpt_mode(rig: bpy.types.Object) -> None:
    if rig.mode != 'OBJECT':
        bpy.ops.object.mode_set(mode='OBJECT')


def no_keys(context: bpy.types.Context) -> str:
    """The rig has no shape keys any more."""
    rig = rig_of(face_object(context))
    return "" if rig.data.shape_keys else "The rig has no shape keys: update it in the Bake panel"


def no_shape(context: bpy.types.Context) -> str:
    """There is no rig, or no shape of it is picked."""
    if reason := reasons.first_reason(context, reasons.no_face, reasons.no_rig, no_keys):
        return reason
    return "" if shapes.picked(rig_of(face_object(context))) else "Pick a shape in the list first"


def no_second(context: bpy.types.Context) -> str:
    """There is no other shape to combine with."""
    face = face_object(context)
    rig, second = rig_of(face), face.aim.shapes.second
    keys = rig.data.shape_keys.key_blocks
    if second not in keys or keys[second] == rig.data.shape_keys.reference_key:
        return "Choose the shape to combine with first"
    return "Choose another shape than the one picked" if second == shapes.picked(rig).name else ""


def _not_sculpting(context: bpy.types.Context) -> str:
    keys = rig_of(face_object(context)).data.shape_keys
    return "" if session.being_sculpted(keys) else "No shape is being sculpted"


classes = (
    AIM_OT_solo_shape,
    AIM_OT_lock_other_shapes,
    AIM_OT_sculpt_shape,
    AIM_OT_commit_shape,
    AIM_OT_revert_shape,
    AIM_OT_mirror_shape,
    AIM_OT_reset_shape,
    AIM_OT_shape_from_pose,
    AIM_OT_combine_shapes,
    AIM_OT_measure_shapes,
)
register, unregister = bpy.utils.register_classes_factory(classes)
