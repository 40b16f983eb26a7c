# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model and its file: evaluation, any point of the skin, bytes that others can read."""

import json
from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.errors import ModelFileError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.geometry.surface import nearest_points
from aim_blender_addon.backend.io import model_file
from aim_blender_addon.backend.io.model_file import (
    model_from_bytes,
    model_to_bytes,
    read_model,
    write_model,
)
from aim_blender_addon.backend.model.aim import AimModel, FittedAnatomy
from aim_blender_addon.backend.model.moved import moved_model
from aim_blender_addon.backend.model.network import SineNetwork
from tests.backend import synthetic_head

JOINT = JawJoint(np.array([50.0, -5, 15]), np.array([-50.0, -5, 15]), np.array([0.0, -45, 85]))
NAMES = ("smile", "jaw öffnen")


@pytest.fixture(scope="module")
def model() -> AimModel:
    """A model with random functions on the made-up head."""
    random = np.random.default_rng(0)
    neutral = synthetic_head.head()
    channels, hidden = 6, (7, 9)
    network = SineNetwork(
        tuple(
            random.normal(size=shape).astype(np.float32)
            for shape in ((channels, hidden[0]), (hidden[0], hidden[1]))
        ),
        tuple(random.normal(size=size).astype(np.float32) for size in hidden),
    )
    heads = random.normal(size=(network.feature_count, 5 + 3 * len(NAMES))).astype(np.float32)
    coordinates = np.column_stack([neutral.vertices / 100, neutral.normals]).astype(np.float32)
    bone = Mesh.from_triangles(neutral.vertices * 0.8, neutral.triangles, "bone")
    return AimModel(
        name="Anna",
        neutral=neutral,
        coordinates=coordinates,
        network=network,
        heads=heads,
        bone_below=(neutral.vertices[:, 1] > 0).astype(np.float32),
        expression_names=NAMES,
        jaw_poses=np.stack([np.eye(4), JOINT.pose([0.3, 1, 2, 0])]),
        head_poses=np.tile(np.eye(4), (2, 1, 1)),
        joint=JOINT,
        skull=bone,
        jaw=bone,
        bones_estimated=True,
        report={"seconds": 1.5, "skin_error_mm": {"mean": 0.02}},
        anatomy_detail=random.normal(size=(len(neutral.vertices), 4)).astype(np.float32),
    )


def test_bone_thickness_and_normal_make_up_the_skin_exactly(model):
    at = model.evaluate()
    rebuilt = at.bone + at.thickness[:, None] * at.normal
    np.testing.assert_allclose(rebuilt, model.neutral.vertices, atol=1e-4)
    assert at.thickness.min() >= 0
    assert at.jaw_weight.min() >= 0 and at.jaw_weight.max() <= 1
    np.testing.assert_allclose(np.linalg.norm(at.normal, axis=1), 1, atol=1e-5)
    assert at.displacements.shape == (2, len(model.neutral.vertices), 3)


def test_no_expression_and_no_jaw_is_the_neutral(model):
    np.testing.assert_array_equal(model.skin(np.zeros(2)), model.neutral.vertices)


def test_skin_is_displacement_then_jaw_then_head(model):
    at, weights = model.evaluate(), np.array([0.3, 0.8])
    jaw, head = (
        JOINT.pose([0.2, 0, 3, 0]),
        synthetic_head.random_pose(np.random.default_rng(1), 20, 50),
    )
    rest = at.skin + np.einsum("e,evc->vc", weights, at.displacements)
    posed = (1 - at.jaw_weight)[:, None] * rest + at.jaw_weight[:, None] * move_rigidly(rest, jaw)
    np.testing.assert_allclose(model.skin(weights, jaw, head), move_rigidly(posed, head), atol=1e-3)


