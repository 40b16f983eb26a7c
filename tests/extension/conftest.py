# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built zip, and a fresh Blender to install it in. No Blender is in the process of the tests themselves."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS_PER_SESSION = 280


@pytest.fixture(scope="session")
def extension_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip, as ``make build`` makes it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(ROOT / "tools" / "build.py"), "--output-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = folder.glob("*.zip")
    return found


@pytest.fixture(scope="session")
def run_session(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict]:
    """Runs a script of this folder in a Blender with a home of its own; returns what it saw."""

    def run(script: str, *arguments: str) -> dict:
        home = tmp_path_factory.mktemp("blender-home")
        result = tmp_path_factory.mktemp("seen") / "seen.json"
        path = Path(__file__).with_name(script)
        done = subprocess.run(
            [sys.executable, str(path), *arguments, str(result)],
            env={**os.environ, "BLENDER_USER_RESOURCES": str(home)},
            cwd=home,  # not the repository: the extension must find all it needs in itself
            capture_output=True,
            text=True,
            timeout=SECONDS_PER_SESSION,
        )
        log = done.stdout + done.stderr
        assert done.returncode == 0, log
        assert "Traceback" not in log, log
        return json.loads(result.read_text()) | {"home": str(home)}

    return run
