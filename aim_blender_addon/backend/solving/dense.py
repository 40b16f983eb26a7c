# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames seen at every vertex: pose from some of the skin, then local weights and a smooth remainder.

With head, jaw and skinning undone the least-squares matrix is the same for every frame, and is
factored once.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from ..anatomy.jaw.from_skin import JawTracker
from ..geometry.rigid import move_rigidly, undo_rigid
from ..geometry.skinning import skin_with_jaw, undo_jaw
from ..io.takes import Seen
from .pose import (
    FramePose,
    PoseSettings,
    TooLittleSeenError,
    check_shown_size,
    follow_rigidly,
    seen_in_space,
    solve_pose,
)
from .solving_face import SolvingFace

#: Vertices that the pose is found with, spread over the skin: errors of neighbours are alike anyway.
POSE_POINTS = 700
#: Frames with fewer of these vertices are gaps.
MIN_POSE_POINTS = 30
#: The jaw is tracked where at least this fraction of the skin over the mandible was seen.
MIN_SHOWN = 0.1
#: Rounds in which vertices without data are filled from the solution.
FILLING_ROUNDS = 6
#: Usual ridge of the local weights, times the mean energy of a column.
RIDGE = 1e-4


@dataclass(frozen=True)
class FrameSolution:
    """One solved frame.

    Attributes:
        head: [4, 4] head space to world.
        jaw: [4] joint parameters.
        weights: [E, K] local weights; column 0 belongs to the constant function.
        remainder: residual of the weights, smoothed: [V, 3], or from a few points coefficients [K, 4] of
            the functions, see :class:`.sparse_field.Field`; None where it is not wanted.
    """

    head: np.ndarray
    jaw: np.ndarray
    weights: np.ndarray
    remainder: np.ndarray | None


