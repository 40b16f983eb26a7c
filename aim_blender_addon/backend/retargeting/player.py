# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of a source played by a target: prepared once, then a few products of matrices each.

    d(c) = G(c) [ sum_i w_i(c) e_i(c) + A(c) R(m(c)) ]

with m the correspondence and w_i the source's local weights at m(c). e_i is the target's own expression of that name
if it has one, else the source's carried over. R is the residual of the weights on the source's skin, A the local frame
and G the gain. The jaw turns in the target's own joint, then contacts are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from ..contact.off_bone import OffBone
from ..geometry.rigid import move_rigidly
from ..geometry.skinning import skin_with_jaw
from ..model.aim import AimModel
from ..shape_names import same_sided
from .arkit_shapes import LEARNING, learn_from_scans
from .choices import MatchedBy
from .contacts import Contacts, make_contacts
from .correspondence import Correspondence, correspond
from .gains import Gains
from .jaw_motion import added_poses, carry_head, carry_jaw
from .match import is_another_motion, match_by_motion, match_by_name
from .performance import Frame, curve_jaws, mean_functions
from .retarget_face import RetargetFace
from .shape_table import Match, table_matrix
from .transfer import make_transfer, size_ratio

#: The jaw's controls beside the expressions: the joint's parameters (radians, mm, mm, mm) at one.
JAW_CONTROLS = {
    "jaw opens": (0.4, 0.0, 0.0, 0.0),
    "jaw forward": (0.0, 6.0, 0.0, 0.0),
    "jaw left": (0.0, 0.0, 8.0, 0.0),
    "jaw right": (0.0, 0.0, -8.0, 0.0),
}
#: Two fits of one motion of the jaw differ by this at the incisors, mm. A larger difference is another motion.
SAME_JAW_MM = 2.5
#: A jaw bone that moves no skin by more than this share moves teeth, and shapes move the skin.
ON_JAW = 0.3
#: A scan that moves the incisors farther than this, mm, is matched by motion, not by name.
JAW_MOVES_MM = 3.0


@dataclass(frozen=True)
class PlayedFrame:
    """One frame on the target, in the target mesh's own units and space.

    Attributes:
        vertices: [V, 3] float32.
        jaw, head: [4, 4].
        jaw_parameters: [4] in millimetres.
        curves: [N] of the target's shapes.
    """

    vertices: np.ndarray
    jaw: np.ndarray
    head: np.ndarray
    jaw_parameters: np.ndarray
    curves: np.ndarray


