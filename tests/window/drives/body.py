# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The face on a human of Rigify: joined by the button, the neck turned and nodded, jaw and eyes by the body."""

import math

import bpy
import faces
import numpy as np
from mathutils import Vector

import addon_utils

#: Millimetres that the seam may open.
CLOSED = 0.1
#: Rings of the body's skin, and how far it reaches down, metres.
RINGS, DOWN = 14, 0.16


def drive(stage):
    stage.step("A rig with teeth and eyes, and a Rigify human below it")
    yield from stage.open_file(faces.FILE)
    faces.hide_start_up()
    yield from stage.open_tab()
    yield from stage.press("aim.bake")
    yield 1.0
    rig, armature = faces.face().aim.rig, faces.face().aim.armature
    armature.animation_data.action = None
    rig.data.shape_keys.animation_data.action = None
    yield from stage.press("aim.attach_parts")
    yield from stage.search("Make Eyes", lambda: "eye_left" in armature.data.bones)
    body = add_rigify(stage.window, armature)
    ring = border(rig)
    skin = add_skin(body, faces.shown_vertices(rig)[ring], rig)
    rest = faces.shown_vertices(rig)
    select(rig)
    yield 0.5
    faces.face().aim.body.armature = body
    yield from stage.open_panel("body")
    yield 1.0
    stage.picture("panel")

    stage.step("Join to Body moves nothing at rest")
    yield from stage.search("Join to Body", lambda: armature.parent == body)
    yield 1.0
    moved = 1000 * np.abs(faces.shown_vertices(rig) - rest).max()
    stage.figures["moved at rest, mm"] = f"{moved:.4f}"
    assert moved < 0.005, moved
    stage.picture("joined")

    stage.step("The neck turns, nods and tilts, and the seam stays closed")
    gaps = []
    poses = {
        "turned": ((0, 20, 0), (0, 20, 0)),
        "nodded": ((20, 0, 0), (20, 0, 0)),
        "tilted": ((0, 0, 20), (-20, 0, 15)),
    }
    for name, (neck, head) in poses.items():
        pose(body, neck=neck, head=head)
        bpy.context.view_layer.update()
        count = len(ring)
        off = faces.shown_vertices(rig)[ring] - faces.shown_vertices(skin)[:count]
        gaps.append(1000 * np.linalg.norm(off, axis=1).max())
        for side, (x, y) in {"front": (0.1, -1.0), "side": (1.0, -0.2)}.items():
            yield from look_at(stage, middle(skin) + Vector((0, 0, 0.06)), (x, y, 0.1), 0.55)
            stage.picture(f"{name}_{side}")
        yield from look_at(stage, middle(skin), (0.7, -0.7, 0.15), 0.22)
        stage.picture(f"{name}_seam")
    stage.figures["gap, mm"] = f"{max(gaps):.4f}"
    assert max(gaps) < CLOSED, gaps
    pose(body, neck=(0, 0, 0), head=(0, 0, 0))

    stage.step("Jaw and eyes by the body's bones")
    faces.face().aim.body.jaw = faces.face().aim.body.eyes = 'BODY'
    yield from stage.search("Join to Body", lambda: "body jaw" in armature.data.bones)
    yield 1.0
    pose(body, jaw_master=(18, 0, 0), head=(0, 15, 0))
    body.pose.bones["eyes"].location.x = 0.1
    bpy.context.view_layer.update()
    opened = within_head(armature, "jaw")
    assert abs(opened - 18) < 1.0, opened
    stage.figures["jaw open, degrees"] = f"{opened:.2f}"
    mouth = Vector(faces.shown_vertices(rig)[np.argmin(rest[:, 1])])
    for name, (x, y, z) in {"front": (0.1, -1, 0.0), "side": (1.0, -0.4, 0.0)}.items():
        yield from look_at(stage, mouth, (x, y, z), 0.24)
        stage.picture(f"jaw_{name}")
    yield from look_at(stage, mouth + Vector((0, 0, 0.04)), (0.15, -1, 0.0), 0.13)
    stage.picture("eyes")
    yield from look_at(stage, mouth - Vector((0, 0, 0.045)), (0.3, -1, 0.1), 0.1)
    stage.picture("corners")
    pose(body, jaw_master=(0, 0, 0), head=(0, 0, 0))
    body.pose.bones["eyes"].location.x = 0.0

    stage.step("Separate gives all back")
    yield from stage.search("Separate from Body", lambda: armature.parent is None)
    yield 0.5
    assert "body head" not in armature.data.bones
    assert 1000 * np.abs(faces.shown_vertices(rig) - rest).max() < 0.005
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 1.0
    assert "body head" in faces.face().aim.armature.data.bones, "one step back"


