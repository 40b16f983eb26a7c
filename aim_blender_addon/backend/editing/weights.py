# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw and local weights that follow handles.

The weights' increments are a Gaussian process. Its covariance ends at a distance, so that skin far from all handles
stays exactly as it is. With few handles it is solved in their rows ("kriging"), jaw included:

    d(c) = sum_i (w_i + v_i(c)) e_i(c),   v_i ~ GP(0, shown_i k),   jaw = initial + sum_i u_i jaw_i + stray

u_i is v_i averaged over the chin: a scan's expression and its jaw come together unless the handles say otherwise.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from ..geometry.kernels import nearness
from ..geometry.rigid import move_rigidly
from .editable_face import EditableFace, EditState
from .handle_states import HandleKind
from .handles import Handles
from .jaw_goals import JawGoals
from .settings import EditSettings, JawSettings

#: Smallest freedom of a jaw to open: the sigma of its opening grows by at most the inverse of its cube.
LEAST_OPENING = 1e-2
#: Smallest hold of a jaw that slides freely: the sigma of its slide grows by at most the inverse.
LEAST_SLIDING = 1e-4
#: A number of the jaw that ends farther than this from what was wanted was stopped by a limit, mm.
STOPPED_MM = 1e-6


@dataclass
class _Step:
    """What a Gauss-Newton step hands to the next one.

    Attributes:
        jaw: [4] parameters.
        moved: [M, 3] mm, displacement at the handles.
        locked: [4] bool, numbers of the jaw that a limit stopped.
        variance: [E] of each expression, one at most.
        allowed: [E] factor of it for expressions beyond their limits.
        followed: [M] fraction of each handle's residual that is followed.
    """

    jaw: np.ndarray
    moved: np.ndarray
    locked: np.ndarray
    variance: np.ndarray
    allowed: np.ndarray
    followed: np.ndarray


@dataclass(frozen=True)
class _System:
    """R linear equations in weights and jaw: three a handle, then those of the jaw alone.

    Attributes:
        columns: [M, 3, E] motion of the handles for each weight, mm.
        jaws: [R, 4] slopes by the jaw's parameters.
        residual: [R].
        sigma: [R].
    """

    columns: np.ndarray
    jaws: np.ndarray
    residual: np.ndarray
    sigma: np.ndarray


@dataclass(frozen=True)
class _Increment:
    """A solution of the equations, by which the increments of all weights are known.

    Attributes:
        variance: [E] with which it was found.
        by_point: [M, E] coefficients of the handles' columns.
        by_chin: [E] coefficients of the chin's column.
        at_handles: [M, E] increments at the handles.
        at_chin: [E] increments averaged over the chin.
        jaw: [4] parameters that are wanted.
        multipliers: [R] of the equations.
    """

    variance: np.ndarray
    by_point: np.ndarray
    by_chin: np.ndarray
    at_handles: np.ndarray
    at_chin: np.ndarray
    jaw: np.ndarray
    multipliers: np.ndarray


