# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw poses of scans from skin alone: the skin may slide, but the tissue over the mandible keeps its depth.

A point of the skin over the mandible, carried along by the jaw, need not meet the same point of the
scan again (skin slides over bone by up to a centimetre), but it must lie on the scan's surface: the
residual is the distance along the surface normal to the nearest skin, not the distance to the same
vertex. The pose lives in the jaw's joint with its limits, small motions are preferred, and a robust
cost whose scale shrinks step by step lets pulled lips and cheeks drop out. docs/jaw.md has the
comparison with the alternatives.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..anatomy.joint import JawJoint
from ..errors import FitError
from ..geometry.mesh import Mesh, vertex_normals
from ..geometry.rays import BoneHits
from ..model.skinning import move_rigidly
from ..progress import Progress, silent


@dataclass(frozen=True)
class JawSettings:
    """How jaw poses are sought.

    Attributes:
        start_degrees: opening angles from which each scan's search starts.
        scales_mm: robust scale of the residual, from coarse to fine.
        thin_mm, spread_mm: tissue of ``thin_mm`` follows the bone best; the trust in it falls off as a
            Gaussian of this spread towards thicker tissue.
        deepest_mm: skin with more tissue than this over the mandible is not asked.
        prior: cost per squared (radian, mm, mm, mm) of (open, forward, side, shift), in mm^2.
        steps: most Gauss-Newton steps after the coarsest scale.
        finalists: starts that are followed up with all points.
        coarse_points: points used to choose among the starts.
        fine_points: points used for the final pose.
    """

    start_degrees: tuple[float, ...] = (0.0, 7.0, 14.0, 23.0, 32.0)
    scales_mm: tuple[float, ...] = (8.0, 4.0, 2.0, 1.0)
    thin_mm: float = 6.0
    spread_mm: float = 8.0
    deepest_mm: float = 14.0
    prior: tuple[float, float, float, float] = (1.0, 0.001, 0.001, 0.0025)
    steps: int = 25
    finalists: int = 2
    coarse_points: int = 200
    fine_points: int = 800


@dataclass(frozen=True)
class JawPoses:
    """Solved poses.

    Attributes:
        parameters: [E, 4] (open radians, forward, side, shift mm).
        matrices: [E, 4, 4] float64, head space.
        disagreement_mm: [E] robust distance between the carried skin and the scan that is left.
    """

    parameters: np.ndarray
    matrices: np.ndarray
    disagreement_mm: np.ndarray


