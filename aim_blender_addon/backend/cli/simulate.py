# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulate a solved take through the muscles."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .shared import (
    Subparsers,
    add_actor,
    add_contact,
    add_json,
    add_range,
    print_progress,
    read_actor,
    say,
    write_json,
)

if TYPE_CHECKING:
    from ..muscles.motion import Motion

#: Ways up by name.
AXES = ("x", "y", "z", "-x", "-y", "-z")


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("simulate", help="simulate a solved take through the muscles")
    add_actor(parser)
    parser.add_argument(
        "take",
        type=Path,
        metavar="TAKE",
        help="a solved take, or weights [T, E] and jaw_parameters [T, 4], .npz; or activations, .csv",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RESULT.npz")
    add_range(parser)
    parser.add_argument(
        "--resume", action="store_true", help="go on with a simulation that was stopped"
    )
    add_contact(parser)
    _add_motion(parser)
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Simulate the take."""
    import numpy as np

    from ..io.model_file import check_writable
    from ..jobs import simulate, simulate_range
    from ..muscles.activation_file import read_activations
    from ..muscles.take import read_poses

    check_writable(options.output)
    actor = read_actor(options)
    given = {}
    if options.take.suffix.lower() == ".csv":
        table = read_activations(options.take)
        weights = np.zeros((len(table.values), len(actor.model.read().expression_names)))
        jaw = table.jaw
        given = {"activations": table.values, "muscles": table.names}
    else:
        weights, jaw = read_poses(options.take)
    request = simulate.SimulateRequest(
        actor,
        weights,
        jaw,
        f"'{options.take.name}'",
        motion=_motion_of(options),
        contact=options.contact,
        depths=True,
        **given,
    )
    heads = np.tile(np.eye(4), (len(weights), 1, 1))
    result = simulate_range.run(
        simulate_range.SimulateRangeRequest(
            request,
            heads,
            options.output,
            options.resume,
            start=options.start,
            count=options.count,
            activations=True,
        ),
        print_progress(),
    )
    write_json(options.json, result.report)
    report = result.report
    say(
        f"{options.output}: {report['frames']} frames, {report['seconds_per_frame_mean']:.2f} s each with "
        f"{report['solver']}; worst region's volume {max(map(abs, report['worst_region_volume']), default=0):.1%}"
    )
    for sentence in report["notes"]:
        say(f"{options.take}: {sentence}")


def _add_motion(parser: argparse.ArgumentParser) -> None:
    """Options of gravity, motion and tissue."""
    parser.add_argument(
        "--gravity", action="store_true", help="flesh hangs otherwise as the head turns"
    )
    parser.add_argument(
        "--dynamics", action="store_true", help="flesh lags and shakes as the head moves"
    )
    parser.add_argument(
        "--material",
        default="as_scanned",
        metavar="NAME|F.json",
        help="as_scanned, young, older, fuller, or a file of numbers",
    )
    parser.add_argument(
        "--tissue",
        type=Path,
        metavar="F.json",
        help="the actor's own stiffness, as estimate-tissue found it",
    )
    parser.add_argument(
        "--fps", type=float, default=0.0, help="frames a second of the take, for --dynamics"
    )
    parser.add_argument(
        "--up", choices=AXES, help="upward in the take; found from the head if not given"
    )


def _motion_of(options: argparse.Namespace) -> "Motion | None":
    """What the options ask for; None for nothing.

    Raises:
        AimError: the material, the frame rate or the take is none.
    """
    import numpy as np

    from ..errors import AimError
    from ..muscles.material import AS_SCANNED, read_tissue
    from ..muscles.motion import Motion
    from ..muscles.take import read_heads

    motion = Motion(options.gravity, options.dynamics, read_tissue(options.material))
    if not motion.acts:
        return None
    if motion.dynamics and not options.fps:
        raise AimError("Dynamics needs the take's frames a second: give --fps")
    up = None
    if options.up:
        up = np.eye(3)[AXES.index(options.up) % 3] * (-1.0 if options.up[0] == "-" else 1.0)
    head = read_heads(options.take) if motion.gravity or motion.dynamics else None
    actor = read_tissue(options.tissue) if options.tissue else AS_SCANNED
    return replace(motion, head=head, fps=options.fps, up=up, actor=actor)
