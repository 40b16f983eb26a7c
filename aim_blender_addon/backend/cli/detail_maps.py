# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Height, normal and mask maps of an actor's shapes for game engines."""

import argparse
from pathlib import Path

from .detail_shared import add_actor, add_play, read_played, say_notes
from .shared import Subparsers, print_progress, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "detail-maps", help="write maps of each ARKit shape for game engines"
    )
    parser.add_argument("detail", type=Path, metavar="DETAIL.safetensors")
    add_actor(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MAPS_FOLDER")
    parser.add_argument(
        "--convention",
        choices=("opengl", "directx"),
        default="opengl",
        help="green of normal maps: up (Unity, glTF) or down (Unreal Engine); default opengl",
    )
    add_play(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Write them."""
    from ..detail.map_files import NEUTRAL
    from ..detail.shape_maps import arkit_first, write_shape_maps

    _, actor, played = read_played(options)
    shapes = arkit_first({k: v for k, v in actor.shapes.items() if k != NEUTRAL})
    report = write_shape_maps(played, shapes, options.output, options.convention, print_progress())
    write_json(options.json, report)
    say(
        f"{options.output}: maps of {len(report['shapes'])} shapes; {len(report['still'])} open no lines and have none"
    )
    for sentence in report["lost"]:
        say(f"{options.output}: {sentence}")
    say_notes(options, {"notes": actor.notes()})
