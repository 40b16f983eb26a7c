# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actors to test on, made by the generator in the folder ``shared`` beside the repository.

That folder is no part of the repository: ``AIM_SHARED`` names another one, and tests marked
``requires_shared`` are skipped where there is none.
"""

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Made actors stay here, so that every tier and every later run finds them ready.
CACHE = ROOT / "out" / "test-actors"


def _find_shared() -> Path | None:
    folder = Path(os.environ.get("AIM_SHARED", ROOT.parent / "shared"))
    return folder.resolve() if (folder / "tools" / "make_actor.py").is_file() else None


SHARED = _find_shared()

requires_shared = pytest.mark.skipif(
    SHARED is None, reason="the folder shared/ is not beside the repository (or set AIM_SHARED)"
)


@functools.cache
def make_actor(seed: int, frames: int = 8, *options: str) -> Path:
    """The folder of a synthetic actor: scans, bones, performance frames and the truth.

    Args:
        seed: 0 for the generic head, any other number for a random identity.
        frames: Performance frames, spread evenly over the recorded take.
        *options: More options of the generator, such as ``"--scan-noise", "0.15"``.

    Returns:
        A folder to read only, with ``neutral.obj``, ``expressions/*.obj``, ``skull.obj``,
        ``jaw.obj``, ``frames.npz`` and ``truth.npz``, all in mm.
    """
    if SHARED is None:
        pytest.skip("the folder shared/ is not beside the repository (or set AIM_SHARED)")
    generator = SHARED / "tools" / "make_actor.py"
    asked = ("--identity-seed", str(seed), "--frames", str(frames), *options)
    key = hashlib.sha256(" ".join(asked).encode() + generator.read_bytes()).hexdigest()[:12]
    folder = CACHE / f"seed{seed}-{key}"
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=CACHE))
    subprocess.run(
        [
            os.environ.get("AIM_PYTHON", sys.executable),
            str(generator),
            *asked,
            "--out",
            str(unfinished),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        unfinished.rename(folder)
    except OSError:  # another run made it meanwhile
        shutil.rmtree(unfinished)
    return folder
