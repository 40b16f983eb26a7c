# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bake the model of a face into a rig."""

import time

import bpy
from bpy.props import BoolProperty

from ... import words
from ...backend.errors import AimError
from ...backend.model.aim import AimModel
from ...bridge.controls import controls
from ...bridge.data import storage
from ...bridge.data.head_space import head_space
from ...bridge.performance.shown import making
from ...bridge.performance.shown.findings import Shown
from ...bridge.performance.shown.look import look
from ...bridge.rig import duplicates
from ...bridge.rig.bake import BakedRig, BakeOptions, bake_rig
from ...bridge.rig.objects import bone_mesh_of
from ...bridge.rig.own_bones import JAW, SKULL
from ...bridge.shapes import shapes
from ...bridge.view import display
from .. import reasons
from ..controls.controls import lost_text
from ..performance import shown_report


class AIM_OT_bake(bpy.types.Operator):
    """Make a rig of the model, or bring the rig up to date: shape keys, jaw and skull bones, scans as an Action"""

    bl_idname = "aim.bake"
    bl_label = "Bake Rig"
    bl_options = {'REGISTER', 'UNDO'}

    use_action: BoolProperty(
        name="Scans as Action",
        description="Key the jaw pose and the shape key of every scan, ten frames apart",
        default=True,
    )
    use_head_motion: BoolProperty(
        name="Head Motion",
        description="Also key how the head had moved in each scan, so that the rig lies on the scans",
        default=False,
    )
    use_timeline: BoolProperty(
        name="Timeline Markers",
        description="Name every scan on the timeline and lengthen the frame range where it is too short",
        default=True,
    )
    use_bone_meshes: BoolProperty(
        name="Bone Meshes",
        description="Let meshes of skull and jaw move with the bones",
        default=True,
    )
    hide_neutral: BoolProperty(
        name="Hide Neutral",
        description="Hide the neutral and its estimated bones when the rig is first baked, as it covers them",
        default=True,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.no_face,
            reasons.linked_face,
            reasons.no_model,
            reasons.sculpting_shape,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = storage.face_object(context)
        options = BakeOptions(
            self.use_action, self.use_head_motion, self.use_timeline, self.use_bone_meshes
        )
        try:
            duplicates.check_active_skin(face, context)
            with duplicates.acting_on(face, duplicates.active_duplicate(face, context)) as original:
                self._bake(face, options, original, context)
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'FINISHED'}

    def _bake(
        self,
        face: bpy.types.Object,
        options: BakeOptions,
        original: tuple[bpy.types.Object, bpy.types.Object] | None,
        context: bpy.types.Context,
    ) -> None:
        """Bake, and say how the rig shows the scans; ``original`` is what it is a duplicate of."""
        started = time.perf_counter()
        model = storage.load_model(face)
        baked = bake_rig(face, model, context, options, original)
        for text in lost_text(controls.update(face, context)):
            self.report({'WARNING'}, text)
        display.refresh(baked.mesh)
        shapes.measure(face)
        with_bones = face.aim.bones_shown
        if with_bones:
            display.hide_bones(face, context)
        if baked.is_new:
            _show_rig(face, baked, self.hide_neutral, context)
        if with_bones:
            display.show_bones(face, context)
        seconds = time.perf_counter() - started
        shown = _look(model, baked, self.use_head_motion, context)
        shown_report.keep(face.aim, shown)
        self._report(baked, shown, seconds)

    def _report(self, baked: BakedRig, shown: Shown, seconds: float) -> None:
        shapes = len(baked.mesh.data.shape_keys.key_blocks) - 1
        fields = {"rig": baked.mesh.name, "count": shapes, "seconds": seconds}
        if baked.is_new:
            text = words.report("Baked {rig}: {count} shape keys in {seconds:.1f} s", **fields)
        else:
            text = words.report("Updated {rig}: {count} shape keys in {seconds:.1f} s", **fields)
        self.report({'INFO'}, f"{text}. {shown_report.figure(shown)}")
        for sentence in shown_report.sentences(shown):
            self.report({'WARNING'}, sentence)
        if baked.widened:
            text = "The limits of the jaw were widened for the scans in {channels}"
            self.report({'INFO'}, words.report(text, channels=", ".join(baked.widened)))
        if baked.leftover:
            text = "{bones} of {rig} moves nothing: an earlier version may have added it. Delete it, unless you use it."
            names = ", ".join(baked.leftover)
            self.report({'WARNING'}, words.report(text, bones=names, rig=baked.armature.name))
        if baked.crowded:
            text = "Your own bones hold {count} vertices of {rig} with more than 1: normalise their weights."
            fields = {"count": baked.crowded, "rig": baked.mesh.name}
            self.report({'WARNING'}, words.report(text, **fields))
        if baked.eyes_left:
            text = "The eyes of {rig} were left as they are: {why}"
            self.report({'WARNING'}, words.report(text, rig=baked.mesh.name, why=baked.eyes_left))
        if baked.actions and not baked.plays:
            text = "Your own animation was kept; the scans are in {action}"
            self.report({'INFO'}, words.report(text, action=baked.actions[0].name))


def _look(model: AimModel, baked: BakedRig, head_motion: bool, context: bpy.types.Context) -> Shown:
    """How the rig shows the scans: as it plays them, else as it is posed in them."""
    scale = head_space(baked.mesh.aim.face_object, context).mm_per_unit
    head_motion = head_motion and baked.plays
    made = making.of_scans(model, baked.mesh, baked.armature, head_motion, scale)
    played = None
    if not baked.plays:
        played = making.posed_scans(model, baked.mesh, baked.armature, scale, context)
    return look(baked.mesh, baked.armature, baked.actions, made, context, played=played)


def _show_rig(
    face: bpy.types.Object, baked: BakedRig, hide_neutral: bool, context: bpy.types.Context
) -> None:
    """Select the new rig; the neutral and its estimated bones at the same place may go out of sight."""
    in_layer = context.view_layer.objects
    if hide_neutral:
        doubled = [face]
        if face.aim.bones_estimated and bone_mesh_of(face, JAW):
            doubled += [face.aim.skull, face.aim.jaw]
        for obj in doubled:
            if obj.name in in_layer:
                obj.hide_set(True)
                obj.hide_render = True
    for bone in (SKULL, JAW):
        part = bone_mesh_of(face, bone)
        if part is not None and part.name in in_layer:
            part.hide_set(
                True
            )  # estimated teeth would show in an open mouth; aim.show_bones brings them to light
    if baked.mesh.name in in_layer:
        for obj in context.selected_objects:
            obj.select_set(False)
        baked.mesh.select_set(True)
        in_layer.active = baked.mesh


classes = (AIM_OT_bake,)
register, unregister = bpy.utils.register_classes_factory(classes)
