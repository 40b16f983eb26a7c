# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Head pose, jaw pose and global weights of one frame, together, by robust Gauss-Newton (numpy only).

The expressions explain the motion of lips and cheeks, so that the jaw does not have to. A jaw that is
fitted to chin skin alone takes every lip motion for its own (docs/method/jaw.md).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..geometry.rigid import (
    fit_rigid,
    minus_cross,
    move_rigidly,
    rigid_of_twist,
    undo_rigid,
)
from ..geometry.robust import geman_mcclure
from .solving_face import FacePoints

#: ``observe(head, positions)``: residuals [M, D] of positions [M, 3] in head space under a head pose [4, 4],
#: and their slopes [M, D, 3] by the positions. NaN where nothing was observed.
Observe = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


#: Scales of the Geman-McClure cost of rigid skin, mm, from round to round: first all of it, then what moves as one.
RIGID_SCALES_MM = (np.inf, 40.0, 20.0, 10.0, 5.0, 3.0, 2.0, 2.0)

#: A frame whose points spread less or more than the actor's by these factors shows no face; no expression does so.
MIN_SIZE, MAX_SIZE = 0.2, 5.0


class TooLittleSeenError(Exception):
    """A frame shows too little to find the head's pose; it becomes a gap."""


@dataclass(frozen=True)
class PoseSettings:
    """How a pose is found.

    Attributes:
        noise: of the observations, in their unit; the error of the model is added to it.
        scales: of the Geman-McClure cost, in standard deviations, from step to step.
        steps: upper bound of Gauss-Newton steps.
        worth: all observations together weigh at most as this number of independent ones: the model's errors are
            alike in neighbouring points.
        weight_deviation: usual size of an expression weight.
        weight_limits: global weights stay between these.
        jaw_deviation_mm: standard deviation of the jaw from the weighted jaw parameters of the scans.
    """

    noise: float = 0.3
    scales: tuple[float, ...] = (30.0, 10.0, 5.0, 3.0)
    steps: int = 14
    worth: float = 100.0
    weight_deviation: float = 0.7
    weight_limits: tuple[float, float] = (-0.5, 1.5)
    jaw_deviation_mm: float = 3.0


@dataclass(frozen=True)
class FramePose:
    """Attributes:
    head: [4, 4] head space to world.
    jaw: [4] joint parameters.
    weights: [E] global weights.
    trust: [M] in [0, 1], weight of each observation.
    """

    head: np.ndarray
    jaw: np.ndarray
    weights: np.ndarray
    trust: np.ndarray


def solve_pose(
    points: FacePoints,
    joint: JawJoint,
    scan_jaws: np.ndarray,
    observe: Observe,
    start: np.ndarray,
    settings: PoseSettings,
    confidence: np.ndarray | None = None,
) -> FramePose:
    """Pose and weights that explain the observations best, from a first head pose [4, 4].

    ``confidence`` [M] in [0, 1] weighs each observation; None: all alike.
    """
    head, jaw, weights = start, np.zeros(4), np.zeros(len(scan_jaws))
    unit = joint.unit_sizes
    prior = pose_prior(scan_jaws, unit, settings)
    trust = np.zeros(len(points))
    for step in range(settings.steps):
        scale = settings.scales[min(step, len(settings.scales) - 1)]
        positions, slopes = _model(points, joint, jaw, weights)
        residual, by_position = observe(head, positions)
        seen = np.isfinite(residual).all(axis=1)
        residual = np.where(seen[:, None], residual, 0.0)
        by_position = np.where(seen[:, None, None], by_position, 0.0)
        each = residual.shape[1]
        variance = settings.noise**2 + (by_position**2).sum(axis=(1, 2)) * points.sigma**2 / (
            3 * each
        )
        believed = seen if confidence is None else seen * confidence
        trust = geman_mcclure((residual**2).sum(axis=1) / (each * scale**2 * variance), believed)
        weight = trust / variance * min(1.0, settings.worth / max(seen.sum(), 1))
        slope = np.matmul(by_position, slopes)  # [M, D, 10 + E]
        count = slope.shape[2]
        flat = slope.reshape(-1, count)
        weighted = (slope * weight[:, None, None]).reshape(-1, count)
        state = np.concatenate([np.zeros(6), jaw, weights])
        system = weighted.T @ flat + prior + 1e-9 * np.eye(count)
        change = -np.linalg.solve(system, weighted.T @ residual.ravel() + prior @ state)
        head = head @ rigid_of_twist(change[:6])
        moved = joint.within_limits(jaw + change[6:10])
        size = max(
            np.abs(change[:3]).max() * 100,
            np.abs(change[3:6]).max(),
            np.abs((moved - jaw) * unit).max(),
        )
        jaw, weights = moved, np.clip(weights + change[10:], *settings.weight_limits)
        if step >= len(settings.scales) and size < 1e-3:
            break
    return FramePose(head, jaw, weights, trust)


