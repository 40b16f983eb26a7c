# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges through the muscles: correctives and caches, stopped and gone on with, and what plays meanwhile."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.takes import NpzRows
from aim_blender_addon.backend.solving.result_file import frames_kept, part_folder
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.muscles import simulated, store, take
from aim_blender_addon.bridge.muscles.pose import simulated_rig
from aim_blender_addon.bridge.rig import jaw_controls
from aim_blender_addon.bridge.shapes import combinations
from aim_blender_addon.operators.muscles.simulate_range import AIM_OT_simulate_range
from tests.addon import muscle_face, stand_in
from tests.addon.recorder import draw

pytestmark = pytest.mark.usefixtures("one_worker")
FRAMES = 4
#: Frames of a range that no worker makes before it is cancelled.
MANY = 40


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face with flesh whose smile and jaw are keyed over four frames."""
    return animated(muscle_face.with_flesh())


def animated(face: bpy.types.Object) -> bpy.types.Object:
    """Key the smile, the pucker and the jaw."""
    scene, keys = bpy.context.scene, face.aim.rig.data.shape_keys
    scene.frame_start, scene.frame_end = 1, FRAMES
    joint = storage.load_model(face).joint
    for frame, share in ((1, 0.0), (FRAMES, 1.0)):
        for name, most in (("smile", 0.9), ("pucker", 0.7)):
            keys.key_blocks[name].value = most * share
            keys.key_blocks[name].keyframe_insert("value", frame=frame)
        pose = joint.pose(np.array([np.radians(5.0) * share, 0, 0, 0]))
        jaw_controls.show_pose(face.aim.armature, pose)
        jaw_controls.key(face.aim.armature, frame)
    scene.frame_set(1)
    return face


def shown(obj: bpy.types.Object, frame: int) -> np.ndarray:
    """[V, 3] mm: a mesh object at a frame, in its own space."""
    bpy.context.scene.frame_set(frame)
    return stand_in.evaluated_mm(obj)


def simulate(monkeypatch: pytest.MonkeyPatch, **settings: object) -> np.ndarray:
    """Press the button; [T, V, 3] mm that the worker has simulated."""
    seen: list[np.ndarray] = []
    write = AIM_OT_simulate_range.write

    def remembered(self, context, target, result):  # noqa: ANN001, ANN202
        seen.append(NpzRows(self._output, "vertices").whole().astype(float))
        return write(self, context, target, result)

    monkeypatch.setattr(AIM_OT_simulate_range, "write", remembered)
    assert bpy.ops.aim.simulate_range(**settings) == {'FINISHED'}
    monkeypatch.undo()
    return seen[0]


def test_correctives_play_the_simulation_on_top_of_the_action(
    face: bpy.types.Object, monkeypatch
) -> None:
    keys = face.aim.rig.data.shape_keys
    own = keys.animation_data.action
    plain = [shown(face.aim.rig, frame) for frame in range(1, FRAMES + 1)]
    face.aim.muscles.tolerance_mm = 0.05
    skins = simulate(monkeypatch)
    assert np.linalg.norm(plain[-1] - skins[-1], axis=1).max() > 0.5
    for frame, skin in enumerate(skins, start=1):
        off = np.linalg.norm(shown(face.aim.rig, frame) - skin, axis=1)
        assert np.quantile(off, 0.99) < 0.06, frame
    assert keys.animation_data.action == own
    assert simulated.take_names(keys)
    bpy.ops.aim.compare_simulation()
    for frame, skin in enumerate(plain, start=1):
        np.testing.assert_allclose(shown(face.aim.rig, frame), skin, atol=1e-3)
    draw(bpy.types.AIM_PT_muscles_simulate)
    assert face.aim.muscles.frames == FRAMES and face.aim.muscles.seconds_a_frame > 0


@pytest.mark.one_blender
def test_a_second_range_replaces_the_first_and_rests_outside(
    face: bpy.types.Object, monkeypatch
) -> None:
    simulate(monkeypatch)
    settings = face.aim.muscles
    settings.range, settings.range_start, settings.range_end = 'CUSTOM', 3, 4
    simulate(monkeypatch)
    keys = face.aim.rig.data.shape_keys
    assert len(keys.animation_data.nla_tracks) == 1
    names = simulated.take_names(keys)
    assert names and len(
        [block for block in keys.key_blocks if block.name.startswith("sim")]
    ) == len(names)
    bpy.context.scene.frame_set(1)
    assert all(keys.key_blocks[name].value == 0 for name in names)
    bpy.context.scene.frame_set(4)
    assert any(keys.key_blocks[name].value != 0 for name in names)


@pytest.mark.one_blender
def test_a_pose_after_a_range_counts_what_the_range_shows(
    face: bpy.types.Object, monkeypatch
) -> None:
    skins = simulate(monkeypatch)
    bpy.context.scene.frame_set(FRAMES)
    before = shown(face.aim.rig, FRAMES)
    assert bpy.ops.aim.simulate_pose() == {'FINISHED'}
    after = shown(face.aim.rig, FRAMES)
    assert np.linalg.norm(after - skins[-1], axis=1).max() < 0.02
    assert np.linalg.norm(after - before, axis=1).max() < 0.5


def test_a_cache_plays_on_the_head_wherever_it_goes(
    face: bpy.types.Object, monkeypatch, tmp_path
) -> None:
    face.aim.muscles.output = 'CACHE'
    with pytest.raises(RuntimeError, match="Save the file first"):
        bpy.ops.aim.simulate_range()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    skull = face.aim.armature.pose.bones["skull"]
    for frame, turn in ((1, 0.0), (FRAMES, 0.3)):
        skull.rotation_mode = 'XYZ'
        skull.rotation_euler = (0, turn, 0)
        skull.keyframe_insert("rotation_euler", frame=frame)
    skins = simulate(monkeypatch)
    cache = take.cache_of(face)
    assert cache.visible_get() and not face.aim.rig.visible_get()
    assert not [prop for prop in cache.data.keys() if prop.startswith("aim_")]
    for frame in (1, FRAMES):
        np.testing.assert_allclose(shown(cache, frame), skins[frame - 1], atol=1e-2)
    bpy.ops.aim.compare_simulation()
    assert face.aim.rig.visible_get() and not cache.visible_get()
    # The head has gone along: the skin above the brows moves as the rig's does.
    far = storage.load_model(face).neutral.vertices[:, 2] > stand_in.CENTRE[2] + 60
    rig = shown(face.aim.rig, FRAMES)
    np.testing.assert_allclose(skins[-1][far], rig[far], atol=2e-2)
    assert not list(Path(tmp_path).rglob("*.npz"))


@pytest.mark.one_blender
def test_a_combination_shape_plays_in_a_cache_by_its_product_as_on_the_rig(
    face: bpy.types.Object, monkeypatch, tmp_path
) -> None:
    """Known answer: on what the muscles do lies the product of both parts' values times it, turned with the jaw."""
    keys = face.aim.rig.data.shape_keys
    block = combinations.combine(face.aim.rig, "smile", "pucker", combinations.PRODUCT)
    points = shape_keys.read_points(block)
    lip = points[points[:, 1].argmin()]
    near = np.exp(-(((points - lip) / 0.03) ** 2).sum(axis=1))[:, None]
    shape_keys.write_points(block, points + near * np.float32([0, -0.004, 0.003]))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    face.aim.muscles.output = 'CACHE'
    skins = simulate(monkeypatch)
    cache, share = take.cache_of(face), storage.load_model(face).evaluate().jaw_weight[:, None]
    for frame, skin in enumerate(skins, start=1):
        bpy.context.scene.frame_set(frame)
        value = keys.key_blocks["smile"].value * keys.key_blocks["pucker"].value
        way = value * 1000 * shape_keys.difference(block)
        turned = way @ jaw_controls.shown_pose(face.aim.armature)[:3, :3].T
        known = skin + way + share * (turned - way)
        np.testing.assert_allclose(shown(cache, frame), known, atol=1e-2)
    assert value > 0.6 and np.abs(known - skins[-1]).max() > 2.0
    face.aim.muscles.output = 'CORRECTIVES'
    face.aim.muscles.tolerance_mm = 0.05
    simulate(monkeypatch)
    off = np.linalg.norm(shown(face.aim.rig, FRAMES) - known, axis=1)
    assert np.quantile(off, 0.99) < 0.06


