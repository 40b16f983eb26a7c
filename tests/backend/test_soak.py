# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``tools/soak.py`` in short: one worker does jobs that end well, are refused and are cancelled, and keeps nothing."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from tests.backend import performance_face
from tools import soak
from tools.soaking.jobs import Face
from tools.soaking.measures import Sample, growth

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are measured on Linux")


def test_a_worker_that_does_many_jobs_keeps_nothing(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    model = performance_face.model()
    frames = performance_face.performance(8).vertices
    scans = tuple(model.neutral for _ in model.expression_names)
    face = Face(results, model.neutral, scans, frames, model=bytes(model_to_bytes(model)))
    wrong: list[str] = []
    soaked = soak.Soak(face, tmp_path, seed=1, tell=wrong.append, settle_s=0.02)
    soaked.round(("solve",) * 10)
    counts = soaked.counts
    assert soaked.stop() == [] and wrong == []
    assert counts[soak.FINISHED] > 4 and counts[soak.REFUSED]
    assert {sample.files for sample in soaked.samples} == {0}
    assert soaked.samples[-1].handles <= soaked.samples[2].handles
    assert np.load(face.output)["vertices"].shape == frames.shape


@pytest.mark.parametrize("name", ["memory_mb", "own_memory_mb", "handles", "threads", "files"])
def test_what_grows_is_found(name: str) -> None:
    still = Sample(1.0, 1, 1, 300.0, 8, 3, 50.0, 14, 0)
    assert growth([still] * 40) == []
    grown = [replace(still, **{name: getattr(still, name) + 2 * n}) for n in range(40)]
    assert [text.split(" grew")[0] for text in growth(grown)] == [name]
