# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For tests of the worker's Python: folders of their own and environments that only look made."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aim_blender_addon.jobs import environment, install


def isolate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep logs and environments below ``tmp_path`` and forget what is known of any Python (a fixture's body)."""

    def user_folder(name: str, create: bool = True) -> str:
        folder = tmp_path / "user" / name
        if create:
            folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    monkeypatch.setattr(environment, "user_folder", user_folder)
    monkeypatch.setattr(environment, "_state", environment._State())
    yield tmp_path
    environment.stop_worker()


def make_complete() -> Path:
    """The folder of an environment that looks installed."""
    folder = Path(environment.runtime_folder())
    python = Path(install.environment_python(str(folder)))
    python.parent.mkdir(parents=True)
    python.touch()
    (folder / install.MARKER).touch()
    return folder
