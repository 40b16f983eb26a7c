# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects are read as they are seen, in head space and millimetres, whatever their transforms."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.bridge.data import meshes
from aim_blender_addon.bridge.data.head_space import head_space
from tests.addon import faces

NEAR = 2e-3  # mm; float32 of a head far from the origin


@pytest.fixture
def head() -> bpy.types.Object:
    obj = faces.new_object(faces.neutral())
    faces.select([obj])
    return obj


def read(obj: bpy.types.Object, face: bpy.types.Object) -> meshes.Mesh:
    return meshes.read_object(obj, head_space(face, bpy.context), bpy.context)


def test_an_object_in_the_scenes_units_is_read_in_millimetres(head: bpy.types.Object) -> None:
    mesh = read(head, head)
    truth = faces.neutral()
    np.testing.assert_allclose(mesh.vertices, truth.vertices, atol=NEAR)
    np.testing.assert_array_equal(mesh.face_vertices, truth.face_vertices)
    np.testing.assert_array_equal(mesh.face_sizes, truth.face_sizes)
    assert mesh.vertices.dtype == np.float32
    assert mesh.name == head.name


def test_scene_units_count_and_can_be_overruled(head: bpy.types.Object) -> None:
    bpy.context.scene.unit_settings.scale_length = 0.1
    truth = faces.neutral().vertices
    np.testing.assert_allclose(read(head, head).vertices, truth * 0.1, atol=NEAR)
    head.aim.scan_unit = 'M'
    np.testing.assert_allclose(read(head, head).vertices, truth, atol=NEAR)
    head.aim.scan_unit = 'CM'
    np.testing.assert_allclose(read(head, head).vertices, truth * 0.01, atol=NEAR)


def test_where_the_neutral_stands_does_not_matter_and_its_scale_does(
    head: bpy.types.Object,
) -> None:
    head.matrix_world = Matrix.LocRotScale(
        (3, -2, 1), Matrix.Rotation(0.7, 3, 'Y').to_euler(), (2, 1, 1)
    )
    truth = faces.neutral().vertices * np.float32([2, 1, 1])
    np.testing.assert_allclose(read(head, head).vertices, truth, atol=NEAR)


def test_other_objects_are_read_through_their_own_transform(head: bpy.types.Object) -> None:
    other = faces.new_object(faces.neutral(), "other", scale=0.01)
    head.location = other.location = (1, 2, 3)
    other.scale = (0.1, 0.1, 0.1)
    other.location.x += 0.5
    expected = faces.neutral().vertices + np.float32([500, 0, 0])
    np.testing.assert_allclose(read(other, head).vertices, expected, atol=NEAR)


def test_a_parents_transform_counts(head: bpy.types.Object) -> None:
    parent = bpy.data.objects.new("parent", None)
    bpy.context.scene.collection.objects.link(parent)
    head.parent = parent
    parent.scale = (3, 3, 3)
    np.testing.assert_allclose(read(head, head).vertices, 3 * faces.neutral().vertices, atol=NEAR)


def test_mirrored_objects_keep_their_faces_outside(head: bpy.types.Object) -> None:
    other = faces.new_object(faces.neutral(), "mirrored")
    other.scale = (-1, 1, 1)
    mesh = read(other, head)
    np.testing.assert_allclose(mesh.vertices, faces.neutral().vertices * [-1, 1, 1], atol=NEAR)
    outward = np.sum(mesh.normals * (mesh.vertices - mesh.vertices.mean(0)), axis=1)
    assert (outward > 0).mean() > 0.95
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    np.testing.assert_array_equal(mesh.face_vertices[starts], faces.neutral().face_vertices[starts])


def test_a_mirrored_neutral_lies_where_it_is_seen(head: bpy.types.Object) -> None:
    head.scale = (1, -1, 1)
    bpy.context.view_layer.update()
    space = head_space(head, bpy.context)
    mesh = meshes.read_object(head, space, bpy.context)
    world = meshes.transform(mesh.vertices, space.to_world())
    np.testing.assert_allclose(world, faces.neutral().vertices * [1e-3, -1e-3, 1e-3], atol=1e-6)
    assert np.linalg.det(space.rigid[:3, :3]) == pytest.approx(1)


def test_modifiers_are_in(head: bpy.types.Object) -> None:
    modifier = head.modifiers.new("up", 'DISPLACE')
    modifier.direction, modifier.strength = 'Z', 0.01
    modifier.mid_level = 0
    expected = faces.neutral().vertices + np.float32([0, 0, 10])
    np.testing.assert_allclose(read(head, head).vertices, expected, atol=NEAR)