def add_rigify(window, armature):
    """The human of Rigify without limbs, which take minutes to generate, with its head where the face's is.

    It is generated in an empty scene: each of many changes of mode updates everything that is in the scene.
    """
    addon_utils.enable("rigify", default_set=True)
    there, scene = set(bpy.data.objects), window.scene
    empty = window.scene = bpy.data.scenes.new("Rigify")
    bpy.ops.object.armature_human_metarig_add()
    metarig = bpy.context.object
    bpy.ops.object.mode_set(mode='EDIT')
    edited = metarig.data.edit_bones
    kept = {bone.name for bone in edited["face"].children_recursive} | {"face"}
    for name in [bone.name for bone in edited if "spine" not in bone.name]:
        if name not in kept:
            edited.remove(edited[name])
    bpy.ops.object.mode_set(mode='OBJECT')
    bpy.ops.pose.rigify_generate()
    made = [obj for obj in bpy.data.objects if obj.type == 'ARMATURE' and obj not in there]
    body = next(obj for obj in made if obj != metarig)
    bpy.data.objects.remove(metarig)
    window.scene = scene
    scene.collection.objects.link(body)
    bpy.data.scenes.remove(empty)
    skull = armature.matrix_world @ armature.data.bones["skull"].head_local
    size = 0.86
    body.scale = (size,) * 3
    body.location = skull - size * body.data.bones["DEF-spine.006"].head_local
    bpy.context.view_layer.update()
    return body


def border(rig):
    """Vertex numbers of the longest border of the skin that lies low, around."""
    mesh = rig.data
    uses = {}
    for polygon in mesh.polygons:
        for edge in polygon.edge_keys:
            uses[edge] = uses.get(edge, 0) + 1
    beside = {}
    for (one, two), count in uses.items():
        if count == 1:
            beside.setdefault(one, []).append(two)
            beside.setdefault(two, []).append(one)
    lowest = min(beside, key=lambda number: mesh.vertices[number].co.z)
    ring, before, at = [lowest], None, lowest
    while True:
        after = next(number for number in beside[at] if number != before)
        if after == lowest:
            return np.array(ring)
        ring.append(after)
        before, at = at, after


def add_skin(body, ring, rig):
    """Neck and shoulders below the face's border, weighted to the spine by height."""
    middle_point, count = ring.mean(axis=0), len(ring)
    rings = [ring]
    for row in range(1, RINGS):
        down = row / (RINGS - 1)
        wide = (1 + 2.2 * down**1.6, 1 + 0.5 * down, 1 - down)
        centre = middle_point + (0, 0.02 * down, -DOWN * down)
        rings.append(centre + (ring - middle_point) * wide)
    points = np.concatenate(rings)
    first = np.arange(count * (RINGS - 1))
    after = first - first % count + (first + 1) % count
    quads = np.stack([first, after, after + count, first + count], axis=1)
    mesh = bpy.data.meshes.new("Body Skin")
    mesh.from_pydata(points.tolist(), [], quads.tolist())
    mesh.shade_smooth()
    for material in rig.data.materials:
        mesh.materials.append(material)
    skin = bpy.data.objects.new("Body Skin", mesh)
    bpy.context.scene.collection.objects.link(skin)
    chain = [f"DEF-spine.00{number}" for number in (3, 4, 5, 6)]
    heights = [
        (body.matrix_world @ ((bone.head_local + bone.tail_local) / 2)).z
        for bone in (body.data.bones[name] for name in chain)
    ]
    place = np.interp(points[:, 2], heights, np.arange(len(chain)))
    for row, name in enumerate(chain):
        group = skin.vertex_groups.new(name=name)
        for number, weight in enumerate(np.clip(1 - abs(place - row), 0, 1).tolist()):
            if weight:
                group.add((number,), weight, 'REPLACE')
    skin.parent = body
    skin.matrix_parent_inverse = body.matrix_world.inverted()
    skin.modifiers.new("Armature", 'ARMATURE').object = body
    bpy.context.view_layer.update()
    return skin


def pose(body, **degrees):
    """Turn bones of the body about X, Y and Z."""
    for name, angles in degrees.items():
        bone = body.pose.bones[name]
        bone.rotation_mode = 'XYZ'
        bone.rotation_euler = [math.radians(angle) for angle in angles]


def within_head(armature, name):
    """Degrees by which a bone is turned against the skull, as Blender shows it."""
    bone, skull = (armature.pose.bones[one] for one in (name, "skull"))
    rest = skull.bone.matrix_local.inverted() @ bone.bone.matrix_local
    turned = skull.matrix.inverted() @ bone.matrix @ rest.inverted()
    return math.degrees(turned.to_quaternion().angle)


def middle(skin):
    """The middle of the seam, as Blender shows it."""
    points = faces.shown_vertices(skin)
    return Vector(points[: len(points) // RINGS].mean(axis=0))


def select(obj):
    """Make an object active, and nothing else selected."""
    for other in bpy.context.selected_objects:
        other.select_set(False)
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj


def look_at(stage, place, way, size):
    """Look at a place from some way off, ``size`` metres high, without what is drawn over the skin."""
    space = stage.area().spaces.active
    space.overlay.show_overlays = False
    view = space.region_3d
    view.view_perspective = 'PERSP'
    view.view_location = place
    view.view_rotation = Vector(way).to_track_quat('Z', 'Y')
    view.view_distance = 1.6 * size
    bpy.context.view_layer.update()
    yield 0.7
    space.overlay.show_overlays = False
