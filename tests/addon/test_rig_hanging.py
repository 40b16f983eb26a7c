# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lashes, cards of a beard and hair curves attached to a rig follow the shapes of its skin."""

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix, Vector

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import shape_keys
from aim_blender_addon.bridge.data.driven_keys import driver_of, handed_on
from aim_blender_addon.bridge.face.results import keep_model
from aim_blender_addon.bridge.performance.companions import find_companions
from aim_blender_addon.bridge.rig import carried
from tests.addon import faces, stand_in

NAMES = ["jaw open", "jaw_forward", 'quote"d']
#: Vertices of the skin at which a card grows: on the front, above and below the middle.
ROOTS = np.array([stand_in.COLUMNS * ring + 24 for ring in (7, 12)])


@pytest.fixture
def face():
    model = stand_in.make_model(3)
    face = stand_in.add_neutral(model)
    keep_model(face, model, model_to_bytes(model))
    bpy.context.view_layer.objects.active = face
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    return face


def cards(face, name="Beard", place=None):
    """A card at each root, straight away from the head; ``place`` is the object's own space."""
    skin = shape_keys.read_points(face.aim.rig.data.shape_keys.reference_key)
    centre = stand_in.CENTRE / face.aim.armature.aim.jaw_measures[4]
    points = []
    for root in skin[ROOTS]:
        way = (root - centre) / np.linalg.norm(root - centre)
        points += [root + step * 0.004 * way + side for step in range(4) for side in SIDES]
    quads = [[8 * n + 2 * k + c for c in (0, 1, 3, 2)] for n in range(2) for k in range(3)]
    corners = np.array(quads, np.int32).ravel()
    mesh = Mesh(np.array(points, np.float32), corners, np.full(6, 4, np.int32), name)
    data = bpy.data.meshes.new(name)
    obj = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(obj)
    obj.matrix_world = face.aim.armature.matrix_world @ (place or Matrix())
    local = [(place or Matrix()).inverted() @ Vector(point) for point in mesh.vertices.tolist()]
    data.from_pydata(local, [], quads)
    bpy.context.view_layer.update()
    return obj


SIDES = np.array([(-0.0005, 0, 0), (0.0005, 0, 0)])


def attach(face, *objects):
    faces.select([*objects, face.aim.rig])
    return bpy.ops.aim.attach_parts()


def seen(obj):
    bpy.context.view_layer.update()
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.array([twin.matrix_world @ vertex.co for vertex in mesh.vertices])
    twin.to_mesh_clear()
    return points


def set_keys(face, **values):
    for name, value in values.items():
        face.aim.rig.data.shape_keys.key_blocks[name].value = value


def roots_off(face, obj, rest):
    """Millimetres between how roots of cards and their skin have moved; the most that a card is longer or shorter."""
    moved = seen(obj).reshape(2, 4, 2, 3)
    skin = seen(face.aim.rig)[ROOTS]
    cards_rest, skin_rest = rest
    off = (moved - cards_rest)[:, 0].mean(axis=1) - (skin - skin_rest)
    length = [
        np.linalg.norm(c[:, 3].mean(1) - c[:, 0].mean(1), axis=1) for c in (moved, cards_rest)
    ]
    return 1000 * np.abs(off).max(), np.abs(length[0] / length[1] - 1).max()


def at_rest(face, obj):
    return seen(obj).reshape(2, 4, 2, 3), seen(face.aim.rig)[ROOTS]


@pytest.mark.parametrize(
    "place",
    [
        Matrix(),
        Matrix.Diagonal((0.01, 0.02, 0.01, 1)),
        Matrix.Translation((1, 2, 3)) @ Matrix.Diagonal((-1, 1, 1, 1)),
        Matrix.Rotation(1.0, 4, 'X') @ Matrix.Diagonal((1000, 1000, 1000, 1)),
    ],
    ids=["plain", "scaled", "mirrored", "other unit"],
)
def test_cards_follow_the_shapes_and_the_jaw(face, place):
    obj = cards(face, place=place)
    rest = at_rest(face, obj)
    assert attach(face, obj) == {'FINISHED'}
    assert roots_off(face, obj, rest)[0] < 0.01, "nothing moves by being attached"
    set_keys(face, **{NAMES[0]: 1.0})
    off, longer = roots_off(face, obj, rest)
    assert off < 0.1 and longer < 0.05
    set_keys(face, **{NAMES[0]: 0.4, NAMES[2]: 0.7})
    face.aim.armature.pose.bones["jaw"].rotation_euler = Euler((0.3, 0, 0))
    off, longer = roots_off(face, obj, rest)
    assert off < 0.3 and longer < 0.15


