# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances played on characters and actors by the real worker: what moves, what is made, what is kept."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon import compat
from aim_blender_addon.bridge.data.shape_keys import read_points
from aim_blender_addon.bridge.retarget import correspondence
from aim_blender_addon.bridge.retarget.request import output_path
from tests.addon import characters, faces
from tests.addon.recorder import draw

FRAMES = range(1, 11)
OWN = (
    "browInnerUp",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "jawOpen",
    "mouthSmileLeft",
    "mouthSmileRight",
)
#: Frame of the scene (24 a second) at which the recording (30 a second, 12 frames) shows the open mouth.
OPEN = 5


pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture(autouse=True)
def _saved(_empty_file: None, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))


@pytest.fixture
def curves(tmp_path: Path) -> str:
    return str(characters.write_curves(tmp_path / "take.csv"))


def retarget(target: bpy.types.Object, curves: str) -> bpy.types.PropertyGroup:
    """Curves on a character, from the import to the Action."""
    faces.select([target])
    assert bpy.ops.aim.import_face_curves(filepath=curves) == {'FINISHED'}
    assert bpy.ops.aim.find_correspondence() == {'FINISHED'}
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert target.aim.retarget.shown_frames and not target.aim.retarget.shown_off
    return target.aim.retarget


def key_value(obj: bpy.types.Object, name: str, frame: int) -> float:
    bpy.context.scene.frame_set(frame)
    keys = obj.data.shape_keys.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return keys.key_blocks[name].value


def displacement(obj: bpy.types.Object, name: str) -> np.ndarray:
    """[V, 3] mm of a shape key."""
    keys = obj.data.shape_keys
    return 1000 * (read_points(keys.key_blocks[name]) - read_points(keys.reference_key))


def test_a_neutral_alone_gets_shapes_bones_and_a_layered_action(curves: str) -> None:
    hero = characters.add()
    hero.aim.retarget.make_bones = True
    state = retarget(hero, curves)
    assert state.played_frames == 12 and state.baked_p99_mm <= state.tolerance_mm
    truth = dict(zip(characters.head().unit_names, characters.head().units, strict=True))
    for name in ("mouthSmileLeft", "eyeBlinkRight"):
        likeness = np.corrcoef(displacement(hero, name).ravel(), truth[name].ravel())[0, 1]
        assert likeness > 0.95, name
    armature = state.armature
    assert {"skull", "jaw"} <= {bone.name for bone in armature.data.bones}
    moved = characters.play(hero, FRAMES)
    opened = moved[OPEN - 1] - moved[0]  # by the bone, with what the tissue does beside it
    assert 15e-3 < np.linalg.norm(opened, axis=1).max() < 60e-3
    assert np.corrcoef(opened.ravel(), truth["jawOpen"].ravel())[0, 1] > 0.95
    for owner in (armature, hero.data.shape_keys):
        tracks = owner.animation_data.nla_tracks
        assert [track.name for track in tracks] == ["AIM take Hero"]
        assert owner.animation_data.action.name == "take Hero Edits"


def test_edits_are_added_to_the_performance(curves: str) -> None:
    hero = characters.add("Hero", OWN)
    retarget(hero, curves)
    before = key_value(hero, "browInnerUp", OPEN)
    curve = hero.data.shape_keys.animation_data
    edit = compat.action_curves(curve.action, hero.data.shape_keys)
    points = edit.new('key_blocks["browInnerUp"].value').keyframe_points
    points.insert(1, 0.4)
    assert key_value(hero, "browInnerUp", OPEN) == pytest.approx(before + 0.4, abs=1e-3)
    assert key_value(hero, "jawOpen", OPEN) > 0.5
    # Once more: the take is written anew, the edit stays on top.
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert key_value(hero, "browInnerUp", OPEN) == pytest.approx(before + 0.4, abs=1e-3)
    assert len(curve.nla_tracks) == 1
    assert not any(action.name.endswith(".001") for action in bpy.data.actions)


