# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Residuals of the skin over the mandible under a trial pose of the jaw, and their covariance.

Points of the skin over the mandible are carried along by the trial pose. Each has two residuals:

* how far it lies off the scan, along the normal (*depth*): tissue over bone hardly changes its depth,
* how far it lies from its own vertex in the scan, along the surface (*slide*): skin slides over bone.

Muscles move skin without the jaw, and not point by point: a smile moves all of one cheek, mentalis the whole chin
pad. So both are treated as draws of a Gaussian process over the surface. It is wide where lips and mentalis pull,
and narrow over thin tissue far from the mouth. It is correlated over a few millimetres (depth) or centimetres
(slide). This holds the anatomy: a motion of the chin alone costs little. The same motion of chin, border and angle
together can only be the jaw. What the skin lags behind its bone grows with the motion and towards the angle of the
jaw. docs/decisions/tried-jaw.md has what was tried.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.spatial import cKDTree

from ...errors import FitError
from ...geometry.mesh import Mesh, vertex_normals
from ...geometry.rays import BoneHits
from ...geometry.rigid import move_rigidly
from .joint import JawJoint

#: Half the width of the lips' line, mm: skin near it moves by muscle.
LIP_HALF_WIDTH_MM = 22.0
#: The lips' line lies this far before the incisors, mm.
LIP_FRONT_MM = 8.0
#: Where between incisors (0) and condyles (1) the skin follows the jaw least.
ANGLE_AT = 0.8
#: Skin this near to the sampled points in the neutral may be what they meet in a scan, mm.
REACH_MM = 22.0
#: The carried point's match is sought among this many samples,
CANDIDATES = 6
#: no farther than this, mm,
FARTHEST_MM = 40.0
#: and along the surface no farther than this, mm.
FARTHEST_ASIDE_MM = 6.0
_UNKNOWN_VARIANCE = 1e4  # mm^2, of a point that meets no skin


@dataclass(frozen=True)
class TissueSettings:
    """How soft tissue moves over the mandible: standard deviations in mm, lengths in mm.

    Attributes:
        deepest_mm: skin with more tissue than this over the mandible is not sampled.
        spacing_mm: distance between the sampled points.
        depth_mm: of the depth over tissue of 6 mm; ``depth_per_mm`` more for each millimetre beyond.
        depth_at_lips_mm: added at the lips, fading over ``lips_depth_mm``.
        depth_length_mm: over which changes of depth go together.
        depth_sigma_mm: of each point alone: scanner, triangles.
        slide_mm: along the surface, far from the mouth; ``slide_at_lips_mm`` more there, fading over
            ``lips_slide_mm``.
        slide_length_mm: over which slides go together.
        slide_sigma_mm: of each point alone.
        follow_at_angle: share of the jaw's motion that skin over the jaw's angle makes (1 at the chin).
        lag_at_chin, lag_at_angle: standard deviation of that share; ``lag_length_mm`` along the surface.
        depth_lag_at_chin, depth_lag_at_angle: the same for what becomes of the depth.
        min_activity: a scan's muscles are taken at least this active (variance, of 1).
        modes: variance of the other scans' residuals in a new scan.
    """

    deepest_mm: float = 12.0
    spacing_mm: float = 9.0
    depth_mm: float = 0.10
    depth_per_mm: float = 0.093
    depth_at_lips_mm: float = 3.2
    lips_depth_mm: float = 22.0
    depth_length_mm: float = 1.8
    depth_sigma_mm: float = 0.07
    slide_mm: float = 1.4
    slide_at_lips_mm: float = 14.0
    lips_slide_mm: float = 35.0
    slide_length_mm: float = 110.0
    slide_sigma_mm: float = 1.8
    follow_at_angle: float = 0.28
    lag_at_chin: float = 0.25
    lag_at_angle: float = 0.6
    lag_length_mm: float = 60.0
    depth_lag_at_chin: float = 0.023
    depth_lag_at_angle: float = 0.45
    min_activity: float = 0.02
    modes: float = 0.5


