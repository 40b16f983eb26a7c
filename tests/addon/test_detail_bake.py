# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detail that leaves Blender: sequences of frames, normal maps, maps for engines, and a Multiresolution modifier."""

import json
from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.detail.map_files import PNG_STEP, PNG_ZERO
from aim_blender_addon.backend.io.png16 import parse_png16
from aim_blender_addon.bridge.detail import bake, multires, nodes, played, skin
from aim_blender_addon.bridge.rig.objects import armature_of, rig_of
from aim_blender_addon.operators.detail.steps import InSteps
from tests.addon import detail_face


@pytest.fixture
def face(monkeypatch, tmp_path: Path) -> bpy.types.Object:
    """A baked face with a made-up detail, whose first shape presses it together over three frames."""
    face = detail_face.with_detail(monkeypatch)
    settings = face.aim.detail
    settings.output, settings.map_format = str(tmp_path / "maps"), 'PNG'
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 3
    scene.frame_set(2)
    block = rig_of(face).data.shape_keys.key_blocks[1]
    for point in block.data:
        point.co.x *= 0.85
    for frame, value in ((1, 0.0), (3, 1.0)):
        block.value = value
        block.keyframe_insert("value", frame=frame)
    scene.frame_set(2)
    return face


def folder(face: bpy.types.Object) -> Path:
    return Path(face.aim.detail.output)


def read(path: Path) -> np.ndarray:
    """[S, S] mm."""
    return (parse_png16(path.read_bytes())[:, :, 0].astype(float) - PNG_ZERO) * PNG_STEP


def pictures(face: bpy.types.Object) -> list[str]:
    return sorted(path.name for path in folder(face).glob("*.png"))


# ----------------------------------------------------------------------------------------------------------- frames


def test_a_sequence_is_what_the_rig_plays(face: bpy.types.Object) -> None:
    rig = rig_of(face)
    rig.modifiers.new("Subdivision", 'SUBSURF').levels = 1
    before = [one.show_viewport for one in rig.modifiers]
    assert bpy.ops.aim.bake_detail_sequence() == {'FINISHED'}
    assert len(pictures(face)) == 3
    assert bpy.context.scene.frame_current == 2
    assert [one.show_viewport for one in rig.modifiers] == before
    actor = played.played_actor(face)
    keys = rig.data.shape_keys
    rest, shape = (np.array([point.co for point in block.data]) for block in keys.key_blocks[:2])
    at_one = rest + shape - np.array([p.co for p in keys.key_blocks[1].relative_key.data])
    height = actor.height(at_one / face.aim.detail.units_per_mm)
    mask = actor.player.skin.mask
    written = [read(folder(face) / name) for name in pictures(face)]
    assert np.abs(written[2] - height)[mask].max() < 0.002
    assert np.abs(written[2] - written[0])[mask].max() > 0.01
    assert np.allclose(written[0], actor.height(actor.neutral.vertices), atol=1e-3)


def test_the_jaw_bone_opens_lines_too(face: bpy.types.Object) -> None:
    bone = armature_of(face).pose.bones["jaw"]
    bone.rotation_mode = 'XYZ'
    before, after = [], []
    for found in (before, after):
        found += list(played.read_frames(face, [1], bpy.context))
        bone.rotation_euler.x += 0.4
        bpy.context.view_layer.update()
    assert np.abs(after[0].channels - before[0].channels).max() > 0.01


def test_strengths_and_the_exr_count(face: bpy.types.Object) -> None:
    bake_of = face.aim.detail
    whole = bake.heights(face, played.played_actor(face), True, bpy.context)
    bake_of.strength = 0.5
    assert np.allclose(
        bake.heights(face, played.played_actor(face), True, bpy.context), whole / 2, atol=1e-6
    )
    bake_of.pores = 0.0
    rest = bake.heights(face, played.played_actor(face), False, bpy.context)
    assert np.abs(rest).max() < 1e-3
    bake_of.map_format = 'EXR'
    assert bpy.ops.aim.bake_detail_sequence() == {'FINISHED'}
    image = bpy.data.images.load(str(sorted(folder(face).glob("*.exr"))[1]))
    size = detail_face.SIZE
    values = np.array(image.pixels[:]).reshape(size, size, -1)[::-1, :, 0]
    expected = bake.heights(face, played.played_actor(face), True, bpy.context)
    assert np.abs(values - expected).max() < 1e-3


