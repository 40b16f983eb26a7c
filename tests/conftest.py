# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by all tiers."""

import os
import sys
from pathlib import Path

from tests import shared_data

_MAIN_PYTHON = Path(__file__).resolve().parent.parent / ".venv" / "bin" / "python"
# The Python that has torch and the rest, for tests that start a worker: a Blender's own environment has none of it.
os.environ.setdefault("AIM_PYTHON", str(_MAIN_PYTHON if _MAIN_PYTHON.exists() else sys.executable))


def pytest_report_header() -> str:
    """Say where the test actors come from, as tests that need them are skipped without."""
    return f"test actors from: {shared_data.SHARED or 'nowhere, tests that need them are skipped'}"
