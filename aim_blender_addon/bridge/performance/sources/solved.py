# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance that was solved onto another actor's face, to be retargeted."""

from collections.abc import Sequence
from pathlib import Path

import bpy

from ....backend.retargeting.sources import SolvedFile
from ...data import storage
from ..files import full_path, result_path
from ..reading import Reading
from .base import Column, Performer, RetargetSource, SolveSource, find


class SolvedPerformance(RetargetSource):
    """Uses ``source`` and ``path``."""

    identifier = "TAKE"
    label = "Solved Performance"
    tooltip = "A performance that was solved onto another actor's face"

    def __init__(self, recordings: Sequence[SolveSource]) -> None:
        """A performance may have been solved from any of ``recordings``."""
        self._recordings = recordings

    def take_name(self, target: bpy.types.Object) -> str:
        """The file's, or of what was solved last."""
        performer = self.performer(target)
        if performer is None:
            return ""
        path = target.aim.retarget.path
        return Path(path).stem if path else performer.aim.take.solved_name

    def performer_reason(self, target: bpy.types.Object) -> str:
        """No actor with a model."""
        performer = self.performer(target)
        if performer is None:
            return "Choose the face that performs first"
        if not storage.is_actor(performer):
            return "The source has no model: choose a face that was fitted"
        return ""

    def reason(self, target: bpy.types.Object) -> str:
        """Nothing was solved."""
        if self.take_name(target):
            return ""
        return "Solve a performance onto the source first, or choose a file"

    def draw(
        self, layout: bpy.types.UILayout, state: bpy.types.PropertyGroup, column: Column
    ) -> None:
        """The file."""
        column(layout).prop(state, "path")

    def read(
        self,
        target: bpy.types.Object,
        performer: Performer | None,
        output: Path,
        context: bpy.types.Context,
    ) -> Reading:
        """The file, which the worker reads."""
        path = target.aim.retarget.path
        face = self.performer(target)
        solved = (
            Path(full_path(path))
            if path
            else result_path(f"{face.name} {face.aim.take.solved_name}")
        )
        return Reading(lambda: SolvedFile(solved), str(solved))

    def frame_step(self, target: bpy.types.Object, scene: bpy.types.Scene) -> float:
        """As the performance was solved."""
        take = self.performer(target).aim.take
        return find(self._recordings, take.source).frame_step(take, scene)
