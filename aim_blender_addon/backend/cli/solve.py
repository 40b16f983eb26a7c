# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solve a recorded performance onto a model."""

import argparse
from pathlib import Path

from ..scans.units import MM_PER_UNIT
from .shared import Subparsers, add_json, add_range, add_unit, print_progress, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("solve", help="solve a recorded performance onto a model")
    parser.add_argument("model", type=Path, metavar="MODEL.safetensors")
    parser.add_argument(
        "frames",
        type=Path,
        metavar="FRAMES",
        help=".npz with meshes, marked points or image points (docs/reference/files.md), or a folder of meshes",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RESULT.npz")
    add_range(parser)
    parser.add_argument("--resume", action="store_true", help="go on with a solve that was stopped")
    parser.add_argument(
        "--smoothness",
        type=float,
        default=1.0,
        help="times the usual smoothing over time; 0 is none",
    )
    parser.add_argument(
        "--prior", type=float, default=1.0, help="times the usual pull to small weights"
    )
    parser.add_argument(
        "--detail", type=float, metavar="MM", help="finest detail beside the weights; 0 is none"
    )
    add_unit(parser)
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Solve the performance."""
    from ..io.model_file import check_writable, read_model
    from ..io.takes import TakeFile
    from ..jobs import solve
    from ..solving.settings import SolveSettings

    check_writable(options.output)
    settings = SolveSettings(
        detail_mm=options.detail,
        smoothness=options.smoothness,
        prior=options.prior,
        start=options.start,
        count=options.count,
    )
    take = TakeFile(options.frames, MM_PER_UNIT[options.unit])
    request = solve.SolveRequest(
        read_model(options.model), take, options.output, settings, options.resume
    )
    report = solve.run(request, print_progress()).report
    write_json(options.json, report)
    errors = ", ".join(f"{name} {value}" for name, value in report["error_mm"].items())
    say(
        f"{options.output}: {report['frames']} frames, {1000 * report['seconds_per_frame']:.0f} ms each, "
        f"error {errors or 'not measured'}"
    )
    for note in report["notes"]:
        say(f"{options.frames}: {note}")
    if report["unsolved_frames"]:
        say(f"{options.output}: {report['unsolved_frames']} frames show no face and were bridged")
