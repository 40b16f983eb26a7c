# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance that was solved onto another actor's face, to be retargeted."""

from collections.abc import Sequence
from pathlib import Path

import bpy

from ....backend.errors import RetargetError
from ....backend.retargeting.sources import SolvedFile
from ....backend.solving.result_file import result_stamp
from ...data import storage
from ..files import path_of
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

    def place(self, target: bpy.types.Object) -> str:
        """Its path, where it is chosen."""
        return target.aim.retarget.path

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
        state = target.aim.retarget
        chosen = Path(path_of(state, "path")) if state.path else None
        solved = chosen or _solved_last(self.performer(target))
        return Reading(lambda: SolvedFile(solved), str(solved))

    def frame_step(self, target: bpy.types.Object, scene: bpy.types.Scene) -> float:
        """As the performance was solved."""
        take = self.performer(target).aim.take
        return find(self._recordings, take.source).frame_step(take, scene)


def _solved_last(face: bpy.types.Object) -> Path:
    """The file of the last solve of a face.

    Raises:
        RetargetError: it is gone, or another solve has replaced it.
    """
    take = face.aim.take
    path = Path(path_of(take, "solved_path"))
    if not take.solved_path or not path.is_file():
        raise RetargetError(
            f"The file of the performance that was solved onto {face.name} is gone: solve it again, or choose a file"
        )
    if result_stamp(path) != take.solved_stamp:
        raise RetargetError(
            f"'{path}' is no longer what was solved onto {face.name} here: solve it again, or choose a file"
        )
    return path
