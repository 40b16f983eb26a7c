# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What shape keys show around the one that is edited, on keys of known motion."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.data.groups import write_groups
from aim_blender_addon.bridge.sculpt.edit_state import read_edit_state, write_key
from aim_blender_addon.bridge.sculpt.rig_parts import RigParts

REST = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
UP, SIDE = np.array([0, 0, 1.0]), np.array([1.0, 0, 0])


@pytest.fixture
def rig() -> RigParts:
    """Three vertices in centimetres; ``up`` half shown, ``side`` full through a group, ``muted`` off."""
    mesh = bpy.data.meshes.new("Face")
    mesh.from_pydata(REST.tolist(), [], [(0, 1, 2)])
    obj = bpy.data.objects.new("Face", mesh)
    bpy.context.scene.collection.objects.link(obj)
    obj.shape_key_add(name="Basis")
    write_groups(obj, {"half": np.array([0.5, 0.0, 1.0], np.float32)})
    for name, motion, value in (("up", UP, 0.5), ("side", SIDE, 1.0), ("muted", UP, 1.0)):
        block = obj.shape_key_add(name=name)
        block.points.foreach_set("co", (REST + motion).astype(np.float32).ravel())
        block.value = value
    obj.data.shape_keys.key_blocks["side"].vertex_group = "half"
    obj.data.shape_keys.key_blocks["muted"].mute = True
    return RigParts(obj, obj, obj, 10.0)


def test_other_keys_count_as_they_are_shown(rig: RigParts) -> None:
    state = read_edit_state(rig, "Sculpt")
    np.testing.assert_array_equal(state.rest, REST)
    np.testing.assert_array_equal(state.others, [[0.5, 0, 0.5], [0, 0, 0.5], [1, 0, 0.5]])
    assert not state.own.any(), "a key that is missing adds nothing"
    np.testing.assert_array_equal(state.shown_mm, 10 * (REST + state.others))


def test_the_edited_key_counts_in_full_whatever_its_slider(rig: RigParts) -> None:
    for name, own in (("muted", [UP] * 3), ("side", [0.5 * SIDE, 0 * SIDE, SIDE])):
        state = read_edit_state(rig, name)
        np.testing.assert_array_equal(state.own, own)
        np.testing.assert_array_equal(state.below_mm + 10 * state.own, state.shown_mm)


def test_a_written_key_shows_the_shape_beside_the_others(rig: RigParts) -> None:
    wanted = np.array([[3, 0, 0], [0, 4, 0], [0, 0, 5]], np.float32)
    write_key(rig, read_edit_state(rig, "Sculpt"), wanted)
    np.testing.assert_allclose(read_edit_state(rig, "Sculpt").shown_mm, wanted, atol=1e-5)
    assert rig.keys.key_blocks["Sculpt"].value == 1.0
