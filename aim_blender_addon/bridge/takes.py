# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded performances in a scene: a deforming mesh or moving markers, read frame by frame into a file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from ..backend.errors import SolveError
from ..backend.geometry.mesh import Mesh
from ..backend.registration.topology import compare_faces
from .meshes import HeadSpace, evaluated, read_object, transform


def read_mesh_frames(
    obj: bpy.types.Object,
    neutral: Mesh,
    frames: Sequence[int],
    space: HeadSpace,
    path: Path,
    context: bpy.types.Context,
) -> Iterator[float]:
    """Write a deforming mesh to ``path`` (``.npy``, [T, V, 3] float32 mm in head space), yielding the share done.

    The scene is moved through the frames and is back where it was at the end, also when it ends early.

    Raises:
        SolveError: a frame has other vertices than ``neutral``.
    """
    rows = _rows(path, (len(frames), len(neutral.vertices), 3))
    for number, frame in _play(frames, context):
        mesh = read_object(obj, space, context)
        if len(mesh.vertices) != len(neutral.vertices):
            raise SolveError(
                f"{obj.name} has {len(mesh.vertices):,} vertices at frame {frame}, but the actor has "
                f"{len(neutral.vertices):,}: solve from markers, or bring it into the actor's topology."
            )
        if not number and compare_faces(neutral, mesh) in {"renumbered", "other"}:
            raise SolveError(
                f"{obj.name} has as many vertices as the actor, but they are joined otherwise: "
                "export it with its vertices in the order of the scans, or solve from markers."
            )
        rows[number] = mesh.vertices
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
    for number, _frame in _play(frames, context):
        rows[number] = np.nan
        seen = [index for index, marker in enumerate(markers) if not marker.hide_viewport]
        with evaluated(context, [markers[index] for index in seen]) as twins:
            world = np.array([twin.matrix_world.translation for twin in twins], np.float64)
        if seen:
            rows[number, seen] = transform(world, space.from_world())
        yield (number + 1) / len(frames)
    rows.flush()


def bind(markers: Sequence[bpy.types.Object], skin: Mesh, space: HeadSpace) -> list[dict]:
    """Where markers sit on the skin, as they are now.

    Args:
        markers: on or just above the skin.
        skin: the neutral, head space mm.
        space: its frame.

    Returns:
        For each ``corners`` [3] (vertices of a triangle), ``barycentric`` [3], ``offset`` [3] mm from the skin to the
        marker and ``distance`` mm.
    """
    triangles = skin.triangles
    tree = BVHTree.FromPolygons(skin.vertices.tolist(), triangles.tolist())
    bound = []
    for marker in markers:
        world = np.array(marker.matrix_world.translation, np.float64)[None]
        point = transform(world, space.from_world())[0]
        place, _normal, index, distance = tree.find_nearest(Vector(point.tolist()))
        corners = triangles[index]
        share = _barycentric(np.array(place, np.float64), skin.vertices[corners].astype(np.float64))
        bound.append(
            {
                "corners": [int(corner) for corner in corners],
                "barycentric": share.tolist(),
                "offset": (point - np.array(place)).tolist(),
                "distance": float(distance),
            }
        )
    return bound


def _play(frames: Sequence[int], context: bpy.types.Context) -> Iterator[tuple[int, int]]:
    """Number and frame of each, with the scene there."""
    scene = context.scene
    before = scene.frame_current
    try:
        for number, frame in enumerate(frames):
            scene.frame_set(frame)
            yield number, frame
    finally:
        scene.frame_set(before)


def _rows(path: Path, shape: tuple[int, ...], kind: type = np.float32) -> np.memmap:
    try:
        return np.lib.format.open_memmap(path, "w+", kind, shape)
    except OSError as error:
        raise SolveError(f"{path} cannot be written ({error.strerror or error}).") from error


def _barycentric(point: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Weights [3] of a triangle's corners [3, 3] for a point on it."""
    edges = np.stack([corners[1] - corners[0], corners[2] - corners[0]], axis=1)
    second, third = np.linalg.lstsq(edges, point - corners[0], rcond=None)[0]
    return np.array([1.0 - second - third, second, third])
