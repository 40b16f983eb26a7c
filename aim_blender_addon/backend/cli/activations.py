# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the muscles' activations back from a solved take."""

import argparse
from pathlib import Path

from .shared import (
    Subparsers,
    add_actor,
    add_json,
    check_number,
    print_progress,
    read_actor,
    say,
    write_json,
)


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "activations", help="read the muscles' activations back from a solved take"
    )
    add_actor(parser)
    parser.add_argument(
        "take",
        type=Path,
        metavar="TAKE.npz",
        help="a solved take, or weights [T, E] and jaw_parameters [T, 4]",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="ACTIVATIONS.csv")
    parser.add_argument(
        "--smooth",
        type=float,
        default=0.05,
        metavar="MM",
        help="an activation that changes by 1 from frame to frame counts as skin off by so much",
    )
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Read them back."""
    from ..errors import AimError
    from ..io.disk import why
    from ..io.model_file import check_writable
    from ..jobs import activations, simulate
    from ..muscles.activation_file import write_activations
    from ..muscles.take import read_poses

    check_writable(options.output)
    check_number(options, "smooth", 0.0)
    weights, jaw = read_poses(options.take)
    take = simulate.SimulateRequest(
        read_actor(options),
        weights,
        jaw,
        f"'{options.take.name}'",
    )
    result = activations.run(activations.ActivationsRequest(take, options.smooth), print_progress())
    try:
        write_activations(options.output, result.muscles, result.activations, result.jaw_parameters)
    except OSError as error:
        raise AimError(
            f"'{options.output}' cannot be written ({why(error)}): free some space or choose another place"
        ) from error
    write_json(options.json, result.report)
    motion = result.report["motion_mm"]
    say(
        f"{options.output}: {len(result.activations)} frames of {len(result.muscles)} muscles; skin moves by "
        f"{sum(motion) / len(motion):.2f} mm, of which muscles alone leave {result.left_mm.mean():.2f}"
    )
    for sentence in result.report["notes"]:
        say(f"{options.take}: {sentence}")
