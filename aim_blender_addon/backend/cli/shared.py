# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands have in common: options, landmarks, figures, and what is said meanwhile."""

import argparse
import json
import sys
from pathlib import Path

from ..errors import AimError
from ..io.whole_file import write_whole_text
from ..progress import Progress, silent
from ..scans.units import MM_PER_UNIT

Subparsers = argparse._SubParsersAction


def add_unit(parser: argparse.ArgumentParser) -> None:
    """The option ``--unit``."""
    parser.add_argument(
        "--unit", default="mm", choices=tuple(MM_PER_UNIT), help="of the meshes (default mm)"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option ``--json``."""
    parser.add_argument(
        "--json", type=Path, metavar="F", help="also write the figures to this file"
    )


def read_landmarks(path: Path | None, mm_per_unit: float) -> dict | None:
    """Landmarks {name: [3] mm} of a JSON file, or None.

    Raises:
        AimError: the file holds none.
    """
    import numpy as np

    if path is None:
        return None
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        points = {name: np.asarray(point, float) * mm_per_unit for name, point in given.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise AimError(
            f"'{path}' holds no landmarks ({error}); write {{\"name\": [x, y, z], ...}}"
        ) from error
    if any(point.shape != (3,) for point in points.values()):
        raise AimError(f"'{path}' holds a landmark that is not [x, y, z]")
    return points


def print_progress() -> Progress:
    """Stages, one line each as they begin, for a person who watches; a script's errors stay one sentence."""
    last = ""
    if not sys.stderr.isatty():
        return silent

    def tell(stage: str, fraction: float, figures: dict) -> None:
        nonlocal last
        if stage != last:
            last = stage
            sys.stderr.write(f"{100 * fraction:3.0f} % {stage}\n")
            sys.stderr.flush()

    return tell


def write_json(path: Path | None, figures: dict) -> None:
    """Write figures to a file, where one is given.

    Raises:
        AimError: the file cannot be written.
    """
    if path is None:
        return
    try:
        write_whole_text(path, json.dumps(figures, indent=1) + "\n")
    except OSError as error:
        raise AimError(f"'{path}' cannot be written: {error.strerror}") from error


def say(text: str) -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")
