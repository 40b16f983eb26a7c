# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Correctives that stand for the muscles: on the rig, driven without Python, taken back, refused with a reason."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.jobs.distil import DistilResult
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.controls import rig_controls
from aim_blender_addon.backend.muscles.distil import Distilled, product_name
from aim_blender_addon.bridge.data import shape_keys
from aim_blender_addon.bridge.muscles import mending, simulated
from aim_blender_addon.bridge.rig import jaw_controls
from aim_blender_addon.bridge.sculpt.rig_parts import RigParts
from tests.addon import muscle_face

pytestmark = pytest.mark.usefixtures("one_worker")


def known(model: AimModel) -> DistilResult:
    """One corrective of each kind, all controls of the rig, shapes of 1 mm."""
    controls = rig_controls(model)
    count, jaw = len(controls), 3
    products = [
        [1, 2],
        [1, 1],
        [1, jaw],
        [jaw, -1],
        [2, count - 1],
        [jaw + 2, jaw + 5],
        [2, jaw + 3],
    ]
    shapes = np.zeros((len(products), len(model.neutral.vertices), 3), np.float32)
    shapes[:, 0, 2] = np.arange(1, len(products) + 1)
    return DistilResult(
        tuple(product_name(controls, product) for product in np.array(products)),
        shapes,
        tuple(model.expression_names),
        tuple(control.name for control in controls),
        np.array([control.channel for control in controls]),
        np.array([(control.start, control.end) for control in controls]),
        np.array(products),
        {"notes": []},
    )


def test_drivers_multiply_shares_of_shapes_and_jaw_without_python():
    face, model = muscle_face.make(), muscle_face.make_model()
    rig, result = RigParts.of(face), known(model)
    keys = rig.keys
    made = mending.write(rig, model, result)
    assert made == [f"mend {name}" for name in result.names]
    curves = {curve.data_path: curve.driver for curve in keys.animation_data.drivers}
    drivers = [curves[shape_keys.key_path(name)] for name in made]
    assert all(driver.is_simple_expression and driver.is_valid for driver in drivers)
    truth = Distilled(rig_controls(model), result.products, result.shapes)
    for weights, jaw in (
        ([0.0, 0.5, 0.8], [0.06, 0.5, 1.0, 0.4]),
        ([0.3, 1.0, 0.4], [0.3, 0.0, -2.0, -0.5]),
        ([1.0, 1.5, 1.0], [0.2, 1.0, 2.0, 1.0]),
    ):
        jaw_controls.show_pose(rig.armature, model.joint.pose(np.array(jaw)))
        for name, value in zip(model.expression_names, weights, strict=True):
            keys.key_blocks[name].slider_max = 2.0
            keys.key_blocks[name].value = value
        bpy.context.view_layer.update()
        values = [keys.key_blocks[name].value for name in made]
        wanted = truth.values(np.array([[*weights, *jaw]]))[0]
        np.testing.assert_allclose(values, wanted, atol=1e-3)
    before = [block.name for block in keys.key_blocks]
    mending.write(rig, model, result)
    assert [block.name for block in keys.key_blocks] == before
    keys.key_blocks["smile"].name = "grin"
    assert len(mending.write(rig, model, result)) == 4
    assert len(keys.animation_data.drivers) >= 4


def test_the_button_bakes_what_the_worker_has_learned_and_compare_mutes_it():
    face = muscle_face.with_flesh()
    assert bpy.ops.aim.bake_muscle_correctives(poses=20, most=4) == {'FINISHED'}
    keys = face.aim.rig.data.shape_keys
    made = simulated.baked_names(keys)
    assert 1 <= len(made) <= 4
    assert bpy.ops.aim.compare_simulation() == {'FINISHED'}
    assert all(keys.key_blocks[name].mute for name in made)


@pytest.mark.one_blender
def test_with_contact_the_button_says_how_many_poses_still_lie_in_bone(capfd):
    face = muscle_face.with_flesh()
    face.aim.muscles.contact = True
    done = bpy.ops.aim.bake_muscle_correctives(poses=12, most=1, off_bone=1)
    assert done == {'FINISHED'}
    made = simulated.baked_names(face.aim.rig.data.shape_keys)
    assert 1 <= len(made) <= 2
    assert "poses that were not learned lie more than 0.3 mm in bone" in capfd.readouterr().out


def test_a_face_without_flesh_says_what_is_missing():
    muscle_face.make()
    with pytest.raises(RuntimeError, match="Build the flesh first"):
        bpy.ops.aim.bake_muscle_correctives()
