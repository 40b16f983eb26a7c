# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A baked rig goes out by Blender's own exporters and comes back: names, jaw bone, motion (docs/guide/export.md)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils.kdtree import KDTree

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.rig import actions, bake
from tests.addon import stand_in

import addon_utils

#: Plain names, of which every format keeps the letters.
NAMES = ("jawOpen", "jawForward", "smile_L", "browInnerUp", "cheekPuff")
#: What may be lost between two files, in mm, in the middle of scans and between them.
TOLERANCE_MM = 0.01
FRAMES = (1, 4, 6, 11, 13, 16, 21, 31, 38, 41, 51, 56)
EXPORTERS = ("io_scene_gltf2", "io_scene_fbx")


@dataclass(frozen=True)
class Format:
    """How a rig is written to a file and read again, with the options docs/guide/export.md asks for."""

    suffix: str
    write: Callable[[str], object]
    read: Callable[[str], object]


def _write_fbx(path: str) -> object:
    return bpy.ops.export_scene.fbx(
        filepath=path, use_selection=True, bake_anim_simplify_factor=0.0, add_leaf_bones=False
    )


FORMATS = {
    "glb": Format(
        ".glb",
        lambda path: bpy.ops.export_scene.gltf(filepath=path, use_selection=True),
        lambda path: bpy.ops.import_scene.gltf(filepath=path),
    ),
    "fbx": Format(".fbx", _write_fbx, lambda path: bpy.ops.import_scene.fbx(filepath=path)),
    "fbx-new-importer": Format(
        ".fbx", _write_fbx, lambda path: bpy.ops.wm.fbx_import(filepath=path)
    ),
    "usd": Format(
        ".usdc",
        lambda path: bpy.ops.wm.usd_export(
            filepath=path, selected_objects_only=True, export_animation=True
        ),
        lambda path: bpy.ops.wm.usd_import(filepath=path),
    ),
}


@dataclass(frozen=True)
class Played:
    """What a rig shows: [F, V, 3] vertices and [F, 4, 4] what the jaw bone does, in the world and mm."""

    skin: np.ndarray
    jaw: np.ndarray


@pytest.fixture(autouse=True)
def _exporters() -> Iterator[None]:
    _enable_exporters()
    yield
    for name in EXPORTERS:
        addon_utils.disable(name)


def _enable_exporters() -> None:
    for name in EXPORTERS:
        addon_utils.enable(name)


def bake_face(scale_length: float = 1.0) -> tuple[bpy.types.Object, bpy.types.Object]:
    """The rig of the stand-in's head under plain names; rig and armature are what is selected."""
    model = stand_in.named(stand_in.make_model(len(NAMES)), NAMES)
    face = stand_in.add_neutral(model, scale_length)
    storage.store_model(face, model_to_bytes(model))
    baked = bake.bake_rig(face, model, bpy.context, bake.BakeOptions(head_motion=True))
    select(baked.mesh, baked.armature)
    return baked.mesh, baked.armature


def select(*objects: bpy.types.Object) -> None:
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj in objects)
    bpy.context.view_layer.objects.active = objects[-1]


def play(mesh: bpy.types.Object, armature: bpy.types.Object) -> Played:
    """Both at every frame of ``FRAMES``."""
    skins, jaws = [], []
    scale = bpy.context.scene.unit_settings.scale_length * 1000
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        skins.append(_in_world(mesh) * scale)
        jaws.append(_carried(armature, scale))
    return Played(np.stack(skins), np.stack(jaws))


def _in_world(obj: bpy.types.Object) -> np.ndarray:
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    matrix = np.array(twin.matrix_world, np.float64)
    twin.to_mesh_clear()
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def _carried(armature: bpy.types.Object, scale: float) -> np.ndarray:
    """[4, 4] how the jaw bone moves what hangs on it; the same whatever axes an importer gives the bone."""
    world = np.array(armature.matrix_world, np.float64)
    pose = np.array(armature.pose.bones["jaw"].matrix, np.float64)
    rest = np.array(armature.data.bones["jaw"].matrix_local, np.float64)
    moved = world @ pose @ np.linalg.inv(rest) @ np.linalg.inv(world)
    moved[:3, 3] *= scale
    return moved


def come_back(file: Format, path: Path, scale_length: float = 1.0, clip: str = "") -> Played:
    """Write the selection, read it into an empty scene, and play it; names and bones are checked.

    Where the file holds several clips, ``clip`` says which one is played.
    """
    assert file.write(str(path)) == {'FINISHED'}
    bpy.ops.wm.read_factory_settings(use_empty=True)
    _enable_exporters()
    bpy.context.scene.unit_settings.scale_length = scale_length
    assert file.read(str(path)) == {'FINISHED'}
    meshes = [obj for obj in bpy.data.objects if obj.type == 'MESH' and obj.data.shape_keys]
    armatures = [obj for obj in bpy.data.objects if obj.type == 'ARMATURE']
    assert len(meshes) == len(armatures) == 1
    assert [key.name for key in meshes[0].data.shape_keys.key_blocks[1:]] == list(NAMES)
    bones = armatures[0].data.bones
    assert {bone.name for bone in bones} == {"skull", "jaw"}
    assert bones["jaw"].parent == bones["skull"]
    assert {"skull", "jaw"} <= {group.name for group in meshes[0].vertex_groups}
    for owner in (armatures[0], meshes[0].data.shape_keys) if clip else ():
        _play_clip(owner, clip)
    return play(meshes[0], armatures[0])


