# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A code or a detail between two, by bands and regions."""

import argparse
from pathlib import Path

from .detail_shared import add_skin, read_actor, write_code
from .shared import Subparsers, check_number, say


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "detail-edit", help="mix two codes, or two details of an actor, by bands and regions"
    )
    parser.add_argument("one", type=Path, metavar="ONE", help="a code or a detail")
    parser.add_argument("other", type=Path, metavar="OTHER", help="another of its kind")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="F.safetensors")
    parser.add_argument(
        "--amount", type=float, default=1.0, metavar="X", help="of the other, 0 to 1 (default 1)"
    )
    parser.add_argument(
        "--bands",
        nargs="+",
        metavar="BAND",
        help="fine_pores, pores, fine_lines, wrinkles (default: all)",
    )
    parser.add_argument(
        "--regions", nargs="+", metavar="NAME", help="of the face (default: all); needs --actor"
    )
    add_skin(parser, "whose face the regions are, and whose details")
    return parser


def run(options: argparse.Namespace) -> None:
    """Mix them."""
    from ..detail.code_file import code_from_bytes
    from ..detail.code_steps import Edit, edit_files
    from ..errors import ModelFileError
    from ..io.model_file import check_writable, read_whole, write_whole
    from ..io.output_lock import locked_output

    check_number(options, "amount", 0)
    check_writable(options.output)
    actor = None if options.actor is None else read_actor(options, expressions=False)
    edit = Edit(options.amount, options.bands, options.regions)
    files = [(read_whole(path), f"'{path.name}'") for path in (options.one, options.other)]
    with locked_output(options.output, ModelFileError):
        mixed = edit_files(files[0], files[1], edit, actor)
        if options.output.suffix.lower() == ".npz":
            write_code(options.output, code_from_bytes(mixed, "The mixed file"))
        else:
            write_whole(options.output, mixed)
    say(f"{options.output}: {options.one} with {options.amount:g} of {options.other}")