def test_a_cancelled_range_is_gone_on_with(face: bpy.types.Object, monkeypatch) -> None:
    """Cancelled at its third frame of many; the rig is as it was, and Resume makes the rest."""
    bpy.context.scene.frame_end = MANY
    output = take.output_path(face, bpy.context.scene)
    begin = AIM_OT_simulate_range.begin

    def stopped(self, context):  # noqa: ANN001, ANN202
        job = begin(self, context)
        poll = job.runner.poll

        def watched():  # noqa: ANN202
            if frames_kept(output)[0] >= 2:
                job.cancel()
            return poll()

        job.runner.poll = watched
        return job

    monkeypatch.setattr(AIM_OT_simulate_range, "begin", stopped)
    assert bpy.ops.aim.simulate_range() == {'CANCELLED'}
    monkeypatch.undo()
    done, count = frames_kept(output)
    assert 2 <= done < count == MANY and part_folder(output).is_dir()
    assert not simulated.take_names(face.aim.rig.data.shape_keys)
    assert "Resume" in draw(bpy.types.AIM_PT_muscles_simulate).texts
    assert len(simulate(monkeypatch, resume=True)) == MANY
    assert not part_folder(output).exists()


def test_reading_a_range_leaves_the_pose_as_it_is(face: bpy.types.Object) -> None:
    """Also a jaw that was moved and not keyed."""
    model, jaw = storage.load_model(face), face.aim.armature.pose.bones["jaw"]
    jaw.rotation_euler.x = 0.02
    reading = take.RangeReading.of(np.arange(1, FRAMES + 1), model)
    for _share in reading.steps(simulated_rig(face, model), model, bpy.context):
        pass
    assert reading.jaw[-1, 0] > 0.05
    assert jaw.rotation_euler.x == pytest.approx(0.02)