def _play_clip(owner: bpy.types.ID, clip: str) -> None:
    """Let ``owner`` play the Action that ends with ``clip`` and has a slot for its kind."""
    for action in bpy.data.actions:
        slots = [slot for slot in action.slots if slot.target_id_type == owner.id_type]
        if action.name.endswith(clip) and slots:
            owner.animation_data.action = action
            owner.animation_data.action_slot = slots[0]
            return
    raise AssertionError(f"no clip {clip} for {owner.name}")


def matched(before: Played, after: Played) -> np.ndarray:
    """[V'] for every vertex that came back, the vertex it was; all that went out are there."""
    tree = KDTree(before.skin.shape[1])
    for number, point in enumerate(before.skin[0]):
        tree.insert(point, number)
    tree.balance()
    found = np.array([tree.find(point)[1] for point in after.skin[0]])
    assert set(found) == set(range(before.skin.shape[1]))
    return found


def check_same(before: Played, after: Played) -> None:
    """The same vertices, wherever they are, and the same jaw at every frame."""
    assert np.ptp(before.skin, axis=0).max() > 10  # millimetres: the head and the face do move
    difference = np.abs(after.skin - before.skin[:, matched(before, after)])
    assert difference.max() < TOLERANCE_MM
    turned = np.abs(after.jaw[:, :3, :3] - before.jaw[:, :3, :3]).max()
    at_chin = before.skin[0].mean(axis=0)
    chin = [played.jaw[:, :3, :3] @ at_chin + played.jaw[:, :3, 3] for played in (before, after)]
    assert turned < 1e-5
    assert np.abs(chin[0] - chin[1]).max() < TOLERANCE_MM


@pytest.mark.parametrize("name", FORMATS)
def test_a_rig_comes_back_with_names_jaw_and_motion(name: str, tmp_path: Path) -> None:
    if name == "fbx-new-importer" and "fbx_import" not in dir(bpy.ops.wm):
        pytest.skip("this Blender has the one FBX importer only")
    before = play(*bake_face())
    check_same(before, come_back(FORMATS[name], tmp_path / f"face{FORMATS[name].suffix}"))


@pytest.mark.parametrize("name", ["fbx", "usd"])
def test_a_scene_in_centimetres_comes_back_as_large(name: str, tmp_path: Path) -> None:
    before = play(*bake_face(0.01))
    file = FORMATS[name]
    check_same(before, come_back(file, tmp_path / f"face{file.suffix}", 0.01))


def test_shape_keys_move_by_curves_of_their_own(tmp_path: Path) -> None:
    """The motion that came back is that of the shape keys, not vertices baked frame by frame."""
    bake_face()
    come_back(FORMATS["glb"], tmp_path / "face.glb")
    keys = next(obj for obj in bpy.data.objects if obj.type == 'MESH' and obj.data.shape_keys)
    blocks = keys.data.shape_keys.key_blocks
    for number, name in enumerate(NAMES):
        bpy.context.scene.frame_set(actions.scan_frame(number))
        shown = {block.name: block.value for block in blocks[1:]}
        assert shown == pytest.approx({other: float(other == name) for other in NAMES}, abs=1e-6)


def test_fbx_drops_keys_unless_simplify_is_off(tmp_path: Path) -> None:
    """Why docs/guide/export.md asks for Simplify 0: with Blender's default the motion is millimetres off."""
    before = play(*bake_face())
    default = Format(
        ".fbx",
        lambda path: bpy.ops.export_scene.fbx(
            filepath=path, use_selection=True, add_leaf_bones=False
        ),
        FORMATS["fbx"].read,
    )
    after = come_back(default, tmp_path / "face.fbx")
    assert np.abs(after.skin - before.skin).max() > 1.0


def _write_merged_glb(path: str) -> object:
    return bpy.ops.export_scene.gltf(
        filepath=path, use_selection=True, export_animation_mode='ACTIVE_ACTIONS'
    )


@pytest.mark.parametrize(
    ("file", "clip"),
    [
        (Format(".glb", _write_merged_glb, FORMATS["glb"].read), ""),
        (FORMATS["fbx"], "Head Scans"),
        (FORMATS["usd"], ""),
    ],
    ids=["glb", "fbx", "usd"],
)
def test_a_rig_whose_expressions_are_pose_assets_comes_back_too(
    file: Format, clip: str, tmp_path: Path
) -> None:
    """Then sliders of the jaw bone drive the shape keys, and there is an Action for each expression."""
    mesh, armature = bake_face()
    assert bpy.ops.aim.expressions_to_assets() == {'FINISHED'}
    check_same(play(mesh, armature), come_back(file, tmp_path / f"face{file.suffix}", clip=clip))
