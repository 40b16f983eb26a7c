# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of a fitted face's anatomy: thicker or thinner tissue, other bones; skin and all expressions follow.

The model's own formula does it (numpy only):

    s0'(c) = B'(c) + D'(c) N'(c),      e_i'(c) = A(c) (1 + (D'/D - 1) N N^T) e_i(c)

B follows the bone it lies on. Where it lies on none it is interpolated along the skin. A is the linear part of that
motion. Motion off the bone grows with the tissue, so that skin pressed to the bone keeps its distance in proportion, as
in retargeting. An edit always starts from the fitted anatomy, which the model keeps: edits never pile up.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..anatomy.tissue.range import TISSUE_RANGE
from ..errors import EditError
from ..geometry.membrane import Membrane
from ..model.aim import AimModel, Evaluated, FittedAnatomy

#: Range of the tissue about the fitted thickness.
RANGE = TISSUE_RANGE
#: Motion off the bone grows by this factor at most.
LARGEST_GROWTH = 2.0
#: The skin follows a bone below it exactly, but for this length about the border between two bones, mm.
BLEND_MM = 4.0
#: Weight of the learned jaw weight, where the weight of bone that lies below is 1.
JAW_PRIOR = 0.03
#: Bone vertices that moved by less have not moved, mm.
MOVED_MM = 1e-5
#: Bone vertices that stay within this of an affine map follow it, mm.
AFFINE_MM = 1e-4
#: A bone of which a larger fraction of the vertices kept its place was sculpted, not moved.
UNMOVED_FRACTION = 0.5
#: Vertices whose motion is averaged at a point of bone.
NEIGHBOURS = 4
#: Their weight is the inverse of the distance and this, mm.
NEIGHBOUR_MM = 0.1
#: Points whose neighbours are sought together, so that distances fit in memory.
BATCH = 1024


@dataclass(frozen=True)
class AnatomyEdit:
    """A change of the anatomy, measured from the fitted one.

    Attributes:
        thickness: [V] mm added to the soft tissue.
        skull, jaw: [N, 3] mm, the bones' vertices now; None as fitted.
    """

    thickness: np.ndarray
    skull: np.ndarray | None = None
    jaw: np.ndarray | None = None


def as_fitted(model: AimModel) -> AimModel:
    """The model without any edit of its anatomy."""
    fitted = model.fitted
    if fitted is None:
        return model
    return replace(
        model,
        neutral=model.neutral.with_vertices(fitted.neutral),
        skull=model.skull.with_vertices(fitted.skull),
        jaw=model.jaw.with_vertices(fitted.jaw),
        joint=fitted.joint,
        jaw_poses=fitted.jaw_poses,
        anatomy_detail=fitted.detail,
        carry=None,
        fitted=None,
    )


def edit_anatomy(model: AimModel, edit: AnatomyEdit, moves: "BoneMoves | None" = None) -> AimModel:
    """The model with its fitted anatomy changed as ``edit`` says; earlier edits are replaced.

    Args:
        model: edited before or not.
        edit: the change.
        moves: of the edit's bones, where they are known; finding them takes a second.

    Raises:
        EditError: arrays do not fit the model.
    """
    model = as_fitted(model)
    _check(model, edit)
    at = model.evaluate()
    moves = moves or BoneMoves.of(model, edit)
    thickness = limited_thickness(at.thickness, edit.thickness)
    linear, bone = moves.linear, moves.bone
    normal = np.einsum("vij,vj->vi", np.linalg.inv(linear).transpose(0, 2, 1), at.normal)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    skin = bone + thickness[:, None] * normal
    fitted = FittedAnatomy(
        model.neutral.vertices,
        model.skull.vertices,
        model.jaw.vertices,
        model.joint,
        model.jaw_poses,
        model.anatomy_detail,
    )
    joint = moves.joint(model.joint)
    return replace(
        model,
        neutral=model.neutral.with_vertices(skin),
        skull=model.skull if edit.skull is None else model.skull.with_vertices(edit.skull),
        jaw=model.jaw if edit.jaw is None else model.jaw.with_vertices(edit.jaw),
        joint=joint,
        jaw_poses=carried_poses(model.jaw_poses, model.joint, joint),
        anatomy_detail=_detail(model, thickness, normal),
        carry=_carry(linear, at, thickness),
        fitted=fitted,
    )


