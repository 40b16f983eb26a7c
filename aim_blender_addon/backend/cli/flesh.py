# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the flesh of an actor."""

import argparse
from pathlib import Path

from .shared import Subparsers, add_json, check_number, print_progress, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("flesh", help="build the flesh of an actor, with its muscles")
    parser.add_argument("model", type=Path, metavar="MODEL.safetensors")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FLESH.safetensors")
    parser.add_argument(
        "--edge", type=float, default=7.5, metavar="MM", help="of the flesh mesh's larger cubes"
    )
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Build the flesh."""
    from ..errors import ModelFileError
    from ..io.model_file import check_writable, stored_model, write_whole
    from ..io.output_lock import locked_output
    from ..jobs import flesh

    check_writable(options.output)
    check_number(options, "edge")
    request = flesh.FleshRequest(stored_model(options.model), options.edge)
    with locked_output(options.output, ModelFileError):
        built = flesh.run(request, print_progress())
        write_whole(options.output, built.flesh)
    report = built.report
    write_json(options.json, report)
    say(
        f"{options.output}: {report['tetrahedra']} tetrahedra, {report['muscles']} muscles in "
        f"{report['seconds']:.1f} s; skin misses the scans by {report['scan_error_mm']['mean']:.2f} mm before residuals"
    )
    for sentence in report["notes"]:
        say(f"{options.model}: {sentence}")
    if left_out := report["left_out"]:
        say(
            f"{options.model}: {len(left_out)} muscles were left out, as their landmarks are missing (mark them in "
            f"Blender): {', '.join(left_out)}"
        )