class _ScanSurface:
    """Points and normals sampled on the lower face of one scan, with a search tree."""

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray):
        normals = vertex_normals(vertices, triangles).astype(np.float64)
        used = np.unique(triangles)
        centre_normals = normals[triangles].sum(axis=1)
        length = np.linalg.norm(centre_normals, axis=1, keepdims=True)
        self.points = np.concatenate([vertices[used], vertices[triangles].mean(axis=1)])
        self.normals = np.concatenate([normals[used], centre_normals / np.maximum(length, 1e-9)])
        self.tree = cKDTree(self.points)

    def nearest(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sample numbers [N] nearest to the points that face the same way, and [N] bool: found."""
        distance, near = self.tree.query(points, k=6, distance_upper_bound=40.0)
        known = near < len(self.points)
        near = np.where(known, near, 0)
        agree = np.einsum("nkc,nc->nk", self.normals[near], normals) > 0.5
        distance = np.where(known & agree, distance, np.inf)
        best = distance.argmin(axis=1)
        row = np.arange(len(points))
        return near[row, best], np.isfinite(distance[row, best])


@dataclass(frozen=True)
class _Carried:
    """Skin points that the mandible carries: places, outward normals, trust (sums to one)."""

    points: np.ndarray
    normals: np.ndarray
    trust: np.ndarray

    def thinned(self, count: int) -> "_Carried":
        step = max(1, len(self.points) // count)
        trust = self.trust[::step]
        return _Carried(self.points[::step], self.normals[::step], trust / trust.sum())


def solve_jaw_poses(
    neutral: Mesh,
    scans: np.ndarray,
    hits: BoneHits,
    area: np.ndarray,
    joint: JawJoint,
    settings: JawSettings | None = None,
    progress: Progress = silent,
) -> JawPoses:
    """The pose of the mandible in every scan.

    Args:
        neutral: skin in rest, V vertices.
        scans: [E, V, 3] mm, head space (head motion removed).
        hits: bone below each vertex of the neutral.
        area: [V] mm^2 of skin per vertex.
        joint: the person's jaw joint.
        settings: None for the defaults.
        progress: told after each scan.

    Raises:
        FitError: almost no skin lies over the mandible.
    """
    settings = settings or JawSettings()
    carried, lower_face = _carried_skin(neutral, hits, area, settings)
    coarse, fine = carried.thinned(settings.coarse_points), carried.thinned(settings.fine_points)
    starts = np.radians(settings.start_degrees)
    parameters, left_over = [], []
    for index, scan in enumerate(np.asarray(scans, np.float64)):
        surface = _ScanSurface(scan, lower_face)
        tries = [
            _descend(joint, surface, coarse, np.array([start, 0.0, 0.0, 0.0]), settings)
            for start in starts
        ]
        tries.sort(key=lambda attempt: attempt[1])
        finals = [
            _descend(joint, surface, fine, pose, settings, scales=settings.scales_mm[-2:])
            for pose, _ in tries[: settings.finalists]
        ]
        final, cost = min(finals, key=lambda attempt: attempt[1])
        parameters.append(final)
        left_over.append(np.sqrt(cost))
        progress("Finding the jaw in the scans", (index + 1) / len(scans), {})
    return JawPoses(
        np.array(parameters).reshape(-1, 4),
        np.array([joint.pose(p) for p in parameters]).reshape(-1, 4, 4),
        np.array(left_over),
    )


def _carried_skin(
    neutral: Mesh, hits: BoneHits, area: np.ndarray, settings: JawSettings
) -> tuple[_Carried, np.ndarray]:
    """Skin over the mandible, and the triangles of the face where it may be found in a scan."""
    over = np.flatnonzero(hits.on_jaw & (hits.depth < settings.deepest_mm))
    if len(over) < 20:
        raise FitError(
            f"Only {len(over)} points of '{neutral.name}' lie over the jaw bone: check that the jaw "
            "mesh sits under the chin, or use Estimate Bones"
        )
    excess = np.maximum(hits.depth[over] - settings.thin_mm, 0) / settings.spread_mm
    trust = area[over] * np.exp(-(excess**2))
    places = neutral.vertices.astype(np.float64)
    reach, _ = cKDTree(places[over]).query(places, distance_upper_bound=70.0)
    keep = np.isfinite(reach)[neutral.triangles].all(axis=1)
    normals = neutral.normals[over].astype(np.float64)
    return _Carried(places[over], normals, trust / trust.sum()), neutral.triangles[keep]


def _descend(
    joint: JawJoint,
    surface: _ScanSurface,
    skin: _Carried,
    start: np.ndarray,
    settings: JawSettings,
    scales: tuple[float, ...] | None = None,
) -> tuple[np.ndarray, float]:
    """Gauss-Newton on the robust cost from ``start``; the pose [4] and its cost in mm^2."""
    scales = scales or settings.scales_mm
    low, high = joint.limits.bounds()
    prior = np.array(settings.prior)
    pose = np.clip(start, low, high)
    for step in range(settings.steps + len(scales)):
        scale = scales[min(step, len(scales) - 1)]
        residual, slope, found = _residual(joint, surface, skin, pose)
        weight = skin.trust * found / (1 + (residual / scale) ** 2) ** 2  # Geman-McClure
        system = slope.T @ (weight[:, None] * slope) + np.diag(prior)
        change = -np.linalg.solve(system, slope.T @ (weight * residual) + prior * pose)
        moved = np.clip(pose + change, low, high)
        change, pose = moved - pose, moved
        if step >= len(scales) and np.abs(change * [joint.length, 1, 1, 1]).max() < 0.01:
            break
    residual, _, found = _residual(joint, surface, skin, pose)
    ratio = (residual / scales[-1]) ** 2
    robust = np.where(found, ratio / (1 + ratio), 1.0)
    return pose, float(scales[-1] ** 2 * (skin.trust * robust).sum() + (prior * pose**2).sum())


def _residual(
    joint: JawJoint, surface: _ScanSurface, skin: _Carried, pose: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distances [N] of the carried skin from the scan along its normals, slopes [N, 4], found [N]."""
    matrix = joint.pose(pose)
    place = move_rigidly(skin.points, matrix)
    near, found = surface.nearest(place, skin.normals @ matrix[:3, :3].T)
    target, normal = surface.points[near], surface.normals[near]
    residual = np.einsum("nc,nc->n", place - target, normal)
    slope = np.empty((len(place), 4))
    for axis in range(4):
        other = pose.copy()
        other[axis] += 1e-4
        moved = move_rigidly(skin.points, joint.pose(other))
        slope[:, axis] = np.einsum("nc,nc->n", moved - place, normal) / 1e-4
    return residual, slope, found