def test_a_denser_mesh_of_the_same_neutral_can_be_evaluated(model):
    """Edge midpoints: the functions there lie between those at the ends, and at vertices they are the same."""
    mesh = model.neutral
    at_vertices = nearest_points(mesh, mesh.vertices.astype(float), mesh.normals)
    same = model.evaluate_at(at_vertices.corners, at_vertices.weights)
    np.testing.assert_allclose(same.displacements, model.evaluate().displacements, atol=1e-2)
    edges = mesh.triangles[:, :2]
    middles = mesh.vertices[edges].mean(axis=1)
    there = nearest_points(mesh, middles.astype(float))
    dense = model.evaluate_at(there.corners, there.weights)
    np.testing.assert_allclose(dense.skin, middles, atol=1e-3)
    np.testing.assert_allclose(
        dense.bone + dense.thickness[:, None] * dense.normal, middles, atol=1e-3
    )


def test_bytes_bring_back_the_same_model(model):
    again = model_from_bytes(model_to_bytes(model), "test")
    assert again.expression_names == NAMES and again.name == "Anna" and again.bones_estimated
    np.testing.assert_array_equal(again.scan(1), model.scan(1))
    np.testing.assert_array_equal(again.neutral.face_vertices, model.neutral.face_vertices)
    np.testing.assert_array_equal(
        again.joint.pose([0.1, 1, 1, 1]), model.joint.pose([0.1, 1, 1, 1])
    )
    assert again.report == model.report and again.skull.name == "bone"
    assert model_to_bytes(again) == model_to_bytes(model)


def test_a_model_without_detail_is_read_as_before(model):
    """Older versions stored the network alone."""
    old = replace(model, anatomy_detail=None)
    again = model_from_bytes(model_to_bytes(old), "file")
    assert again.anatomy_detail is None
    np.testing.assert_array_equal(again.evaluate().thickness, old.evaluate().thickness)
    assert np.abs(again.evaluate().thickness - model.evaluate().thickness).max() > 0.1


def test_detail_is_added_to_thickness_and_normal_and_interpolated(model):
    plain = replace(model, anatomy_detail=None).evaluate()
    detail = np.zeros((len(plain.thickness), 4), np.float32)
    detail[:, 0] = 7.0
    deeper = replace(model, anatomy_detail=detail)
    grown = plain.thickness > 0  # elsewhere the network was below zero
    np.testing.assert_allclose(
        deeper.evaluate().thickness[grown], plain.thickness[grown] + 7, rtol=1e-4
    )
    corners = model.neutral.triangles[:9]
    half = detail.copy()
    half[corners[:, 0]] = 0
    at = replace(model, anatomy_detail=half).evaluate_at(corners, np.full((9, 3), 1 / 3))
    full = deeper.evaluate_at(corners, np.full((9, 3), 1 / 3))
    assert (at.thickness < full.thickness).all()


def test_the_reference_package_reads_our_bytes(model):
    tensors = safetensors.numpy.load(model_to_bytes(model))
    np.testing.assert_array_equal(tensors["heads"], model.heads)
    np.testing.assert_array_equal(tensors["jaw_poses"], model.jaw_poses)


def test_we_read_the_bytes_of_the_reference_package(model):
    data = model_to_bytes(model)
    tensors = {name: array.copy() for name, array in safetensors.numpy.load(data).items()}
    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    again = model_from_bytes(safetensors.numpy.save(tensors, metadata), "test")
    np.testing.assert_array_equal(again.scan(0), model.scan(0))


