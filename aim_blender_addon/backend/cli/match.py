# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Match a scan or points through the muscles."""

import argparse
from pathlib import Path

from .shared import (
    Subparsers,
    add_actor,
    add_contact,
    add_json,
    add_unit,
    print_progress,
    read_actor,
    say,
    write_json,
    write_pose,
)


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "match", help="find weights and jaw with which the simulated skin meets a scan or points"
    )
    add_actor(parser)
    parser.add_argument(
        "seen",
        type=Path,
        metavar="SCAN.obj|POINTS.csv",
        help="the actor's mesh in another pose, or points on its skin as .csv or .npz (docs/reference/files.md)",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RESULT.npz")
    parser.add_argument(
        "--head-at-rest",
        action="store_true",
        help="the head has not moved: find weights and jaw alone",
    )
    add_contact(parser)
    add_unit(parser)
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Match it."""
    import numpy as np

    from ..io.mesh_files import MESH_FORMATS, read_mesh
    from ..io.model_file import check_writable
    from ..jobs import match
    from ..muscles.seen_points import read_seen_points
    from ..scans.units import MM_PER_UNIT

    check_writable(options.output)
    actor, size = read_actor(options), MM_PER_UNIT[options.unit]
    scan = points = None
    if MESH_FORMATS.of(options.seen) is not None:
        scan = read_mesh(options.seen)
        scan = scan.with_vertices(scan.vertices * size)
    else:
        points = read_seen_points(options.seen, actor.model.read().neutral)
        points = points.with_seen(points.seen * size)
    request = match.MatchRequest(
        actor,
        f"'{options.seen.name}'",
        scan,
        points,
        np.eye(4) if options.head_at_rest else None,
        contact=options.contact,
    )
    result = match.run(request, print_progress())
    write_pose(options.output, result, {"misses": result.misses})
    report = result.report
    write_json(options.json, report)
    error = report["error_mm"]
    say(
        f"{options.output}: missed by {error['mean']:.2f} mm, p99 {error['p99']:.2f} "
        f"(by shapes alone {report['plain_error_mm']['mean']:.2f}), {report['seconds']:.1f} s"
    )
    for sentence in report["notes"]:
        say(f"{options.seen}: {sentence}")
