# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare for Export: one mesh with the 52 names, jaw once, real size, few weights, what is lost, and the take."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from aim_blender_addon.backend.shape_names import ARKIT
from aim_blender_addon.bridge.data import shape_keys
from aim_blender_addon.bridge.data.name_lists import write_names
from aim_blender_addon.bridge.export import gather, make, names
from aim_blender_addon.bridge.rig import eye_bones
from aim_blender_addon.bridge.rig.own_bones import TARGET, pose_bone

from . import export_rigs, faces
from .export_rigs import in_world, pose


def exported(face: bpy.types.Object, **settings: object) -> bpy.types.Object:
    """Prepare, and what was made."""
    for name, value in settings.items():
        setattr(face.aim.export, name, value)
    faces.select([face.aim.rig])
    assert bpy.ops.aim.prepare_export() == {'FINISHED'}
    return make.export_of(face)


def pieces(face: bpy.types.Object) -> list[bpy.types.Object]:
    return gather.piece_objects(face)


def shown(face: bpy.types.Object) -> np.ndarray:
    """[V, 3] of the rig without what the list says is lost: lids that slide."""
    for modifier in face.aim.rig.modifiers:
        modifier.show_viewport = modifier.type == 'ARMATURE'
    return np.concatenate([in_world(obj) for obj in pieces(face)])


def test_needs_a_rig_with_the_shapes() -> None:
    faces.new_face()
    with pytest.raises(RuntimeError, match="Bake the rig first"):
        bpy.ops.aim.prepare_export()


def test_one_mesh_has_skin_eyes_and_teeth_and_moves_as_the_rig() -> None:
    face = export_rigs.rig_face()
    assert len(pieces(face)) == 4
    before = sorted(obj.name for obj in bpy.data.objects)
    mesh = exported(face)
    assert sorted(o.name for o in bpy.data.objects if o.name in before) == before, "nothing is gone"
    blocks = mesh.data.shape_keys.key_blocks
    assert [b.name for b in blocks[1:53]] == list(ARKIT)
    assert [b.name for b in blocks[53:]] == list(names.visemes(names.OCULUS))
    assert len(mesh.data.uv_layers) == 1 and mesh.data.materials[0].name == "Skin"
    assert [b.name for b in mesh.parent.data.bones] == ["skull", "jaw", "eye_left", "eye_right"]
    np.testing.assert_allclose(in_world(mesh), shown(face), atol=1e-6)
    pose(face, jawOpen=1.0)
    blocks["jawOpen"].value = 1.0
    np.testing.assert_allclose(in_world(mesh), shown(face), atol=2e-6, err_msg="the jaw moves once")
    pose(face, jawOpen=0.0, jawLeft=1.0)
    blocks["jawOpen"].value, blocks["jawLeft"].value = 0.0, 1.0
    np.testing.assert_allclose(in_world(mesh), shown(face), atol=2e-6)


def test_the_jaw_in_the_bone_leaves_soft_tissue_in_the_shapes() -> None:
    face = export_rigs.rig_face()
    mesh = exported(face, preset="UNREAL")
    assert face.aim.export.jaw == "BONE" and face.aim.export.weights == "8"
    assert [b.name for b in mesh.parent.data.bones] == ["head", "jaw", "eye_l", "eye_r"]
    pose(face, jawOpen=1.0)
    mesh.data.shape_keys.key_blocks["jawOpen"].value = 1.0
    off = np.abs(in_world(mesh) - shown(face)).max()
    assert off > 0.01, "the bone has not been posed yet"
    armature = face.aim.armature
    jaw = pose_bone(armature, "jaw")
    effect = np.array(jaw.matrix) @ np.linalg.inv(np.array(jaw.bone.matrix_local))
    out = mesh.parent.pose.bones["jaw"]
    out.matrix = Matrix((effect @ np.array(out.bone.matrix_local)).tolist())
    np.testing.assert_allclose(in_world(mesh), shown(face), atol=2e-6)


