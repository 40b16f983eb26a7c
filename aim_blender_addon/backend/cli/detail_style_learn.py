# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The style of wrinkles and pores of a user's own actors, by the shapes of their faces."""

import argparse
from pathlib import Path

from ..errors import AimError
from ..scans.units import MM_PER_UNIT
from .shared import Subparsers, add_json, add_unit, print_progress, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "detail-style-learn", help="learn what skins are like from three actors or more"
    )
    parser.add_argument(
        "people",
        type=Path,
        nargs="+",
        metavar="ACTOR_FOLDER DETAIL.safetensors",
        help="an actor and its detail each",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="STYLE.safetensors")
    add_space(parser)
    add_unit(parser)
    add_json(parser)
    return parser


def add_space(parser: argparse.ArgumentParser) -> None:
    """The face model that tells faces apart."""
    parser.add_argument(
        "--space",
        type=Path,
        metavar="FACE_MODEL",
        help="FLAME, GNM or BFM file, or a folder like ICT-FaceKit's; MakeHuman's free space without",
    )


def run(options: argparse.Namespace) -> None:
    """Learn it."""
    from ..detail.detail_actor import read_detail_actor
    from ..detail.detail_file import detail_from_bytes
    from ..detail.style_steps import face_space, learn, style_to_bytes
    from ..errors import ModelFileError
    from ..io.model_file import check_writable, write_whole
    from ..io.output_lock import locked_output
    from ..io.regular_file import read_regular

    if len(options.people) % 2:
        raise AimError("An actor lacks its detail: give folder and detail in turn for each")
    check_writable(options.output)
    people = []
    for folder, path in zip(options.people[::2], options.people[1::2], strict=True):
        try:
            data = read_regular(path)
        except OSError as error:
            raise ModelFileError(
                f"'{path}' cannot be read ({error.strerror}): pick a detail"
            ) from error
        detail = detail_from_bytes(data, f"'{path.name}'")
        scale = MM_PER_UNIT[options.unit]
        people.append((read_detail_actor(folder, scale, None, detail.tile, False), detail))
    with locked_output(options.output, ModelFileError):
        model, report = learn(people, face_space(options.space), print_progress())
        write_whole(options.output, style_to_bytes(model))
        write_json(options.json, report)
    for note in report["notes"]:
        say(note)
    say(
        f"{options.output}: style of {model.actors} actors; that of one left out is missed by "
        f"{report['left_out']:.2f} of a logarithm, and by {report['left_out_mean']:.2f} with the mean of the others"
    )
