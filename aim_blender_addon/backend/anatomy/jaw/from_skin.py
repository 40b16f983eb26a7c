# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw poses of scans and of single frames, from skin alone.

The pose lives in the jaw's joint with its limits. The residuals of the skin are those of :mod:`.evidence`. Here the
most probable pose is sought, and how far it may be off. The activity of the muscles in a scan is estimated too, one
number each for depth and slide. So a still face weighs more than a grimace. Scans are solved each alone; what they
leave unexplained is then expected again in other frames of the same person (:class:`JawTracker`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ...geometry.mesh import Mesh
from ...geometry.rays import BoneHits
from ...geometry.rigid import move_rigidly
from ...progress import Progress, silent
from .evidence import JawSkin, ScanSurface, SkinResidual, TissueSettings, whitened
from .joint import JawJoint


@dataclass(frozen=True)
class JawSettings:
    """How jaw poses are sought.

    Attributes:
        tissue: how soft tissue moves over the mandible.
        start_degrees: opening angles from which the search starts.
        usual: standard deviations of opening (degrees), forward slide, lateral swing and shift (mm) before
            anything is known.
        retrusion_mm: the same for sliding back behind the neutral's bite, which faces hardly ever do.
        rest_mm: a scan's jaw that moves the incisors by no more than this is at rest: skin shows no smaller motion.
            Larger motions are hardly changed.
        steps: most Gauss-Newton steps.
        told_by: so many deviations of the posterior hold nine of ten jaws. Some 1.5 would do if each sampled point
            told something of its own. Tissue moves together, so that only every tenth or so does.
        unseen_share: how far off all of the chin's tissue together may lead, over the jaw's motion.
    """

    tissue: TissueSettings = field(default_factory=TissueSettings)
    start_degrees: tuple[float, ...] = (0.0, 8.0, 20.0)
    usual: tuple[float, float, float, float] = (14.0, 40.0, 6.0, 2.2)
    retrusion_mm: float = 0.14
    rest_mm: float = 1.5
    steps: int = 16
    told_by: float = 5.75
    unseen_share: float = 0.08


@dataclass(frozen=True)
class JawPose:
    """The jaw in one skin.

    Attributes:
        matrix: [4, 4] float64, head space: the mandible's rigid motion from its place in the neutral.
        parameters: [4] of the joint (open radians, forward, side, shift mm).
        disagreement_mm: half of the sampled skin, thin tissue counting most, lies nearer than this to the scan
            when the jaw carries it.
    """

    matrix: np.ndarray
    parameters: np.ndarray
    disagreement_mm: float


@dataclass(frozen=True)
class JawPoses:
    """Solved poses of E scans.

    Attributes:
        parameters: [E, 4] (open radians, forward, side, shift mm).
        matrices: [E, 4, 4] float64, head space.
        disagreement_mm: [E] as of :class:`JawPose`.
        uncertain_mm: [E] the lower incisors lie no farther off than this in nine of ten scans; 0 where pinned.
        pinned: [E] bool: given, not solved.
    """

    parameters: np.ndarray
    matrices: np.ndarray
    disagreement_mm: np.ndarray
    uncertain_mm: np.ndarray
    pinned: np.ndarray


def solve_jaw_poses(
    neutral: Mesh,
    scans: np.ndarray,
    hits: BoneHits,
    joint: JawJoint,
    settings: JawSettings | None = None,
    progress: Progress = silent,
    pins: Mapping[int, np.ndarray] | None = None,
) -> JawPoses:
    """The pose of the mandible in every scan.

    Args:
        neutral: skin in rest, V vertices.
        scans: [E, V, 3] mm, head space (head motion removed).
        hits: bone below each vertex of the neutral.
        joint: the person's jaw joint.
        settings: None for the defaults.
        progress: told after each scan.
        pins: scan number -> jaw transform [4, 4] that is known and kept exactly.

    Raises:
        FitError: almost no skin lies over the mandible.
    """
    settings, pins = settings or JawSettings(), pins or {}
    skin = JawSkin(neutral, hits, joint, settings.tissue)
    found, uncertain = [], []
    for index, scan in enumerate(np.asarray(scans, np.float64)):
        surface = skin.surface(scan)
        if index in pins:
            matrix = np.asarray(pins[index], float)
            residual = skin.residual(surface, scan, matrix)
            found.append(JawPose(matrix, joint.parameters(matrix), skin.disagreement(residual)))
            uncertain.append(0.0)
        else:
            pose = _most_probable(skin, surface, scan, _starts(settings), settings)
            found.append(_at_rest(skin, surface, scan, pose, settings.rest_mm))
            kept = joint.incisor_motion(found[-1].matrix)
            taken_off = joint.incisor_motion(pose.matrix) - kept
            spread = _deviation(skin, surface, scan, pose.parameters, settings)
            parts = (settings.told_by * spread, *(settings.unseen_share * kept), *taken_off)
            uncertain.append(float(np.linalg.norm(parts)))
        progress("Finding the jaw in the scans", (index + 1) / len(scans), {})
    return JawPoses(
        np.array([pose.parameters for pose in found]).reshape(-1, 4),
        np.array([pose.matrix for pose in found]).reshape(-1, 4, 4),
        np.array([pose.disagreement_mm for pose in found]),
        np.array(uncertain),
        np.isin(np.arange(len(found)), list(pins)),
    )


class JawTracker:
    """The jaw in new skins of a person whose scans are solved: frames of a performance, edited faces.

    It samples the same skin as :func:`solve_jaw_poses`; the scans show how this person's muscles move it.
    Exact poses of scans (pinned ones) make it better. Building one takes as long as solving the scans; afterwards it
    does not change, and a pose takes milliseconds.
    """

    def __init__(
        self,
        neutral: Mesh,
        hits: BoneHits,
        joint: JawJoint,
        scans: np.ndarray,
        settings: JawSettings | None = None,
        pins: Mapping[int, np.ndarray] | None = None,
    ):
        """Learn from the scans; arguments and errors are those of :func:`solve_jaw_poses`.

        The scans' jaws are sought again, without the rule that a jaw which hardly moves is at rest. That rule would
        count small motions of the jaw among those of the muscles.
        """
        self.settings, pins = settings or JawSettings(), pins or {}
        self._skin = JawSkin(neutral, hits, joint, self.settings.tissue)
        seen = []
        for index, scan in enumerate(np.asarray(scans, np.float64)):
            surface = self._skin.surface(scan)
            matrix = pins.get(index)
            if matrix is None:
                starts = _starts(self.settings)
                matrix = _most_probable(self._skin, surface, scan, starts, self.settings).matrix
            seen.append(self._skin.residual(surface, scan, np.asarray(matrix, float)))
        if seen:
            self._skin.expect(seen)

    def shown(self, skin: np.ndarray) -> float:
        """Share of the sampled points that a skin [V, 3] shows, NaN where it does not."""
        return float(np.isfinite(skin[self._skin.index]).all(axis=1).mean())

    def pose(self, skin: np.ndarray, start: np.ndarray | None = None) -> JawPose:
        """The jaw's most probable pose in a skin.

        Args:
            skin: [V, 3] mm in head space (head motion removed), vertices numbered as the neutral's; NaN where
                nothing is seen.
            start: [4] parameters near the pose, such as those of the frame before; then only their
                surroundings are searched. None to look everywhere.

        Raises:
            FitError: none of the skin over the jaw is seen.
        """
        skin = np.asarray(skin, np.float64)
        starts = _starts(self.settings) if start is None else [np.asarray(start, float)]
        return _most_probable(self._skin, self._skin.surface(skin), skin, starts, self.settings)


def _starts(settings: JawSettings) -> list[np.ndarray]:
    return [np.array([np.radians(degrees), 0.0, 0.0, 0.0]) for degrees in settings.start_degrees]


def _most_probable(
    skin: JawSkin,
    surface: ScanSurface,
    scan: np.ndarray,
    starts: list[np.ndarray],
    settings: JawSettings,
) -> JawPose:
    """The best of what descents from the starts find."""
    ends = [_descend(skin, surface, scan, start, settings) for start in starts]
    parameters, _cost = min(ends, key=lambda end: end[1])
    return _pose(skin, surface, scan, parameters)


def _pose(skin: JawSkin, surface: ScanSurface, scan: np.ndarray, parameters: np.ndarray) -> JawPose:
    matrix = skin.joint.pose(parameters)
    return JawPose(matrix, parameters, skin.disagreement(skin.residual(surface, scan, matrix)))


def _at_rest(
    skin: JawSkin, surface: ScanSurface, scan: np.ndarray, pose: JawPose, rest_mm: float
) -> JawPose:
    """The pose with motions that skin cannot show set to none (a non-negative garrote [Breiman1995])."""
    size = np.linalg.norm(skin.joint.incisor_motion(pose.matrix))
    keep = max(0.0, 1.0 - (rest_mm / max(size, 1e-9)) ** 4)
    return _pose(skin, surface, scan, keep * pose.parameters)


def _descend(
    skin: JawSkin,
    surface: ScanSurface,
    scan: np.ndarray,
    start: np.ndarray,
    settings: JawSettings,
) -> tuple[np.ndarray, float]:
    """Gauss-Newton from ``start``: the pose [4] and twice its negative log probability."""
    joint = skin.joint
    pose = joint.within_limits(start)
    for step in range(settings.steps):
        residual = skin.residual(surface, scan, joint.pose(pose))
        if step % 3 == 0:
            factors = skin.spread(residual)
        white, slope, activity = _scaled(skin, residual, pose, factors)
        prior = _precision(pose, settings)
        system = slope.T @ slope + np.diag(prior)
        change = -np.linalg.solve(system, slope.T @ white + prior * pose)
        moved = joint.within_limits(pose + change)
        change, pose = moved - pose, moved
        if step > 2 and np.abs(change * joint.unit_sizes).max() < 0.03:
            break
    cost = float((prior * pose**2).sum())
    for factor, variance in zip(factors, activity, strict=True):
        cost += len(factor) * np.log(variance) + 2 * np.log(np.diag(factor)).sum()
    return pose, cost


def _precision(pose: np.ndarray, settings: JawSettings) -> np.ndarray:
    """One over the variances [4] of the joint's parameters near ``pose``, before anything is seen."""
    usual = np.array([np.radians(settings.usual[0]), *settings.usual[1:]])
    if pose[1] < 0:
        usual[1] = settings.retrusion_mm
    return 1 / usual**2


def _deviation(
    skin: JawSkin,
    surface: ScanSurface,
    scan: np.ndarray,
    pose: np.ndarray,
    settings: JawSettings,
) -> float:
    """Standard deviation, mm, of the lower incisors' place about the most probable ``pose`` [4] (Laplace)."""
    joint = skin.joint
    matrix = joint.pose(pose)
    residual = skin.residual(surface, scan, matrix)
    _white, slope, _activity = _scaled(skin, residual, pose, skin.spread(residual))
    covariance = np.linalg.inv(slope.T @ slope + np.diag(_precision(pose, settings)))
    incisor = np.asarray(joint.incisor, float)[None]
    by_parameter = joint.slopes(incisor, pose, move_rigidly(incisor, matrix))[0]
    return float(np.sqrt(np.trace(by_parameter @ covariance @ by_parameter.T)))


def _scaled(
    skin: JawSkin, residual: SkinResidual, pose: np.ndarray, factors: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """White residuals [3N] and slopes [3N, 4] of unit variance, and the activities they were divided by."""
    residuals, slopes, activities = [], [], []
    for values, slope, factor in zip(
        (residual.depth, residual.slide), skin.slopes(residual, pose), factors, strict=True
    ):
        white = whitened(factor, values, slope)
        activity = max((white[:, 0] ** 2).mean(), skin.settings.min_activity)
        white /= np.sqrt(activity)
        residuals.append(white[:, 0])
        slopes.append(white[:, 1:])
        activities.append(float(activity))
    return np.concatenate(residuals), np.concatenate(slopes), activities
