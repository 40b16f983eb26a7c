# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settle sculpted or retargeted shapes, so that flesh regains its volume."""

import argparse
from pathlib import Path

from .shared import (
    Subparsers,
    add_actor,
    add_contact,
    add_json,
    add_range,
    add_unit,
    check_number,
    print_progress,
    read_actor,
    say,
    write_json,
)


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "settle-shapes", help="give the flesh of sculpted or retargeted shapes its volume back"
    )
    add_actor(parser)
    parser.add_argument(
        "shapes",
        type=Path,
        nargs="+",
        metavar="SHAPE.obj|TAKE.npz",
        help="the actor's mesh in other shapes, the head at rest; or one take with vertices [T, V, 3] and head",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RESULT.npz")
    parser.add_argument(
        "--firmness",
        type=float,
        default=1.0,
        help="how firmly the skin keeps to the shape, 0.05 to 20 (default 1)",
    )
    add_contact(parser)
    add_range(parser)
    add_unit(parser)
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Settle them."""
    from ..errors import AimError
    from ..io.array_files import write_npz
    from ..io.disk import why
    from ..io.model_file import check_writable
    from ..jobs import settle_shape

    check_writable(options.output)
    check_number(options, "firmness")
    actor = read_actor(options)
    names, shapes = _shapes(options)
    request = settle_shape.SettleShapeRequest(
        actor,
        shapes,
        names,
        firmness=options.firmness,
        contact=options.contact,
    )
    result = settle_shape.run(request, print_progress())
    try:
        write_npz(
            options.output, {"vertices": result.shapes, "jaw_parameters": result.jaw_parameters}
        )
    except OSError as error:
        raise AimError(
            f"'{options.output}' cannot be written ({why(error)}): free some space or choose another place"
        ) from error
    report = result.report
    write_json(options.json, report)
    for number, name in enumerate(names):
        before, after = report["worst_region_volume"][number]
        moved = report["moved_mm"][number]
        inside_out = report["inverted"][number]
        say(
            f"{name}: moved {moved['mean']:.2f} mm, at most {moved['max']:.2f}; worst region's volume {before:+.1%} "
            f"before, {after:+.1%} after; tetrahedra inside out {inside_out[0]} before, {inside_out[1]} after"
        )
    for sentence in report["notes"]:
        say(sentence)


def _shapes(options: argparse.Namespace) -> "tuple[tuple[str, ...], np.ndarray]":  # noqa: F821
    """Names and shapes [K, V, 3] mm with the head at rest; raises AimError."""
    import numpy as np

    from ..errors import AimError
    from ..geometry.rigid import undo_rigid
    from ..io.damage import refusing
    from ..io.mesh_files import read_mesh
    from ..io.npz import NUMBERS, read_arrays
    from ..scans.units import MM_PER_UNIT
    from ..solving.ranges import frame_range

    size = MM_PER_UNIT[options.unit]
    take = options.shapes[0]
    if take.suffix.lower() != ".npz":
        meshes = [read_mesh(path) for path in options.shapes]
        other = next((m for m in meshes if m.vertices.shape != meshes[0].vertices.shape), None)
        if other is not None:
            raise AimError(
                f"'{other.name}' has another number of vertices than '{meshes[0].name}': give shapes of one mesh"
            )
        return tuple(m.name for m in meshes), size * np.stack([m.vertices for m in meshes])
    if len(options.shapes) > 1:
        raise AimError("One take at a time can be settled: give it alone")
    with refusing(
        AimError, lambda reason: f"'{take}' holds no shapes ({reason}); give vertices [T, V, 3]"
    ):
        held = read_arrays(take, {"vertices": NUMBERS, "head": NUMBERS})
        shapes = held["vertices"].astype(np.float32)
        numbers = frame_range(take.name, len(shapes), options.start, options.count)
        shapes = shapes[numbers.start : numbers.stop]
        if "head" in held:
            shapes = undo_rigid(shapes, held["head"][numbers.start : numbers.stop].astype(float))
    return tuple(f"frame {number}" for number in numbers), size * shapes
