# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Thickness, jaw weight and bone distance shown as colours, and everything back as it was."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.data import attributes, colours
from aim_blender_addon.bridge.rig import bake, skin
from tests.addon import stand_in


@pytest.fixture
def model():
    return stand_in.make_model(2)


@pytest.fixture
def baked(model):
    return bake.bake_rig(stand_in.add_neutral(model), model, bpy.context, bake.BakeOptions())


def shown_colours(mesh):
    rgba = np.empty(4 * len(mesh.vertices), np.float32)
    mesh.color_attributes[colours.DISPLAY].data.foreach_get("color", rgba)
    return rgba.reshape(-1, 4)


def shading():
    area = next(area for area in bpy.context.screen.areas if area.type == 'VIEW_3D')
    return area.spaces.active.shading


def test_colour_map_grows_evenly_brighter():
    values = np.linspace(0, 10, 200)
    rgba = colours.from_values(values, 0, 10)
    luminance = rgba[:, :3] @ (0.2126, 0.7152, 0.0722)
    lightness = 116 * np.cbrt(np.clip(luminance, 0.009, 1)) - 16
    assert np.all(np.diff(luminance) > 0)
    assert np.ptp(np.diff(lightness[10:])) < 0.35
    assert np.array_equal(colours.from_values(np.array([-5.0, 15.0]), 0, 10), rgba[[0, -1]])


def test_thickness_is_shown_with_its_range(baked, model):
    bpy.context.view_layer.objects.active = baked.mesh
    assert bpy.ops.aim.show_colours(mode='THICKNESS') == {'FINISHED'}
    state, thickness = baked.mesh.aim, model.evaluate().thickness
    over_bone = thickness[model.evaluate().on_bone]
    assert state.colour_mode == 'THICKNESS'
    assert (state.colour_min, state.colour_max) == (0, np.ceil(np.quantile(over_bone, 0.995)))
    mesh = baked.mesh.data
    assert mesh.color_attributes.active_color_name == colours.DISPLAY
    rgba = shown_colours(mesh)
    assert np.abs(rgba - colours.from_values(thickness, 0, state.colour_max)).max() < 1e-6
    assert (shading().type, shading().color_type) == ('SOLID', 'VERTEX')


def test_confidence_tells_skin_over_bone_from_skin_without(baked, model):
    bpy.ops.aim.show_colours(mode='CONFIDENCE')
    assert (baked.mesh.aim.colour_min, baked.mesh.aim.colour_max) == (0, 1)
    assert 0 < model.bone_below.mean() < 1
    wanted = colours.from_values(model.bone_below, 0, 1)
    assert np.abs(shown_colours(baked.mesh.data) - wanted).max() < 1e-6


def test_range_can_be_chosen(baked, model):
    bpy.ops.aim.show_colours(mode='JAW_WEIGHT', use_range=True, minimum=0.25, maximum=0.5)
    wanted = colours.from_values(model.evaluate().jaw_weight, 0.25, 0.5)
    assert np.abs(shown_colours(baked.mesh.data) - wanted).max() < 1e-6
    with pytest.raises(RuntimeError, match="must lie below"):
        bpy.ops.aim.show_colours(mode='JAW_WEIGHT', use_range=True, minimum=1, maximum=1)


def test_colours_follow_the_range_in_the_panel(baked, model):
    bpy.ops.aim.show_colours(mode='THICKNESS', use_material=True)
    baked.mesh.aim.colour_min = 4.0
    baked.mesh.aim.colour_max = 12.0
    wanted = colours.from_values(model.evaluate().thickness, 4.0, 12.0)
    assert np.abs(shown_colours(baked.mesh.data) - wanted).max() < 1e-6
    limits = baked.mesh.material_slots[0].material.node_tree.nodes["AIM Range"]
    assert limits.inputs["From Max"].default_value == 12.0
    bpy.ops.aim.show_colours(mode='OFF')
    baked.mesh.aim.colour_max = 30.0
    assert not baked.mesh.data.color_attributes


def test_off_brings_everything_back(baked):
    own = baked.mesh.data.color_attributes.new("Painted", 'BYTE_COLOR', 'CORNER')
    baked.mesh.data.color_attributes.active_color_name = own.name
    shading().type, shading().color_type = 'WIREFRAME', 'OBJECT'
    skin = baked.mesh.data.materials[0]
    for mode in ('THICKNESS', 'JAW_WEIGHT', 'BONE_DISTANCE', 'CONFIDENCE'):
        bpy.ops.aim.show_colours(mode=mode, use_material=True)
        assert baked.mesh.material_slots[0].material.name.startswith("AIM ")
    bpy.ops.aim.show_colours(mode='OFF')
    assert baked.mesh.data.color_attributes.keys() == ["Painted"]
    assert baked.mesh.data.color_attributes.active_color_name == "Painted"
    assert baked.mesh.material_slots[0].material == skin
    assert baked.mesh.material_slots[0].link == 'DATA'
    assert (shading().type, shading().color_type) == ('WIREFRAME', 'OBJECT')
    assert baked.mesh.aim.colour_mode == 'OFF'
    assert bpy.ops.aim.show_colours(mode='OFF') == {'FINISHED'}, "twice does no harm"


