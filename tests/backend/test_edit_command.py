# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command edit."""

import json

import numpy as np
import pytest

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.editing import editable_face
from aim_blender_addon.backend.io.model_file import write_model
from tests.backend import edit_face
from tests.backend.edit_face import BROW, CORNER


@pytest.fixture(scope="module")
def face():
    return edit_face.face()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("edit") / "model.safetensors"
    write_model(path, edit_face.model())
    return path


def test_writes_what_was_reached(model, tmp_path, face):
    vertex = edit_face.vertex_near(BROW)
    goal = face.rest[[vertex]] + [0, 4.0, 0]
    np.savez(tmp_path / "h.npz", vertex_indices=[vertex], positions=goal)
    out, figures = tmp_path / "r.npz", tmp_path / "f.json"
    given = [
        "edit",
        str(model),
        str(tmp_path / "h.npz"),
        "-o",
        str(out),
        "--json",
        str(figures),
    ]
    assert main(given) == 0
    with np.load(out) as result:
        assert np.linalg.norm(result["vertices"][vertex] - goal) < 0.1
        assert result["jaw"].shape == (4, 4)
        assert result["weights"].shape == (len(face.rest), 6)
        assert result["reached"].tolist() == [0]
    about = json.loads(figures.read_text())
    assert about["reached"] == 1
    assert about["handles"][0]["why"] == "reached"


def test_symmetric_and_start(model, tmp_path, face, monkeypatch):
    monkeypatch.setattr(editable_face, "EditableFace", lambda _model: face)  # prepared already
    weights = np.array([0.0, 0.5, 0, 0, 0, 0])
    vertex = edit_face.vertex_near(CORNER)
    goal = face.posed(face.initial_state(weights))[[vertex]] + [3.0, 3, 0]
    np.savez(tmp_path / "h.npz", vertex_indices=[vertex], positions=goal, weights=weights)
    out = tmp_path / "r.npz"
    given = ["edit", str(model), str(tmp_path / "h.npz"), "-o", str(out), "--symmetric"]
    assert main([*given, "--falloff", "15"]) == 0
    with np.load(out) as result:
        assert len(result["left_mm"]) == 2
        brow = edit_face.vertex_near(BROW)
        raised = result["vertices"][brow] - face.rest[brow]
    np.testing.assert_allclose(raised, 0.5 * face.displacements[brow, :, 1], atol=0.1)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [({"positions": np.zeros((1, 3))}, "vertex_indices"), (None, "cannot be read")],
)
def test_bad_files_are_one_sentence(model, tmp_path, capsys, arrays, words):
    path = tmp_path / "h.npz"
    if arrays is None:
        path.write_text("no archive")
    else:
        np.savez(path, **arrays)
    assert main(["edit", str(model), str(path), "-o", str(tmp_path / "r.npz")]) == 2
    message = capsys.readouterr().err
    assert words in message
    assert message.count("\n") == 1