def test_keys_have_the_skins_names_and_play_without_python(face):
    obj = cards(face)
    attach(face, obj)
    keys = obj.data.shape_keys
    assert [key.name for key in keys.key_blocks[1:]] == NAMES
    for name in NAMES:
        curve = driver_of(keys, name)
        assert curve.driver.type == 'AVERAGE'
        assert handed_on(curve)[0] == face.aim.rig.data.shape_keys


def test_own_keys_survive_and_by_hand_gives_all_back(face):
    obj = cards(face)
    obj.shape_key_add(name="Rest")
    own = obj.shape_key_add(name=NAMES[0])
    own.data[0].co.z += 0.01
    own.value = 0.25
    obj.shape_key_add(name="Mine")
    points = shape_keys.read_points(own)
    attach(face, obj)
    assert attach(face, obj) == {'FINISHED'}, "again"
    keys = obj.data.shape_keys
    assert [key.name for key in keys.key_blocks] == ["Rest", NAMES[0], "Mine", *NAMES[1:]]
    set_keys(face, **{NAMES[0]: 0.8})
    bpy.context.view_layer.update()
    assert keys.key_blocks[NAMES[0]].value == pytest.approx(0.8)
    np.testing.assert_array_equal(shape_keys.read_points(keys.key_blocks[NAMES[0]]), points)
    faces.select([obj, face.aim.rig])
    assert bpy.ops.aim.attach_to_bone(bone='SKULL') == {'FINISHED'}
    keys = obj.data.shape_keys
    assert [key.name for key in keys.key_blocks] == ["Rest", NAMES[0], "Mine"]
    assert keys.key_blocks[NAMES[0]].value == pytest.approx(0.25)
    assert driver_of(keys, NAMES[0]) is None and not carried.hangs(obj)


def test_without_keys_of_its_own_a_piece_has_none_after_release(face):
    obj = cards(face)
    attach(face, obj)
    carried.release(obj)
    assert obj.data.shape_keys is None


def test_later_keys_are_carried_and_lost_ones_go(face):
    obj, rig = cards(face), face.aim.rig
    attach(face, obj)
    rest = at_rest(face, obj)
    block = rig.shape_key_add(name="corrective 1")
    for vertex in block.data:
        vertex.co.x += 0.02
    carried.carry_keys(rig, ["corrective 1"])
    set_keys(face, **{"corrective 1": 1.0})
    assert roots_off(face, obj, rest)[0] < 0.01
    rig.shape_key_remove(rig.data.shape_keys.key_blocks["corrective 1"])
    carried.carry_keys(rig, ())
    assert [key.name for key in obj.data.shape_keys.key_blocks[1:]] == NAMES
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    assert [key.name for key in obj.data.shape_keys.key_blocks[1:]] == NAMES


def test_a_renamed_shape_is_not_carried_twice(face):
    obj, rig = cards(face), face.aim.rig
    attach(face, obj)
    rig.data.shape_keys.key_blocks[NAMES[2]].name = "quiet"
    carried.carry_keys(rig)
    assert [key.name for key in obj.data.shape_keys.key_blocks[1:]] == [*NAMES[:2], "quiet"]
    source = handed_on(driver_of(obj.data.shape_keys, "quiet"))
    assert source[1] == shape_keys.key_path("quiet")


def test_a_shape_made_of_the_pose_is_carried(face):
    obj = cards(face)
    attach(face, obj)
    set_keys(face, **{NAMES[0]: 1.0})
    bpy.context.view_layer.objects.active = face.aim.rig
    assert bpy.ops.aim.shape_from_pose(name="Mine") == {'FINISHED'}
    assert "Mine" in obj.data.shape_keys.key_blocks


