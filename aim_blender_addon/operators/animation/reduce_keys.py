# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Few keys for the take that plays, within a tolerance on the skin."""

import bpy

from ... import words
from ...bridge.data.head_space import mm_per_unit
from ...bridge.data.storage import is_actor
from ...bridge.performance.few_keys import played_takes, reduce_keys
from ...bridge.retarget.character_rig import armature_of as character_armature
from ...bridge.retarget.characters import played_on, target_object
from ...bridge.rig.objects import armature_of
from .. import reasons
from ..retarget import target_reasons


def no_take(context: bpy.types.Context) -> str:
    """No take plays on the face."""
    target = target_object(context)
    mesh = played_on(target)
    keys = mesh.data.shape_keys if mesh is not None else None
    if keys is None or not played_takes(keys, _armature(target)):
        return "Play a take on this face first"
    return ""


class AIM_OT_reduce_keys(bpy.types.Operator):
    """Give the take that plays few keys with smooth tangents; the skin stays within the tolerance of the dense take"""

    bl_idname = "aim.reduce_keys"
    bl_label = "Reduce Keys of Take"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(
            cls,
            context,
            reasons.busy,
            reasons.editing,
            target_reasons.no_target,
            target_reasons.linked_target,
            target_reasons.absolute_keys,
            no_take,
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        target = target_object(context)
        mesh, scene = played_on(target), context.scene
        tolerance = target.aim.animation.keys_tolerance_mm
        mm = mm_per_unit(target, scene)
        done = reduce_keys(mesh, _armature(target), tolerance, mm, context)
        if done is None:
            self.report({'ERROR'}, "The take has no keys: play it again")
            return {'CANCELLED'}
        text = (
            "{before} keys became {after}: the skin is within {largest:.2f} mm of the dense take (99 % within "
            "{p99:.2f} mm), looked at on {seen} frames."
        )
        said = words.report(
            text,
            before=f"{done.before:,}",
            after=f"{done.after:,}",
            largest=done.largest_mm,
            p99=done.p99_mm,
            seen=done.seen,
        )
        self.report({'INFO'} if done.largest_mm <= tolerance else {'WARNING'}, said)
        return {'FINISHED'}


def _armature(target: bpy.types.Object) -> bpy.types.Object | None:
    return armature_of(target) if is_actor(target) else character_armature(target)


register, unregister = bpy.utils.register_classes_factory((AIM_OT_reduce_keys,))
