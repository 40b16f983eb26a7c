# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit the model to an actor's scans."""

import argparse
from pathlib import Path

from ..scans.units import MM_PER_UNIT
from .shared import Subparsers, add_json, add_unit, print_progress, say, write_json

#: A model's file is no larger than this, with so much for each expression and vertex.
_MODEL_BYTES, _EXPRESSION_BYTES, _VERTEX_BYTES = 2_000_000, 13_000, 200


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("fit", help="fit the anatomical model to an actor's scans")
    parser.add_argument(
        "actor",
        type=Path,
        metavar="ACTOR_DIR",
        help="folder with neutral.obj, expressions/*.obj and, where known, skull.obj and jaw.obj",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MODEL.safetensors")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    parser.add_argument("--seed", type=int, default=0, help="same seed, same model (default 0)")
    add_unit(parser)
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Fit the model."""
    from ..errors import ModelFileError
    from ..io.actor_folder import read_actor
    from ..io.disk import require_room
    from ..io.model_file import check_writable, write_whole
    from ..io.output_lock import locked_output
    from ..jobs import fit
    from ..scans.checks import scan_warnings

    check_writable(options.output)
    actor = read_actor(options.actor, MM_PER_UNIT[options.unit])
    name = options.actor.resolve().name
    request = fit.FitRequest(actor, name, options.device, options.seed)
    with locked_output(options.output, ModelFileError):
        size = _MODEL_BYTES + _EXPRESSION_BYTES * len(actor.expressions)
        size += _VERTEX_BYTES * len(actor.neutral.vertices)
        require_room(options.output, size, ModelFileError)
        fitted = fit.run(request, print_progress())
        write_whole(options.output, fitted.model)
    report = fitted.report
    odd = scan_warnings(actor.neutral, actor.expressions)
    write_json(options.json, report | {"warnings": odd})
    error = report["skin_error_mm"]
    say(
        f"{options.output}: {report['expressions']} expressions, "
        f"{report['vertices']} vertices in {report['seconds']:.1f} s; "
        f"skin error mean {error['mean']} mm, p99 {error['p99']}, max {error['max']}"
    )
    for sentence in odd:
        say(f"{options.actor.name}: {sentence}")
