# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face models that a user has, in the layouts of their makers, and files that are none."""

import pickle
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.io import savemat

from aim_blender_addon.backend.detail.face_space import condensed, space_of
from aim_blender_addon.backend.detail.face_space_files import read_face_space
from aim_blender_addon.backend.errors import ScanError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.obj import write_obj
from aim_blender_addon.backend.sample.head import find_package
from tests.shared_data import SHARED, requires_shared

needs_head = pytest.mark.skipif(find_package() is None, reason="the free head is not installed")
SIZE = 128
# ------------------------------------------------------------------------------------------------- face models


def ball(count: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [V, 3] of 160 mm across and quads [F, 4] of a tube, faces outwards."""
    up, round_ = np.meshgrid(np.linspace(-80, 80, count), np.arange(count), indexing="ij")
    turn = round_ * 2 * np.pi / count
    wide = np.sqrt(90.0**2 - up**2)
    points = np.stack([wide * np.cos(turn), wide * np.sin(turn), up], axis=2).reshape(-1, 3)
    number = np.arange(count * count).reshape(count, count)
    quads = [number[:-1], np.roll(number, -1, 1)[:-1], np.roll(number, -1, 1)[1:], number[1:]]
    return points, np.stack(quads, axis=2).reshape(-1, 4)


def written(place: Path, layout: str) -> tuple[Path, np.ndarray]:
    """A face model in somebody's layout, and its ways [K, V, 3] mm."""
    points, quads = ball()
    triangles = np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]])
    ways = np.random.default_rng(0).normal(size=(3, *points.shape))
    if layout == "flame":
        held = {
            "v_template": points / 1000,
            "shapedirs": np.moveaxis(ways, 0, 2) / 1000,
            "f": triangles.astype(np.uint32),
            "kintree_table": np.zeros((2, 5)),
        }
        path = place / "flame.pkl"
        path.write_bytes(pickle.dumps(held, protocol=2))
    elif layout == "gnm":
        path = place / "gnm.npz"
        np.savez(
            path,
            template_vertex_positions=points / 100,
            vertex_identity_basis=ways / 100,
            quads=quads,
        )
    elif layout == "bfm":
        path = place / "01_MorphableModel.mat"
        held = {
            "shapeMU": points.reshape(-1, 1) * 1000,
            "shapePC": ways.reshape(3, -1).T * 500,
            "shapeEV": np.full((3, 1), 2.0),
            "tl": triangles[:, ::-1] + 1.0,
        }
        savemat(path, held)
    else:
        path = place / "model"
        path.mkdir()
        files = {"generic_neutral_mesh": points}
        files |= {f"identity{k:03d}": points + way for k, way in enumerate(ways)}
        for name, vertices in files.items():
            write_obj(path / f"{name}.obj", Mesh.from_triangles(vertices, triangles, name))
    return path, ways


@pytest.mark.parametrize("layout", ["flame", "gnm", "bfm", "folder"])
def test_face_models_are_read_in_their_layouts_and_units(layout: str, tmp_path: Path) -> None:
    path, ways = written(tmp_path, layout)
    space = read_face_space(path)
    assert np.ptp(space.mean.vertices[:, 2]) == pytest.approx(160, abs=0.01)
    np.testing.assert_allclose(space.ways, ways, atol=1e-3)
    out = np.einsum("vi,vi->v", space.mean.normals, space.mean.vertices)
    assert (out > 0).mean() > 0.9
    assert space.stamp == read_face_space(path).stamp
    assert read_face_space(path, 2).ways.shape[0] == 2


@requires_shared
def test_a_folder_of_ict_is_read(tmp_path: Path) -> None:
    """Eyes and teeth are left out, and the unit is told from the size."""
    with np.load(SHARED / "data/ict/ict_face.npz") as held:
        neutral, modes, faces = (held[k] for k in ("neutral", "identity_modes", "faces"))
    sizes = np.where(faces[:, 3] < 0, 3, 4).astype(np.int32)
    corners = faces[faces >= 0].astype(np.int32)
    for name, points in (("generic_neutral_mesh", neutral), ("identity000", neutral + modes[0])):
        mesh = Mesh(points.astype(np.float32), corners, sizes, name)
        write_obj(tmp_path / f"{name}.obj", mesh)
    space = read_face_space(tmp_path)
    assert 200 < np.ptp(space.mean.vertices, axis=0).max() < 600
    assert 1000 < len(space.mean.vertices) < len(neutral)


def test_a_later_basel_model_is_read(tmp_path: Path, monkeypatch) -> None:
    """Its package is no part of the environment, so something with the same words stands in."""
    points, quads = ball()
    ways = np.random.default_rng(0).normal(size=(3, *points.shape))
    (tmp_path / "m.h5").write_bytes(b"-")
    model = {
        "mean": points.ravel(),
        "pcaBasis": ways.reshape(3, -1).T / 2,
        "pcaVariance": np.full(3, 4.0),
    }
    held = {"shape/model": model, "shape/representer/cells": quads[:, :3].T}
    stand_in = SimpleNamespace(File=lambda path, mode: nullcontext(held))
    monkeypatch.setitem(sys.modules, "h5py", stand_in)
    space = read_face_space(tmp_path / "m.h5")
    np.testing.assert_allclose(space.ways, ways, atol=1e-3)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ScanError, match="needs the package h5py"):
        read_face_space(tmp_path / "m.h5")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.npz", None, "is no face model"),
        ("a.txt", b"x", "is no face model"),
        ("a.pkl", b"\x80\x04x", "cannot be read|can be read"),
        ("a.pkl", pickle.dumps({"v_template": 3}), "lacks a mean, ways or faces"),
        ("a.npz", b"PK", "can be read"),
        ("a.mat", b"MATLAB", "can be read"),
        ("a.h5", b"\x89HDF", "can be read|needs the package h5py"),
    ],
)
def test_what_is_no_face_model_is_told(name, content, says, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScanError, match=says) as error:
        read_face_space(path)
    assert f"'{name}'" in str(error.value) and "\n" not in str(error.value)


def test_a_folder_without_neutral_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="holds 0 OBJ with 'neutral'"):
        read_face_space(tmp_path)


class _Runs:
    def __reduce__(self) -> tuple:
        return eval, ("open('ran', 'w')",)


def test_a_pickle_runs_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.pkl").write_bytes(pickle.dumps({"v_template": _Runs()}))
    with pytest.raises(ScanError, match="can be read"):
        read_face_space(tmp_path / "bad.pkl")
    assert not (tmp_path / "ran").exists()


def test_wrong_numbers_are_refused() -> None:
    points, quads = ball()
    mean = Mesh(points, quads.ravel(), np.full(len(quads), 4), "m")
    with pytest.raises(ScanError, match="do not fit"):
        space_of(mean, np.zeros((0, len(points), 3)), "m")
    with pytest.raises(ScanError, match="numbers that are none"):
        space_of(mean, np.full((1, len(points), 3), np.nan), "m")


def test_condensed_ways_hold_what_people_differ_by() -> None:
    rng = np.random.default_rng(0)
    people = np.einsum("pk,kvi->pvi", rng.normal(size=(40, 2)), rng.normal(size=(2, 30, 3)))
    ways = condensed(people, 10).reshape(-1, 90)
    assert len(ways) == 2
    shares = np.linalg.lstsq(ways.T, people.reshape(40, 90).T, rcond=None)[0]
    assert np.abs(people.reshape(40, 90) - shares.T @ ways).max() < 1e-4
    assert shares.std() == pytest.approx(1, abs=0.1)
