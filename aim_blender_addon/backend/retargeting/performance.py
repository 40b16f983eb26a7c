# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The performance of a source: solved frames, an animated mesh, or curves that drive its expressions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import RetargetError
from ..geometry.rigid import fit_rigid_columns, move_rigidly
from ..geometry.robust import geman_mcclure
from ..geometry.skinning import skin_with_jaw, undo_jaw
from ..geometry.turns import turned
from ..io.curves import Curves
from ..io.damage import refusing
from ..io.npz import TEXTS, NpzRows, npz_names
from ..shape_names import pairs, plain_name
from .jaw_motion import added_jaws
from .retarget_face import RetargetFace

#: A channel without an expression is reported if its values exceed this; smaller ones are noise of a tracker.
MOVING = 0.01
#: No number of a solved frame is larger, and no head turns into something so small or large (its determinant).
_LARGEST, _LEAST_TURN = 1e9, 0.5
#: No expression moves most of the skin by as much, mm.
_FAR_MM = 25.0
#: Arrays of a solved performance that are read.
NEEDED = ("vertices", "head", "jaw_parameters", "weights", "functions")


@dataclass(frozen=True)
class HeadSettings:
    """Which skin gives the rigid motion of a recorded head.

    Attributes:
        max_points: upper bound of the vertices used, evenly picked.
        max_jaw_weight: skin that follows the jaw more is not used.
        residual_mm: scale of the robust cost, or the median distance if that is larger.
        rounds: of reweighting.
    """

    max_points: int = 2000
    max_jaw_weight: float = 0.2
    residual_mm: float = 1.0
    rounds: int = 6


HEAD = HeadSettings()


@dataclass(frozen=True)
class Frame:
    """One frame on the source.

    Attributes:
        weights: [E, K].
        jaw_parameters: [4] radians, mm, mm, mm.
        head: [4, 4] mm.
        residual: [S', 3] mm unposed displacement that the weights do not explain, or None.
        skin: [S', 3] mm, posed, head at rest.
    """

    weights: np.ndarray
    jaw_parameters: np.ndarray
    head: np.ndarray
    residual: np.ndarray | None
    skin: np.ndarray


@dataclass(frozen=True)
class Performance:
    """Frames on a source face.

    Attributes:
        functions: [S', K] functions of the local weights.
        weights: T rows [E, K] in the order of the source's expressions.
        jaw_parameters: T rows [4].
        head: T rows [4, 4].
        vertices: T rows [S', 3] mm, or None if the weights are the whole motion.
    """

    functions: np.ndarray
    weights: Sequence[np.ndarray]
    jaw_parameters: Sequence[np.ndarray]
    head: Sequence[np.ndarray]
    vertices: Sequence[np.ndarray] | None

    def __len__(self) -> int:
        return len(self.weights)

    def frames(self, source: RetargetFace) -> Iterator[Frame]:
        """All frames, one after the other."""
        rest = source.skin.vertices.astype(np.float64)
        columns = np.ascontiguousarray(source.displacements.transpose(1, 0, 2), np.float32)
        phi = np.ascontiguousarray(self.functions, np.float32)
        for number in range(len(self)):
            weights = np.asarray(self.weights[number], np.float32)
            parameters = np.asarray(self.jaw_parameters[number], float)
            head = np.asarray(self.head[number], float)
            given = (weights, parameters, head)
            if self.vertices is not None:
                given = (*given, np.asarray(self.vertices[number], float))
            _check_frame(number, given, head)
            jaw = source.joint.pose(parameters)
            moved = np.matmul((phi @ weights.T)[:, None], columns)[:, 0]
            if self.vertices is None:
                residual, skin = None, skin_with_jaw(rest + moved, jaw, source.jaw_weight)
            else:
                skin = move_rigidly(given[-1], np.linalg.inv(head))
                residual = undo_jaw(skin, jaw, source.jaw_weight) - rest - moved
            yield Frame(weights, parameters, head, residual, skin)


def _check_frame(number: int, given: tuple[np.ndarray, ...], head: np.ndarray) -> None:
    """Refuse a frame whose numbers nobody can have solved.

    Raises:
        RetargetError: some are missing or absurd, or its head is no motion.
    """
    sound = all((np.abs(array) <= _LARGEST).all() for array in given)
    moves = np.abs(head[3] - [0, 0, 0, 1]).max() < 1 - _LEAST_TURN
    if not (sound and moves and _LEAST_TURN < np.linalg.det(head[:3, :3]) < 1 / _LEAST_TURN):
        raise RetargetError(f"Frame {number} of the performance is damaged: solve the take again")


