# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertices of an object that move as markers on the skin did, to be bound and solved."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import bpy
import numpy as np

from .... import words
from ....backend.errors import SolveError
from ....backend.io.takes import POINTS, Take
from ...data import storage
from ...data.head_space import HeadSpace
from ...data.meshes import evaluated_points
from ...data.playing import play
from ..binding import FEWEST_MARKERS, Skin, vertex_places
from ..eyes import pupil_side
from ..reading import Reading, bound_places, frames_file, new_rows, read_rows, scene_frames
from .base import Bound, BoundSource, Column, on_skin, require_near

#: More markers than this are solved in minutes a frame. An object of that many vertices is a mesh.
MOST_VERTICES = 1000


class Vertices(BoundSource):
    """Uses ``cloud``, and of bound entries ``object`` and ``vertex``."""

    identifier = "VERTICES"
    label = "Vertices"
    tooltip = "Vertices of an object that move as markers on the skin did"

    def take_name(self, take: bpy.types.PropertyGroup) -> str:
        """The object's."""
        return take.cloud.name if take.cloud else ""

    def reason(self, take: bpy.types.PropertyGroup) -> str:
        """Also: another object than the bound one, or none."""
        if text := super().reason(take):
            return text
        if any(entry.object != take.cloud for entry in take.bound):
            return "Another object is chosen: bind its vertices first"
        if not storage.in_scene(take.cloud):
            return "Choose the object whose vertices are the markers first"
        return ""

    def draw(
        self, layout: bpy.types.UILayout, take: bpy.types.PropertyGroup, column: Column
    ) -> None:
        """The object."""
        layout.prop(take, "cloud", text="", icon='OUTLINER_OB_POINTCLOUD')
        self.draw_binding(layout, take)

    def binding_reason(self, take: bpy.types.PropertyGroup) -> str:
        """No object, or one in Edit Mode."""
        if not storage.in_scene(take.cloud):
            return "Choose the object whose vertices are the markers first"
        return "" if take.cloud.mode != 'EDIT' else "Leave Edit Mode first"

    def bind(
        self, face: bpy.types.Object, skin: Skin, space: HeadSpace, context: bpy.types.Context
    ) -> list[Bound]:
        """The vertices that are seen now."""
        cloud = face.aim.take.cloud
        count = len(cloud.data.vertices)
        if count > MOST_VERTICES:
            raise SolveError(
                f"{cloud.name} has {count:,} vertices, too many to be markers: keep at most "
                f"{MOST_VERTICES:,}, or choose Mesh when it has the actor's topology."
            )
        eyes = _pupils(cloud)
        bound = [
            Bound(f"{cloud.name} {number}", place, cloud, number, eye=eyes.get(number, ""))
            for number, place in vertex_places(cloud, skin, space, context)
        ]
        count = sum(not point.eye for point in bound)
        if count < FEWEST_MARKERS:
            raise SolveError(
                f"{cloud.name} shows {count} vertices at this frame: go to one with at least {FEWEST_MARKERS}."
            )
        require_near(bound, face)
        return bound

    def bound_text(self, face: bpy.types.Object) -> str:
        """How many, of which object."""
        take = face.aim.take
        text = "{count} vertices of {cloud} are bound to the skin of {face}."
        return words.report(text, count=len(on_skin(take)), cloud=take.cloud.name, face=face.name)

    def read(
        self, face: bpy.types.Object, space: HeadSpace, output: Path, context: bpy.types.Context
    ) -> Reading:
        """The places of the bound vertices."""
        take, rows = face.aim.take, frames_file(output)
        name, places = self.take_name(take), bound_places(take)
        numbers, frames = [entry.vertex for entry in take.bound], scene_frames(context.scene)
        return Reading(
            lambda: Take(name, POINTS, read_rows(rows), **places),
            name,
            read_vertex_frames(take.cloud, numbers, frames, space, rows, context),
            (rows,),
        )


def _pupils(cloud: bpy.types.Object) -> dict[int, str]:
    """The side of each vertex in a vertex group that is named as a pupil or an iris."""
    sides = {group.index: pupil_side(group.name) for group in cloud.vertex_groups}
    return {
        vertex.index: sides[entry.group]
        for vertex in cloud.data.vertices
        for entry in vertex.groups
        if sides.get(entry.group) and entry.weight > 0.5
    }


def read_vertex_frames(
    cloud: bpy.types.Object,
    vertices: Sequence[int],
    frames: Sequence[int],
    space: HeadSpace,
    path: Path,
    context: bpy.types.Context,
) -> Iterator[float]:
    """Write where vertices are to ``path`` (``.npy``, [T, M, 3] float64 mm), yielding the share done.

    NaN where a vertex, or its object, is hidden.

    Raises:
        SolveError: vertices that were bound are not there in a frame.
    """
    picked = np.asarray(vertices)
    with new_rows(path, (len(frames), len(vertices), 3), np.float64) as rows:
        for number, (twin,) in play([cloud], frames, context, hide=True):
            rows[number] = np.nan
            if not twin.hide_viewport:
                points = evaluated_points(twin, space, without_hidden=True)
                if len(points) <= picked.max():
                    raise SolveError(
                        f"{cloud.name} has {len(points):,} vertices at frame {frames[number]}, but vertex "
                        f"{picked.max():,} is bound: keep their number over the frames (unseen ones may be NaN), "
                        "or bind again."
                    )
                rows[number] = points[picked]
            yield (number + 1) / len(frames)
