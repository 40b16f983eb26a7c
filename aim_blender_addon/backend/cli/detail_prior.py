# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A generic skin for an actor without detailed scans."""

import argparse
from pathlib import Path

from .detail_shared import add_actor, add_prior, prior_settings, read_actor, write_detail
from .shared import Subparsers, say


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "detail-prior", help="make generic wrinkles and pores, without scans"
    )
    add_actor(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DETAIL.safetensors")
    parser.add_argument("--size", type=int, default=1024, metavar="PIXELS", help="default 1024")
    add_prior(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Make it."""
    from ..detail.prior_steps import prior_actor
    from ..errors import ModelFileError
    from ..io.model_file import check_writable
    from ..io.output_lock import locked_output

    check_writable(options.output)
    settings = prior_settings(options)
    with locked_output(options.output, ModelFileError):
        detail, report = prior_actor(read_actor(options, False), options.size, settings)
        write_detail(options, detail, report)
    say(f"{options.output}: generic skin of {options.age:g} years, {report['size']} pixels")
