# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Height maps of a person who was never scanned, from a folder of other people's."""

import argparse
from pathlib import Path

from .detail_shared import add_png
from .shared import Subparsers, add_json, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "detail-foretell", help="guess a new person's height maps from those of other people"
    )
    parser.add_argument("maps", type=Path, metavar="FOLDER", help="a folder of maps a person")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MAPS_FOLDER")
    parser.add_argument("--neutral", type=Path, metavar="MAP", help="of the new person, if known")
    add_png(parser)
    parser.add_argument(
        "--texel-mm", type=float, metavar="MM", help="of skin in a pixel (default: as the maps say)"
    )
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Guess them."""
    from ..detail.unseen_steps import foretell_folder

    report = foretell_folder(
        options.maps, options.output, options.neutral, options.png_mm, options.texel_mm
    )
    write_json(options.json, report)
    for note in report["notes"]:
        say(f"{options.output}: {note}")
    say(
        f"{options.output}: {report['maps']} maps; people who were left out are missed by "
        f"{report['left_out_mm']:.4f} mm, and without any detail by {report['zero_mm']:.4f}"
    )
