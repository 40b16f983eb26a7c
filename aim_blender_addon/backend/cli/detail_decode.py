# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A height map from a code."""

import argparse
from pathlib import Path

from .shared import Subparsers, check_number, say


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("detail-decode", help="make a height map from a code")
    parser.add_argument("model", type=Path, metavar="DETAIL.safetensors", help="that encoded it")
    parser.add_argument("code", type=Path, metavar="CODE.npz")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="MAP", help=".exr or .png"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the grain (default 0)")
    parser.add_argument("--no-grain", action="store_true", help="only what the code holds")
    return parser


def run(options: argparse.Namespace) -> None:
    """Decode it."""
    import numpy as np

    from ..detail.code_file import code_from_bytes
    from ..detail.code_steps import model_of
    from ..detail.map_files import SUFFIXES, write_map
    from ..errors import AimError, ModelFileError
    from ..io.model_file import check_writable, read_whole
    from ..io.output_lock import locked_output

    check_number(options, "seed", 0)
    check_writable(options.output)
    if options.output.suffix.lower() not in SUFFIXES:
        raise AimError(f"-o is '{options.output}': name a map .exr or .png")
    model = model_of(read_whole(options.model), f"'{options.model.name}'")
    code = code_from_bytes(read_whole(options.code), f"'{options.code.name}'")
    with locked_output(options.output, ModelFileError):
        height = model.decode(code, options.seed, not options.no_grain)
        write_map(options.output, height)
    rms = float(np.sqrt(np.mean(np.square(height))))
    say(f"{options.output}: {len(height)} pixels, {rms:.3f} mm in the mean")
