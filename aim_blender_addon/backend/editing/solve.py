# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face that follows handles: jaw, local weights, a local remainder, and the limits of bone and tissue.

The weights' increments are a Gaussian process with a covariance that ends at a distance, so that what is far from
all handles stays as it is, exactly. With few handles it is solved in their rows ("kriging"), jaw included:

    d(c) = sum_i (w_i + v_i(c)) e_i(c) + r(c),   v_i ~ GP(0, shown_i k),   jaw = start + sum_i u_i jaw_i + stray

u_i is v_i averaged over the chin: a scan's expression and its jaw come together unless the handles say otherwise.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg

from ..anatomy.joint import JawJoint
from ..errors import EditError
from ..geometry.laplacian import SurfaceOperator
from ..model.aim import AimModel
from ..model.skinning import move_rigidly, skin_with_jaw, undo_jaw
from ..performance.face import leave_one_out_doubt
from ..progress import Progress, silent
from .contact import BoneField, Bones
from .handles import Handles, Kind, Reached
from .kernels import AlongSkin, compact, nearness
from .limits import Projected, TissueLimits

#: The chin's skin, whose weights go with the jaw: that near to the lower incisors, mm.
CHIN_MM = 35.0
#: How closely handles are followed, mm.
NOISE_MM = 0.02
#: The jaw goes no farther than it can without pressing into skin that it does not carry by more than this, mm.
PRESS_MM = 8.0
#: Jaw weights below the first are taken for nothing, from the second on as they are: what is left of a fit at lids and
#: brows would let them tremble with the jaw.
NO_JAW, SOME_JAW = 0.02, 0.1
#: Shares of an edit that are tried when its skin finds no lawful place.
LESS = (0.5, 0.2, 0.0)
#: Rounds in which the local remainder takes handles on that bone and tissue have moved.
BULGES = 3
#: Handles that miss by no more are reached, mm.
CLOSE_ENOUGH_MM = 0.1


@dataclass(frozen=True)
class EditSettings:
    """How an edit is solved.

    Attributes:
        reach_mm: how far the weights at two points are alike: wide and fine, which are added.
        share: variance of both.
        around: skin this near to a handle moves freely, and skin farther than that from all of them not at all;
            in lengths of the jaw (90 mm in an adult), so that a child's face is edited alike.
        misfit_mm: how closely the weights follow the handles; the remainder does the rest.
        weight_limits: weights stay between these.
        jaw_stray_mm: how far the jaw usually strays from what the weights' scans tell.
        idle: weight below which an expression counts as not shown.
        remainder: whether what the expressions cannot reach is reached by a local bulge.
        remainder_mm: length over which that fades (the falloff), and its largest size.
        steps: Gauss-Newton steps.
    """

    reach_mm: tuple[float, float] = (600.0, 80.0)
    share: tuple[float, float] = (1.0, 0.05)
    around: tuple[float, float] = (0.33, 0.76)
    misfit_mm: float = 0.2
    weight_limits: tuple[float, float] = (-0.5, 1.5)
    jaw_stray_mm: float = 1.0
    idle: float = 0.1
    remainder: bool = True
    remainder_mm: float = 10.0
    steps: int = 4


@dataclass(frozen=True)
class Start:
    """The expression an edit starts from: weights [V, E] and jaw parameters [4]; remainder [V, 3] mm, unposed."""

    weights: np.ndarray
    jaw: np.ndarray
    remainder: np.ndarray


@dataclass(frozen=True)
class Edit:
    """An edited face.

    Attributes:
        vertices: [V, 3] mm, head space.
        weights: [V, E] local weights.
        jaw: [4] joint parameters.
        remainder: [V, 3] mm, what is added before the skinning: local bulge, and what bone and tissue enforced.
        left_mm: [M] how far each handle is from its goal.
        reached: [M] of :class:`.handles.Reached`.
        way_mm: [M] how far its goal was from the start.
    """

    vertices: np.ndarray
    weights: np.ndarray
    jaw: np.ndarray
    remainder: np.ndarray
    left_mm: np.ndarray
    reached: np.ndarray
    way_mm: np.ndarray


