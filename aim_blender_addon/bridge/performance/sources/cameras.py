# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracks of movie clips, seen through the scene's cameras, to be bound and solved."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import bpy
import numpy as np

from .... import words
from ....backend.errors import SolveError
from ....backend.io.takes import VIEWS, Take
from ...data.head_space import HeadSpace
from ...data.playing import play
from ...face.landmarks import read_landmarks
from .. import cameras
from ..binding import FEWEST_MARKERS, Skin
from ..eyes import balls_of
from ..reading import Reading, bound_places, frames_file, new_rows, read_rows, scene_frames
from .base import Bound, BoundSource, Column, on_skin


class CameraTracks(BoundSource):
    """Uses ``views``, and of bound entries ``clip`` and the name of its track."""

    identifier = "CAMERAS"
    label = "Cameras"
    tooltip = "Tracks of movie clips, seen through the scene's cameras"

    def take_name(self, take: bpy.types.PropertyGroup) -> str:
        """The clips'."""
        return " ".join(view.clip.name for view in take.views if view.clip)

    def draw(
        self, layout: bpy.types.UILayout, take: bpy.types.PropertyGroup, column: Column
    ) -> None:
        """The list of clips and cameras."""
        rows = layout.column(align=True)
        for number, view in enumerate(take.views):
            row = rows.row(align=True)
            row.prop(view, "clip", text="", icon='TRACKER')
            row.prop(view, "camera", text="", icon='CAMERA_DATA')
            row.operator("aim.remove_view", text="", icon='X').index = number
        rows.operator("aim.add_view", icon='ADD')
        self.draw_binding(layout, take)

    def binding_reason(self, take: bpy.types.PropertyGroup) -> str:
        """No view."""
        return "" if take.views else "Add a camera view first"

    def bind(
        self, face: bpy.types.Object, skin: Skin, space: HeadSpace, context: bpy.types.Context
    ) -> list[Bound]:
        """The tracks whose rays meet the skin now."""
        views = face.aim.take.views
        cameras.require_views(views)
        landmarks = read_landmarks(face, space, context)
        tracks = cameras.track_places(views, skin, space, landmarks, balls_of(face), context)
        count = sum(not track.eye for track in tracks)
        if count < FEWEST_MARKERS:
            raise SolveError(
                f"{count} of {_count(views)} tracks lie on {face.name} at this frame as the cameras see it, and "
                f"{FEWEST_MARKERS} are needed: bring the neutral onto the picture, or check lens and place of the "
                "cameras."
            )
        return [Bound(t.name, t.place, clip=t.clip, eye=t.eye) for t in tracks]

    def bound_text(self, face: bpy.types.Object) -> str:
        """How many of all tracks."""
        take = face.aim.take
        text = "{count} of {total} tracks lie on {face} and are bound to its skin."
        return words.report(
            text, count=len(on_skin(take)), total=_count(take.views), face=face.name
        )

    def read(
        self, face: bpy.types.Object, space: HeadSpace, output: Path, context: bpy.types.Context
    ) -> Reading:
        """Pixels of the bound tracks, and the cameras."""
        take = face.aim.take
        cameras.require_views(take.views)
        files = {"frames": frames_file(output), "cameras": output.with_suffix(".cameras.npy")}
        name, places = self.take_name(take), bound_places(take)
        bound = [(entry.clip, entry.name) for entry in take.bound]
        frames = scene_frames(context.scene)

        def taken() -> Take:
            seen = read_rows(files["frames"])
            return Take(name, VIEWS, seen, cameras=read_rows(files["cameras"]), **places)

        steps = read_view_frames(take.views, bound, frames, space, files, context)
        return Reading(taken, name, steps, tuple(files.values()))


def _count(views: Sequence[bpy.types.PropertyGroup]) -> int:
    """How many tracks all clips have."""
    return sum(1 for view in views for _track in cameras.all_tracks(view.clip))


def read_view_frames(
    views: Sequence[bpy.types.PropertyGroup],
    bound: Sequence[tuple[bpy.types.MovieClip, str]],
    frames: range,
    space: HeadSpace,
    files: dict[str, Path],
    context: bpy.types.Context,
) -> Iterator[float]:
    """Write the pixels of tracks to ``files["frames"]`` ([T, C, M, 2], each seen in its own view only) and the views'
    cameras to ``files["cameras"]`` ([T, C, 3, 4]), yielding the share done.

    Raises:
        SolveError: a track that was bound is gone.
    """
    number_of = {view.clip: number for number, view in enumerate(views)}
    tracks = {
        (view.clip, name): track for view in views for name, track in cameras.all_tracks(view.clip)
    }
    seen = []
    for number, (clip, name) in enumerate(bound):
        if (clip, name) not in tracks:
            owner = f" of {clip.name}" if clip else ""
            raise SolveError(f"The track {name}{owner} is gone: bind the tracks again.")
        track = tracks[clip, name]
        if track.weight > 0:
            seen.append((number_of[clip], number, cameras.track_pixels(clip, track, frames)))
    with new_rows(files["frames"], (len(frames), len(views), len(bound), 2), np.float64) as rows:
        for frame in range(len(frames)):
            row = np.full(rows.shape[1:], np.nan)
            for view, number, pixels in seen:
                row[view, number] = pixels[frame]
            rows[frame] = row
    with new_rows(files["cameras"], (len(frames), len(views), 3, 4), np.float64) as projections:
        for number, twins in play([view.camera for view in views], frames, context):
            projections[number] = [
                cameras.project(twin, view.clip, space, context)
                for view, twin in zip(views, twins, strict=True)
            ]
            yield (number + 1) / len(frames)
