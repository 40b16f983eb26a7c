# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged results of a solve, and folders of a solve that was stopped."""

import functools
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.retargeting.performance import read_solved
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace
from aim_blender_addon.backend.solving.result_file import (
    ROWS,
    ResultHeader,
    ResultWriter,
    finished_figures,
    frames_kept,
    part_folder,
    read_header,
)

from .archives import damaged_archive
from .mutations import mutated, odd_json
from .small_face import JOINT, NAMES, small_mesh

FRAMES = 4
_SIZES = {"V": len(small_mesh().vertices), "E": len(NAMES), "K": 2}
_HEADER = ResultHeader("model", "take", {"prior": 1.0}, 3, FRAMES, _SIZES)


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged result, or a damaged folder of a stopped solve that is resumed."""
    path = folder / "result.npz"
    if random.random() < 0.5:
        said, data = damaged_archive(random, _whole())
        path.write_bytes(data)
        return f"result: {said}", lambda: _read(path)
    done = int(random.integers(FRAMES + 1))
    writer = ResultWriter(path, _HEADER)
    for number in range(done):
        writer.write(3 + number, **_frame(number))
    del writer
    said = _spoilt(random, part_folder(path))
    return f"stopped: {said}", lambda: _resumed(path)


def _read(path: Path) -> None:
    header = read_header(path)
    header.as_json()
    played = read_solved(path, _source())
    for frame in played.frames(_source()):
        assert np.isfinite(frame.skin).all(), "a frame is not finite"


def _resumed(path: Path) -> None:
    """What a resumed solve believes to be done is what was written."""
    frames_kept(path)
    finished_figures(path, _HEADER)
    writer = ResultWriter(path, _HEADER, resume=True)
    done = writer.next_frame - 3
    for number in range(done):
        for name, value in _frame(number).items():
            same = np.array_equal(writer.row(name)[number], value)
            assert same, f"frame {number} counts as done, and its {name} is not what was written"
    for number in range(done, FRAMES):
        writer.write(3 + number, **_frame(number))
    writer.finish()
    read_header(path)


def _spoilt(random: np.random.Generator, part: Path) -> str:
    files = sorted(part.iterdir())
    path = files[int(random.integers(len(files)))]
    if path.name == "job.json" and random.random() < 0.5:
        about = odd_json(random, json.loads(path.read_text(encoding="utf-8")))
        path.write_text(json.dumps(about), encoding="utf-8")
        return "job.json"
    choice = random.random()
    if choice < 0.1:
        path.unlink()
        return f"no {path.name}"
    data = path.read_bytes()
    if choice < 0.5:
        path.write_bytes(data[: int(random.integers(len(data)))])
        return f"{path.name} cut"
    said, data = mutated(random, data)
    path.write_bytes(data)
    return f"{path.name} {said}"


def _frame(number: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(number)
    return {
        "vertices": (small_mesh().vertices + random.normal(size=3)).astype(np.float32),
        "head": np.eye(4),
        "jaw": JOINT.pose([0.1 * number, 0, 0, 0]),
        "jaw_parameters": np.array([0.1 * number, 0, 0, 0]),
        "weights": random.normal(size=(len(NAMES), 2)).astype(np.float32),
        "error_mm": np.float32(0.5 + number),
        "solved": np.bool_(True),
    }


@functools.cache
def _whole() -> dict[str, np.ndarray]:
    with tempfile.TemporaryDirectory(prefix="aim_fuzz_") as folder:
        path = Path(folder) / "result.npz"
        writer = ResultWriter(path, _HEADER)
        for number in range(FRAMES):
            writer.write(3 + number, **_frame(number))
        functions = np.ones((_SIZES["V"], 2), np.float32)
        writer.finish(functions=functions, expression_names=np.array(NAMES))
        with np.load(path) as stored:
            assert set(ROWS) < set(stored.files)
            return {name: stored[name] for name in stored.files}


@functools.cache
def _source() -> RetargetFace:
    """As much of a face as a performance needs."""
    mesh, face = small_mesh(), object.__new__(RetargetFace)
    parts = {
        "mesh": mesh,
        "skin": mesh,
        "rows": np.arange(len(mesh.vertices)),
        "joint": JOINT,
        "expression_names": NAMES,
        "displacements": np.zeros((len(NAMES), len(mesh.vertices), 3), np.float32),
        "jaw_weight": np.zeros(len(mesh.vertices)),
    }
    for name, value in parts.items():
        object.__setattr__(face, name, value)
    return face
