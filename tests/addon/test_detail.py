# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrinkles and pores on a rig: channels and heights against the backend, settings, undo, files, and all taken off."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.detail.compression import Response, SkinStrain
from aim_blender_addon.bridge.data.attributes import read_attribute
from aim_blender_addon.bridge.detail import images, mend, nodes, played, regions, skin
from aim_blender_addon.bridge.rig.objects import armature_of, rig_of
from aim_blender_addon.panels.overlays import legend
from tests.addon import detail_face, faces
from tests.addon.recorder import draw
from tests.addon.test_bones_shown import view_context


@pytest.fixture
def face(monkeypatch) -> bpy.types.Object:
    """A baked face with a made-up detail."""
    return detail_face.with_detail(monkeypatch)


def evaluated(rig: bpy.types.Object) -> bpy.types.Mesh:
    """The mesh as it is seen."""
    bpy.context.view_layer.update()
    return rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).data


def channels(mesh: bpy.types.Mesh) -> np.ndarray:
    """[V, 4] ``aim_w``."""
    values = np.empty((len(mesh.vertices), 4), np.float32)
    mesh.attributes[nodes.CHANNELS].data.foreach_get("color", values.ravel())
    return values


def expected(rig: bpy.types.Object, response: float | np.ndarray = 1.0) -> np.ndarray:
    """[V, 4] the same by the backend, of the mesh as it is seen."""
    rest = skin.rest_mesh(rig)
    result = detail_face.made(rig)
    points = np.empty((len(rest.vertices), 3), np.float32)
    evaluated(rig).vertices.foreach_get("co", points.ravel())
    opened = Response(result.start / response, result.width / response)
    return SkinStrain.of(rest, result.axis).channels(points, opened)


def pose(face: bpy.types.Object) -> None:
    """Show shape keys and an open jaw."""
    for key in rig_of(face).data.shape_keys.key_blocks[1:]:
        key.value = 1.0
    bone = armature_of(face).pose.bones["jaw"]
    bone.rotation_mode = 'XYZ'
    bone.rotation_euler.x += 0.3


# ---------------------------------------------------------------------------------------------------------- channels


def test_channels_are_those_of_the_backend(face: bpy.types.Object) -> None:
    rig = rig_of(face)
    assert np.abs(channels(evaluated(rig))).max() < 5e-4
    pose(face)
    own = channels(evaluated(rig))
    assert own.max() > 0.05
    assert np.abs(own - expected(rig)).max() <= 5e-4


@pytest.mark.parametrize("scale_length", [1.0, 0.001])
def test_the_unit_of_the_scene_changes_no_channel(monkeypatch, scale_length: float) -> None:
    face = detail_face.with_detail(monkeypatch, scale_length=scale_length)
    pose(face)
    own = channels(evaluated(rig_of(face)))
    assert own.max() > 0.05 and np.abs(own - expected(rig_of(face))).max() <= 5e-4
    assert np.isclose(face.aim.detail.units_per_mm, 0.001 / scale_length, rtol=1e-4)


def test_faces_without_area_do_not_count(face: bpy.types.Object) -> None:
    """Nodes and backend leave them out of the mean alike."""
    rig = rig_of(face)
    keys = rig.data.shape_keys
    flat = rig.data.polygons[40].vertices[:]
    basis = keys.reference_key
    for key in keys.key_blocks:
        for vertex in flat[1:]:
            key.points[vertex].co = key.points[flat[0]].co
    rest = skin.rest_mesh(rig)
    result = detail_face.made(rig)
    shares = dict(zip(result.regions, result.shares.T, strict=True))
    skin.write_skin(rig, result.axis, result.start, result.width, shares)
    moved = rest.vertices * np.float32([0.9, 1.0, 1.0])
    basis.points.foreach_set("co", moved.ravel())
    rig.data.shape_keys.key_blocks[1].mute = False
    bpy.context.view_layer.update()
    points = np.empty((len(moved), 3), np.float32)
    evaluated(rig).vertices.foreach_get("co", points.ravel())
    opened = Response(result.start, result.width)
    by_backend = SkinStrain.of(rest, result.axis).channels(points, opened)
    assert by_backend.max() > 0.05
    assert np.abs(channels(evaluated(rig)) - by_backend).max() <= 5e-4


def test_caches_and_other_modifiers_count_like_shape_keys(face: bpy.types.Object) -> None:
    """What deforms the skin by a modifier before ours is seen by it."""
    rig = rig_of(face)
    cast = rig.modifiers.new("Squeeze", 'CAST')
    cast.factor = 0.2
    bpy.ops.aim.mend_detail()
    assert [m.name for m in rig.modifiers].index("Squeeze") < [*rig.modifiers].index(
        nodes.modifier_of(rig)
    )
    own = channels(evaluated(rig))
    assert own.max() > 0.05 and np.abs(own - expected(rig)).max() <= 5e-4


