# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model in the .blend, to a file and from a file."""

import json
import os
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.face.results import keep_model
from tests.addon import faces, models


def refusal(operator: object, **arguments: object) -> str:
    with pytest.raises(RuntimeError) as caught:
        operator(**arguments)
    return str(caught.value)


@pytest.fixture
def face() -> bpy.types.Object:
    """A face with scans and a model."""
    obj = faces.new_face()
    model = models.make_model()
    keep_model(obj, model, model_to_bytes(model))
    return obj


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A model file of the made-up head."""
    path = tmp_path / "anna.safetensors"
    path.write_bytes(model_to_bytes(models.make_model()))
    return path


def test_the_model_is_what_was_stored(face: bpy.types.Object) -> None:
    model = storage.load_model(face)
    assert model.expression_names == faces.EXPRESSIONS
    np.testing.assert_array_equal(model.neutral.vertices, faces.neutral().vertices)


def test_a_model_replaces_another_as_a_whole(face: bpy.types.Object) -> None:
    """Blender cuts bytes with zeros in them when they overwrite others."""
    data = model_to_bytes(replace(models.make_model(), name="Bert"))
    storage.store_model(face, data)
    assert storage.model_bytes(face) == data


def test_what_the_model_holds_is_shown_on_face_and_scans(face: bpy.types.Object) -> None:
    report = face.aim.report
    assert (report.actor, report.expressions, report.vertices) == (
        "Anna",
        3,
        len(face.data.vertices),
    )
    assert report.error_mean_mm == pytest.approx(0.021) and report.has_errors
    opened = next(scan for scan in face.aim.scans if scan.name == "jawOpen")
    assert opened.fitted and opened.jaw_degrees == pytest.approx(12)
    np.testing.assert_allclose(np.reshape(opened.jaw_pose, (4, 4)), faces.jaw_pose(12), atol=1e-5)


def test_the_model_survives_save_and_reopen(face: bpy.types.Object, tmp_path: Path) -> None:
    before = storage.model_bytes(face)
    path = str(tmp_path / "face.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, compress=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    again = bpy.data.objects["neutral"]
    assert storage.model_bytes(again) == before
    assert again.aim.report.expressions == 3


def test_a_saved_model_is_the_stored_one(face: bpy.types.Object, tmp_path: Path) -> None:
    path = tmp_path / "saved.safetensors"
    assert bpy.ops.aim.save_model(filepath=str(path)) == {'FINISHED'}
    assert path.read_bytes() == storage.model_bytes(face)


def test_saving_needs_a_model() -> None:
    assert "Add scans first" in refusal(bpy.ops.aim.save_model, filepath="x.safetensors")
    faces.new_face()
    assert "Fit the face first" in refusal(bpy.ops.aim.save_model, filepath="x.safetensors")


def test_saving_where_nothing_can_be_written_is_told(
    face: bpy.types.Object, tmp_path: Path
) -> None:
    path = tmp_path / "no such folder" / "saved.safetensors"
    assert "could not be written" in refusal(bpy.ops.aim.save_model, filepath=str(path))


def test_a_full_disk_leaves_the_old_file_and_no_other(
    face: bpy.types.Object, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    before = file.read_bytes()
    monkeypatch.setattr(os, "replace", full)
    assert "No space left" in refusal(bpy.ops.aim.save_model, filepath=str(file))
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_model_is_loaded_onto_its_mesh(file: Path) -> None:
    obj = faces.new_object(faces.neutral())
    faces.select([obj])
    assert bpy.ops.aim.load_model(filepath=str(file)) == {'FINISHED'}
    assert storage.face_object(bpy.context) == obj
    assert storage.load_model(obj).name == "Anna"
    assert obj.aim.report.expressions == 3


def test_loading_fills_the_scans_of_the_same_name(file: Path) -> None:
    face = faces.new_face()
    bpy.ops.aim.load_model(filepath=str(file))
    assert all(scan.fitted for scan in face.aim.scans)


def test_loading_is_one_undo_step(file: Path) -> None:
    faces.select([faces.new_object(faces.neutral())])
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.aim.load_model('EXEC_DEFAULT', True, filepath=str(file))
    assert storage.has_model(bpy.data.objects["neutral"])
    bpy.ops.ed.undo()
    assert not storage.has_model(bpy.data.objects["neutral"])
    assert not bpy.data.objects["neutral"].aim.is_face


def test_loading_needs_a_mesh_in_object_mode(file: Path) -> None:
    assert "Select the neutral" in refusal(bpy.ops.aim.load_model, filepath=str(file))
    faces.select([faces.new_object(faces.neutral())])
    bpy.ops.object.mode_set(mode='EDIT')
    assert "Edit Mode" in refusal(bpy.ops.aim.load_model, filepath=str(file))
    bpy.ops.object.mode_set(mode='OBJECT')


def test_a_model_of_another_mesh_is_refused(file: Path) -> None:
    faces.select([faces.new_object(faces.skull())])
    assert "vertices" in refusal(bpy.ops.aim.load_model, filepath=str(file))
    other = faces.neutral()
    flipped = replace(other, face_vertices=np.roll(other.face_vertices, 1))
    obj = faces.new_object(flipped, "other faces")
    faces.select([obj])
    assert "other polygons" in refusal(bpy.ops.aim.load_model, filepath=str(file))
    assert not storage.has_model(obj)


def test_a_model_of_another_actor_with_the_same_mesh_is_told(
    file: Path, capfd: pytest.CaptureFixture
) -> None:
    obj = faces.new_object(faces.expression("jawOpen"))
    faces.select([obj])
    bpy.ops.aim.load_model(filepath=str(file))
    assert "is it this actor's" in capfd.readouterr().out
    assert storage.has_model(obj)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[: len(data) // 2], "cut off"),
        (lambda data: b"", "not a model file"),
        (lambda data: b"not ours at all, but long enough", "not a model file"),
        (lambda data: data.replace(b'"version":"1"', b'"version":"9"'), "newer version"),
        (lambda data: data.replace(b"aim-face-model", b"aim-hand-model"), "not a face model"),
    ],
)
def test_files_that_are_no_model_are_named_and_nothing_changes(
    file: Path, change: object, words: str
) -> None:
    face = faces.new_face()
    file.write_bytes(change(file.read_bytes()))
    text = refusal(bpy.ops.aim.load_model, filepath=str(file))
    assert words in text and file.name in text
    assert not storage.has_model(face)


def _damaged_report(report: object) -> bytes:
    """A model whose report holds something else than figures."""
    data = model_to_bytes(replace(models.make_model(), report={"marker": 1}))
    old, new = b'{\\"marker\\": 1}', json.dumps(json.dumps(report))[1:-1].encode()
    assert old in data
    length = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + length].replace(old, new)
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[8 + length :]


@pytest.mark.parametrize(
    "report",
    [
        [],
        "text",
        5,
        {"skin_error_mm": 3},
        {"skin_error_mm": {"mean": "much"}},
        {"seconds": []},
        {"seconds": 1e300},
        {"per_expression": {"jawOpen": {"mean": {}}}},
        {"per_expression": [1]},
    ],
)
def test_a_model_with_a_damaged_report_leaves_the_face_its_own(
    face: bpy.types.Object, file: Path, report: object
) -> None:
    before = storage.model_bytes(face)
    face.aim.report.actor = "as before"
    file.write_bytes(_damaged_report(report))
    text = refusal(bpy.ops.aim.load_model, filepath=str(file))
    assert "damaged" in text and "Traceback" not in text
    assert storage.model_bytes(face) == before and face.aim.report.actor == "as before"
    other = faces.new_object(faces.neutral(), "another")
    faces.select([other])
    assert "damaged" in refusal(bpy.ops.aim.load_model, filepath=str(file))
    assert not storage.has_model(other) and not other.aim.is_face


def test_a_file_that_is_gone_is_named(file: Path) -> None:
    faces.new_face()
    file.unlink()
    assert "cannot be read" in refusal(bpy.ops.aim.load_model, filepath=str(file))


def test_a_linked_mesh_is_refused(file: Path, tmp_path: Path) -> None:
    faces.new_object(faces.neutral())
    library = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=library, copy=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(library, link=True) as (source, target):
        target.objects = source.objects
    bpy.context.scene.collection.objects.link(target.objects[0])
    faces.select(list(target.objects))
    assert "linked" in refusal(bpy.ops.aim.load_model, filepath=str(file))


def test_a_removed_model_is_gone_and_comes_back_with_undo(face: bpy.types.Object) -> None:
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.aim.remove_model('EXEC_DEFAULT', True) == {'FINISHED'}
    assert not storage.has_model(face) and not face.aim.report.has_errors
    assert not any(scan.fitted for scan in face.aim.scans) and face.aim.is_face
    assert "Fit the face first" in refusal(bpy.ops.aim.remove_model)
    bpy.ops.ed.undo()
    assert storage.has_model(bpy.data.objects["neutral"])


def test_a_copy_of_the_face_has_the_model(face: bpy.types.Object) -> None:
    copy = face.copy()
    copy.data = face.data.copy()
    assert storage.load_model(copy).name == "Anna"
