# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged lines on the worker's input."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.worker.__main__ import Worker
from aim_blender_addon.backend.worker.messages import Cancel, Submit, encode

from .mutations import mutated, odd_json

_JOBS = (Submit(3, "fit", {"name": "x"}, {"a": "/a.npy"}, "/tmp"), Cancel(3))


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged line before a sound one; the listening thread must reach the sound one."""
    line = encode(_JOBS[int(random.integers(len(_JOBS)))])
    if random.random() < 0.4:
        said, line = mutated(random, line)
    else:
        said, line = "value", json.dumps(odd_json(random, json.loads(line))).encode()
    if random.random() < 0.05:
        said, line = "200,000 levels", b"[" * 200_000
    return said, lambda: _listened(line)


class _Ears(Worker):
    """A worker that says so instead of ending its process."""

    def _leave(self) -> None:
        self.left = True


def _listened(line: bytes) -> None:
    worker = _Ears(lambda name: None, io.BytesIO(), "")
    worker.listen(io.BytesIO(line + b"\n" + encode(_JOBS[0])))
    assert worker.left, "the process stays when its input has ended"
    last = None
    while not worker._waiting.empty():
        last = worker._waiting.get()
        assert type(last.job_id) is int and isinstance(last.params, dict), "a job of wrong types"
    assert last == _JOBS[0], "a sound job after a damaged line is not heard"
