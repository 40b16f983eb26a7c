# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face that follows handles: jaw, local weights, a local remainder, and the limits of bone and tissue.

    d(c) = sum_i (w_i + v_i(c)) e_i(c) + r(c)

with the weights' increments v and the jaw of :mod:`.weights`, and r what they cannot reach and what bone enforces.
"""

from dataclasses import dataclass

import numpy as np

from ..model.skinning import skin_with_jaw, undo_jaw
from .face import EditableFace, EditSettings, Start
from .handles import FARTHEST_MM, Handles, Reached
from .limits import TOUCHING_MM
from .projection import TOLERANCE_MM, Known, Projected, project
from .weights import WeightsSolver

__all__ = ["Drag", "Edit", "EditSettings", "EditableFace", "Start"]

#: How closely handles are followed, mm.
NOISE_MM = 0.02
#: Shares of an edit that are tried when its skin finds no lawful place.
LESS = (0.5, 0.2, 0.0)
#: Rounds in which the local remainder takes handles on that bone and tissue have moved.
BULGES = 5
#: They end when what the farthest handle lacks falls by less than to this share.
WORTHWHILE = 0.8
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


@dataclass
class Drag:
    """One set of handles on one start; :meth:`solve` follows the mouse."""

    face: EditableFace
    handles: Handles
    begun: Start

    def __post_init__(self):
        face, rows = self.face, self.handles.vertices
        pose = face.joint.pose(self.begun.jaw)
        self._before = face.lawful(face.posed(self.begun), pose)
        displacement = face.displacement(self.begun.weights) + self.begun.remainder
        self._offset = self._before - face.carried_by(pose, face.rest + displacement)
        away = face.bones.distances(self._before, pose)
        slack = face.limits.slack(away, np.arange(len(away)))
        self._known = Known(self._before, pose, np.maximum(slack, 1e-6))  # it is lawful
        self._weights = WeightsSolver(face, self.handles, self.begun, displacement)
        self._local = face.along_skin.columns(rows) if face.settings.remainder else None

    def solve(self, positions: np.ndarray | None = None) -> Edit:
        """The face with the handles at ``positions`` [M, 3] mm (by default their own)."""
        face, settings = self.face, self.face.settings
        handles = self.handles if positions is None else self.handles.moved_to(positions)
        rows, points = handles.vertices, face.rest[self.handles.vertices]
        against = handles.contradictions(self._before[rows], points)
        jaw, gains = self._weights.solve(handles, self._offset[rows], settings.misfit_mm + against)
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
        best, least = None, np.inf
        for _ in range(BULGES if self._local is not None and share else 1):
            shape = unposed if not bulge.any() else unposed + self._local @ bulge
            shape = face.carried_by(pose, shape) + self._offset
            done = project(face.limits, shape, pose, safe, self._known)
            if self._local is None:
                return done
            left = share * handles.miss(done.points[rows])
            left[self._forbidden(done, left, pose)] = 0.0
            most = np.linalg.norm(left, axis=1).max() + (0.0 if done.lawful else FARTHEST_MM)
            hopeless = most > WORTHWHILE * least
            if best is None or most < least:
                best, least = done, most
            if least < CLOSE_ENOUGH_MM / 2 or hopeless:
                break
            bulge = self._bulge(bulge, left, pose, noise)
        return best

    def _limits_of(self, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        low, high = self.face.settings.weight_limits
        return np.minimum(low, start), np.maximum(high, start)

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
