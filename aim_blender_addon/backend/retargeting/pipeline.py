# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance from any source on any target, step by step; the job ``retarget`` puts the steps together."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..anatomy.eyes.look import look_of_curves, turned_like
from ..contact.off_bone import OffBone, kept_bones
from ..errors import RetargetError
from ..geometry.skinning import undo_jaw
from ..geometry.surface import SurfacePoints
from ..io.actor_folder import read_actor
from ..io.curve_files import read_curves
from ..io.mesh_files import MESH_FORMATS, read_mesh
from ..io.model_file import read_model
from ..model.aim import AimModel
from ..progress import Progress, silent
from ..solving.result_file import solved_look
from .arkit_head import arkit_head
from .correspondence import Correspondence, correspond
from .jaw_in_shapes import jaws_of_shapes
from .map_file import fingerprint
from .performance import (
    Performance,
    drive,
    read_solved,
    recorded,
    solved_frames,
    whole_weights,
)
from .player import Retargeter, ShapePlayer, prepare, shape_player
from .retarget_face import RetargetFace, face_of_model, face_of_neutral
from .shape_table import Match
from .sources import (
    CurvesFile,
    FaceSource,
    MeshFace,
    ModelFace,
    PerformanceSource,
    RetargetSettings,
    SampleFace,
    SolvedFile,
)

#: Two skins whose vertices all lie this near to each other are one face, mm.
SAME_MM = 1e-3


@dataclass(frozen=True)
class ShapedFace:
    """A face with shapes of the whole mesh: N names and [N, V, 3] displacements in the mesh's units.

    ``model`` is the actor's, where the face is one.
    """

    face: RetargetFace
    names: tuple[str, ...] = ()
    shapes: np.ndarray | None = None
    model: AimModel | None = None


@dataclass(frozen=True)
class PlayedTake:
    """A performance on its source.

    Attributes:
        played: the frames.
        notes: what the user should know of them.
        times: [T] seconds of curves, or None.
        solved: [T] bool, which frames of a solve had data, or None.
        look: [T, 2, 2] yaw and pitch of both eyes, radians (``anatomy.eyes.look``), or None.
        lids_move: the frames have the lids' own motion by the look.
        channels: names of M curves that the performance has.
        values: [T, M] of these.
    """

    played: Performance
    notes: tuple[str, ...] = ()
    times: np.ndarray | None = None
    solved: np.ndarray | None = None
    look: np.ndarray | None = None
    lids_move: bool = True
    channels: tuple[str, ...] = ()
    values: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))


def read_face(path: Path, landmarks: Mapping[str, np.ndarray] | None = None) -> FaceSource:
    """The face in a model file, a character's folder or a mesh file.

    Raises:
        RetargetError: the path is nothing of that kind.
    """
    path, landmarks = Path(path), landmarks or {}
    if path.suffix.lower() == ".safetensors":
        return ModelFace(read_model(path), landmarks)
    if MESH_FORMATS.of(path):
        return MeshFace(read_mesh(path), landmarks=landmarks)
    if not path.is_dir():
        raise RetargetError(
            f"'{path}' is no face: give a model (.safetensors), a folder with neutral.obj, or a mesh"
        )
    try:
        inside = sorted(path.iterdir())
    except OSError as error:
        raise RetargetError(
            f"'{path}' cannot be read ({error.strerror}): choose the folder again"
        ) from error
    neutrals = [p for p in inside if p.stem.lower() == "neutral" and MESH_FORMATS.of(p)]
    if neutrals and not any(p.is_dir() and p.name.lower() == "expressions" for p in inside):
        return MeshFace(read_mesh(neutrals[0]), landmarks=landmarks)
    actor = read_actor(path)
    count = len(actor.neutral.vertices)
    for scan in actor.expressions:
        if scan.vertices.shape != actor.neutral.vertices.shape:
            raise RetargetError(
                f"'{scan.name}' has {len(scan.vertices):,} vertices and the neutral {count:,}: export both alike"
            )
    names = tuple(scan.name for scan in actor.expressions)
    shapes = np.stack([scan.vertices - actor.neutral.vertices for scan in actor.expressions])
    return MeshFace(actor.neutral, names, shapes, landmarks)


def bare_face(
    source: FaceSource, progress: Progress = silent
) -> tuple[RetargetFace, AimModel | None]:
    """What is found on a face without the shapes of a character, and the model of an actor.

    Raises:
        ModelFileError, RetargetError, ScanError: what is wrong with the face, in one sentence.
    """
    if isinstance(source, ModelFace):
        model = source.model if isinstance(source.model, AimModel) else source.model.read()
        return face_of_model(model, source.landmarks or None), model
    if isinstance(source, SampleFace):
        return arkit_head(), None
    return face_of_neutral(source.mesh, source.landmarks or None, progress, source.shapes), None


def shaped_face(
    source: FaceSource, face: RetargetFace, model: AimModel | None = None
) -> ShapedFace:
    """A face of :func:`bare_face` with the shapes of its source, if it has any."""
    if not isinstance(source, MeshFace) or source.shapes is None or not source.shape_names:
        return ShapedFace(face, model=model)
    names, shapes = source.shape_names, source.shapes
    return ShapedFace(with_shapes(face, names, shapes), names, shapes)


