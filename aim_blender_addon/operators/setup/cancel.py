# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop the running job."""

import bpy

from .. import reasons


class AIM_OT_cancel_job(bpy.types.Operator):
    """Stop the running job; nothing is changed"""

    bl_idname = "aim.cancel_job"
    bl_label = "Cancel Face Job"
    bl_options = {'REGISTER'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return reasons.allow(cls, context, _nothing_to_cancel)

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.window_manager.aim_job.cancel_requested = True
        return {'FINISHED'}


def _nothing_to_cancel(context: bpy.types.Context) -> str:
    job = context.window_manager.aim_job
    if not job.running:
        return "No job is running"
    return "The job is being cancelled" if job.cancel_requested else ""


register, unregister = bpy.utils.register_classes_factory((AIM_OT_cancel_job,))
