# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A generic skin in the style that an actor's face foretells."""

import argparse
from pathlib import Path

from .detail_shared import add_actor, add_prior, prior_settings, read_actor, write_detail
from .detail_style_learn import add_space
from .shared import Subparsers, say


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "detail-style", help="make generic wrinkles in the style of one's own actors"
    )
    add_actor(parser)
    parser.add_argument("style", type=Path, metavar="STYLE.safetensors")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DETAIL.safetensors")
    parser.add_argument("--size", type=int, default=1024, metavar="PIXELS", help="default 1024")
    add_space(parser)
    add_prior(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Make it."""
    from ..detail.style_steps import apply, face_space, style_from_bytes
    from ..errors import ModelFileError
    from ..io.model_file import check_writable
    from ..io.output_lock import locked_output
    from ..io.regular_file import read_regular

    check_writable(options.output)
    try:
        data = read_regular(options.style)
    except OSError as error:
        raise ModelFileError(
            f"'{options.style}' cannot be read ({error.strerror}): pick a style"
        ) from error
    model = style_from_bytes(data, f"'{options.style.name}'")
    settings = prior_settings(options)
    with locked_output(options.output, ModelFileError):
        detail, report = apply(
            read_actor(options, False), model, face_space(options.space), options.size, settings
        )
        write_detail(options, detail, report)
    say(
        f"{options.output}: the style of {model.actors} actors, foretold from the face; its lines are nobody's, "
        "only their amount, spacing and regions are"
    )
