# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Prepare for Export makes, through Blender's exporters: GLB read by pygltflib, FBX and GLB by Blender."""

from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils.kdtree import KDTree

from aim_blender_addon.bridge.data.groups import read_groups
from aim_blender_addon.bridge.data.shape_keys import difference
from aim_blender_addon.bridge.export import make
from aim_blender_addon.bridge.rig import eye_bones
from aim_blender_addon.bridge.rig.own_bones import TARGET, pose_bone

import addon_utils
from . import export_rigs, faces, fbx_file, stand_in
from .export_rigs import in_world

EXPORTERS = ("io_scene_gltf2", "io_scene_fbx")
#: glTF has Y up.
Y_UP = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], float)


@pytest.fixture(autouse=True)
def _exporters() -> Iterator[None]:
    for name in EXPORTERS:
        addon_utils.enable(name)
    yield
    for name in EXPORTERS:
        addon_utils.disable(name)


def prepared(preset: str, scale_length: float = 1.0) -> bpy.types.Object:
    """An export whose take opens the mouth, turns the eyes and nods until frame 5."""
    face = export_rigs.rig_face(scale_length)
    armature, block = face.aim.armature, face.aim.rig.data.shape_keys.key_blocks["jawOpen"]
    pose_bone(armature, TARGET)[eye_bones.LOOK_AT] = 0.0
    for frame, value in ((1, 0.0), (5, 1.0)):
        block.value, armature.aim.look_yaw = value, 0.3 * value
        block.keyframe_insert("value", frame=frame)
        pose_bone(armature, "skull").rotation_euler.x = 0.2 * value
        pose_bone(armature, "skull").keyframe_insert("rotation_euler", frame=frame)
        for side in ("eye_left", "eye_right"):
            armature.pose.bones[side].keyframe_insert("rotation_euler", frame=frame)
    face.aim.export.preset = preset
    face.aim.export.with_take = True
    faces.select([face.aim.rig])
    assert bpy.ops.aim.prepare_export() == {'FINISHED'}
    return make.export_of(face)


@pytest.mark.parametrize("preset", ["GLTF", "VRM"])
def test_glb_in_a_library_that_is_not_blenders(preset: str, tmp_path: Path) -> None:
    from . import glb_file

    mesh = prepared(preset, 0.01 if preset == "VRM" else 1.0)
    bpy.context.scene.frame_set(1)
    path = tmp_path / "face.glb"
    bpy.ops.export_scene.gltf(filepath=str(path), use_selection=True)
    read = glb_file.read(path)
    blocks = mesh.data.shape_keys.key_blocks[1:]
    assert list(read.shapes) == [block.name for block in blocks]
    rest = np.array([vertex.co for vertex in mesh.data.vertices])
    tree = KDTree(len(rest))
    for number, point in enumerate(rest):
        tree.insert(point, number)
    tree.balance()
    found = [tree.find(point @ Y_UP[:3, :3]) for point in read.points]
    assert max(distance for _co, _n, distance in found) < 1e-6
    places = np.array([number for _co, number, _d in found])
    assert set(places) == set(range(len(rest)))
    for block in blocks:
        want = (difference(block) @ Y_UP[:3, :3].T)[places]
        np.testing.assert_allclose(read.shapes[block.name], want, atol=1e-6)
    bones = mesh.parent.data.bones
    assert set(read.joints) == {bone.name for bone in bones}
    for bone in bones:
        weights = read_groups(mesh, [bone.name])[0][places]
        np.testing.assert_allclose(read.weights[bone.name], weights, atol=2e-5)
        rest_matrix = Y_UP @ np.array(bone.matrix_local)
        np.testing.assert_allclose(read.joints[bone.name], rest_matrix, atol=2e-6)
        np.testing.assert_allclose(
            read.binds[bone.name] @ read.joints[bone.name], np.eye(4), atol=2e-5
        )
    assert len(read.clips) >= 1