def test_takes_leave_what_follows_alone(face):
    obj, rig = cards(face), face.aim.rig
    attach(face, obj)
    found, left_out = find_companions(rig, face.aim.armature, bpy.context.scene, (), NAMES)
    assert not found and not left_out


def test_a_piece_with_other_vertices_is_named_and_bound_again(face):
    obj, rig = cards(face), face.aim.rig
    attach(face, obj)
    place = obj.data.vertices[0].co.copy()
    shape_keys.clear_keys(obj)
    obj.data.vertices.add(1)
    obj.data.vertices[-1].co = place
    assert carried.carry_keys(rig) == [obj.name]
    assert attach(face, obj) == {'FINISHED'}
    assert carried.carry_keys(rig) == []


def test_modifiers_before_the_armature_stay(face):
    obj = cards(face)
    obj.modifiers.new("Thick", 'SOLIDIFY')
    attach(face, obj)
    assert [modifier.type for modifier in obj.modifiers] == ['ARMATURE', 'SOLIDIFY']


def test_bad_input_is_named_and_nothing_is_changed(face):
    good, bad = cards(face, "Good"), cards(face, "Bad")

    def refused(message):
        with pytest.raises(RuntimeError, match=message):
            attach(face, good, bad)
        assert not carried.hangs(good) and good.data.shape_keys is None

    bad.shape_key_add(name="Basis")
    bad.data.shape_keys.use_relative = False
    refused("The shape keys of Bad are absolute")
    bad.data.shape_keys.use_relative = True
    bad.scale = (1, 0, 1)
    bpy.context.view_layer.update()
    refused("Bad is scaled to nothing")


def hair(face):
    """A hair of four points at each root."""
    data = bpy.data.hair_curves.new("Hair")
    data.add_curves([4, 4])
    skin = shape_keys.read_points(face.aim.rig.data.shape_keys.reference_key)
    for number, root in enumerate(skin[ROOTS]):
        for step in range(4):
            data.points[4 * number + step].position = root + (0, -0.003 * step, 0)
    obj = bpy.data.objects.new("Hair", data)
    bpy.context.scene.collection.objects.link(obj)
    obj.matrix_world = face.aim.armature.matrix_world
    bpy.context.view_layer.update()
    return obj


def test_hair_curves_need_places_and_follow_the_skin(face):
    obj, rig = hair(face), face.aim.rig
    while rig.data.uv_layers:
        rig.data.uv_layers.remove(rig.data.uv_layers[0])
    with pytest.raises(RuntimeError, match="has no UV map, by which Blender holds Hair on it"):
        attach(face, obj)
    same = rig.data.uv_layers.new(name="All in one place")
    with pytest.raises(RuntimeError, match="overlaps itself where Hair grows"):
        attach(face, obj)
    assert obj.data.surface is None and not obj.modifiers
    rig.data.uv_layers.remove(same)
    atlas = rig.data.uv_layers.new(name="Atlas").uv
    side = int(np.ceil(np.sqrt(len(rig.data.polygons))))
    for polygon in rig.data.polygons:
        for corner, loop in enumerate(polygon.loop_indices):
            x, y = 0.1 + 0.8 * (corner in (1, 2)), 0.1 + 0.8 * (corner in (2, 3))
            place = (polygon.index % side + x, polygon.index // side + y)
            atlas[loop].vector = (place[0] / side, place[1] / side)
    assert attach(face, obj) == {'FINISHED'}

    def roots():
        bpy.context.view_layer.update()
        twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        points = [twin.matrix_world @ point.position for point in twin.data.points]
        return np.array(points)[::4]

    before, skin = roots(), seen(rig)[ROOTS]
    set_keys(face, **{NAMES[0]: 1.0})
    np.testing.assert_allclose(roots() - before, seen(rig)[ROOTS] - skin, atol=1e-4)
    faces.select([obj, rig])
    bpy.ops.aim.attach_to_bone(bone='SKULL')
    assert not obj.modifiers
