# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters in scenes of the user's: a retargeting plays there what it says, through the operators and the worker."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon import compat
from aim_blender_addon.backend.io.npz import NpzRows
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.retarget.request import output_path
from aim_blender_addon.operators.performance import shown_report
from tests.addon import characters, faces
from tests.addon.test_retarget import OPEN, OWN, add_armature

#: Scene frames (24 a second) of the frames of the recording (30 a second).
FRAMES = 1 + np.arange(12) * 24 / 30


pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings of the last take: a script is not shown them."""
    found: list[str] = []
    own = shown_report.sentences

    def noting(*args: object) -> list[str]:
        found[:] = own(*args)
        return found

    monkeypatch.setattr(shown_report, "sentences", noting)
    return found


@pytest.fixture
def hero(tmp_path: Path) -> bpy.types.Object:
    """The head with six of ARKit's keys, and curves to play."""
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    hero = characters.add("Hero", OWN)
    curves = characters.write_curves(tmp_path / "take.csv")
    assert bpy.ops.aim.import_face_curves(filepath=str(curves), play=False) == {'FINISHED'}
    assert bpy.ops.aim.find_correspondence() == {'FINISHED'}
    return hero


def off(hero: bpy.types.Object) -> np.ndarray:
    """[T, V] mm: how far the evaluated skin is from what the worker has made."""
    made = NpzRows(output_path(hero), "vertices").whole()
    back, found = head_space(hero, bpy.context).from_world(), []
    for frame, points in zip(FRAMES, made, strict=True):
        bpy.context.scene.frame_set(int(frame), subframe=float(frame - int(frame)))
        shown = characters.shown(hero)
        found.append(np.linalg.norm(shown @ back[:3, :3].T + back[:3, 3] - points, axis=1))
    return np.stack(found)


def check_said(hero: bpy.types.Object) -> None:
    """The figures of the panel are those of the scene."""
    state, distance = hero.aim.retarget, off(hero)
    assert (state.shown_seen, state.shown_frames) == (12, 12)
    assert state.shown_mean_mm == pytest.approx(distance.mean(), abs=0.01)
    assert state.baked_p99_mm == pytest.approx(np.quantile(distance, 0.99), abs=0.01)
    assert state.shown_largest_mm == pytest.approx(distance.max(), abs=0.01)


def opened(hero: bpy.types.Object) -> float:
    """How far the mouth opens, in thousandths of the head's diagonal."""
    moved = characters.play(hero, [1, OPEN])
    size = np.linalg.norm(np.ptp(moved[0], axis=0))
    return 1000 * np.linalg.norm(moved[1] - moved[0], axis=1).max() / size


def test_absolute_keys_are_refused_and_mended_by_asking(hero: bpy.types.Object) -> None:
    """Case scene_absolute_keys."""
    keys = hero.data.shape_keys
    keys.use_relative = False
    with pytest.raises(RuntimeError, match="turn on Relative"):
        bpy.ops.aim.retarget()
    assert not keys.use_relative and not bpy.data.actions
    assert bpy.ops.aim.make_keys_relative() == {'FINISHED'}
    assert keys.use_relative and not bpy.ops.aim.make_keys_relative.poll()
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert opened(hero) == pytest.approx(88.0, rel=0.02)
    assert not hero.aim.retarget.shown_off
    check_said(hero)


def test_range_that_ends_too_early_is_made_up_for_or_widened(
    hero: bpy.types.Object, said: list[str]
) -> None:
    """Case scene_slider_max."""
    jaw = hero.data.shape_keys.key_blocks["jawOpen"]
    jaw.slider_max = 0.3
    state = hero.aim.retarget
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert opened(hero) == pytest.approx(88.0, rel=0.02)
    assert jaw.slider_max == pytest.approx(0.3) and not state.shown_off
    check_said(hero)
    assert len(said) == 1 and "jawOpen" in said[0] and "Widen Ranges" in said[0]
    made_up = state.correctives
    state.widen_ranges = True
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert jaw.slider_max > 0.8 and state.correctives < made_up and not said
    assert opened(hero) == pytest.approx(88.0, rel=0.02)
    check_said(hero)
    jaw.slider_max = 0.3  # after the take: nothing makes up for it now
    distance = off(hero)
    assert distance.max() > 15


@pytest.mark.parametrize("layered", [True, False])
def test_actions_and_tracks_of_the_user_make_room(
    hero: bpy.types.Object, layered: bool, said: list[str], tmp_path: Path
) -> None:
    """Cases scene_old_face_action and scene_body_action, with tracks and after saving."""
    armature = add_armature(hero)
    hero.aim.retarget.layer = layered
    keys = hero.data.shape_keys
    jaw = keys.key_blocks["jawOpen"]
    for frame, value in ((1, 0.0), (20, 1.0)):
        jaw.value = value
        jaw.keyframe_insert("value", frame=frame)
    old = keys.animation_data.action
    older = bpy.data.actions.new("Older")
    curve = compat.action_curves(older, keys).new('key_blocks["mouthSmileLeft"].value')
    curve.keyframe_points.insert(1, 0.4)
    track = keys.animation_data.nla_tracks.new()
    compat.add_strip(track, "Older", 1, older, keys).frame_end = 40
    track.mute = True
    body = bpy.data.actions.new("Body")
    compat.assign_action(armature, body)
    for bone in armature.pose.bones:
        bone.rotation_mode = 'XYZ'
        for frame in (1, 30):
            bone.rotation_euler = (0, 0, 0) if bone.name != "C_Neck_jnt" else (frame / 300, 0, 0)
            bone.keyframe_insert("rotation_euler", frame=frame)
    bpy.context.scene.frame_set(1)
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert not hero.aim.retarget.shown_off and hero.aim.retarget.shown_largest_mm < 5
    assert sum(old.name in text or "Body" in text for text in said) == 2 == len(said)
    before = characters.play(hero, [1, OPEN, 10])
    path = str(tmp_path / "again.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    hero = bpy.data.objects["Hero"]
    np.testing.assert_allclose(characters.play(hero, [1, OPEN, 10]), before, atol=1e-6)
    assert {"Older", "Body", old_name(hero)} <= {action.name for action in bpy.data.actions}
    bpy.context.scene.frame_set(30)
    neck = bpy.data.objects["Body"].pose.bones["C_Neck_jnt"]
    assert neck.rotation_euler.x == pytest.approx(0.1, abs=1e-4)


def old_name(hero: bpy.types.Object) -> str:
    """The user's Action on a track that was made for it."""
    tracks = hero.data.shape_keys.animation_data.nla_tracks
    return next(t.strips[0].action.name for t in tracks if "below the take" in t.name)


def test_what_the_user_adds_is_in_the_figure(hero: bpy.types.Object, said: list[str]) -> None:
    armature = add_armature(hero)
    smooth = hero.modifiers.new("Smooth", 'SMOOTH')
    smooth.iterations = 10
    turned = armature.pose.bones["C_Head_jnt"].constraints.new('COPY_ROTATION')
    turned.target = bpy.data.objects.new("Aim", None)
    bpy.context.scene.collection.objects.link(turned.target)
    turned.target.rotation_euler.z = 0.2
    faces.select([hero])
    assert bpy.ops.aim.retarget() == {'FINISHED'}
    assert hero.aim.retarget.shown_off
    check_said(hero)
    assert [True, True] == [any(name in text for text in said) for name in ("Smooth", "C_Head_jnt")]
