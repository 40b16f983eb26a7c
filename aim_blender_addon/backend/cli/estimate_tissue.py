# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Estimate how stiff an actor's tissue is."""

import argparse
from pathlib import Path

from ..scans.units import MM_PER_UNIT
from .shared import (
    Subparsers,
    add_actor,
    add_json,
    add_unit,
    print_progress,
    read_actor,
    say,
    write_json,
)


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    from ..jobs.tissue import POSTURES

    parser = subparsers.add_parser(
        "estimate-tissue", help="estimate the stiffness of flesh from scans that hang otherwise"
    )
    add_actor(parser)
    parser.add_argument(
        "--scan",
        nargs=2,
        action="append",
        required=True,
        metavar=("POSTURE", "SCAN.obj"),
        help=f"the face at rest, the head {', '.join(POSTURES)}; may be given several times",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MATERIAL.json")
    add_unit(parser)
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Estimate it."""
    import numpy as np

    from ..errors import AimError
    from ..io.mesh_files import read_mesh
    from ..io.model_file import check_writable
    from ..io.whole_file import write_whole_text
    from ..jobs import tissue
    from ..muscles.material import tissue_text

    check_writable(options.output)
    meshes = [read_mesh(path) for _, path in options.scan]
    if len({len(mesh.vertices) for mesh in meshes}) > 1:
        raise AimError("The scans differ in topology: give all in that of the neutral")
    scans = np.stack([mesh.vertices for mesh in meshes]) * MM_PER_UNIT[options.unit]
    request = tissue.TissueRequest(
        read_actor(options),
        scans,
        tuple(posture for posture, _ in options.scan),
    )
    result = tissue.run(request, print_progress())
    write_whole_text(options.output, tissue_text(result.tissue) + "\n")
    write_json(options.json, result.report)
    found, unsure, errors = result.tissue, result.report["unsure"], result.report["error_mm"]
    parts = [f"{n} {getattr(found, n):.2f} (unsure by {unsure[n]:.0%})" for n in unsure]
    say(
        f"{options.output}: {', '.join(parts)}; skin off the scans by {errors['after']:.2f} mm, "
        f"{errors['before']:.2f} with usual tissue"
    )
