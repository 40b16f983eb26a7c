# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that turn: bones from eyeballs, target and free look, and what a user may have done to the rig before."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import meshes, storage
from aim_blender_addon.bridge.data.head_space import HeadSpace
from aim_blender_addon.bridge.performance.shown.skin import moving
from aim_blender_addon.bridge.performance.writing import Performance, write_performance
from aim_blender_addon.bridge.rig import eye_bones, lids
from aim_blender_addon.bridge.rig.eyes import kept_balls
from aim_blender_addon.bridge.rig.own_bones import EYES, TARGET, TARGETS, find_bone, pose_bone

from . import faces, stand_in

#: Where the eyes of the stand-in head are, mm, and their radius.
LEFT = stand_in.CENTRE + (31.0, -72.0, 8.0)
RIGHT = LEFT - (62.0, 0.0, 0.0)
RADIUS = 12.0


def ball(centre: np.ndarray, size: tuple[float, float, float] = (24.0, 24.0, 24.0)) -> Mesh:
    """An eyeball, mm."""
    return faces.ellipsoid(size, centre, 16, 20)


def baked(scale_length: float = 1.0, matrix: list | None = None) -> bpy.types.Object:
    """A face with a rig."""
    model = stand_in.named(stand_in.make_model(3), ("jaw_open", "smile", "brows"))
    face = stand_in.add_neutral(model, scale_length, matrix)
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    return face


def add_eye(face: bpy.types.Object, mesh: Mesh, name: str) -> bpy.types.Object:
    """An eyeball as an object in the head."""
    scene = bpy.context.scene
    space = HeadSpace(np.array(face.matrix_world), scene.unit_settings.scale_length * 1000)
    return meshes.create_object(name, mesh, space, scene.collection)


@pytest.fixture
def face() -> bpy.types.Object:
    """A rig with two loose eyeballs, and nothing of the user's selected."""
    made = baked()
    add_eye(made, ball(LEFT), "Eye L")
    add_eye(made, ball(RIGHT), "Eye R")
    faces.select([made.aim.rig])
    return made


def shown(obj: bpy.types.Object) -> np.ndarray:
    """[V, 3] of the world, as Blender shows an object."""
    bpy.context.view_layer.update()
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.array([twin.matrix_world @ vertex.co for vertex in mesh.vertices])
    twin.to_mesh_clear()
    return points


def look_freely(face: bpy.types.Object, yaw: float, pitch: float) -> None:
    """Turn both eyes; radians."""
    armature = face.aim.armature
    pose_bone(armature, TARGET)[eye_bones.LOOK_AT] = 0.0
    armature.aim.look_yaw, armature.aim.look_pitch = yaw, pitch
    armature.update_tag()
    bpy.context.view_layer.update()


