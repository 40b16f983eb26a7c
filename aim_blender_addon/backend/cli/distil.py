# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make corrective shapes of what an actor's muscles add."""

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
)


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "distil", help="make corrective shapes of what the muscles add, driven by products"
    )
    add_actor(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="CORRECTIVES.npz")
    parser.add_argument(
        "--frames", type=int, default=80, metavar="N", help="poses to simulate and learn from"
    )
    parser.add_argument(
        "--most", type=int, default=20, metavar="N", help="corrective shapes at most"
    )
    parser.add_argument(
        "--take",
        type=Path,
        metavar="TAKE.npz",
        help="a solved take, or weights [T, E] and jaw_parameters [T, 4], whose poses are learned, too",
    )
    parser.add_argument("--seed", type=int, default=0, help="another one makes other poses")
    add_contact(parser)
    parser.add_argument(
        "--off-bone",
        type=int,
        default=100,
        metavar="N",
        help="with contact: at most so many more shapes, which keep skin off bone in poses that were not simulated",
    )
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Make them."""
    from ..errors import AimError
    from ..io.array_files import write_npz
    from ..io.disk import why
    from ..io.model_file import check_writable
    from ..jobs import distil
    from ..muscles.take import read_poses

    check_writable(options.output)
    weights, jaw = read_poses(options.take) if options.take else (None, None)
    request = distil.DistilRequest(
        read_actor(options),
        options.frames,
        options.most,
        weights,
        jaw,
        f"'{options.take.name}'" if options.take else "",
        seed=options.seed,
        contact=options.contact,
        off_bone=options.off_bone,
    )
    result = distil.run(request, print_progress())
    arrays = ("shapes", "channels", "ends", "products")
    names = ("names", "expression_names", "control_names")
    content = {name: getattr(result, name) for name in arrays}
    content |= {name: [str(one) for one in getattr(result, name)] for name in names}
    try:
        write_npz(options.output, content)
    except OSError as error:
        raise AimError(
            f"'{options.output}' cannot be written ({why(error)}): free some space or choose another place"
        ) from error
    write_json(options.json, result.report)
    report = result.report
    say(
        f"{options.output}: {report['correctives']} corrective shapes of {report['poses']} poses in "
        f"{report['seconds']:.0f} s; plain shapes miss the simulation by {report['plain_mm']['p95']:.2f} mm at the "
        f"95th percentile, with correctives {report['left_mm']['p95']:.2f}"
    )
    if left := report.get("deep_left"):
        plain = report["deep_plain"]
        say(
            f"{options.output}: of {left['poses']} poses that were not learned, {left['deep']} lie more than 0.3 mm in "
            f"bone, the deepest {left['worst_mm']:.2f} mm; {plain['deep']} without correctives"
        )
    for sentence in report["notes"]:
        say(f"{options.flesh}: {sentence}")
