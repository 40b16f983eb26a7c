# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones shown under translucent skin, everything back as it was, and the legend of the colours."""

from types import SimpleNamespace

import bpy
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.face.bones import show_estimated_bones
from aim_blender_addon.bridge.face.results import keep_model
from aim_blender_addon.bridge.rig.bake import BakeOptions, bake_rig
from aim_blender_addon.bridge.rig.objects import bone_mesh_of
from aim_blender_addon.bridge.view import display
from aim_blender_addon.panels.overlays import legend
from tests.addon import faces, models, stand_in


@pytest.fixture
def face():
    return stand_in.add_neutral(stand_in.make_model(2))


@pytest.fixture
def estimated(face):
    skull, jaw = stand_in.make_model(2).skull, stand_in.make_model(2).jaw
    show_estimated_bones(face, skull, jaw, head_space(face, bpy.context))
    return face


def bake(face):
    return bake_rig(face, stand_in.make_model(2), bpy.context, BakeOptions(action=False))


def shading():
    area = next(area for area in bpy.context.screen.areas if area.type == 'VIEW_3D')
    return area.spaces.active.shading


def _ours(obj):
    """The custom properties of an object that show what it was like; the registered one is among them in 4.5."""
    return sorted(name for name in obj.keys() if name != "aim")


def looks():
    """Everything that showing the bones may change."""
    objects = [
        (obj.name, tuple(obj.color), obj.hide_get(), obj.hide_viewport, _ours(obj))
        for obj in bpy.context.scene.objects
    ]
    materials = [(found.name, tuple(found.diffuse_color)) for found in bpy.data.materials]
    scene = bpy.context.scene.display.shading.color_type
    return objects, materials, shading().type, shading().color_type, scene


def test_before_baking_skin_is_translucent_and_bones_differ(estimated):
    before = looks()
    assert bpy.ops.aim.show_bones() == {'FINISHED'}
    skull, jaw = estimated.aim.skull, estimated.aim.jaw
    assert estimated.color[3] < 0.5
    assert skull.color[3] == jaw.color[3] == 1 and tuple(skull.color) != tuple(jaw.color)
    assert (shading().type, shading().color_type) == ('SOLID', 'OBJECT')
    assert bpy.context.scene.display.shading.color_type != 'OBJECT', "renders stay as they are"
    assert estimated.aim.bones_shown
    assert bpy.ops.aim.show_bones() == {'FINISHED'}
    assert looks() == before


def test_hidden_bones_are_shown_and_hidden_again(estimated):
    estimated.aim.skull.hide_set(True)
    estimated.aim.jaw.hide_viewport = True
    shading().type = 'WIREFRAME'
    before = looks()
    bpy.ops.aim.show_bones()
    assert not estimated.aim.skull.hide_get() and not estimated.aim.jaw.hide_viewport
    bpy.ops.aim.show_bones()
    assert looks() == before


def test_baked_bones_move_and_picked_ones_step_back(estimated):
    baked = bake(estimated)
    before = looks()
    bpy.ops.aim.show_bones()
    assert baked.mesh.color[3] < 0.5
    for bone, picked in (("skull", estimated.aim.skull), ("jaw", estimated.aim.jaw)):
        assert bone_mesh_of(estimated, bone).visible_get()
        assert not picked.visible_get()
    bpy.ops.aim.show_bones()
    assert looks() == before


def test_baking_meanwhile_goes_on_showing_them_and_keeps_the_neutral_hidden():
    face = faces.new_face()
    faces.pick_bones(face)
    faces.select([face])
    bpy.ops.aim.show_bones()
    model = models.make_model()
    keep_model(face, model, model_to_bytes(model))
    assert bpy.ops.aim.bake() == {'FINISHED'}
    assert face.aim.rig.color[3] < 0.5 and bone_mesh_of(face, "jaw").visible_get()
    bpy.ops.aim.show_bones()
    assert not bone_mesh_of(face, "jaw").visible_get(), "not in the way of an open mouth"
    assert face.hide_get() and face.aim.rig.color[3] == 1
    assert face.aim.jaw.visible_get()


def test_baking_hides_estimated_bones_with_the_neutral_and_shows_them_no_more():
    face = faces.new_face()
    show_estimated_bones(face, faces.skull(), faces.jaw(), head_space(face, bpy.context))
    faces.select([face])
    model = models.make_model()
    keep_model(face, model, model_to_bytes(model))
    bpy.ops.aim.show_bones()
    assert bpy.ops.aim.bake() == {'FINISHED'}
    for obj in (face, face.aim.skull, face.aim.jaw):
        assert not obj.visible_get()
    bpy.ops.aim.show_bones()
    for obj in (face, face.aim.skull, face.aim.jaw):
        assert not obj.visible_get() and obj.color[3] == 1