def _changed(model: AimModel, **metadata: str) -> bytes:
    data = model_to_bytes(model)
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"].update(metadata)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def test_a_truncated_file_is_named(model):
    data = model_to_bytes(model)
    for size in (4, 100, len(data) // 2, len(data) - 1):
        with pytest.raises(ModelFileError, match="'face.safetensors'"):
            model_from_bytes(data[:size], "'face.safetensors'")
    with pytest.raises(ModelFileError, match="cut off"):
        model_from_bytes(data[:-1], "x")


def test_a_newer_version_is_named(model):
    with pytest.raises(ModelFileError, match="newer version"):
        model_from_bytes(_changed(model, version="3"), "x")


def test_a_file_of_others_is_named(model):
    others = safetensors.numpy.save({"a": np.zeros(3, np.float32)})
    for data in (
        others,
        b"PK\x03\x04" + b"0" * 500,
        b"",
        b"v 0 0 0\n" * 40,
        _changed(model, format="lora"),
    ):
        with pytest.raises(ModelFileError, match="is not a "):
            model_from_bytes(data, "x")


def test_a_damaged_file_is_named(model):
    about = json.loads(_metadata(model)["about"])
    for key in ("joint", "expression_names", "mesh_names"):
        broken = {name: value for name, value in about.items() if name != key}
        with pytest.raises(ModelFileError, match="damaged"):
            model_from_bytes(_changed(model, about=json.dumps(broken)), "x")
    more = {**about, "expression_names": ["one", "two", "three"]}
    with pytest.raises(ModelFileError, match="shape"):
        model_from_bytes(_changed(model, about=json.dumps(more)), "x")


def _metadata(model: AimModel) -> dict:
    data = model_to_bytes(model)
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]


def test_files_are_written_whole_or_not_at_all(model, tmp_path, monkeypatch):
    path = tmp_path / "face.safetensors"
    write_model(path, model)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model_file.os, "replace", full)
    with pytest.raises(ModelFileError, match="No space left on device"):
        write_model(path, model)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["face.safetensors"]
    np.testing.assert_array_equal(read_model(path).scan(0), model.scan(0))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelFileError, match="nowhere"):
        read_model(tmp_path / "nowhere.safetensors")


def test_a_missing_folder_is_found_before_the_work(tmp_path):
    with pytest.raises(ModelFileError, match="make the folder"):
        model_file.check_writable(tmp_path / "no" / "face.safetensors")


def _edited(model: AimModel) -> AimModel:
    """With all that an edit of the anatomy adds."""
    random = np.random.default_rng(1)
    count = len(model.neutral.vertices)
    detail = random.normal(size=(count, 4)).astype(np.float32)
    return replace(
        model,
        anatomy_detail=detail,
        carry=random.normal(size=(count, 3, 3)).astype(np.float32),
        fitted=FittedAnatomy(
            model.neutral.vertices + 1,
            model.skull.vertices,
            model.jaw.vertices,
            model.joint,
            model.jaw_poses,
            detail,
        ),
        report={"jaw": {name: np.eye(4).tolist() for name in NAMES}},
    )


@pytest.mark.parametrize("change", [lambda model: model, _edited], ids=["fitted", "edited"])
def test_a_moved_model_is_the_same_face_elsewhere(model: AimModel, change: object) -> None:
    model = change(model)
    motion = np.eye(4)
    motion[:3, :3], motion[:3, 3] = synthetic_head.rotation([1, 2, 3], 70), [30, -200, 1500]
    moved = moved_model(model, motion)
    weights, head = np.array([0.4, 0.9]), JOINT.pose([0.2, 3, 1, 1])
    for jaw, ours in zip(model.jaw_poses, moved.jaw_poses, strict=True):
        seen = motion @ head @ np.linalg.inv(motion)
        wanted = move_rigidly(model.skin(weights, jaw, head), motion)
        np.testing.assert_allclose(moved.skin(weights, ours, seen), wanted, atol=2e-3)
    before, after = model.evaluate(), moved.evaluate()
    np.testing.assert_allclose(after.bone, move_rigidly(before.bone, motion), atol=2e-3)
    np.testing.assert_allclose(after.thickness, before.thickness, atol=1e-4)
    np.testing.assert_array_equal(after.jaw_weight, before.jaw_weight)
    np.testing.assert_allclose(
        moved.joint.incisor, move_rigidly(model.joint.incisor, motion), atol=1e-9
    )
    if model.fitted:
        back = moved_model(moved, np.linalg.inv(motion))
        np.testing.assert_allclose(back.carry, model.carry, atol=1e-5)
        np.testing.assert_allclose(back.fitted.neutral, model.fitted.neutral, atol=1e-3)
        np.testing.assert_allclose(moved.report["jaw"][NAMES[1]], moved.jaw_poses[1])
    model_from_bytes(model_to_bytes(moved), "moved")