@pytest.mark.parametrize(
    ("preset", "scale_length", "importer"),
    [
        ("UNREAL", 1.0, "import_scene.fbx"),
        ("UNREAL", 1.0, "wm.fbx_import"),
        ("UNITY", 0.01, "import_scene.fbx"),
        ("GLTF", 1.0, "import_scene.gltf"),
        ("VRM", 1.0, "import_scene.gltf"),
    ],
)
def test_the_take_comes_back_into_blender(
    preset: str, scale_length: float, importer: str, tmp_path: Path
) -> None:
    mesh = prepared(preset, scale_length)
    names = [block.name for block in mesh.data.shape_keys.key_blocks]
    bones = {bone.name for bone in mesh.parent.data.bones}
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 5
    before = {}
    for frame in (1, 5):
        scene.frame_set(frame)
        before[frame] = in_world(mesh)
    path = str(tmp_path / "face")
    if preset in ("UNREAL", "UNITY"):
        bpy.ops.export_scene.fbx(
            filepath=f"{path}.fbx",
            use_selection=True,
            bake_anim_simplify_factor=0.0,
            add_leaf_bones=False,
            bake_anim_use_all_actions=False,
            bake_anim_use_nla_strips=False,
        )
    else:
        bpy.ops.export_scene.gltf(
            filepath=f"{path}.glb",
            use_selection=True,
            export_animation_mode='ACTIVE_ACTIONS',
            export_force_sampling=True,
        )
    bpy.ops.wm.read_factory_settings(use_empty=True)
    for name in EXPORTERS:
        addon_utils.enable(name)
    bpy.context.scene.unit_settings.scale_length = scale_length
    room, name = importer.split(".")
    is_fbx = preset in ("UNREAL", "UNITY")
    more = {"anim_offset": 0.0} if is_fbx else {}
    read = getattr(getattr(bpy.ops, room), name)
    read(filepath=f"{path}.{'fbx' if is_fbx else 'glb'}", **more)
    mesh = next(o for o in bpy.data.objects if o.type == 'MESH' and o.data.shape_keys)
    assert [block.name for block in mesh.data.shape_keys.key_blocks] == names
    armature = next(o for o in bpy.data.objects if o.type == 'ARMATURE')
    assert {bone.name for bone in armature.data.bones} == bones
    mm = 1000.0 if preset in ("GLTF", "VRM") else 1000.0 * scale_length
    for frame, want in before.items():
        bpy.context.scene.frame_set(frame)
        got = in_world(mesh)
        tree = KDTree(len(want))
        for number, point in enumerate(want):
            tree.insert(point, number)
        tree.balance()
        off = mm * max(tree.find(point)[2] for point in got)
        assert off < 0.005, (frame, off)


@pytest.mark.parametrize("scale_length", [1.0, 0.01, 0.001], ids=["m", "cm", "mm"])
def test_fbx_says_the_real_size_and_scales_no_object(scale_length: float, tmp_path: Path) -> None:
    face = export_rigs.rig_face(scale_length, eyes=False)
    face.aim.export.preset = "UNREAL"
    faces.select([face.aim.rig])
    assert bpy.ops.aim.prepare_export() == {'FINISHED'}
    path = str(tmp_path / "face.fbx")
    bpy.ops.export_scene.fbx(
        filepath=path,
        use_selection=True,
        add_leaf_bones=False,
        apply_scale_options='FBX_SCALE_UNITS',
        bake_anim=False,
    )
    root = fbx_file.read(path)
    settings = fbx_file.properties(root.child("GlobalSettings"))
    scales = [
        fbx_file.properties(model).get("Lcl Scaling", (1.0, 1.0, 1.0))
        for model in root.child("Objects").children("Model")
    ]
    assert scales
    np.testing.assert_allclose(scales, 1.0, atol=1e-5)
    points = np.array(root.child("Objects").child("Geometry").child("Vertices").values[0])
    centimetres = np.ptp(points.reshape(-1, 3), axis=0) * settings["UnitScaleFactor"][0]
    want = np.ptp(stand_in.make_model(3, 8, 12).neutral.vertices, axis=0) / 10
    np.testing.assert_allclose(centimetres, want, atol=0.001)
