# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig with parts and eyes duplicated without its neutral: what is done to it leaves the original as it was."""

import bpy
import pytest

from aim_blender_addon.bridge.face.sample import parts_of
from aim_blender_addon.bridge.rig import duplicates
from aim_blender_addon.bridge.rig.moved import moved_by
from tests.addon import faces
from tests.addon.test_rig_parts import needs_package, neutral  # noqa: F401

pytestmark = needs_package


def duplicated(face):
    """Skin, armature and all parts, as a user duplicates a rig; the new armature."""
    own = face.aim.armature
    bpy.ops.object.select_all(action='DESELECT')
    for obj in (own, *moved_by(own)):
        obj.hide_select = False
        obj.select_set(True)
    bpy.context.view_layer.objects.active = own
    assert bpy.ops.object.duplicate() == {'FINISHED'}
    return bpy.context.view_layer.objects.active


def hung(face):
    """What moves with the original, what its lids keep off, and which drivers its skin has."""
    rig = face.aim.rig
    targets = [m.target for m in rig.modifiers if m.type == 'SHRINKWRAP']
    keys = rig.data.shape_keys
    read = {
        v.targets[0].id for curve in keys.animation_data.drivers for v in curve.driver.variables
    }
    weights = {obj: obj.vertex_groups.keys() for obj in parts_of(face).values()}
    parents = {obj: obj.parent for obj in moved_by(face.aim.armature)}
    return targets, read, weights, parents


def test_parts_and_eyes_of_a_duplicate_are_its_own(neutral):  # noqa: F811
    faces.select([neutral.aim.rig])
    assert bpy.ops.aim.attach_parts() == {'FINISHED'}
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    before, own = hung(neutral), neutral.aim.armature
    twin = duplicated(neutral)
    for obj, meant in ((own, own), (neutral, own), (twin, twin)):
        assert duplicates.active_armature(neutral, _with(obj)) == meant
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    assert hung(neutral) == before and neutral.aim.armature == own
    skin = duplicates.skin_of(neutral, twin)
    targets = [m.target for m in skin.modifiers if m.type == 'SHRINKWRAP']
    assert len(targets) == len(before[0]) and all(target.parent == twin for target in targets)

    tongue = next(obj for obj in moved_by(twin) if obj.name.startswith("Tongue"))
    faces.select([twin, tongue])
    bpy.context.view_layer.objects.active = twin
    assert bpy.ops.aim.attach_parts() == {'FINISHED'}
    assert tongue.parent == twin and hung(neutral) == before

    bpy.data.objects.remove(skin)
    faces.select([twin])
    with pytest.raises(RuntimeError, match="moves no skin"):
        bpy.ops.aim.make_eyes()
    assert hung(neutral) == before


def _with(obj):
    """The context with that object active."""
    bpy.context.view_layer.objects.active = obj
    return bpy.context