@pytest.mark.parametrize("how", ["eye", "screen", "unlinked", "collection"])
def test_hidden_objects_are_read_as_they_would_be_seen(head: bpy.types.Object, how: str) -> None:
    other = faces.new_object(faces.neutral(), "hidden")
    modifier = other.modifiers.new("up", 'DISPLACE')
    modifier.direction, modifier.strength, modifier.mid_level = 'Z', 0.01, 0
    if how == "eye":
        other.hide_set(True)
    elif how == "screen":
        other.hide_viewport = True
    else:
        bpy.context.scene.collection.objects.unlink(other)
        if how == "collection":
            collection = bpy.data.collections.new("off")
            bpy.context.scene.collection.children.link(collection)
            collection.objects.link(other)
            collection.hide_viewport = True
    other.location.x = 0.1  # after hiding: its own world matrix is stale now
    expected = faces.neutral().vertices + np.float32([100, 0, 10])
    np.testing.assert_allclose(read(other, head).vertices, expected, atol=NEAR)
    assert [scene.name for scene in bpy.data.scenes] == [bpy.context.scene.name]
    assert len(bpy.data.objects) == 2


def test_shape_keys_are_read_at_full_value_whatever_the_sliders_say() -> None:
    obj = faces.new_shape_keys()
    keys = obj.data.shape_keys.key_blocks
    keys["smile"].value = 0.5
    keys["smile"].mute = True
    space = head_space(obj, bpy.context)
    basis, scans = meshes.read_shape_keys(obj, faces.EXPRESSIONS, space, bpy.context)
    np.testing.assert_allclose(basis.vertices, faces.neutral().vertices, atol=NEAR)
    for name, scan in zip(faces.EXPRESSIONS, scans, strict=True):
        assert scan.name == name
        np.testing.assert_allclose(scan.vertices, faces.expression(name).vertices, atol=NEAR)


def test_shape_keys_with_modifiers_groups_and_drivers_are_read_as_they_would_be_seen() -> None:
    obj = faces.new_shape_keys()
    keys = obj.data.shape_keys.key_blocks
    modifier = obj.modifiers.new("up", 'DISPLACE')
    modifier.direction, modifier.strength, modifier.mid_level = 'Z', 0.01, 0
    keys["smile"].relative_key = keys["jawOpen"]
    keys["browUp"].driver_add("value").driver.expression = "0.25"
    keys["browUp"].slider_max = 0.5
    everywhere = list(range(len(obj.data.vertices)))
    obj.vertex_groups.new(name="quarter").add(everywhere, 0.25, 'REPLACE')
    keys["jawOpen"].vertex_group = "quarter"
    space = head_space(obj, bpy.context)
    basis, scans = meshes.read_shape_keys(obj, faces.EXPRESSIONS, space, bpy.context)
    rest = faces.neutral().vertices
    shapes = {name: faces.expression(name).vertices for name in faces.EXPRESSIONS}
    expected = (
        0.75 * rest + 0.25 * shapes["jawOpen"],
        shapes["smile"] - shapes["jawOpen"] + rest,
        shapes["browUp"],
    )
    up = np.float32([0, 0, 10])
    np.testing.assert_allclose(basis.vertices, rest + up, atol=NEAR)
    for scan, truth in zip(scans, expected, strict=True):
        np.testing.assert_allclose(scan.vertices, truth + up, atol=NEAR)
    assert keys["browUp"].slider_max == 0.5
    assert (len(bpy.data.meshes), len(bpy.data.objects), len(bpy.data.shape_keys)) == (1, 1, 1)


def test_a_shape_key_that_is_gone_is_named() -> None:
    obj = faces.new_shape_keys()
    space = head_space(obj, bpy.context)
    with pytest.raises(ScanError, match="no shape key frown"):
        meshes.read_shape_keys(obj, ["frown"], space, bpy.context)


def test_objects_made_from_a_mesh_show_it_where_the_face_is(head: bpy.types.Object) -> None:
    head.matrix_world = Matrix.LocRotScale(
        (1, 2, 3), Matrix.Rotation(0.4, 3, 'X').to_euler(), (1, 1, 1)
    )
    space = head_space(head, bpy.context)
    obj = meshes.create_object("made", faces.skull(), space, bpy.context.scene.collection)
    mesh = meshes.read_object(obj, space, bpy.context)
    np.testing.assert_allclose(mesh.vertices, faces.skull().vertices, atol=NEAR)
    np.testing.assert_array_equal(mesh.face_vertices, faces.skull().face_vertices)
    assert len(obj.data.edges) > 0


def test_an_empty_mesh_is_read_as_one(head: bpy.types.Object) -> None:
    nothing = bpy.data.objects.new("nothing", bpy.data.meshes.new("nothing"))
    bpy.context.scene.collection.objects.link(nothing)
    mesh = read(nothing, head)
    assert mesh.vertices.shape == (0, 3)
    assert len(mesh.face_vertices) == len(mesh.face_sizes) == 0
