# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face whose shape keys play over the frame range, to be retargeted."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import bpy
import numpy as np

from ....backend.errors import RetargetError
from ....backend.retargeting.sources import RecordedFrames
from ...data.head_space import head_space
from ...data.meshes import transform
from ...data.playing import play
from ..reading import Reading, frames_file, new_rows, read_rows, scene_frames
from .base import Column, Performer, RetargetSource


class AnimatedMesh(RetargetSource):
    """Uses ``source``."""

    identifier = "MESH"
    label = "Animated Mesh"
    by_curves = True
    tooltip = "A face whose shape keys play over the frame range"
    as_mesh = True

    def take_name(self, target: bpy.types.Object) -> str:
        """The mesh's."""
        performer = self.performer(target)
        return "" if performer is None else performer.name

    def performer_reason(self, target: bpy.types.Object) -> str:
        """No mesh with shape keys."""
        performer = self.performer(target)
        if performer is None:
            return "Choose the face that performs first"
        return "" if performer.data.shape_keys is not None else "The source has no shape keys"

    def draw(
        self, layout: bpy.types.UILayout, state: bpy.types.PropertyGroup, column: Column
    ) -> None:
        """Nothing more."""

    def read(
        self,
        target: bpy.types.Object,
        performer: Performer | None,
        output: Path,
        context: bpy.types.Context,
    ) -> Reading:
        """What the shape keys and all vertices do over the scene's range."""
        rows, frames = frames_file(output), scene_frames(context.scene)
        names, count = performer.names, len(performer.mesh.vertices)
        weights = np.zeros((len(frames), len(names)))
        obj = self.performer(target)
        return Reading(
            lambda: RecordedFrames(weights, read_rows(rows)),
            self.take_name(target),
            read_animation(obj, names, count, frames, rows, weights, context),
            (rows,),
        )


def read_animation(
    obj: bpy.types.Object,
    names: Sequence[str],
    vertices: int,
    frames: Sequence[int],
    rows: Path,
    weights: np.ndarray,
    context: bpy.types.Context,
) -> Iterator[float]:
    """Write what a mesh does to ``rows`` (``.npy``, [T, V, 3] float32 mm) and ``weights`` [T, E]; yields the share.

    Raises:
        RetargetError: the mesh has other vertices when it plays, or the file cannot be written.
    """
    to_head = head_space(obj, context).from_world()
    with new_rows(rows, (len(frames), vertices, 3), np.float32, RetargetError) as written:
        for number, (twin,) in play([obj], frames, context):
            keys = twin.data.shape_keys.key_blocks
            weights[number] = [0.0 if keys[name].mute else keys[name].value for name in names]
            written[number] = _shown(twin, vertices, to_head, obj.name)
            yield (number + 1) / len(frames)


def _shown(twin: bpy.types.Object, vertices: int, to_head: np.ndarray, name: str) -> np.ndarray:
    mesh = twin.to_mesh()
    try:
        count = len(mesh.vertices)
        points = np.empty((count, 3), np.float32)
        mesh.attributes["position"].data.foreach_get("vector", points.ravel())
    finally:
        twin.to_mesh_clear()
    if count != vertices:
        raise RetargetError(
            f"{name} has {vertices:,} vertices at rest and {count:,} when it plays: turn off modifiers that add or "
            "remove vertices"
        )
    return transform(points, to_head @ np.array(twin.matrix_world, np.float64))