class DenseFrames:
    """The frames of a dense take, ready to be solved; the matrix common to all is factored once.

    Args:
        face: the prepared model.
        tracker: finds the jaw in the skin over the mandible; None where hardly any skin lies over it.
        detail_mm: length over which the remainder is smoothed; 0 leaves the remainder out.
        ridge: pull of the local weights towards zero, times the mean energy of a column.
        pose: how poses are found.
        apart: [N] vertices that no frame shows as skin; None for none.
    """

    def __init__(
        self,
        face: SolvingFace,
        tracker: JawTracker | None,
        detail_mm: float = 0.0,
        ridge: float = RIDGE,
        pose: PoseSettings | None = None,
        apart: np.ndarray | None = None,
    ):
        self.face, self.ridge = face, ridge
        self._is_skin = np.ones(len(face.skin), bool)
        if apart is not None:
            self._is_skin[apart] = False
        self._tracker = tracker
        self._pose_settings = pose or PoseSettings()
        self._chosen = spread_sample(face.operator.mass, POSE_POINTS)
        self._points = face.skin.picked(self._chosen)
        self._factor = scipy.linalg.cho_factor(weight_system(face, ridge), lower=True)
        self._remainder: RemainderSmoother | None = None
        self.set_detail(detail_mm)

    def set_detail(self, detail_mm: float) -> None:
        """Smooth the remainder over another length; 0 leaves it out."""
        self._remainder = RemainderSmoother(self.face, detail_mm) if detail_mm else None

    def pose(self, seen: Seen) -> FramePose:
        """Head, jaw and global weights of a frame.

        The opening comes from the skin over the mandible. The slide needs the expressions, too.

        Raises:
            TooLittleSeenError: too little of the face was seen.
        """
        positions = seen.places[self._chosen]
        if np.isfinite(positions).all(axis=1).sum() < MIN_POSE_POINTS:
            raise TooLittleSeenError
        check_shown_size(self._points.rest, positions)
        found = solve_pose(
            self._points,
            self.face.joint,
            self.face.scan_jaws,
            seen_in_space(positions),
            follow_rigidly(self._points.rest, positions, self._points.sigma),
            self._pose_settings,
        )
        if self._tracker is None:
            return found
        skin = undo_rigid(seen.places, found.head)
        shown = self._tracker.shown(skin)
        if shown < MIN_SHOWN:
            return found
        tracked = self._tracker.pose(skin, found.jaw).parameters
        jaw = np.r_[tracked[0], common_part(tracked[1:], found.jaw[1:])]
        return replace(found, jaw=shown * jaw + (1 - shown) * found.jaw)

    def unposed(self, seen: Seen, head: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """Displacement [V, 3] of a frame with head pose [4, 4] and jaw [4] undone; NaN where unseen."""
        local = undo_rigid(seen.places, head)
        return (
            undo_jaw(local, self.face.joint.pose(jaw), self.face.skin.jaw_weight)
            - self.face.skin.rest
        )

    def finish(
        self, seen: Seen, head: np.ndarray, jaw: np.ndarray, weights: np.ndarray
    ) -> FrameSolution:
        """Local weights and remainder of a frame under a head pose [4, 4] and jaw [4].

        ``weights`` [E] are global ones, which fill unseen vertices at first.
        """
        field = self.unposed(seen, head, jaw)
        unseen = ~np.isfinite(field).all(axis=1)
        field[unseen] = self.face.skin.displacements[unseen] @ weights
        # What is no skin is filled once: nothing that is seen hangs on it.
        rounds = FILLING_ROUNDS if (unseen & self._is_skin).any() else 0
        local = self._weights(field)
        for number in range(rounds):
            field[unseen] = self.face.displacement(local)[unseen]
            if number < rounds - 1:
                local = self._weights(field)
        if self._remainder is None:
            return FrameSolution(head, jaw, local, None)
        residual = field - self.face.displacement(local)
        remainder = self._remainder(residual)
        for _ in range(rounds):
            residual[unseen] = remainder[unseen]
            remainder = self._remainder(residual)
        return FrameSolution(head, jaw, local, remainder.astype(np.float32))

    def field(self, solution: FrameSolution) -> np.ndarray:
        """Unposed displacement [V, 3] of a solution."""
        field = self.face.displacement(solution.weights)
        return field if solution.remainder is None else field + solution.remainder

    def residual(self, seen: Seen, solution: FrameSolution) -> np.ndarray:
        """Residual [N, 3] mm of the weights, at the vertices that the pose is found with."""
        residual = self.unposed(seen, solution.head, solution.jaw) - self.face.displacement(
            solution.weights
        )
        return residual[self._chosen]

    def distances(self, seen: Seen, solution: FrameSolution, vertices: np.ndarray) -> np.ndarray:
        """Distances [N] mm of a solution's skin [V, 3] from the frame, where it was seen."""
        distance = np.linalg.norm(vertices - seen.places, axis=1)
        return distance[np.isfinite(distance)]

    def _weights(self, field: np.ndarray) -> np.ndarray:
        right = self.face.projection(field)
        return scipy.linalg.cho_solve(self._factor, right.ravel(), check_finite=False).reshape(
            right.shape
        )


class RemainderSmoother:
    """The smooth field nearest to a field [V, 3]: it minimises M |x - f|^2 + length^4 bending energy."""

    def __init__(self, face: SolvingFace, length: float, seen: np.ndarray | None = None):
        mass, stiffness = face.operator.mass, face.operator.stiffness
        self._mass = mass if seen is None else np.where(seen, mass, 0.0)
        bending = stiffness @ sp.diags(1 / mass) @ stiffness
        # The last term determines skin that no data reaches.
        system = sp.diags(self._mass + 1e-6 * mass) + length**4 * bending
        # The matrix is symmetric and definite. Factored as such it leaves a fifth less to go through.
        self._factor = sla.splu(
            system.tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )

    def __call__(self, field: np.ndarray) -> np.ndarray:
        return self._factor.solve(self._mass[:, None] * np.asarray(field, np.float64))


def weight_system(face: SolvingFace, ridge: float, rows: np.ndarray | None = None) -> np.ndarray:
    """Normal matrix [E K, E K] of the local weights over the vertices ``rows`` (None: all), with ridge."""
    chosen = slice(None) if rows is None else rows
    displacements = face.skin.displacements[chosen]
    phi = face.skin.functions[chosen]
    count, functions = face.expressions, face.functions
    # per vertex: e_i . e_j, then functions on both sides, one pair of expressions at a time
    gram = np.empty((count, functions, count, functions))
    pair = np.einsum("vci,vcj->vij", displacements, displacements)
    for i in range(count):
        for j in range(i + 1):
            block = phi.T @ (pair[:, i, j, None] * phi)
            gram[i, :, j], gram[j, :, i] = block, block.T
    system = gram.reshape(count * functions, -1)
    system[np.diag_indices_from(system)] += ridge * np.trace(system) / len(system) + 1e-12
    return system


def common_part(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """What two estimates agree on: the smaller of each pair, zero where they point apart.

    Both take muscles for slides of the jaw, each in another direction. A true slide shows in both.
    """
    agree = first * second > 0
    return np.where(agree, np.sign(first) * np.minimum(np.abs(first), np.abs(second)), 0.0)


def posed(face: SolvingFace, field: np.ndarray, jaw: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Skin [V, 3] of an unposed displacement field [V, 3], jaw parameters [4] and head pose [4, 4]."""
    shape = skin_with_jaw(face.skin.rest + field, face.joint.pose(jaw), face.skin.jaw_weight)
    return move_rigidly(shape, head)


def spread_sample(mass: np.ndarray, count: int) -> np.ndarray:
    """Numbers of ``count`` vertices spread evenly over the area, always the same."""
    if len(mass) <= count:
        return np.arange(len(mass))
    chosen = np.random.default_rng(0).choice(len(mass), count, replace=False, p=mass / mass.sum())
    return np.sort(chosen)