def turned(points: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """[3, 3] the rotation between two states of an eyeball, about its middle."""
    one, two = rest - rest.mean(axis=0), points - points.mean(axis=0)
    u, _s, v = np.linalg.svd(one.T @ two)
    return v.T @ np.diag([1, 1, np.linalg.det(v.T @ u.T)]) @ u.T


def front_of(face: bpy.types.Object) -> np.ndarray:
    """[3] where the left eye's bone points to in the world."""
    armature = face.aim.armature
    posed = pose_bone(armature, EYES["left"])
    return np.array((armature.matrix_world @ posed.matrix).col[1].to_3d().normalized())


def test_needs_a_rig() -> None:
    faces.new_face()
    with pytest.raises(RuntimeError, match="Bake the rig first"):
        bpy.ops.aim.make_eyes()


def test_eyes_turn_about_their_middles_and_rest_as_they_were(face: bpy.types.Object) -> None:
    left = bpy.data.objects["Eye L"]
    rest = shown(left)
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    np.testing.assert_allclose(shown(left), rest, atol=1e-5, err_msg="nothing moves at rest")
    found = kept_balls(face.aim.armature)
    np.testing.assert_allclose(found["left"].centre, LEFT, atol=0.1)
    assert found["right"].radius == pytest.approx(RADIUS, abs=0.1)
    look_freely(face, 0.3, 0.0)
    there = shown(left)
    np.testing.assert_allclose(there.mean(axis=0), rest.mean(axis=0), atol=1e-5)
    assert front_of(face)[0] == pytest.approx(np.sin(0.3), abs=1e-3), "to the person's left"
    angle = np.arccos((np.trace(turned(there, rest)) - 1) / 2)
    assert angle == pytest.approx(0.3, abs=1e-3)
    ahead = front_of(face)[2]
    look_freely(face, 0.0, 0.2)
    assert front_of(face)[2] > ahead + 0.15, "up"
    assert bpy.ops.aim.reset_look() == {'FINISHED'}
    np.testing.assert_allclose(shown(left), rest, atol=1e-5)


def test_eyes_look_at_the_target_while_the_head_turns(face: bpy.types.Object) -> None:
    bpy.ops.aim.make_eyes()
    armature = face.aim.armature
    target = pose_bone(armature, TARGET)
    target.location = (0.1, 0.0, 0.0)  # to the person's right, as X of the bone runs
    bpy.context.view_layer.update()
    own = pose_bone(armature, TARGETS["left"])
    assert front_of(face)[0] < -0.05
    pose_bone(armature, "skull").rotation_euler.y = 0.2
    bpy.context.view_layer.update()
    eye = pose_bone(armature, EYES["left"])
    away = np.array((own.head - eye.head).normalized())
    np.testing.assert_allclose(front_of(face), away, atol=1e-4)


def test_drivers_need_no_python(face: bpy.types.Object) -> None:
    bpy.ops.aim.make_eyes()
    owners = (face.aim.armature, face.aim.rig, face.aim.rig.data.shape_keys)
    drivers = [
        curve.driver for o in owners if o.animation_data for curve in o.animation_data.drivers
    ]
    assert drivers
    for driver in drivers:
        assert driver.type != 'SCRIPTED' or driver.is_simple_expression, driver.expression


def test_no_eyes_is_said_and_nothing_is_changed() -> None:
    face = baked()
    faces.select([face.aim.rig])
    with pytest.raises(RuntimeError, match="No eyeball was found in Head: select the objects"):
        bpy.ops.aim.make_eyes()
    assert len(face.aim.armature.data.bones) == 2 and not kept_balls(face.aim.armature)


def test_one_eye_gets_one_bone(face: bpy.types.Object) -> None:
    bpy.data.objects.remove(bpy.data.objects["Eye R"])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    armature = face.aim.armature
    assert eye_bones.sides(armature) == ["left"]
    assert not find_bone(armature, TARGETS["right"])


def test_eyes_in_one_object_with_other_things(face: bpy.types.Object) -> None:
    left, right = bpy.data.objects["Eye L"], bpy.data.objects["Eye R"]
    tooth = add_eye(face, ball(stand_in.CENTRE + (0, -70, -60), (10, 8, 10)), "Tooth")
    faces.select([left, right, tooth])
    bpy.ops.object.join()
    faces.select([tooth, face.aim.rig])
    assert bpy.ops.aim.attach_parts() == {'FINISHED'}
    rest = shown(tooth)
    faces.select([face.aim.rig])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    look_freely(face, 0.3, 0.0)
    moved = np.linalg.norm(shown(tooth) - rest, axis=1) > 1e-6
    near = np.linalg.norm(rest * 1000 - stand_in.CENTRE - (0, -70, -60), axis=1) < 10
    assert moved[~near].mean() > 0.9 and not moved[near].any()
    faces.select([tooth, face.aim.rig])
    assert bpy.ops.aim.attach_parts() == {'FINISHED'}
    assert (np.linalg.norm(shown(tooth) - rest, axis=1) > 1e-6).sum() == moved.sum(), (
        "attached again"
    )


def test_eyes_that_are_no_balls_turn_and_are_named(face: bpy.types.Object) -> None:
    bpy.data.objects.remove(bpy.data.objects["Eye L"])
    add_eye(face, ball(LEFT, (24.0, 23.0, 25.5)), "Egg")
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    assert eye_bones.sides(face.aim.armature) == ["left", "right"]


def test_protruding_eyes_are_slid_over_without_a_warning_of_our_own_modifier(
    face: bpy.types.Object,
) -> None:
    for name in ("Eye L", "Eye R"):
        bpy.data.objects[name].location.y -= 0.006  # half a radius out of the sockets
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    rig, armature = face.aim.rig, face.aim.armature
    look_freely(face, 0.4, 0.2)
    assert any(lids.slides_lids(modifier) for modifier in rig.modifiers)
    assert not moving(rig, armature, (), 1.0, 1000.0, bpy.context)
    users = rig.modifiers.new("Mine", 'SMOOTH')
    (found,) = moving(rig, armature, (), 1.0, 1000.0, bpy.context)
    assert found.names == (users.name,)


@pytest.mark.parametrize("squash", [0.1, 0.35], ids=["a disc", "a flat toon eye"])
def test_flat_eyeballs_turn_or_are_refused_in_a_sentence(
    face: bpy.types.Object, squash: float
) -> None:
    for name in ("Eye L", "Eye R"):
        bpy.data.objects.remove(bpy.data.objects[name])
    flat = (24.0, 24.0 * squash, 24.0)
    for name, centre in (("Flat L", LEFT), ("Flat R", RIGHT)):
        add_eye(face, ball(centre, flat), name)
    faces.select([face.aim.rig])
    try:
        bpy.ops.aim.make_eyes()
    except RuntimeError as error:
        assert "No eyeball was found in Head" in str(error)
        assert not eye_bones.has_eyes(face.aim.armature)
    else:
        assert eye_bones.sides(face.aim.armature) == ["left", "right"]
        assert np.isfinite(stand_in.evaluated_mm(face.aim.rig)).all()


@pytest.mark.parametrize(
    ("scale_length", "matrix"),
    [
        (0.01, np.eye(4).tolist()),
        (1.0, (Matrix.Translation((1, 2, 3)) @ Matrix.Rotation(1.0, 4, 'X')).normalized()),
    ],
    ids=["centimetres", "moved and turned"],
)
def test_any_unit_and_place(scale_length: float, matrix: list) -> None:
    face = baked(scale_length, [list(row) for row in matrix])
    left = add_eye(face, ball(LEFT), "Eye L")
    rest = shown(left)
    faces.select([face.aim.rig])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    np.testing.assert_allclose(shown(left), rest, atol=1e-4)
    np.testing.assert_allclose(kept_balls(face.aim.armature)["left"].centre, LEFT, atol=0.1)


@pytest.mark.parametrize("scale", [(2.0, 2.0, 2.0), (-1.0, 1.0, 1.0)], ids=["scaled", "mirrored"])
def test_a_rig_that_was_scaled_or_mirrored(face: bpy.types.Object, scale: tuple) -> None:
    armature = face.aim.armature
    for name in ("Eye L", "Eye R"):
        eye = bpy.data.objects[name]
        eye.matrix_world = Matrix.Diagonal((*scale, 1.0)) @ eye.matrix_world
    armature.matrix_world = Matrix.Diagonal((*scale, 1.0)) @ armature.matrix_world
    bpy.context.view_layer.update()
    left = bpy.data.objects["Eye L"]
    rest = shown(left)
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    np.testing.assert_allclose(shown(left), rest, atol=1e-4)
    assert set(eye_bones.sides(armature)) == {"left", "right"}


@pytest.mark.parametrize("scale", [(2.0, 2.0, 2.0), (-1.0, 1.0, 1.0), (0.5, -0.5, 0.5)])
def test_eyeballs_that_are_scaled_or_mirrored_objects(face: bpy.types.Object, scale: tuple) -> None:
    left = bpy.data.objects["Eye L"]
    rest = shown(left)
    left.matrix_world = Matrix.Translation(rest.mean(axis=0)) @ Matrix.Diagonal((*scale, 1.0))
    back = left.matrix_world.inverted()
    for vertex, place in zip(left.data.vertices, rest, strict=True):
        vertex.co = back @ Vector(place)
    rest = shown(left)
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    np.testing.assert_allclose(shown(left), rest, atol=1e-5, err_msg="nothing moves at rest")
    assert kept_balls(face.aim.armature)["left"].radius == pytest.approx(RADIUS, abs=0.1)
    look_freely(face, 0.3, 0.0)
    there = turned(shown(left), rest)
    assert np.arccos((np.trace(there) - 1) / 2) == pytest.approx(0.3, abs=1e-3)


def test_a_linked_eyeball_is_named_and_nothing_is_changed(
    face: bpy.types.Object, tmp_path: Path
) -> None:
    path = str(tmp_path / "eye.blend")
    eye = bpy.data.objects["Eye L"]
    bpy.data.libraries.write(path, {eye})
    bpy.data.objects.remove(eye)
    with bpy.data.libraries.load(path, link=True) as (_held, into):
        into.objects = ["Eye L"]
    bpy.context.scene.collection.objects.link(into.objects[0])
    faces.select([face.aim.rig])
    with pytest.raises(RuntimeError, match="Eye L"):
        bpy.ops.aim.make_eyes()
    assert not eye_bones.has_eyes(face.aim.armature)


def test_eyes_of_an_overridden_rig_turn(face: bpy.types.Object, tmp_path: Path) -> None:
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    path = str(tmp_path / "library.blend")
    names = [obj.name for obj in (face, face.aim.armature, face.aim.rig)] + ["Eye L", "Eye R"]
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(path, link=True) as (_held, into):
        into.objects = list(names)
    for obj in into.objects:
        bpy.context.scene.collection.objects.link(obj)
    root = bpy.data.objects[names[1]].override_hierarchy_create(
        bpy.context.scene, bpy.context.view_layer, do_fully_editable=True
    )
    eyes = [obj for obj in bpy.data.objects if obj.override_library and obj.name.startswith("Eye")]
    assert len(eyes) == 2
    rest = shown(eyes[0])
    pose_bone(root, TARGET)[eye_bones.LOOK_AT] = 0.0
    root.aim.look_yaw = 0.3
    root.update_tag()
    there = turned(shown(eyes[0]), rest)
    assert np.arccos((np.trace(there) - 1) / 2) == pytest.approx(0.3, abs=1e-3)


def test_bones_of_the_users_with_our_names_stay_theirs(face: bpy.types.Object) -> None:
    armature = face.aim.armature
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode='EDIT')
    theirs = armature.data.edit_bones.new("eye_left")
    theirs.head, theirs.tail = (0, 0, 0), (0, 0, 1)
    bpy.ops.object.mode_set(mode='OBJECT')
    faces.select([face.aim.rig])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    assert find_bone(armature, EYES["left"]) == "eye_left.001"
    assert tuple(armature.data.bones["eye_left"].tail_local) == (0, 0, 1)


