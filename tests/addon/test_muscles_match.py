# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Match Scan: sliders and jaw with which the simulated skin meets a scan, and what is refused."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.muscles import simulated
from aim_blender_addon.bridge.muscles.pose import shown_pose, simulated_rig
from aim_blender_addon.bridge.rig import jaw_controls
from tests.addon import faces, muscle_face, stand_in
from tests.addon.recorder import draw

pytestmark = pytest.mark.usefixtures("one_worker")

#: Where the scan stands: turned and aside, metres.
PLACE = np.array([[0.8, -0.6, 0, 0.3], [0.6, 0.8, 0, -0.1], [0, 0, 1, 0.05], [0, 0, 0, 1]])


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face with flesh."""
    return muscle_face.with_flesh()


def pose(face: bpy.types.Object, opening: float, smile: float) -> None:
    """Slider, and the jaw opened by degrees."""
    face.aim.rig.data.shape_keys.key_blocks["smile"].value = smile
    joint = storage.load_model(face).joint
    jaw_controls.show_pose(face.aim.armature, joint.pose(np.array([np.radians(opening), 0, 0, 0])))
    bpy.context.view_layer.update()


def add_scan(face: bpy.types.Object, points_mm: np.ndarray) -> bpy.types.Object:
    """A mesh of the neutral's topology, somewhere else; selected before the face."""
    scan = bpy.data.objects.new("Scan", face.data.copy())
    bpy.context.scene.collection.objects.link(scan)
    flat = (points_mm / 1000).astype(np.float32).ravel()
    scan.data.attributes["position"].data.foreach_set("vector", flat)
    scan.matrix_world = PLACE.T.tolist()
    faces.select([scan, face])
    return scan


def test_the_rig_meets_the_scan(face: bpy.types.Object) -> None:
    """A skin that the simulation made is found again: its slider, its jaw, and the skin itself."""
    pose(face, 4.0, 0.8)
    assert bpy.ops.aim.simulate_pose() == {'FINISHED'}
    seen = stand_in.evaluated_mm(face.aim.rig)
    plain = face.aim.rig.data.shape_keys.key_blocks["smile"]
    pose(face, 0.0, 0.0)
    add_scan(face, seen)
    assert bpy.ops.aim.match_scan() == {'FINISHED'}
    model = storage.load_model(face)
    found = shown_pose(simulated_rig(face, model), model, bpy.context)
    assert plain.value == pytest.approx(0.8, abs=0.05)
    assert np.degrees(found.jaw[0]) == pytest.approx(4.0, abs=0.3)
    off = np.linalg.norm(stand_in.evaluated_mm(face.aim.rig) - seen, axis=1)
    assert np.quantile(off, 0.99) < 0.1
    settings = face.aim.muscles
    assert settings.matched == "Scan" and settings.matched_mm < 0.05
    assert simulated.pose_names(face.aim.rig.data.shape_keys)
    texts = draw(bpy.types.AIM_PT_muscles_simulate).texts
    assert any("99 % within" in text for text in texts)


def test_a_scan_of_another_mesh_is_refused(face: bpy.types.Object) -> None:
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.active_object
    faces.select([cube, face])
    with pytest.raises(RuntimeError, match="Cube"):
        bpy.ops.aim.match_scan()
    assert not face.aim.muscles.matched


def test_a_scan_beside_the_face_is_asked_for(face: bpy.types.Object) -> None:
    faces.select([face.aim.rig, face])
    with pytest.raises(RuntimeError, match="Select a scan, then the face"):
        bpy.ops.aim.match_scan()
    points = stand_in.evaluated_mm(face.aim.rig)
    faces.select([add_scan(face, points), add_scan(face, points), face])
    with pytest.raises(RuntimeError, match="one scan alone"):
        bpy.ops.aim.match_scan()


def test_sliders_that_drivers_move_are_refused(face: bpy.types.Object) -> None:
    keys = face.aim.rig.data.shape_keys
    keys.driver_add('key_blocks["smile"].value').driver.expression = "0.5"
    add_scan(face, stand_in.evaluated_mm(face.aim.rig))
    with pytest.raises(RuntimeError, match="Drivers move sliders of .* 'smile'"):
        bpy.ops.aim.match_scan()


@pytest.mark.one_blender
def test_a_rig_that_an_action_plays_is_told(face: bpy.types.Object, capfd) -> None:
    keys = face.aim.rig.data.shape_keys
    keys.key_blocks["smile"].keyframe_insert("value", frame=1)
    add_scan(face, stand_in.evaluated_mm(face.aim.rig))
    assert bpy.ops.aim.match_scan() == {'FINISHED'}
    assert "key the pose" in capfd.readouterr().out
    assert abs(keys.key_blocks["smile"].value) < 0.05