def test_other_objects_keep_the_look_of_their_materials(estimated):
    teeth = faces.new_object(faces.ellipsoid((20, 20, 20), (0, 0, 1600)), "Teeth")
    lamp = faces.new_object(faces.ellipsoid((20, 20, 20), (0, 0, 9000)), "Lamp")
    own = faces.new_object(faces.ellipsoid((20, 20, 20), (0, 0, 9000)), "Plain")
    own.color = (0.1, 0.2, 0.3, 0.4)
    for obj in (teeth, lamp):
        obj.data.materials.append(bpy.data.materials.new(obj.name))
        obj.active_material.diffuse_color = (0.25, 0.5, 0.75, 1)
    teeth.parent = estimated
    before = looks()
    bpy.ops.aim.show_bones()
    assert tuple(lamp.color) == (0.25, 0.5, 0.75, 1)
    assert tuple(teeth.color)[:3] == (0.25, 0.5, 0.75) and teeth.color[3] < 0.5
    assert own.color[3] == pytest.approx(0.4)
    bpy.ops.aim.show_bones()
    assert looks() == before


def test_colours_and_bones_take_turns(estimated):
    rig = bake(estimated).mesh
    before = looks()
    bpy.ops.aim.show_bones()
    bpy.ops.aim.show_colours(mode='THICKNESS')
    assert not estimated.aim.bones_shown and shading().color_type == 'VERTEX'
    assert rig.color[3] == 1
    bpy.ops.aim.show_bones()
    assert rig.aim.colour_mode == 'OFF' and shading().color_type == 'OBJECT'
    bpy.ops.aim.show_bones()
    assert looks()[2:] == before[2:]


def test_two_faces_are_shown_each_for_itself(estimated):
    other = stand_in.add_neutral(stand_in.make_model(2))
    model = stand_in.make_model(2)
    show_estimated_bones(other, model.skull, model.jaw, head_space(other, bpy.context))
    display.show_bones(estimated, bpy.context)
    display.show_bones(other, bpy.context)
    display.hide_bones(estimated, bpy.context)
    assert estimated.color[3] == 1 and other.color[3] < 0.5
    assert shading().color_type == 'OBJECT'


def test_after_an_undo_the_views_follow(estimated):
    """Undo takes objects back, not windows."""
    before = shading().color_type
    bpy.ops.aim.show_bones()
    estimated.aim.bones_shown = False
    display.settle(bpy.context)
    assert shading().color_type == before
    estimated.aim.bones_shown = True
    display.settle(bpy.context)
    assert shading().color_type == 'OBJECT'
    shading().type = 'MATERIAL'
    display.settle(bpy.context)
    assert shading().type == 'MATERIAL', "what the user has chosen since stays"


def test_survives_saving_and_opening(estimated, tmp_path):
    before = looks()[0]
    bpy.ops.aim.show_bones()
    path = str(tmp_path / "shown.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert bpy.ops.aim.show_bones() == {'FINISHED'}
    assert looks()[0] == before


def test_needs_bones(face):
    with pytest.raises(RuntimeError, match="Estimate the bones first"):
        bpy.ops.aim.show_bones()


def view_context():
    area = next(area for area in bpy.context.screen.areas if area.type == 'VIEW_3D')
    return SimpleNamespace(
        active_object=bpy.context.active_object,
        scene=bpy.context.scene,
        space_data=area.spaces.active,
    )


def test_legend_names_what_is_shown_with_its_unit(face):
    rig = bake(face).mesh
    assert legend.legend_of(view_context()) is None
    bpy.ops.aim.show_colours(mode='THICKNESS', use_range=True, minimum=0, maximum=25)
    assert legend.legend_of(view_context()) == legend.Legend(
        "Soft-Tissue Thickness (mm)", ("0", "12.5", "25")
    )
    bpy.ops.aim.show_colours(mode='JAW_WEIGHT')
    assert legend.legend_of(view_context()) == legend.Legend("Jaw Weight", ("0", "0.5", "1"))
    shading().color_type = 'MATERIAL'
    assert legend.legend_of(view_context()) is None, "these are not our colours"
    shading().color_type = 'VERTEX'
    rig.hide_set(True)
    assert legend.legend_of(view_context()) is None


def test_legend_keeps_clear_of_sidebar_and_asset_shelf():
    assert legend.place(1000, 200, [], 1.0) == (784, 16)
    others = [("TOOLS", 60, 800), ("UI", 300, 800), ("HEADER", 900, 26), ("ASSET_SHELF", 900, 120)]
    assert legend.place(1000, 200, others, 2.0) == (1000 - 300 - 200 - 32, 120 + 32)
    wide, narrow = ([("TOOLS", 60, 800), ("HUD", hud, 90)] for hud in (300, 800))
    assert legend.place(1000, 200, wide, 1.0) == (784, 16)
    assert legend.place(1000, 200, narrow, 1.0) == (784, 16 + 90 + 16)
