# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare for Export on rigs as users have them: controls, own bones, attached keys, overrides, joined eyes, units."""

import bpy
import numpy as np
import pytest

from aim_blender_addon import compat
from aim_blender_addon.backend.shape_names import ARKIT
from aim_blender_addon.bridge.data import groups, shape_keys
from aim_blender_addon.bridge.data.drivers import follow
from aim_blender_addon.bridge.export import gather, make, names
from aim_blender_addon.bridge.performance import layers
from aim_blender_addon.bridge.rig.armature import editing_bones, set_bone
from aim_blender_addon.bridge.rig.attaching import attach_to_bone

from . import export_rigs, faces, stand_in, test_controls
from .export_rigs import in_world, pose
from .test_export import exported, shown


def test_controls_are_no_lost_shapes_and_play_in_the_take() -> None:
    face = export_rigs.rig_face(eyes=False)
    keys = face.aim.rig.data.shape_keys
    armature = test_controls.write(face)
    brow = shape_keys.difference(keys.key_blocks["browOuterUpLeft"])
    rest = shape_keys.read_points(keys.reference_key)
    of_brow = keys.key_blocks["ctl_brow_mid_up.L"]
    shape_keys.write_points(of_brow, rest + 0.5 * brow)
    control = armature.pose.bones["brow_mid.L"]
    for frame, value in ((1, 0.0), (5, 0.005)):
        control.location.z = value
        control.keyframe_insert("location", frame=frame)
    mesh = exported(face, with_take=True)
    text = "\n".join(make.lost_lines(mesh))
    own = next(line for line in make.lost_lines(mesh) if "none of ARKit" in line)
    assert "ctl_" not in own and "shapes of face controls" in text, text
    bpy.context.scene.frame_set(5)
    moved = np.linalg.norm(0.5 * brow, axis=1).max()
    off = np.linalg.norm(in_world(mesh) - shown(face), axis=1).max()
    assert off < 0.1 * moved, (off, moved)
    mesh = exported(face, correctives=9)
    bpy.context.scene.frame_set(5)
    assert "ctl_brow_mid_up.L" in mesh.data.shape_keys.key_blocks
    np.testing.assert_allclose(in_world(mesh), shown(face), atol=1e-5)


def test_a_control_that_arkits_shapes_miss_goes_out_as_a_shape_of_its_own() -> None:
    face = export_rigs.rig_face(eyes=False)
    keys = face.aim.rig.data.shape_keys
    armature = test_controls.write(face)
    rest = shape_keys.read_points(keys.reference_key)
    alone = np.zeros_like(rest)
    alone[np.argmin(rest[:, 1])] = (0, -0.006, 0)  # one point, which no sum of the 52 moves
    shape_keys.write_points(keys.key_blocks["ctl_brow_mid_up.L"], rest + alone)
    control = armature.pose.bones["brow_mid.L"]
    for frame, value in ((1, 0.0), (5, 0.005)):
        control.location.z = value
        control.keyframe_insert("location", frame=frame)
    mesh = exported(face, with_take=True)
    names = list(mesh.data.shape_keys.key_blocks.keys())
    of_controls = [name for name in names if name.startswith("ctl_")]
    assert of_controls == ["ctl_brow_mid_up.L"], "the one that the take moves"
    bpy.context.scene.frame_set(5)
    np.testing.assert_allclose(in_world(mesh), shown(face), atol=1e-5)
    assert any("within half a millimetre" in line for line in make.lost_lines(mesh))
    face.aim.export.control_shapes = False
    mesh = exported(face, with_take=True)
    assert not [n for n in mesh.data.shape_keys.key_blocks.keys() if n.startswith("ctl_")]
    line = next(line for line in make.lost_lines(mesh) if "miss by" in line)
    assert "ctl_brow_mid_up.L" in line and line.count("ctl_") == 1, line
    bpy.context.scene.frame_set(5)
    assert np.linalg.norm(in_world(mesh) - shown(face), axis=1).max() > 0.001
    mesh = exported(face, with_take=False)
    line = next(line for line in make.lost_lines(mesh) if "miss by" in line)
    assert line.count("ctl_") > 3 and "and " in line, line