def test_own_shapes_play_by_the_table_as_it_was_edited(curves: str) -> None:
    hero = characters.add("Hero", OWN)
    faces.select([hero])
    bpy.ops.aim.import_face_curves(filepath=curves)
    assert bpy.ops.aim.match_shapes() == {'FINISHED'}
    state = hero.aim.retarget
    rows = {row.name: row for row in state.matches if row.how == "name"}
    assert set(OWN) <= set(rows)
    assert all(rows[name].target == name and rows[name].likeness > 0.9 for name in OWN)
    rows["mouthSmileLeft"].use = False
    rows["mouthSmileRight"].weight = 0.5
    state.layer = False
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    smile = 1 + 0.8 * 11 * 24 / 30
    values = [key_value(hero, name, round(smile)) for name in ("mouthSmileLeft", "mouthSmileRight")]
    assert values[0] == pytest.approx(0.0, abs=1e-3) and 0.3 < values[1] <= 0.5
    assert key_value(hero, "jawOpen", OPEN) > 0.6
    action = hero.data.shape_keys.animation_data.action
    assert action.name == "take Hero" and not hero.data.shape_keys.animation_data.nla_tracks
    rows["jawOpen"].target = "gone"
    with pytest.raises(RuntimeError, match="'gone'"):
        bpy.ops.aim.retarget()
    assert hero.data.shape_keys.animation_data.action == action


def test_names_side_dot(curves: str) -> None:
    """Sides spelled as Blender spells them: every key on its own."""
    hero = characters.add("Hero", OWN)
    keys = hero.data.shape_keys.key_blocks
    names = {}
    for key in keys[1:]:
        names[key.name] = key.name.replace("Left", ".L").replace("Right", ".R")
        key.name = names[key.name]
    faces.select([hero])
    bpy.ops.aim.import_face_curves(filepath=curves)
    assert bpy.ops.aim.match_shapes() == {'FINISHED'}
    rows = [row for row in hero.aim.retarget.matches if row.how == "name"]
    assert {row.name: row.target for row in rows} == names and len(rows) == len(names)
    assert all(row.likeness > 0.9 for row in rows)


def test_rows_are_added_and_removed(curves: str) -> None:
    hero = characters.add("Hero", OWN)
    state = hero.aim.retarget
    with pytest.raises(RuntimeError, match="Pick a row"):
        bpy.ops.aim.remove_match()
    assert bpy.ops.aim.add_match() == {'FINISHED'}
    assert len(state.matches) == 1 and state.matches[0].how == "hand"
    assert bpy.ops.aim.remove_match() == {'FINISHED'}
    assert len(state.matches) == 0


def test_driven_shapes_move_by_their_property_or_are_named(curves: str) -> None:
    hero = characters.add("Hero", OWN)
    hero["smile"] = 0.0
    keys = hero.data.shape_keys.key_blocks
    add_driver(keys["mouthSmileLeft"], hero, '["smile"]', 'AVERAGE')
    add_driver(keys["jawOpen"], hero, "location[0]", 'SCRIPTED', "var * 2")
    keys["browInnerUp"].mute = True
    state = retarget(hero, curves)
    assert "so they were left alone: browInnerUp, jawOpen" in state.shown_notes
    bpy.context.scene.frame_set(8)
    twin = hero.evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert twin["smile"] > 0.5
    assert key_value(hero, "mouthSmileLeft", 8) == pytest.approx(twin["smile"], abs=1e-4)
    assert key_value(hero, "jawOpen", OPEN) == 0.0


def add_driver(
    key: bpy.types.ShapeKey, owner: bpy.types.Object, path: str, kind: str, expression: str = ""
) -> None:
    driver = key.driver_add("value").driver
    driver.type = kind
    variable = driver.variables.new()
    variable.targets[0].id, variable.targets[0].data_path = owner, path
    if expression:
        driver.expression = expression


def test_locked_shapes_that_were_made_stay_as_they_are(curves: str) -> None:
    hero = characters.add()
    state = retarget(hero, curves)
    key = hero.data.shape_keys.key_blocks["mouthSmileLeft"]
    points = read_points(key)
    points[:, 2] += 0.001
    key.points.foreach_set("co", points.ravel())
    key.lock_shape = True
    state.gain = 0.5
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    np.testing.assert_array_equal(read_points(key), points)
    assert state.shown_off  # half the smile was made, and the whole one shows