class ScanSurface:
    """Points and normals sampled on the lower face of one scan, with a search tree."""

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray):
        used, corners = np.unique(triangles, return_inverse=True)
        corners = corners.reshape(triangles.shape)
        places = np.asarray(vertices[used], np.float64)
        normals = vertex_normals(places, corners).astype(np.float64)
        centre_normals = normals[corners].sum(axis=1)
        length = np.linalg.norm(centre_normals, axis=1, keepdims=True)
        self.points = np.concatenate([places, places[corners].mean(axis=1)])
        self.normals = np.concatenate([normals, centre_normals / np.maximum(length, 1e-9)])
        self.tree = cKDTree(self.points, balanced_tree=False)

    def nearest(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sample numbers [N] nearest to the points that face the same side, and [N] bool: found."""
        distance, near = self.tree.query(points, k=CANDIDATES, distance_upper_bound=FARTHEST_MM)
        known = near < len(self.points)
        near = np.where(known, near, 0)
        agree = np.einsum("nkc,nc->nk", self.normals[near], normals) > 0.5
        distance = np.where(known & agree, distance, np.inf)
        best = distance.argmin(axis=1)
        row = np.arange(len(points))
        return near[row, best], np.isfinite(distance[row, best])


@dataclass(frozen=True)
class SkinResidual:
    """Residuals of N points of skin that the jaw carries, against a scan; mm.

    Attributes:
        depth: [N] off the scan's surface, along its normal; 0 where nothing was met.
        slide: [2N] along the surface, off the same vertices.
        motion: [N, 3] of the jaw at the points.
        normals: [N, 3] of the scan where it was met.
        tangents: [N, 2, 3] of the carried skin.
        found: [N] bool: met.
        seen: [N] bool: the scan shows their own vertices.
    """

    depth: np.ndarray
    slide: np.ndarray
    motion: np.ndarray
    normals: np.ndarray
    tangents: np.ndarray
    found: np.ndarray
    seen: np.ndarray


class JawSkin:
    """The sampled points of one neutral's skin, and the statistics of their tissue."""

    def __init__(self, neutral: Mesh, hits: BoneHits, joint: JawJoint, settings: TissueSettings):
        """Choose the points: evenly over the mandible, the same on both sides, thin tissue first.

        Raises:
            FitError: almost no skin lies over the mandible.
        """
        self.joint, self.settings = joint, settings
        over = np.flatnonzero(hits.on_jaw & (hits.depth < settings.deepest_mm))
        if len(over) < 20:
            raise FitError(
                f"Only {len(over)} points of '{neutral.name}' lie over the jaw bone: check that the jaw "
                "mesh sits under the chin, or use Estimate Bones"
            )
        places = neutral.vertices.astype(np.float64)
        local = (places[over] - joint.incisor) @ joint.left_front_up.T
        chosen = _mirrored_sample(local, hits.depth[over], settings.spacing_mm)
        self.index, local = over[chosen], local[chosen]
        self.points = places[self.index]
        self.normals = neutral.normals[self.index].astype(np.float64)
        self.tangents = _tangents(self.normals, joint)
        near, _ = cKDTree(self.points).query(places, distance_upper_bound=REACH_MM)
        self.triangles = neutral.triangles[np.isfinite(near)[neutral.triangles].all(axis=1)]
        self._set_statistics(local, hits.depth[self.index])
        self._modes: tuple[np.ndarray, np.ndarray] | None = None

    def _set_statistics(self, local: np.ndarray, depth: np.ndarray) -> None:
        s = self.settings
        lips = local - np.stack(
            [
                np.clip(local[:, 0], -LIP_HALF_WIDTH_MM, LIP_HALF_WIDTH_MM),
                np.full(len(local), LIP_FRONT_MM),
                np.zeros(len(local)),
            ],
            axis=1,
        )
        from_lips = np.linalg.norm(lips, axis=1)
        back = np.clip(-local[:, 1] / self.joint.length, 0, ANGLE_AT) / ANGLE_AT  # 0 chin, 1 angle
        squared = ((self.points[:, None] - self.points) ** 2).sum(axis=2)

        def together(deviation: np.ndarray, length: float) -> np.ndarray:
            return np.outer(deviation, deviation) * np.exp(-squared / (2 * length**2))

        thick = np.clip(depth - 6.0, 0, 16)
        deviation = s.depth_mm + s.depth_per_mm * thick
        deviation = deviation + s.depth_at_lips_mm * np.exp(-((from_lips / s.lips_depth_mm) ** 2))
        self._depth = together(deviation, s.depth_length_mm)
        deviation = s.slide_mm + s.slide_at_lips_mm * np.exp(-((from_lips / s.lips_slide_mm) ** 2))
        self._slide = together(deviation, s.slide_length_mm)
        self._slide += s.slide_sigma_mm**2 * np.eye(len(local))
        self.follow = 1 + (s.follow_at_angle - 1) * back
        lag = s.lag_at_chin + (s.lag_at_angle - s.lag_at_chin) * back
        self._slide_lag = together(lag, s.lag_length_mm)
        lag = s.depth_lag_at_chin + (s.depth_lag_at_angle - s.depth_lag_at_chin) * back
        self._depth_lag = together(lag, s.depth_length_mm)
        self.trust = 1 / np.diag(self._depth)

    def surface(self, scan: np.ndarray) -> ScanSurface:
        """The part of a scan [V, 3] that the points may meet; NaN where the scan shows nothing.

        Raises:
            FitError: nothing of that part is there.
        """
        shown = self.triangles[np.isfinite(scan).all(axis=1)[self.triangles].all(axis=1)]
        if not len(shown):
            raise FitError(
                "Nothing of the skin over the jaw bone is seen: the jaw cannot be found from this"
            )
        return ScanSurface(scan, shown)

    def residual(self, surface: ScanSurface, scan: np.ndarray, matrix: np.ndarray) -> SkinResidual:
        """Residuals of the skin carried by the jaw transform [4, 4] against the scan [V, 3]."""
        turn = matrix[:3, :3]
        carried = move_rigidly(self.points, matrix)
        near, found = surface.nearest(carried, self.normals @ turn.T)
        normals = surface.normals[near]
        offset = carried - surface.points[near]
        depth = np.einsum("nc,nc->n", offset, normals)
        # What lies far aside is the rim of a hole, not the skin that this point meets.
        aside = np.linalg.norm(offset - depth[:, None] * normals, axis=1)
        found = found & (aside < FARTHEST_ASIDE_MM)
        motion = carried - self.points
        following = self.points + self.follow[:, None] * motion
        tangents = self.tangents @ turn.T
        own = scan[self.index]
        seen = np.isfinite(own).all(axis=1)
        displacement = following - np.where(seen[:, None], own, following)
        slide = np.einsum("nac,nc->na", tangents, displacement)
        depth = np.where(found, depth, 0.0)
        return SkinResidual(depth, slide.ravel(), motion, normals, tangents, found, seen)

    def slopes(
        self, residual: SkinResidual, parameters: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """How depth [N, 4] and slide [2N, 4] change with the joint's parameters [4]."""
        carried = self.points + residual.motion
        depth, slide = np.empty((len(carried), 4)), np.empty((2 * len(carried), 4))
        by_parameter = self.joint.slopes(self.points, parameters, carried, step=1e-4)
        for axis in range(4):
            change = np.ascontiguousarray(by_parameter[:, :, axis])
            depth[:, axis] = residual.found * np.einsum("nc,nc->n", change, residual.normals)
            along = np.einsum("nac,nc->na", residual.tangents, change)
            slide[:, axis] = ((residual.seen * self.follow)[:, None] * along).ravel()
        return depth, slide

    def spread(self, residual: SkinResidual) -> tuple[np.ndarray, np.ndarray]:
        """Lower Cholesky factors of the covariances of depth [N, N] and slide [2N, 2N] at a trial pose."""
        s = self.settings
        size = np.linalg.norm(residual.motion, axis=1)
        moved = np.outer(size, size)
        variance = np.where(residual.found, s.depth_sigma_mm**2, _UNKNOWN_VARIANCE)
        depth = self._depth + moved * self._depth_lag + np.diag(variance)
        tangents = residual.tangents.reshape(-1, 3)
        slide = np.repeat(np.repeat(self._slide + moved * self._slide_lag, 2, axis=0), 2, axis=1)
        slide = slide * (tangents @ tangents.T)
        slide += np.diag(np.where(np.repeat(residual.seen, 2), 1e-6, _UNKNOWN_VARIANCE))
        if self._modes is not None:
            depth_modes, slide_modes = self._modes
            depth = depth + s.modes * depth_modes @ depth_modes.T
            slide = slide + s.modes * slide_modes @ slide_modes.T
        return tuple(cholesky(c, lower=True, check_finite=False) for c in (depth, slide))

    def expect(self, residuals: list[SkinResidual]) -> None:
        """Expect from now on also mixtures of the residuals of these solved scans."""
        self._modes = (
            np.stack([m.depth for m in residuals], axis=1),
            np.stack([m.slide for m in residuals], axis=1),
        )

    def disagreement(self, residual: SkinResidual) -> float:
        """Weighted median, mm, of the distance between carried skin and scan; thin tissue counts most."""
        order = np.argsort(np.abs(residual.depth))
        cumulative = np.cumsum((self.trust * residual.found)[order])
        if cumulative[-1] == 0:
            return float("inf")
        return float(np.abs(residual.depth)[order][np.searchsorted(cumulative, cumulative[-1] / 2)])


def whitened(factor: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    """L^-1 applied to the columns, for a lower factor [N, N]."""
    return solve_triangular(factor, np.column_stack(columns), lower=True, check_finite=False)


def _tangents(normals: np.ndarray, joint: JawJoint) -> np.ndarray:
    """Two unit vectors [N, 2, 3] square to each normal."""
    first = np.cross(normals, joint.left + 0.1 * joint.up)
    first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), 1e-9)
    return np.stack([first, np.cross(normals, first)], axis=1)


def _mirrored_sample(local: np.ndarray, depth: np.ndarray, spacing: float) -> np.ndarray:
    """Numbers of points [N, 3] (left, front, up) at least ``spacing`` apart, the same on both sides."""
    half = np.flatnonzero(local[:, 0] > -1.0)
    tree, free = cKDTree(local[half]), np.ones(len(half), bool)
    chosen = []
    for number in np.argsort(depth[half], kind="stable"):
        if free[number]:
            chosen.append(half[number])
            free[tree.query_ball_point(local[half[number]], spacing)] = False
    chosen = np.array(chosen, int)
    distance, other = cKDTree(local).query(local[chosen] * [-1, 1, 1])
    mirrored = other[(distance < spacing / 2) & (local[chosen, 0] > 2.0)]
    return np.unique(np.concatenate([chosen, mirrored]))