def test_mixes_hold_tissue_and_jaw_once() -> None:
    face = export_rigs.rig_face()
    mesh = exported(face, preset="VRM", visemes="VRCHAT")
    blocks = mesh.data.shape_keys.key_blocks
    assert {"happy", "aa", "blinkLeft", "lookUp", "vrc.v_oh", "vrc.v_pp"} <= set(blocks.keys())
    pose(face, **names.VISEMES["O"])
    blocks["oh"].value = 1.0
    np.testing.assert_allclose(in_world(mesh), shown(face), atol=5e-6)
    blocks["oh"].value, blocks["vrc.v_oh"].value = 0.0, 1.0
    np.testing.assert_allclose(in_world(mesh), shown(face), atol=5e-6)


@pytest.mark.parametrize(("preset", "unit"), [("GLTF", 1.0), ("UNITY", 0.01)])
def test_a_scene_in_centimetres_keeps_the_real_size(preset: str, unit: float) -> None:
    face = export_rigs.rig_face(0.01, eyes=False)
    mesh = exported(face, preset=preset)
    there = np.ptp(in_world(mesh), axis=0) * unit
    np.testing.assert_allclose(there, np.ptp(in_world(face.aim.rig), axis=0) * 0.01, rtol=1e-5)
    assert 0.2 < there[2] < 0.25, "metres of a head"


@pytest.mark.parametrize("scale", [(2, 2, 2), (-1, 1, 1)], ids=["scaled", "mirrored"])
def test_a_rig_scaled_or_mirrored_goes_out_as_it_stands(scale: tuple) -> None:
    face = export_rigs.rig_face()
    armature = face.aim.armature
    armature.matrix_world = Matrix.Diagonal((*scale, 1)) @ armature.matrix_world
    bpy.context.view_layer.update()
    mesh = exported(face)
    np.testing.assert_allclose(in_world(mesh), shown(face), atol=1e-5)
    pose(face, jawOpen=1.0)
    mesh.data.shape_keys.key_blocks["jawOpen"].value = 1.0
    np.testing.assert_allclose(in_world(mesh), shown(face), atol=1e-5)
    assert np.allclose(np.array(mesh.matrix_world), np.eye(4))


def test_an_uneven_scale_and_missing_shapes_are_said() -> None:
    face = export_rigs.rig_face(eyes=False)
    face.aim.armature.scale = (1.0, 2.0, 1.0)
    bpy.context.view_layer.update()
    with pytest.raises(RuntimeError, match="scaled unevenly"):
        bpy.ops.aim.prepare_export()
    face.aim.armature.scale = (1.0, 1.0, 1.0)
    bpy.context.view_layer.update()
    for name in ARKIT[:51]:
        face.aim.rig.shape_key_remove(face.aim.rig.data.shape_keys.key_blocks[name])
    mesh = exported(face)
    assert any("that the rig lacks: eyeBlinkLeft" in line for line in make.lost_lines(mesh))
    face.aim.rig.shape_key_remove(face.aim.rig.data.shape_keys.key_blocks["tongueOut"])
    faces.select([face.aim.rig])
    with pytest.raises(RuntimeError, match="has none of ARKit's shapes: press Make ARKit Shapes"):
        bpy.ops.aim.prepare_export()


def test_the_largest_correctives_stay_and_the_list_names_what_is_lost() -> None:
    face = export_rigs.rig_face()
    rig = face.aim.rig
    rig.modifiers.new("Smooth it", 'SUBSURF')
    for number in (1, 3, 2):
        block = rig.shape_key_add(name=f"mend {number}", from_mix=False)
        block.points[0].co.x += number * 0.001
    write_names(rig.data.shape_keys, shape_keys.CORRECTIVES, ["mend 1", "mend 2", "mend 3"])
    mesh = exported(face, correctives=2)
    text = "\n".join(make.lost_lines(mesh))
    for part in ("Smooth it", "gape, grin, brows", "eye_target", "Drivers of", "Correctives kept"):
        assert part in text
    assert len(mesh.data.shape_keys.key_blocks) == 1 + 52 + 2 + 15
    assert "Correctives beyond the number: mend 1\n" in text
    assert "Correctives kept: mend 3, mend 2" in text
    assert bpy.data.texts[f"{mesh.name} Lost"].as_string().strip() == text