class EditableFace:
    """A model made ready for editing; takes some seconds once, and serves any number of edits.

    Raises:
        EditError: the model has no bones.
    """

    def __init__(
        self,
        model: AimModel,
        settings: EditSettings | None = None,
        progress: Progress = silent,
    ):
        if not len(model.skull.face_sizes) or not len(model.jaw.face_sizes):
            raise EditError(
                f"'{model.name}' has no bones to hold the skin: fit it again with skull and jaw, "
                "or with estimated bones"
            )
        at = model.evaluate()
        self.model, self.settings = model, settings or EditSettings()
        self.rest = at.skin.astype(np.float64)
        self.displacements = at.displacements.astype(np.float64).transpose(1, 2, 0)  # [V, 3, E]
        self.jaw_weight = at.jaw_weight.astype(np.float64)
        share = np.clip((self.jaw_weight - NO_JAW) / (SOME_JAW - NO_JAW), 0, 1)
        self.carried = self.jaw_weight * share * share * (3 - 2 * share)
        self.joint: JawJoint = model.joint
        jaws = [model.joint.parameters(jaw) for jaw in model.jaw_poses]
        self.scan_jaws = np.array(jaws).reshape(-1, 4)
        progress("Measuring the distance to the skull", 0.05, {})
        skull = BoneField.of(model.skull, self.rest)
        progress("Measuring the distance to the jaw", 0.55, {})
        self.bones = Bones(skull, BoneField.of(model.jaw, self.rest))
        progress("Finding the limits of the tissue", 0.8, {})
        self.limits = TissueLimits.of(model, self.bones)
        progress("Preparing the skin", 0.95, {})
        self.operator = SurfaceOperator.of(self.rest, model.neutral.triangles)
        self.along_skin = AlongSkin(self.operator, self.rest, self.settings.remainder_mm)
        self.chin = self._chin()
        self._taken_along = np.flatnonzero((self.jaw_weight > 0.02) & (self.jaw_weight < 0.98))[::2]
        self._columns = np.ascontiguousarray(self.displacements.transpose(0, 2, 1), np.float32)

    def start(self, weights: np.ndarray | None = None, jaw: np.ndarray | None = None) -> Start:
        """The start from weights [E] or [V, E] (none: rest), with the jaw [4] that the scans say or that is given.

        Raises:
            EditError: shapes do not fit the model.
        """
        count, expressions = len(self.rest), len(self.scan_jaws)
        weights = np.zeros(expressions) if weights is None else np.asarray(weights, np.float64)
        if weights.shape not in ((expressions,), (count, expressions)):
            raise EditError(
                f"The start's weights have shape {weights.shape}; '{self.model.name}' has {expressions} "
                f"expressions and {count} vertices"
            )
        if jaw is None:
            mean = weights if weights.ndim == 1 else weights[self.chin].mean(axis=0)
            jaw = mean @ self.scan_jaws
        jaw = np.asarray(jaw, np.float64)
        if jaw.shape != (4,):
            raise EditError("The start's jaw is not four numbers: opening, forward, side, shift")
        weights = np.broadcast_to(weights, (count, expressions)).copy()
        return Start(weights, self.joint.within_limits(jaw), np.zeros((count, 3)))

    def displacement(self, weights: np.ndarray) -> np.ndarray:
        """Unposed displacement [V, 3] of local weights [V, E]."""
        return np.matmul(weights.astype(np.float32)[:, None], self._columns)[:, 0].astype(float)

    def posed(self, start: Start) -> np.ndarray:
        """Skin [V, 3] mm, head space."""
        shape = self.rest + self.displacement(start.weights) + start.remainder
        return skin_with_jaw(shape, self.joint.pose(start.jaw), self.jaw_weight)

    def covariance(self, points: np.ndarray) -> np.ndarray:
        """How alike weights are at the vertices and at points [M, 3] mm of the neutral, [V, M]."""
        pairs = zip(self.settings.share, self.settings.reach_mm, strict=True)
        return sum(share * compact(self.rest, points, reach) for share, reach in pairs)

    @cached_property
    def covariance_with_chin(self) -> np.ndarray:
        """The same for the points of the chin, [V, N]."""
        return self.covariance(self.rest[self.chin])

    @cached_property
    def doubt(self) -> np.ndarray:
        """How far [V] mm the scans usually miss each other; see ``performance.face``."""
        return leave_one_out_doubt(self.displacements)

    def carried_by(self, pose: np.ndarray, shape: np.ndarray) -> np.ndarray:
        """Shape [V, 3] taken along by a jaw pose [4, 4], without the weights that are noise."""
        return skin_with_jaw(shape, pose, self.carried)

    def lawful(self, shape: np.ndarray, pose: np.ndarray) -> np.ndarray:
        """Skin [V, 3] mm under a jaw pose [4, 4], brought within the limits everywhere."""
        everything = np.ones(len(shape), bool)
        return self.limits.project(shape, pose, everything, self.carried_by(pose, self.rest)).points

    def grab(self, handles: Handles, start: Start | None = None) -> "Drag":
        """The handles taken hold of: what all positions of them share is worked out here."""
        return Drag(self, handles, start or self.start())

    def jaw_within_reach(self, jaw: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Parameters [4] on the way from ``start`` [4] to ``jaw`` [4] as far as joint and skin let the jaw go."""
        wanted = self.joint.within_limits(jaw)
        low, high = 0.0, 1.0
        if self._pressed(wanted) <= PRESS_MM:
            return wanted
        for _ in range(6):
            middle = (low + high) / 2
            if self._pressed(start + middle * (wanted - start)) <= PRESS_MM:
                low = middle
            else:
                high = middle
        return start + low * (wanted - start)

    def _pressed(self, jaw: np.ndarray) -> float:
        """How far the skin at rest would be in the bones if the jaw took it along as it is, mm."""
        pose, rows = self.joint.pose(jaw), self._taken_along
        shape = skin_with_jaw(self.rest[rows], pose, self.jaw_weight[rows])
        away = self.bones.distances(shape, pose)
        return float(self.limits.excess(away, rows).amount.max(initial=0.0))

    def _chin(self) -> np.ndarray:
        near = np.linalg.norm(self.rest - self.joint.incisor, axis=1)
        chosen = np.flatnonzero((near < max(CHIN_MM, near.min() + 1)) & (self.jaw_weight > 0.5))
        if not len(chosen):
            chosen = np.argsort(near)[:1]
        return chosen[:: max(1, len(chosen) // 100)]


@dataclass
class Drag:
    """One set of handles on one start; :meth:`solve` follows the mouse."""

    face: EditableFace
    handles: Handles
    begun: Start

    def __post_init__(self):
        face, settings, rows = self.face, self.face.settings, self.handles.vertices
        points = face.rest[rows]
        pose = face.joint.pose(self.begun.jaw)
        self._before = face.lawful(face.posed(self.begun), pose)
        self._before_field = face.displacement(self.begun.weights) + self.begun.remainder
        begun = face.carried_by(pose, face.rest + self._before_field)
        self._offset = self._before - begun
        self._before_in_jaw = (self._before - pose[:3, 3]) @ pose[:3, :3]
        self._slack = face.limits.slack(face.bones.distances(self._before, pose))
        around = nearness(
            face.rest, points, *(face.joint.length * np.array(settings.around))
        )  # [V]
        self._columns = around[:, None] * around[rows] * face.covariance(points)  # [V, M]
        self._chin_column = (
            around * (face.covariance_with_chin @ around[face.chin]) / len(face.chin)
        )
        self._chin_variance = self._chin_column[face.chin].mean()
        self._chin_near = around[face.chin].mean() ** 2
        self._local = face.along_skin.columns(rows) if settings.remainder else None

    def solve(self, positions: np.ndarray | None = None) -> Edit:
        """The face with the handles at ``positions`` [M, 3] mm (by default their own)."""
        face, settings = self.face, self.face.settings
        handles = self.handles if positions is None else self.handles.moved_to(positions)
        rows, points = handles.vertices, face.rest[self.handles.vertices]
        against = handles.contradictions(self._before[rows], points)
        jaw, gains = self._weights(handles, settings.misfit_mm + against)
        noise = NOISE_MM + against
        for share in (1.0, *LESS):
            tried = self.begun.jaw + share * (jaw - self.begun.jaw)
            weights = self.begun.weights + share * gains
            weights = np.clip(weights, *self._limits_of(self.begun.weights))
            pose = face.joint.pose(tried)
            done = self._shaped(handles, weights, pose, noise, share)
            if done.lawful:
                break
        return self._finished(handles, done, weights, tried, pose, against)

    def _shaped(
        self,
        handles: Handles,
        weights: np.ndarray,
        pose: np.ndarray,
        noise: np.ndarray,
        share: float,
    ) -> Projected:
        """Skin within its limits, with the local remainder that takes the handles on."""
        face, rows = self.face, handles.vertices
        unposed = face.rest + face.displacement(weights) + self.begun.remainder
        safe = face.carried_by(pose, face.rest)
        bulge = np.zeros((len(rows), 3))
        if self._local is not None:
            places = skin_with_jaw(unposed[rows], pose, face.carried[rows]) + self._offset[rows]
            bulge = self._bulge(bulge, share * handles.miss(places), pose, noise)
        for _ in range(BULGES if self._local is not None and share else 1):
            shape = unposed if not bulge.any() else unposed + self._local @ bulge
            shape = face.carried_by(pose, shape) + self._offset
            done = face.limits.project(shape, pose, self._in_question(shape, pose), safe)
            left = share * handles.miss(done.points[rows])
            blocked = np.abs(done.pushed[rows]) > 1e-3
            left[blocked] = 0.0
            if self._local is None or (np.linalg.norm(left, axis=1) < CLOSE_ENOUGH_MM / 2).all():
                break
            bulge = self._bulge(bulge, left, pose, noise)
        return done

    def _in_question(self, shape: np.ndarray, pose: np.ndarray) -> np.ndarray:
        """Which vertices [V] bool may have left their limits: a distance changes by no more than a point moves."""
        moved = shape - self._before
        way = np.einsum("vc,vc->v", moved, moved)
        back = (shape - pose[:3, 3]) @ pose[:3, :3] - self._before_in_jaw
        way = np.sqrt(np.maximum(way, np.einsum("vc,vc->v", back, back)))
        return (way > 1e-6) & (way > self._slack)

    def _limits_of(self, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        low, high = self.face.settings.weight_limits
        return np.minimum(low, start), np.maximum(high, start)

    def _weights(self, handles: Handles, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Jaw parameters [4] and the weights' increments [V, E]."""
        face, settings = self.face, self.face.settings
        rows, count = handles.vertices, len(handles)
        points, share = face.rest[rows], face.carried[rows]
        e, scans = face.displacements[rows], face.scan_jaws
        local, chin = self._columns[rows], self._chin_column[rows]
        unit = np.array([face.joint.length, 1.0, 1.0, 1.0])
        stray = np.diag((settings.jaw_stray_mm / unit) ** 2) * self._chin_near
        before = self._before_field[rows]
        jaw, moved = self.begun.jaw, before.copy()
        shown, fixed = np.ones(len(scans)), False
        flat = handles.kinds == Kind.PLANE
        toward = np.repeat(np.eye(3)[None], count, axis=0)  # what of each row counts
        toward[flat] = handles.normals[flat, :, None] * handles.normals[flat, None]
        for _ in range(settings.steps):
            matrices = [
                face.joint.pose(jaw + d) for d in np.vstack([np.zeros(4), 1e-5 * np.eye(4)])
            ]
            shape = points + moved
            there = [move_rigidly(shape, matrix) for matrix in matrices]
            at = shape + share[:, None] * (there[0] - shape)
            by_field = np.eye(3) + share[:, None, None] * (matrices[0][:3, :3] - np.eye(3))
            by_jaw = np.stack([share[:, None] * (t - there[0]) / 1e-5 for t in there[1:]], axis=2)
            left = handles.positions - self._offset[rows] - at
            left += np.einsum("mab,mb->ma", by_field, moved - before)
            left += by_jaw @ (jaw - self.begun.jaw)
            by_field, by_jaw = toward @ by_field, toward @ by_jaw
            left = np.einsum("mab,mb->ma", toward, left)
            if fixed:
                left = left - by_jaw @ (jaw - self.begun.jaw)
            columns = by_field @ e  # [M, 3, E]
            flat_columns = columns.reshape(3 * count, -1)
            jaws = by_jaw.reshape(3 * count, 4)
            system = np.repeat(np.repeat(local, 3, 0), 3, 1) * (
                (flat_columns * shown) @ flat_columns.T
            )
            if not fixed:
                mixed = ((flat_columns * shown) @ scans) @ jaws.T * np.repeat(chin, 3)[:, None]
                own = self._chin_variance * (scans.T * shown) @ scans + stray
                system += mixed + mixed.T + jaws @ own @ jaws.T
            system[np.diag_indices(3 * count)] += np.repeat(noise**2, 3)
            factor = scipy.linalg.cho_factor(system, lower=True, check_finite=False)
            pull = scipy.linalg.cho_solve(factor, left.ravel(), check_finite=False)
            by_point = np.einsum("md,mde->me", pull.reshape(count, 3), columns)  # [M, E]
            by_chin = np.zeros(len(scans)) if fixed else scans @ (jaws.T @ pull)
            at_handles = shown * (local @ by_point + chin[:, None] * by_chin)
            of_jaw = shown * (chin @ by_point + self._chin_variance * by_chin)
            moved = before + np.einsum("me,mce->mc", at_handles, e)
            last = shown
            if not fixed:
                wanted = self.begun.jaw + of_jaw @ scans + stray @ (jaws.T @ pull)
                jaw = face.jaw_within_reach(wanted, self.begun.jaw)
                fixed = bool(np.abs((jaw - wanted) * unit).max() > 1e-6)
            shown = np.minimum(1.0, (at_handles**2).max(axis=0) + of_jaw**2 + settings.idle**2)
        gains = last * (self._columns @ by_point + self._chin_column[:, None] * by_chin)
        return jaw, gains

    def _bulge(
        self, bulge: np.ndarray, left: np.ndarray, pose: np.ndarray, noise: np.ndarray
    ) -> np.ndarray:
        """Coefficients [M, 3] of the local remainder that takes the handles on by ``left`` [M, 3], as far as it may."""
        face, rows = self.face, self.handles.vertices
        local = self._local[rows]
        turn = np.eye(3) + face.carried[rows, None, None] * (pose[:3, :3] - np.eye(3))
        wanted = local @ bulge + np.linalg.solve(turn, left[:, :, None])[:, :, 0]
        length = np.linalg.norm(wanted, axis=1, keepdims=True)
        wanted *= np.minimum(1.0, face.settings.remainder_mm / np.maximum(length, 1e-9))
        system = local + np.diag((noise / face.settings.remainder_mm) ** 2 + 1e-9)
        return np.linalg.solve(system, wanted)

    def _finished(
        self,
        handles: Handles,
        done: Projected,
        weights: np.ndarray,
        jaw: np.ndarray,
        pose: np.ndarray,
        against: np.ndarray,
    ) -> Edit:
        face, rows, shape, pushed = self.face, handles.vertices, done.points, done.pushed
        unposed = undo_jaw(shape, pose, face.jaw_weight)
        left = np.linalg.norm(handles.miss(shape[rows]), axis=1)
        reason = np.full(len(handles), Reached.TISSUE)
        farther = jaw + 0.02 * (jaw - self.begun.jaw)
        held = np.abs(face.jaw_within_reach(farther, self.begun.jaw) - farther).max() > 1e-6
        reason[held & (face.jaw_weight[rows] > 0.5)] = Reached.JAW
        reason[pushed[rows] < -1e-3] = Reached.THICK
        reason[pushed[rows] > 1e-3] = Reached.THIN
        away = face.bones.distances(shape[rows], pose)
        touching = (away < face.limits.floor[rows] + CLOSE_ENOUGH_MM).any(axis=1)
        reason[(pushed[rows] > 1e-3) & touching] = Reached.BONE
        reason[against > 0] = Reached.CONTRADICTED
        reason[left <= CLOSE_ENOUGH_MM] = Reached.REACHED
        way = np.linalg.norm(handles.miss(self._before[rows]), axis=1)
        remainder = unposed - face.rest - face.displacement(weights)
        return Edit(shape, weights, jaw, remainder, left, reason, way)