class WeightsSolver:
    """One set of handles on one initial state.

    Args:
        face: the prepared model.
        handles: their vertices; positions come with each solve.
        initial: the state that the edit starts from.
        displacement: [V, 3] mm, its displacement.
        settings: of the edit.
    """

    def __init__(
        self,
        face: EditableFace,
        handles: Handles,
        initial: EditState,
        displacement: np.ndarray,
        settings: EditSettings,
    ):
        rows = handles.vertices
        points = face.rest[rows]
        self._face, self._rows, self._initial, self._settings = face, rows, initial, settings
        self._initial_moved = displacement[rows]
        self._initial_pressed = displacement[face.pressable]
        self._moving, self._pressing = face.displacements[rows], face.displacements[face.pressable]
        lengths = np.array([settings.free_within, settings.still_beyond])
        around = nearness(face.rest, points, *(face.joint.length * lengths))  # [V]
        self._columns = around[:, None] * around[rows] * face.covariance(points, settings)  # [V, M]
        chin, pressable = face.chin, face.pressable
        self._chin_column = around * (face.chin_covariance(settings) @ around[chin]) / len(chin)
        self._chin_variance = self._chin_column[chin].mean()
        self._local, self._chin_local = self._columns[rows], self._chin_column[rows]
        self._press_local = self._columns[pressable], self._chin_column[pressable, None]
        self._in_mm = face.joint.unit_sizes
        near = around[chin].mean() ** 2
        stray, self._jaw_sigma = jaw_sigmas(face, rows, settings.jaw)
        stray, self._jaw_sigma = stray / self._in_mm, self._jaw_sigma / self._in_mm
        self._stray = np.diag(stray**2) * near

    def solve(
        self, handles: Handles, offset: np.ndarray, sigma: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Jaw parameters [4] and the weights' increments [V, E].

        Args:
            handles: where the points shall go.
            offset: [M, 3] mm, what the limits moved them by in the initial state.
            sigma: [M] mm, how closely they are followed.
        """
        face, settings = self._face, self._settings
        initial, expressions = self._initial.jaw, len(face.scan_jaws)
        goals = JawGoals(face, handles, settings.jaw)
        on_skull = face.clean_jaw_weight < settings.skull_weight
        handles = handles.projected(face.limits, face.joint.pose(initial), on_skull)
        step = _Step(
            initial,
            self._initial_moved.copy(),
            np.zeros(4, bool),
            np.ones(expressions),
            np.ones(expressions),
            np.ones(len(handles)),
        )
        for number in range(settings.steps):
            system = self._system(handles, offset, sigma, goals, step)
            found = self._solved(system, step)
            goals.let_go(found.multipliers[3 * len(handles) : -4])
            # Before the last steps the jaw is far from its end, and the handles' residuals say little.
            last = number >= settings.steps - 1 - settings.jaw.locked_steps
            self._advance(step, found, last)
        return step.jaw, found.variance * (
            self._columns @ found.by_point + self._chin_column[:, None] * found.by_chin
        )

    def _system(
        self,
        handles: Handles,
        offset: np.ndarray,
        sigma: np.ndarray,
        goals: JawGoals,
        step: _Step,
    ) -> _System:
        """The equations of handles, forbidden goals and the jaw's own sigma, linear about ``step``."""
        jaw, initial = step.jaw, self._initial.jaw
        residual, columns, jaws = self._of_handles(handles, offset, jaw, step.moved)
        residual *= step.followed[:, None]
        room = goals.equations(jaw, initial)
        residual = np.concatenate([residual.ravel(), room.residual, np.zeros(4)])
        jaws = np.concatenate([jaws.reshape(-1, 4), room.slope, np.eye(4)])
        sigma = np.concatenate([np.repeat(sigma, 3), room.sigma, self._jaw_sigma])
        residual -= jaws[:, step.locked] @ (jaw - initial)[step.locked]
        jaws[:, step.locked] = 0.0
        return _System(columns, jaws, residual, sigma)

    def _solved(self, system: _System, step: _Step) -> _Increment:
        """The most probable increment that the equations leave."""
        scans, variance, columns = self._face.scan_jaws, step.variance, system.columns
        local, chin = self._local, self._chin_local
        multipliers = self._multipliers(system, variance)
        of_handles = multipliers[: columns.shape[0] * 3].reshape(-1, 3)
        by_point = np.einsum("md,mde->me", of_handles, columns)
        by_jaw = system.jaws.T @ multipliers
        by_chin = scans @ by_jaw
        at_handles = variance * (local @ by_point + chin[:, None] * by_chin)
        at_chin = variance * (chin @ by_point + self._chin_variance * by_chin)
        wanted = self._initial.jaw + at_chin @ scans + self._stray @ by_jaw
        wanted[step.locked] = step.jaw[step.locked]
        return _Increment(variance, by_point, by_chin, at_handles, at_chin, wanted, multipliers)

    def _advance(self, step: _Step, found: _Increment, last: bool) -> None:
        """Bring ``step`` to the solution found, within the limits of jaw and weights."""
        face, settings = self._face, self._settings
        at_handles = found.at_handles
        step.moved = self._initial_moved + np.einsum("me,mce->mc", at_handles, self._moving)
        step.jaw = face.joint.within_limits(found.jaw)
        if last:
            shape = self._pressed(found)
            step.jaw = face.reachable_jaw(found.jaw, self._initial.jaw, shape)
            step.locked |= np.abs(step.jaw - found.jaw) * self._in_mm > STOPPED_MM
            together = np.linalg.norm(at_handles, axis=1)
            step.followed = np.minimum(
                1.0, step.followed * settings.most_shown / np.maximum(together, 1e-9)
            )
        step.allowed = step.allowed * self._beyond_limits(at_handles)
        size = (at_handles**2).max(axis=0) + found.at_chin**2
        step.variance = step.allowed * np.minimum(1.0, size + settings.idle_weight**2)

    def _of_handles(
        self, handles: Handles, offset: np.ndarray, jaw: np.ndarray, moved: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The handles' equations, linear about a jaw [4] and displacements ``moved`` [M, 3] mm.

        Returns:
            Residual [M, 3] mm of the initial state; its change with the weights [M, 3, E] and with the jaw [M, 3, 4].
        """
        face, rows = self._face, self._rows
        jaw_weight = face.clean_jaw_weight[rows]
        shape = face.rest[rows] + moved
        pose = face.joint.pose(jaw)
        in_jaw = move_rigidly(shape, pose)
        at = shape + jaw_weight[:, None] * (in_jaw - shape)
        by_field = np.eye(3) + jaw_weight[:, None, None] * (pose[:3, :3] - np.eye(3))
        by_jaw = jaw_weight[:, None, None] * face.joint.slopes(
            shape, jaw, in_jaw, exact_shifts=True
        )
        residual = handles.positions - offset - at
        residual += np.einsum("mab,mb->ma", by_field, moved - self._initial_moved)
        residual += by_jaw @ (jaw - self._initial.jaw)
        flat = handles.kinds == HandleKind.PLANE
        counted = np.repeat(np.eye(3)[None], len(rows), axis=0)  # of a plane its normal only
        counted[flat] = handles.normals[flat, :, None] * handles.normals[flat, None]
        residual = np.einsum("mab,mb->ma", counted, residual)
        return residual, counted @ by_field @ self._moving, counted @ by_jaw

    def _multipliers(self, system: _System, variance: np.ndarray) -> np.ndarray:
        """Solution [R] of the equations' system, for the expressions' ``variance`` [E]."""
        scans, jaws, count = self._face.scan_jaws, system.jaws, 3 * len(system.columns)
        local, chin = self._local, self._chin_local
        flat = system.columns.reshape(count, -1)
        own = self._chin_variance * (scans.T * variance) @ scans + self._stray
        matrix = jaws @ own @ jaws.T
        matrix[:count, :count] += np.repeat(np.repeat(local, 3, 0), 3, 1) * (
            (flat * variance) @ flat.T
        )
        mixed = ((flat * variance) @ scans) @ jaws.T * np.repeat(chin, 3)[:, None]
        matrix[:count] += mixed
        matrix[:, :count] += mixed.T
        matrix[np.diag_indices(len(system.residual))] += system.sigma**2
        factor = scipy.linalg.cho_factor(matrix, lower=True, check_finite=False)
        return scipy.linalg.cho_solve(factor, system.residual, check_finite=False)

    def _pressed(self, found: _Increment) -> np.ndarray:
        """Unposed skin [N, 3] mm that the jaw may press on, as the weights have it."""
        face, rows = self._face, self._face.pressable
        columns, chin = self._press_local
        increments = found.variance * (columns @ found.by_point + chin * found.by_chin)
        moved = np.matmul(self._pressing, increments[:, :, None])[:, :, 0]
        return face.rest[rows] + self._initial_pressed + moved

    def _beyond_limits(self, increments: np.ndarray) -> np.ndarray:
        """Factors [E] of the variance of expressions that handles [M, E] show beyond their limits."""
        initial = self._initial.weights[self._rows]
        lower, upper = self._settings.weight_limits
        over = np.maximum(
            (initial + increments) / np.maximum(np.maximum(upper, initial), 1e-6),
            (initial + increments) / np.minimum(np.minimum(lower, initial), -1e-6),
        )
        return 1 / np.maximum(over.max(axis=0), 1.0) ** 2


def jaw_sigmas(
    face: EditableFace, rows: np.ndarray, settings: JawSettings
) -> tuple[np.ndarray, np.ndarray]:
    """How freely the jaw moves for handles on the vertices ``rows`` [M].

    Returns:
        Sigma [4] mm of the jaw about the pose of the weights' scans; sigma [4] mm about the initial pose.
    """
    free = 1 + (settings.freedom - 1) * _chin_held(face, rows, settings)
    stray = settings.stray_mm * np.array([free, free, free, 1.0])
    weight = float(face.clean_jaw_weight[rows].max())
    opening = np.clip(1 - weight / settings.open_full_weight, LEAST_OPENING, 1.0)
    slides = float(_ramp(weight, settings.slide_weight, settings.slide_full_weight))
    side = settings.side_mm * (settings.still_side + (1 - settings.still_side) * slides)
    still = [
        settings.still_mm / opening**3,
        settings.still_mm / max(1 - slides, LEAST_SLIDING),
        side * free,
        side,
    ]
    return stray, np.array(still)


def _chin_held(face: EditableFace, rows: np.ndarray, settings: JawSettings) -> float:
    """How surely, in [0, 1], a handle holds the chin below the lip, which only the jaw moves far."""
    down = (np.asarray(face.joint.incisor) - face.rest[rows]) @ face.joint.up
    below = down / face.joint.length
    far = _ramp(below, settings.free_below, settings.free_far_below)
    weight = face.clean_jaw_weight[rows]
    return float((far * _ramp(weight, settings.free_weight, settings.free_full_weight)).max())


def _ramp(value: np.ndarray, begin: float, full: float) -> np.ndarray:
    """Zero up to ``begin``, one from ``full`` on, linear between."""
    return np.clip((value - begin) / (full - begin), 0.0, 1.0)
