# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw and local weights that follow handles.

The weights' increments are a Gaussian process with a covariance that ends at a distance, so that what is far from
all handles stays as it is, exactly. With few handles it is solved in their rows ("kriging"), jaw included:

    d(c) = sum_i (w_i + v_i(c)) e_i(c),   v_i ~ GP(0, shown_i k),   jaw = start + sum_i u_i jaw_i + stray

u_i is v_i averaged over the chin: a scan's expression and its jaw come together unless the handles say otherwise.
"""

import numpy as np
import scipy.linalg

from ..geometry.kernels import nearness
from ..geometry.rigid import move_rigidly, undo_rigid
from .editable_face import EditableFace, Start
from .handle_states import HandleKind
from .handles import Handles

#: In the last steps the jaw's numbers that a limit stopped are held where they are, and the weights do the rest.
HELD_STEPS = 2
#: A goal that the jaw's bone forbids moves the jaw as if known to the first, mm, and, so that no jaw gives way to
#: a handle that is pulled far into it, less the more it lacks: as much again as the square of that over the second.
GOAL_MM, GOAL_FAR_MM = 0.3, 4.0
#: Of a goal's thickness so much more is asked than its limit, mm.
GOAL_MARGIN_MM = 0.1
#: A handle on the chin, that far below the incisors in lengths of the jaw, and by its jaw weight, frees the jaw of
#: what scans tell: it may stray so many times as far.
CHIN_FROM, CHIN_TO, CARRIED_FROM, CARRIED_TO, FREE = 0.1, 0.25, 0.6, 0.85, 30.0
#: Handles leave the jaw where it is, to about so many mm, that are not on skin which it takes along: an upper lip is
#: pulled without opening the mouth. It slides and swings for jaw weights between these, and opens for less: fully from
#: the last on. Still, it strays sideways by so much of the usual.
STILL_MM, STILL_FROM, STILL_TO, STILL_TO_OPEN, STILL_SIDE = 0.5, 0.65, 0.9, 0.65, 0.3
#: A goal outside the limits of skin that goes with the jaw by less than this is followed as far as it is lawful.
ON_SKULL = 0.15
#: Expressions at a handle together show no more than this (root of the squares of their changes): a goal that asks for
#: more is followed as far as that goes, or all of them would be thrown in and fold the skin.
MOST_SHOWN = 2.0


class WeightsSolver:
    """One set of handles on one start.

    Args:
        face: the prepared model.
        handles: their vertices; positions come with each solve.
        begun: the start.
        before: [V, 3] mm, displacement of the start.
    """

    def __init__(self, face: EditableFace, handles: Handles, begun: Start, before: np.ndarray):
        settings, rows = face.settings, handles.vertices
        points = face.rest[rows]
        self._face, self._rows, self._begun = face, rows, begun
        self._before, self._before_pressed = before[rows], before[face.pressable]
        around = nearness(
            face.rest, points, *(face.joint.length * np.array(settings.around))
        )  # [V]
        self._columns = around[:, None] * around[rows] * face.covariance(points)  # [V, M]
        self._chin_column = (
            around * (face.covariance_with_chin @ around[face.chin]) / len(face.chin)
        )
        self._chin_variance = self._chin_column[face.chin].mean()
        unit = face.joint.unit_sizes
        near = around[face.chin].mean() ** 2
        free = 1 + (FREE - 1) * self._chin_held()
        stray = settings.jaw_stray_mm * np.array([free, free, free, 1.0]) / unit
        self._unit, self._stray = unit, np.diag(stray**2) * near
        carried = float(face.carried[rows].max())
        opens = STILL_MM / np.clip(1 - carried / STILL_TO_OPEN, 1e-2, 1.0) ** 3
        asked = float(np.clip((carried - STILL_FROM) / (STILL_TO - STILL_FROM), 0.0, 1.0))
        slides = STILL_MM / max(1 - asked, 1e-4)
        side = settings.jaw_side_mm * (STILL_SIDE + (1 - STILL_SIDE) * asked)
        self._jaw_miss = np.array([opens, slides, side * free, side]) / unit

    def solve(
        self, handles: Handles, offset: np.ndarray, noise: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Jaw parameters [4] and the weights' increments [V, E].

        Args:
            handles: where the points shall go.
            offset: [M, 3] mm, what the limits moved them by in the start.
            noise: [M] mm, how closely they are followed.
        """
        face, begun, scans = self._face, self._begun.jaw, self._face.scan_jaws
        local, chin = self._columns[self._rows], self._chin_column[self._rows]
        goals = _Goals(face, handles)
        handles = handles.within(face.limits, face.joint.pose(begun), face.carried < ON_SKULL)
        jaw, moved, held = begun, self._before.copy(), np.zeros(4, bool)
        shown, allowed = np.ones(len(scans)), np.ones(len(scans))
        followed = np.ones(len(handles))
        for step in range(face.settings.steps):
            left, columns, jaws = self._of_handles(handles, offset, jaw, moved)
            left *= followed[:, None]
            of_goals, by_goals, noise_of_goals = goals.equations(jaw, begun)
            left = np.concatenate([left.ravel(), of_goals, np.zeros(4)])
            jaws = np.concatenate([jaws.reshape(-1, 4), by_goals, np.eye(4)])
            misses = np.concatenate([np.repeat(noise, 3), noise_of_goals, self._jaw_miss])
            left -= jaws[:, held] @ (jaw - begun)[held]
            jaws[:, held] = 0.0
            pull = self._pull(columns, jaws, left, misses, shown)
            goals.let_go(pull[3 * len(columns) : -4])
            by_point = np.einsum("md,mde->me", pull[: columns.shape[0] * 3].reshape(-1, 3), columns)
            by_jaw = jaws.T @ pull
            by_chin = scans @ by_jaw
            at_handles = shown * (local @ by_point + chin[:, None] * by_chin)
            of_jaw = shown * (chin @ by_point + self._chin_variance * by_chin)
            moved = self._before + np.einsum(
                "me,mce->mc", at_handles, face.displacements[self._rows]
            )
            wanted = begun + of_jaw @ scans + self._stray @ by_jaw
            wanted[held] = jaw[held]
            last = shown
            jaw = face.joint.within_limits(wanted)
            if step >= face.settings.steps - 1 - HELD_STEPS:
                shape = self._pressed(shown, by_point, by_chin)
                jaw = face.jaw_within_reach(wanted, begun, shape)
                held |= np.abs(jaw - wanted) * self._unit > 1e-6
            together = np.linalg.norm(at_handles, axis=1)
            if step >= face.settings.steps - 1 - HELD_STEPS:  # before, the jaw is not there yet
                followed = np.minimum(1.0, followed * MOST_SHOWN / np.maximum(together, 1e-9))
            allowed = allowed * self._beyond_limits(at_handles)
            size = (at_handles**2).max(axis=0) + of_jaw**2
            shown = allowed * np.minimum(1.0, size + face.settings.idle**2)
        gains = last * (self._columns @ by_point + self._chin_column[:, None] * by_chin)
        return jaw, gains

    def _chin_held(self) -> float:
        """How surely, in [0, 1], a handle holds the chin below the lip, which only the jaw moves far."""
        face, rows = self._face, self._rows
        below = (
            (np.asarray(face.joint.incisor) - face.rest[rows]) @ face.joint.up / face.joint.length
        )
        below = np.clip((below - CHIN_FROM) / (CHIN_TO - CHIN_FROM), 0.0, 1.0)
        share = np.clip((face.carried[rows] - CARRIED_FROM) / (CARRIED_TO - CARRIED_FROM), 0.0, 1.0)
        return float((below * share).max())

    def _of_handles(
        self, handles: Handles, offset: np.ndarray, jaw: np.ndarray, moved: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What handles lack [M, 3] of the start, linear about ``jaw`` [4] and displacements ``moved`` [M, 3], and
        what it changes by with the weights [M, 3, E] and with the jaw [M, 3, 4]."""
        face, rows = self._face, self._rows
        share = face.carried[rows]
        shape = face.rest[rows] + moved
        pose = face.joint.pose(jaw)
        there = move_rigidly(shape, pose)
        at = shape + share[:, None] * (there - shape)
        by_field = np.eye(3) + share[:, None, None] * (pose[:3, :3] - np.eye(3))
        by_jaw = share[:, None, None] * face.joint.slopes(shape, jaw, there, exact_shifts=True)
        left = handles.positions - offset - at
        left += np.einsum("mab,mb->ma", by_field, moved - self._before)
        left += by_jaw @ (jaw - self._begun.jaw)
        flat = handles.kinds == HandleKind.PLANE
        toward = np.repeat(np.eye(3)[None], len(rows), axis=0)  # what of each row counts
        toward[flat] = handles.normals[flat, :, None] * handles.normals[flat, None]
        left = np.einsum("mab,mb->ma", toward, left)
        return left, toward @ by_field @ face.displacements[rows], toward @ by_jaw

    def _pull(
        self,
        columns: np.ndarray,
        jaws: np.ndarray,
        left: np.ndarray,
        misses: np.ndarray,
        shown: np.ndarray,
    ) -> np.ndarray:
        """Solution [R] of the equations' system; the first 3 M of them are of handles, the others of the jaw alone."""
        scans, count = self._face.scan_jaws, 3 * len(columns)
        local, chin = self._columns[self._rows], self._chin_column[self._rows]
        flat = columns.reshape(count, -1)
        own = self._chin_variance * (scans.T * shown) @ scans + self._stray
        system = jaws @ own @ jaws.T
        system[:count, :count] += np.repeat(np.repeat(local, 3, 0), 3, 1) * (
            (flat * shown) @ flat.T
        )
        mixed = ((flat * shown) @ scans) @ jaws.T * np.repeat(chin, 3)[:, None]
        system[:count] += mixed
        system[:, :count] += mixed.T
        system[np.diag_indices(len(left))] += misses**2
        factor = scipy.linalg.cho_factor(system, lower=True, check_finite=False)
        return scipy.linalg.cho_solve(factor, left, check_finite=False)

    def _pressed(self, shown: np.ndarray, by_point: np.ndarray, by_chin: np.ndarray) -> np.ndarray:
        """Unposed skin [N, 3] mm that the jaw may press on, as the weights have it."""
        face, rows = self._face, self._face.pressable
        gains = shown * (self._columns[rows] @ by_point + self._chin_column[rows, None] * by_chin)
        moved = np.einsum("ne,nce->nc", gains, face.displacements[rows])
        return face.rest[rows] + self._before_pressed + moved

    def _beyond_limits(self, gains: np.ndarray) -> np.ndarray:
        """Factors [E] by which variances fall of expressions that handles [M, E] show beyond their limits."""
        start = self._begun.weights[self._rows]
        low, high = self._face.settings.weight_limits
        over = np.maximum(
            (start + gains) / np.maximum(np.maximum(high, start), 1e-6),
            (start + gains) / np.minimum(np.minimum(low, start), -1e-6),
        )
        return 1 / np.maximum(over.max(axis=0), 1.0) ** 2


class _Goals:
    """Where handles shall go tells of the jaw: no goal is in its bone, or farther from it than tissue is thick.

    Args:
        face: the prepared model.
        handles: planes say nothing of a place.
    """

    def __init__(self, face: EditableFace, handles: Handles):
        fixed = handles.kinds != HandleKind.PLANE
        self._face, self._places = face, handles.positions[fixed]
        self._rows = handles.vertices[fixed]
        self._asked = np.full(len(self._rows), np.nan)
        self._sign = np.zeros(len(self._rows))

    def equations(
        self, jaw: np.ndarray, begun: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What goals lack [N] mm, linear about ``jaw`` [4], of the jaw ``begun`` [4]; slopes [N, 4], noise [N] mm.

        A goal that was forbidden once keeps asking, or it would be forgotten as soon as it is heard, until
        :meth:`let_go` finds that it holds the jaw back.
        """
        face, pose = self._face, self._face.joint.pose(jaw)
        away = face.bones.distances(self._places, pose)
        excess = face.limits.excess(away, self._rows)
        wrong = (np.abs(excess.amount) > GOAL_MARGIN_MM) & (excess.which == 1)
        wrong &= np.isnan(self._asked)
        asked = away[:, 1] + excess.amount + GOAL_MARGIN_MM * np.sign(excess.amount)
        self._asked[wrong], self._sign[wrong] = asked[wrong], np.sign(excess.amount[wrong])
        rows = np.flatnonzero(np.isfinite(self._asked))
        if not len(rows):
            return np.zeros(0), np.zeros((0, 4)), np.zeros(0)
        places = self._places[rows]
        way = face.bones.outward(places, pose, np.ones(len(rows), int))
        in_jaw = undo_rigid(places, pose)
        by_jaw = face.joint.slopes(in_jaw, jaw, places, exact_shifts=True)
        slope = -np.einsum("nc,ncj->nj", way, by_jaw)
        lacking = self._asked[rows] - away[rows, 1]
        noise = GOAL_MM + (lacking / GOAL_FAR_MM) ** 2
        return lacking + slope @ (jaw - begun), slope, noise

    def let_go(self, pull: np.ndarray) -> None:
        """Forget goals of :meth:`equations`, ``pull`` [N] their multipliers, that ask for less room than there is."""
        rows = np.flatnonzero(np.isfinite(self._asked))
        self._asked[rows[pull * self._sign[rows] < 0]] = np.nan
