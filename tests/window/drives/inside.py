# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mouth and eyes for a baked face without: by its button, jaw open, blink, look, undo, reopened, a piece swapped."""

import math

import bpy
import faces
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

KIND = "aim_inside"
COUNTS = {"teeth": 2, "gums": 2, "tongue": 1, "lining": 1, "eyes": 2, "lashes": 2}


def drive(stage):
    stage.step("A baked face whose head is empty")
    yield from stage.open_file(faces.FILE)
    yield from faces.use_python(stage)
    yield from stage.open_tab()
    yield from stage.press("aim.bake")
    yield 1.0
    armature().animation_data.action = None
    for bone in armature().pose.bones:
        bone.location, bone.rotation_euler, bone.rotation_quaternion = (
            (0, 0, 0),
            (0, 0, 0),
            (1, 0, 0, 0),
        )
    remove_insides()
    bpy.ops.ed.undo_push(message="Without Inside")
    yield 0.5

    stage.step("Add Mouth and Eyes gives it ten pieces")
    yield from stage.press("aim.add_mouth_and_eyes")
    yield from stage.wait(lambda: faces.job_runs() or pieces(), 20, "the start of the job")
    yield from stage.wait(lambda: not faces.job_runs(), 400, "mouth and eyes")
    yield 1.0
    assert counts() == COUNTS, counts()
    stage.picture("added")

    stage.step("At rest teeth stand behind the lips, and nothing shows before the skin")
    lips = lip_depth()
    for name in ("Upper Teeth", "Lower Teeth"):
        front = faces.shown_vertices(piece(name))[:, 1].min()
        assert 0.002 < front - lips < 0.022, (name, front, lips)
    assert seen_before_skin() == 0
    yield from look_at(stage, mouth(), (0.25, -1, 0.05), 0.11)
    stage.picture("rest")

    stage.step("The jaw opens: lower teeth go with it, the lips hang together with the lining")
    rest = faces.shown_vertices(piece("Lower Teeth"))
    turn_jaw(22)
    yield 0.5
    assert (faces.shown_vertices(piece("Lower Teeth")) - rest)[:, 2].max() < -0.004
    gap = edge_gap()
    assert gap < 0.0003, gap
    assert seen_before_skin() == 0
    yield from look_at(stage, mouth() - Vector((0, 0, 0.012)), (0.25, -1, 0.05), 0.12)
    stage.picture("open")
    yield from look_at(stage, mouth() + Vector((0.02, 0, -0.008)), (1, -1, 0.1), 0.07)
    stage.picture("corner")
    turn_jaw(0)

    stage.step("Lids shut over the eyes, and lashes go with them")
    lashes = faces.shown_vertices(piece("Left Lashes"))
    with_value(blinks(), 1.0)
    yield 0.5
    assert (lashes - faces.shown_vertices(piece("Left Lashes")))[:, 2].max() > 0.003
    yield from look_at(stage, eye(), (0.3, -1, 0.1), 0.06)
    stage.picture("blink")
    with_value(blinks(), 0.0)

    stage.step("The eyes look aside")
    ahead = faces.shown_vertices(piece("Left Eye"))
    armature().pose.bones["eye_target"].location = (0.12, 0.0, 0.0)
    yield 0.5
    assert np.linalg.norm(faces.shown_vertices(piece("Left Eye")) - ahead, axis=1).max() > 0.001
    yield from look_at(stage, eye(), (0.1, -1, 0.05), 0.07)
    stage.picture("look")
    armature().pose.bones["eye_target"].location = (0, 0, 0)
    yield 0.3

    stage.step("One undo takes all of it back, one redo brings it again")
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield from stage.wait(lambda: not pieces(), 20, "undo")
    yield from stage.key('Z', ctrl=True, shift=True)
    yield from stage.wait(lambda: counts() == COUNTS, 20, "redo")
    yield 0.5

    stage.step("Saved and opened again all is there and moves")
    bpy.ops.wm.save_as_mainfile(filepath="/home/inside.blend")
    yield 1.0
    yield from stage.open_file("/home/inside.blend")
    assert counts() == COUNTS, counts()
    rest = faces.shown_vertices(piece("Lower Teeth"))
    turn_jaw(22)
    yield 0.5
    assert (faces.shown_vertices(piece("Lower Teeth")) - rest)[:, 2].max() < -0.004
    turn_jaw(0)

    stage.step(
        "A tongue of the artist's own replaces ours, and stays when the button is pressed again"
    )
    mine = bpy.data.meshes.new("My Tongue")
    ours = piece("Tongue")
    mine.from_pydata(*polygons(ours))
    ours.data = mine
    bpy.data.objects.remove(piece("Lining"))
    rig = faces.face().aim.rig
    bpy.context.view_layer.objects.active = rig
    bpy.ops.ed.undo_push(message="My Tongue")
    yield from faces.use_python(stage)
    yield from stage.open_tab()
    yield from stage.press("aim.add_mouth_and_eyes")
    yield from stage.wait(lambda: faces.job_runs() or counts().get("lining"), 20, "the start")
    yield from stage.wait(lambda: not faces.job_runs(), 400, "mouth and eyes again")
    yield 1.0
    assert counts() == {kind: n for kind, n in COUNTS.items() if kind != "tongue"}, counts()
    assert ours.data == mine
    stage.picture("own-tongue")


