# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a running job (``WindowManager.aim_job``)."""

import bpy
from bpy.props import BoolProperty, FloatProperty, PointerProperty, StringProperty


class AIM_PG_job(bpy.types.PropertyGroup):
    """The running job, for the panels; written by ``jobs.driver`` and never saved."""

    running: BoolProperty(name="Running", options={'SKIP_SAVE'})
    title: StringProperty(name="Title", options={'SKIP_SAVE'})
    operator: StringProperty(
        name="Operator", description="What started the job", options={'SKIP_SAVE'}
    )
    stage: StringProperty(name="Stage", options={'SKIP_SAVE'})
    fraction: FloatProperty(
        name="Progress", subtype='FACTOR', min=0.0, max=1.0, options={'SKIP_SAVE'}
    )
    error_mm: FloatProperty(
        name="Error So Far",
        description="Below zero until there is one",
        default=-1.0,
        options={'SKIP_SAVE'},
    )
    seconds_left: FloatProperty(
        name="Time Left", description="Below zero until known", default=-1.0, options={'SKIP_SAVE'}
    )
    cancel_requested: BoolProperty(name="Cancel Requested", options={'SKIP_SAVE'})


_register_classes, _unregister_classes = bpy.utils.register_classes_factory((AIM_PG_job,))


def register() -> None:
    """Register the group and hang it on the window manager."""
    _register_classes()
    bpy.types.WindowManager.aim_job = PointerProperty(type=AIM_PG_job)


def unregister() -> None:
    """Take the pointer off, then the group."""
    del bpy.types.WindowManager.aim_job
    _unregister_classes()
