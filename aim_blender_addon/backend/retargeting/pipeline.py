# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance from files to a file: any source, any target."""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..contact.lining import opening_notes
from ..errors import RetargetError
from ..geometry.surface import SurfacePoints
from ..io.actor_folder import read_actor
from ..io.curve_files import read_curves
from ..io.mesh_files import MESH_FORMATS, read_mesh
from ..io.model_file import read_model
from ..progress import Progress, section, silent
from .correspondence import Correspondence, correspond
from .gains import Gains
from .map_file import fingerprint, read_map, write_map
from .match import Match, read_table, write_table
from .performance import Performance, drive, read_solved
from .play import play_to_file
from .player import Retargeter, ShapePlayer, prepare, shape_player
from .retarget_face import RetargetFace, face_of_model, face_of_neutral
from .rig import fit_rig

CURVE_SUFFIXES = (".csv", ".json")


@dataclass(frozen=True)
class RetargetSettings:
    """What is asked of a retargeting.

    Attributes:
        gains: of the whole face and its regions.
        contacts: keep blinks and lip contacts.
        own_shapes: play on the target's own shape keys where it has them; else on its neutral alone.
        smoothing_seconds: of curves from CSV and JSON.
        fps: of those curves, where the file does not tell.
        table: CSV of shapes, edited by hand, instead of the one found.
        write_table: where to write the table that was used.
        tolerance_mm: also give corrective shapes that bring the curves within this, or None.
        map: file of a correspondence found earlier.
        write_map: where to write the one that was used.
        source_landmarks, target_landmarks: {name: [3]} set by hand, in the meshes' coordinates.
    """

    gains: Gains = field(default_factory=Gains)
    contacts: bool = True
    own_shapes: bool = True
    smoothing_seconds: float = 0.0
    fps: float | None = None
    table: Path | None = None
    write_table: Path | None = None
    tolerance_mm: float | None = None
    map: Path | None = None
    write_map: Path | None = None
    source_landmarks: dict | None = None
    target_landmarks: dict | None = None


@dataclass(frozen=True)
class Character:
    """A face with shapes of the whole mesh: N names and [N, V, 3] displacements in the mesh's units."""

    face: RetargetFace
    names: tuple[str, ...] = ()
    shapes: np.ndarray | None = None


def retarget_files(
    source: Path,
    target: Path,
    performance: Path,
    output: Path,
    settings: RetargetSettings | None = None,
    progress: Progress = silent,
) -> dict:
    """Writes ``output`` (docs/reference/files.md) and returns the figures.

    Args:
        source: model, or folder of a character with shapes.
        target: model, folder of a character, or a neutral mesh.
        performance: result of a solve, or curves in CSV or JSON.
        output: ``.npz``.
        settings: see there.
        progress: told what is being done.
    """
    settings = settings or RetargetSettings()
    started = time.perf_counter()
    progress("Reading the faces", 0.0, {})
    here = read_face(source, settings.source_landmarks).face
    there = read_face(target, settings.target_landmarks)
    if not here.expression_names:
        raise RetargetError(
            f"'{source}' has no expressions to play: give a model or a folder with them"
        )
    notes: list[str] = []
    played, by_curves = _read_performance(performance, here, settings, notes)
    notes += opening_notes(there.face.mesh.name, there.face.linings)
    progress("Finding which place is which", 0.2, {})
    mapped = _map(here, there.face, settings)
    table = read_table(settings.table) if settings.table else None
    player = make_player(
        here, there, played, settings, mapped, by_curves, table if settings.own_shapes else None
    )
    if isinstance(player, ShapePlayer) and settings.write_table:
        write_table(settings.write_table, player.table)
    prepared = time.perf_counter() - started
    about = {
        "performance": performance.name,
        "source": str(source.name),
        "gains": settings.gains.__dict__,
    }
    seconds = play_to_file(output, player, played, about, section(progress, 0.3, 0.9))
    base = player.retargeter if isinstance(player, ShapePlayer) else player
    report = {
        "frames": len(played),
        "prepare_seconds": round(prepared, 2),
        "seconds_per_frame": round(seconds / max(len(played), 1), 5),
        "landmarks": len(base.map.pairs),
        "mapped_share": round(float((base.map.trust > 0.5).mean()), 3),
        "own_expressions": int(base.own.sum()),
        "notes": notes,
    }
    if settings.tolerance_mm is not None:
        report["correctives"] = _correctives(output, player, settings.tolerance_mm, progress)
    return report


def make_player(
    here: RetargetFace,
    there: Character,
    played: Performance,
    settings: RetargetSettings,
    mapped: Correspondence,
    by_curves: bool,
    table: list[Match] | None = None,
    most: np.ndarray | float = 1.0,
    jaw_weight: np.ndarray | None = None,
) -> Retargeter | ShapePlayer:
    """What plays a source's frames on a target.

    Args:
        here: the source.
        there: the target.
        played: the performance, for its functions.
        settings: what is asked.
        mapped: the correspondence.
        by_curves: the performance is of curves.
        table: rows to use instead of those found.
        most: largest value of each of the target's shapes.
        jaw_weight: [V] of the jaw bone that the target's rig has, or None.
    """
    face = there.face
    if jaw_weight is not None:
        parts = np.array(jaw_weight, float)
        parts[face.rows] = 0.0
        face = replace(face, part_jaw=parts)
    retargeter = prepare(
        here,
        face,
        played.functions,
        settings.gains,
        settings.contacts,
        mapped,
        own_expressions=not there.names,  # shapes of a character hold the jaw's motion
        jaw_weight=None if jaw_weight is None else jaw_weight[face.rows],
    )
    if not there.names or not settings.own_shapes:
        return retargeter
    return shape_player(retargeter, there.names, there.shapes, table, by_curves, most, jaw_weight)


