# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deforming mesh in the actor's topology, to be solved."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import bpy

from ....backend.errors import SolveError
from ....backend.geometry.mesh import Mesh
from ....backend.geometry.topology import compare_faces
from ....backend.io.takes import DENSE, Take
from ...data import storage
from ...data.head_space import HeadSpace
from ...data.meshes import evaluated_points, read_evaluated
from ...data.playing import play
from ..reading import Reading, frames_file, new_rows, read_rows, scene_frames
from .base import Column, SolveSource


class DeformingMesh(SolveSource):
    """Uses ``object``."""

    identifier = "MESH"
    label = "Mesh"
    tooltip = "A deforming mesh in the actor's topology"

    def take_name(self, take: bpy.types.PropertyGroup) -> str:
        """The mesh's."""
        return take.object.name if take.object else ""

    def reason(self, take: bpy.types.PropertyGroup) -> str:
        """No mesh."""
        return "" if storage.in_scene(take.object) else "Choose the mesh that was recorded first"

    def draw(
        self, layout: bpy.types.UILayout, take: bpy.types.PropertyGroup, column: Column
    ) -> None:
        """The mesh."""
        layout.prop(take, "object", text="", icon='OUTLINER_OB_MESH')

    def read(
        self, face: bpy.types.Object, space: HeadSpace, output: Path, context: bpy.types.Context
    ) -> Reading:
        """All vertices."""
        take, rows = face.aim.take, frames_file(output)
        neutral, frames = storage.load_model(face).neutral, scene_frames(context.scene)
        name = self.take_name(take)
        return Reading(
            lambda: Take(name, DENSE, read_rows(rows)),
            name,
            read_mesh_frames(take.object, neutral, frames, space, rows, context),
            (rows,),
        )


def read_mesh_frames(
    obj: bpy.types.Object,
    neutral: Mesh,
    frames: Sequence[int],
    space: HeadSpace,
    path: Path,
    context: bpy.types.Context,
) -> Iterator[float]:
    """Write a deforming mesh to ``path`` (``.npy``, [T, V, 3] float32 mm in head space), yielding the share done.

    Raises:
        SolveError: a frame has other vertices than ``neutral``.
    """
    with new_rows(path, (len(frames), len(neutral.vertices), 3)) as rows:
        for number, (twin,) in play([obj], frames, context):
            points = evaluated_points(twin, space)
            if len(points) != len(neutral.vertices):
                raise SolveError(
                    f"{obj.name} has {len(points):,} vertices at frame {frames[number]}, but the actor has "
                    f"{len(neutral.vertices):,}: solve from markers, or bring it into the actor's topology."
                )
            if not number and compare_faces(neutral, read_evaluated(twin, space, obj.name)) in {
                "renumbered",
                "other",
            }:
                raise SolveError(
                    f"{obj.name} has as many vertices as the actor, but they are joined otherwise: "
                    "export it with its vertices in the order of the scans, or solve from markers."
                )
            rows[number] = points
            yield (number + 1) / len(frames)
