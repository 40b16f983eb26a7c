# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks and estimated bones in Blender; how good they are is tested in tests/backend."""

import os

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector

from aim_blender_addon.backend.jobs.bones import BonesRequest
from aim_blender_addon.backend.jobs.landmarks import LandmarksResult
from aim_blender_addon.backend.worker.messages import Failed
from aim_blender_addon.bridge.data import meshes
from aim_blender_addon.bridge.data.head_space import HeadSpace, head_space
from aim_blender_addon.bridge.face import scans
from aim_blender_addon.bridge.face.landmarks import read_landmarks
from aim_blender_addon.jobs import environment
from tests import shared_data
from tests.addon import faces, models

LANDMARKS = {"chin": [0.0, -100.0, -90.0], "nose_tip": [0.0, -117.0, 5.0]}


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> models.FakeWorker:
    """No process: the answers of this one."""
    fake = models.FakeWorker()
    monkeypatch.setattr(environment, "worker", lambda _context: fake)
    monkeypatch.setattr(environment, "disabled_reason", lambda _context: "")
    return fake


def refusal(operator: object) -> str:
    with pytest.raises(RuntimeError) as caught:
        operator()
    return str(caught.value)


def find(worker: models.FakeWorker) -> None:
    worker.answers.append(models.finished(LandmarksResult(LANDMARKS)))
    assert bpy.ops.aim.find_landmarks() == {'FINISHED'}


def space(face: bpy.types.Object) -> HeadSpace:
    return head_space(face, bpy.context)


@pytest.mark.parametrize("operator", ["find_landmarks", "estimate_bones"])
def test_a_face_in_object_mode_is_needed(worker: models.FakeWorker, operator: str) -> None:
    run = getattr(bpy.ops.aim, operator)
    assert "Add scans first" in refusal(run)
    face = faces.new_face()
    faces.select([face])
    bpy.ops.object.mode_set(mode='EDIT')
    assert "Edit Mode" in refusal(run)
    bpy.ops.object.mode_set(mode='OBJECT')


@pytest.mark.parametrize("operator", ["find_landmarks", "estimate_bones"])
def test_what_the_worker_says_is_passed_on(worker: models.FakeWorker, operator: str) -> None:
    faces.new_face()
    before = len(bpy.data.objects)
    worker.answers.append(Failed("BonesError", "The chin is not in the scan."))
    assert "The chin is not in the scan." in refusal(getattr(bpy.ops.aim, operator))
    assert len(bpy.data.objects) == before


