# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs with pieces and eyes as users leave them: a piece in Edit Mode, an eye deleted, a skin cut anew."""

import bpy
import pytest

from aim_blender_addon.backend.errors import RigError
from aim_blender_addon.bridge.controls import controls

from . import faces, test_controls, test_eyes, test_rig_hanging


@pytest.fixture
def face() -> bpy.types.Object:
    """A rig with two eyes and cards of a beard."""
    made = test_eyes.baked()
    test_eyes.add_eye(made, test_eyes.ball(test_eyes.LEFT), "Eye L")
    test_eyes.add_eye(made, test_eyes.ball(test_eyes.RIGHT), "Eye R")
    faces.select([made.aim.rig])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    test_rig_hanging.attach(made, test_rig_hanging.cards(made))
    faces.select([made.aim.rig])
    return made


def dead_drivers() -> list[str]:
    """Paths of drivers that cannot be evaluated."""
    bpy.context.view_layer.update()
    owners = [*bpy.data.objects, *bpy.data.shape_keys]
    curves = [c for one in owners if one.animation_data for c in one.animation_data.drivers]
    return [c.data_path for c in curves if not (c.is_valid and c.driver.is_valid)]


def test_a_piece_in_edit_mode_is_named_before_anything_changes(face) -> None:
    card = bpy.data.objects["Beard"]
    faces.select([card])
    bpy.ops.object.mode_set(mode='EDIT')
    bpy.context.view_layer.objects.active = face.aim.rig
    rest = face.aim.rig.data.vertices[0].co.copy()
    face.aim.rig.data.vertices[0].co.x += 1.0
    for press in (bpy.ops.aim.make_eyes, bpy.ops.aim.attach_parts, bpy.ops.aim.bake):
        with pytest.raises(RuntimeError, match="Beard is in Edit Mode; switch it to Object Mode"):
            press()
    with pytest.raises(RigError, match="Beard is in Edit Mode; switch it to Object Mode"):
        test_controls.write(face)
    assert not controls.has_controls(face)
    assert face.aim.rig.data.vertices[0].co.x == pytest.approx(rest.x + 1.0), "no update began"
    assert card.mode == 'EDIT'


def test_nothing_of_an_eye_that_was_deleted_stays_on_the_rig(face) -> None:
    rig, armature = face.aim.rig, face.aim.armature
    bpy.data.objects.remove(bpy.data.objects["Eye L"])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    assert "eye_left" not in armature.data.bones and "eye_right" in armature.data.bones
    assert [m.name for m in rig.modifiers if m.type == 'SHRINKWRAP'] == ["AIM eye_right lids"]
    assert "AIM eye_left lids" not in rig.vertex_groups
    assert not [obj for obj in bpy.data.objects if obj.parent_bone == "eye_left"]
    assert dead_drivers() == []


def test_attaching_to_a_skin_with_other_vertices_asks_for_an_update(face) -> None:
    rig = face.aim.rig
    faces.select([rig])
    bpy.ops.object.mode_set(mode='EDIT')
    bpy.ops.mesh.select_all(action='SELECT')
    bpy.ops.mesh.subdivide()
    bpy.ops.object.mode_set(mode='OBJECT')
    with pytest.raises(RuntimeError, match=r"Head Rig has other vertices .* press Update Rig"):
        test_rig_hanging.attach(face, bpy.data.objects["Beard"])


def test_attaching_to_absolute_keys_leaves_a_piece_its_shapes(face) -> None:
    card, keys = bpy.data.objects["Beard"], face.aim.rig.data.shape_keys
    before = list(card.data.shape_keys.key_blocks.keys())
    keys.use_relative = False
    with pytest.raises(RuntimeError, match="Head Rig are absolute: press Make Keys Relative"):
        test_rig_hanging.attach(face, card)
    assert list(card.data.shape_keys.key_blocks.keys()) == before


def test_a_pose_with_a_long_name_is_saved_and_mirrored(face) -> None:
    name = "x" * 80
    assert bpy.ops.aim.save_expression(name=name) == {'FINISHED'}
    first = face.aim.pose
    assert bpy.ops.aim.save_expression(name=name) == {'FINISHED'}
    assert face.aim.pose == first, "the same name is the same pose"
    assert bpy.ops.aim.mirror_expression() == {'FINISHED'}
    assert face.aim.pose != first


def test_the_look_of_a_linked_rig_asks_for_an_override(face, tmp_path) -> None:
    path, name = str(tmp_path / "rig.blend"), face.name
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(path, link=True) as (there, linked):
        linked.objects = there.objects
    for obj in linked.objects:
        bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = bpy.data.objects[name]
    for press in (bpy.ops.aim.reset_look, bpy.ops.aim.key_look):
        with pytest.raises(RuntimeError, match="make a library override of it first"):
            press()
