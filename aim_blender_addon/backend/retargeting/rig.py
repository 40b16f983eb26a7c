# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance for a rig: curves of shapes, poses of head and jaw, and few corrective shapes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..geometry.skinning import skin_with_jaw
from ..io.takes import NpzRows
from ..progress import Progress, silent
from ..solving.correctives import compress_performance, unposed_chunks
from ..solving.solving_face import FacePoints, SolvingFace
from .jaw_bone import JawBone
from .jaw_motion import carry_jaw
from .performance import curve_jaws
from .player import JAW_MOVES_MM, Retargeter, ShapePlayer
from .retarget_face import RetargetFace

Player = Retargeter | ShapePlayer


@dataclass(frozen=True)
class RigCurves:
    """What a rig needs to play a performance; lengths in the mesh's units.

    Attributes:
        names: E shapes.
        shapes: [E, V, 3] float32 their displacements, before the jaw's skinning.
        curves: [T, E].
        corrective_shapes: [C, V, 3] float32.
        corrective_curves: [T, C].
        head, jaw: [T, 4, 4].
        jaw_weight: [V] how much each vertex follows the jaw bone.
        error_mm: residual with and without correctives, in millimetres of an adult face.
        reached: whether that is within the tolerance.
    """

    names: tuple[str, ...]
    shapes: np.ndarray
    curves: np.ndarray
    corrective_shapes: np.ndarray
    corrective_curves: np.ndarray
    head: np.ndarray
    jaw: np.ndarray
    jaw_weight: np.ndarray
    error_mm: dict
    reached: bool


def fit_rig(
    output: Path,
    player: Player,
    tolerance_mm: float,
    jaw_bone: JawBone | None = None,
    progress: Progress = silent,
    jaw_in_shapes: bool = False,
    limits: np.ndarray | None = None,
    new_weight: np.ndarray | None = None,
) -> RigCurves:
    """Curves and correctives that bring a rig within a tolerance of the frames in ``output``.

    Curves from a table or an animator's file stay as they are. Local weights of a solved performance become one
    curve for each shape. Correctives explain the residual.

    Args:
        output: the frames that ``player`` has played.
        player: the same.
        tolerance_mm: for 99 percent of the skin.
        jaw_bone: of the character's own rig.
        progress: receives stages.
        jaw_in_shapes: the rig has no jaw bone, so that the shapes made for it hold the jaw's motion.
        limits: [N] largest values that the character's own shape keys can show; correctives make up for the rest.
        new_weight: [V] of a jaw bone made for a character whose own shapes hold the jaw's motion. The bone then moves
            the jaw, and correctives make the rest of these shapes.
    """
    base = player.retargeter if isinstance(player, ShapePlayer) else player
    target = base.target
    names, shapes, jaw_weight, curves = _rig_of(player, output, jaw_in_shapes)
    if limits is not None and isinstance(player, ShapePlayer):
        curves = np.minimum(curves, limits)
    if new_weight is not None:
        jaw_weight, curves = new_weight, _without_jaw_shapes(player, curves)
    own = _of_head(target)
    face = _solving_face(target, names, shapes[:, own], jaw_weight[own], own)
    head = NpzRows(output, "head").whole()
    jaw = NpzRows(output, "jaw").whole()
    if jaw_bone is not None:
        jaw = np.stack([jaw_bone.nearest(pose) for pose in jaw])
    chunks = unposed_chunks(
        face,
        _Scaled(NpzRows(output, "vertices"), target.scale, own),
        _Scaled(head, target.scale),
        _Scaled(jaw, target.scale),
    )
    compressed = compress_performance(
        face, chunks, tolerance_mm, limits=(0.0, _max_value(base)), progress=progress, given=curves
    )
    correctives = np.zeros((len(compressed.shapes), *target.mesh.vertices.shape), np.float32)
    correctives[:, own] = compressed.shapes / target.scale
    return RigCurves(
        names,
        shapes,
        compressed.weights,
        correctives,
        compressed.curves,
        head,
        jaw,
        jaw_weight,
        compressed.error_mm,
        compressed.reached,
    )