def with_shapes(face: RetargetFace, names: tuple[str, ...], shapes: np.ndarray) -> RetargetFace:
    """A face whose expressions are shapes [N, V, 3] in the mesh's units, the jaw's motion taken out of them."""
    poses = jaws_of_shapes(face, names, shapes)
    moved = shapes[:, face.rows] * face.scale
    rest = face.skin.vertices.astype(np.float64)
    for number in np.flatnonzero(np.abs(poses - np.eye(4)).max(axis=(1, 2)) > 0):
        moved[number] = undo_jaw(rest + moved[number], poses[number], face.jaw_weight) - rest
    return replace(
        face,
        expression_names=names,
        displacements=moved.astype(np.float32),
        jaw_poses=poses,
    )


def read_performance(
    performance: PerformanceSource, face: RetargetFace, name: str = ""
) -> PlayedTake:
    """A performance on the face that performs.

    Args:
        performance: what to read.
        face: the source.
        name: what the user calls the source, for notes; "" omits it.

    Raises:
        RetargetError: it cannot be read, or is of another face.
    """
    if isinstance(performance, SolvedFile):
        solved = read_solved(performance.path, face)
        return PlayedTake(
            solved,
            solved=solved_frames(performance.path),
            look=solved_look(performance.path, RetargetError),
            channels=face.expression_names,
            values=whole_weights(solved, face),
        )
    if not isinstance(performance, CurvesFile):
        played = recorded(face, performance.weights, performance.frames)
        return PlayedTake(played, channels=face.expression_names, values=performance.weights)
    curves = read_curves(performance.path, performance.fps or None)
    if performance.first or performance.last:
        curves = curves.between(performance.first, performance.last)
    curves = curves.processed(
        performance.smoothing_seconds, performance.offset, 1.0, tuple(performance.limits)
    )
    played, unknown = drive(face, curves)
    notes = tuple(curves.notes)
    if unknown:
        who = f"{name} has no" if name else "no"
        notes += (f"{who} expression for {', '.join(unknown)}",)
    told = look_of_curves(curves.names, curves.values)
    look = told if curves.eyes is None else turned_like(curves.eyes, told)
    return PlayedTake(
        played,
        notes,
        curves.times,
        look=look,
        lids_move=told is not None,
        channels=tuple(curves.names),
        values=curves.values,
    )


def make_player(
    source: RetargetFace,
    target: ShapedFace,
    played: Performance,
    settings: RetargetSettings,
    mapped: Correspondence,
    by_curves: bool,
    table: list[Match] | None = None,
    limits: np.ndarray | float = 1.0,
    jaw_weight: np.ndarray | None = None,
    generic: bool = False,
) -> Retargeter | ShapePlayer:
    """What plays a source's frames on a target.

    Args:
        source: the face that performs.
        target: the face that is played on.
        played: the performance, for its functions.
        settings: how it is played.
        mapped: the correspondence.
        by_curves: the performance is of curves or shapes that hold the jaw's motion.
        table: rows to use instead of those found.
        limits: [N] largest values of the target's shapes, or one for all.
        jaw_weight: [V] of the jaw bone that the target's rig has, or None.
        generic: the source is the generic face, whose shapes are nobody's: an actor's scans make them its own.
    """
    face = target.face
    if jaw_weight is not None:
        skin = face.spread(np.ones(len(face.rows))) > 0
        parts = np.where(skin, 0.0, np.array(jaw_weight, float))
        face = replace(face, part_jaw=parts)
    retargeter = prepare(
        source,
        face,
        played.functions,
        settings.gains,
        settings.contacts,
        mapped,
        own_expressions=not target.names,  # shapes of a character hold the jaw's motion
        jaw_weight=None if jaw_weight is None else jaw_weight[face.rows],
        scanned=target.model if generic else None,
    )
    if not target.names or not settings.own_shapes:
        if target.model is not None and settings.contacts and not _is_same(source, face):
            retargeter = replace(retargeter, off_bone=_off_bone(target.model))
        return retargeter
    return shape_player(
        retargeter,
        target.names,
        target.shapes,
        table,
        by_curves,
        limits,
        jaw_weight,
        face.jaw_poses if (face.jaw_poses != np.eye(4)).any() else None,
    )


def _off_bone(model: AimModel) -> OffBone | None:
    bones = kept_bones(model)
    if bones is None:
        return None
    return OffBone(bones, model.neutral.vertices.astype(np.float64), model.neutral.triangles)


def _is_same(source: RetargetFace, target: RetargetFace) -> bool:
    """Whether a face plays on itself: it then shows what it was scanned with."""
    one, two = source.skin.vertices, target.skin.vertices
    return one.shape == two.shape and bool(np.abs(one - two).max() < SAME_MM)


def find_map(
    source: RetargetFace, target: RetargetFace, progress: Progress = silent
) -> Correspondence:
    """The correspondence of two faces; every vertex to itself if both have the same polygons."""
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
    first, second = (
        face.skin.vertices - face.skin.vertices.mean(axis=0, dtype=np.float64)
        for face in (source, target)
    )
    return bool(np.linalg.det(first.T @ second) < 0)
