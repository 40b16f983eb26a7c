# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fit as Blender sees it: what goes to the worker, and what comes back to the face."""

import os

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.jobs.fit import FitRequest
from aim_blender_addon.backend.worker.messages import Failed
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.jobs import environment
from aim_blender_addon.jobs.client import Died
from aim_blender_addon.operators.fit.fit import AIM_OT_fit
from tests.addon import faces, models


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


def names_of(face: bpy.types.Object) -> tuple[str, ...]:
    return tuple(scan.name for scan in face.aim.scans)


def fit(worker: models.FakeWorker, face: bpy.types.Object) -> None:
    worker.answers += [models.halfway(), models.fitted(models.make_model(names_of(face)))]
    assert bpy.ops.aim.fit() == {'FINISHED'}


# -- when it can run -------------------------------------------------------------------------------


def test_scans_are_needed(worker: models.FakeWorker) -> None:
    assert "Add the scans" in refusal(bpy.ops.aim.fit)
    face = faces.new_face()
    assert bpy.ops.aim.fit.poll()
    for scan in face.aim.scans:
        scan.use = False
    assert "Turn on at least one" in refusal(bpy.ops.aim.fit)


def test_edit_mode_is_refused(worker: models.FakeWorker) -> None:
    faces.new_face()
    bpy.ops.object.mode_set(mode='EDIT')
    assert "Edit Mode" in refusal(bpy.ops.aim.fit)
    bpy.ops.object.mode_set(mode='OBJECT')


def test_python_for_the_worker_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "disabled_reason", lambda _context: "No Python")
    faces.new_face()
    assert "No Python" in refusal(bpy.ops.aim.fit)


# -- what goes to the worker -----------------------------------------------------------------------


