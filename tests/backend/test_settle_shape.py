# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes whose flesh regains its volume while they are kept."""

import functools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.__main__ import main
from aim_blender_addon.backend.errors import AimError
from aim_blender_addon.backend.io.mesh_files import MESH_FORMATS
from aim_blender_addon.backend.io.model_file import StoredModel, model_to_bytes, write_model
from aim_blender_addon.backend.jobs import settle_shape
from aim_blender_addon.backend.jobs.fleshed_actor import FleshedActor
from aim_blender_addon.backend.muscles.flesh_file import flesh_to_bytes
from aim_blender_addon.backend.progress import silent
from tests.backend import edit_face
from tests.backend.flesh_face import flesh


def rest() -> np.ndarray:
    return edit_face.model().neutral.vertices.astype(float)


@functools.cache
def swollen() -> np.ndarray:
    """The chin blown up by 5 mm, with a wrinkle of single vertices in it."""
    skin = edit_face.model().neutral
    away = np.linalg.norm(rest() - np.array(edit_face.CHIN), axis=1)
    return rest() + (5.0 * np.exp(-((away / 15) ** 2)))[:, None] * skin.normals


@functools.cache
def request(*shapes: str) -> settle_shape.SettleShapeRequest:
    made = {"rest": rest(), "swollen": swollen()}
    stored = StoredModel(model_to_bytes(edit_face.model()), "Head")
    held = flesh_to_bytes(flesh(), edit_face.model())
    stack = np.stack([made[name] for name in shapes])
    return settle_shape.SettleShapeRequest(
        FleshedActor(stored, held, "its flesh"), stack, shapes, np.zeros((len(shapes), 4))
    )


@functools.cache
def settled() -> settle_shape.SettleShapeResult:
    return settle_shape.run(request("rest", "swollen"), silent)


def test_the_face_at_rest_stays_as_it_is():
    np.testing.assert_allclose(settled().shapes[0], rest(), atol=0.01)
    assert settled().report["inverted"][0] == [0, 0]


def test_a_swollen_chin_sinks_and_skin_without_flesh_stays():
    report = settled().report
    chin = edit_face.vertex_near(edit_face.CHIN)
    sunk = (settled().shapes[1] - swollen())[chin] @ edit_face.model().neutral.normals[chin]
    assert -4.0 < sunk < -0.2
    moved = np.linalg.norm(settled().shapes[1] - swollen(), axis=1)
    assert 0.1 < moved.max() < 5.0 and moved.max() == pytest.approx(
        report["moved_mm"][1]["max"], abs=1e-3
    )
    outside = np.setdiff1d(np.arange(len(rest())), flesh().skin)
    np.testing.assert_allclose(settled().shapes[1][outside], swollen()[outside], atol=1e-4)


def test_firmer_skin_keeps_nearer_to_the_shape():
    asked = replace(request("swollen"), firmness=10.0)
    firm = settle_shape.run(asked, silent)
    assert firm.report["moved_mm"][0]["mean"] < settled().report["moved_mm"][1]["mean"] / 2


def test_the_jaw_is_found_where_it_is_not_known():
    model = edit_face.model()
    opened = model.joint.pose([0.2, 0, 0, 0])
    shape = model.skin(np.zeros(6, np.float32), opened)
    asked = replace(request("rest"), shapes=shape[None], jaw_parameters=None)
    result = settle_shape.run(asked, silent)
    assert abs(result.jaw_parameters[0, 0] - 0.2) < 0.05


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"shapes": np.zeros((1, 7, 3))}, "has 7 vertices"),
        ({"shapes": np.full((1, 10, 3), np.nan)}, "has 10 vertices"),
        ({"shapes": np.zeros((0, 7, 3)), "names": ()}, "no shape"),
        ({"jaw_parameters": np.zeros((2, 4))}, "jaw is known in part"),
        ({"firmness": 0.0}, "settles nothing"),
    ],
)
def test_what_is_no_shape_is_refused(change: dict, sentence: str):
    with pytest.raises(AimError, match=sentence):
        settle_shape.run(replace(request("rest"), **change), silent)


def test_a_shape_with_gaps_is_refused():
    broken = rest()[None].copy()
    broken[0, 3] = np.nan
    with pytest.raises(AimError, match="without a valid position"):
        settle_shape.run(replace(request("rest"), shapes=broken), silent)


def test_the_command_settles_meshes(tmp_path: Path):
    write_model(tmp_path / "model.safetensors", edit_face.model())
    (tmp_path / "flesh.safetensors").write_bytes(request("rest").actor.flesh)
    mesh = edit_face.model().neutral.with_vertices(swollen(), "swollen")
    MESH_FORMATS.of(Path("a.obj")).write(tmp_path / "swollen.obj", mesh)
    out, figures = tmp_path / "out.npz", tmp_path / "figures.json"
    names = [str(tmp_path / n) for n in ("model.safetensors", "flesh.safetensors", "swollen.obj")]
    assert main(["settle-shapes", *names, "-o", str(out), "--json", str(figures)]) == 0
    assert json.loads(figures.read_text(encoding="utf-8"))["shapes"] == ["swollen"]
    with np.load(out) as file:
        assert file["vertices"].shape == (1, len(rest()), 3)