def seen_in_space(positions: np.ndarray) -> Observe:
    """Residuals of points seen at positions [M, 3] in world space, measured in head space."""
    same = np.broadcast_to(np.eye(3), (len(positions), 3, 3))
    return lambda head, at: (at - undo_rigid(positions, head), same)


def check_shown_size(rest: np.ndarray, positions: np.ndarray) -> None:
    """Refuse a frame whose points [M, 3] are no face of about the size of ``rest`` [M, 3]: all in one place, or huge.

    Half of the points may be anywhere; NaN is unseen.

    Raises:
        TooLittleSeenError: the frame is none of this face.
    """
    seen = np.isfinite(positions).all(axis=1)
    ratio = _spread(positions[seen]) / max(_spread(rest[seen]), 1e-9)
    if not MIN_SIZE < ratio < MAX_SIZE:
        raise TooLittleSeenError


def _spread(points: np.ndarray) -> float:
    """How far half of the points [N, 3] are from their middle."""
    return float(np.median(np.linalg.norm(points - np.median(points, axis=0), axis=1)))


def follow_rigidly(rest: np.ndarray, positions: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """[4, 4] rigid motion rest [M, 3] -> positions [M, 3] of the skin that moves as one; NaN is unseen."""
    seen = np.isfinite(positions).all(axis=1)
    rest, positions, sigma = rest[seen], positions[seen], sigma[seen]
    base = 1 / (1.0 + sigma**2)
    pose, weight = np.eye(4), base
    for scale in RIGID_SCALES_MM:
        if np.isfinite(scale):
            residual = positions - move_rigidly(rest, pose)
            weight = geman_mcclure((residual**2).sum(axis=1) / scale**2, base)
        pose = fit_rigid(rest, positions, weight)
    return pose


def pose_prior(scan_jaws: np.ndarray, unit: np.ndarray, settings: PoseSettings) -> np.ndarray:
    """Quadratic prior [10 + E, 10 + E]: small weights, and a jaw near the weighted jaw parameters of the scans."""
    count = len(scan_jaws)
    deviation = np.zeros(
        (4, 10 + count)
    )  # of the jaw from the scans', mm, as a function of the state
    deviation[:, 6:10] = np.diag(unit)
    deviation[:, 10:] = -(scan_jaws * unit).T
    prior = deviation.T @ deviation / settings.jaw_deviation_mm**2
    prior[10:, 10:] += np.eye(count) / settings.weight_deviation**2
    return prior


def skinned_with_slopes(
    points: FacePoints, joint: JawJoint, jaw: np.ndarray, weights: np.ndarray, before: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Positions [M, 3] mm in head space, and slopes [M, 3, before + 4 + E] by jaw and weights.

    Args:
        points: the model at M points.
        joint: the jaw's.
        jaw: [4] parameters.
        weights: [E] global weights.
        before: columns of the slopes that stay empty, for the caller to fill.
    """
    shape = points.rest + points.displacements @ weights
    pose = joint.pose(jaw)
    moved = move_rigidly(shape, pose)
    jaw_weight = points.jaw_weight[:, None]
    positions = shape + jaw_weight * (moved - shape)
    slopes = np.empty((len(points), 3, before + 4 + len(weights)))
    slopes[:, :, before : before + 4] = joint.slopes(shape, jaw, moved, points.jaw_weight)
    turned = np.matmul(pose[:3, :3] - np.eye(3), points.displacements)
    slopes[:, :, before + 4 :] = points.displacements + jaw_weight[:, :, None] * turned
    return positions, slopes


def _model(
    points: FacePoints, joint: JawJoint, jaw: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Positions [M, 3] in head space, and slopes [M, 3, 10 + E] by head turn, head shift, jaw, weights."""
    positions, slopes = skinned_with_slopes(points, joint, jaw, weights, before=6)
    slopes[:, :, 0:3] = minus_cross(positions)
    slopes[:, :, 3:6] = np.eye(3)
    return positions, slopes