def test_scans_go_in_millimetres_and_bones_only_when_picked(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    face.aim.seed = 7
    fit(worker, face)
    asked = worker.requests[0]
    assert isinstance(asked, FitRequest) and asked.seed == 7 and asked.name == "neutral"
    scans = asked.actor.expressions
    assert [scan.name for scan in scans] == list(names_of(face)) and asked.landmarks is None
    for scan in scans:
        truth = faces.expression(scan.name).vertices
        np.testing.assert_allclose(scan.vertices, truth, atol=2e-3)
    assert scans[0].vertices.dtype == np.float32
    assert asked.actor.skull is None
    faces.pick_bones(face)
    faces.select([face])
    fit(worker, face)
    np.testing.assert_allclose(
        worker.requests[1].actor.skull.vertices, faces.skull().vertices, atol=2e-3
    )


def test_scans_laid_out_beside_the_neutral_go_where_they_are(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    face.aim.scans[0].object.location = (0.4, 0, 0)
    fit(worker, face)
    truth = faces.expression(face.aim.scans[0].name).vertices + np.float32([400, 0, 0])
    np.testing.assert_allclose(worker.requests[0].actor.expressions[0].vertices, truth, atol=2e-3)


def test_shape_keys_are_fitted_too(worker: models.FakeWorker) -> None:
    face = faces.new_shape_keys()
    bpy.ops.aim.scans_from_shape_keys()
    fit(worker, face)
    truth = faces.expression("jawOpen").vertices
    np.testing.assert_allclose(worker.requests[0].actor.expressions[0].vertices, truth, atol=2e-3)
    assert storage.has_model(face)


def test_other_meshes_are_named_before_anything_starts(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    face.aim.scans[1].object.data = faces.new_object(faces.skull()).data
    assert face.aim.scans[1].name in refusal(bpy.ops.aim.fit)
    assert not worker.requests and not bpy.context.window_manager.aim_job.running


def test_a_unit_that_is_far_off_is_named_before_anything_starts(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    face.aim.scan_unit = 'MM'
    assert "set the scan unit to metres" in refusal(bpy.ops.aim.fit)
    assert not worker.requests


def test_faces_that_run_the_other_way_round_are_no_obstacle(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    face.aim.scans[1].object.data.flip_normals()
    fit(worker, face)
    assert len(worker.requests) == 1


# -- what comes back -------------------------------------------------------------------------------


def test_the_model_is_stored_and_its_figures_are_shown(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    faces.pick_bones(face)
    faces.select([face])
    fit(worker, face)
    model = storage.load_model(face)
    assert model.expression_names == names_of(face)
    assert face.aim.report.date and model.report["date"] == face.aim.report.date
    assert not model.bones_estimated
    assert all(scan.fitted and scan.error_max_mm == 0.75 for scan in face.aim.scans)
    opened = next(scan for scan in face.aim.scans if scan.name == "jawOpen")
    np.testing.assert_allclose(np.reshape(opened.jaw_pose, (4, 4)), faces.jaw_pose(12), atol=1e-5)
    assert not bpy.context.window_manager.aim_job.running


def test_bones_that_were_not_picked_appear_as_estimated(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    fit(worker, face)
    assert face.aim.skull and face.aim.jaw and face.aim.bones_estimated
    fit(worker, face)  # with the estimated bones, which go along as given
    assert worker.requests[1].actor.skull is not None
    assert storage.load_model(face).bones_estimated and face.aim.report.bones_estimated


def test_the_fit_is_one_undo_step(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    bpy.ops.ed.undo_push(message="before")
    worker.answers.append(models.fitted(models.make_model(names_of(face))))
    bpy.ops.aim.fit('EXEC_DEFAULT', True)
    assert storage.has_model(bpy.data.objects["neutral"])
    bpy.ops.ed.undo()
    face = bpy.data.objects["neutral"]
    assert not storage.has_model(face) and not face.aim.report.has_errors
    assert face.aim.skull is None and not any(scan.fitted for scan in face.aim.scans)


@pytest.mark.parametrize(
    "answer",
    [
        Failed("BonesError", "The jaw lies outside the skin."),
        Died("The worker process was killed before the job was done."),
    ],
)
def test_a_failed_fit_says_why_and_keeps_the_old_model(
    worker: models.FakeWorker, answer: object
) -> None:
    face = faces.new_face()
    fit(worker, face)
    before = storage.model_bytes(face)
    worker.answers.append(answer)
    assert answer.text in refusal(bpy.ops.aim.fit)
    assert storage.model_bytes(face) == before
    fit(worker, face)  # and it can be tried again


def test_a_damaged_answer_changes_nothing(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    broken = models.fitted()
    broken.arrays["model"] = broken.arrays["model"][:1000]
    worker.answers.append(broken)
    assert "cut off" in refusal(bpy.ops.aim.fit)
    assert not storage.has_model(face) and face.aim.skull is None


def test_cancelling_changes_nothing(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    assert not bpy.ops.aim.cancel_job.poll()

    def cancel() -> object:
        assert bpy.ops.aim.cancel_job() == {'FINISHED'}
        return models.halfway()

    worker.answers += [models.halfway(), cancel]
    assert bpy.ops.aim.fit() == {'CANCELLED'}
    assert not storage.has_model(face)
    assert not bpy.context.window_manager.aim_job.running


def test_a_face_renamed_meanwhile_receives_its_model(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    names = names_of(face)

    def rename() -> object:
        face.name = "Bert"
        return models.halfway()

    worker.answers += [rename, models.fitted(models.make_model(names))]
    assert bpy.ops.aim.fit() == {'FINISHED'}
    assert storage.has_model(bpy.data.objects["Bert"])


def test_a_face_deleted_meanwhile_is_told(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    names = names_of(face)

    def delete() -> object:
        with bpy.context.temp_override(selected_objects=[face]):
            bpy.ops.object.delete()
        return models.fitted(models.make_model(names))

    worker.answers.append(delete)
    assert "so the result was dropped" in refusal(bpy.ops.aim.fit)


def test_nothing_of_the_scans_can_be_changed_while_a_fit_runs(worker: models.FakeWorker) -> None:
    face = faces.new_face()
    names = names_of(face)
    polls: dict[str, bool] = {}

    def look() -> object:
        for name in (
            "fit",
            "add_scans",
            "remove_scan",
            "clear_scans",
            "load_model",
            "estimate_bones",
        ):
            polls[name] = getattr(bpy.ops.aim, name).poll()
        polls["cancel_job"] = bpy.ops.aim.cancel_job.poll()
        return models.fitted(models.make_model(names))

    worker.answers.append(look)
    bpy.ops.aim.fit()
    assert polls.pop("cancel_job") and not any(polls.values())


def test_the_fit_is_called_what_people_search_for() -> None:
    assert AIM_OT_fit.bl_label == "Fit Face"


# -- with the worker process -----------------------------------------------------------------------


@pytest.mark.one_blender
def test_a_real_fit_ends_in_a_model_that_shows_the_scans() -> None:
    environment.preferences().python_path = os.environ["AIM_PYTHON"]
    rest = faces.neutral(40, 64)
    face = faces.new_face(rest)
    faces.pick_bones(face)
    faces.select([face])
    try:
        assert bpy.ops.aim.fit() == {'FINISHED'}
    finally:
        environment.stop_worker()
    model = storage.load_model(face)
    assert face.aim.report.has_errors and face.aim.report.error_mean_mm < 0.2
    for number, name in enumerate(model.expression_names):
        error = np.linalg.norm(model.scan(number) - faces.expression(name, rest).vertices, axis=1)
        assert error.mean() < 0.2, name
    assert bpy.ops.aim.bake() == {'FINISHED'}
