# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the drives of the Sculpt panel share: the face made ready, its rig, handles, and places on its skin."""

import importlib

import bpy
import faces
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Quaternion, Vector

#: Landmarks of the face, metres of the world.
MARKS = {}


def begin(stage):
    """Open the face, find its landmarks, look at it from its left."""
    yield from stage.open_file(faces.FILE)
    yield from faces.use_python(stage)
    faces.hide_start_up()
    bpy.context.scene.frame_set(1)
    faces.face().aim.armature.animation_data.action = (
        None  # else it moves the jaw when the file is opened
    )
    find_marks()
    select(rig())
    look(stage, 0.35, 0.11)
    with stage.override():
        bpy.ops.ed.undo_push(message="Made ready")


def worker_state():
    """Which face the worker has ready."""
    return importlib.import_module(f"{faces.ADDON}.jobs.edit_session")


def rig():
    """The baked mesh."""
    return faces.face().aim.rig


def settings():
    """What the face keeps about sculpting."""
    return faces.face().aim.sculpt


def handles():
    """The handles of the face."""
    return settings().handles


def select(obj):
    """Make an object the active one."""
    for other in bpy.context.view_layer.objects:
        other.select_set(other == obj)
    bpy.context.view_layer.objects.active = obj


def off(points):
    """How far the rig is from points [V, 3], mm at most."""
    return float(np.linalg.norm(faces.shown_vertices(rig()) - points, axis=1).max() * 1000)


def near(one, other):
    """Millimetres between two vertices of the rig."""
    points = faces.shown_vertices(rig())
    return float(np.linalg.norm(points[one] - points[other]) * 1000)


def find_marks():
    """The landmarks of the face, found by the extension; what shows them goes out of sight."""
    assert bpy.ops.aim.find_landmarks() == {'FINISHED'}
    for mark in faces.face().aim.landmarks:
        MARKS[mark.name] = np.array(mark.co) / 1000
        if mark.empty:
            mark.empty.hide_set(True)


def vertex_at(place):
    """The vertex of the rig nearest to a place."""
    return int(np.linalg.norm(faces.shown_vertices(rig()) - place, axis=1).argmin())


def mouth_corners():
    """The vertices at the corners of the mouth, the left one first."""
    marks = MARKS
    out = {}
    for side, sign in (("left", 1), ("right", -1)):
        corner = marks[f"cheilion_{side}"]
        out[side] = vertex_at(corner + np.array([0.004 * sign, 0, 0]))
    return out["left"], out["right"]


def upper_lip(corners):
    """The vertex above the upper lip."""
    return vertex_at(MARKS["subnasale"] + np.array([0.006, 0, -0.006]))


def on_screen(stage, vertex):
    """Where a vertex of the rig is in the window."""
    region = stage.region('WINDOW')
    place = Vector(faces.shown_vertices(rig())[vertex])
    at = location_3d_to_region_2d(region, stage.area().spaces.active.region_3d, place)
    return int(region.x + at.x), int(region.y + at.y)


def look(stage, turn, distance):
    """Look at the face from the front, ``turn`` radians from its left."""
    marks = MARKS
    region = stage.area().spaces.active.region_3d
    region.view_location = Vector(marks["cheilion_left"] + marks["cheilion_right"]) / 2
    region.view_rotation = Quaternion((0, 0, 1), turn) @ Quaternion((1, 0, 0), np.pi / 2)
    region.view_distance = 2.2 * distance
    region.view_perspective = 'ORTHO'
