# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves straight onto rigs and characters, without the worker; and the one panel that asks what there is."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon import compat
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.shape_names import ARKIT
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.data.playing import go_to
from aim_blender_addon.bridge.direct import target as targets
from aim_blender_addon.bridge.performance.writing import Performance, write_performance
from aim_blender_addon.bridge.retarget.turned_bones import eye_poses
from aim_blender_addon.bridge.rig import bake
from aim_blender_addon.bridge.rig.objects import armature_of
from aim_blender_addon.bridge.shapes import making, shape_sets
from aim_blender_addon.jobs import environment
from aim_blender_addon.operators.animation import play_directly
from tests.addon import characters, faces, models, stand_in
from tests.addon.named_head import hero, with_head_bone
from tests.addon.recorder import draw

#: A frame at which the mouth of the recording is open, and one at which the eyes are shut.
OPEN, BLINK = 16.5, 7.0


@pytest.fixture(autouse=True)
def _no_python(_empty_file: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set up, and the scene has the recording's rate."""
    monkeypatch.setattr(environment, "disabled_reason", lambda _context: environment.NOTHING_SET_UP)
    bpy.context.scene.render.fps = 60


def curves(folder: Path, head: str = "", values: str = "") -> str:
    """The usual recording over 31 frames, with a column more where one is named."""
    path = characters.write_curves(folder / "take.csv", frames=31)
    if head:
        first, *rows = path.read_text().splitlines()
        path.write_text("\n".join([f"{first},{head}", *(f"{row},{values}" for row in rows)]))
    return str(path)


def value(obj: bpy.types.Object, name: str, frame: float) -> float:
    go_to(bpy.context.scene, frame)
    bpy.context.view_layer.update()
    return obj.data.shape_keys.key_blocks[name].value


def turned(armature: bpy.types.Object, bone: str, frame: float) -> float:
    """Radians that a bone has turned beside its parent."""
    go_to(bpy.context.scene, frame)
    bpy.context.view_layer.update()
    pose = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones[bone]
    matrix = pose.parent.matrix.inverted() @ pose.matrix if pose.parent else pose.matrix
    rest = pose.bone.matrix_local
    if pose.parent:
        rest = pose.parent.bone.matrix_local.inverted() @ rest
    return (rest.inverted() @ matrix).to_quaternion().angle


def actor(names: tuple[str, ...]) -> bpy.types.Object:
    """A baked actor whose expressions have these names, each with a jaw pose."""
    face = stand_in.add_neutral(stand_in.make_model(3))
    model = models.make_model(names, stand_in.make_model(3).neutral)
    storage.store_model(face, model_to_bytes(model))
    bake.bake_rig(face, model, bpy.context, bake.BakeOptions())
    faces.select([face])
    return face


def test_an_imported_file_plays_at_once_and_is_one_step_to_undo(tmp_path: Path) -> None:
    obj, path = hero(), curves(tmp_path)
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.aim.import_face_curves('EXEC_DEFAULT', True, filepath=path) == {'FINISHED'}
    assert value(obj, "jawOpen", OPEN) > 0.9
    assert value(obj, "eyeBlinkLeft", BLINK) > 0.9 and value(obj, "jawOpen", BLINK) < 0.1
    assert obj.aim.retarget.played_frames == 31
    bpy.ops.ed.undo()
    assert not bpy.data.actions
    assert value(bpy.data.objects["Hero"], "jawOpen", OPEN) == 0


def test_settings_of_the_curves_count_when_played_again(tmp_path: Path) -> None:
    obj = hero()
    bpy.ops.aim.import_face_curves(filepath=curves(tmp_path))
    obj.aim.retarget.curves_limits = (0.0, 0.5)
    assert bpy.ops.aim.play_directly() == {'FINISHED'}
    assert value(obj, "jawOpen", OPEN) == pytest.approx(0.5, abs=0.01)
    assert len(obj.data.shape_keys.animation_data.nla_tracks) == 1  # in place of the first


def test_a_face_whose_names_do_not_say_all_waits_for_retarget(tmp_path: Path) -> None:
    obj = hero(("eyeBlinkLeft", "happy"))
    assert bpy.ops.aim.import_face_curves(filepath=curves(tmp_path)) == {'FINISHED'}
    assert obj.data.shape_keys.animation_data is None
    assert obj.aim.retarget.curves_path.endswith("take.csv")
    assert bpy.ops.aim.play_directly() == {'FINISHED'}  # what there is, when asked for
    assert value(obj, "eyeBlinkLeft", BLINK) > 0.9


def test_a_face_without_the_names_says_the_way(tmp_path: Path) -> None:
    obj = hero(("happy", "sad"))
    bpy.ops.aim.import_face_curves(filepath=curves(tmp_path))
    assert not bpy.ops.aim.play_directly.poll()
    assert "retarget onto this character" in play_directly.disabled_reason(bpy.context)
    assert "retarget onto this character" in " ".join(draw(bpy.types.AIM_PT_animation).texts)
    assert obj.data.shape_keys.animation_data is None


def test_own_expressions_of_arkits_names_pose_the_jaw_bone(tmp_path: Path) -> None:
    face = actor(("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft", "mouthSmileRight"))
    model = storage.load_model(face)
    bpy.ops.aim.import_face_curves(filepath=curves(tmp_path))
    armature = armature_of(face)
    pose = model.jaw_poses[model.expression_names.index("jawOpen")]
    angle = np.arccos(np.clip((np.trace(pose[:3, :3]) - 1) / 2, -1, 1))
    shown = value(face.aim.rig, "jawOpen", OPEN)
    assert shown * angle > 1e-3
    assert turned(armature, "jaw", OPEN) == pytest.approx(shown * angle, rel=0.1)
    assert turned(armature, "jaw", 1.0) < 1e-3  # the Action of the scans does not pose it beside


def test_arkits_shapes_of_an_actor_move_the_jaw_bone_by_their_switch(tmp_path: Path) -> None:
    face = actor(("stretch", "squeeze", "grin"))
    assert "Make ARKit Shapes" in targets.without_names(bpy.context)
    assert "aim.make_arkit_shapes" in draw(bpy.types.AIM_PT_animation).operators
    rig = face.aim.rig
    count = len(rig.data.vertices)
    jaws = np.zeros((len(ARKIT), 4))
    jaws[ARKIT.index("jawOpen")] = 0.3, 0.0, 0.0, 0.0
    points = np.zeros((len(ARKIT), count, 3), np.float32)
    making.write_arkit(face, ARKIT, points, jaws, bpy.context)
    shape_sets.show(face, shape_sets.OWN)
    assert bpy.ops.aim.import_face_curves(filepath=curves(tmp_path)) == {'FINISHED'}
    assert face.aim.shapes.shown_set == shape_sets.ARKIT
    assert "left alone" not in face.aim.retarget.shown_notes
    assert turned(armature_of(face), "jaw", OPEN) == pytest.approx(0.3, abs=0.02)
    assert turned(armature_of(face), "jaw", BLINK) < 0.02


def test_a_stream_poses_the_jaw_bone_of_an_actor() -> None:
    from aim_blender_addon.backend.live.stream import Frame

    face = actor(("jawOpen", "eyeBlinkLeft", "grin"))
    target = targets.find_target(bpy.context)
    target.show(Frame(0.0, {"jawOpen": 1.0}))
    bpy.context.view_layer.update()
    bone = armature_of(face).pose.bones["jaw"]
    pose = storage.load_model(face).jaw_poses[0]
    angle = np.arccos(np.clip((np.trace(pose[:3, :3]) - 1) / 2, -1, 1))
    assert angle > 1e-3 and bone.matrix_basis.to_quaternion().angle == pytest.approx(angle, rel=0.1)


@pytest.mark.parametrize("names", [("Eye_L", "Eye_R"), ("LeftEye", "RightEye"), ("eye.L", "eye.R")])
def test_eye_bones_of_a_character_are_found_by_name(tmp_path: Path, names: tuple[str, str]) -> None:
    obj = hero()
    armature = with_head_bone(obj)
    for bone, name in zip(("eye.L", "eye.R"), names, strict=True):
        del armature.data.bones[bone]["aim_bone"]
        armature.data.bones[bone].name = name
    faces.select([obj])
    bpy.ops.aim.import_face_curves(filepath=curves(tmp_path, "EyeLookOutLeft", "1.0"))
    assert turned(armature, names[0], 5.0) > 0.5
    assert turned(armature, names[1], 5.0) < 1e-3


def test_a_retargeted_look_turns_a_characters_own_eye_bones() -> None:
    obj = hero()
    armature = with_head_bone(obj)
    for bone in ("eye.L", "eye.R"):
        del armature.data.bones[bone]["aim_bone"]
    look = np.zeros((3, 2, 2))
    look[1, 0], look[1, 1] = (0.3, 0.0), (0.0, 0.2)
    poses = eye_poses(obj, armature, False, look)
    assert list(poses) == ["eye.L", "eye.R"]
    still, count = np.tile(np.eye(4), (3, 1, 1)), len(obj.data.vertices)
    take = Performance(
        *("take", np.arange(1.0, 4.0), np.ones(3, bool), (), still, still),
        *(np.zeros((3, 0)), np.zeros((0, count, 3)), np.zeros((3, 0)), ("", "")),
        more_bones=poses,
    )
    write_performance(obj, armature, take, 1.0)
    assert turned(armature, "eye.L", 2.0) == pytest.approx(0.3, abs=1e-3)
    assert turned(armature, "eye.R", 2.0) == pytest.approx(0.2, abs=1e-3)
    assert turned(armature, "eye.L", 1.0) < 1e-3


def test_eyes_that_shape_keys_turn_are_not_turned_again(tmp_path: Path) -> None:
    obj = hero()
    armature = with_head_bone(obj)
    for bone in ("eye.L", "eye.R"):
        del armature.data.bones[bone]["aim_bone"]
    points = np.array([v.co for v in obj.data.vertices])
    near = np.argsort(np.linalg.norm(points - [0.03, -0.09, 0.03], axis=1))[:20]
    obj.vertex_groups.new(name="eye.L").add(near.tolist(), 1.0, 'REPLACE')
    for point in near.tolist():
        obj.data.shape_keys.key_blocks["eyeLookOutLeft"].data[point].co.x += 0.02
    faces.select([obj])
    assert targets.find_target(bpy.context).eyes is None


def test_an_action_of_ones_own_is_set_aside_and_said(tmp_path: Path) -> None:
    obj = hero()
    keys = obj.data.shape_keys
    keys.key_blocks["jawOpen"].value = 0.25
    keys.key_blocks["jawOpen"].keyframe_insert("value", frame=1)
    own = keys.animation_data.action.name
    bpy.ops.aim.import_face_curves(filepath=curves(tmp_path))
    assert value(obj, "jawOpen", OPEN) > 0.9 and value(obj, "jawOpen", 1.0) < 0.05
    track = next(t for t in keys.animation_data.nla_tracks if t.strips[0].action.name == own)
    assert track.mute


def test_a_broken_file_plays_nothing_and_says_so(tmp_path: Path) -> None:
    obj, path = hero(), tmp_path / "take.csv"
    path.write_text("these are\nno curves\n")
    with pytest.raises(RuntimeError, match=r"take\.csv"):
        bpy.ops.aim.import_face_curves(filepath=str(path))
    assert obj.data.shape_keys.animation_data is None


def test_the_panel_asks_what_there_is_and_shows_the_way() -> None:
    assert "Select the character" in " ".join(draw(bpy.types.AIM_PT_animation).texts)
    obj = hero()
    state = obj.aim.animation
    assert state.have == 'CURVES'
    assert "aim.import_face_curves" in draw(bpy.types.AIM_PT_animation).operators
    shown = {
        'CURVES': None,
        'STREAM': bpy.types.AIM_PT_live,
        'MARKERS': bpy.types.AIM_PT_performance,
        'TAKE': bpy.types.AIM_PT_retarget,
        'FACE': bpy.types.AIM_PT_retarget,
    }
    for have, panel in shown.items():
        state.have = have
        assert state.have == have
        inside = [other for other in {*shown.values()} - {None} if other.poll(bpy.context)]
        assert inside == ([panel] if panel else []), have
        draw(panel or bpy.types.AIM_PT_animation)
    assert obj.aim.retarget.source_kind == 'MESH'


def test_what_a_script_set_up_before_is_what_the_panel_shows() -> None:
    obj = hero()
    obj.aim.take.source = 'CAMERAS'
    assert obj.aim.animation.have == 'CAMERAS'
    obj.aim.retarget.source_kind = 'TAKE'
    assert obj.aim.animation.have == 'TAKE'


def test_nothing_plays_on_a_mesh_in_edit_mode(tmp_path: Path) -> None:
    obj = hero()
    obj.aim.retarget.curves_path = curves(tmp_path)
    bpy.ops.object.mode_set(mode='EDIT')
    assert not bpy.ops.aim.play_directly.poll()
    assert "Object or Pose Mode" in play_directly.disabled_reason(bpy.context)


def keys_of(obj: bpy.types.Object) -> int:
    actions = {s.action for t in obj.data.shape_keys.animation_data.nla_tracks for s in t.strips}
    return sum(len(c.keyframe_points) for action in actions for c in compat.all_curves(action))


def test_few_keys_keep_the_skin_within_the_tolerance(tmp_path: Path) -> None:
    obj = hero()
    at = np.arange(120) / 60
    columns = 0.5 + 0.4 * np.sin(np.outer(at, [3.0, 3.0, 5.0, 2.0, 2.0]))
    columns += np.random.default_rng(2).normal(0, 0.003, columns.shape)
    rows = [
        f"01:00:0{n // 60}:{n % 60:02d}.000,61," + ",".join(f"{v:.5f}" for v in row)
        for n, row in enumerate(columns)
    ]
    path = tmp_path / "long.csv"
    path.write_text("\n".join(["Timecode,BlendShapeCount," + ",".join(characters.CHANNELS), *rows]))
    bpy.ops.aim.import_face_curves(filepath=str(path))
    frames = range(1, 121, 5)
    dense, before = characters.play(obj, frames), keys_of(obj)
    obj.aim.animation.keys_tolerance_mm = 0.1
    assert bpy.ops.aim.reduce_keys() == {'FINISHED'}
    assert keys_of(obj) < before / 4
    off = np.linalg.norm(characters.play(obj, frames) - dense, axis=2)
    assert off.max() <= 0.1e-3 * 1.2  # frames between those that were looked at
    assert off.max() > 0
    action = obj.data.shape_keys.animation_data.nla_tracks[0].strips[0].action
    curve = compat.all_curves(action)[0]
    points = curve.keyframe_points
    assert {p.interpolation for p in points} == {'BEZIER'}
    assert {p.handle_left_type for p in points} == {'ALIGNED'}
    # It is still the take: playing again replaces it.
    assert bpy.ops.aim.play_directly() == {'FINISHED'}
    assert keys_of(obj) == before


def test_no_keys_are_reduced_where_no_take_plays() -> None:
    hero()
    assert not bpy.ops.aim.reduce_keys.poll()
    assert "Play a take on this face first" in " ".join(draw(bpy.types.AIM_PT_few_keys).texts)


@pytest.mark.parametrize("how", ["eye", "screen", "collection"])
def test_a_hidden_character_is_named_with_the_way_to_show_it(tmp_path: Path, how: str) -> None:
    obj = hero()
    if how == "eye":
        obj.hide_set(True)
    elif how == "screen":
        obj.hide_viewport = True
    else:
        collection = bpy.data.collections.new("Away")
        bpy.context.scene.collection.children.link(collection)
        collection.objects.link(obj)
        bpy.context.scene.collection.objects.unlink(obj)
        bpy.context.view_layer.layer_collection.children["Away"].exclude = True
    bpy.context.view_layer.objects.active = None
    said = f"{obj.name} is hidden: turn on its eye"
    with pytest.raises(RuntimeError, match=said):
        bpy.ops.aim.import_face_curves(filepath=curves(tmp_path))
    assert said in " ".join(draw(bpy.types.AIM_PT_animation).texts)


def test_a_drop_onto_nothing_says_so(tmp_path: Path) -> None:
    bpy.context.view_layer.objects.active = None
    for call in ('INVOKE_DEFAULT', 'EXEC_DEFAULT'):
        with pytest.raises(RuntimeError, match="Select the character to be animated first"):
            bpy.ops.aim.import_face_curves(call, filepath=curves(tmp_path))


def test_what_of_a_file_does_not_turn_is_said_and_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    """A head without bones, and a file that turns head and eyes: the status bar shows it last, the panel keeps it."""
    face = hero()
    path = tmp_path / "turns.csv"
    names = ["Timecode", "BlendshapeCount", *(n[:1].upper() + n[1:] for n in ARKIT)]
    names += [
        "HeadYaw",
        "HeadPitch",
        "HeadRoll",
        "LeftEyeYaw",
        "LeftEyePitch",
        "RightEyeYaw",
        "RightEyePitch",
    ]
    rows = [
        [f"00:00:00:{n:02d}.0", "52", *([str(0.1 * n)] * len(ARKIT)), *([str(0.05 * n)] * 7)]
        for n in range(5)
    ]
    path.write_text("\n".join(",".join(row) for row in [names, *rows]))
    capfd.readouterr()
    assert bpy.ops.aim.import_face_curves(filepath=str(path)) == {'FINISHED'}
    said = capfd.readouterr().out
    for text in ("no bones that turn its eyes", "no bone for its head"):
        assert said.index("plays on Hero") < said.index(text)
        assert text in " ".join(draw(bpy.types.AIM_PT_animation).texts)
        assert text in face.aim.retarget.shown_notes
