# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face joined to a body: the seam in every pose, what rests where it was, and the bodies users have."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from aim_blender_addon.bridge.body import bodies as real_bodies
from aim_blender_addon.bridge.body import carriers
from aim_blender_addon.bridge.body.join import body_of, is_joined
from aim_blender_addon.bridge.export import make
from aim_blender_addon.bridge.rig import eye_bones
from aim_blender_addon.bridge.rig.jaw_controls import shown_pose
from aim_blender_addon.bridge.rig.own_bones import EYES, JAW, SKULL, TARGET, pose_bone

from . import bodies, export_rigs, faces
from .test_eyes import LEFT, add_eye, ball

#: Millimetres: what a seam may open, and what may change at rest.
CLOSED, STILL = 0.1, 1e-3


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face with an open neck."""
    return bodies.new_face()


def joined(face: bpy.types.Object) -> bpy.types.Object:
    """The armature of a face after it was joined."""
    faces.select([face.aim.rig])
    assert bpy.ops.aim.join_body() == {'FINISHED'}
    return face.aim.armature


def refused(face: bpy.types.Object, match: str) -> None:
    """Joining is refused by a sentence, and nothing is changed."""
    faces.select([face.aim.rig])
    bones = len(face.aim.armature.data.bones)
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.aim.join_body()
    assert len(face.aim.armature.data.bones) == bones
    assert not is_joined(face.aim.armature)


def worst_gap(
    face: bpy.types.Object,
    body: bpy.types.Object,
    skin: bpy.types.Object,
    neck: tuple[str, ...],
    count: int = 20,
) -> float:
    """Largest gap of a seam in mm over some poses of a neck, which rests again afterwards."""
    numbers, found = bodies.border(face), []
    rest = bodies.shown(face.aim.rig)
    for pose in bodies.poses(count):
        bodies.turn(body, neck, pose)
        found.append(1000 * bodies.seam_gap(face, skin, numbers))
    moved = np.linalg.norm(bodies.shown(face.aim.rig) - rest, axis=1).max()
    assert moved > 0.01, "the head goes along"
    bodies.turn(body, neck, (0, 0, 0))
    return max(found)


def weights_of(rig: bpy.types.Object) -> dict[str, np.ndarray]:
    names = [group.name for group in rig.vertex_groups]
    return dict(zip(names, bodies.groups.read_groups(rig, names), strict=True))


@pytest.mark.parametrize("rig", bodies.RIGS)
def test_seam_stays_closed_and_all_is_undone(face: bpy.types.Object, rig: str) -> None:
    body, skin = bodies.new_body(face, rig)
    rest, before = bodies.shown(face.aim.rig), weights_of(face.aim.rig)
    armature = joined(face)
    assert 1000 * np.abs(bodies.shown(face.aim.rig) - rest).max() < STILL
    assert worst_gap(face, body, skin, bodies.NECKS[rig]) < CLOSED
    body.location.x += 0.5
    assert np.abs(bodies.shown(face.aim.rig) - rest - (0.5, 0, 0)).max() < 1e-5, "with the object"
    body.location.x -= 0.5
    bpy.context.view_layer.update()
    assert bpy.ops.aim.separate_body() == {'FINISHED'}
    assert not is_joined(armature) and armature.parent is None
    assert [bone.name for bone in armature.data.bones] == ["skull", "jaw"]
    after = weights_of(face.aim.rig)
    assert after.keys() == before.keys()
    for name, values in before.items():
        np.testing.assert_allclose(after[name], values, atol=1e-5)
    assert not any(name.startswith("aim_body") for name in face.aim.rig.data.attributes.keys())
    bodies.turn(body, bodies.NECKS[rig], (30, 0, 0))
    assert np.abs(bodies.shown(face.aim.rig) - rest).max() < 1e-6


def test_neck_of_rigify_with_its_bending_bones(face: bpy.types.Object) -> None:
    body = face.aim.body.armature = bodies.add_rigify(with_face=False)
    skin = bodies.add_skin(face, body, [f"DEF-spine.00{n}" for n in (3, 4, 5, 6)])
    rest = bodies.shown(face.aim.rig)
    joined(face)
    # Rigify itself rounds its own skin by as much at rest
    assert 1000 * np.abs(bodies.shown(face.aim.rig) - rest).max() < 5 * STILL
    assert body.data.bones["DEF-spine.004"].bbone_segments > 1, "bones that bend"
    assert worst_gap(face, body, skin, ("neck", "head")) < CLOSED


def test_neck_of_a_body_that_keeps_its_volume(face: bpy.types.Object) -> None:
    body, skin = bodies.new_body(face)
    skin.modifiers[0].use_deform_preserve_volume = True
    joined(face)
    assert worst_gap(face, body, skin, bodies.NECKS["MPFB"]) < CLOSED
    assert bpy.ops.aim.separate_body() == {'FINISHED'}
    assert [m.type for m in face.aim.rig.modifiers] == ['ARMATURE']
    assert set(weights_of(face.aim.rig)) == {"skull", "jaw"}


@pytest.mark.parametrize("factors", [(0.01,) * 3, (100.0,) * 3, (-1.0, 1.0, 1.0)])
def test_body_that_is_scaled_or_mirrored(face: bpy.types.Object, factors: tuple) -> None:
    body, skin = bodies.new_body(face)
    world = skin.matrix_world.copy()
    bodies.scaled(body, factors)
    skin.matrix_world = world
    joined(face)
    assert worst_gap(face, body, skin, bodies.NECKS["MPFB"], 8) < CLOSED


def test_face_in_another_unit_and_turned() -> None:
    turned = Matrix.Translation((0.3, -0.2, 0.1)) @ Euler((0.1, 0.2, 0.5)).to_matrix().to_4x4()
    face = bodies.new_face([list(row) for row in turned], scale_length=0.01)
    face.aim.body.move = False
    body = bodies.add_armature(bodies.MPFB)
    body.matrix_world = turned @ Matrix.Scale(100, 4)
    bpy.context.view_layer.update()
    chain = [bone for bone in bodies.MPFB if bodies.is_spine(bone)]
    skin = bodies.add_skin(face, body, chain, per_metre=100.0)
    joined(face)
    assert worst_gap(face, body, skin, bodies.NECKS["MPFB"], 8) / 100 < CLOSED


def test_several_head_bones_are_named_and_one_can_be_picked(face: bpy.types.Object) -> None:
    bones = {"spine": ("", 1.0, bodies.NECK, True)}
    bones |= {name: ("spine", bodies.NECK, bodies.TOP, True) for name in ("Head_L", "Head_R")}
    body = bodies.add_armature(bones, "Twins")
    skin = bodies.add_skin(face, body, ["spine", "Head_L"])
    refused(face, r"Twins has several head bones \(Head_L, Head_R\): pick the Head Bone")
    face.aim.body.head_bone = "Head_L"
    joined(face)
    assert worst_gap(face, body, skin, ("Head_L",), 6) < CLOSED
    face.aim.body.head_bone = "gone"
    with pytest.raises(RuntimeError, match="Twins has no bone gone any more"):
        bpy.ops.aim.join_body()


def test_head_of_an_unknown_armature_is_the_bone_nearest_to_the_skull(
    face: bpy.types.Object,
) -> None:
    body = bodies.add_armature(
        {"a": ("", 1.0, bodies.NECK, True), "b": ("a", bodies.HEAD, bodies.TOP, True)}
    )
    assert real_bodies.guess_bones(face, body).heads == ("b",)


def test_neck_that_is_another_mesh_than_the_body(face: bpy.types.Object) -> None:
    body, skin = bodies.new_body(face)
    collar = bodies.add_skin(face, body, ["spine01"], "Collar")
    collar.location.z -= 0.015
    bpy.context.view_layer.update()
    joined(face)
    assert worst_gap(face, body, skin, bodies.NECKS["MPFB"], 8) < CLOSED
    face.aim.body.mesh = collar
    joined(face)
    assert worst_gap(face, body, skin, bodies.NECKS["MPFB"], 8) > 1, "the collar's weights"
    face.aim.body.mesh = bpy.data.objects["Head"]
    with pytest.raises(RuntimeError, match="Body does not move Head: pick a mesh of the body"):
        bpy.ops.aim.join_body()


def test_body_without_a_mesh_moves_the_neck_by_its_bones(
    face: bpy.types.Object, capfd: pytest.CaptureFixture
) -> None:
    body = bodies.add_armature(bodies.MPFB)
    rest, numbers = bodies.shown(face.aim.rig), bodies.border(face)
    joined(face)
    assert "Body moves no mesh" in capfd.readouterr().out
    bodies.turn(body, ("neck03",), (30, 0, 0))
    moved = np.linalg.norm(bodies.shown(face.aim.rig) - rest, axis=1)
    assert moved[numbers].max() < 0.4 * moved.max()


def test_face_away_from_its_body_is_moved_only_when_asked(face: bpy.types.Object) -> None:
    body, skin = bodies.new_body(face)
    body.location.x, body.scale = 0.8, (4, 4, 4)
    bpy.context.view_layer.update()
    face.aim.body.move = True
    refused(face, "is 4 times as wide as that of Head: scale one of them")
    body.scale, face.aim.body.move = (1, 1, 1), False
    bpy.context.view_layer.update()
    refused(face, r"The neck of Head is \d+ mm away from Body: turn on Move to Body")
    face.aim.body.move = True
    joined(face)
    assert worst_gap(face, body, skin, bodies.NECKS["MPFB"], 6) < CLOSED
    assert face.aim.armature.matrix_world.translation.x == pytest.approx(0.8, abs=1e-4)


def test_pose_of_the_body_at_join_does_not_count(face: bpy.types.Object) -> None:
    body, skin = bodies.new_body(face)
    joined(face)
    wanted = weights_of(face.aim.rig)
    bodies.turn(body, bodies.NECKS["MPFB"], (30, 20, 10))
    posed = bodies.shown(face.aim.rig)
    assert bpy.ops.aim.separate_body() == {'FINISHED'}
    joined(face)
    for name, values in weights_of(face.aim.rig).items():
        np.testing.assert_allclose(values, wanted[name], atol=1e-4)
    assert np.abs(bodies.shown(face.aim.rig) - posed).max() < 1e-6
    joined(face)  # and once more, on top
    assert np.abs(bodies.shown(face.aim.rig) - posed).max() < 1e-6
    assert len(carriers.find_carriers(face.aim.armature)) == len(face.aim.armature.data.bones) - 2


def test_body_that_was_deleted(face: bpy.types.Object) -> None:
    body, skin = bodies.new_body(face)
    rest = bodies.shown(face.aim.rig)
    armature = joined(face)
    bpy.data.objects.remove(body)
    assert np.abs(bodies.shown(face.aim.rig) - rest).max() < 1e-6
    assert is_joined(armature) and body_of(armature) is None
    faces.select([face.aim.rig])
    assert bpy.ops.aim.separate_body() == {'FINISHED'}
    assert set(weights_of(face.aim.rig)) == {"skull", "jaw"}
    with pytest.raises(RuntimeError, match="Join the face to a body first"):
        bpy.ops.aim.separate_body()


def test_names_that_are_taken(face: bpy.types.Object) -> None:
    armature = face.aim.armature
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode='EDIT')
    own = armature.data.edit_bones.new("body head")
    own.head, own.tail = (0, 0, 1.7), (0, 0, 1.8)
    bpy.ops.object.mode_set(mode='OBJECT')
    bones = {name.replace("spine01", "skull"): one for name, one in bodies.MPFB.items()}
    bones["neck01"] = ("skull", *bodies.MPFB["neck01"][1:])
    body = bodies.add_armature(bones)
    skin = bodies.add_skin(face, body, ["skull", "neck01", "neck02", "neck03", "head"])
    joined(face)
    assert worst_gap(face, body, skin, bodies.NECKS["MPFB"], 8) < CLOSED
    assert bpy.ops.aim.separate_body() == {'FINISHED'}
    assert "body head" in armature.data.bones


def test_which_jaw_moves_the_face_is_a_choice(face: bpy.types.Object) -> None:
    body, _skin = bodies.new_body(face)
    armature = joined(face)
    turned = body.pose.bones["jaw"]
    turned.rotation_mode = 'XYZ'
    turned.rotation_euler.x = np.radians(12)
    bodies.turn(body, ("head",), (10, 15, 20))
    assert np.abs(shown_pose(armature) - np.eye(4)).max() < 1e-4, "the face's controls alone"
    face.aim.body.jaw = 'BODY'
    joined(face)
    pose = shown_pose(armature)
    angle = np.degrees(np.arccos((np.trace(pose[:3, :3]) - 1) / 2))
    assert angle == pytest.approx(12, abs=0.01), "once, however the head is turned"
    pose_bone(armature, JAW).rotation_euler.x = np.radians(5)
    bpy.context.view_layer.update()
    more = np.degrees(np.arccos((np.trace(shown_pose(armature)[:3, :3]) - 1) / 2))
    assert more != pytest.approx(12, abs=0.5), "the face's own on top"
    bones = {name: one for name, one in bodies.MIXAMO.items()}
    other = bodies.add_armature(bones, "Mute")
    face.aim.body.armature = other
    faces.select([face.aim.rig])
    with pytest.raises(RuntimeError, match="Mute has no jaw bone that is known"):
        bpy.ops.aim.join_body()


def test_which_eyes_move_the_face_is_a_choice(face: bpy.types.Object) -> None:
    face.aim.body.eyes = 'BODY'
    body, _skin = bodies.new_body(face)
    refused(face, "The face has no bones for its eyes: press Make Eyes first")
    add_eye(face, ball(LEFT), "Eye L")
    faces.select([face.aim.rig])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    armature = joined(face)
    body.pose.bones["eye.L"].rotation_mode = 'XYZ'
    body.pose.bones["eye.L"].rotation_euler.x = np.radians(20)
    bodies.turn(body, ("head",), (25, 0, 0))

    def within_head() -> float:
        shown = [np.array(pose_bone(armature, bone).matrix) for bone in (SKULL, EYES["left"])]
        rest = [
            np.array(pose_bone(armature, bone).bone.matrix_local) for bone in (SKULL, EYES["left"])
        ]
        local = np.linalg.inv(shown[0]) @ shown[1]
        motion = local @ np.linalg.inv(np.linalg.inv(rest[0]) @ rest[1])
        return float(np.degrees(np.arccos(np.clip((np.trace(motion[:3, :3]) - 1) / 2, -1, 1))))

    assert within_head() == pytest.approx(20, abs=0.1)
    face.aim.body.eyes = 'FACE'
    joined(face)
    pose_bone(armature, TARGET)[eye_bones.LOOK_AT] = 0.0
    armature.update_tag()
    bpy.context.view_layer.update()
    assert within_head() == pytest.approx(0, abs=0.1)
    assert pose_bone(armature, TARGET).parent is not None, "goes along with the chest"
    assert bpy.ops.aim.separate_body() == {'FINISHED'}
    assert pose_bone(armature, TARGET).parent is None


def test_skull_that_an_action_moves(face: bpy.types.Object, capfd: pytest.CaptureFixture) -> None:
    body, _skin = bodies.new_body(face)
    armature = face.aim.armature
    skull = pose_bone(armature, SKULL)
    for frame, angle in ((1, 0.0), (10, 0.4)):
        skull.rotation_euler.x = angle
        skull.keyframe_insert("rotation_euler", frame=frame)
    joined(face)
    assert "moves its skull on top of the body" in capfd.readouterr().out
    bpy.context.scene.frame_set(10)
    assert skull.matrix.to_euler().x != pytest.approx(skull.bone.matrix_local.to_euler().x, abs=0.1)
    skull[carriers.HEAD_MOTION] = 0.0
    armature.update_tag()
    bpy.context.view_layer.update()
    np.testing.assert_allclose(skull.matrix, skull.bone.matrix_local, atol=1e-6)
    assert bpy.ops.aim.separate_body() == {'FINISHED'}
    assert not skull.constraints and carriers.HEAD_MOTION not in skull


def test_update_of_rig_and_eyes_keeps_the_seam(face: bpy.types.Object) -> None:
    body, skin = bodies.new_body(face)
    joined(face)
    add_eye(face, ball(LEFT), "Eye L")
    faces.select([face.aim.rig])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    assert is_joined(face.aim.armature)
    total = sum(weights_of(face.aim.rig)[name] for name in _deforming(face))
    np.testing.assert_allclose(total, 1.0, atol=1e-4)
    assert worst_gap(face, body, skin, bodies.NECKS["MPFB"], 8) < CLOSED


def _deforming(face: bpy.types.Object) -> list[str]:
    bones = face.aim.armature.data.bones
    return [
        g.name for g in face.aim.rig.vertex_groups if g.name in bones and bones[g.name].use_deform
    ]


def test_linked_body_and_linked_face(face: bpy.types.Object, tmp_path: Path) -> None:
    bodies.new_body(face)
    path = tmp_path / "all.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    faces.select([face.aim.rig])
    names = ["Body", "Body Skin"]
    for name in names:
        bpy.data.objects.remove(bpy.data.objects[name])
    with bpy.data.libraries.load(str(path), link=True) as (_there, here):
        here.objects = names
    for obj in here.objects:
        bpy.context.scene.collection.objects.link(obj)
    body, skin = here.objects
    joined(face)
    assert body.library is not None
    numbers = bodies.border(face)
    assert 1000 * bodies.seam_gap(face, skin, numbers) < CLOSED
    assert bpy.ops.aim.separate_body() == {'FINISHED'}

    with bpy.data.libraries.load(str(path), link=True) as (_there, here):
        here.objects = ["Head", "Head Rig", "Head Armature"]
    for obj in here.objects:
        bpy.context.scene.collection.objects.link(obj)
    faces.select([here.objects[1]])
    with pytest.raises(RuntimeError, match="linked from another file"):
        bpy.ops.aim.join_body()


def test_bodies_that_cannot_be(face: bpy.types.Object) -> None:
    refused(face, "There is no body, or more than one: pick its armature")
    body, _skin = bodies.new_body(face)
    body.parent = face.aim.armature
    refused(face, "Body hangs on Head Armature: clear its parent first")
    body.parent = None
    body.scale = (0, 0, 0)
    bpy.context.view_layer.update()
    refused(face, "Body is scaled to nothing")
    body.scale = (1, 1, 1)
    bodies.add_armature(bodies.MIXAMO, "Second")
    assert real_bodies.guess_body(face, bpy.context) == body, "the one with a mesh"


def test_parent_and_weights_of_the_users_come_back(face: bpy.types.Object) -> None:
    armature, rig = face.aim.armature, face.aim.rig
    holder = bpy.data.objects.new("Holder", None)
    bpy.context.scene.collection.objects.link(holder)
    holder.location.z = 0.2
    armature.parent = holder
    armature.matrix_parent_inverse = Matrix.Translation((0, 0, -0.2))
    bpy.context.view_layer.update()
    values = np.linspace(0, 0.9, len(rig.data.vertices)).astype(np.float32)
    skull = weights_of(rig)["skull"] * values
    bodies.groups.write_groups(rig, {"skull": skull})
    body, _skin = bodies.new_body(face)
    joined(face)
    assert armature.parent == body
    world = armature.matrix_world.copy()
    assert bpy.ops.aim.separate_body() == {'FINISHED'}
    assert armature.parent == holder
    np.testing.assert_allclose(armature.matrix_world, world, atol=1e-6)
    np.testing.assert_allclose(weights_of(rig)["skull"], skull, atol=1e-5)


def test_joining_is_one_step_to_undo(face: bpy.types.Object) -> None:
    body, _skin = bodies.new_body(face)
    bodies.turn(body, bodies.NECKS["MPFB"], (20, 0, 0))
    faces.select([face.aim.rig])
    bpy.ops.ed.undo_push(message="before")
    rest = bodies.shown(face.aim.rig)
    joined(face)
    bpy.ops.ed.undo_push(message="joined")
    posed = bodies.shown(face.aim.rig)
    assert np.abs(posed - rest).max() > 0.01
    bpy.ops.ed.undo()
    rig = bpy.data.objects["Head Rig"]
    assert not is_joined(bpy.data.objects["Head Armature"])
    np.testing.assert_allclose(bodies.shown(rig), rest, atol=1e-6)
    bpy.ops.ed.redo()
    np.testing.assert_allclose(bodies.shown(bpy.data.objects["Head Rig"]), posed, atol=1e-6)


def test_whole_body_with_a_head_gives_its_neck(face: bpy.types.Object) -> None:
    body, skin = bodies.new_body(face)
    chain = [bone for bone in bodies.MPFB if bodies.is_spine(bone)]
    whole = bodies.add_skin(face, body, chain, "Whole Head")
    whole.data.transform(Matrix.Scale(-1, 4, (0, 0, 1)))  # a tube upwards from the same border
    top = np.array([v.co for v in whole.data.vertices])[:, 2].max()
    whole.data.transform(Matrix.Translation((0, 0, bodies.shown(skin)[:, 2].max() - top + 0.175)))
    bpy.context.view_layer.update()
    joined(face)
    assert worst_gap(face, body, skin, bodies.NECKS["MPFB"], 8) < CLOSED


def test_export_holds_what_the_body_does() -> None:
    face = export_rigs.rig_face()
    body = bodies.add_armature(bodies.MPFB)
    joined(face)
    for frame, angle in ((1, 0.0), (5, 0.5)):
        bodies.turn(body, ("neck02", "head"), (np.degrees(angle), 0, 20 * angle))
        for bone in ("neck02", "head"):
            body.pose.bones[bone].keyframe_insert("rotation_euler", frame=frame)
    face.aim.export.with_take, face.aim.export.weights = True, "8"
    bpy.context.scene.frame_end = 5
    faces.select([face.aim.rig])
    assert bpy.ops.aim.prepare_export() == {'FINISHED'}
    mesh = make.export_of(face)
    for modifier in face.aim.rig.modifiers:
        modifier.show_viewport = modifier.type == 'ARMATURE'
    count = len(face.aim.rig.data.vertices)
    for frame in (1, 3, 5):
        bpy.context.scene.frame_set(frame)
        np.testing.assert_allclose(
            bodies.shown(mesh)[:count], bodies.shown(face.aim.rig), atol=2e-5
        )


def test_a_bake_sees_what_it_made_on_a_posed_body(
    face: bpy.types.Object, capfd: pytest.CaptureFixture
) -> None:
    body, _skin = bodies.new_body(face)
    joined(face)
    bodies.turn(body, bodies.NECKS["MPFB"], (30, 20, 10))
    assert bpy.ops.aim.bake(use_action=True) == {'FINISHED'}
    assert "shows it within 0.00 mm for 99 %" in capfd.readouterr().out


def test_body_that_is_overridden(face: bpy.types.Object, tmp_path: Path) -> None:
    bodies.new_body(face)
    path = str(tmp_path / "body.blend")
    group = bpy.data.collections.new("Body")
    for name in ("Body", "Body Skin"):
        group.objects.link(bpy.data.objects[name])
    bpy.data.libraries.write(path, {group})
    bpy.data.batch_remove([bpy.data.objects["Body"], bpy.data.objects["Body Skin"], group])
    with bpy.data.libraries.load(path, link=True) as (_there, here):
        here.collections = ["Body"]
    made = here.collections[0].override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    body = next(obj for obj in made.objects if obj.type == 'ARMATURE')
    skin = next(obj for obj in made.objects if obj.type == 'MESH')
    assert body.override_library is not None
    face.aim.body.armature = body
    joined(face)
    assert worst_gap(face, body, skin, bodies.NECKS["MPFB"], 6) < CLOSED
