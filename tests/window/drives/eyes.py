# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The eyes: made of two eyeballs, led by the target, turned by typed yaw and pitch; undo."""

import math

import bpy
import faces
from mathutils import Vector


def drive(stage):
    stage.step("The Eyes panel opens below Jaw")
    yield from stage.open_file(faces.FILE)
    yield from stage.open_tab()
    yield from stage.press("aim.bake")
    yield 1.0
    faces.face().aim.armature.animation_data.action = None
    yield from stage.open_panel("eyes")
    stage.picture("panel")

    stage.step("Two eyeballs give two bones and a target")
    rig = faces.face().aim.rig
    if not any("eye" in obj.name.lower() for obj in bpy.data.objects if obj.type == 'MESH'):
        add_eyeballs(rig)
    yield 0.5
    yield from stage.press("aim.make_eyes")
    yield 1.0
    armature = faces.face().aim.armature
    assert {"eye_left", "eye_right", "eye_target"} <= set(armature.data.bones.keys())
    stage.picture("made")

    stage.step("The target leads both eyes")
    armature.pose.bones["eye_target"].location = (0.12, 0.0, -0.05)
    yield 0.5
    stage.picture("target")
    yield from stage.press("aim.reset_look")

    stage.step("Yaw and pitch are typed, the eyes free")
    armature.pose.bones["eye_target"]["look_at_target"] = 0.0
    armature.update_tag()
    yield 0.5
    for name, text in (("look_yaw", "25"), ("look_pitch", "-20")):
        place = yield from stage.find(name)
        yield from stage.click(*place, ctrl=True)
        yield from stage.key('A', ctrl=True)
        yield from stage.type_text(text)
        yield from stage.key('RET')
    look = faces.face().aim.armature.aim
    assert math.isclose(math.degrees(look.look_yaw), 25, abs_tol=0.01), look.look_yaw
    assert math.isclose(math.degrees(look.look_pitch), -20, abs_tol=0.01), look.look_pitch
    stage.picture("free")
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert abs(faces.face().aim.armature.aim.look_pitch) < 0.01


def add_eyeballs(rig):
    """Two balls where the eyes of a head of this size are, and the rig active again."""
    corners = [rig.matrix_world @ Vector(corner) for corner in rig.bound_box]
    low = Vector(min(c[axis] for c in corners) for axis in range(3))
    high = Vector(max(c[axis] for c in corners) for axis in range(3))
    size = high - low
    for side in (1, -1):
        at = (low + high) / 2 + Vector((side * 0.2 * size.x, -0.33 * size.y, 0.04 * size.z))
        bpy.ops.mesh.primitive_uv_sphere_add(radius=0.08 * size.x, location=at)
    for obj in bpy.context.selected_objects:
        obj.select_set(False)
    rig.select_set(True)
    bpy.context.view_layer.objects.active = rig
