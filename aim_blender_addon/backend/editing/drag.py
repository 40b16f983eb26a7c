# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face that follows handles: jaw, local weights, a local remainder, and the limits of bone and tissue.

    d(c) = sum_i (w_i + v_i(c)) e_i(c) + r(c)

with the weights' increments v and the jaw of :mod:`.weights`, and r what they cannot reach and what bone enforces.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..contact.parting import parted
from ..geometry.skinning import skin_with_jaw, undo_jaw
from .editable_face import EditableFace, EditState
from .handle_states import HandleState
from .handles import FARTHEST_MM, Handles
from .known_slack import KnownSlack
from .last_pushes import LastPushes
from .limits import TOUCHING_MM
from .projection import TOLERANCE_MM, Projected, look_roughly, project
from .settings import EditSettings
from .surroundings import with_surroundings
from .weights import WeightsSolver

#: Sigma with which the bulge follows the handles, mm.
HANDLE_MM = 0.02
#: Fractions of an edit that are tried, the first first, until its skin is feasible.
FRACTIONS = (1.0, 0.5, 0.2, 0.0)
#: Rounds of parting lips and lids: bones that push skin may bring rims through each other again
#: (docs/method/sculpt.md, "Lips and lids").
PARTING_ROUNDS = 3
#: Rounds in which the bulge goes on with handles that bone and tissue have pushed (docs/decisions/tried-sculpt.md).
BULGE_ROUNDS = 3
#: The rounds end when one leaves more than this fraction of the smallest largest residual so far.
PROGRESS = 0.8
#: A smaller last residual is closed by the handles' points alone, with the skin next to them, mm.
ALONE_MM = 1.0
#: How far the jaw parts skin that follows it from skin that does not, jaw lengths (45 mm in an adult).
JAW_PARTS = 0.5
#: Handles with a smaller residual have reached their goal, mm.
REACHED_MM = 0.1
#: The bulge aims at this residual, mm.
AIMED_MM = REACHED_MM / 2
#: Skin that was pushed by more than this was pushed, mm.
PUSHED_MM = 1e-3
#: A goal is infeasible when it is outside its limits by more than this, mm.
INFEASIBLE_MM = 10 * TOLERANCE_MM
#: Skin that is feasible in the initial state has at least this slack, mm.
LEAST_SLACK_MM = 1e-6
#: The jaw is tried this fraction farther to see whether a limit stops it,
FARTHER = 0.02
#: and is stopped where its parameters then change by more than this, radians or mm.
STOPPED = 1e-6
#: Skin with a larger jaw weight may be held back by the jaw's limits.
ON_JAW = 0.5


@dataclass(frozen=True)
class Edit:
    """An edited face.

    Attributes:
        vertices: [V, 3] mm, head space.
        weights: [V, E] local weights.
        jaw: [4] joint parameters.
        remainder: [V, 3] mm, added before the skinning: the bulge, and what bone and tissue enforced.
        residual_mm: [M] distance of each handle's point from its goal.
        states: [M] of :class:`.handle_states.HandleState`.
        goal_distance_mm: [M] distance of each goal from the point in the initial state.
        unfinished: whether a solve that is not quick may get a handle farther, or be smoother.
    """

    vertices: np.ndarray
    weights: np.ndarray
    jaw: np.ndarray
    remainder: np.ndarray
    residual_mm: np.ndarray
    states: np.ndarray
    goal_distance_mm: np.ndarray
    unfinished: bool = False


@dataclass(frozen=True)
class _Posed:
    """A jaw that is tried, and the expressions' shape under it.

    Attributes:
        jaw: [4] parameters.
        pose: [4, 4].
        moved: [V, 3] mm, displacement of the weights.
        safe: [V, 3] mm, the rest under that jaw.
        fraction: of the edit.
        sigma: [M] mm, how closely the bulge follows the handles.
        quick: whether only one round is made.
        last: what was pushed before.
    """

    jaw: np.ndarray
    pose: np.ndarray
    moved: np.ndarray
    safe: np.ndarray
    fraction: float
    sigma: np.ndarray
    quick: bool
    last: LastPushes