@pytest.mark.parametrize("most", ["4", "8"])
def test_a_vertex_with_six_bones_keeps_the_largest_of_them(most: str) -> None:
    face = export_rigs.rig_face(eyes=False)
    armature, rig = face.aim.armature, face.aim.rig
    own = [f"own {number}" for number in range(4)]
    with editing_bones(armature, bpy.context) as edited:
        for number, name in enumerate(own):
            place = np.array([0.01 * number, 0.0, 1.6])
            set_bone(edited, name, place, place + (0, 0, 0.05), np.array([0, 1.0, 0]), True)
            edited[name].parent = edited["skull"]
    count = len(rig.data.vertices)
    shares = {name: np.full(count, 0.05 * (number + 1)) for number, name in enumerate(own)}
    shares |= {"skull": np.full(count, 0.3), "jaw": np.full(count, 0.2)}
    groups.write_groups(rig, shares)
    mesh = exported(face, weights=most)
    rows = groups.read_groups(mesh, [group.name for group in mesh.vertex_groups])
    np.testing.assert_allclose(rows.sum(axis=0), 1.0, atol=1e-5)
    assert ((rows > 0).sum(axis=0) == min(int(most), 6)).all()
    kept = {group.name for group in mesh.vertex_groups}
    assert ("own 0" in kept) == (most == "8") and {"skull", "jaw", "own 3"} <= kept


@pytest.mark.parametrize("scale_length", [0.01, 0.001], ids=["cm", "mm"])
@pytest.mark.parametrize("preset", ["GLTF", "UNREAL"])
def test_real_size_in_any_unit(preset: str, scale_length: float) -> None:
    face = export_rigs.rig_face(scale_length, eyes=False)
    mesh = exported(face, preset=preset)
    unit_mm = 1000.0 if preset == "GLTF" else scale_length * 1000  # FBX writes the scene's unit
    want = stand_in.make_model(3, 8, 12).neutral.vertices
    there = in_world(mesh) * unit_mm
    np.testing.assert_allclose(np.ptp(there, axis=0), np.ptp(want, axis=0), atol=0.01)
    bone = mesh.parent.data.bones["jaw"]
    length = np.linalg.norm(face.aim.armature.data.bones["jaw"].vector) * scale_length * 1000
    assert bone.length * unit_mm == pytest.approx(length, rel=1e-4)


@pytest.mark.parametrize("most", [0, 1, 9])
def test_no_more_correctives_than_asked_for(most: int) -> None:
    face = export_rigs.rig_face(eyes=False)
    rig = face.aim.rig
    for number in (1, 2):
        block = rig.shape_key_add(name=f"mend {number}", from_mix=False)
        block.points[0].co.x += number * 0.001
    rig.data.shape_keys[shape_keys.CORRECTIVES] = "mend 1\nmend 2"
    mesh = exported(face, correctives=most)
    there = [n for n in mesh.data.shape_keys.key_blocks.keys() if n.startswith("mend")]
    assert there == ["mend 2", "mend 1"][: min(most, 2)]


def test_vrms_expressions_are_those_of_its_specification() -> None:
    emotions = {"happy", "angry", "sad", "relaxed", "surprised"}
    speech, blinks = {"aa", "ih", "ou", "ee", "oh"}, {"blink", "blinkLeft", "blinkRight"}
    looks = {"lookUp", "lookDown", "lookLeft", "lookRight"}
    assert set(names.VRM) == emotions | speech | blinks | looks  # and neutral, which moves nothing
    used = {part for mix in [*names.VRM.values(), *names.VISEMES.values()] for part in mix}
    assert used <= set(ARKIT)
    assert set(names.VRM["lookLeft"]) == {"eyeLookOutLeft", "eyeLookInRight"}  # the person's left
    assert len(names.visemes(names.OCULUS)) == len(names.visemes(names.VRCHAT)) == 15


