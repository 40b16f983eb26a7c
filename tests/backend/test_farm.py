# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A take solved in ranges by the workers of a Dask cluster on this machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import write_model
from tests.backend.performance_face import model, performance

ROOT = Path(__file__).resolve().parents[2]
pytest.importorskip("distributed", reason="Dask comes with make env")


def on_dask(folder: Path, *options: str) -> subprocess.CompletedProcess:
    """The tool, run as from a shell."""
    command = [sys.executable, "tools/farm/solve_on_dask.py", str(folder / "model.safetensors")]
    command += [str(folder / "take.npz"), "-o", str(folder / "merged.npz"), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)


def test_ranges_on_two_workers_are_the_whole(tmp_path):
    random = np.random.default_rng(0)
    noisy = performance().vertices + random.normal(0, 0.2, performance().vertices.shape)
    write_model(tmp_path / "model.safetensors", model())
    np.savez(tmp_path / "take.npz", vertices=noisy / 1000)
    options = ["--unit", "m", "--detail", "0"]
    done = on_dask(tmp_path, "--ranges", "2", "--workers", "2", "--", *options)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split("\n"))[1:] == [
        f"{start:06d}.npz is solved" for start in (0, 10)
    ]
    # torch's sums in another order, with more threads, differ in the last digits.
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "aim_blender_addon.backend", "solve"]
    command += [str(tmp_path / "model.safetensors"), str(tmp_path / "take.npz"), *options]
    command += ["-o", str(tmp_path / "whole.npz"), "--json", str(tmp_path / "whole.json")]
    subprocess.run(command, cwd=ROOT, env=one_thread, check=True)
    report = json.loads((tmp_path / "whole.json").read_text())
    assert report["chosen"]["skin_smoothing"] > 0  # so that frames do depend on their neighbours
    with np.load(tmp_path / "whole.npz") as one, np.load(tmp_path / "merged.npz") as other:
        np.testing.assert_allclose(one["vertices"], other["vertices"], atol=1e-4)
        np.testing.assert_allclose(one["head"], other["head"], atol=1e-6)
        np.testing.assert_array_equal(one["frames"], other["frames"])
    assert not (tmp_path / "merged.npz.ranges").exists()


def test_what_a_range_cannot_do_is_said_once(tmp_path):
    write_model(tmp_path / "model.safetensors", model())
    np.savez(tmp_path / "take.npz", vertices=performance().vertices / 1000)
    done = on_dask(tmp_path, "--ranges", "1", "--workers", "1")
    assert done.returncode == 2
    assert "times as large as the actor: set its unit" in done.stderr.splitlines()[-1]
