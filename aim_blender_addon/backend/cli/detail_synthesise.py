# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Height maps of the frames of a take, from an actor's detail."""

import argparse
from pathlib import Path

from ..errors import AimError
from .detail_shared import (
    add_face,
    add_play,
    read_played,
    region_strengths,
    say_notes,
)
from .shared import Subparsers, add_json, add_range, print_progress, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "detail-synthesise", help="write height maps of a take's frames, or of a mix of shapes"
    )
    parser.add_argument("detail", type=Path, metavar="DETAIL.safetensors")
    parser.add_argument(
        "given",
        type=Path,
        nargs="*",
        metavar="[ACTOR_FOLDER] [TAKE]",
        help="a solved take, .npz; or curves of the actor's shapes, .csv or .json, which need its folder",
    )
    add_face(parser)
    add_json(parser)
    parser.add_argument(
        "--weight",
        nargs=2,
        action="append",
        default=[],
        metavar=("SHAPE", "VALUE"),
        help="in place of a take: one frame of these shapes; may be given several times",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MAPS_FOLDER")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--exr", action="store_true", help="EXR in place of numpy's arrays")
    form.add_argument("--png", action="store_true", help="16-bit PNG in place of numpy's arrays")
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

    _part(options)
    if bool(options.take) == bool(options.weight):
        raise AimError("Give a take, or --weight for each shape of one frame")
    detail, actor, played = read_played(options)
    frames = read_frames(options.take, actor) if options.take else _one(options, actor.shapes)
    settings = (options.strength, options.at_rest, region_strengths(options))
    sequence = MapSequence(
        options.output,
        options.take.stem if options.take else "detail",
        ".png" if options.png else ".exr" if options.exr else ".npy",
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


def _part(options: argparse.Namespace) -> None:
    """Set ``actor`` and ``take``, each None where it is not given; a folder is the actor's.

    Raises:
        AimError: there is more than one of a kind, or shapes are asked for and no actor has them.
    """
    folders = [path for path in options.given if path.is_dir()]
    files = [path for path in options.given if not path.is_dir()]
    if len(folders) > 1 or len(files) > 1:
        raise AimError("Give one folder of an actor and one take at most")
    options.actor, options.take = next(iter(folders), None), next(iter(files), None)
    curves = options.take is not None and options.take.suffix.lower() != ".npz"
    if options.actor is None and (options.weight or curves):
        raise AimError("Shapes are those of the actor: give the actor's folder, too")


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
