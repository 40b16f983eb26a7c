# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look of recordings that show the eyes: joined eyeballs of a mesh, markers and tracks on pupils."""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from aim_blender_addon.backend.anatomy.eyes.look import rotation
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.bridge.data import shape_keys, storage
from aim_blender_addon.bridge.performance import sources
from aim_blender_addon.bridge.performance.eyes import pupil_side
from aim_blender_addon.bridge.performance.sources.base import on_skin
from aim_blender_addon.bridge.rig import eye_bones
from aim_blender_addon.bridge.rig.own_bones import EYES, SKULL, TARGET, find_bone, pose_bone
from aim_blender_addon.bridge.rig.still_eyes import on_eyes

from . import faces, stand_in
from .recordings import add_camera, add_clip, add_markers, front, new_face, recorded, track
from .test_eyes import LEFT, RADIUS, RIGHT, add_eye, ball, front_of, shown

COUNT = 10
AXES = np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, 1]])  # left, front and up of the stand-in
LOOK = np.stack([0.35 * np.sin(np.arange(COUNT) / 2), 0.2 * np.cos(np.arange(COUNT) / 3)], axis=1)
LOOK[0] = 0


@pytest.fixture
def face(one_worker: None, tmp_path: Path) -> bpy.types.Object:
    """A baked face with loose eyes; its rig plays a performance, of which ten frames are taken."""
    made = new_face(tmp_path)
    for centre, name in ((LEFT, "Eye L"), (RIGHT, "Eye R")):
        add_eye(made, ball(centre), name)
    made.aim.take.smoothness = 0.0
    bpy.context.scene.frame_end = COUNT
    return made


def make_eyes(face: bpy.types.Object) -> None:
    """Through the operator."""
    faces.select([face.aim.rig])
    assert bpy.ops.aim.make_eyes() == {'FINISHED'}


def pupils(face: bpy.types.Object) -> np.ndarray:
    """[T, 2, 2, 3] of the world: centre and pupil of both eyes that look as ``LOOK``, carried by the skull."""
    scene, armature = bpy.context.scene, face.aim.armature
    skull = pose_bone(armature, SKULL)
    found = []
    for number, look in enumerate(LOOK):
        scene.frame_set(number + 1)
        carried = armature.matrix_world @ skull.matrix @ skull.bone.matrix_local.inverted()
        ahead = rotation(look, AXES) @ AXES[1] * RADIUS
        places = np.array([[centre, centre + ahead] for centre in (LEFT, RIGHT)]) / 1000
        matrix = np.array(carried @ armature.matrix_world.inverted())
        found.append(places @ matrix[:3, :3].T + matrix[:3, 3])
    scene.frame_set(1)
    return np.array(found)


def degrees_beside(face: bpy.types.Object, truth: np.ndarray) -> float:
    """How far the eyes look beside the pupils [T, 2, 2, 3], in the world, as far as the head is solved."""
    directions = truth[:, 0, 1] - truth[:, 0, 0]
    found = []
    for frame in range(1, COUNT + 1):
        bpy.context.scene.frame_set(frame)
        found.append(front_of(face))
    cosine = (np.array(found) * directions).sum(axis=1) / np.linalg.norm(directions, axis=1)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).max())


def solved_look(face: bpy.types.Object) -> np.ndarray:
    """[T, 2] yaw and pitch that the rig plays."""
    armature, found = face.aim.armature, []
    for frame in range(1, COUNT + 1):
        bpy.context.scene.frame_set(frame)
        found.append((armature.aim.look_yaw, armature.aim.look_pitch))
    return np.array(found)


def degrees_off(face: bpy.types.Object) -> float:
    return float(np.degrees(np.abs(solved_look(face) - LOOK).max()))


def test_markers_on_pupils_turn_the_eyes(face: bpy.types.Object) -> None:
    markers = add_markers(face, recorded(face)[:COUNT], step=9)
    skin = len(markers.objects)
    truth = pupils(face)
    for name, places in zip(("Pupil.L", "iris_R"), truth[:, :, 1].transpose(1, 0, 2), strict=True):
        empty = bpy.data.objects.new(name, None)
        markers.objects.link(empty)
        for number, place in enumerate(places):
            empty.location = place
            empty.keyframe_insert("location", frame=number + 1)
    bpy.context.scene.frame_set(1)
    take = face.aim.take
    take.source, take.markers = 'MARKERS', markers
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    assert len(on_skin(take)) == skin
    assert {entry.name: entry.eye for entry in take.bound if entry.eye} == {
        "Pupil.L": "left",
        "iris_R": "right",
    }
    left_out = sources.solved(take).eyes(face, stand_in.make_model(3).joint)
    assert [(len(eye.points), eye.ball) for eye in left_out] == [(1, None), (1, None)]
    assert "press Make Eyes" in sources.bound(take).pupils_text(face)
    make_eyes(face)
    assert bpy.ops.aim.solve() == {'FINISHED'}
    assert degrees_beside(face, truth) < 1.5, degrees_off(face)
    target = pose_bone(face.aim.armature, TARGET)
    assert target[eye_bones.LOOK_AT] == 0 and target[eye_bones.LIDS] == 0