def read_solved(path: str | Path, source: RetargetFace) -> Performance:
    """A solved performance (docs/reference/files.md) of the source.

    Raises:
        RetargetError: the file is none, or of another actor.
    """
    with refusing(
        RetargetError, lambda _: f"'{path}' holds no solved performance: solve the take first"
    ):
        stored = npz_names(path)
    missing = [name for name in NEEDED if name not in stored]
    if missing:
        raise RetargetError(f"'{path}' holds no '{missing[0]}': solve the take again")
    rows = {name: NpzRows(path, name, error=RetargetError) for name in NEEDED}
    count = len(source.skin.vertices)
    functions, frames = rows.pop("functions"), len(rows["vertices"])
    if functions.shape[:1] != (count,) or rows["vertices"].shape[1:] != (count, 3):
        raise RetargetError(
            f"'{path}' has {len(functions):,} vertices, '{source.mesh.name}' {count:,}: give the model it was "
            "solved with"
        )
    names = list(source.expression_names)
    if "expression_names" in stored:
        held = NpzRows(path, "expression_names", TEXTS, RetargetError).whole()
        names = [str(name) for name in held.ravel()]
    shapes = {
        "vertices": (frames, count, 3),
        "weights": (frames, len(names), *functions.shape[1:]),
        "jaw_parameters": (frames, 4),
        "head": (frames, 4, 4),
    }
    wrong = [name for name, array in rows.items() if array.shape != shapes[name]]
    if wrong or len(functions.shape) != 2 or not frames:
        name = wrong[0] if wrong else "functions"
        raise RetargetError(
            f"'{path}' is damaged ('{name}' has another shape): solve the take again"
        )
    columns = functions.whole()
    if not np.isfinite(columns).all():
        raise RetargetError(
            f"'{path}' is damaged ('functions' is not finite): solve the take again"
        )
    _check_place(path, rows, source)
    weights = rows["weights"]
    if tuple(names) != source.expression_names:
        order = [names.index(n) if n in names else -1 for n in source.expression_names]
        weights = _Reordered(weights, np.array(order))
    return Performance(columns, weights, rows["jaw_parameters"], rows["head"], rows["vertices"])


def _check_place(path: str | Path, rows: Mapping[str, NpzRows], source: RetargetFace) -> None:
    """Refuse a performance of the same face in another place, as with another axis up.

    Raises:
        RetargetError: the skin of the first frame, head and jaw undone, has the source's shape and is far from it.
    """
    head, jaw = (np.asarray(rows[name][0], float) for name in ("head", "jaw_parameters"))
    skin = np.asarray(rows["vertices"][0], float)
    if not all(np.isfinite(array).all() for array in (head, jaw, skin)) or not np.linalg.det(head):
        return  # the frame is refused when it is played
    rest = move_rigidly(skin, np.linalg.inv(head))
    rest = undo_jaw(rest, source.joint.pose(jaw), source.jaw_weight)
    there = fit_rigid_columns(rest.T, source.skin.vertices.T.astype(float), np.ones(len(rest)))
    apart, at_best = (
        float(np.median(np.linalg.norm(points - source.skin.vertices, axis=1)))
        for points in (rest, move_rigidly(rest, there))
    )
    if at_best < _FAR_MM < apart:
        raise RetargetError(
            f"'{path}' was solved with a model that stands elsewhere than '{source.mesh.name}' or turned against it: "
            "solve the take again with the model of this face"
        )


def solved_frames(path: str | Path) -> np.ndarray | None:
    """Which frames [T] bool of a solved performance had data; None where its file does not tell."""
    with refusing(
        RetargetError, lambda _: f"'{path}' holds no solved performance: solve the take first"
    ):
        if "solved" not in npz_names(path):
            return None
    return NpzRows(path, "solved", error=RetargetError).whole().astype(bool)


def whole_weights(played: Performance, source: RetargetFace) -> np.ndarray:
    """[T, E] one weight an expression and frame: the mean of its local ones where it moves the skin."""
    shares = mean_functions(source.displacements, played.functions)
    return np.array([(rows * shares).sum(axis=1) for rows in played.weights])


def mean_functions(shapes: np.ndarray, functions: np.ndarray) -> np.ndarray:
    """[E, K] mean of each function [S, K] where each expression [E, S, 3] moves the skin."""
    energy = (shapes.astype(np.float64) ** 2).sum(axis=2)  # [E, S]
    total = np.maximum(energy.sum(axis=1, keepdims=True), 1e-12)
    return (energy / total) @ functions


def drive(source: RetargetFace, curves: Curves) -> tuple[Performance, tuple[str, ...]]:
    """Curves as weights of the source's expressions of the same names, jaw and head with them.

    Returns:
        The performance, and names of moving channels that the source has no expression for.

    Raises:
        RetargetError: no channel has an expression.
    """
    count = len(curves.values)
    weights = np.zeros((count, len(source.expression_names), 1))
    unknown = []
    shared = np.zeros(weights.shape[1])
    for number, rows in enumerate(pairs(curves.names, source.expression_names)):
        channel = curves.names[number]
        weights[:, rows, 0] += curves.values[:, number, None]
        shared[rows] += 1
        if not rows and np.abs(curves.values[:, number]).max(initial=0) > MOVING:
            unknown.append(channel)
    weights /= np.maximum(shared, 1.0)[:, None]  # both sides on one expression: their mean
    if not weights.any() and len(unknown):
        raise RetargetError(
            f"'{source.mesh.name}' has no expression named like an ARKit channel ({unknown[0]}, ...): "
            "use a source with ARKit names"
        )
    heads = np.tile(np.eye(4), (count, 1, 1))
    heads[:, :3, :3] = turned(source.left_up_front, curves.head)
    pivot = source.joint.pivot
    heads[:, :3, 3] = pivot - heads[:, :3, :3] @ pivot
    ones = np.ones((len(source.skin.vertices), 1))
    jaws = added_jaws(source.joint, curve_poses(source), weights[:, :, 0])
    return Performance(ones, weights, jaws, heads, None), tuple(unknown)