def test_subdivision_carries_the_channels_on(face: bpy.types.Object) -> None:
    rig = rig_of(face)
    rig.modifiers.new("Subdivision", 'SUBSURF').levels = 1
    pose(face)
    mesh = evaluated(rig)
    assert len(mesh.vertices) > 3 * len(rig.data.vertices)
    assert channels(mesh).max() > 0.05
    assert not {*nodes.VECTORS} & {attribute.name for attribute in mesh.attributes}


# ------------------------------------------------------------------------------------------------------- by region


def strengths(rig: bpy.types.Object) -> np.ndarray:
    """[V] what heights are multiplied by."""
    return read_attribute(evaluated(rig), regions.STRENGTH)


def test_strength_and_response_of_a_region_reach_its_skin(face: bpy.types.Object) -> None:
    rig = rig_of(face)
    result = detail_face.made(rig)
    own = face.aim.detail.regions
    assert [region.name for region in own] == list(detail_face.REGIONS)
    assert np.abs(strengths(rig) - 1).max() < 1e-6
    own["lips"].strength = 0.5
    assert own["lips"].strength == 0.5
    assert np.abs(strengths(rig) - result.shares @ [1.0, 0.5]).max() < 1e-5
    own["forehead"].response = 2.0
    pose(face)
    response = np.exp(result.shares @ np.log([2.0, 1.0]))
    assert np.abs(channels(evaluated(rig)) - expected(rig, response)).max() <= 5e-4
    own["forehead"].response = 1.0
    assert np.abs(channels(evaluated(rig)) - expected(rig)).max() <= 5e-4


def test_a_region_is_keyed_without_driver_or_handler(face: bpy.types.Object) -> None:
    """What is keyed is what the panel shows; it stays when colours of compression are shown."""
    rig, modifier = rig_of(face), nodes.modifier_of(rig_of(face))
    shares = detail_face.made(rig).shares
    for frame, number in ((1, 1.0), (11, 0.0)):
        regions.set_value(modifier, "lips", "strength", number)
        holder, name = regions.place_of(modifier, "lips", "strength")
        assert holder.keyframe_insert(name, frame=frame)
    for colours in (False, True):
        nodes.show_colours(rig, colours)
        bpy.context.scene.frame_set(11)
        assert np.abs(strengths(rig) - shares @ [1.0, 0.0]).max() < 1e-5
        bpy.context.scene.frame_set(6)
        assert np.abs(strengths(rig) - shares @ [1.0, 0.5]).max() < 1e-3
    assert not rig.animation_data.drivers
    told = regions.told(rig, modifier)
    bpy.context.scene.frame_set(1)
    assert np.array_equal(regions.told(rig, modifier), told)
    frames = list(played.read_frames(face, [1, 11], bpy.context))
    for frame, number in zip(frames, (1.0, 0.0), strict=True):
        assert np.abs(frame.strength - shares @ [1.0, number]).max() < 1e-5


def test_strengths_stay_when_the_detail_is_made_again(monkeypatch, face) -> None:
    rig = rig_of(face)
    face.aim.detail.regions["lips"].strength = 0.25
    face.aim.detail.regions["lips"].spacing = 1.5
    detail_face.worker(monkeypatch, detail_face.made(rig, seed=1))
    assert bpy.ops.aim.make_generic_skin() == {'FINISHED'}
    assert face.aim.detail.regions["lips"].spacing == 1.5
    assert np.abs(strengths(rig) - detail_face.made(rig).shares @ [1.0, 0.25]).max() < 1e-5


# ------------------------------------------------------------------------------------------------------------ images


def test_images_give_the_maps_back(face: bpy.types.Object) -> None:
    result = detail_face.made(rig_of(face))
    constant, compressed = images.read_maps(face)
    assert np.abs(constant - result.constant).max() < 0.0005
    assert np.abs(compressed - result.compressed).max() < 0.0005
    for image in (face.aim.detail.constant_image, face.aim.detail.compressed_image):
        assert image.packed_file and image.colorspace_settings.name == "Non-Color"
        assert image.is_float and image.alpha_mode == 'CHANNEL_PACKED'


def test_a_lost_image_is_said(face: bpy.types.Object) -> None:
    bpy.data.images.remove(face.aim.detail.compressed_image)
    assert any("make the detail again" in text for text in mend.troubles(face))
    with pytest.raises(RuntimeError, match="has lost an image"):
        bpy.ops.aim.mend_detail()


# --------------------------------------------------------------------------------------------------------- the whole


def test_the_panel_leads_from_nothing_to_regions(monkeypatch) -> None:
    face = detail_face.make()
    monkeypatch.setattr("aim_blender_addon.jobs.environment.disabled_reason", lambda context: "")
    layout = draw(bpy.types.AIM_PT_detail)
    assert (
        "aim.make_generic_skin" in layout.operators and "aim.remove_detail" not in layout.operators
    )
    assert not bpy.types.AIM_PT_detail_regions.poll(bpy.context)
    detail_face.worker(monkeypatch, detail_face.made(rig_of(face)))
    bpy.ops.aim.make_generic_skin()
    layout = draw(bpy.types.AIM_PT_detail)
    assert {"aim.remove_detail", "aim.compare_detail"} <= {*layout.operators}
    place = regions.place_of(nodes.modifier_of(rig_of(face)), "forehead", "response")
    drawn = draw(bpy.types.AIM_PT_detail_regions)
    assert place[1] in drawn.props and "spacing" in drawn.props
    said = " ".join(drawn.texts)
    assert "next generic skin" not in said
    face.aim.detail.regions["forehead"].spacing = 1.5
    assert "next generic skin" in " ".join(draw(bpy.types.AIM_PT_detail_regions).texts)


