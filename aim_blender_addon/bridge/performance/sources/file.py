# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of arrays, or a folder of meshes, to be solved."""

from pathlib import Path

import bpy

from ....backend.io.takes import TakeFile
from ...data.head_space import HeadSpace
from ..files import path_of
from ..reading import Reading
from .base import Column, SolveSource


class RecordedFile(SolveSource):
    """Uses ``path`` and ``fps``."""

    identifier = "FILE"
    label = "File or Folder"
    tooltip = "A file of arrays, or a folder of meshes"

    def take_name(self, take: bpy.types.PropertyGroup) -> str:
        """The file's, without its ending."""
        return Path(take.path.rstrip("/\\")).stem

    def place(self, take: bpy.types.PropertyGroup) -> str:
        """Its path."""
        return take.path

    def reason(self, take: bpy.types.PropertyGroup) -> str:
        """No path."""
        return "" if take.path else "Choose a file or folder first"

    def draw(
        self, layout: bpy.types.UILayout, take: bpy.types.PropertyGroup, column: Column
    ) -> None:
        """The path and the frame rate."""
        layout.prop(take, "path", text="")
        column(layout).prop(take, "fps")

    def read(
        self, face: bpy.types.Object, space: HeadSpace, output: Path, context: bpy.types.Context
    ) -> Reading:
        """The file, which the worker reads."""
        take = face.aim.take
        file = TakeFile(Path(path_of(take, "path")), name=self.take_name(take))
        return Reading(lambda: file, str(file.path))

    def frame_step(self, take: bpy.types.PropertyGroup, scene: bpy.types.Scene) -> float:
        """By the frame rate of the file, where it is known."""
        if not take.fps:
            return 1.0
        return scene.render.fps / scene.render.fps_base / take.fps