def limited_thickness(fitted: np.ndarray, added: np.ndarray) -> np.ndarray:
    """Thickness [V] mm with ``added`` [V], within the plausible range about the fitted one."""
    return np.clip(fitted + added, RANGE.lower_bound(fitted), RANGE.upper_bound(fitted))


def carried_poses(poses: np.ndarray, before: JawJoint, after: JawJoint) -> np.ndarray:
    """Jaw poses [E, 4, 4] as the same motions of a joint that was moved: same angles, slides in proportion."""
    size = after.length / before.length
    turn = after.left_front_up.T @ before.left_front_up
    change = np.eye(4)
    change[:3, :3] = size * turn
    change[:3, 3] = after.pivot - size * turn @ before.pivot
    return change @ np.asarray(poses, np.float64) @ np.linalg.inv(change)


def _check(model: AimModel, edit: AnatomyEdit) -> None:
    for name, given, need in (
        ("tissue", edit.thickness, (len(model.neutral.vertices),)),
        ("skull", edit.skull, model.skull.vertices.shape),
        ("jaw", edit.jaw, model.jaw.vertices.shape),
    ):
        if given is None:
            continue
        if np.shape(given) != need:
            raise EditError(
                f"The {name} of '{model.name}' has {np.shape(given)[0]:,} vertices now and {need[0]:,} in its model: "
                "undo what added or removed vertices, or fit again"
            )
        if not np.isfinite(given).all():
            raise EditError(f"The {name} of '{model.name}' has vertices without a place: repair it")


def _carry(linear: np.ndarray, at: Evaluated, thickness: np.ndarray) -> np.ndarray:
    """[V, 3, 3] float32, the linear map of a displacement."""
    growth = np.clip(thickness / np.maximum(at.thickness, 1e-3), RANGE.thinnest, LARGEST_GROWTH) - 1
    off = growth[:, None, None] * at.normal[:, :, None] * at.normal[:, None]
    return (linear @ (np.eye(3) + off)).astype(np.float32)