def test_keys_survive_an_update_of_the_rig(face: bpy.types.Object) -> None:
    bpy.ops.aim.make_eyes()
    armature = face.aim.armature
    armature.data.bones[EYES["left"]].name = "My Eye"
    look_freely(face, 0.25, 0.0)
    assert bpy.ops.aim.key_look() == {'FINISHED'}
    before = shown(bpy.data.objects["Eye L"])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    bpy.context.scene.frame_set(bpy.context.scene.frame_current)
    assert find_bone(armature, EYES["left"]) == "My Eye"
    np.testing.assert_allclose(shown(bpy.data.objects["Eye L"]), before, atol=1e-5)
    assert len(armature.data.bones) == 7


def test_a_linked_rig_is_refused(face: bpy.types.Object, tmp_path) -> None:
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {face, face.aim.rig, face.aim.armature})
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (held, into):
        into.objects = list(held.objects)
    for obj in into.objects:
        bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = next(obj for obj in into.objects if obj.aim.is_face)
    with pytest.raises(RuntimeError, match="linked from another file"):
        bpy.ops.aim.make_eyes()


def test_a_take_turns_the_eyes_free_of_the_target(face: bpy.types.Object) -> None:
    bpy.ops.aim.make_eyes()
    rig, armature = face.aim.rig, face.aim.armature
    still = np.tile(np.eye(4), (3, 1, 1))
    look = np.zeros((3, 2, 2))
    look[1] = (0.2, -0.3)
    count = len(rig.data.vertices)
    take = Performance(
        "take",
        np.array([1.0, 2.0, 3.0]),
        np.ones(3, bool),
        [],
        still,
        still,
        np.zeros((3, 0)),
        np.zeros((0, count, 3)),
        np.zeros((3, 0)),
        look=look,
    )
    write_performance(rig, armature, take, 1000.0)
    bpy.context.scene.frame_set(2)
    assert armature.aim.look_yaw == pytest.approx(0.2, abs=1e-5)
    assert front_of(face)[0] == pytest.approx(np.sin(0.2) * np.cos(0.3), abs=1e-3)
    target = pose_bone(armature, TARGET)
    assert target[eye_bones.LOOK_AT] == 0 and target[eye_bones.LIDS] == 0
