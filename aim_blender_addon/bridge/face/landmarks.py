# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks of a face as empties that can be moved by hand."""

from collections.abc import Mapping, Sequence

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..data import storage
from ..data.evaluating import evaluated
from ..data.head_space import HeadSpace
from ..data.meshes import transform

#: Of the empties that show landmarks, mm.
_SIZE_MM = 3.0
#: A landmark was not moved while it is within this fraction of the face's size of where it was found.
_SAME = 3e-4


def show_landmarks(
    face: bpy.types.Object,
    points: Mapping[str, np.ndarray],
    space: HeadSpace,
    context: bpy.types.Context,
    found: bool = True,
) -> None:
    """Make one empty a landmark, or move the one that is there to where the landmark was found.

    Args:
        face: the neutral; the empties move with it.
        points: [3] mm in head space by name; landmarks of other names go.
        space: the face's frame.
        context: to find the collection the empties go to.
        found: they were found anew; otherwise those that were moved by hand count as such still.
    """
    by_hand = set() if found else {entry.name for entry in face.aim.landmarks if entry.by_hand}
    empties = {entry.name: entry.empty for entry in face.aim.landmarks}
    for name in empties.keys() - points.keys():
        storage.remove_own(face, empties[name])
    face.aim.landmarks.clear()
    for name, point in points.items():
        entry = face.aim.landmarks.add()
        entry.name, entry.by_hand = name, name in by_hand
        entry.co = point
        empty = empties.get(name)
        entry.empty = empty if storage.is_own(face, empty) else _new_empty(face, name, space)
        world = transform(np.asarray([point]), space.to_world())[0]
        _move(entry.empty, face, Vector(world.tolist()))
    context.view_layer.update()


def keep_landmarks(face: bpy.types.Object, points: Mapping[str, Sequence[float]]) -> None:
    """Keep landmarks [3] mm in head space without empties; those that are shown stay where they are."""
    shown = {entry.name for entry in face.aim.landmarks if storage.in_scene(entry.empty)}
    for name, point in points.items():
        # Looked up each time: adding to a collection moves what is in it.
        entry = face.aim.landmarks.get(name) or face.aim.landmarks.add()
        entry.name = name
        if name not in shown:
            entry.co = point


def hide_landmarks(face: bpy.types.Object, space: HeadSpace, context: bpy.types.Context) -> None:
    """Take the empties away; each landmark stays where its empty was."""
    points = read_landmarks(face, space, context)
    moved = corrected_landmarks(face, space, context)
    for entry in face.aim.landmarks:
        entry.co, entry.by_hand = points[entry.name], entry.name in moved
        storage.remove_own(face, entry.empty)
        entry.empty = None


def corrected_landmarks(
    face: bpy.types.Object, space: HeadSpace, context: bpy.types.Context
) -> dict[str, np.ndarray]:
    """[3] mm in head space of the landmarks that were moved by hand."""
    points = read_landmarks(face, space, context)
    found = {entry.name: np.array(entry.co) for entry in face.aim.landmarks}
    if not found:
        return {}
    near = _SAME * float(np.ptp(np.stack(list(found.values())), axis=0).max())
    by_hand = {entry.name for entry in face.aim.landmarks if entry.by_hand}
    return {
        name: point
        for name, point in points.items()
        if name in by_hand or np.abs(np.array(point) - found[name]).max() > near
    }


def are_shown(face: bpy.types.Object) -> bool:
    """Whether a landmark of this face is shown as an empty."""
    return any(storage.in_scene(entry.empty) for entry in face.aim.landmarks)


def read_landmarks(
    face: bpy.types.Object, space: HeadSpace, context: bpy.types.Context
) -> dict[str, np.ndarray]:
    """[3] mm in head space by name, from where the empties are; where one was deleted, as it was found."""
    entries = list(face.aim.landmarks)
    shown = [entry for entry in entries if storage.in_scene(entry.empty)]
    points = {entry.name: np.array(entry.co, np.float64) for entry in entries}
    with evaluated(context, [entry.empty for entry in shown]) as twins:
        for entry, twin in zip(shown, twins, strict=True):
            world = np.array(twin.matrix_world.translation)[None]
            points[entry.name] = transform(world, space.from_world())[0]
    return points


def _new_empty(face: bpy.types.Object, name: str, space: HeadSpace) -> bpy.types.Object:
    empty = bpy.data.objects.new(f"{face.name} {name}", None)
    empty.empty_display_type = 'SPHERE'
    empty.empty_display_size = _SIZE_MM / space.mm_per_unit
    empty.show_in_front = True
    # Some sixty names at once hide the face; the view and the Outliner name the one that is selected.
    empty.lock_rotation = empty.lock_scale = (True, True, True)
    _collection(face).objects.link(empty)
    storage.own(face, empty)
    return empty


def _move(empty: bpy.types.Object, face: bpy.types.Object, world: Vector) -> None:
    """Let the empty hang on the face, at ``world``."""
    empty.parent = face
    empty.matrix_parent_inverse = face.matrix_world.inverted_safe()
    empty.matrix_basis = Matrix.Translation(world)


def _collection(face: bpy.types.Object) -> bpy.types.Collection:
    """Where the landmarks of this face are; made beside the face."""
    shown = [entry.empty for entry in face.aim.landmarks if storage.in_scene(entry.empty)]
    if shown:
        return shown[0].users_collection[0]
    made = bpy.data.collections.new(f"{face.name} Landmarks")
    face.users_collection[0].children.link(made)
    return made
