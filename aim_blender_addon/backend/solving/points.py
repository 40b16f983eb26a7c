# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of marked points in space: pose from the points, then the skin between them."""

import numpy as np

from ..errors import SolveError
from ..geometry.rigid import move_rigidly, undo_rigid
from ..geometry.robust import geman_mcclure
from ..geometry.skinning import skin_with_jaw, undo_jaw
from ..geometry.surface import SurfacePoints, nearest_points
from ..io.takes import Seen, Take
from .dense import FrameSolution
from .pose import (
    FramePose,
    PoseSettings,
    TooLittleSeenError,
    check_shown_size,
    follow_rigidly,
    seen_in_space,
    solve_pose,
)
from .solving_face import FacePoints, SolvingFace
from .sparse_field import Field, FieldPrior, FieldSolver, Observations

#: A head's pose needs this many points: three give it without any error to see, as many again show wrong ones.
MIN_POINTS = 6
#: They spread across their main direction by this, mm (root mean square); nearer to a line the turn about it is noise.
MIN_REACH_MM = 8.0
#: Scale of the Geman-McClure cost, in usual deviations from global weights: points farther off lose their weight.
OUTLIER_SCALE = 3.0


def bind_points(face: SolvingFace, positions: np.ndarray) -> dict[str, np.ndarray]:
    """Where points [M, 3] sit on the neutral: ``corners``, ``barycentric`` and ``offsets`` of a take.

    Args:
        face: the prepared model.
        positions: [M, 3] mm in head space, the face in rest.
    """
    surface = nearest_points(face.mesh, positions)
    offsets = positions - surface.interpolate(face.skin.rest)
    return {"corners": surface.corners, "barycentric": surface.weights, "offsets": offsets}


def marked_points(face: SolvingFace, take: Take) -> FacePoints:
    """The model at the points of a take, which may stand off the skin.

    Raises:
        SolveError: they are too few.
    """
    if take.vertex_indices is not None:
        points = face.skin.picked(np.asarray(take.vertex_indices))
    else:
        points = face.at(SurfacePoints(take.corners, take.barycentric))
    if take.offsets is not None:
        points = FacePoints(
            points.rest + take.offsets,
            points.displacements,
            points.jaw_weight,
            points.functions,
            points.sigma,
        )
    if len(points) < MIN_POINTS or reach_across(points.rest) < MIN_REACH_MM:
        raise SolveError(
            f"'{take.name}' has {len(points)} points, too few or too close to a line to place the head: "
            f"mark at least {MIN_POINTS}, spread over the face"
        )
    return points


def reach_across(points: np.ndarray) -> float:
    """How far points [M, 3] spread across their main direction, mm; zero on a line."""
    if len(points) < 3:
        return 0.0
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return float(spread[1] / np.sqrt(len(points)))


class PointFrames:
    """The frames of a take of points in space, ready to be solved.

    Args:
        face: the prepared model.
        points: the model at the points.
        prior: what is known of the skin between them.
        pose: how poses are found.
    """

    #: Noise of a point, mm, per coordinate.
    noise = 0.05

    def __init__(
        self,
        face: SolvingFace,
        points: FacePoints,
        prior: FieldPrior | None = None,
        pose: PoseSettings | None = None,
    ):
        self.face, self.points = face, points
        self._pose_settings = pose or PoseSettings()
        self.solver = FieldSolver(face, points, prior or FieldPrior())

    @classmethod
    def of(
        cls, face: SolvingFace, points: FacePoints, take: Take, prior: FieldPrior
    ) -> "PointFrames":
        """The solver for a take."""
        return cls(face, points, prior)

    def pose(self, seen: Seen) -> FramePose:
        """Head, jaw and global weights of a frame.

        Raises:
            TooLittleSeenError: too few points are seen, or all near one line.
        """
        seen_points = np.isfinite(seen.places).all(axis=1)
        if seen_points.sum() < MIN_POINTS or reach_across(seen.places[seen_points]) < MIN_REACH_MM:
            raise TooLittleSeenError
        check_shown_size(self.points.rest, seen.places)
        return solve_pose(
            self.points,
            self.face.joint,
            self.face.scan_jaws,
            seen_in_space(seen.places),
            follow_rigidly(self.points.rest, seen.places, self.points.sigma),
            self._pose_settings,
            seen.confidence,
        )

    def observations(
        self, seen: Seen, head: np.ndarray, jaw: np.ndarray, weights: np.ndarray
    ) -> Observations:
        """The seen points with head and jaw undone; their first trust follows from the residual of global weights."""
        local = undo_rigid(seen.places, head)
        target = (
            undo_jaw(local, self.face.joint.pose(jaw), self.points.jaw_weight) - self.points.rest
        )
        seen_points = np.flatnonzero(np.isfinite(target).all(axis=1))
        points, target = self.points.picked(seen_points), target[seen_points]
        squared_residual = ((target - points.displacements @ weights) ** 2).sum(axis=1)
        usual = 3 * self._pose_settings.noise**2 + points.sigma**2
        trust = geman_mcclure(squared_residual / (OUTLIER_SCALE**2 * usual))
        if seen.confidence is not None:
            trust = trust * np.clip(seen.confidence[seen_points], 1e-3, 1)
        slope = np.broadcast_to(np.eye(3), (len(seen_points), 3, 3))
        return Observations(
            seen_points, slope, target, self.noise, trust, self.face.joint.pose(jaw)
        )

    def finish(
        self, seen: Seen, head: np.ndarray, jaw: np.ndarray, weights: np.ndarray
    ) -> FrameSolution:
        """Local weights and remainder of a frame under a head pose [4, 4] and jaw [4]."""
        field = self.solver.solve(self.observations(seen, head, jaw, weights))
        return FrameSolution(head, jaw, field.weights, field.beside)

    def field(self, solution: FrameSolution) -> np.ndarray:
        """Unposed displacement [V, 3] of a solution."""
        return field_on_skin(self.face, solution)

    def residual(self, seen: Seen, solution: FrameSolution) -> np.ndarray:
        """Residual [M, 3] mm of the points under weights that do not vary; NaN where unseen."""
        local = undo_rigid(seen.places, solution.head)
        jaw = self.face.joint.pose(solution.jaw)
        field = undo_jaw(local, jaw, self.points.jaw_weight) - self.points.rest
        return field - self.points.displacements @ solution.weights[:, 0]

    def distances(self, seen: Seen, solution: FrameSolution, vertices: np.ndarray) -> np.ndarray:
        """Distances [N] mm of the solved points from those seen."""
        positions = shown_points(self.face, self.points, solution)
        distance = np.linalg.norm(positions - seen.places, axis=1)
        return distance[np.isfinite(distance)]


def field_on_skin(face: SolvingFace, solution: FrameSolution) -> np.ndarray:
    """Unposed displacement [V, 3] of a solution from a few points."""
    field = Field(solution.weights, solution.remainder)
    beside = field.beside_expressions(face.skin, face.joint.pose(solution.jaw))
    return face.displacement(solution.weights) + beside


def shown_points(face: SolvingFace, points: FacePoints, solution: FrameSolution) -> np.ndarray:
    """Places [M, 3] in world space of points under a solution."""
    jaw = face.joint.pose(solution.jaw)
    shape = points.rest + Field(solution.weights, solution.remainder).at(points, jaw)
    posed = skin_with_jaw(shape, jaw, points.jaw_weight)
    return move_rigidly(posed, solution.head)