@pytest.mark.parametrize("mode", ['QUATERNION', 'XYZ'])
def test_a_jaw_bone_of_the_character_is_used(curves: str, mode: str) -> None:
    hero = characters.add()
    armature = add_armature(hero)
    armature.pose.bones["C_Jaw_jnt"].rotation_mode = mode
    armature.pose.bones["C_Jaw_jnt"].lock_location = (True, True, True)
    actor = characters.add_actor(OWN)
    hero.aim.retarget.source = actor
    state = retarget(hero, curves)
    assert state.armature is None and len(armature.data.bones) == 3
    bpy.context.scene.frame_set(OPEN)
    bone = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones["C_Jaw_jnt"]
    turn = (bone.bone.matrix_local.inverted() @ bone.matrix).to_quaternion().angle
    assert 0.15 < turn < 0.4
    assert bone.location.length == 0.0
    moved = characters.play(hero, FRAMES)
    assert 10e-3 < np.linalg.norm(moved[OPEN - 1] - moved[0], axis=1).max() < 60e-3
    state.use_jaw_bone = False
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    again = characters.play(hero, FRAMES)
    assert np.linalg.norm(again - moved, axis=2).mean() < 1e-3


def add_armature(obj: bpy.types.Object) -> bpy.types.Object:
    """Neck, head and jaw as many characters have them, with weights, under a mesh."""
    points = characters.head().skin.vertices / 1000
    incisor = characters.head().incisor / 1000
    data = bpy.data.armatures.new("Body")
    armature = bpy.data.objects.new("Body", data)
    bpy.context.scene.collection.objects.link(armature)
    faces.select([armature])
    bpy.ops.object.mode_set(mode='EDIT')
    low = float(points[:, 2].min())
    places = {
        "C_Neck_jnt": ((0, 0.03, low), (0, 0.03, low + 0.06), ""),
        "C_Head_jnt": ((0, 0.03, low + 0.06), (0, 0.03, low + 0.2), "C_Neck_jnt"),
        "C_Jaw_jnt": (tuple(incisor + (0, 0.08, 0.045)), tuple(incisor), "C_Head_jnt"),
    }
    for name, (head, tail, parent) in places.items():
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = head, tail
        bone.parent = data.edit_bones.get(parent)
    bpy.ops.object.mode_set(mode='OBJECT')
    unit = characters.head().units[characters.head().unit_names.index("jawOpen")]
    jaw = np.clip(np.linalg.norm(unit, axis=1) / 30, 0, 1)
    for name, weights in (("C_Head_jnt", 1 - jaw), ("C_Jaw_jnt", jaw)):
        group = obj.vertex_groups.new(name=name)
        for vertex, weight in enumerate(weights.tolist()):
            if weight > 0:
                group.add((vertex,), weight, 'REPLACE')
    obj.modifiers.new("Armature", 'ARMATURE').object = armature
    faces.select([obj])
    return armature


def test_an_actor_plays_curves_and_another_face_plays_what_was_solved(
    curves: str, tmp_path: Path
) -> None:
    actor = characters.add_actor(OWN)
    actor.aim.retarget.source = actor
    state = retarget(actor, curves)
    assert state.played_frames == 12 and state.baked_p99_mm <= state.tolerance_mm
    rig_moved = characters.play(actor.aim.rig, FRAMES)
    assert 15e-3 < np.linalg.norm(rig_moved[OPEN - 1] - rig_moved[0], axis=1).max() < 60e-3
    assert turned(actor.aim.armature, "jaw", OPEN) > 0.1
    # What was played has the form of a solved performance, a frame of the scene for each of its own.
    hero = characters.add()
    state = hero.aim.retarget
    state.source, state.path = actor, str(output_path(actor))
    state.make_bones = True
    assert bpy.ops.aim.retarget() == {'FINISHED'}  # finds the correspondence, too
    assert correspondence.has_map(hero)
    moved = characters.play(hero, FRAMES)
    assert not state.shown_off
    off = (moved[5] - moved[0]) - (rig_moved[OPEN - 1] - rig_moved[0])
    assert np.linalg.norm(off, axis=1).mean() < 0.5e-3
    assert turned(state.armature, "jaw", 6) > 0.1
    state.path = str(tmp_path / "shot.blend")
    with pytest.raises(RuntimeError, match="no solved performance"):
        bpy.ops.aim.retarget()


def turned(armature: bpy.types.Object, name: str, frame: int) -> float:
    """Radians that a bone has turned from its rest, relative to its parent."""
    bpy.context.scene.frame_set(frame)
    bone = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones[name]
    parent = bone.parent.matrix.inverted() @ bone.matrix
    rest = bone.parent.bone.matrix_local.inverted() @ bone.bone.matrix_local
    return (rest.inverted() @ parent).to_quaternion().angle


