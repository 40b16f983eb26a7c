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
from .editable_face import EditableFace, EditSettings, Start
from .handle_states import HandleState
from .handles import FARTHEST_MM, Handles
from .limits import TOUCHING_MM
from .projection import TOLERANCE_MM, Known, Projected, project, with_surroundings
from .weights import WeightsSolver

__all__ = ["Drag", "Edit", "EditSettings", "EditableFace", "Start"]

#: How closely handles are followed, mm.
NOISE_MM = 0.02
#: Shares of an edit that are tried when its skin finds no lawful place.
LESS = (0.5, 0.2, 0.0)
#: Skin that bones have pushed may bring lips through each other again: so many times they are parted in all.
PARTINGS = 3
#: Rounds in which the local remainder takes handles on that bone and tissue have moved.
BULGES = 3
#: They end when what the farthest handle lacks falls by less than to this share.
WORTHWHILE = 0.8
#: What handles then lack, up to this, their points are taken alone with the skin next to them, mm.
ALONE_MM = 1.0
#: A jaw parts what it takes along from what it does not by so much, in its lengths (45 mm in an adult).
JAW_PARTS = 0.5
#: Handles that miss by no more are reached, mm.
CLOSE_ENOUGH_MM = 0.1


@dataclass(frozen=True)
class Edit:
    """An edited face.

    Attributes:
        vertices: [V, 3] mm, head space.
        weights: [V, E] local weights.
        jaw: [4] joint parameters.
        remainder: [V, 3] mm, what is added before the skinning: local bulge, and what bone and tissue enforced.
        left_mm: [M] how far each handle is from its goal.
        reached: [M] of :class:`.handle_states.HandleState`.
        way_mm: [M] how far its goal was from the start.
        more: whether a solve that is not quick may get a handle farther, or be smoother.
    """

    vertices: np.ndarray
    weights: np.ndarray
    jaw: np.ndarray
    remainder: np.ndarray
    left_mm: np.ndarray
    reached: np.ndarray
    way_mm: np.ndarray
    more: bool = False


@dataclass(frozen=True)
class _Shaped:
    """Skin within its limits; which handles [M] bool the other side of an opening stopped; ``more`` as of ``Edit``."""

    done: Projected
    stopped: np.ndarray
    more: bool = False


