# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw poses of scans that the user knows better: pinned as posed, or by marks on the teeth that a scan shows."""

from collections.abc import Mapping
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from ..data import storage
from ..data.evaluating import evaluated
from ..data.head_space import HeadSpace
from ..data.meshes import transform

#: Fields of a scan that hold its marks.
ROWS = ("upper", "lower")
#: Of the empties that show pins, mm.
_SIZE_MM = 4.0
#: Scans whose jaw turns by more show teeth, which can be marked, degrees.
_TEETH_SHOW_DEGREES = 8.0
#: A jaw that is known better than this needs no marks, mm.
_WELL_KNOWN_MM = 2.0


def pin_pose(scan: bpy.types.PropertyGroup, pose: np.ndarray) -> None:
    """Pin a scan to a jaw transform [4, 4], mm, head space; marks it has stay for later."""
    scan.pinned_pose = np.asarray(pose, np.float64).ravel()
    scan.jaw_pin = 'POSE'


def pose_of(scan: bpy.types.PropertyGroup) -> np.ndarray:
    """[4, 4] mm: the pinned pose of a scan, or the one that the last fit found."""
    pose = scan.pinned_pose if scan.jaw_pin == 'POSE' else scan.jaw_pose
    return np.array(pose, np.float64).reshape(4, 4)


def mark(
    face: bpy.types.Object,
    scan: bpy.types.PropertyGroup,
    points: Mapping[str, np.ndarray],
    space: HeadSpace,
) -> list[bpy.types.Object]:
    """Pin a scan by two empties that the user moves onto its teeth.

    Args:
        face: the neutral; the empties move with it.
        scan: the scan they belong to.
        points: where they begin, [3] mm in head space, for "upper" and "lower"; empties that are there stay.
        space: the face's frame.

    Returns:
        The empties, upper and lower.
    """
    empties = []
    for row in ROWS:
        empty = getattr(scan, f"{row}_mark")
        if not storage.is_own(face, empty):
            empty = _new_empty(face, f"{scan.name} {row} incisors", space, points[row])
            setattr(scan, f"{row}_mark", empty)
        empties.append(empty)
    scan.jaw_pin = 'MARKS'
    return empties


def mark_bite(
    face: bpy.types.Object, points: Mapping[str, np.ndarray], space: HeadSpace
) -> list[bpy.types.Object]:
    """Say how the face bites by two empties; arguments and result are those of :func:`mark`."""
    empties = []
    for row in ROWS:
        empty = getattr(face.aim, f"{row}_bite")
        if not storage.is_own(face, empty):
            empty = _new_empty(face, f"{face.name} {row} bite", space, points[row])
            setattr(face.aim, f"{row}_bite", empty)
        empties.append(empty)
    return empties


def least_known(face: bpy.types.Object) -> bpy.types.PropertyGroup | None:
    """The open scan whose jaw the fit knows least, where marks of its incisors would help; None where none would."""
    open_scans = [
        scan
        for scan in face.aim.scans
        if scan.use
        and scan.fitted
        and scan.jaw_pin == 'NONE'
        and scan.jaw_degrees > _TEETH_SHOW_DEGREES
        and scan.jaw_uncertain_mm > _WELL_KNOWN_MM
    ]
    return max(open_scans, key=lambda scan: scan.jaw_uncertain_mm, default=None)


def unpin(scan: bpy.types.PropertyGroup) -> None:
    """Let the next fit find the jaw of a scan by itself; its marks go."""
    for row in ROWS:
        storage.remove_own(scan.id_data, getattr(scan, f"{row}_mark"))
        setattr(scan, f"{row}_mark", None)
    scan.jaw_pin = 'NONE'


def read_pins(
    face: bpy.types.Object, space: HeadSpace, context: bpy.types.Context
) -> dict[str, dict[str, Any]]:
    """Pins of the scans in use by scan name, and the bite by the face's, as ``backend.anatomy.jaw.pins`` has them."""
    pins = {}
    for scan in face.aim.scans:
        if scan.use and scan.jaw_pin == 'POSE':
            pins[scan.name] = {"matrix": pose_of(scan).tolist()}
        marks = [getattr(scan, f"{row}_mark") for row in ROWS]
        if scan.use and scan.jaw_pin == 'MARKS' and all(storage.in_scene(m) for m in marks):
            pins[scan.name] = _places(marks, space, context)
    bite = [getattr(face.aim, f"{row}_bite") for row in ROWS]
    if all(storage.in_scene(mark) for mark in bite) and face.name not in pins:
        pins[face.name] = _places(bite, space, context)
    return pins


def _places(
    marks: list[bpy.types.Object], space: HeadSpace, context: bpy.types.Context
) -> dict[str, list[float]]:
    """Where the two marks are, mm in head space, as the job "fit" takes them."""
    with evaluated(context, marks) as twins:
        world = np.array([twin.matrix_world.translation for twin in twins])
    places = transform(world, space.from_world()).tolist()
    return {f"{row}_incisor": place for row, place in zip(ROWS, places, strict=True)}


def _new_empty(
    face: bpy.types.Object, name: str, space: HeadSpace, place: np.ndarray
) -> bpy.types.Object:
    """An empty at ``place`` [3], mm in head space, that moves with the face."""
    empty = bpy.data.objects.new(name, None)
    empty.empty_display_type = 'PLAIN_AXES'
    empty.empty_display_size = _SIZE_MM / space.mm_per_unit
    empty.show_in_front = True
    empty.show_name = True
    empty.lock_rotation = empty.lock_scale = (True, True, True)
    face.users_collection[0].objects.link(empty)
    storage.own(face, empty)
    world = transform(np.asarray([place]), space.to_world())[0]
    empty.parent = face
    empty.matrix_parent_inverse = face.matrix_world.inverted_safe()
    empty.matrix_basis = Matrix.Translation(world.tolist())
    return empty