@dataclass(frozen=True)
class Retargeter:
    """A source and a target, prepared.

    Attributes:
        source, target: the faces.
        map: their correspondence.
        shapes: [E, S, 3] float32 mm, the source's expressions as the target makes them, before the jaw's skinning.
        own: [E] bool, the target's own expression of that name.
        jaw_weight: [S].
        own_jaw: [E, 4] what the target's own expressions add to the jaw that is carried over.
        jaw_poses: [E, 4, 4] mm of the target's jaw in the shapes that its scans taught it, or None. Curves then add
            these motions in the target's own joint.
        mean_functions: [E, K] makes one weight of an expression's local ones: means of the functions where it moves.
        functions: [S, K] float32 the source's functions at the target's vertices.
        carry: [3 S, 3 S'] maps the residual of the weights to the target.
        contacts: of eyes and lips.
        gains: of the motion.
        gain: [S] the same at the skin.
        size: target's size over the source's.
        columns: [S, E, 3] the shapes once more, by vertex.
        off_bone: keeps the target's skin off its bones and teeth; None where it has none.
    """

    source: RetargetFace
    target: RetargetFace
    map: Correspondence
    shapes: np.ndarray
    own: np.ndarray
    jaw_weight: np.ndarray
    own_jaw: np.ndarray
    mean_functions: np.ndarray
    functions: np.ndarray
    carry: sp.csr_matrix
    contacts: Contacts | None
    gains: Gains
    gain: np.ndarray
    size: float
    columns: np.ndarray
    jaw_poses: np.ndarray | None = None
    off_bone: OffBone | None = None

    @property
    def turn(self) -> np.ndarray:
        """[3, 3] rotation from the source's to the target's face axes."""
        return self.target.left_up_front.T @ self.source.left_up_front

    def play(self, frame: Frame) -> PlayedFrame:
        """A frame of the source on the target."""
        target = self.target
        local = self.functions @ frame.weights.T  # [S, E]
        moved = np.matmul(local[:, None], self.columns)[:, 0]
        if frame.residual is not None:
            moved = moved + (self.carry @ frame.residual.astype(np.float32).ravel()).reshape(-1, 3)
        jaw, parameters = self._jaw(frame)
        rest = target.skin.vertices.astype(np.float64)
        skin = skin_with_jaw(rest + self.gain[:, None] * moved, jaw, self.jaw_weight)
        if self.contacts is not None:
            skin = self.contacts.correct(frame.skin, skin)
        if self.off_bone is not None:
            skin = self.off_bone.held(skin, jaw, skin_with_jaw(rest, jaw, self.jaw_weight))
        return self._in_mesh(skin, jaw, frame, parameters, local.mean(axis=0))

    def _jaw(self, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
        """Pose [4, 4] mm of the jaw and its parameters [4]."""
        joint = self.target.joint
        if self.jaw_poses is not None:
            values = self.gains.jaw * frame.weights.mean(axis=1)
            pose = added_poses(joint, self.jaw_poses, values[None])[0]
            return pose, joint.parameters(pose)
        weights = (frame.weights * self.mean_functions).sum(axis=1)
        parameters = carry_jaw(self.source.joint, joint, frame.jaw_parameters)
        parameters = self.gains.jaw * (parameters + weights @ self.own_jaw)
        return joint.pose(parameters), parameters

    def _in_mesh(
        self,
        skin: np.ndarray,
        jaw: np.ndarray,
        frame: Frame,
        parameters: np.ndarray,
        curves: np.ndarray,
    ) -> PlayedFrame:
        """The frame with what is not skin, in the mesh's own units, and its head moved."""
        target = self.target
        everything = target.mesh.vertices.astype(np.float64) * target.scale
        everything = skin_with_jaw(everything, jaw, target.part_jaw)
        target.place(everything, skin)
        head = carry_head(frame.head, self.source.joint, target.joint, self.turn, self.size)
        vertices = move_rigidly(everything, head) / target.scale
        poses = [pose.copy() for pose in (jaw, head)]
        for pose in poses:
            pose[:3, 3] /= target.scale
        return PlayedFrame(vertices.astype(np.float32), *poses, parameters, curves)


def prepare(
    source: RetargetFace,
    target: RetargetFace,
    functions: np.ndarray,
    gains: Gains | None = None,
    contacts: bool = True,
    mapped: Correspondence | None = None,
    own_expressions: bool = True,
    jaw_weight: np.ndarray | None = None,
    scanned: AimModel | None = None,
) -> Retargeter:
    """What is common to all frames, prepared once.

    Args:
        source: a face with expressions.
        target: with or without.
        functions: [S', K] functions of the source's local weights.
        gains: of the motion.
        contacts: keep blinks and lip contacts.
        mapped: a stored correspondence.
        own_expressions: use the target's own expressions where they have the source's names; they must have the
            jaw's motion taken out, as a model's have.
        jaw_weight: [S] of a target whose rig has a jaw bone already.
        scanned: the target's model, where its scans shall teach it the expressions of a generic source.
    """
    gains = gains or Gains()
    mapped = mapped or correspond(source, target)
    transfer = make_transfer(source, target, mapped)
    shapes = transfer.displacements(source.displacements)
    own, own_jaw = np.zeros(len(shapes), bool), np.zeros((len(shapes), 4))
    jaw_poses = None
    if scanned is not None and scanned.expression_names:
        shapes, own, jaw_poses = _learn_expressions(source, target, scanned, shapes)
    elif own_expressions:
        _take_own_expressions(source, target, shapes, own, own_jaw)
    if jaw_weight is None and not (target.expression_names and own_expressions):
        jaw_weight = (
            transfer.jaw_weight()
        )  # scans taught the source its jaw weight, and the target has none
    elif jaw_weight is None:
        jaw_weight = target.jaw_weight
    at = mapped.points.interpolate(np.asarray(functions, np.float64)).astype(np.float32)
    carry = transfer.matrix()
    if target.free is not None and (target.free < 1).any():
        shapes *= target.free[:, None].astype(np.float32)
        jaw_weight = jaw_weight * target.free
        carry = (sp.diags(np.repeat(target.free, 3)) @ carry).astype(np.float32).tocsr()
    return Retargeter(
        source,
        target,
        mapped,
        shapes,
        own,
        jaw_weight,
        own_jaw,
        mean_functions(shapes, at),
        at,
        carry,
        make_contacts(source, target, mapped, shapes, own) if contacts else None,
        gains,
        gains.field(target.skin.vertices, target.landmarks, target.up).astype(np.float32),
        size_ratio(source, target),
        np.ascontiguousarray(shapes.transpose(1, 0, 2)),
        jaw_poses,
    )


@dataclass(frozen=True)
class ShapePlayer:
    """Plays on a character's own shape keys.

    Attributes:
        retargeter: source and target.
        names: N shapes of the character.
        shapes: [N, V, 3] their displacements, the mesh's units.
        table: which control moves which shape.
        matrix: [E + 4, N] the same as a matrix.
        shape_gain: [N] gain of the skin that each shape moves.
        max_values: [N] largest values of the shapes.
        jaw_weight: [V] of the jaw bone that the character's rig has; None where its shapes move the jaw.
        jaw_poses: [N, 4, 4] mm of the jaw within the shapes, or None.
        control_jaws: [E, 4] what the artist's shapes of the source's names add to the jaw that is carried over, or
            None; for a rig with a jaw bone.
    """

    retargeter: Retargeter
    names: tuple[str, ...]
    shapes: np.ndarray
    table: tuple[Match, ...]
    matrix: np.ndarray
    shape_gain: np.ndarray
    max_values: np.ndarray
    jaw_weight: np.ndarray | None = None
    jaw_poses: np.ndarray | None = None
    control_jaws: np.ndarray | None = None

    def play(self, frame: Frame) -> PlayedFrame:
        """A frame of the source on the character's shapes."""
        base = self.retargeter
        target = base.target
        weights = (frame.weights * base.mean_functions).sum(axis=1)
        controls = np.concatenate([weights, _jaw_controls(frame.jaw_parameters)])
        curves = np.clip(self.shape_gain * (controls @ self.matrix), 0.0, self.max_values)
        moved = np.tensordot(curves.astype(np.float32), self.shapes, 1)
        everything = (target.mesh.vertices + moved).astype(np.float64) * target.scale
        jaw, parameters = self._jaw(frame, weights, curves)
        if self.jaw_weight is not None:
            everything = skin_with_jaw(everything, jaw, self.jaw_weight)
        if base.contacts is not None:
            target.place(everything, base.contacts.correct(frame.skin, everything[target.rows]))
        head = carry_head(frame.head, base.source.joint, target.joint, base.turn, base.size)
        vertices = move_rigidly(everything, head) / target.scale
        poses = [pose.copy() for pose in (jaw, head)]
        for pose in poses:
            pose[:3, 3] /= target.scale
        return PlayedFrame(vertices.astype(np.float32), *poses, parameters, curves)

    def _jaw(
        self, frame: Frame, weights: np.ndarray, curves: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Pose [4, 4] mm of the jaw and its parameters [4]: what the shapes show, else what is carried over."""
        base, joint = self.retargeter, self.retargeter.target.joint
        if self.jaw_weight is None and self.jaw_poses is not None:
            pose = added_poses(joint, self.jaw_poses, curves[None])[0]
            return pose, joint.parameters(pose)
        parameters = carry_jaw(base.source.joint, joint, frame.jaw_parameters)
        if self.control_jaws is not None:
            parameters = parameters + weights @ self.control_jaws
        parameters = base.gains.jaw * parameters
        return joint.pose(parameters), parameters


def shape_player(
    retargeter: Retargeter,
    names: Sequence[str],
    shapes: np.ndarray,
    table: Sequence[Match] | None = None,
    by_curves: bool = False,
    max_values: np.ndarray | float = 1.0,
    jaw_weight: np.ndarray | None = None,
    jaw_poses: np.ndarray | None = None,
) -> ShapePlayer:
    """Shapes of a character matched with the source's controls: by name first, the others by motion.

    Args:
        retargeter: prepared for the character's neutral.
        names, shapes: N names and [N, V, 3] displacements in the mesh's units.
        table: edited by hand, instead.
        by_curves: curves of the source's expressions move the jaw, too.
        max_values: largest value of each shape [N], or of all.
        jaw_weight: [V] of the jaw bone, where the rig has one: it then moves the jaw, and the shapes do not, unless it
            moves teeth alone.
        jaw_poses: [N, 4, 4] mm of the jaw within the shapes, or None where nobody knows.
    """
    source, target = retargeter.source, retargeter.target
    controls = (*source.expression_names, *JAW_CONTROLS)
    if table is None:
        by_bone = jaw_weight is not None and jaw_weight[target.rows].max(initial=0) > ON_JAW
        table = match_controls(retargeter, names, shapes, by_curves, by_bone, max_values)
    motion = (shapes[:, target.rows].astype(np.float64) ** 2).sum(axis=2)  # [N, S]
    if retargeter.contacts is not None:
        retargeter = replace(retargeter, contacts=retargeter.contacts.of_own_shapes())
    return ShapePlayer(
        retargeter,
        tuple(names),
        np.ascontiguousarray(shapes, np.float32),
        tuple(table),
        table_matrix(table, controls, names),
        (motion @ retargeter.gain) / np.maximum(motion.sum(axis=1), 1e-12),
        np.broadcast_to(np.asarray(max_values, float), len(names)),
        jaw_weight,
        jaw_poses,
        None if jaw_poses is None else _control_jaws(source, target, names, jaw_poses),
    )


def match_controls(
    retargeter: Retargeter,
    names: Sequence[str],
    shapes: np.ndarray,
    by_curves: bool = False,
    jaw_bone: bool = False,
    max_values: np.ndarray | float = 1.0,
) -> list[Match]:
    """The table for a character's shapes [N, V, 3]: expressions by name, jaw and all others by motion.

    A shape of an expression's name that moves the skin in another way, or nothing, is not taken by its name.

    A solved jaw is separate from the expressions, so that its scans are matched by their motion without the jaw.
    With curves an expression moves the jaw itself and keeps its name. With a jaw bone no shape moves the jaw. No
    control drives a shape beyond ``max_values``.
    """
    by_curves = by_curves and not jaw_bone
    source, target = retargeter.source, retargeter.target
    jaws = curve_jaws(source)
    moves_jaw = [
        np.linalg.norm(source.joint.incisor_motion(source.joint.pose(jaw))) > JAW_MOVES_MM
        for jaw in jaws
    ]
    soft = [
        name
        for name, jaw in zip(source.expression_names, moves_jaw, strict=True)
        if by_curves or not jaw
    ]
    rest = target.skin.vertices.astype(np.float64)
    seen = retargeter.map.trust[:, None]
    target_motions = shapes[:, target.rows] * target.scale * seen

    def motion(number: int) -> np.ndarray:
        if not (by_curves and moves_jaw[number]):
            return retargeter.shapes[number]
        pose = target.joint.pose(carry_jaw(source.joint, target.joint, jaws[number]))
        return skin_with_jaw(rest + retargeter.shapes[number], pose, retargeter.jaw_weight) - rest

    places = {name: n for n, name in enumerate(source.expression_names)}
    columns = {name: n for n, name in enumerate(names)}
    named = [
        row
        for row in match_by_name(soft, names)
        if not is_another_motion(
            motion(places[row.source]) * seen,
            target_motions[columns[row.target]],
            shapes[columns[row.target]],
        )
    ]
    known = {row.source for row in named}
    motions = {
        name: motion(number)
        for number, name in enumerate(source.expression_names)
        if name not in known
    }
    for name, parameters in () if by_curves or jaw_bone else JAW_CONTROLS.items():
        pose = target.joint.pose(carry_jaw(source.joint, target.joint, np.array(parameters)))
        motions[name] = skin_with_jaw(rest, pose, retargeter.jaw_weight) - rest
    motions = {name: moved * seen for name, moved in motions.items()}
    return named + match_by_motion(motions, names, target_motions, max_values)


def with_likeness(player: ShapePlayer, by_curves: bool = False) -> list[Match]:
    """The rows of a player's table, with the likeness of motions also where names matched."""
    base = player.retargeter
    source, target = base.source, base.target
    rest = target.skin.vertices.astype(np.float64)
    jaws, rows = curve_jaws(source), []
    for row in player.table:
        if row.how == MatchedBy.NAME and row.source in source.expression_names:
            number = source.expression_names.index(row.source)
            moved = rest + base.shapes[number]
            if by_curves and player.jaw_weight is None:
                pose = target.joint.pose(carry_jaw(source.joint, target.joint, jaws[number]))
                moved = skin_with_jaw(moved, pose, base.jaw_weight)
            motion = moved - rest
            shape = player.shapes[player.names.index(row.target), target.rows].astype(np.float64)
            size = np.linalg.norm(motion) * np.linalg.norm(shape)
            row = replace(row, likeness=float((motion * shape).sum() / size) if size > 0 else 0.0)
        rows.append(row)
    return rows


def _take_own_expressions(
    source: RetargetFace,
    target: RetargetFace,
    shapes: np.ndarray,
    own: np.ndarray,
    own_jaw: np.ndarray,
) -> None:
    """Put the target's expressions of the source's names into ``shapes``, ``own`` and ``own_jaw`` of a Retargeter."""
    theirs = same_sided(source.expression_names, target.expression_names)
    for number, index in enumerate(theirs):
        if index is not None:
            shapes[number], own[number] = target.displacements[index], True
            poses = source.jaw_poses[number], target.jaw_poses[index]
            own_jaw[number] = _own_jaw(source, target, *poses)


def _learn_expressions(
    source: RetargetFace, target: RetargetFace, model: AimModel, shapes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``shapes``, ``own`` and ``jaw_poses`` of a Retargeter, as the target's scans say of a generic source's shapes."""
    jaws = carry_jaw(source.joint, target.joint, curve_jaws(source))
    names = source.expression_names
    learned, parameters, shown = learn_from_scans(model, target, names, shapes, jaws)
    own = shown.max(axis=0) >= LEARNING.shown_from
    poses = np.stack([target.joint.pose(numbers) for numbers in parameters])
    return learned.astype(np.float32), own, poses


def _control_jaws(
    source: RetargetFace, target: RetargetFace, names: Sequence[str], jaw_poses: np.ndarray
) -> np.ndarray:
    """[E, 4] what the jaw in the target's shapes of the source's names adds to the jaw that is carried over."""
    added = np.zeros((len(source.expression_names), 4))
    jaws = curve_jaws(source)
    for number, index in enumerate(same_sided(source.expression_names, names)):
        if index is not None and jaws[number].any() and (jaw_poses[index] != np.eye(4)).any():
            carried = carry_jaw(source.joint, target.joint, jaws[number])
            added[number] = target.joint.parameters(jaw_poses[index]) - carried
    return added


def _jaw_controls(parameters: np.ndarray) -> np.ndarray:
    """The jaw's controls [4], none negative, of a joint's parameters."""
    opening, forward, side, _shift = parameters
    sizes = [np.abs(p).max() for p in JAW_CONTROLS.values()]
    return np.maximum([opening, forward, side, -side], 0.0) / sizes


def _own_jaw(
    source: RetargetFace, target: RetargetFace, source_pose: np.ndarray, target_pose: np.ndarray
) -> np.ndarray:
    """[4] difference of the target expression's jaw from the jaw carried over from the source.

    The jaw of its own scan was removed from the target's expression, which becomes the scan with that jaw only. A
    larger difference than that of two fits of one motion is limited: the jaw then opens as the source's.
    """
    carried = carry_jaw(source.joint, target.joint, source.joint.parameters(source_pose))
    parameters = target.joint.parameters(target_pose)
    motion = [target.joint.incisor_motion(target.joint.pose(p)) for p in (parameters, carried)]
    difference = float(np.linalg.norm(motion[0] - motion[1]))
    return min(1.0, SAME_JAW_MM / max(difference, 1e-9)) * (parameters - carried)