@dataclass
class Drag:
    """One set of handles on one start; :meth:`solve` follows the mouse."""

    face: EditableFace
    handles: Handles
    begun: Start

    def __post_init__(self):
        face, rows = self.face, self.handles.vertices
        pose = face.joint.pose(self.begun.jaw)
        posed = face.posed(self.begun)
        known = Known.nothing(posed, pose)
        safe = face.carried_by(pose, face.rest)
        self._before = project(face.limits, posed, pose, safe, known).points
        displacement = face.displacement(self.begun.weights) + self.begun.remainder
        self._offset = self._before - face.carried_by(pose, face.rest + displacement)
        away = face.bones.distances(self._before, pose)
        slack = face.limits.slack(away, np.arange(len(away)))
        slack = np.maximum(slack, 1e-6)  # it is lawful
        self._openings = face.openings.held(face.rest, rows, self._before)
        self._known = Known(self._before, pose, slack, known.touching)
        low, high = face.settings.weight_limits
        self._limits = np.minimum(low, self.begun.weights), np.maximum(high, self.begun.weights)
        self._weights = WeightsSolver(face, self.handles, self.begun, displacement)
        self._local = face.along_skin.columns(rows) if face.settings.remainder else None

    def solve(self, positions: np.ndarray | None = None, quick: bool = False) -> Edit:
        """The face with the handles at ``positions`` [M, 3] mm (by default their own).

        Args:
            positions: of the handles.
            quick: for a mouse that moves on: within all limits, but handles that bone and tissue have moved are not
                taken on once more, nor is smoothed what they push; ``Edit.more`` tells whether that would change it.
        """
        face, settings = self.face, self.face.settings
        handles = self.handles if positions is None else self.handles.moved_to(positions)
        rows, points = handles.vertices, face.rest[self.handles.vertices]
        parts = JAW_PARTS * face.joint.length * face.carried[rows]
        against = handles.contradictions(self._before[rows], points, parts)
        jaw, gains = self._weights.solve(handles, self._offset[rows], settings.misfit_mm + against)
        noise = NOISE_MM + against
        for share in (1.0, *LESS):
            tried = self.begun.jaw + share * (jaw - self.begun.jaw)
            weights = self.begun.weights + share * gains
            np.clip(weights, *self._limits, out=weights)
            pose, moved = face.joint.pose(tried), face.displacement(weights)
            shaped = self._shaped(handles, moved, pose, noise, share, quick)
            done = shaped.done
            if done.lawful:
                break
        reached, left = self._judged(handles, done, shaped.stopped, tried, pose, against)
        remainder = undo_jaw(done.points, pose, face.jaw_weight) - face.rest - moved
        way = np.linalg.norm(handles.miss(self._before[rows]), axis=1)
        return Edit(done.points, weights, tried, remainder, left, reached, way, shaped.more)

    def _shaped(
        self,
        handles: Handles,
        moved: np.ndarray,
        pose: np.ndarray,
        noise: np.ndarray,
        share: float,
        quick: bool,
    ) -> "_Shaped":
        """Skin within its limits, with the local remainder that takes the handles on."""
        face, rows = self.face, handles.vertices
        unposed = face.rest + moved + self.begun.remainder
        safe = face.carried_by(pose, face.rest)
        if self._local is None:
            return self._within(face.carried_by(pose, unposed) + self._offset, pose, safe, quick)
        near = handles.within(face.limits, pose, np.ones(len(face.rest), bool))
        places = skin_with_jaw(unposed[rows], pose, face.carried[rows]) + self._offset[rows]
        bulge = self._bulge(np.zeros((len(rows), 3)), share * near.miss(places), pose, noise)
        best, least, lacking = None, np.inf, None
        for _ in range(BULGES if share and not quick else 1):
            shape = unposed if not bulge.any() else unposed + self._local @ bulge
            shape = face.carried_by(pose, shape) + self._offset
            found = self._within(shape, pose, safe, quick)
            left, most = self._lacking(handles, found.done, pose, share)
            hopeless = most > WORTHWHILE * least
            if best is None or most < least:
                best, least, lacking = found, most, left
            if least < CLOSE_ENOUGH_MM / 2 or hopeless:
                break
            bulge = self._bulge(bulge, left, pose, noise)
        if quick:
            return replace(best, more=bool(least > CLOSE_ENOUGH_MM / 2) or best.more)
        if CLOSE_ENOUGH_MM / 2 < least < ALONE_MM:
            shape = best.done.points + with_surroundings(face.limits, rows, lacking)
            done = project(face.limits, shape, pose, safe, self._known, soft=False)
            if self._lacking(handles, done, pose, share)[1] < least:
                done = replace(done, pushed=done.pushed + best.done.pushed)
                best = replace(best, done=done)
        return best

    def _within(
        self, shape: np.ndarray, pose: np.ndarray, safe: np.ndarray, quick: bool
    ) -> "_Shaped":
        """Posed skin [V, 3] mm with lips and lids parted, within the limits of bone and tissue."""
        done, stopped = None, np.zeros(len(self.handles), bool)
        for _ in range(1 if quick else PARTINGS):
            apart = parted(shape, self._openings)
            if apart is None and done is not None:
                break
            if apart is not None:
                shape = shape + apart
                moved = np.linalg.norm(apart[self.handles.vertices], axis=1)
                stopped |= moved > CLOSE_ENOUGH_MM
            last, pushed = done, 0.0 if done is None else done.pushed
            done = project(self.face.limits, shape, pose, safe, self._known, quick=quick)
            done = replace(done, pushed=done.pushed + pushed)
            if last is not None and last.lawful and not done.lawful:
                done = last
            shape = done.points
        return _Shaped(done, stopped, quick and done.creased)

    def _lacking(
        self, handles: Handles, done: Projected, pose: np.ndarray, share: float
    ) -> tuple[np.ndarray, float]:
        """What handles still lack [M, 3] mm of lawful places, and the longest of it, far more of unlawful skin."""
        left = share * handles.miss(done.points[handles.vertices])
        left[self._forbidden(done, left, pose)] = 0.0
        return left, np.linalg.norm(left, axis=1).max() + (0.0 if done.lawful else FARTHEST_MM)

    def _forbidden(self, done: Projected, left: np.ndarray, pose: np.ndarray) -> np.ndarray:
        """Handles [M] bool that were pushed and lack ``left`` [M, 3] mm to a place that is outside their limits."""
        rows = self.handles.vertices
        forbidden = np.abs(done.pushed[rows]) > 1e-3
        asked = np.flatnonzero(forbidden & (np.linalg.norm(left, axis=1) > CLOSE_ENOUGH_MM / 2))
        if len(asked):
            limits, goals = self.face.limits, done.points[rows[asked]] + left[asked]
            away = limits.bones.measured(goals, pose, TOUCHING_MM)
            excess = limits.excess(away, rows[asked])
            forbidden[asked] = np.abs(excess.amount) > 10 * TOLERANCE_MM
        return forbidden

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

    def _judged(
        self,
        handles: Handles,
        done: Projected,
        stopped: np.ndarray,
        jaw: np.ndarray,
        pose: np.ndarray,
        against: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Why each handle [M] got as far as it got, and what it lacks [M] mm."""
        face, rows, shape, pushed = self.face, handles.vertices, done.points, done.pushed
        left = np.linalg.norm(handles.miss(shape[rows]), axis=1)
        reason = np.full(len(handles), HandleState.TISSUE)
        if (left > CLOSE_ENOUGH_MM).any():
            farther = jaw + 0.02 * (jaw - self.begun.jaw)
            held = np.abs(face.jaw_within_reach(farther, self.begun.jaw) - farther).max() > 1e-6
            reason[held & (face.jaw_weight[rows] > 0.5)] = HandleState.JAW
        reason[pushed[rows] < -1e-3] = HandleState.THICK
        reason[pushed[rows] > 1e-3] = HandleState.THIN
        away = face.bones.distances(shape[rows], pose)
        touching = (away < face.limits.floor[rows] + CLOSE_ENOUGH_MM).any(axis=1)
        reason[(pushed[rows] > 1e-3) & touching] = HandleState.BONE
        reason[stopped] = HandleState.SKIN
        reason[against > 0] = HandleState.CONTRADICTED
        reason[left <= CLOSE_ENOUGH_MM] = HandleState.REACHED
        return reason, left