def find_map(
    source: RetargetFace, target: RetargetFace, progress: Progress = silent
) -> Correspondence:
    """The correspondence of two faces; every vertex to itself where both have the same polygons."""
    same = fingerprint(source.mesh) == fingerprint(target.mesh)
    if not same or not np.array_equal(source.rows, target.rows) or _is_mirrored(source, target):
        return correspond(source, target, progress)
    rest = source.skin.vertices.astype(np.float64)
    corners = np.repeat(np.arange(len(rest), dtype=np.int32)[:, None], 3, axis=1)
    weights = np.tile([1.0, 0.0, 0.0], (len(rest), 1))
    pairs = {
        name: np.stack([point, source.landmarks[name]])
        for name, point in target.landmarks.items()
        if name in source.landmarks
    }
    return Correspondence(SurfacePoints(corners, weights), np.ones(len(rest)), rest, pairs)


def _is_mirrored(source: RetargetFace, target: RetargetFace) -> bool:
    """Whether one of two faces with the same vertices is the mirror image of the other."""
    here, there = (
        face.skin.vertices - face.skin.vertices.mean(axis=0, dtype=np.float64)
        for face in (source, target)
    )
    return bool(np.linalg.det(here.T @ there) < 0)


def _map(source: RetargetFace, target: RetargetFace, settings: RetargetSettings) -> Correspondence:
    mapped = read_map(settings.map, source, target) if settings.map else find_map(source, target)
    if settings.write_map:
        write_map(settings.write_map, mapped, source, target)
    return mapped


def read_face(path: Path, landmarks: dict | None = None) -> Character:
    """The face in a model file, a character's folder or a mesh file.

    Raises:
        RetargetError: there is nothing of that kind.
    """
    path = Path(path)
    if path.suffix.lower() == ".safetensors":
        return Character(face_of_model(read_model(path), landmarks))
    if MESH_FORMATS.of(path):
        return Character(face_of_neutral(read_mesh(path), landmarks))
    if not path.is_dir():
        raise RetargetError(
            f"'{path}' is no face: give a model (.safetensors), a folder with neutral.obj, or a mesh"
        )
    neutrals = [p for p in path.iterdir() if p.stem.lower() == "neutral"]
    if neutrals and not any(p.is_dir() and p.name.lower() == "expressions" for p in path.iterdir()):
        return Character(face_of_neutral(read_mesh(neutrals[0]), landmarks))
    actor = read_actor(path)
    count = len(actor.neutral.vertices)
    for scan in actor.expressions:
        if scan.vertices.shape != actor.neutral.vertices.shape:
            raise RetargetError(
                f"'{scan.name}' has {len(scan.vertices):,} vertices and the neutral {count:,}: export both alike"
            )
    face = face_of_neutral(actor.neutral, landmarks)
    names = tuple(scan.name for scan in actor.expressions)
    shapes = np.stack([scan.vertices - actor.neutral.vertices for scan in actor.expressions])
    return Character(with_shapes(face, names, shapes), names, shapes)


def with_shapes(face: RetargetFace, names: tuple[str, ...], shapes: np.ndarray) -> RetargetFace:
    """A face whose expressions are shapes [N, V, 3] in the mesh's units, the jaw's motion within them."""
    return replace(
        face,
        expression_names=names,
        displacements=(shapes[:, face.rows] * face.scale).astype(np.float32),
        jaw_poses=np.tile(np.eye(4), (len(names), 1, 1)),
    )


def _read_performance(
    path: Path, source: RetargetFace, settings: RetargetSettings, notes: list[str]
) -> tuple[Performance, bool]:
    """The performance, and whether it is of curves."""
    if Path(path).suffix.lower() not in CURVE_SUFFIXES:
        return read_solved(path, source), False
    curves = read_curves(path, settings.fps).processed(settings.smoothing_seconds)
    played, unknown = drive(source, curves)
    notes += curves.notes
    if unknown:
        notes.append(f"no expression for {', '.join(unknown)}")
    return played, True


def _correctives(
    output: Path, player: Retargeter | ShapePlayer, tolerance_mm: float, progress: Progress
) -> dict:
    """Curves and corrective shapes to a tolerance, beside the output as ``*.shapes.npz``."""
    fitted = fit_rig(output, player, tolerance_mm, None, section(progress, 0.9, 1.0))
    with Path(output).with_suffix(".shapes.npz").open("wb") as stream:
        np.savez(
            stream,
            weights=fitted.curves.astype(np.float32),
            expression_names=np.array(fitted.names),
            shapes=fitted.corrective_shapes,
            curves=fitted.corrective_curves.astype(np.float32),
        )
    return {
        "count": len(fitted.corrective_shapes),
        "error_mm": fitted.error_mm,
        "reached": fitted.reached,
    }