def test_landmarks_become_empties_where_they_were_found(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    face.matrix_world = Matrix.LocRotScale(
        (1, 2, 3), Matrix.Rotation(0.6, 3, 'Z').to_euler(), (1, 1, 1)
    )
    find(worker)
    assert {entry.name for entry in face.aim.landmarks} == set(LANDMARKS)
    for entry in face.aim.landmarks:
        point = meshes.transform(np.array([LANDMARKS[entry.name]]), space(face).to_world())[0]
        np.testing.assert_allclose(entry.empty.matrix_world.translation, point, atol=1e-5)
        assert entry.empty.users_collection[0].name == "neutral Landmarks"
    points = read_landmarks(face, space(face), bpy.context)
    np.testing.assert_allclose(points["chin"], LANDMARKS["chin"], atol=1e-2)


def test_landmarks_move_with_the_face_and_by_hand(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    find(worker)
    face.location = (5, 0, 0)
    face.rotation_euler.z = 1.0
    bpy.context.view_layer.update()
    points = read_landmarks(face, space(face), bpy.context)
    np.testing.assert_allclose(points["chin"], LANDMARKS["chin"], atol=1e-2)
    face.location = (0, 0, 0)
    face.rotation_euler.z = 0.0
    bpy.context.view_layer.update()
    empty = next(entry.empty for entry in face.aim.landmarks if entry.name == "chin")
    empty.matrix_world.translation += Vector((0, 0, 0.01))
    empty.hide_viewport = True
    points = read_landmarks(face, space(face), bpy.context)
    np.testing.assert_allclose(points["chin"], np.add(LANDMARKS["chin"], [0, 0, 10]), atol=1e-2)


def test_landmarks_found_again_use_the_same_empties(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    find(worker)
    empty = next(entry.empty for entry in face.aim.landmarks if entry.name == "chin")
    empty.location.z += 1
    bpy.data.objects.remove(next(e.empty for e in face.aim.landmarks if e.name == "nose_tip"))
    find(worker)
    assert next(entry.empty for entry in face.aim.landmarks if entry.name == "chin") == empty
    points = read_landmarks(face, space(face), bpy.context)
    np.testing.assert_allclose(points["chin"], LANDMARKS["chin"], atol=1e-2)
    assert sum(obj.type == 'EMPTY' for obj in bpy.data.objects) == 2


def test_a_deleted_landmark_counts_where_it_was_found(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    find(worker)
    bpy.data.objects.remove(next(e.empty for e in face.aim.landmarks if e.name == "chin"))
    points = read_landmarks(face, space(face), bpy.context)
    np.testing.assert_allclose(points["chin"], LANDMARKS["chin"])


def test_finding_landmarks_is_one_undo_step(worker: models.FakeWorker) -> None:
    faces.new_face()
    bpy.ops.ed.undo_push(message="before")
    worker.answers.append(models.finished(LandmarksResult(LANDMARKS)))
    bpy.ops.aim.find_landmarks('EXEC_DEFAULT', True)
    bpy.ops.ed.undo()
    assert len(bpy.data.objects["neutral"].aim.landmarks) == 0
    assert not any(obj.type == 'EMPTY' for obj in bpy.data.objects)


def test_estimated_bones_become_objects_and_are_picked(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    face.location = (1, 2, 3)
    worker.answers.append(models.estimated())
    assert bpy.ops.aim.estimate_bones() == {'FINISHED'}
    assert face.aim.bones_estimated
    assert (face.aim.skull.name, face.aim.jaw.name) == ("neutral Skull", "neutral Jaw")
    skull, jaw = scans.read_bones(face, bpy.context, space(face))
    np.testing.assert_allclose(skull.vertices, faces.skull().vertices, atol=1e-2)
    np.testing.assert_allclose(jaw.vertices, faces.jaw().vertices, atol=1e-2)
    asked = worker.requests[0]
    assert isinstance(asked, BonesRequest) and asked.landmarks is None
    np.testing.assert_allclose(asked.neutral.vertices, faces.neutral().vertices, atol=1e-2)


def test_landmarks_moved_by_hand_are_used(worker: models.FakeWorker) -> None:
    faces.new_face()
    find(worker)
    worker.answers.append(models.estimated())
    bpy.ops.aim.estimate_bones()
    assert worker.requests[-1].landmarks.keys() == LANDMARKS.keys()


def test_bones_estimated_again_keep_their_objects(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    worker.answers.append(models.estimated())
    bpy.ops.aim.estimate_bones()
    skull, count = face.aim.skull, len(bpy.data.objects)
    worker.answers.append(models.estimated())
    bpy.ops.aim.estimate_bones()
    assert face.aim.skull == skull and len(bpy.data.objects) == count


def test_picked_bones_are_left_alone(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    faces.pick_bones(face)
    own = face.aim.skull
    worker.answers.append(models.estimated())
    bpy.ops.aim.estimate_bones()
    assert face.aim.skull != own and own.users_scene
    face.aim.skull = own
    assert not face.aim.bones_estimated


def test_estimating_is_one_undo_step(worker: models.FakeWorker) -> None:
    faces.new_face()
    count = len(bpy.data.objects)
    bpy.ops.ed.undo_push(message="before")
    worker.answers.append(models.estimated())
    bpy.ops.aim.estimate_bones('EXEC_DEFAULT', True)
    assert len(bpy.data.objects) == count + 2
    bpy.ops.ed.undo()
    face = bpy.data.objects["neutral"]
    assert len(bpy.data.objects) == count and face.aim.skull is None
    assert not face.aim.bones_estimated


def test_a_head_of_another_size_is_named(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    face.aim.scan_unit = 'MM'
    assert "wide" in refusal(bpy.ops.aim.estimate_bones)
    assert not worker.requests


@pytest.mark.parametrize("missing", ["skull", "jaw"])
def test_one_missing_bone_is_named(missing: str) -> None:
    face = faces.new_face()
    faces.pick_bones(face)
    setattr(face.aim, missing, None)
    with pytest.raises(scans.BonesError, match=f"The {missing} of neutral is not picked"):
        scans.read_bones(face, bpy.context, space(face))


def test_one_object_for_both_bones_and_a_deleted_one_are_named() -> None:
    face = faces.new_face()
    assert scans.read_bones(face, bpy.context, space(face)) is None
    faces.pick_bones(face)
    jaw = face.aim.jaw
    face.aim.jaw = face.aim.skull
    with pytest.raises(scans.BonesError, match="same object"):
        scans.read_bones(face, bpy.context, space(face))
    face.aim.jaw = jaw
    bpy.context.scene.collection.objects.unlink(jaw)
    with pytest.raises(scans.BonesError, match="was deleted"):
        scans.read_bones(face, bpy.context, space(face))


# -- with the worker process -----------------------------------------------------------------------


@pytest.mark.one_blender
@shared_data.requires_shared
def test_bones_of_a_real_face_are_estimated_from_landmarks_it_finds() -> None:
    environment.preferences().python_path = os.environ["AIM_PYTHON"]
    folder = shared_data.make_actor(0)
    bpy.ops.aim.import_scans(directory=str(folder))
    face = bpy.context.active_object
    face.aim.skull = face.aim.jaw = None
    try:
        assert bpy.ops.aim.find_landmarks() == {'FINISHED'}
        assert bpy.ops.aim.estimate_bones() == {'FINISHED'}
    finally:
        environment.stop_worker()
    neutral = meshes.read_object(face, space(face), bpy.context).vertices
    skull, jaw = scans.read_bones(face, bpy.context, space(face))
    for bone in (skull, jaw):
        assert (bone.vertices.min(0) > neutral.min(0)).all()
        assert (bone.vertices.max(0) < neutral.max(0)).all()
    assert jaw.vertices[:, 2].mean() < skull.vertices[:, 2].mean()


def test_a_template_goes_to_the_worker_whole_or_not_at_all(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    skull = faces.new_object(faces.neutral(rings=12), "museum skull")
    jaw = faces.new_object(faces.neutral(rings=10), "museum jaw")
    faces.select([face])
    face.aim.template_skull = skull
    assert "pick both" in refusal(bpy.ops.aim.estimate_bones)
    face.aim.template_jaw = jaw
    worker.answers.append(Failed("BonesError", "Stop here."))
    assert "Stop here." in refusal(bpy.ops.aim.estimate_bones)
    sent = worker.requests[-1].template
    assert len(sent[0].vertices) == len(skull.data.vertices)
    assert len(sent[1].vertices) == len(jaw.data.vertices)
    assert sent[1].triangles.max() == len(jaw.data.vertices) - 1
