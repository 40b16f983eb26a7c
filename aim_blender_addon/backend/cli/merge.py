# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put results of neighbouring frame ranges together."""

import argparse
from pathlib import Path

from .shared import Subparsers, add_json, print_progress, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "merge", help="put results of neighbouring frame ranges together"
    )
    parser.add_argument("model", type=Path, metavar="MODEL.safetensors")
    parser.add_argument("parts", type=Path, nargs="+", metavar="RESULT.npz")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="WHOLE.npz")
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Merge the results."""
    from ..io.model_file import check_writable, read_model
    from ..solving.merge import merge_results

    check_writable(options.output)
    report = merge_results(
        read_model(options.model), options.parts, options.output, print_progress()
    )
    write_json(options.json, report)
    say(f"{options.output}: {report['frames']} frames")
