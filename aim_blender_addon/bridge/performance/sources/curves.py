# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves of Live Link Face or ARKit in a file, to be retargeted."""

from pathlib import Path

import bpy

from ....backend.retargeting.sources import CurvesFile
from ...data import storage
from ..files import path_of
from ..reading import Reading
from .base import Column, Performer, RetargetSource


class FaceCurves(RetargetSource):
    """Uses ``curves_path`` and the other properties that begin so; without ``source``, the generic face performs."""

    identifier = "CURVES"
    label = "Face Curves"
    tooltip = "Curves of Live Link Face, ARKit or a tracker, from a file"
    by_curves = True

    def take_name(self, target: bpy.types.Object) -> str:
        """The file's, without its ending."""
        return Path(target.aim.retarget.curves_path).stem

    def place(self, target: bpy.types.Object) -> str:
        """Its path."""
        return target.aim.retarget.curves_path

    def performer_reason(self, target: bpy.types.Object) -> str:
        """A face that has nothing to be moved by curves."""
        performer = self.performer(target)
        if performer is None or storage.is_actor(performer):
            return ""
        if performer.data.shape_keys is None:
            return "The source has neither a model nor shape keys"
        return ""

    def reason(self, target: bpy.types.Object) -> str:
        """No file."""
        path = target.aim.retarget.curves_path
        return "" if path else "Import a file of face curves first"

    def draw(
        self, layout: bpy.types.UILayout, state: bpy.types.PropertyGroup, column: Column
    ) -> None:
        """The file, the button that imports one, and how its curves are changed."""
        row = column(layout).row(align=True)
        row.prop(state, "curves_path")
        row.operator_context = 'INVOKE_DEFAULT'
        row.operator("aim.import_face_curves", text="", icon='IMPORT')
        header, body = layout.panel("aim_retarget_curves", default_closed=True)
        header.label(text="Curves")
        if body:
            rows = column(body)
            for name in ("smoothing", "offset", "limits", "first", "last", "fps"):
                rows.prop(state, f"curves_{name}")

    def read(
        self,
        target: bpy.types.Object,
        performer: Performer | None,
        output: Path,
        context: bpy.types.Context,
    ) -> Reading:
        """The file, which the worker reads."""
        state = target.aim.retarget
        file = CurvesFile(
            Path(path_of(state, "curves_path")),
            state.curves_fps,
            state.curves_smoothing,
            state.curves_offset,
            tuple(state.curves_limits),
            state.curves_first,
            state.curves_last,
        )
        return Reading(lambda: file, str(file.path))
