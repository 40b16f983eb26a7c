# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Height maps of an actor's high-resolution scans."""

import argparse
from pathlib import Path

from ..scans.units import MM_PER_UNIT
from .detail_shared import add_actor, read_actor, say_notes
from .shared import Subparsers, print_progress, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "detail-extract", help="take height maps off high-resolution scans"
    )
    add_actor(parser)
    parser.add_argument(
        "scans", type=Path, metavar="SCANS_FOLDER", help="named as the actor's expressions"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MAPS_FOLDER")
    parser.add_argument("--size", type=int, default=1024, metavar="PIXELS", help="default 1024")
    parser.add_argument("--png", action="store_true", help="16-bit PNG in place of EXR")
    return parser


def run(options: argparse.Namespace) -> None:
    """Extract them."""
    from ..detail.extract_steps import extract_folder

    actor = read_actor(options)
    report = extract_folder(
        actor,
        options.scans,
        options.output,
        options.size,
        MM_PER_UNIT[options.unit],
        ".png" if options.png else ".exr",
        progress=print_progress(),
    )
    write_json(options.json, report)
    for name, figures in report["maps"].items():
        say(
            f"{name}: {figures['rms_mm']:.3f} mm, largest {figures['largest_mm']:.2f}; "
            f"misses {figures['misses']:.1%} of the skin"
        )
    say_notes(options, report)
