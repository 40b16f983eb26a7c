# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that move as markers on the skin did, to be bound and solved."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import bpy
import numpy as np

from .... import words
from ....backend.io.takes import POINTS, Take
from ...data import storage
from ...data.head_space import HeadSpace
from ...data.meshes import transform
from ...data.playing import play
from ..binding import FEWEST_MARKERS, Skin, marker_places
from ..eyes import pupil_side
from ..reading import Reading, bound_places, frames_file, new_rows, read_rows, scene_frames
from .base import Bound, BoundSource, Column, on_skin, require_near


class Markers(BoundSource):
    """Uses ``markers``, and of bound entries ``object``."""

    identifier = "MARKERS"
    label = "Markers"
    tooltip = "Objects that move as markers on the skin did"

    def take_name(self, take: bpy.types.PropertyGroup) -> str:
        """The collection's."""
        return take.markers.name if take.markers else ""

    def reason(self, take: bpy.types.PropertyGroup) -> str:
        """Also: a marker was deleted."""
        if text := super().reason(take):
            return text
        if any(not storage.in_scene(entry.object) for entry in take.bound):
            return "A marker is gone: bind the markers again"
        return ""

    def draw(
        self, layout: bpy.types.UILayout, take: bpy.types.PropertyGroup, column: Column
    ) -> None:
        """The collection, and the button that imports one."""
        row = layout.row(align=True)
        row.prop(take, "markers", text="", icon='OUTLINER_COLLECTION')
        row.operator_context = 'INVOKE_DEFAULT'
        row.operator("aim.import_markers", text="", icon='IMPORT')
        self.draw_binding(layout, take)

    def binding_reason(self, take: bpy.types.PropertyGroup) -> str:
        """No collection, or too few objects in it."""
        if take.markers is None or len(take.markers.objects) < FEWEST_MARKERS:
            return "Choose a collection of at least six markers first"
        return ""

    def bind(
        self, face: bpy.types.Object, skin: Skin, space: HeadSpace, context: bpy.types.Context
    ) -> list[Bound]:
        """The objects of the collection."""
        markers = list(face.aim.take.markers.objects)
        places = marker_places(markers, skin, space, context)
        bound = [
            Bound(marker.name, place, object=marker, eye=pupil_side(marker.name))
            for marker, place in zip(markers, places, strict=True)
        ]
        require_near(bound, face)
        return bound

    def bound_text(self, face: bpy.types.Object) -> str:
        """How many."""
        return words.report(
            "{count} markers are bound to the skin of {face}.",
            count=len(on_skin(face.aim.take)),
            face=face.name,
        )

    def read(
        self, face: bpy.types.Object, space: HeadSpace, output: Path, context: bpy.types.Context
    ) -> Reading:
        """The places of the bound objects."""
        take, rows = face.aim.take, frames_file(output)
        name, places = self.take_name(take), bound_places(take)
        markers, frames = [entry.object for entry in take.bound], scene_frames(context.scene)
        return Reading(
            lambda: Take(name, POINTS, read_rows(rows), **places),
            name,
            read_marker_frames(markers, frames, space, rows, context),
            (rows,),
        )


def read_marker_frames(
    markers: Sequence[bpy.types.Object],
    frames: Sequence[int],
    space: HeadSpace,
    path: Path,
    context: bpy.types.Context,
) -> Iterator[float]:
    """Write where markers are to ``path`` (``.npy``, [T, M, 3] float64 mm), yielding the share done.

    NaN where a marker is hidden.
    """
    with new_rows(path, (len(frames), len(markers), 3), np.float64) as rows:
        for number, twins in play(markers, frames, context, hide=True):
            world = np.array([twin.matrix_world.translation for twin in twins], np.float64)
            world[[twin.hide_viewport for twin in twins]] = np.nan
            rows[number] = transform(world, space.from_world())
            yield (number + 1) / len(frames)