def armature():
    return faces.face().aim.armature


def remove_insides():
    """Whatever lies in the head: nothing of the face's own."""
    face = faces.face()
    kept = {face, face.aim.rig, *(scan.object for scan in face.aim.scans)}
    for obj in list(bpy.data.objects):
        is_helper = any(name in obj for name in ("aim_bone", "aim_handle", "aim_eye_outside"))
        in_scene = bool(obj.users_scene)  # shapes of handles are in none
        if obj.type == 'MESH' and in_scene and obj not in kept and not is_helper:
            bpy.data.objects.remove(obj)


def pieces():
    return [obj for obj in bpy.data.objects if obj.users_scene and obj.data and is_ours(obj)]


def is_ours(obj):
    return obj.type == 'MESH' and obj.get(KIND) and obj.data.get(KIND) == obj.get(KIND)


def counts():
    found = {}
    for obj in pieces():
        found[obj[KIND]] = found.get(obj[KIND], 0) + 1
    return found


def piece(name):
    return next(obj for obj in bpy.data.objects if obj.users_scene and obj.name.endswith(name))


def polygons(obj):
    mesh = obj.data
    return [v.co[:] for v in mesh.vertices], [], [p.vertices[:] for p in mesh.polygons]


def centre(name):
    return Vector(faces.shown_vertices(piece(name)).mean(axis=0).tolist())


def mouth():
    points = faces.shown_vertices(piece("Upper Teeth"))
    front = points[points[:, 1] < points[:, 1].min() + 0.004]
    return Vector(front.mean(axis=0).tolist())


def eye():
    return centre("Left Eye")


def lip_depth():
    """How far the lips stand forward (to -y), at the height of the teeth."""
    at, skin = mouth(), faces.shown_vertices(faces.face().aim.rig)
    near = (np.abs(skin[:, 0] - at.x) < 0.01) & (np.abs(skin[:, 2] - at.z) < 0.01)
    return skin[near][:, 1].min()


def turn_jaw(degrees):
    bone = armature().pose.bones["jaw"]
    bone.rotation_mode = 'XYZ'
    bone.rotation_euler = (math.radians(degrees), 0, 0)
    bpy.context.view_layer.update()


def blinks():
    """The rig's shapes that shut both lids."""
    keys = faces.face().aim.rig.data.shape_keys.key_blocks
    return [key for key in keys if key.name == "eye_closed" or key.name.startswith("eyeBlink")]


def with_value(keys, value):
    assert keys
    for key in keys:
        key.value = value
    bpy.context.view_layer.update()


def edge_gap():
    """How far the lining's edge is from the skin at most, metres."""
    lining = piece("Lining")
    sides = {}
    for polygon in lining.data.polygons:
        for pair in polygon.edge_keys:
            sides[pair] = sides.get(pair, 0) + 1
    edge = sorted({v for pair, count in sides.items() if count == 1 for v in pair})
    points = faces.shown_vertices(lining)[edge]
    skin = faces.shown_vertices(faces.face().aim.rig)
    return max(np.linalg.norm(skin - point, axis=1).min() for point in points)


def seen_before_skin():
    """How many vertices of the mouth's pieces show before skin that faces the front, close behind them."""
    rig = faces.face().aim.rig
    skin = faces.shown_vertices(rig)
    rig.data.calc_loop_triangles()
    triangles = [t.vertices[:] for t in rig.data.loop_triangles]
    tree = BVHTree.FromPolygons(skin.tolist(), triangles, all_triangles=True)
    front, found = Vector((0, -1, 0)), 0
    for name in ("Upper Teeth", "Lower Teeth", "Upper Gums", "Lower Gums", "Tongue", "Lining"):
        for row in faces.shown_vertices(piece(name)):
            point = Vector(row.tolist())
            _at, normal, _face, far = tree.ray_cast(point, -front, 0.008)
            if far is None or far < 0.0002 or normal.dot(front) < 0.2:
                continue
            found += tree.ray_cast(point + 0.00001 * front, front)[0] is None
    return found


def look_at(stage, place, way, size):
    """Look at a place from some way off, ``size`` metres high."""
    space = stage.area().spaces.active
    space.overlay.show_overlays = False
    space.shading.type = 'SOLID'
    space.shading.color_type = 'MATERIAL'
    view = space.region_3d
    view.view_perspective = 'ORTHO'
    view.view_location = place
    view.view_rotation = Vector(way).to_track_quat('Z', 'Y')
    view.view_distance = 1.6 * size
    yield 0.7