def curve_poses(source: RetargetFace) -> np.ndarray:
    """Poses [E, 4, 4] of the jaw for each expression's curve at one: those of its scan.

    ARKit's mouthClose brings none. It closes the lips while other curves open the jaw, and is scanned with an open jaw.
    """
    poses = np.array(source.jaw_poses, float).reshape(-1, 4, 4)
    poses[[plain_name(name)[0] == "mouthclose" for name in source.expression_names]] = np.eye(4)
    return poses


def curve_jaws(source: RetargetFace) -> np.ndarray:
    """Parameters [E, 4] of :func:`curve_poses`."""
    found = [source.joint.parameters(pose) for pose in curve_poses(source)]
    return np.array(found).reshape(-1, 4)


def recorded(
    source: RetargetFace, weights: np.ndarray, vertices: Sequence[np.ndarray]
) -> Performance:
    """The performance of an animated mesh with shapes, by their values and its vertices.

    Motion beside its shapes (bones, correctives, a simulation) becomes the residual of the weights.

    Args:
        source: the mesh, with its shapes as expressions.
        weights: [T, E] values of the shapes.
        vertices: T rows [V, 3] in the mesh's units.

    Raises:
        RetargetError: a frame has another number of vertices.
    """
    count = len(source.mesh.vertices)
    if len(vertices) and vertices[0].shape != (count, 3):
        raise RetargetError(
            f"'{source.mesh.name}' has {count:,} vertices at rest and {len(vertices[0]):,} when it plays: turn off "
            "modifiers that add or remove vertices"
        )
    skin = _SkinRows(vertices, source.rows, source.scale)
    ones = np.ones((len(source.skin.vertices), 1))
    heads = _heads(source, skin, weights)
    jaws = added_jaws(source.joint, curve_poses(source), weights)
    return Performance(ones, weights[:, :, None], jaws, heads, skin)


def _heads(source: RetargetFace, frames: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Head poses [T, 4, 4] mm: the rigid motion of most of the skin above the mouth, beside what shapes do there.

    Args:
        source: the mesh, with its shapes as expressions.
        frames: T rows [S, 3] mm of its skin.
        weights: [T, E] values of the shapes.
    """
    up = source.up
    rest = source.skin.vertices.astype(np.float64)
    level = source.landmarks.get("subnasale", source.joint.pivot) @ up
    above = np.flatnonzero((rest @ up > level) & (source.jaw_weight < HEAD.max_jaw_weight))
    picked = above[:: max(1, len(above) // HEAD.max_points)]
    still, follows = rest[picked], source.jaw_weight[picked]
    # Shapes add in straight lines, with the jaw's motion in each.
    shapes = source.displacements[:, picked].astype(np.float64)
    for shape, jaw in zip(shapes, source.jaw_poses, strict=True):
        shape[:] = skin_with_jaw(still + shape, jaw, follows) - still
    poses = []
    for frame, values in zip(frames, weights, strict=True):
        rest = still + np.tensordot(values, shapes, 1)
        moved, weight = frame[picked], np.ones(len(picked))
        for _ in range(HEAD.rounds):
            pose = fit_rigid_columns(rest.T, moved.T, weight)
            distance = np.linalg.norm(move_rigidly(rest, pose) - moved, axis=1)
            scale = max(HEAD.residual_mm, float(np.median(distance)))
            weight = geman_mcclure((distance / scale) ** 2)
        poses.append(pose)
    return np.array(poses).reshape(-1, 4, 4)


class _SkinRows(Sequence):
    """Frames of the skin [S, 3] mm among frames of the mesh [V, 3] in its units."""

    def __init__(self, frames: Sequence[np.ndarray], rows: np.ndarray, scale: float):
        self._frames, self._rows, self._scale = frames, rows, scale

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, number: int) -> np.ndarray:
        return np.asarray(self._frames[number], np.float64)[self._rows] * self._scale


class _Reordered(Sequence):
    """Weights [E, K] in another order of expressions; -1 for a missing one, whose weight is zero."""

    def __init__(self, rows: Sequence[np.ndarray], order: np.ndarray):
        self._rows, self._order = rows, order

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> np.ndarray:
        row = self._rows[number]
        return np.where((self._order >= 0)[:, None], row[self._order], 0.0)
