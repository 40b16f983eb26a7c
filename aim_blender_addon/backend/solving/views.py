# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of marked points in the images of calibrated cameras.

A camera is its projection P [3, 4] from world millimetres to pixels: (u z, v z, z) = P (x, y, z, 1).
"""

from dataclasses import dataclass, replace

import numpy as np

from ..geometry.camera import picture_rays
from ..geometry.meeting import meet_rays
from ..geometry.rigid import move_rigidly
from ..geometry.robust import geman_mcclure
from ..geometry.skinning import skin_with_jaw
from ..io.takes import Seen, Take
from .dense import FrameSolution
from .points import MIN_POINTS, OUTLIER_SCALE, PointFrames, shown_points
from .pose import FramePose, Observe, PoseSettings, TooLittleSeenError, follow_rigidly, solve_pose
from .solving_face import FacePoints, SolvingFace
from .sparse_field import Field, FieldPrior, Observations


@dataclass(frozen=True)
class ViewSettings:
    """Rounds of what is solved in turn, and the noise of image points.

    Attributes:
        first_pose_rounds: reweightings of the first head pose: points that do not fit lose their weight.
        pose_rounds: in which pose and local weights are solved in turn.
        remaining_sigma: fraction of the points' sigma once local weights have explained them.
        linear_rounds: of linearising the projection at the solved positions.
        pose_noise: standard deviation of a point for the pose, pixels per coordinate: what a landmark finder gives.
    """

    first_pose_rounds: int = 8
    pose_rounds: int = 5
    remaining_sigma: float = 0.5
    linear_rounds: int = 2
    pose_noise: float = 1.0


VIEW = ViewSettings()


class ViewFrames(PointFrames):
    """The frames of a take of image points, ready to be solved.

    Args:
        face: the prepared model.
        points: the model at the points.
        take: gives the cameras of each frame.
        prior: what is known of the skin between them.
    """

    #: Noise of a point, pixels, per coordinate.
    noise = 0.5

    def __init__(
        self, face: SolvingFace, points: FacePoints, take: Take, prior: FieldPrior | None = None
    ):
        super().__init__(face, points, prior, PoseSettings(noise=VIEW.pose_noise))
        self._take = take

    @classmethod
    def of(
        cls, face: SolvingFace, points: FacePoints, take: Take, prior: FieldPrior
    ) -> "ViewFrames":
        """The solver for a take."""
        return cls(face, points, take, prior)

    def pose(self, seen: Seen, start: np.ndarray | None = None) -> FramePose:
        """Head, jaw and global weights of a frame; from a head pose [4, 4] if one is given.

        Raises:
            TooLittleSeenError: no camera sees enough points.
        """
        cameras = self._take.cameras_at(seen.number)
        owner, camera, pixels, confidence = _seen_pixels(seen)
        if np.bincount(camera, minlength=1).max(initial=0) < MIN_POINTS:
            raise TooLittleSeenError
        points = self.points.picked(owner)
        face = self.face
        observe = seen_in_images(cameras[camera], pixels)
        if start is None:
            start = _first_head(cameras, owner, camera, pixels, points, observe)

        def placed(at: FacePoints, head: np.ndarray) -> FramePose:
            return solve_pose(
                at, face.joint, face.scan_jaws, observe, head, self._pose_settings, confidence
            )

        found = first = placed(points, start)
        # One image hardly shows depth: skin that global weights cannot show passes for motion of head and jaw.
        for _ in range(VIEW.pose_rounds):
            solution = self.finish(seen, found.head, found.jaw, first.weights)
            field = Field(solution.weights, solution.remainder)
            shape = field.at(points, face.joint.pose(found.jaw))
            shifted = replace(
                points,
                rest=points.rest + shape - points.displacements @ first.weights,
                sigma=VIEW.remaining_sigma * points.sigma,
            )
            found = placed(shifted, found.head)
        found = replace(found, weights=first.weights)
        if found.trust.sum() < MIN_POINTS / 2:
            raise TooLittleSeenError
        return found

    def observations(
        self,
        seen: Seen,
        head: np.ndarray,
        jaw: np.ndarray,
        weights: np.ndarray,
        around: np.ndarray | None = None,
    ) -> Observations:
        """Pixels as linear observations of the displacement, near ``around`` [M, 3] (None: global weights)."""
        owner, camera, pixels, confidence = _seen_pixels(seen)
        points = self.points.picked(owner)
        near = points.displacements @ weights if around is None else around[owner]
        matrix = self.face.joint.pose(jaw)
        positions = skin_with_jaw(points.rest + near, matrix, points.jaw_weight)
        observe = seen_in_images(self._take.cameras_at(seen.number)[camera], pixels)
        residual, by_position = observe(head, positions)
        skinning = np.eye(3) + points.jaw_weight[:, None, None] * (matrix[:3, :3] - np.eye(3))
        slope = by_position @ skinning
        target = np.einsum("ndc,nc->nd", slope, near) - residual
        usual = 2 * self._pose_settings.noise**2 + (slope**2).sum(axis=(1, 2)) * points.sigma**2 / 3
        trust = geman_mcclure((residual**2).sum(axis=1) / (OUTLIER_SCALE**2 * usual), confidence)
        trust = np.maximum(trust, 1e-6)
        return Observations(owner, slope, target, self.noise, trust, matrix)

    def finish(
        self, seen: Seen, head: np.ndarray, jaw: np.ndarray, weights: np.ndarray
    ) -> FrameSolution:
        """Local weights and remainder of a frame under a head pose [4, 4] and jaw [4]."""
        around = None
        for _ in range(VIEW.linear_rounds):
            field = self.solver.solve(self.observations(seen, head, jaw, weights, around))
            around = field.at(self.points, self.face.joint.pose(jaw))
        return FrameSolution(head, jaw, field.weights, field.beside)

    def residual(self, seen: Seen, solution: FrameSolution) -> np.ndarray:
        """Residual [C M, 2] of the pixels under weights that do not vary; NaN where unseen."""
        plain = np.zeros_like(solution.weights)
        plain[:, 0] = solution.weights[:, 0]
        return self._pixel_residual(
            seen, FrameSolution(solution.head, solution.jaw, plain, 0 * solution.remainder)
        )

    def distances(self, seen: Seen, solution: FrameSolution, vertices: np.ndarray) -> np.ndarray:
        """Distances [N] in pixels of the solved points from those seen."""
        distance = np.linalg.norm(self._pixel_residual(seen, solution), axis=1)
        return distance[np.isfinite(distance)]

    def _pixel_residual(self, seen: Seen, solution: FrameSolution) -> np.ndarray:
        positions = shown_points(self.face, self.points, solution)
        cameras = self._take.cameras_at(seen.number)
        shown = np.stack([_project(camera, positions) for camera in cameras])
        return (shown - seen.places).reshape(-1, 2)


def _first_head(
    cameras: np.ndarray,
    owner: np.ndarray,
    camera: np.ndarray,
    pixels: np.ndarray,
    points: FacePoints,
    observe: Observe,
) -> np.ndarray:
    """[4, 4] a first head pose: by each camera alone, and by the places that several tell; the one that fits best.

    Raises:
        TooLittleSeenError: none.
    """
    starts = [
        place(cameras[one], pixels[camera == one], points.rest[camera == one])
        for one in np.unique(camera)
        if (camera == one).sum() >= MIN_POINTS
        for place in (place_head, place_far_head)
    ]
    centres, rays = np.empty((len(camera), 3)), np.empty((len(camera), 3))
    for one in np.unique(camera):
        centres[camera == one], rays[camera == one] = picture_rays(
            cameras[one], pixels[camera == one]
        )
    places = meet_rays(owner, centres, rays, int(owner.max()) + 1)[owner]
    if (
        np.isfinite(places).all(axis=1).sum() >= 2 * MIN_POINTS
    ):  # each place is there for two cameras at least
        starts.append(follow_rigidly(points.rest, places, points.sigma))
    found = [start for start in starts if start is not None]
    if not found:
        raise TooLittleSeenError
    return min(found, key=lambda head: _median_residual(observe, head, points.rest))


def seen_in_images(cameras: np.ndarray, pixels: np.ndarray) -> Observe:
    """Residuals in pixels [N, 2] of points seen by cameras [N, 3, 4]."""

    def observe(head: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        whole = cameras @ head  # [N, 3, 4]
        image = np.einsum("nij,nj->ni", whole[:, :, :3], positions) + whole[:, :, 3]
        depth = np.where(np.abs(image[:, 2:]) > 1e-9, image[:, 2:], 1e-9)
        flat = image[:, :2] / depth
        slope = (whole[:, :2, :3] - flat[:, :, None] * whole[:, 2:, :3]) / depth[:, :, None]
        return flat - pixels, slope

    return observe


def place_head(camera: np.ndarray, pixels: np.ndarray, rest: np.ndarray) -> np.ndarray | None:
    """[4, 4] head pose from points of the neutral [N, 3] mm in one image [N, 2], or None.

    It solves a direct linear transformation about the camera's centre and takes its nearest rotation. The scale of
    the solution gives the distance. Points that do not fit lose weight from round to round.
    """
    centre = -np.linalg.solve(camera[:, :3], camera[:, 3])
    rays = np.linalg.solve(camera[:, :3], np.column_stack([pixels, np.ones(len(pixels))]).T).T
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    middle = rest.mean(axis=0)
    size = np.sqrt(((rest - middle) ** 2).sum(axis=1).mean())
    local = np.column_stack([(rest - middle) / size, np.ones(len(rest))])
    crossing = np.array(_cross(rays))  # ray x (R p + t) = 0
    rows = np.einsum("nij,nk->nijk", crossing, local).reshape(len(rays), 3, 12)
    weight, pose = np.ones(len(rest)), None
    for _ in range(VIEW.first_pose_rounds):
        system = np.einsum("n,nij,nik->jk", weight, rows, rows)
        solved = np.linalg.eigh(system)[1][:, 0].reshape(3, 4)
        if (rays @ solved[:, 3]).mean() < 0:
            solved = -solved
        u, stretch, vt = np.linalg.svd(solved[:, :3])
        if np.linalg.det(u @ vt) < 0 or stretch[2] < 1e-6 * stretch[0]:
            break
        turn = u @ vt
        pose = np.eye(4)
        pose[:3, :3] = turn
        pose[:3, 3] = centre + solved[:, 3] * size / stretch.mean() - turn @ middle
        seen = move_rigidly(rest, pose) - centre
        seen /= np.linalg.norm(seen, axis=1, keepdims=True)
        residual = np.linalg.norm(np.cross(seen, rays), axis=1)
        weight = geman_mcclure((residual / max(np.median(residual), 1e-9) / 2) ** 2)
    return pose


def place_far_head(camera: np.ndarray, pixels: np.ndarray, rest: np.ndarray) -> np.ndarray | None:
    """[4, 4] head pose as by :func:`place_head` of a head whose depth hardly shows, or None.

    It has fewer unknowns, so that an open mouth, which rigid points do not explain, turns the head less.
    """
    centre, rays = picture_rays(camera, pixels)
    ahead = rays.mean(axis=0) / np.linalg.norm(rays.mean(axis=0))
    across = np.cross(ahead, np.eye(3)[np.abs(ahead).argmin()])
    across /= np.linalg.norm(across)
    axes = np.stack([across, np.cross(ahead, across), ahead])
    seen = rays @ axes.T
    flat = seen[:, :2] / seen[:, 2:]
    middle = rest.mean(axis=0)
    local = np.column_stack([rest - middle, np.ones(len(rest))])
    weight, pose = np.ones(len(rest)), None
    for _ in range(VIEW.first_pose_rounds):
        system = local.T @ (weight[:, None] * local)
        if np.linalg.cond(system) > 1e12:
            break
        solved = np.linalg.solve(system, local.T @ (weight[:, None] * flat)).T  # [2, 4]
        u, stretch, vt = np.linalg.svd(solved[:, :3], full_matrices=False)
        if stretch[1] < 1e-3 * stretch[0]:
            break
        rows, scale = u @ vt, stretch.mean()
        turn = axes.T @ np.stack([*rows, np.cross(*rows)])
        pose = np.eye(4)
        pose[:3, :3] = turn
        pose[:3, 3] = centre + axes.T @ [*solved[:, 3], 1.0] / scale - turn @ middle
        residual = np.linalg.norm(flat - local @ solved.T, axis=1)
        weight = geman_mcclure((residual / max(np.median(residual), 1e-9) / 2) ** 2)
    return pose


def _cross(vectors: np.ndarray) -> np.ndarray:
    """[N, 3, 3] matrices X with X w = v x w."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]).transpose(2, 0, 1)


def _project(camera: np.ndarray, positions: np.ndarray) -> np.ndarray:
    image = positions @ camera[:, :3].T + camera[:, 3]
    return image[:, :2] / image[:, 2:]


def _median_residual(observe: Observe, head: np.ndarray, positions: np.ndarray) -> float:
    return float(np.median(np.linalg.norm(observe(head, positions)[0], axis=1)))


def _seen_pixels(seen: Seen) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Point, camera, pixels [N, 2] and confidence [N] of what a frame shows."""
    camera, owner = np.nonzero(np.isfinite(seen.places).all(axis=2))
    confidence = np.ones(len(owner))
    if seen.confidence is not None:
        confidence = np.clip(seen.confidence[camera, owner], 1e-3, 1.0)
    return owner, camera, seen.places[camera, owner], confidence
