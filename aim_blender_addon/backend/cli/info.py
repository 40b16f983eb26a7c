# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say what a model holds."""

import argparse
from pathlib import Path

from .shared import Subparsers, add_json, say, write_json


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("info", help="what a model holds")
    parser.add_argument("model", type=Path, metavar="MODEL.safetensors")
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Say what the model holds."""
    from ..io.model_file import describe_model, read_model

    about = describe_model(read_model(options.model))
    write_json(options.json, about)
    for key, value in about.items():
        say(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