def test_weights_are_limited_to_the_largest_and_sum_to_one() -> None:
    random = np.random.default_rng(0)
    values = random.uniform(0.1, 1, (6, 50))
    values /= values.sum(axis=0)
    kept = gather.limited({str(n): row for n, row in enumerate(values)}, 4)
    rows = np.stack(list(kept.values()))
    assert ((rows > 0).sum(axis=0) == 4).all()
    np.testing.assert_allclose(rows.sum(axis=0), 1.0)
    assert (values[rows == 0] <= values.max(axis=0).min() + 1).all()
    smallest_kept = np.where(rows > 0, values, 9).min(axis=0)
    assert (np.where(rows == 0, values, 0).max(axis=0) <= smallest_kept).all()


@pytest.mark.parametrize("preset", ["GLTF", "UNREAL"])
def test_the_take_plays_the_same_with_the_jaw_in_shapes_or_bone(preset: str) -> None:
    face = export_rigs.rig_face()
    armature, keys = face.aim.armature, face.aim.rig.data.shape_keys
    pose_bone(armature, TARGET)[eye_bones.LOOK_AT] = 0.0
    skull = pose_bone(armature, "skull")
    for frame, value in ((1, 0.0), (5, 1.0)):
        keys.key_blocks["jawOpen"].value = value
        keys.key_blocks["jawOpen"].keyframe_insert("value", frame=frame)
        armature.aim.look_yaw = 0.3 * value
        skull.rotation_euler.x = 0.2 * value
        skull.keyframe_insert("rotation_euler", frame=frame)
        for side in ("eye_left", "eye_right"):
            armature.pose.bones[side].keyframe_insert("rotation_euler", frame=frame)
    mesh = exported(face, preset=preset, with_take=True, correctives=8)
    for frame in (1, 5):
        bpy.context.scene.frame_set(frame)
        np.testing.assert_allclose(in_world(mesh), shown(face), atol=1e-5)
    bpy.context.scene.frame_set(3)
    off = np.abs(in_world(mesh) - shown(face)).max()
    assert off < (1e-5 if preset == "UNREAL" else 0.004), "shapes go straight where a bone turns"


def test_pressed_again_there_is_one_export() -> None:
    face = export_rigs.rig_face(eyes=False)
    exported(face)
    mesh = exported(face)
    assert mesh.name == "Head Export" and len(make.collection_of(face).objects) == 2
    assert [m.name for m in bpy.data.meshes if "Export" in m.name] == ["Head Export"]


def test_of_the_pieces_that_were_joined_nothing_is_left() -> None:
    face = export_rigs.rig_face()
    before = len(bpy.data.meshes), len(bpy.data.shape_keys)
    for _press in range(2):
        exported(face)
        assert (len(bpy.data.meshes), len(bpy.data.shape_keys)) == (before[0] + 1, before[1] + 1)
        assert all(keys.user.shape_keys == keys for keys in bpy.data.shape_keys)


def test_a_linked_rig_goes_out_too(tmp_path) -> None:
    face = export_rigs.rig_face()
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {face, face.aim.rig, face.aim.armature})
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (held, into):
        into.objects = list(held.objects)
    for obj in into.objects:
        bpy.context.scene.collection.objects.link(obj)
    face = next(obj for obj in into.objects if obj.aim.is_face)
    bpy.context.view_layer.objects.active = face
    assert bpy.ops.aim.prepare_export() == {'FINISHED'}
    assert len(make.export_of(face).data.shape_keys.key_blocks) == 68