def test_a_stopped_sequence_goes_on(face: bpy.types.Object) -> None:
    settings = face.aim.detail
    target = bake.Sequence(face, folder(face))
    writing = target.write(range(1, 4), bpy.context)
    next(writing)
    writing.close()
    assert len(pictures(face)) == 1
    assert "AIM Reading" not in bpy.data.scenes
    stamp = (folder(face) / pictures(face)[0]).stat().st_mtime_ns
    settings.resume = True
    assert bpy.ops.aim.bake_detail_sequence() == {'FINISHED'}
    assert len(pictures(face)) == 3
    assert (folder(face) / pictures(face)[0]).stat().st_mtime_ns == stamp
    settings.strength = 0.5
    with pytest.raises(RuntimeError, match="choose an empty folder"):
        bpy.ops.aim.bake_detail_sequence()


def test_esc_ends_a_bake_and_says_how_to_go_on(face: bpy.types.Object) -> None:
    said = []

    class Fake(InSteps):
        report = staticmethod(lambda kind, text: said.append((kind, text)))

        def said(self, cancelled: bool) -> str:
            return f"stopped {cancelled}"

    class Event:
        type, value = 'ESC', 'PRESS'

    operator = Fake()
    closed = []

    def steps():
        try:
            yield 0.5
        finally:
            closed.append(True)

    operator._steps = steps()
    next(operator._steps)
    assert operator.modal(bpy.context, Event) == {'CANCELLED'}
    assert closed
    assert said == [({'WARNING'}, "stopped True")]


