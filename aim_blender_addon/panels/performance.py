# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Performance panel: what was recorded, Solve, and what it reached."""

import bpy

from .. import words
from ..bridge.data.storage import face_object, has_model
from ..bridge.performance import sources
from ..bridge.performance.chosen import can_resume
from ..bridge.retarget.characters import target_object
from ..bridge.rig.objects import rig_of
from ..operators.performance.solve import AIM_OT_solve
from ..properties.animation import SOLVE, way
from .drawing import (
    FacePanel,
    draw_absolute,
    draw_companions,
    draw_job,
    draw_rows,
    draw_shown,
    draw_wrapped,
    settings_column,
)


class AIM_PT_performance(FacePanel, bpy.types.Panel):
    """Solve a recorded performance onto the face"""

    bl_idname = "AIM_PT_performance"
    bl_label = "Performance"
    bl_parent_id = "AIM_PT_animation"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        target = target_object(context)
        return target is not None and way(target) == SOLVE

    def draw(self, context: bpy.types.Context) -> None:
        """The recording, the button or the running job, then the figures."""
        layout = self.layout
        face = face_object(context)
        if face is None:
            text = "A recording is solved onto the actor it is of: select an object of that face"
            draw_wrapped(layout, context, text, icon='INFO')
            return
        if not has_model(face):
            draw_wrapped(layout, context, "Fit the face first, or load a model", icon='INFO')
            return
        take = face.aim.take
        sources.solved(take).draw(layout, take, settings_column)
        column = settings_column(layout)
        column.prop(take, "output")
        if take.output == 'RIG':
            column.prop(take, "tolerance_mm")
            column.prop(take, "widen_ranges")
            draw_absolute(layout, context, rig_of(face))
            draw_companions(layout, context, face, take, take.object)
        if not draw_job(layout, context, "aim.solve"):
            row = layout.row(align=True)
            row.scale_y = 1.4
            if can_resume(face):
                row.operator("aim.solve", text="Resume", icon='PLAY').resume = True
                row.operator("aim.solve", text="Start Over")
            else:
                row.operator("aim.solve", icon='PLAY')
            if obstacle := AIM_OT_solve.disabled_reason(context):
                draw_wrapped(layout, context, obstacle, icon='INFO')
        if take.solved_frames:
            draw_rows(layout, _figures(take))
            draw_shown(layout, context, take, rig_of(face))
        header, body = layout.panel("aim_solve_settings", default_closed=True)
        header.label(text="Settings")
        if body:
            column = settings_column(body)
            column.prop(take, "smoothness")
            column.prop(take, "prior")


def _figures(take: bpy.types.PropertyGroup) -> list[tuple[str, str]]:
    rows = [
        ("Solved", take.solved_name),
        ("Frames", str(take.solved_frames)),
        ("Mean Error", _error(take)),
        ("Time per Frame", f"{take.ms_per_frame:.0f} ms"),
    ]
    if take.unsolved_frames:
        rows.append(("Without Data", str(take.unsolved_frames)))
    if take.output == 'RIG':
        rows.append(("Correctives", str(take.correctives)))
    return rows


def _error(take: bpy.types.PropertyGroup) -> str:
    if take.error_in_pixels:
        return words.label("{error:.2f} pixels", error=take.solve_error_mm)
    return f"{take.solve_error_mm:.3f} mm"


def draw_menu(layout: bpy.types.UILayout) -> None:
    """Draw the entries in the menu *AIM Face*."""
    layout.operator("aim.import_markers", icon='IMPORT')
    layout.operator("aim.add_view", icon='CAMERA_DATA')
    layout.operator("aim.remove_view")
    layout.operator("aim.bind_markers", icon='EMPTY_AXIS')
    layout.operator("aim.solve", icon='PLAY')


register, unregister = bpy.utils.register_classes_factory((AIM_PT_performance,))