def test_material_without_slots_and_over_an_own_material(baked):
    baked.mesh.data.materials.clear()
    bpy.ops.aim.show_colours(mode='THICKNESS', use_material=True)
    assert baked.mesh.material_slots[0].material.name == "AIM thickness"
    bpy.ops.aim.show_colours(mode='OFF')
    assert not baked.mesh.material_slots
    baked.mesh.data.materials.append(None)
    own = bpy.data.materials.new("Own")
    baked.mesh.material_slots[0].link = 'OBJECT'
    baked.mesh.material_slots[0].material = own
    bpy.ops.aim.show_colours(mode='THICKNESS', use_material=True)
    bpy.ops.aim.show_colours(mode='OFF')
    assert baked.mesh.material_slots[0].material == own


def test_views_stay_while_another_rig_shows_colours(baked, model):
    second_face = stand_in.add_neutral(model)
    second = bake.bake_rig(second_face, model, bpy.context, bake.BakeOptions())
    for mesh in (baked.mesh, second.mesh):
        bpy.context.view_layer.objects.active = mesh
        bpy.ops.aim.show_colours(mode='THICKNESS')
    bpy.ops.aim.show_colours(mode='OFF')
    assert shading().color_type == 'VERTEX'
    bpy.context.view_layer.objects.active = baked.mesh
    bpy.ops.aim.show_colours(mode='OFF')
    assert shading().color_type == 'MATERIAL'


@pytest.mark.parametrize("engine", ['BLENDER_WORKBENCH', 'CYCLES'])
def test_colours_are_rendered(baked, model, engine, tmp_path):
    """Thin tissue on one side of the head, thick on the other: a dark and a bright half."""
    thickness = np.where(model.neutral.vertices[:, 0] > stand_in.CENTRE[0], 20, 0).astype(
        np.float32
    )
    attributes.write_attribute(baked.mesh.data, skin.THICKNESS, thickness)
    bpy.ops.aim.show_colours(
        mode='THICKNESS', use_material=True, use_range=True, minimum=0, maximum=20
    )
    bpy.data.objects["Head"].hide_render = True
    image = render(engine, tmp_path / "picture.png")
    left, right = image[16:48, 16:28, :3].mean((0, 1)), image[16:48, 36:48, :3].mean((0, 1))
    assert left[2] > left[1] and left[2] > left[0] * 0.9, "viridis starts with a dark violet"
    assert right[1] > 2 * right[2] and right.sum() > 1.5 * left.sum(), "and ends with yellow"


def render(engine, path):
    scene = bpy.context.scene
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = 'ORTHO', 0.2
    camera.location, camera.rotation_euler = (0.003, -2, 1.6), (np.pi / 2, 0, 0)
    scene.collection.objects.link(camera)
    lamp = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", 'SUN'))
    lamp.data.energy, lamp.rotation_euler = 3.0, (np.pi / 2, 0, 0)
    scene.collection.objects.link(lamp)
    scene.camera = camera
    scene.render.engine = engine
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.view_settings.view_transform = 'Standard'
    if engine == 'CYCLES':
        scene.cycles.samples = 4
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    picture = bpy.data.images.load(str(path))
    pixels = np.empty(64 * 64 * 4, np.float32)
    picture.pixels.foreach_get(pixels)
    return pixels.reshape(64, 64, 4)


def test_needs_a_rig(model):
    stand_in.add_neutral(model)
    with pytest.raises(RuntimeError, match="Bake a rig first"):
        bpy.ops.aim.show_colours(mode='THICKNESS')


def test_lost_attribute_and_edit_mode_are_named(baked):
    bpy.context.view_layer.objects.active = baked.mesh
    bpy.ops.object.mode_set(mode='EDIT')
    with pytest.raises(RuntimeError, match="is in Edit Mode"):
        bpy.ops.aim.show_colours(mode='THICKNESS')
    bpy.ops.object.mode_set(mode='OBJECT')
    baked.mesh.data.attributes.remove(baked.mesh.data.attributes[skin.THICKNESS])
    with pytest.raises(RuntimeError, match="has lost its attribute"):
        bpy.ops.aim.show_colours(mode='THICKNESS')
