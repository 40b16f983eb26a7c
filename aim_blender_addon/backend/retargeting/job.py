# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance from files to a file: any source, any target."""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..errors import RetargetError
from ..io.actor_folder import read_actor
from ..io.arkit import read_curves
from ..io.mesh_files import MESH_SUFFIXES, read_mesh
from ..io.model_file import read_model
from ..io.takes import NpzRows
from ..performance.correctives import compress_performance, unposed_chunks
from ..performance.face import FacePoints, PerformanceFace
from ..performance.result import Job, ResultWriter
from ..progress import Progress, silent
from .face import RetargetFace, face_of_model, face_of_neutral
from .gains import Gains
from .map_file import map_arrays, read_map, write_map
from .match import read_table, write_table
from .performance import Retargeter, ShapePlayer, prepare, shape_player
from .source import Performance, drive, read_solved

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
        source_landmarks, target_landmarks: {name: [3]} set by hand, in the meshes' coordinates.
        map: stored correspondence of the two faces, instead of finding it.
        write_map: where to write the one that was used.
    """

    gains: Gains = field(default_factory=Gains)
    contacts: bool = True
    own_shapes: bool = True
    smoothing_seconds: float = 0.0
    fps: float | None = None
    table: Path | None = None
    write_table: Path | None = None
    tolerance_mm: float | None = None
    source_landmarks: dict | None = None
    target_landmarks: dict | None = None
    map: Path | None = None
    write_map: Path | None = None


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
    """Writes ``output`` (docs/retarget.md) and returns the figures.

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
    progress("Finding which place is which", 0.2, {})
    face = there.face
    retargeter = prepare(
        here,
        face,
        played.functions,
        settings.gains,
        settings.contacts,
        read_map(settings.map, here, face) if settings.map else None,
        own_expressions=not there.names,  # shapes of a character hold the jaw's motion
    )
    if settings.write_map:
        write_map(settings.write_map, retargeter.map, here, face)
    player: Retargeter | ShapePlayer = retargeter
    if there.names and settings.own_shapes:
        table = read_table(settings.table) if settings.table else None
        player = shape_player(retargeter, there.names, there.shapes, table, by_curves)
        if settings.write_table:
            write_table(settings.write_table, player.table)
    prepared = time.perf_counter() - started
    seconds = _write(output, player, played, source, performance, settings, progress)
    report = {
        "frames": len(played),
        "prepare_seconds": round(prepared, 2),
        "seconds_per_frame": round(seconds / max(len(played), 1), 5),
        "landmarks": len(retargeter.map.pairs),
        "mapped_share": round(float((retargeter.map.trust > 0.5).mean()), 3),
        "own_expressions": int(retargeter.own.sum()),
        "notes": notes,
    }
    if settings.tolerance_mm is not None:
        report["correctives"] = _correctives(output, player, settings.tolerance_mm, progress)
    return report


def read_face(path: Path, landmarks: dict | None = None) -> Character:
    """The face in a model file, a character's folder or a mesh file.

    Raises:
        RetargetError: there is nothing of that kind.
    """
    path = Path(path)
    if path.suffix.lower() == ".safetensors":
        return Character(face_of_model(read_model(path), landmarks))
    if path.suffix.lower() in MESH_SUFFIXES:
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


def _write(
    output: Path,
    player: Retargeter | ShapePlayer,
    played: Performance,
    source: Path,
    performance: Path,
    settings: RetargetSettings,
    progress: Progress,
) -> float:
    """Plays all frames into the file; the seconds it took."""
    base = player.retargeter if isinstance(player, ShapePlayer) else player
    target = base.target
    count = len(target.mesh.vertices)
    if isinstance(player, ShapePlayer):
        names, functions = player.names, np.ones((count, 1), np.float32)
        extra = {"shapes": player.shapes}
    else:
        names = base.source.expression_names
        functions = np.zeros((count, base.functions.shape[1]), np.float32)
        functions[target.rows] = base.functions
        shapes = np.zeros((len(names), count, 3), np.float32)
        shapes[:, target.rows] = base.gain[:, None] * base.shapes / target.scale
        extra = {"shapes": shapes}
    sizes = {"V": count, "E": len(names), "K": functions.shape[1]}
    about = {"source": str(source.name), "gains": settings.gains.__dict__}
    job = Job(target.mesh.name, performance.name, about, 0, len(played), sizes)
    writer = ResultWriter(output, job)
    curves = []
    started = time.perf_counter()
    for number, frame in enumerate(played.frames(base.source)):
        shown = player.play(frame)
        weights = shown.curves[:, None] if isinstance(player, ShapePlayer) else frame.weights
        curves.append(shown.curves)
        writer.write(
            number,
            vertices=shown.vertices,
            head=shown.head,
            jaw=shown.jaw,
            jaw_parameters=shown.jaw_parameters,
            weights=weights,
            solved=True,
        )
        if number % 32 == 0:
            progress("Playing", 0.3 + 0.6 * number / len(played), {})
    seconds = time.perf_counter() - started
    writer.finish(
        functions=functions,
        expression_names=np.array(names),
        curves=np.array(curves, np.float32),
        **map_arrays(base.map, base.source, target),
        **extra,
    )
    return seconds


def _correctives(
    output: Path, player: Retargeter | ShapePlayer, tolerance_mm: float, progress: Progress
) -> dict:
    """Curves within 0 to 1 and corrective shapes to a tolerance, beside the output as ``*.shapes.npz``."""
    base = player.retargeter if isinstance(player, ShapePlayer) else player
    target = base.target
    own = isinstance(player, ShapePlayer)
    with np.load(output) as held:
        shapes = held["shapes"].astype(np.float64) * target.scale
    jaw_weight = target.part_jaw.copy()
    jaw_weight[target.rows] = base.jaw_weight
    rest = target.mesh.vertices.astype(np.float64) * target.scale
    points = FacePoints(
        rest,
        shapes.transpose(1, 2, 0),
        np.zeros(len(rest)) if own else jaw_weight,
        np.ones((len(rest), 1)),
        np.zeros(len(rest)),
    )
    face = PerformanceFace(
        points,
        target.mesh,
        target.operator,
        np.zeros(1),
        target.joint,
        np.zeros((0, 4)),
        tuple(player.names if own else base.source.expression_names),
    )
    rows = {name: NpzRows(output, name) for name in ("vertices", "head", "jaw")}

    def in_mm(name: str) -> "_Scaled":
        return _Scaled(rows[name], target.scale)

    chunks = unposed_chunks(face, in_mm("vertices"), in_mm("head"), in_mm("jaw"))
    baked = compress_performance(face, chunks, tolerance_mm, progress=progress)
    with Path(output).with_suffix(".shapes.npz").open("wb") as stream:
        np.savez(
            stream,
            weights=baked.weights.astype(np.float32),
            expression_names=np.array(face.expression_names),
            shapes=baked.shapes / target.scale,
            curves=baked.curves.astype(np.float32),
        )
    return {"count": len(baked.shapes), "error_mm": baked.error_mm, "reached": baked.reached}


class _Scaled:
    """Rows of vertices or poses in millimetres, of a file in the mesh's units."""

    def __init__(self, rows: NpzRows, scale: float):
        self._rows, self._scale = rows, scale

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> np.ndarray:
        row = np.array(self._rows[number], np.float64)
        if row.shape == (4, 4):
            row[:3, 3] *= self._scale
            return row
        return row * self._scale