def test_attached_pieces_with_driven_keys_of_their_own_move_once() -> None:
    face = export_rigs.rig_face(eyes=False)
    armature, rig = face.aim.armature, face.aim.rig
    lash = export_rigs.add(
        faces.ellipsoid((10.0, 3.0, 4.0), stand_in.CENTRE + (30, -90, 20), 6, 8), "Lash", 1.0
    )
    attach_to_bone(lash, armature, "skull")
    lash.shape_key_add(name="Basis", from_mix=False)
    for name in ("eyeBlinkLeft", "jawOpen"):
        block = lash.shape_key_add(name=name, from_mix=False)
        block.points.foreach_set("co", (shape_keys.read_points(block) - 0.01).ravel())
        path = shape_keys.key_path(name)
        follow(lash.data.shape_keys.driver_add(path), rig.data.shape_keys, path)
    pose(face, eyeBlinkLeft=0.7, jawOpen=0.5)
    mesh = exported(face)
    for name, value in (("eyeBlinkLeft", 0.7), ("jawOpen", 0.5)):
        mesh.data.shape_keys.key_blocks[name].value = value
    want = shown(face)[len(rig.data.vertices) :]
    np.testing.assert_allclose(in_world(mesh)[len(rig.data.vertices) :], want, atol=1e-5)


def test_eyes_joined_to_the_skin_turn_with_their_bones() -> None:
    face = export_rigs.rig_face()
    rig = face.aim.rig
    eyes = [obj for obj in gather.piece_objects(face) if obj.name.startswith("Eye")]
    count = len(rig.data.vertices)
    with bpy.context.temp_override(
        active_object=rig,
        object=rig,
        selected_objects=[rig, *eyes],
        selected_editable_objects=[rig, *eyes],
    ):
        bpy.ops.object.join()
    assert len(rig.data.vertices) > count
    mesh = exported(face)
    turned = mesh.parent.pose.bones["eye_left"]
    before = in_world(mesh)
    turned.rotation_mode = 'XYZ'
    turned.rotation_euler.z = 0.4
    moved = np.linalg.norm(in_world(mesh) - before, axis=1) > 1e-4
    assert moved[count:].any() and not moved[:count].any()


def test_an_overridden_rig_goes_out(tmp_path) -> None:
    face = export_rigs.rig_face()
    objects = {face, face.aim.rig, face.aim.armature, *gather.piece_objects(face)}
    path = str(tmp_path / "library.blend")
    collection = bpy.data.collections.new("All")
    for obj in objects:
        collection.objects.link(obj)
    bpy.data.libraries.write(path, {collection})
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (_held, into):
        into.collections = ["All"]
    made = into.collections[0].override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    bpy.context.view_layer.update()
    rig = next(obj for obj in made.all_objects if obj.name.startswith("Head Rig"))
    bpy.context.view_layer.objects.active = rig
    assert bpy.ops.aim.prepare_export() == {'FINISHED'}
    mesh = next(obj for obj in bpy.data.objects if obj.name == "Head Export")
    assert len(mesh.data.shape_keys.key_blocks) == 1 + 52 + 15
    assert mesh.library is None and mesh.override_library is None


def test_an_export_is_one_undo_step() -> None:
    face = export_rigs.rig_face(eyes=False)
    face.aim.export.with_take = True
    bpy.ops.ed.undo_push(message="before")
    before = {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "actions", "meshes")}
    faces.select([face.aim.rig])
    bpy.ops.ed.undo_push(message="selected")
    assert bpy.ops.aim.prepare_export() == {'FINISHED'}
    bpy.ops.ed.undo_push(message="exported")
    assert len(bpy.data.objects) == before["objects"] + 2
    bpy.ops.ed.undo()
    after = {kind: len(getattr(bpy.data, kind)) for kind in before}
    assert after == before and not bpy.data.texts


def test_a_take_on_an_nla_track_goes_out_below_an_empty_action() -> None:
    face = export_rigs.rig_face(eyes=False)
    keys = face.aim.rig.data.shape_keys
    for frame, value in ((1, 0.0), (5, 1.0)):
        keys.key_blocks["browInnerUp"].value = value
        keys.key_blocks["browInnerUp"].keyframe_insert("value", frame=frame)
    take, keys.animation_data.action = keys.animation_data.action, None
    layers.add(keys, take, "take")
    assert not compat.played_curves(keys.animation_data), "an Action for edits, without any yet"
    mesh = exported(face, with_take=True)
    played = mesh.data.shape_keys.animation_data.action
    assert tuple(played.frame_range) == (1, 5)
    bpy.context.scene.frame_set(5)
    np.testing.assert_allclose(in_world(mesh), shown(face), atol=1e-5)