def test_resume_says_what_it_does() -> None:
    """Its tooltip is not that of a simulation from the first frame."""
    tooltip = bpy.ops.aim.simulate_range.get_rna_type().properties["resume"].description

    class Button:
        resume = True

    assert AIM_OT_simulate_range.description(bpy.context, Button) == tooltip
    Button.resume = False
    assert AIM_OT_simulate_range.description(bpy.context, Button) == ""


def test_start_over_says_what_is_forgotten(face: bpy.types.Object) -> None:
    class Button:
        resume = False

    kept = part_folder(take.output_path(face, bpy.context.scene))
    kept.mkdir(parents=True, exist_ok=True)
    try:
        assert "Forget the frames" in AIM_OT_simulate_range.description(bpy.context, Button)
    finally:
        kept.rmdir()


@pytest.mark.one_blender
def test_a_hidden_rig_is_read_all_the_same(face: bpy.types.Object, monkeypatch) -> None:
    plain = simulate(monkeypatch)
    bpy.ops.aim.compare_simulation()
    face.aim.rig.hide_set(True)
    np.testing.assert_allclose(simulate(monkeypatch), plain, atol=1e-2)


def test_a_range_without_frames_is_refused(face: bpy.types.Object) -> None:
    settings = face.aim.muscles
    settings.range, settings.range_start, settings.range_end = 'CUSTOM', 5, 4
    with pytest.raises(RuntimeError, match="has no frames"):
        bpy.ops.aim.simulate_range()
    store.remove(face)
    with pytest.raises(RuntimeError, match="Build the flesh first"):
        bpy.ops.aim.simulate_range()


def test_correctives_play_from_a_saved_file(face: bpy.types.Object, monkeypatch, tmp_path) -> None:
    skins = simulate(monkeypatch)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "face.blend"))
    face = bpy.data.objects["Head"]
    off = np.linalg.norm(shown(face.aim.rig, FRAMES) - skins[-1], axis=1)
    assert np.quantile(off, 0.99) < 0.12


@pytest.mark.one_blender
def test_flesh_lags_behind_a_head_that_stops(face: bpy.types.Object, monkeypatch) -> None:
    scene = bpy.context.scene
    scene.frame_end = 8
    armature = face.aim.armature
    for frame, place in ((1, 0.0), (4, 0.2)):
        armature.location.x = place
        armature.keyframe_insert("location", frame=frame)
    still = simulate(monkeypatch)
    face.aim.muscles.secondary = True
    shaken = simulate(monkeypatch)
    assert np.abs(shaken - still).max() > 0.05
    assert np.abs(shaken[:, :, 0] - still[:, :, 0]).max() > np.abs(shaken - still)[:, :, 2].max()
