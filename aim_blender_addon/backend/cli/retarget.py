# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Play a performance on another face."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RetargetError
from .shared import (
    Subparsers,
    add_json,
    check_number,
    print_progress,
    read_landmarks,
    say,
    write_json,
)

if TYPE_CHECKING:
    from ..jobs.face_pair import FacePair, StoredMap
    from ..jobs.retarget import PlayedRig, RetargetRequest, RetargetResult
    from ..retargeting.sources import FaceSource

#: Slower curves than these are a mistake, and no rig of shape keys follows more closely.
_SLOWEST_FPS, _LEAST_TOLERANCE_MM = 0.01, 1e-6


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = subparsers.add_parser("retarget", help="play a performance on another face")
    parser.add_argument(
        "source", type=Path, metavar="SOURCE_MODEL", help="a model, or a folder with named shapes"
    )
    parser.add_argument(
        "target",
        type=Path,
        metavar="TARGET",
        help="a model, a folder with neutral.obj and maybe expressions/, or a neutral mesh",
    )
    parser.add_argument(
        "performance",
        type=Path,
        metavar="RESULT.npz",
        help="a solved performance, or ARKit curves (.csv of Live Link Face, .json)",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.npz")
    for name in ("gain", "mouth", "brows", "eyes"):
        parser.add_argument(
            f"--{name}", type=float, default=1.0, help="times the motion (default 1)"
        )
    parser.add_argument(
        "--no-contacts", action="store_true", help="leave blinks and lip contacts as they come"
    )
    parser.add_argument(
        "--neutral-only", action="store_true", help="do not use the target's own shapes"
    )
    parser.add_argument("--table", type=Path, metavar="F.csv", help="table of shapes, edited")
    parser.add_argument(
        "--write-table", type=Path, metavar="F.csv", help="write the table of shapes found"
    )
    parser.add_argument(
        "--map", type=Path, metavar="F.npz", help="a correspondence that was found earlier"
    )
    parser.add_argument(
        "--write-map", type=Path, metavar="F.npz", help="write the correspondence that was used"
    )
    parser.add_argument("--fps", type=float, help="of curves, where their file does not tell")
    parser.add_argument(
        "--smoothing", type=float, default=0.0, metavar="SECONDS", help="of curves (default 0)"
    )
    parser.add_argument(
        "--tolerance", type=float, metavar="MM", help="also give corrective shapes to this error"
    )
    for name in ("source", "target"):
        parser.add_argument(
            f"--{name}-landmarks",
            type=Path,
            metavar="F.json",
            help=f"skin landmarks of the {name} by name, to override those found",
        )
    add_json(parser)
    return parser


def run(options: argparse.Namespace) -> None:
    """Play the performance."""
    from ..io.model_file import check_writable
    from ..jobs import retarget
    from ..retargeting.map_file import write_map_bytes
    from ..retargeting.shape_table import write_table

    check_writable(options.output)
    for name in ("gain", "mouth", "brows", "eyes"):
        check_number(options, name)
    for name, least in (
        ("fps", _SLOWEST_FPS),
        ("smoothing", 0.0),
        ("tolerance", _LEAST_TOLERANCE_MM),
    ):
        check_number(options, name, least)
    started = time.perf_counter()
    request = _request(options)
    read = time.perf_counter() - started
    result = retarget.run(request, print_progress())
    if options.write_map:
        write_map_bytes(options.write_map, result.found.map)
    if options.write_table and result.rows:
        write_table(options.write_table, result.rows)
    if result.rig is not None:
        _write_shapes(options.output.with_suffix(".shapes.npz"), result.rig)
    report = _figures(result, read)
    write_json(options.json, report)
    for note in report["notes"]:
        say(f"{options.performance}: {note}")
    say(
        f"{options.output}: {report['frames']} frames, {1000 * report['seconds_per_frame']:.0f} ms each "
        f"after {report['prepare_seconds']:.1f} s of preparation"
    )


def _request(options: argparse.Namespace) -> "RetargetRequest":
    """What is asked; faces, table and map are read."""
    from ..io.curve_files import CURVE_FORMATS
    from ..jobs.retarget import CharacterRigWanted, RetargetRequest
    from ..retargeting.gains import Gains
    from ..retargeting.shape_table import read_table
    from ..retargeting.sources import CurvesFile, RetargetSettings, SolvedFile

    path = options.performance
    settings = RetargetSettings(
        Gains(options.gain, options.mouth, options.brows, options.eyes),
        not options.no_contacts,
        not options.neutral_only,
    )
    faces = _faces(options)
    performance = SolvedFile(path)
    if CURVE_FORMATS.of(path):
        performance = CurvesFile(path, options.fps, options.smoothing)
    table = tuple(read_table(options.table)) if options.table else None
    rig = CharacterRigWanted(options.tolerance) if options.tolerance is not None else None
    about = {"performance": path.name, "source": options.source.name}
    return RetargetRequest(
        faces, performance, options.output, about, settings, table=table, rig=rig
    )


def _faces(options: argparse.Namespace) -> "FacePair":
    from ..jobs.face_pair import FacePair
    from ..retargeting.pipeline import read_face

    landmarks = [
        read_landmarks(path, 1.0) for path in (options.source_landmarks, options.target_landmarks)
    ]
    source = read_face(options.source, landmarks[0])
    target = read_face(options.target, landmarks[1])
    if not _shape_names(source):
        raise RetargetError(
            f"'{options.source}' has no expressions to play: give a model or a folder with them"
        )
    known = _read_map(options.map) if options.map else None
    return FacePair(source, target, known, tell_map=bool(options.write_map))


def _shape_names(source: "FaceSource") -> tuple[str, ...]:
    from ..retargeting.sources import MeshFace

    if isinstance(source, MeshFace):
        return source.shape_names
    return source.model.expression_names


def _read_map(path: Path) -> "StoredMap":
    from ..jobs.face_pair import StoredMap
    from ..retargeting.map_file import read_map_bytes

    return StoredMap(read_map_bytes(path), path.name)


def _write_shapes(path: Path, rig: "PlayedRig") -> None:
    """Curves and corrective shapes, beside the output."""
    import numpy as np

    from ..io.array_files import write_npz
    from ..io.disk import why

    arrays = {
        "weights": rig.curves.astype(np.float32),
        "expression_names": np.array(rig.names),
        "shapes": rig.corrective_shapes,
        "curves": rig.corrective_curves.astype(np.float32),
    }
    try:
        write_npz(path, arrays)
    except OSError as error:
        raise RetargetError(
            f"'{path}' cannot be written ({why(error)}): free some space or choose another output"
        ) from error


def _figures(result: "RetargetResult", reading_seconds: float) -> dict:
    """The figures as they are written to JSON."""
    figures = {
        "frames": result.frames,
        "prepare_seconds": round(reading_seconds + result.prepare_seconds, 2),
        "seconds_per_frame": round(result.seconds_per_frame, 5),
        "landmarks": result.landmarks,
        "mapped_share": round(result.mapped_share, 3),
        "own_expressions": result.own_expressions,
        "notes": list(result.notes),
    }
    if result.rig is not None:
        figures["correctives"] = {
            "count": len(result.rig.corrective_shapes),
            "error_mm": result.rig.error_mm,
            "reached": result.rig.reached,
        }
    return figures
