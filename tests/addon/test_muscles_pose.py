# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses through the muscles: a combination shape with its driver, what it leaves alone, and what is refused."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.jobs.probe import ProbeResult
from aim_blender_addon.backend.jobs.simulate import SimulateResult
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.data.driven_keys import driver_of
from aim_blender_addon.bridge.muscles import combination, simulated, store
from aim_blender_addon.bridge.rig import jaw_controls
from aim_blender_addon.jobs import environment
from aim_blender_addon.operators.muscles.simulate import AIM_OT_simulate_pose
from tests.addon import muscle_face, stand_in
from tests.addon.recorder import draw

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face with flesh."""
    return muscle_face.with_flesh()


def pose(face: bpy.types.Object, opening: float = 0.0, **values: float) -> None:
    """Sliders, and the jaw opened by degrees."""
    for name, value in values.items():
        face.aim.rig.data.shape_keys.key_blocks[name].value = value
    joint = storage.load_model(face).joint
    jaw_controls.show_pose(
        face.aim.armature, joint.pose(np.array([np.radians(opening), 0.0, 0.0, 0.0]))
    )
    bpy.context.view_layer.update()


def shown(face: bpy.types.Object) -> np.ndarray:
    """[V, 3] mm: the rig as Blender evaluates it."""
    return stand_in.evaluated_mm(face.aim.rig)


def simulate(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Press the button; [V, 3] mm, the skin that the worker gave."""
    seen: list[SimulateResult] = []
    write = AIM_OT_simulate_pose.write

    def remembered(self, context, target, result):  # noqa: ANN001, ANN202
        seen.append(result)
        return write(self, context, target, result)

    monkeypatch.setattr(AIM_OT_simulate_pose, "write", remembered)
    assert bpy.ops.aim.simulate_pose() == {'FINISHED'}
    monkeypatch.undo()
    return seen[0].vertices[0].astype(float)


def test_the_pose_shows_the_simulation(face: bpy.types.Object, monkeypatch) -> None:
    pose(face, 4.0, smile=0.8, pucker=0.6)
    before = shown(face)
    skin = simulate(monkeypatch)
    assert np.linalg.norm(before - skin, axis=1).max() > 0.5
    np.testing.assert_allclose(shown(face), skin, atol=5e-3)
    name = simulated.pose_names(face.aim.rig.data.shape_keys)[0]
    assert name == "sim smile + pucker + jaw"
    assert not driver_of(face.aim.rig.data.shape_keys, name).driver.use_self
    figures = face.aim.muscles
    assert figures.frames == 1 and figures.solver and figures.worst_region
    assert "aim.compare_simulation" in draw(bpy.types.AIM_PT_muscles_simulate).operators


def test_contact_tells_how_deep_the_skin_lies(face: bpy.types.Object, monkeypatch) -> None:
    pose(face, 4.0, smile=0.8)
    simulate(monkeypatch)
    assert "In Bone or Skin" not in draw(bpy.types.AIM_PT_muscles_simulate).texts
    face.aim.muscles.contact = True
    skin = simulate(monkeypatch)
    assert 0 <= face.aim.muscles.deepest_mm < 1.0
    assert "In Bone or Skin" in draw(bpy.types.AIM_PT_muscles_simulate).texts
    np.testing.assert_allclose(shown(face), skin, atol=5e-3)