def test_compression_is_shown_as_colours_and_hidden(face: bpy.types.Object) -> None:
    rig = rig_of(face)
    before = rig.data.color_attributes.active_color_name
    assert bpy.ops.aim.show_compression() == {'FINISHED'}
    pose(face)
    mesh = evaluated(rig)
    assert mesh.color_attributes.active_color_name == nodes.COLOURS
    colours = np.empty((len(mesh.vertices), 4), np.float32)
    mesh.attributes[nodes.COLOURS].data.foreach_get("color", colours.ravel())
    own = channels(mesh)
    assert np.allclose(colours[own.sum(axis=1) == 0, :3], nodes.REST_COLOUR)
    assert np.ptp(colours[:, :3]) > 0.1
    rows = legend.compression_of(view_context())
    assert rows[0] == (nodes.CHANNEL_COLOURS[0], "Across the face") and len(rows) == 5
    assert bpy.ops.aim.show_compression() == {'FINISHED'}
    assert nodes.COLOURS not in rig.data.color_attributes
    assert (rig.data.color_attributes.active_color_name or "") == (before or "")
    assert nodes.COLOURS not in evaluated(rig).attributes
    assert not legend.compression_of(view_context())


def test_before_and_after(face: bpy.types.Object) -> None:
    modifier = nodes.modifier_of(rig_of(face))
    bpy.ops.aim.compare_detail()
    assert not modifier.show_viewport and not modifier.show_render
    bpy.ops.aim.compare_detail()
    assert modifier.show_viewport and modifier.show_render


def test_a_saved_file_goes_on(face: bpy.types.Object, tmp_path) -> None:
    pose(face)
    before, maps = channels(evaluated(rig_of(face))), images.read_maps(face)
    face.aim.detail.regions["lips"].strength = 0.5
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "face.blend"))
    face = bpy.data.objects["Head"]
    assert np.array_equal(channels(evaluated(rig_of(face))), before)
    for one, two in zip(images.read_maps(face), maps, strict=True):
        assert np.array_equal(one, two)
    face.aim.detail.regions["lips"].strength = 1.0
    assert np.abs(strengths(rig_of(face)) - 1).max() < 1e-6


def test_a_duplicate_plays_and_is_taken_off_alone(face: bpy.types.Object) -> None:
    rig = rig_of(face)
    copy = rig.copy()
    copy.data = rig.data.copy()
    bpy.context.scene.collection.objects.link(copy)
    pose(face)
    for key in copy.data.shape_keys.key_blocks[1:]:
        key.value = 1.0
    assert np.abs(channels(evaluated(copy)) - channels(evaluated(rig))).max() < 1e-6
    faces.select([face])
    bpy.ops.aim.remove_detail()
    assert nodes.modifier_of(rig) is None
    assert channels(evaluated(copy)).max() > 0.05
    material = copy.material_slots[0].material
    assert any(node.type == 'GROUP' for node in material.node_tree.nodes)
    assert len(bpy.data.images) == 2


def test_remove_leaves_nothing(monkeypatch) -> None:
    face = detail_face.make()
    rig = rig_of(face)

    def left() -> tuple:
        data = rig.data
        return (
            sorted(attribute.name for attribute in data.attributes),
            sorted(data.keys()),
            [modifier.name for modifier in rig.modifiers],
            len(rig.material_slots),
            *(len(getattr(bpy.data, name)) for name in ("images", "node_groups", "materials")),
        )

    before = left()
    detail_face.worker(monkeypatch, detail_face.made(rig))
    bpy.ops.aim.make_generic_skin()
    assert left() != before
    bpy.ops.aim.remove_detail()
    assert left() == before
    with pytest.raises(RuntimeError, match="start from generic skin first"):
        bpy.ops.aim.remove_detail()


def test_one_undo_takes_it_back(monkeypatch) -> None:
    face = detail_face.make()
    bpy.ops.ed.undo_push(message="Before")
    detail_face.worker(monkeypatch, detail_face.made(rig_of(face)))
    bpy.ops.aim.make_generic_skin()
    bpy.ops.ed.undo_push(message="Detail")
    bpy.ops.ed.undo()
    face = bpy.data.objects["Head"]
    assert face.aim.detail.kind == 'NONE' and nodes.modifier_of(rig_of(face)) is None
    assert nodes.VECTORS[0] not in rig_of(face).data.attributes and not bpy.data.images
    bpy.ops.ed.redo()
    face = bpy.data.objects["Head"]
    pose(face)
    assert channels(evaluated(rig_of(face))).max() > 0.05
    assert np.abs(images.read_maps(face)[0]).max() > 0.1
