# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Height maps of the frames of a take, from an actor's detail."""

import argparse
from pathlib import Path

from ..errors import AimError
from .detail_shared import (
    add_actor,
    add_play,
    read_played,
    region_strengths,
    say_notes,
)
from .shared import Subparsers, add_range, print_progress, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "detail-synthesise", help="write height maps of a take's frames, or of a mix of shapes"
    )
    parser.add_argument("detail", type=Path, metavar="DETAIL.safetensors")
    add_actor(parser)
    parser.add_argument(
        "take",
        type=Path,
        nargs="?",
        metavar="TAKE",
        help="a solved take, .npz; or curves that name the actor's shapes, .csv or .json",
    )
    parser.add_argument(
        "--weight",
        nargs=2,
        action="append",
        default=[],
        metavar=("SHAPE", "VALUE"),
        help="in place of a take: one frame of these shapes; may be given several times",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MAPS_FOLDER")
    parser.add_argument("--png", action="store_true", help="16-bit PNG in place of EXR")
    add_range(parser)
    parser.add_argument(
        "--resume", action="store_true", help="go on where maps were written before"
    )
    add_play(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Write them."""
    from ..detail.play_steps import read_frames, stamp_of, synthesise
    from ..detail.sequence import MapSequence

    if bool(options.take) == bool(options.weight):
        raise AimError("Give a take, or --weight for each shape of one frame")
    detail, actor, played = read_played(options)
    frames = read_frames(options.take, actor) if options.take else _one(options, actor.shapes)
    settings = (options.strength, options.at_rest, region_strengths(options))
    sequence = MapSequence(
        options.output,
        options.take.stem if options.take else "detail",
        ".png" if options.png else ".exr",
        stamp_of(detail, frames, settings),
        options.resume,
    )
    report = synthesise(played, frames, sequence, options.start, options.count, print_progress())
    missing = getattr(frames, "missing", [])
    report["notes"] = actor.notes()
    if missing:
        report["notes"].append(
            f"{len(missing)} channels are no shapes of the actor and open no lines: {', '.join(missing[:5])}"
        )
    write_json(options.json, report)
    say(
        f"{options.output}: {report['frames']} maps of {report['size']} pixels written, {report['kept']} were there; "
        f"largest height {report['largest_mm']:.2f} mm"
    )
    say_notes(options, report)


def _one(options: argparse.Namespace, shapes: dict):  # noqa: ANN202 - frames
    """One frame of the weights that are given.

    Raises:
        AimError: a weight is no number, or no shape's.
    """
    import numpy as np

    from ..detail.play_steps import WeightFrames

    try:
        weights = {name: float(value) for name, value in options.weight}
    except ValueError:
        raise AimError("--weight takes the name of a shape and a number") from None
    if not np.isfinite(list(weights.values())).all():
        raise AimError("--weight takes the name of a shape and a finite number")
    return WeightFrames(shapes, list(weights), np.array([list(weights.values())]))