def test_scans_and_rest_stay_as_they_are(face: bpy.types.Object, monkeypatch) -> None:
    states = [(0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (6.0, 0.0, 0.0)]
    before = []
    for opening, smile, pucker in states:
        pose(face, opening, smile=smile, pucker=pucker)
        before.append(shown(face))
    pose(face, 4.0, smile=0.8, pucker=0.6)
    simulate(monkeypatch)
    for (opening, smile, pucker), skin in zip(states, before, strict=True):
        pose(face, opening, smile=smile, pucker=pucker)
        np.testing.assert_allclose(shown(face), skin, atol=2e-3)


@pytest.mark.one_blender
def test_half_of_a_scan_is_met_and_the_scan_stays(face: bpy.types.Object, monkeypatch) -> None:
    pose(face, smile=1.0)
    scan = shown(face)
    pose(face, smile=0.5)
    skin = simulate(monkeypatch)
    keys = face.aim.rig.data.shape_keys
    if not simulated.pose_names(keys):
        pytest.skip("half of this scan is linear")
    np.testing.assert_allclose(shown(face), skin, atol=5e-3)
    pose(face, smile=1.0)
    np.testing.assert_allclose(shown(face), scan, atol=2e-3)


@pytest.mark.one_blender
def test_a_second_pose_of_more_shapes_is_met_too(face: bpy.types.Object, monkeypatch) -> None:
    pose(face, smile=0.8, pucker=0.6)
    simulate(monkeypatch)
    pose(face, 5.0, smile=0.9, pucker=0.9)
    skin = simulate(monkeypatch)
    assert len(simulated.pose_names(face.aim.rig.data.shape_keys)) == 2
    np.testing.assert_allclose(shown(face), skin, atol=5e-3)


@pytest.mark.one_blender
def test_the_same_pose_again_replaces_its_shape(face: bpy.types.Object, monkeypatch) -> None:
    pose(face, smile=0.8, pucker=0.6)
    first = simulate(monkeypatch)
    for item in face.aim.muscles.muscles:
        item.on = not item.name.startswith("risorius")
        item.strength = 0.3
    second = simulate(monkeypatch)
    assert np.abs(first - second).max() > 1e-3
    assert len(simulated.pose_names(face.aim.rig.data.shape_keys)) == 1
    np.testing.assert_allclose(shown(face), second, atol=5e-3)


def test_what_the_user_sculpted_stays_on_top(face: bpy.types.Object, monkeypatch) -> None:
    pose(face, smile=0.8, pucker=0.6)
    block = face.aim.rig.shape_key_add(name="mine", from_mix=False)
    points = shape_keys.read_points(block)
    points[:, 2] += 0.002
    shape_keys.write_points(block, points)
    block.value = 1.0
    skin = simulate(monkeypatch)
    np.testing.assert_allclose(shown(face), skin + [0, 0, 2.0], atol=5e-3)


def test_compare_flips_to_plain_shapes_and_back(face: bpy.types.Object, monkeypatch) -> None:
    pose(face, smile=0.8, pucker=0.6)
    plain = shown(face)
    skin = simulate(monkeypatch)
    keys = face.aim.rig.data.shape_keys
    bpy.ops.aim.compare_simulation()
    np.testing.assert_allclose(shown(face), plain, atol=1e-3)
    assert simulated.is_compared(keys)
    bpy.ops.aim.compare_simulation()
    np.testing.assert_allclose(shown(face), skin, atol=5e-3)


def test_nothing_is_compared_before(face: bpy.types.Object) -> None:
    with pytest.raises(RuntimeError, match="Simulate a pose or a range first"):
        bpy.ops.aim.compare_simulation()


def test_it_plays_after_saving_where_scripts_may_not_run(
    face: bpy.types.Object, monkeypatch, tmp_path
) -> None:
    pose(face, 4.0, smile=0.8, pucker=0.6)
    skin = simulate(monkeypatch)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    bpy.context.preferences.filepaths.use_scripts_auto_execute = False
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "face.blend"), use_scripts=False)
    face = bpy.data.objects["Head"]
    face.aim.rig.data.shape_keys.key_blocks["smile"].value = 0.8
    np.testing.assert_allclose(shown(face), skin, atol=5e-3)


def test_a_scaled_and_moved_rig_shows_it_too(monkeypatch) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    matrix[:3, 3] = [1, 2, 3]
    muscle_face.built()
    result = muscle_face.built()
    obj = muscle_face.make(0.01, matrix)
    store.keep(obj, result)
    obj.aim.armature.scale = (2, 2, 2)
    pose(obj, 4.0, smile=0.8, pucker=0.6)
    skin = simulate(monkeypatch)
    np.testing.assert_allclose(shown(obj), skin, atol=2e-2)


def test_a_rig_at_rest_is_refused(face: bpy.types.Object) -> None:
    pose(face)
    with pytest.raises(RuntimeError, match="rests: pose it"):
        bpy.ops.aim.simulate_pose()


def test_a_renamed_shape_is_told(face: bpy.types.Object, capsys) -> None:
    pose(face, smile=0.8, pucker=0.6)
    face.aim.rig.data.shape_keys.key_blocks["pucker"].name = "kiss"
    assert bpy.ops.aim.simulate_pose() == {'FINISHED'}
    said = capsys.readouterr().out
    assert "not simulated: pucker" in said and "on top of the simulation: kiss" in said


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda face: face.aim.rig.hide_set(True), "rig is hidden"),
        (store.remove, "Build the flesh first"),
        (lambda face: bpy.data.objects.remove(face.aim.rig), "Bake the rig first"),
        (lambda face: face.data.__setitem__("aim_flesh_of", "other"), "press Rebuild Flesh"),
    ],
)
def test_reasons(face: bpy.types.Object, spoil, says) -> None:
    pose(face, smile=0.8)
    spoil(face)
    with pytest.raises(RuntimeError, match=says):
        bpy.ops.aim.simulate_pose()


