# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose an actor through its muscles by points of one picture."""

import argparse
from pathlib import Path

from .shared import (
    Subparsers,
    add_actor,
    add_contact,
    add_json,
    print_progress,
    read_actor,
    say,
    write_json,
    write_pose,
)


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "pose-from-points", help="pose an actor through its muscles by points of one picture"
    )
    add_actor(parser)
    parser.add_argument(
        "points",
        type=Path,
        metavar="POINTS.csv",
        help="places on the skin, and their pixels from the picture's upper left; .csv or .npz",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RESULT.npz")
    parser.add_argument(
        "--size", type=float, nargs=2, required=True, metavar=("WIDTH", "HEIGHT"), help="pixels"
    )
    parser.add_argument(
        "--focal",
        type=float,
        metavar="PX",
        help="focal length; found from the points if not given",
    )
    add_contact(parser)
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Pose the actor."""
    import numpy as np

    from ..errors import AimError
    from ..io.model_file import check_writable
    from ..jobs import pose_from_points
    from ..muscles.seen_points import read_seen_points
    from ..muscles.sights import InPicture
    from .shared import check_number

    check_writable(options.output)
    check_number(options, "focal")
    if options.focal is not None and options.focal <= 0:
        raise AimError(f"--focal is {options.focal:g}: give a length above 0, or leave it out")
    actor, size = read_actor(options), np.array(options.size)
    points = read_seen_points(options.points, actor.model.read().neutral, picture=True)
    points = points.with_seen(points.seen * [1, -1] + [0, size[1]])
    camera = None
    if options.focal is not None:
        camera = InPicture(points.seen, None, size).camera_of(options.focal)
    request = pose_from_points.PoseFromPointsRequest(
        actor,
        points,
        f"'{options.points.name}'",
        camera,
        size,
        contact=options.contact,
    )
    result = pose_from_points.run(request, print_progress())
    write_pose(
        options.output,
        result,
        {"misses": result.misses, "camera": result.camera, "focal": np.array(result.focal)},
    )
    report = result.report
    write_json(options.json, report)
    say(
        f"{options.output}: missed by {report['error_px']['mean']:.2f} px, {report['seconds']:.1f} s"
    )
    for sentence in report["notes"]:
        say(f"{options.points}: {sentence}")