def test_tracks_on_pupils_turn_the_eyes(face: bpy.types.Object, tmp_path: Path) -> None:
    before, seen = recorded(face), front(face)
    truth = pupils(face)
    make_eyes(face)
    scene, clip = bpy.context.scene, add_clip(tmp_path)
    camera = add_camera((0.1, -0.9, 1.65))
    track(clip, camera, face, before, seen)
    made = [clip.tracking.tracks.new(name=name, frame=1) for name in ("LeftPupil", "RightPupil")]
    for number, row in enumerate(truth[:, :, 1]):
        scene.frame_set(number + 1)
        for one, place in zip(made, row, strict=True):
            x, y, _depth = world_to_camera_view(scene, camera, Vector(place.tolist()))
            one.markers.insert_frame(number + 1, co=(x, y))
    scene.frame_set(1)
    faces.select([face])
    assert bpy.ops.aim.add_view() == {'FINISHED'}
    face.aim.take.views[-1].clip, face.aim.take.views[-1].camera = clip, camera
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    assert [entry.eye for entry in face.aim.take.bound if entry.eye] == ["left", "right"]
    assert bpy.ops.aim.solve() == {'FINISHED'}
    assert degrees_beside(face, truth) < 3.0, degrees_off(face)


def joined_model() -> AimModel:
    """The stand-in with eyeballs in its mesh, which one expression turns aside, as a scan of a look has them."""
    made = stand_in.named(stand_in.make_model(3), ("jaw_open", "smile", "eyeLookOutLeft"))
    neutral, values, moved = made.neutral, made.coordinates, []
    rest = stand_in.ellipsoid((RADIUS,) * 3, 10, 14, "Eye", LEFT)
    turn = rotation(np.array([0.3, 0.0]), AXES)
    points, triangles, rows = [neutral.vertices], [neutral.triangles], [values]
    for centre in (LEFT, RIGHT):
        own = rest.vertices - LEFT
        moved = own @ turn.T - own
        triangles.append(rest.triangles + sum(len(p) for p in points))
        points.append(own + centre)
        still = np.zeros((len(own), 3))
        plain = [np.full((len(own), 1), 8.0), own / RADIUS, np.zeros((len(own), 1))]
        # Displacements stand expression by expression, as the stand-in has them.
        rows.append(np.column_stack([*plain, still, still, moved]))
    mesh = Mesh.from_triangles(np.concatenate(points), np.concatenate(triangles), "Head")
    whole = np.concatenate(rows).astype(np.float32)
    below = np.zeros(len(whole), np.float32)
    below[: len(made.bone_below)] = made.bone_below
    return replace(made, neutral=mesh, coordinates=whole, bone_below=below)


def joined_face(folder: Path) -> bpy.types.Object:
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    model = joined_model()
    face = stand_in.add_neutral(model)
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    assert bpy.ops.aim.bake(use_head_motion=True) == {'FINISHED'}
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, COUNT
    return face


def test_joined_eyes_are_not_turned_twice_by_shapes_of_a_look(tmp_path: Path) -> None:
    face = joined_face(tmp_path)
    rig, armature = face.aim.rig, face.aim.armature
    key = rig.data.shape_keys.key_blocks["eyeLookOutLeft"]
    make_eyes(face)
    held = on_eyes(rig, armature)
    assert held.sum() == len(rig.data.vertices) - len(stand_in.make_model(3).neutral.vertices)
    by = np.linalg.norm(shape_keys.difference(key), axis=1)
    assert by[held].max() == 0 and by[~held].max() > 0
    faces.select([face])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}, "an update of the rig"
    assert np.abs(shape_keys.difference(key)[on_eyes(rig, armature)]).max() == 0
    faces.select([rig])


def test_joined_eyes_of_a_mesh_tell_the_look(one_worker: None, tmp_path: Path) -> None:
    face = joined_face(tmp_path)
    make_eyes(face)
    armature, scene, take = face.aim.armature, bpy.context.scene, face.aim.take
    pose_bone(armature, TARGET)[eye_bones.LOOK_AT] = 0.0
    for number, (yaw, pitch) in enumerate(LOOK):
        scene.frame_set(number + 1)
        armature.aim.look_yaw, armature.aim.look_pitch = yaw, pitch
        assert bpy.ops.aim.key_look() == {'FINISHED'}
    scene.frame_set(1)
    rest = shown(face.aim.rig)
    take.object, take.smoothness, take.tolerance_mm = face.aim.rig, 0.0, 0.2
    assert bpy.ops.aim.solve() == {'FINISHED'}
    assert degrees_off(face) < 0.5
    assert not take.shown_off, "eyeballs that turn are no error of the skin"
    held = on_eyes(face.aim.rig, armature)
    for name in face.aim.rig.data.shape_keys.key_blocks.keys():
        moved = shape_keys.difference(face.aim.rig.data.shape_keys.key_blocks[name])
        assert np.abs(moved[held]).max() == 0, name
    scene.frame_set(1)
    assert np.linalg.norm(shown(face.aim.rig) - rest, axis=1)[held].max() < 5e-4
    assert find_bone(armature, EYES["left"])


@pytest.mark.parametrize(
    ("name", "side"),
    [
        *(
            ("Pupil.L", "left"),
            ("pupil_right", "right"),
            ("LPupil", "left"),
            ("iris L.001", "left"),
        ),
        *(("rightPupil", "right"), ("Leye_pupil", "left"), ("Pupille links", "left")),
        *(("Eye.L", ""), ("pupil", ""), ("left brow", ""), ("L R pupil", ""), ("irregular L", "")),
    ],
)
def test_names_that_mean_a_pupil(name: str, side: str) -> None:
    assert pupil_side(name) == side