def test_a_rig_with_fewer_shapes_than_the_model_is_refused(face: bpy.types.Object) -> None:
    pose(face, smile=0.8, pucker=0.6)
    keys = face.aim.rig.data.shape_keys
    keys["aim_shapes"] = "jaw_open\nsmile"
    with pytest.raises(RuntimeError, match="was not baked from the model"):
        bpy.ops.aim.simulate_pose()


def test_damaged_flesh_is_refused_and_nothing_is_lost(face: bpy.types.Object) -> None:
    pose(face, smile=0.8, pucker=0.6)
    data = store.flesh_bytes(face)
    del face.data["aim_flesh"]
    face.data["aim_flesh"] = data[: len(data) // 2]
    with pytest.raises(RuntimeError, match="flesh of Head"):
        bpy.ops.aim.simulate_pose()
    assert not simulated.names(face.aim.rig.data.shape_keys)


def test_more_shapes_than_a_driver_holds_are_named(face: bpy.types.Object) -> None:
    assert combination.MOST * len("clamp(s0/0.1234)*") + 3 * len("clamp(jx/0.12345)*") < 256


def test_undo_takes_the_shape_away(face: bpy.types.Object, monkeypatch) -> None:
    pose(face, smile=0.8, pucker=0.6)
    bpy.ops.ed.undo_push(message="before")
    simulate(monkeypatch)
    bpy.ops.ed.undo_push(message="simulated")
    bpy.ops.ed.undo()
    face = bpy.data.objects["Head"]
    assert not simulated.names(face.aim.rig.data.shape_keys)
    bpy.ops.ed.redo()
    face = bpy.data.objects["Head"]
    assert simulated.pose_names(face.aim.rig.data.shape_keys)
    assert store.is_current(face)


@pytest.mark.one_blender
def test_another_material_changes_the_face_at_rest_and_its_poses(
    face: bpy.types.Object, monkeypatch
) -> None:
    pose(face)
    rest = shown(face)
    face.aim.muscles.material = 'FULLER'
    fuller = simulate(monkeypatch)
    keys = face.aim.rig.data.shape_keys
    assert simulated.pose_names(keys) == ["sim rest"] and driver_of(keys, "sim rest") is None
    np.testing.assert_allclose(shown(face), fuller, atol=5e-3)
    assert np.abs(fuller - rest).max() > 0.3
    pose(face, smile=0.8, pucker=0.6)
    skin = simulate(monkeypatch)
    np.testing.assert_allclose(shown(face), skin, atol=5e-3)
    pose(face, smile=0.0, pucker=0.0)
    np.testing.assert_allclose(shown(face), fuller, atol=5e-3)


@pytest.mark.one_blender
def test_gravity_pulls_where_the_head_hangs(face: bpy.types.Object, monkeypatch) -> None:
    pose(face)
    face.aim.muscles.gravity = True
    upright = simulate(monkeypatch)
    face.aim.armature.rotation_euler = (-np.pi / 2, 0, 0)  # on its back
    lying = simulate(monkeypatch)
    assert np.abs(lying - upright).max() > 0.05
    moved = (lying - upright)[np.abs(lying - upright).max(axis=1) > 0.02]
    # The head's back is below now: flesh goes there, along +Y of its own space.
    assert moved[:, 1].mean() > 0


def test_the_slow_solver_is_named(face: bpy.types.Object) -> None:
    face.aim.muscles.frames, face.aim.muscles.solver = 1, "SuperLU"
    assert any("scipy alone" in text for text in draw(bpy.types.AIM_PT_muscles).texts)
    face.aim.muscles.solver = "CHOLMOD"
    texts = draw(bpy.types.AIM_PT_muscles).texts
    assert not any("scipy alone" in text for text in texts)


def test_a_python_without_the_quick_solver_is_told_before_the_build(face, monkeypatch) -> None:
    lacking = ProbeResult("3.11.7", packages={"cvxopt": ""}, torch="2")
    monkeypatch.setattr(environment, "probe_of", lambda _found: lacking)
    assert any("environment of Setup" in text for text in draw(bpy.types.AIM_PT_muscles).texts)
