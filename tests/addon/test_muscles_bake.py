# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Correctives that stand for the muscles: on the rig, driven without Python, taken back, refused with a reason."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.jobs.distil import DistilResult
from aim_blender_addon.backend.muscles.distil import Control, Distilled
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.muscles import simulated
from aim_blender_addon.bridge.rig import jaw_controls
from aim_blender_addon.operators.muscles.bake import AIM_OT_bake_muscle_correctives
from tests.addon import muscle_face

pytestmark = pytest.mark.usefixtures("one_worker")


def bake(monkeypatch: pytest.MonkeyPatch) -> DistilResult:
    """Press the button; what the worker has made."""
    seen: list[DistilResult] = []
    write = AIM_OT_bake_muscle_correctives.write

    def remembered(self, context, target, result):  # noqa: ANN001, ANN202
        seen.append(result)
        return write(self, context, target, result)

    monkeypatch.setattr(AIM_OT_bake_muscle_correctives, "write", remembered)
    assert bpy.ops.aim.bake_muscle_correctives(poses=24, most=6) == {'FINISHED'}
    return seen[0]


def known(result: DistilResult) -> Distilled:
    rows = zip(result.control_names, result.channels, result.ends, strict=True)
    controls = tuple(Control(name, int(channel), *ends) for name, channel, ends in rows)
    return Distilled(controls, result.products, result.shapes)


def test_correctives_follow_shapes_and_jaw_as_the_worker_has_learned_them(monkeypatch):
    face = muscle_face.with_flesh()
    result = bake(monkeypatch)
    mesh, keys = face.aim.rig, face.aim.rig.data.shape_keys
    made = simulated.baked_names(keys)
    assert made == [f"mend {name}" for name in result.names]
    curves = {curve.data_path: curve.driver for curve in keys.animation_data.drivers}
    drivers = [curves[shape_keys.key_path(name)] for name in made]
    assert all(driver.is_simple_expression and driver.is_valid for driver in drivers)
    model, names = storage.load_model(face), result.expression_names
    for weights, jaw in (
        ([0.0, 0.5, 0.8], [0.06, 0.5, 1.0, 0.4]),
        ([0.3, 1.0, 0.0], [0.09, 0.0, -2.0, -0.5]),
        ([1.0, 1.5, 1.0], [0.2, 0.0, 0.0, 0.0]),
    ):
        jaw_controls.show_pose(face.aim.armature, model.joint.pose(np.array(jaw)))
        for name, value in zip(names, weights, strict=True):
            keys.key_blocks[name].slider_max = 2.0
            keys.key_blocks[name].value = value
        bpy.context.view_layer.update()
        shown = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.shape_keys
        values = [shown.key_blocks[name].value for name in made]
        np.testing.assert_allclose(
            values, known(result).values(np.array([[*weights, *jaw]]))[0], atol=1e-3
        )
    before = [block.name for block in keys.key_blocks]
    bake(monkeypatch)
    assert [block.name for block in keys.key_blocks] == before
    assert bpy.ops.aim.compare_simulation() == {'FINISHED'}
    assert all(keys.key_blocks[name].mute for name in made)


def test_a_face_without_flesh_says_what_is_missing():
    muscle_face.with_flesh()
    bpy.ops.aim.remove_flesh()
    with pytest.raises(RuntimeError, match="Build the flesh first"):
        bpy.ops.aim.bake_muscle_correctives()
