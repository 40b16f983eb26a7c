# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands for detail have in common."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import AimError
from ..scans.units import MM_PER_UNIT
from .shared import add_json, add_unit, read_landmarks, say, write_json

if TYPE_CHECKING:
    from ..detail.code_edit import AnyCode
    from ..detail.detail_actor import DetailActor
    from ..detail.detail_file import Detail
    from ..detail.played_actor import PlayedActor
    from ..detail.prior import PriorSettings


def add_actor(parser: argparse.ArgumentParser) -> None:
    """The actor, and what is common to the commands."""
    parser.add_argument("actor", type=Path, metavar="ACTOR_FOLDER", help="neutral.obj has UV")
    add_face(parser)
    add_json(parser)


def add_face(parser: argparse.ArgumentParser) -> None:
    """How an actor's folder is read."""
    parser.add_argument("--landmarks", type=Path, metavar="F.json", help="set by hand")
    parser.add_argument(
        "--tile", type=int, default=1001, metavar="UDIM", help="that holds the face (default 1001)"
    )
    add_unit(parser)


def add_skin(parser: argparse.ArgumentParser, help: str) -> None:
    """The actor as an option, for commands that can do without."""
    parser.add_argument("--actor", type=Path, metavar="ACTOR_FOLDER", help=help)
    add_face(parser)


def read_actor(options: argparse.Namespace, expressions: bool = True) -> "DetailActor":
    """The actor of a command."""
    from ..detail.detail_actor import read_detail_actor
    from ..detail.uv import FIRST_TILE, TILES_A_ROW, tile_of

    tile = tile_of(options.tile)
    if not 0 <= tile[1] < TILES_A_ROW**2:
        raise AimError(f"--tile is {options.tile}: give a UDIM number from {FIRST_TILE} on")
    scale = MM_PER_UNIT[options.unit]
    landmarks = read_landmarks(options.landmarks, scale)
    return read_detail_actor(options.actor, scale, landmarks, tile, expressions)


def add_prior(parser: argparse.ArgumentParser) -> None:
    """The options of a generic skin."""
    parser.add_argument("--age", type=float, default=40.0, metavar="YEARS")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="whose lines")
    parser.add_argument("--strength", type=float, default=1.0, metavar="X", help="times usual")
    parser.add_argument("--spacing", type=float, default=1.0, metavar="X", help="times usual")
    parser.add_argument(
        "--region",
        nargs=3,
        action="append",
        default=[],
        metavar=("NAME", "STRENGTH", "SPACING"),
        help="times usual in one region; may be given several times",
    )


def prior_settings(options: argparse.Namespace) -> "PriorSettings":
    """The generic skin that is asked for.

    Raises:
        AimError: a number is none.
    """
    from ..detail.prior import PriorSettings

    strengths, spacings = {}, {}
    for name, strength, spacing in options.region:
        try:
            strengths[name], spacings[name] = float(strength), float(spacing)
        except ValueError:
            raise AimError(
                f"--region {name} {strength} {spacing} holds no numbers: give strength and spacing"
            ) from None
    if options.seed < 0:
        raise AimError(f"--seed is {options.seed}: give a number from 0 on")
    return PriorSettings(
        options.age, options.seed, options.strength, options.spacing, strengths, spacings
    )


def write_code(path: Path, code: "AnyCode") -> None:
    """Write a code as the kind of file that ``path`` names: ``.npz``, or safetensors.

    Raises:
        AimError: it cannot be written.
    """
    from ..detail.code_file import code_to_bytes, code_to_npz
    from ..io.array_files import npz_bytes
    from ..io.model_file import write_whole

    as_arrays = path.suffix.lower() == ".npz"
    write_whole(path, npz_bytes(code_to_npz(code), True) if as_arrays else code_to_bytes(code))


def write_detail(options: argparse.Namespace, detail: "Detail", report: dict[str, Any]) -> None:
    """Write the detail, its figures, and say what a user should know."""
    from ..detail.detail_file import detail_to_bytes
    from ..io.model_file import write_whole

    write_whole(options.output, detail_to_bytes(detail))
    write_json(options.json, report)
    say_notes(options, report)


def say_notes(options: argparse.Namespace, report: dict[str, Any]) -> None:
    """A line for each note."""
    for note in report["notes"]:
        say(f"{options.actor or options.detail}: {note}")


def add_png(parser: argparse.ArgumentParser) -> None:
    """The scale of PNG maps."""
    parser.add_argument(
        "--png-mm", type=float, metavar="MM", help="of PNG maps, from mid grey to white"
    )


def add_play(parser: argparse.ArgumentParser) -> None:
    """The strengths that a detail is played with."""
    parser.add_argument("--strength", type=float, default=1.0, metavar="X", help="of all heights")
    parser.add_argument(
        "--at-rest", type=float, default=1.0, metavar="X", help="of what the neutral shows"
    )
    parser.add_argument(
        "--region",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "STRENGTH"),
        help="of one region; may be given several times",
    )


def region_strengths(options: argparse.Namespace) -> dict[str, float]:
    """Strengths by region.

    Raises:
        AimError: one is no number.
    """
    try:
        return {name: float(value) for name, value in options.region}
    except ValueError:
        raise AimError("--region takes the name of a region and a number") from None


def read_played(options: argparse.Namespace) -> "tuple[Detail, DetailActor, PlayedActor]":
    """Detail and actor of a command that plays one; the tile is the detail's.

    Raises:
        AimError: they do not belong together, or a strength is none.
    """
    from dataclasses import replace

    from ..detail.detail_actor import actor_of
    from ..detail.detail_file import detail_from_bytes, skin_stamp
    from ..detail.play_steps import played
    from ..io.model_file import read_whole

    name = f"'{options.detail.name}'"
    given = None if options.actor is None else read_actor(options)
    stamp = None if given is None else skin_stamp(given.neutral, given.uv)
    detail = detail_from_bytes(read_whole(options.detail), name, stamp)
    if given is None:
        landmarks = read_landmarks(options.landmarks, MM_PER_UNIT[options.unit])
        actor = actor_of(detail, name, landmarks)
    else:
        actor = replace(given, tile=detail.tile)
    strengths = region_strengths(options)
    return detail, actor, played(detail, actor, strengths, options.strength, options.at_rest)
