# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded performances in a scene, read frame by frame into files: a deforming mesh, markers, vertices or tracks."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import bpy
import numpy as np

from ...backend.errors import SolveError
from ...backend.geometry.mesh import Mesh
from ...backend.geometry.topology import compare_faces
from ..data.head_space import HeadSpace
from ..data.meshes import evaluated_points, read_evaluated, transform
from ..data.playing import play
from ..data.storage import load_model
from . import cameras


@dataclass(frozen=True)
class Reading:
    """A performance on its way from the scene to the worker.

    Attributes:
        kind: what it shows, a kind of ``backend.io.takes.Take``.
        steps: reads on; yields the share that was read, 0 to 1.
        files: arrays of the take by name, which the steps write.
        arrays: those that are known before.
    """

    kind: str
    steps: Iterator[float]
    files: dict[str, Path]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def load(self) -> dict[str, np.ndarray]:
        """All arrays, the large ones mapped."""
        read = {name: np.load(path, mmap_mode="r") for name, path in self.files.items()}
        return self.arrays | read

    def remove_files(self) -> None:
        """Take the files away; where one is still mapped it stays until the next time."""
        for path in self.files.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)


def read_performance(
    face: bpy.types.Object, space: HeadSpace, output: Path, context: bpy.types.Context
) -> Reading | None:
    """The chosen performance over the scene's frame range, about to be read; None for one in a file.

    Args:
        face: whose ``aim.take`` says which.
        space: its frame.
        output: the result's file; what is read is kept beside it.
        context: for the scene.

    Raises:
        SolveError: clips and cameras that cannot be solved through.
    """
    take, scene = face.aim.take, context.scene
    frames = range(scene.frame_start, scene.frame_end + 1)
    rows = output.with_suffix(".frames.npy")
    files = {"frames": rows}
    if take.source == 'FILE':
        return None
    if take.source == 'MESH':
        neutral = load_model(face).neutral
        steps = read_mesh_frames(take.object, neutral, frames, space, rows, context)
        return Reading("vertices", steps, files)
    places = _bound_places(take)
    if take.source == 'MARKERS':
        markers = [entry.object for entry in take.bound]
        steps = read_marker_frames(markers, frames, space, rows, context)
    elif take.source == 'VERTICES':
        numbers = [entry.vertex for entry in take.bound]
        steps = read_vertex_frames(take.cloud, numbers, frames, space, rows, context)
    else:
        cameras.require_views(take.views)
        files["cameras"] = output.with_suffix(".cameras.npy")
        bound = [(entry.clip, entry.name) for entry in take.bound]
        steps = read_view_frames(take.views, bound, frames, space, files, context)
        return Reading("image_points", steps, files, places)
    return Reading("positions", steps, files, places)


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
    rows = _rows(path, (len(frames), len(neutral.vertices), 3))
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
    rows.flush()


def read_marker_frames(
    markers: Sequence[bpy.types.Object],
    frames: Sequence[int],
    space: HeadSpace,
    path: Path,
    context: bpy.types.Context,
) -> Iterator[float]:
    """Write where markers are to ``path`` (``.npy``, [T, M, 3] float64 mm), NaN where one is hidden; see above."""
    rows = _rows(path, (len(frames), len(markers), 3), np.float64)
    for number, twins in play(markers, frames, context, hide=True):
        world = np.array([twin.matrix_world.translation for twin in twins], np.float64)
        world[[twin.hide_viewport for twin in twins]] = np.nan
        rows[number] = transform(world, space.from_world())
        yield (number + 1) / len(frames)
    rows.flush()


def read_vertex_frames(
    cloud: bpy.types.Object,
    vertices: Sequence[int],
    frames: Sequence[int],
    space: HeadSpace,
    path: Path,
    context: bpy.types.Context,
) -> Iterator[float]:
    """Write where vertices of an object are to ``path`` (as for markers); NaN where one, or the object, is hidden.

    Raises:
        SolveError: vertices that were bound are not there in a frame.
    """
    rows = _rows(path, (len(frames), len(vertices), 3), np.float64)
    picked = np.asarray(vertices)
    for number, (twin,) in play([cloud], frames, context, hide=True):
        rows[number] = np.nan
        if not twin.hide_viewport:
            points = evaluated_points(twin, space, without_hidden=True)
            if len(points) <= picked.max():
                raise SolveError(
                    f"{cloud.name} has {len(points):,} vertices at frame {frames[number]}, but vertex {picked.max():,} "
                    "is bound: keep their number over the frames (unseen ones may be NaN), or bind again."
                )
            rows[number] = points[picked]
        yield (number + 1) / len(frames)
    rows.flush()


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
    rows = _rows(files["frames"], (len(frames), len(views), len(bound), 2), np.float64)
    rows[:] = np.nan
    number_of = {view.clip: number for number, view in enumerate(views)}
    tracks = {
        (view.clip, name): track for view in views for name, track in cameras.all_tracks(view.clip)
    }
    for number, (clip, name) in enumerate(bound):
        if (clip, name) not in tracks:
            owner = f" of {clip.name}" if clip else ""
            raise SolveError(f"The track {name}{owner} is gone: bind the tracks again.")
        track = tracks[clip, name]
        if track.weight > 0:
            rows[:, number_of[clip], number] = cameras.track_pixels(clip, track, frames)
    rows.flush()
    projections = _rows(files["cameras"], (len(frames), len(views), 3, 4), np.float64)
    for number, twins in play([view.camera for view in views], frames, context):
        for row, view, twin in zip(projections[number], views, twins, strict=True):
            row[:] = cameras.project(twin, view.clip, space, context)
        yield (number + 1) / len(frames)
    projections.flush()


def _bound_places(take: bpy.types.PropertyGroup) -> dict[str, np.ndarray]:
    return {
        "corners": np.array([entry.corners for entry in take.bound], np.int32),
        "barycentric": np.array([entry.barycentric for entry in take.bound]),
        "offsets": np.array([entry.offset for entry in take.bound]),
    }


def _rows(path: Path, shape: tuple[int, ...], kind: type = np.float32) -> np.memmap:
    try:
        return np.lib.format.open_memmap(path, "w+", kind, shape)
    except OSError as error:
        raise SolveError(f"{path} cannot be written ({error.strerror or error}).") from error