def _of_head(target: RetargetFace) -> np.ndarray:
    """[V] bool: the vertices that errors are counted on. The rest of a body never moves and would hide them."""
    if target.free is None or (target.free == 1).all():
        return np.ones(len(target.mesh.vertices), bool)
    return (target.spread(np.ones(len(target.rows))) > 0) | (target.part_jaw > 0)


def _solving_face(
    target: RetargetFace,
    names: tuple[str, ...],
    shapes: np.ndarray,
    jaw_weight: np.ndarray,
    own: np.ndarray,
) -> SolvingFace:
    """A rig's shapes [E, N, 3] (mesh units) and jaw weight [N], as the compression of a performance takes them.

    Both are of the N vertices among ``own`` [V].
    """
    rest = target.mesh.vertices[own].astype(np.float64) * target.scale
    points = FacePoints(
        rest,
        (shapes.astype(np.float64) * target.scale).transpose(1, 2, 0),
        jaw_weight,
        np.ones((len(rest), 1)),
        np.zeros(len(rest)),
    )
    return SolvingFace(
        points, target.mesh, target.operator, np.zeros(1), target.joint, np.zeros((0, 4)), names
    )


def _rig_of(
    player: Player, output: Path, jaw_in_shapes: bool
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray | None]:
    """Names, shapes [E, V, 3], jaw weight [V], and the curves [T, E] if they are given."""
    if isinstance(player, ShapePlayer):
        count = len(player.retargeter.target.mesh.vertices)
        weight = np.zeros(count) if player.jaw_weight is None else player.jaw_weight
        return player.names, player.shapes, weight, NpzRows(output, "curves").whole()
    target = player.target
    weight = target.part_jaw + target.spread(np.asarray(player.jaw_weight, float))
    shapes = np.ascontiguousarray(
        target.spread(player.shapes.transpose(1, 0, 2)).transpose(1, 0, 2), np.float32
    )
    if jaw_in_shapes:
        shapes, weight = _with_jaw(player, shapes, weight), np.zeros(len(weight))
    shapes /= np.float32(target.scale)
    curves = None
    if player.functions.shape[1] == 1:
        energy = (player.shapes.astype(np.float64) ** 2).sum(axis=2)  # [E, S]
        gain = (energy @ player.gain) / np.maximum(energy.sum(axis=1), 1e-12)
        weights = NpzRows(output, "weights").whole()[:, :, 0]
        curves = np.clip(weights * gain, 0.0, _max_value(player))
    return player.source.expression_names, shapes, weight, curves


def _without_jaw_shapes(player: ShapePlayer, curves: np.ndarray) -> np.ndarray:
    """Curves [T, N] with those of the shapes at zero that mostly move the jaw, which a bone then does."""
    if player.jaw_poses is None:
        return curves
    joint = player.retargeter.target.joint
    moves = [np.linalg.norm(joint.incisor_motion(pose)) > JAW_MOVES_MM for pose in player.jaw_poses]
    return np.where(moves, 0.0, curves)


def _with_jaw(player: Retargeter, shapes: np.ndarray, jaw_weight: np.ndarray) -> np.ndarray:
    """Shapes [E, V, 3] mm with the jaw's motion of each of the source's expressions."""
    source, target = player.source, player.target
    rest = target.mesh.vertices.astype(np.float64) * target.scale
    poses = player.jaw_poses
    if poses is None:
        carried = carry_jaw(source.joint, target.joint, curve_jaws(source))
        poses = [target.joint.pose(numbers) for numbers in carried]
    posed = [
        skin_with_jaw(rest + shape, pose, jaw_weight) - rest
        for shape, pose in zip(shapes, poses, strict=True)
    ]
    return np.array(posed, np.float32).reshape(shapes.shape)


def _max_value(base: Retargeter) -> float:
    """Largest value of a shape's curve."""
    return max(1.0, float(base.gain.max(initial=1.0)))


class _Scaled:
    """Rows of vertices or poses in millimetres, of rows in the mesh's units; of vertices only ``own`` [V]."""

    def __init__(self, rows: Sequence[np.ndarray], scale: float, own: np.ndarray | None = None):
        self._rows, self._scale, self._own = rows, scale, own

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> np.ndarray:
        row = np.array(self._rows[number], np.float64)
        if row.shape == (4, 4):
            row[:3, 3] *= self._scale
            return row
        return (row if self._own is None else row[self._own]) * self._scale
