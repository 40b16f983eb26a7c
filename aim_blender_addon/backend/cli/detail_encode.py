# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A height map projected into a code."""

import argparse
from pathlib import Path

from .detail_shared import add_png, add_skin, read_actor, write_code
from .shared import Subparsers, add_json, check_number, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("detail-encode", help="project a height map into a code")
    parser.add_argument(
        "model",
        type=Path,
        metavar="DETAIL.safetensors",
        help="that detail-train wrote, or the detail of an actor",
    )
    parser.add_argument("map", type=Path, metavar="MAP", help="EXR or PNG of 16 bits")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="CODE.npz",
        help=".npz for scripts, or .safetensors, which is smaller",
    )
    add_png(parser)
    parser.add_argument(
        "--share", type=float, metavar="X", help="numbers for a pixel of skin (default 1/3)"
    )
    add_skin(parser, "whose UV it is: says where skin is and how large")
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Encode it."""

    from ..detail.code_steps import encode_map, model_of
    from ..detail.map_files import read_one_map
    from ..errors import ModelFileError
    from ..io.model_file import check_writable, read_whole
    from ..io.output_lock import locked_output

    check_number(options, "share", 0.01)
    check_writable(options.output)
    model = model_of(read_whole(options.model), f"'{options.model.name}'")
    height = read_one_map(options.map, options.png_mm)
    actor = None if options.actor is None else read_actor(options, expressions=False)
    with locked_output(options.output, ModelFileError):
        code, report = encode_map(model, height, actor, options.share)
        write_code(options.output, code)
    write_json(options.json, report)
    for note in report["notes"]:
        say(f"{options.map}: {note}")
    say(
        f"{options.output}: {report['numbers']:,} numbers for {report['pixels']:,} pixels of skin; "
        f"{report['left']:.0%} of the heights are left out"
    )