@dataclass(frozen=True)
class _Shaped:
    """Skin within its limits.

    Attributes:
        done: the skin.
        blocked: [M] bool, handles that the other side of an opening stopped.
        unfinished: as of :class:`Edit`.
    """

    done: Projected
    blocked: np.ndarray
    unfinished: bool = False


class Drag:
    """One set of handles on one initial state; :meth:`solve` follows the mouse.

    Attributes:
        face: the prepared model.
        handles: as they were grabbed.
        initial: the state that the edit starts from.
        settings: of the edit.
    """

    def __init__(
        self,
        face: EditableFace,
        handles: Handles,
        initial: EditState | None = None,
        settings: EditSettings | None = None,
    ):
        self.face, self.handles = face, handles
        self.initial = initial = initial or face.initial_state()
        self.settings = settings = settings or EditSettings()
        rows, pose = handles.vertices, face.joint.pose(initial.jaw)
        posed = face.posed(initial)
        known = KnownSlack.nothing(posed, pose)
        safe = face.skinned(pose, face.rest)
        self._before = project(face.limits, posed, pose, safe, known).points
        displacement = face.displacement(initial.weights) + initial.remainder
        self._offset = self._before - face.skinned(pose, face.rest + displacement)
        bone_distance = face.bones.distances(self._before, pose)
        slack = face.limits.slack(bone_distance, np.arange(len(bone_distance)))
        slack = np.maximum(slack, LEAST_SLACK_MM)  # it was projected
        self._openings = face.openings.pulled_at(face.rest, rows, self._before)
        self._known = known.next_to(self._before, pose, slack)
        look_roughly(face.limits, self._before, pose, safe, self._known)
        lower, upper = settings.weight_limits
        self._bounds = np.minimum(lower, initial.weights), np.maximum(upper, initial.weights)
        self._weights = WeightsSolver(face, handles, initial, displacement, settings)
        self._last = LastPushes(face.limits, self._before)
        self._local = None
        if settings.remainder:
            self._local = face.along_skin(settings.falloff_mm).columns(rows)

    def solve(self, positions: np.ndarray | None = None, quick: bool = False) -> Edit:
        """The face with the handles at ``positions`` [M, 3] mm (by default their own).

        Args:
            positions: of the handles.
            quick: for a mouse that moves on. The answer starts from the last quick one, takes one round and is not
                smoothed; edges may lie in bone by some tenths of a millimetre. ``Edit.unfinished`` says whether a
                whole solve would change it. That one depends on the positions alone.
        """
        face, initial = self.face, self.initial
        handles = self.handles if positions is None else self.handles.moved_to(positions)
        rows, points = handles.vertices, face.rest[self.handles.vertices]
        parts = JAW_PARTS * face.joint.length * face.clean_jaw_weight[rows]
        against = handles.contradictions(self._before[rows], points, parts)
        sigma = self.settings.weights_mm + against
        jaw, increments = self._weights.solve(handles, self._offset[rows], sigma)
        for fraction in FRACTIONS:
            weights = initial.weights + fraction * increments
            np.clip(weights, *self._bounds, out=weights)
            part = initial.jaw + fraction * (jaw - initial.jaw)
            tried = self._posed(part, weights, fraction, HANDLE_MM + against, quick)
            shaped = self._shaped(handles, tried)
            if shaped.done.feasible:
                break
        done = shaped.done
        residual, states = self._judged(handles, shaped, tried, against)
        remainder = undo_jaw(done.points, tried.pose, face.jaw_weight) - face.rest - tried.moved
        goal_distance = np.linalg.norm(handles.residual(self._before[rows]), axis=1)
        return Edit(
            done.points,
            weights,
            tried.jaw,
            remainder,
            residual,
            states,
            goal_distance,
            shaped.unfinished,
        )

    def _posed(
        self, jaw: np.ndarray, weights: np.ndarray, fraction: float, sigma: np.ndarray, quick: bool
    ) -> _Posed:
        """Weights [V, E] under a jaw [4]; the rest as of :class:`_Posed`."""
        face, pose = self.face, self.face.joint.pose(jaw)
        moved, safe = face.displacement(weights), face.skinned(pose, face.rest)
        last = self._last if quick else LastPushes(face.limits, self._before, fades=False)
        return _Posed(jaw, pose, moved, safe, fraction, sigma, quick, last)

    def _shaped(self, handles: Handles, tried: _Posed) -> _Shaped:
        """Skin within its limits, with the bulge that takes the handles on."""
        unposed = self.face.rest + tried.moved + self.initial.remainder
        if self._local is None:
            return self._feasible(self.face.skinned(tried.pose, unposed) + self._offset, tried)
        best, smallest, residual = self._bulged(handles, tried, unposed)
        if tried.quick:
            return replace(best, unfinished=bool(smallest > AIMED_MM) or best.unfinished)
        if AIMED_MM < smallest < ALONE_MM:
            return self._closed_alone(handles, tried, best, residual, smallest)
        return best

    def _bulged(
        self, handles: Handles, tried: _Posed, unposed: np.ndarray
    ) -> tuple[_Shaped, float, np.ndarray]:
        """The best of some rounds of bulging unposed skin [V, 3] mm; its largest residual; all of them [M, 3] mm."""
        face, rows, pose = self.face, handles.vertices, tried.pose
        near = handles.projected(face.limits, pose, np.ones(len(face.rest), bool))
        points = skin_with_jaw(unposed[rows], pose, face.clean_jaw_weight[rows])
        first = tried.fraction * near.residual(points + self._offset[rows])
        bulge = self._bulge(np.zeros((len(rows), 3)), first, tried)
        best, smallest, remaining = None, np.inf, None
        for _ in range(BULGE_ROUNDS if tried.fraction and not tried.quick else 1):
            shape = unposed if not bulge.any() else unposed + self._local @ bulge
            found = self._feasible(face.skinned(pose, shape) + self._offset, tried)
            residual, largest = self._residual(handles, found.done, tried)
            stalled = largest > PROGRESS * smallest
            if best is None or largest < smallest:
                best, smallest, remaining = found, largest, residual
            if smallest < AIMED_MM or stalled:
                break
            bulge = self._bulge(bulge, residual, tried)
        return best, smallest, remaining

    def _closed_alone(
        self, handles: Handles, tried: _Posed, best: _Shaped, residual: np.ndarray, smallest: float
    ) -> _Shaped:
        """The skin with the last residual [M, 3] mm closed by the points alone, if that is better."""
        face = self.face
        moved = with_surroundings(face.limits, handles.vertices, residual)
        shape = best.done.points + moved
        done = project(face.limits, shape, tried.pose, tried.safe, self._known, soft=False)
        if self._residual(handles, done, tried)[1] < smallest:
            done = replace(done, pushed=done.pushed + best.done.pushed)
            return replace(best, done=done)
        return best

    def _feasible(self, shape: np.ndarray, tried: _Posed) -> _Shaped:
        """Posed skin [V, 3] mm with lips and lids parted, within the limits of bone and tissue."""
        limits, known, quick = self.face.limits, self._known, tried.quick
        shape, blocked = self._parted(shape)
        moved, pushed = tried.last.on(shape, tried.safe)
        done = project(limits, shape + moved, tried.pose, tried.safe, known, quick=quick)
        unfinished = quick and (done.creased or done.left or bool(moved.any()))
        again, done = done.pushed, replace(done, pushed=done.pushed + pushed)
        for _ in range(0 if quick else PARTING_ROUNDS - 1):
            apart, stopped = self._parted(done.points)
            if apart is done.points:
                break
            blocked |= stopped
            later = project(limits, apart, tried.pose, tried.safe, known)
            if done.feasible and not later.feasible:
                break
            done = replace(later, pushed=later.pushed + done.pushed)
        tried.last.keep(shape, tried.safe, done, again)
        return _Shaped(done, blocked, unfinished)

    def _parted(self, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Skin [V, 3] mm with lips and lids parted, itself where they are; handles [M] bool that this stopped."""
        apart = parted(shape, self._openings)
        if apart is None:
            return shape, np.zeros(len(self.handles), bool)
        moved = np.linalg.norm(apart[self.handles.vertices], axis=1)
        return shape + apart, moved > REACHED_MM

    def _residual(
        self, handles: Handles, done: Projected, tried: _Posed
    ) -> tuple[np.ndarray, float]:
        """Residuals [M, 3] mm to feasible goals, and the longest; far more for infeasible skin."""
        residual = tried.fraction * handles.residual(done.points[handles.vertices])
        residual[self._infeasible(done, residual, tried.pose)] = 0.0
        longest = np.linalg.norm(residual, axis=1).max()
        return residual, longest + (0.0 if done.feasible else FARTHEST_MM)

    def _infeasible(self, done: Projected, residual: np.ndarray, pose: np.ndarray) -> np.ndarray:
        """Handles [M] bool that were pushed and whose residual [M, 3] mm leads outside their limits."""
        rows = self.handles.vertices
        infeasible = np.abs(done.pushed[rows]) > PUSHED_MM
        far = np.flatnonzero(infeasible & (np.linalg.norm(residual, axis=1) > AIMED_MM))
        if len(far):
            limits, goals = self.face.limits, done.points[rows[far]] + residual[far]
            bone_distance = limits.bones.measured(goals, pose, TOUCHING_MM)
            excess = limits.excess(bone_distance, rows[far])
            infeasible[far] = np.abs(excess.amount) > INFEASIBLE_MM
        return infeasible

    def _bulge(self, bulge: np.ndarray, residual: np.ndarray, tried: _Posed) -> np.ndarray:
        """Coefficients [M, 3] of the bulge that goes on by the ``residual`` [M, 3] mm, as far as it may."""
        face, rows, largest = self.face, self.handles.vertices, self.settings.falloff_mm
        local, weight = self._local[rows], face.clean_jaw_weight[rows, None, None]
        turn = np.eye(3) + weight * (tried.pose[:3, :3] - np.eye(3))
        wanted = local @ bulge + np.linalg.solve(turn, residual[:, :, None])[:, :, 0]
        length = np.linalg.norm(wanted, axis=1, keepdims=True)
        wanted *= np.minimum(1.0, largest / np.maximum(length, 1e-9))
        system = local + np.diag((tried.sigma / largest) ** 2 + 1e-9)
        return np.linalg.solve(system, wanted)

    def _judged(
        self, handles: Handles, shaped: _Shaped, tried: _Posed, against: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Residual [M] mm of each handle, and its state [M]; ``against`` [M] mm as of ``Handles.contradictions``."""
        face, rows, shape = self.face, handles.vertices, shaped.done.points
        pushed, initial = shaped.done.pushed[rows], self.initial.jaw
        residual = np.linalg.norm(handles.residual(shape[rows]), axis=1)
        states = np.full(len(handles), HandleState.TISSUE)
        if (residual > REACHED_MM).any():
            farther = tried.jaw + FARTHER * (tried.jaw - initial)
            change = np.abs(face.reachable_jaw(farther, initial) - farther).max()
            states[(change > STOPPED) & (face.jaw_weight[rows] > ON_JAW)] = HandleState.JAW
        states[pushed < -PUSHED_MM] = HandleState.THICK
        states[pushed > PUSHED_MM] = HandleState.THIN
        bone_distance = face.bones.distances(shape[rows], tried.pose)
        touching = (bone_distance < face.limits.floor[rows] + REACHED_MM).any(axis=1)
        states[(pushed > PUSHED_MM) & touching] = HandleState.BONE
        states[shaped.blocked] = HandleState.SKIN
        states[against > 0] = HandleState.CONTRADICTED
        states[residual <= REACHED_MM] = HandleState.REACHED
        return residual, states
