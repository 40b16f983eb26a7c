# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands have in common: options, landmarks, figures, and what is said meanwhile."""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AimError
from ..io.damage import refusing
from ..io.disk import why
from ..io.json_text import parse_json
from ..io.regular_file import read_regular
from ..io.whole_file import write_whole_text
from ..progress import Progress, silent
from ..scans.units import MM_PER_UNIT

if TYPE_CHECKING:
    from ..jobs.fleshed_actor import FleshedActor
    from ..jobs.match import MatchResult
    from ..jobs.pose_from_points import PoseFromPointsResult

Subparsers = argparse._SubParsersAction
_LARGEST_LANDMARKS = 1 << 24
#: Options that name files to write, and those among the others that may name the same file.
_WRITTEN = {
    "output": "-o",
    "json": "--json",
    "write_table": "--write-table",
    "write_map": "--write-map",
}
_MAY_BE_SAME = {("write_map", "map")}
#: No length of a head in any unit is larger.
_FARTHEST = 1e9


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


def add_contact(parser: argparse.ArgumentParser) -> None:
    """The option ``--contact``."""
    parser.add_argument(
        "--contact", action="store_true", help="bone, teeth, eyes, lips and lids keep the skin out"
    )


def add_range(parser: argparse.ArgumentParser) -> None:
    """The options ``--start`` and ``--count`` of a range of frames."""
    parser.add_argument("--start", type=int, default=0, help="first frame of a range (default 0)")
    parser.add_argument("--count", type=int, help="frames of the range (default: to the end)")


def add_actor(parser: argparse.ArgumentParser) -> None:
    """The files of an actor with flesh: its model and its flesh."""
    parser.add_argument("model", type=Path, metavar="MODEL.safetensors")
    parser.add_argument("flesh", type=Path, metavar="FLESH.safetensors")


def read_actor(options: argparse.Namespace) -> "FleshedActor":
    """The actor of these files; raises ModelFileError."""
    from ..io.model_file import read_whole, stored_model
    from ..jobs.fleshed_actor import FleshedActor

    model = stored_model(options.model)
    return FleshedActor(model, read_whole(options.flesh), f"'{options.flesh.name}'")


def read_landmarks(path: Path | None, mm_per_unit: float) -> dict | None:
    """Landmarks {name: [3] mm} of a JSON file, or None.

    Raises:
        AimError: the file holds none.
    """
    import numpy as np

    if path is None:
        return None
    with refusing(
        AimError,
        lambda reason: (
            f"'{path}' holds no landmarks ({reason}); write {{\"name\": [x, y, z], ...}}"
        ),
    ):
        given = parse_json(read_regular(path, _LARGEST_LANDMARKS))
        points = {name: np.array(point, float) for name, point in given.items()}
        if any(point.shape != (3,) for point in points.values()):
            raise AimError(f"'{path}' holds a landmark that is not [x, y, z]")
        if not all((np.abs(point) <= _FARTHEST).all() for point in points.values()):
            raise AimError(f"'{path}' holds a landmark that is not finite")
    return {name: point * mm_per_unit for name, point in points.items()}


def check_number(options: argparse.Namespace, name: str, least: float | None = None) -> None:
    """Refuse an option that is no finite number, or is less than ``least``; one that was not given is none.

    Raises:
        AimError: it is.
    """
    value = getattr(options, name)
    if value is None or (math.isfinite(value) and (least is None or value >= least)):
        return
    wanted = "a finite number" if least is None else f"a number from {least:g} on"
    raise AimError(f"--{name} is {value}: give {wanted}")


def check_outputs(options: argparse.Namespace) -> None:
    """Refuse to write over a file that is read, or two outputs into one file.

    Raises:
        AimError: an output is another file of the command.
    """
    named = [
        (name, path)
        for name, value in vars(options).items()
        for path in (value if isinstance(value, list) else [value])
        if isinstance(path, Path)
    ]
    for name, path in named:
        for other, second in named if name in _WRITTEN else ():
            if other == name or (name, other) in _MAY_BE_SAME or not _same_file(path, second):
                continue
            what = "is written as well" if other in _WRITTEN else "is read"
            raise AimError(f"{_WRITTEN[name]} is '{path}', which {what}: choose another place")


def _same_file(first: Path, second: Path) -> bool:
    """Whether two paths are one file, also by links; never for what is no file, such as a pipe."""
    try:
        if first.exists() and second.exists():
            return first.is_file() and first.samefile(second)
        return first.resolve() == second.resolve()
    except (OSError, RuntimeError, ValueError):  # said where the file is used
        return False


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
        raise AimError(
            f"'{path}' cannot be written ({why(error)}): free some space or choose another place"
        ) from error


def write_pose(path: Path, pose: "MatchResult | PoseFromPointsResult", others: dict) -> None:
    """Write a pose that was found as a take of one frame, with other arrays beside it.

    Raises:
        AimError: the file cannot be written.
    """
    from ..io.array_files import write_npz

    frame = {
        "weights": pose.weights[None],
        "jaw_parameters": pose.jaw_parameters[None],
        "head": pose.head[None],
        "vertices": pose.vertices[None],
    }
    try:
        write_npz(path, frame | others)
    except OSError as error:
        raise AimError(
            f"'{path}' cannot be written ({why(error)}): free some space or choose another place"
        ) from error


def say(text: str) -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")