def test_an_animated_mesh_plays_on_another(curves: str) -> None:
    source = characters.add("Source", OWN)
    retarget(source, curves)
    hero = characters.add()
    hero.location.x = 0.5
    state = hero.aim.retarget
    state.source_kind, state.source, state.head_motion = 'MESH', source, False
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = FRAMES[0], FRAMES[-1]
    faces.select([hero])
    assert bpy.ops.aim.find_correspondence() == {'FINISHED'}
    bpy.context.scene.frame_set(7)
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert bpy.context.scene.frame_current == 7
    assert not state.shown_off
    off = characters.play(hero, FRAMES) - characters.play(source, FRAMES) - [0.5, 0, 0]
    assert np.linalg.norm(off, axis=2).mean() < 0.5e-3
    assert np.quantile(np.linalg.norm(off, axis=2), 0.99) < 2e-3


def test_what_was_found_survives_saving_and_undo_and_landmarks_make_it_stale(
    curves: str, tmp_path: Path
) -> None:
    hero = characters.add("Hero", OWN)
    retarget(hero, curves)
    before = correspondence.map_bytes(hero)
    assert bpy.ops.aim.show_landmark_pairs() == {'FINISHED'}
    empty = next(e.empty for e in hero.aim.landmarks if e.name == "pronasale")
    assert empty is not None and len(hero.aim.landmarks) > 20
    empty.location.z += 0.004
    assert bpy.ops.aim.show_landmark_pairs() == {'FINISHED'}
    assert [e.name for e in hero.aim.landmarks if e.by_hand] == ["pronasale"]
    assert not any(e.empty for e in hero.aim.landmarks)
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    hero = bpy.data.objects["Hero"]
    state = hero.aim.retarget
    assert correspondence.map_bytes(hero) == before
    assert len(state.matches) >= len(OWN) and state.played_name == "take"
    fingerprint = state.fingerprint
    faces.select([hero])
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert hero.aim.retarget.fingerprint != fingerprint


def test_retargeting_is_one_undo_step(curves: str) -> None:
    characters.add("Hero", OWN)
    assert bpy.ops.aim.import_face_curves(filepath=curves, play=False) == {'FINISHED'}
    assert bpy.ops.aim.find_correspondence() == {'FINISHED'}
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.aim.retarget('EXEC_DEFAULT', True) == {'FINISHED'}
    assert bpy.data.objects["Hero"].aim.retarget.played_frames == 12
    bpy.ops.ed.undo()
    hero = bpy.data.objects["Hero"]
    assert hero.aim.retarget.played_frames == 0 and hero.parent is None
    assert len(hero.data.shape_keys.key_blocks) == 1 + len(OWN)
    assert hero.data.shape_keys.animation_data is None and correspondence.has_map(hero)


def test_the_map_is_shown_as_a_checker_and_saved(curves: str, tmp_path: Path) -> None:
    actor = characters.add_actor(OWN)
    hero = characters.add()
    hero.aim.retarget.source = actor
    retarget(hero, curves)
    assert bpy.ops.aim.show_correspondence() == {'FINISHED'}
    colours = []
    for obj in (hero, actor):
        rgba = np.empty((len(obj.data.vertices), 4), np.float32)
        obj.data.color_attributes["aim_display"].data.foreach_get("color", rgba.ravel())
        colours.append(rgba)
    np.testing.assert_allclose(*colours, atol=1e-3)  # the same head: same place, same colour
    assert len(np.unique(np.round(colours[0], 2), axis=0)) > 100
    assert bpy.ops.aim.show_correspondence() == {'FINISHED'}
    assert "aim_display" not in hero.data.color_attributes
    path = tmp_path / "pair.npz"
    assert bpy.ops.aim.save_correspondence(filepath=str(path)) == {'FINISHED'}
    assert path.read_bytes() == correspondence.map_bytes(hero)


def test_the_panel_draws_in_every_state(curves: str) -> None:
    assert "animated" in " ".join(draw(bpy.types.AIM_PT_retarget).texts)
    hero = characters.add("Hero", OWN)
    drawn = draw(bpy.types.AIM_PT_retarget)
    assert "aim.find_correspondence" in drawn.operators
    hero.aim.retarget.source_kind, hero.aim.retarget.curves_path = 'CURVES', curves
    hero.aim.animation.refine = True
    assert {"aim.retarget", "aim.play_directly"} <= set(draw(bpy.types.AIM_PT_animation).operators)
    add_armature(hero)
    retarget(hero, curves)
    drawn = draw(bpy.types.AIM_PT_retarget)
    assert {"aim.retarget", "aim.match_shapes", "aim.show_correspondence"} <= set(drawn.operators)
    for text in drawn.texts:
        assert len(text) <= 36, text