def _detail(model: AimModel, thickness: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """[V, 4] float32, residual of the network for the new thickness and normal."""
    values = model.features() @ model.heads[:, :4]
    length = np.linalg.norm(values[:, 1:4], axis=1, keepdims=True)
    wanted = np.column_stack([thickness, normal * np.maximum(length, 1.0)])
    return (wanted - values).astype(np.float32)


@dataclass(frozen=True)
class BoneMoves:
    """Motion of the skin's bone points with bones that moved.

    Attributes:
        bone: [V, 3] mm, the bone points now.
        linear: [V, 3, 3] the linear part of that motion.
        jaw_rest, jaw_now: [N, 3] mm, the jaw as fitted and now.
    """

    bone: np.ndarray
    linear: np.ndarray
    jaw_rest: np.ndarray
    jaw_now: np.ndarray

    @classmethod
    def of(cls, model: AimModel, edit: AnatomyEdit) -> "BoneMoves":
        """Of an edit of the fitted ``model``."""
        at = model.evaluate()
        rest = {"skull": model.skull.vertices, "jaw": model.jaw.vertices}
        now = {
            name: rest[name] if given is None else np.asarray(given, np.float64)
            for name, given in (("skull", edit.skull), ("jaw", edit.jaw))
        }
        count = len(at.skin)
        linear, bone = np.tile(np.eye(3), (count, 1, 1)), at.bone.astype(np.float64)
        if any(np.abs(now[name] - rest[name]).max(initial=0.0) > MOVED_MM for name in rest):
            maps = {name: affine(rest[name], now[name]) for name in rest}
            jaw_weight, residual = _follow(model, at, rest, now, maps)
            jaw_weight = jaw_weight[:, None]
            moved = {name: bone @ m[:, :3].T + m[:, 3] for name, m in maps.items()}
            bone = jaw_weight * moved["jaw"] + (1 - jaw_weight) * moved["skull"] + residual
            jaw_weight = jaw_weight[:, :, None]
            linear = jaw_weight * maps["jaw"][:, :3] + (1 - jaw_weight) * maps["skull"][:, :3]
        return cls(bone, linear, rest["jaw"], now["jaw"])

    def joint(self, joint: JawJoint) -> JawJoint:
        """The joint on the jaw as it is now."""
        points = np.array([joint.hinge_left, joint.hinge_right, joint.incisor], np.float64)
        if np.abs(self.jaw_now - self.jaw_rest).max(initial=0.0) > MOVED_MM:
            change = affine(self.jaw_rest, self.jaw_now)
            points = (
                points @ change[:, :3].T
                + change[:, 3]
                + _beyond_affine(points, self.jaw_rest, self.jaw_now, change)
            )
        return replace(joint, hinge_left=points[0], hinge_right=points[1], incisor=points[2])


def affine(rest: np.ndarray, now: np.ndarray) -> np.ndarray:
    """[3, 4] affine map that takes points [N, 3] nearest to others; the identity where most did not move.

    Where most vertices keep their place the others were sculpted, which is no motion of the bone.
    """
    unmoved = np.linalg.norm(now - rest, axis=1) < AFFINE_MM
    if unmoved.mean() > UNMOVED_FRACTION or len(rest) < 4:
        return np.eye(3, 4)
    middle = rest.mean(axis=0)
    design = np.column_stack([rest - middle, np.ones(len(rest))]).astype(np.float64)
    solved = np.linalg.lstsq(design, now, rcond=None)[0].T
    solved[:, 3] -= solved[:, :3] @ middle
    return solved


def _follow(
    model: AimModel,
    at: Evaluated,
    rest: dict[str, np.ndarray],
    now: dict[str, np.ndarray],
    maps: dict[str, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Jaw weight [V] of the bone points, and their motion [V, 3] mm beyond the affine maps."""
    on_bone = np.flatnonzero(at.on_bone)
    values = np.zeros((len(at.skin), 4))
    values[:, 0] = at.jaw_weight
    below = at.bone[on_bone]
    near = {name: nearest(below, points, 1)[1][:, 0] for name, points in rest.items()}
    on_jaw = near["jaw"] < near["skull"]
    values[on_bone, 0] = on_jaw
    for name, mine in (("jaw", on_jaw), ("skull", ~on_jaw)):
        values[on_bone[mine], 1:] = _beyond_affine(below[mine], rest[name], now[name], maps[name])
    weight = np.full(len(values), JAW_PRIOR)
    weight[on_bone] = np.maximum(model.bone_below[on_bone], JAW_PRIOR)
    membrane = Membrane(model.neutral.vertices, model.neutral.triangles)
    filled = membrane.fill(values, weight, BLEND_MM)
    return np.clip(filled[:, 0], 0.0, 1.0), filled[:, 1:]


def _beyond_affine(
    points: np.ndarray, rest: np.ndarray, now: np.ndarray, change: np.ndarray
) -> np.ndarray:
    """Motion [N, 3] mm of bone at points [N, 3] beyond the affine map ``change`` [3, 4], by its nearest vertices."""
    residual = now - (rest @ change[:, :3].T + change[:, 3])
    if not len(points) or np.abs(residual).max(initial=0.0) < AFFINE_MM:
        return np.zeros((len(points), 3))
    rows, distance = nearest(points, rest, min(NEIGHBOURS, len(rest)))
    weight = 1 / (distance + NEIGHBOUR_MM)
    return np.einsum("nk,nkc->nc", weight / weight.sum(axis=1, keepdims=True), residual[rows])


def nearest(points: np.ndarray, others: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers [N, count] of the ``others`` [M, 3] nearest to points [N, 3], and distances [N, count]."""
    middle = others.mean(axis=0)
    far = (others - middle).astype(np.float32)
    size = (far**2).sum(axis=1)
    rows, distances = [], []
    for start in range(0, max(len(points), 1), BATCH):
        near = (points[start : start + BATCH] - middle).astype(np.float32)
        apart = size - 2 * near @ far.T
        found = (
            apart.argmin(axis=1)[:, None]
            if count == 1
            else np.argpartition(apart, count - 1, axis=1)[:, :count]
        )
        rows.append(found)
        distances.append(np.linalg.norm(near[:, None] - far[found], axis=2))
    return np.concatenate(rows), np.concatenate(distances)
