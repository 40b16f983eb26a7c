# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the jobs of retargeting find on a face is kept, and no model is read twice."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.model_file import StoredModel
from aim_blender_addon.backend.jobs import face_pair
from aim_blender_addon.backend.progress import silent
from aim_blender_addon.backend.retargeting import pipeline
from aim_blender_addon.backend.retargeting.sources import MeshFace, ModelFace

MESH = Mesh.from_triangles(np.eye(3), np.array([[0, 1, 2]]), "mesh")


@dataclass(frozen=True)
class Face:
    """What retargeting finds, as far as it is needed here."""

    mesh: Mesh
    rows: np.ndarray
    jaw_weight: np.ndarray


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was read and looked at, in place of the long search."""
    seen: list[str] = []

    def read(stored: StoredModel) -> SimpleNamespace:
        seen.append(f"read {stored.name}")
        return SimpleNamespace(name=stored.name)

    def look(*_: object) -> Face:
        seen.append("look")
        return Face(MESH, np.arange(3), np.array([0.0, 0.5, 1.0]))

    monkeypatch.setattr(StoredModel, "read", read)
    monkeypatch.setattr(pipeline, "face_of_model", look)
    monkeypatch.setattr(pipeline, "face_of_neutral", look)
    face_pair._faces.clear()
    yield seen
    face_pair._faces.clear()


def model_face(name: str = "Anna", data: bytes = b"model") -> ModelFace:
    return ModelFace(StoredModel(data, name), {}, name)


def test_a_model_is_read_once_and_goes_along(found: list[str]) -> None:
    first = face_pair._face(model_face(), silent)
    again = face_pair._face(model_face("Bert"), silent)
    assert found == ["read Anna", "look"]
    assert first.model is again.model
    assert (first.face.mesh.name, again.face.mesh.name) == ("Anna", "Bert")


def test_another_model_landmark_or_vertex_is_another_face(found: list[str]) -> None:
    marked = replace(model_face(), landmarks={"chin": np.ones(3)})
    moved = MESH.with_vertices(MESH.vertices + 1)
    for source in (
        model_face(),
        model_face(data=b"other"),
        marked,
        MeshFace(MESH),
        MeshFace(moved),
    ):
        face_pair._face(source, silent)
    assert found.count("look") == 5


def test_shapes_are_not_part_of_what_is_kept() -> None:
    shapes = MeshFace(MESH, ("smile",), np.zeros((1, 3, 3), np.float32))
    assert face_pair._key(shapes) == face_pair._key(MeshFace(MESH))


def test_only_a_few_faces_are_kept(found: list[str]) -> None:
    for number in range(6):
        face_pair._face(model_face(data=bytes([number])), silent)
    assert len(face_pair._faces) == 4
    face_pair._face(model_face(data=bytes([5])), silent)
    assert found.count("look") == 6


def test_the_bone_that_moves_as_the_jaw_does_is_found() -> None:
    face = Face(MESH, np.arange(3), np.array([0.0, 0.5, 1.0]))
    weights = np.array([[1.0, 0.5, 0.0], [0.0, 0.4, 1.0]])
    groups = face_pair.BoneGroups(("head", "jaw"), weights)
    assert face_pair.jaw_group(groups, face) == "jaw"
    assert face_pair.jaw_group(replace(groups, weights=weights[:1], names=("head",)), face) == ""
    assert face_pair.jaw_group(None, face) == ""
