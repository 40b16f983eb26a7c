# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hangs on a skin while a shape is shown alone, and while a handle is dragged."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.data import shape_keys
from aim_blender_addon.bridge.rig import carried
from aim_blender_addon.bridge.rig.following import Following
from aim_blender_addon.operators.shapes import solo_watch
from tests.addon import test_rig_hanging as hanging
from tests.addon.test_rig_hanging import NAMES, attach, cards, roots_off, seen, set_keys

face = hanging.face


def pick(rig: bpy.types.Object, name: str) -> None:
    rig.active_shape_key_index = rig.data.shape_keys.key_blocks.find(name)


def test_a_shape_alone_shows_on_what_hangs_on_the_skin(face) -> None:
    obj, rig = cards(face), face.aim.rig
    attach(face, obj)
    rest = hanging.at_rest(face, obj)
    obj.active_shape_key_index = 2
    set_keys(face, **{NAMES[1]: 1.0})
    before = seen(obj)
    pick(rig, NAMES[0])
    assert bpy.ops.aim.solo_shape() == {'FINISHED'}
    assert roots_off(face, obj, rest)[0] < 0.1
    assert np.linalg.norm(seen(obj) - before, axis=1).max() > 0.001
    pick(rig, NAMES[1])  # in the list, meanwhile
    solo_watch.solo_changed()
    assert roots_off(face, obj, rest)[0] < 0.1
    pick(rig, rig.data.shape_keys.reference_key.name)
    solo_watch.solo_changed()
    assert roots_off(face, obj, rest)[0] < 0.1
    pick(rig, NAMES[0])
    assert bpy.ops.aim.solo_shape() == {'FINISHED'}
    assert not obj.show_only_shape_key and obj.active_shape_key_index == 2
    np.testing.assert_allclose(seen(obj), before, atol=1e-6)


def test_blenders_own_pin_counts_and_a_pin_of_ones_own_stays(face) -> None:
    obj, rig = cards(face), face.aim.rig
    attach(face, obj)
    rest = hanging.at_rest(face, obj)
    pick(rig, NAMES[0])
    rig.show_only_shape_key = True
    solo_watch.solo_changed()
    assert roots_off(face, obj, rest)[0] < 0.1
    rig.show_only_shape_key = False
    solo_watch.solo_changed()
    assert not obj.show_only_shape_key
    obj.show_only_shape_key = True
    solo_watch.solo_changed()
    assert obj.show_only_shape_key


def test_cards_follow_a_key_that_changes_again_and_again(face) -> None:
    beard, rig = cards(face), face.aim.rig
    attach(face, beard)
    rest = hanging.at_rest(face, beard)
    following = Following(rig, "Sculpt")
    following.follow()  # before there is such a key
    key = rig.shape_key_add(name="Sculpt", from_mix=False)
    key.value = 1.0
    points = shape_keys.read_points(rig.data.shape_keys.reference_key)
    following.follow()
    assert "Sculpt" not in beard.data.shape_keys.key_blocks, "it moves nothing yet"
    middle = points[hanging.ROOTS].mean(axis=0)
    near = np.exp(-np.sum((points - middle) ** 2, axis=1) / (2 * 0.06**2))[:, None]
    for far in (0.004, 0.008, 0.002):
        shape_keys.write_points(key, points + near * (0, -far, far))
        following.follow()
        during = seen(beard)
        assert roots_off(face, beard, rest)[0] < 0.1
        carried.carry_keys(rig, ["Sculpt"])
        np.testing.assert_allclose(seen(beard), during, atol=1e-6)


@pytest.mark.parametrize("name", ["Sculpt", "Basis"])
def test_a_key_of_ones_own_keeps_its_shape_during_a_drag(face, name: str) -> None:
    beard, rig = cards(face), face.aim.rig
    beard.shape_key_add(name="Basis")
    beard.shape_key_add(name="Sculpt")
    attach(face, beard)
    own = shape_keys.read_points(beard.data.shape_keys.key_blocks["Sculpt"])
    key = rig.shape_key_add(name=name, from_mix=False)
    points = shape_keys.read_points(rig.data.shape_keys.reference_key)
    shape_keys.write_points(key, points + np.float32(0.003))
    Following(rig, key.name).follow()
    kept = shape_keys.read_points(beard.data.shape_keys.key_blocks["Sculpt"])
    np.testing.assert_array_equal(kept, own)