def test_an_unwritable_folder_is_told(face: bpy.types.Object, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    face.aim.detail.output = str(tmp_path / "file" / "maps")
    for name in ("sequence", "normals", "shapes"):
        with pytest.raises(RuntimeError, match="cannot be|none of ARKit"):
            getattr(bpy.ops.aim, f"bake_detail_{name}")()
    face.aim.detail.output = "//maps"
    with pytest.raises(RuntimeError, match="Save the .blend first"):
        bpy.ops.aim.bake_detail_sequence()
    face.aim.detail.output = ""
    assert not bpy.ops.aim.bake_detail_sequence.poll()


def test_an_empty_range_a_lost_map_or_modifier_is_told(face: bpy.types.Object) -> None:
    rig, settings = rig_of(face), face.aim.detail
    bpy.context.scene.frame_end = 3
    rig.modifiers.remove(nodes.modifier_of(rig))
    with pytest.raises(RuntimeError, match="press Mend Detail"):
        bpy.ops.aim.bake_detail_sequence()
    rig.data.uv_layers[settings.uv_map].name = "Mine"
    with pytest.raises(RuntimeError, match="lost the UV map"):
        bpy.ops.aim.bake_detail_normals()
    rig.data.uv_layers["Mine"].name = settings.uv_map
    bpy.data.images.remove(settings.constant_image)
    with pytest.raises(RuntimeError, match="lost an image"):
        bpy.ops.aim.bake_detail_normals()
    settings.faces += 1
    with pytest.raises(RuntimeError, match="make the detail again, or undo"):
        bpy.ops.aim.detail_to_multires()


# ------------------------------------------------------------------------------------------------- normals and shapes


def test_the_normal_map_of_this_frame_follows_the_convention(face: bpy.types.Object) -> None:
    assert bpy.ops.aim.bake_detail_normals() == {'FINISHED'}
    name = next(name for name in pictures(face) if "normal" in name)
    up = parse_png16((folder(face) / name).read_bytes()).astype(int)
    face.aim.detail.green = 'DIRECTX'
    assert bpy.ops.aim.bake_detail_normals() == {'FINISHED'}
    down = parse_png16((folder(face) / name).read_bytes()).astype(int)
    assert np.abs(up[..., 1] + down[..., 1] - 65535).max() <= 1
    assert np.array_equal(up[..., 0], down[..., 0])
    assert np.ptp(up[..., 1]) > 3000


def test_shapes_have_maps_with_what_they_do_to_the_jaw(face: bpy.types.Object) -> None:
    with pytest.raises(RuntimeError, match="press Make ARKit Shapes"):
        bpy.ops.aim.bake_detail_shapes()
    keys = rig_of(face).data.shape_keys
    keys.key_blocks[1].name = "mouthPucker"
    assert bpy.ops.aim.bake_detail_shapes() == {'FINISHED'}
    listed = json.loads((folder(face) / "maps.json").read_text())
    assert list(listed["shapes"]) == ["mouthPucker"]
    shape = played.arkit_shapes(face)["mouthPucker"]
    expected = played.played_actor(face).height(shape)
    written = read(folder(face) / listed["shapes"]["mouthPucker"]["height"])
    assert np.abs(written - expected).max() < 2 * PNG_STEP


# ----------------------------------------------------------------------------------------------------------- multires


def evaluated(rig: bpy.types.Object) -> np.ndarray:
    bpy.context.view_layer.update()
    mesh = rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.attributes["position"].data.foreach_get("vector", points.ravel())
    return points


@pytest.mark.parametrize("what", ["REST", "FRAME"])
def test_heights_go_into_multires_and_come_out_in_one_undo(
    face: bpy.types.Object, what: str
) -> None:
    rig, settings = rig_of(face), face.aim.detail
    settings.multires_levels = 1
    keys = rig.data.shape_keys
    keys.animation_data_clear()
    for block in keys.key_blocks[1:]:
        block.value = 0.0
    keys.key_blocks[1].value = 1.0
    armature_of(face).pose.bones["jaw"].rotation_mode = 'XYZ'
    armature_of(face).pose.bones["jaw"].rotation_euler.x = 0.2
    actor = played.played_actor(face)
    height = bake.heights(face, actor, what == 'FRAME', bpy.context)
    bpy.ops.ed.undo_push(message="before")
    meshes, chosen = len(bpy.data.meshes), bpy.context.view_layer.objects.active
    assert bpy.ops.aim.detail_to_multires(what=what) == {'FINISHED'}
    assert len(bpy.data.meshes) == meshes
    assert bpy.context.view_layer.objects.active == chosen
    assert keys.key_blocks[1].value == 1.0
    assert (settings.pores, settings.shown) == ((0.0, True) if what == 'REST' else (1.0, False))
    keys.key_blocks[1].value = 0.0
    for one in rig.modifiers:
        one.show_viewport = one.type == 'MULTIRES'
    modifier = rig.modifiers[multires.MODIFIER]
    dense = multires._displaced(rig, actor, height, 1, bpy.context)
    target = np.array([vertex.co for vertex in dense.data.vertices])
    bpy.data.objects.remove(dense)
    shown = evaluated(rig)
    assert shown.shape == target.shape
    apart = np.linalg.norm(shown - target, axis=1) / settings.units_per_mm
    assert apart.max() < 2e-3
    modifier.show_viewport = False
    assert len(evaluated(rig)) == settings.vertices
    rig_name = rig.name
    bpy.ops.ed.undo_push(message="multires")
    bpy.ops.ed.undo()
    assert multires.MODIFIER not in bpy.data.objects[rig_name].modifiers


def test_a_rig_with_multires_is_refused(face: bpy.types.Object) -> None:
    rig = rig_of(face)
    rig.modifiers.new("Mine", 'MULTIRES')
    with pytest.raises(RuntimeError, match="whose sculpt would be lost"):
        bpy.ops.aim.detail_to_multires()
    assert [one.name for one in rig.modifiers if one.type == 'MULTIRES'] == ["Mine"]
    rig.modifiers.remove(rig.modifiers["Mine"])
    rig.hide_set(True)
    with pytest.raises(RuntimeError, match="show it first"):
        bpy.ops.aim.detail_to_multires()


def test_strain_of_the_meshs_own_vectors_is_the_modifiers(face: bpy.types.Object) -> None:
    (frame,) = played.read_frames(face, [3], bpy.context)
    own = played.played_actor(face).channels(frame.vertices)
    assert frame.channels.max() > 0.02
    assert np.abs(own - frame.channels).max() <= 5e-4
    assert skin.rest_mesh(rig_of(face)).vertices.shape == frame.vertices.shape
