# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights, jaw and head pose with which a face's skin meets what was seen, by robust Gauss-Newton within bounds.

Slopes of the simulated skin come from the equilibrium itself ([Bao2019], section 5). Each step is held within weights
of 0 to 1.2 and the joint's limits, and shortened until the misfit falls. Noise is told from what is left over, so that
the prior fades where much was seen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from scipy.optimize import lsq_linear

from ..anatomy.jaw.joint import JawJoint
from ..geometry.rigid import minus_cross, rigid_of_twist
from ..geometry.robust import geman_mcclure
from ..solving.pose import PoseSettings, pose_prior
from .match_face import Face, Look
from .sights import Sight, Sighted


@dataclass(frozen=True)
class MatchSettings:
    """How a face is matched.

    Attributes:
        weight_limits: of the expressions.
        weight_deviation: usual size of a weight.
        jaw_deviation_mm: usual distance of the jaw from that of the expressions in use.
        noise_mm: of what was seen, until more is known.
        least_noise_mm: no noise is taken for less.
        wrong_mm: a place that misses by so much counts a quarter; or by so many times the noise, if that is more.
        wrong_noises: see there.
        worth: all places together weigh at most as so many independent ones, as errors are alike in neighbours.
        steps: at most.
        shorter: a step that does not help is shortened at most so often.
        close: a step of fewer weights, or mm of the jaw, ends the search.
        surely: the same for steps of such a share of each unknown's own deviation.
        telling: the noise is told in so many first steps, and kept then.
        stride: longest step of a weight, and of the jaw in 20 mm.
        focal_share: usual focal length over the longer side of a picture.
        focal_deviation: usual logarithm of the one over the other.
    """

    weight_limits: tuple[float, float] = (0.0, 1.2)
    weight_deviation: float = 0.7
    jaw_deviation_mm: float = 3.0
    noise_mm: float = 0.2
    least_noise_mm: float = 0.005
    wrong_mm: float = 1.0
    wrong_noises: float = 4.0
    worth: float = 300.0
    steps: int = 30
    shorter: int = 5
    close: float = 2e-4
    surely: float = 0.02
    telling: int = 10
    stride: float = 0.5
    focal_share: float = 1.5
    focal_deviation: float = 0.6


@dataclass(frozen=True)
class Matched:
    """A face that meets what was seen.

    Attributes:
        look: its weights, jaw and places.
        head: [4, 4] head space to where it was seen; to the camera of a picture whose camera was found.
        focal: length in pixels; 1 where it was known.
        residual: [P] mm or pixels that each place misses by; NaN for unseen.
        trust: [P] from 0 to 1.
        noise: mm or pixels, as told from the residuals.
        covariance: [E + 10 (+ 1)] squared, of weights, jaw, turn and shift of the head, logarithm of the focal length.
        prior: [E + 4] deviations of weights and jaw by the prior alone.
        cost: misfit and prior together.
        steps: taken.
        converged: the last step was as short as was asked.
    """

    look: Look
    head: np.ndarray
    focal: float
    residual: np.ndarray
    trust: np.ndarray
    noise: float
    covariance: np.ndarray
    prior: np.ndarray
    cost: float
    steps: int
    converged: bool

    @property
    def determined(self) -> np.ndarray:
        """[E + 4] from 0 for a weight or jaw parameter that only the prior tells, to 1 for one that was seen."""
        count = len(self.prior)
        return 1 - np.minimum(np.diag(self.covariance)[:count] / self.prior**2, 1.0)


@dataclass(frozen=True)
class _State:
    """Where the search stands, and how far it is from what was seen."""

    look: Look
    head: np.ndarray
    focal: float
    sighted: Sighted

    @property
    def pose(self) -> np.ndarray:
        """[E + 4]."""
        return np.concatenate([self.look.weights, self.look.jaw])


@dataclass(frozen=True)
class _Measure:
    """How misfits are counted: noise and scale of what is wrong in mm or pixels, weights [P]."""

    noise: float
    scale: float
    weight: np.ndarray

    def trust(self, residual: np.ndarray) -> np.ndarray:
        """[P] of residuals [P, D]."""
        return geman_mcclure((residual**2).sum(axis=1) / self.scale**2)

    def misfit(self, residual: np.ndarray) -> float:
        """The cost of residuals [P, D]."""
        squared = (residual**2).sum(axis=1)
        return float((self.weight * squared / (1 + squared / self.scale**2)).sum() / self.noise**2)


class Matching:
    """A search for the pose of a face.

    Args:
        face: to be posed.
        joint: its jaw's.
        scan_jaws: [E, 4] jaw parameters of its expressions' scans.
        sight: what was seen of its places.
        confidence: [P] from 0 up; None for all alike.
        settings: see there.
        head_moves: the head's pose is to be found.
        tell: told after each step how far it has come.
    """

    def __init__(  # noqa: PLR0913
        self,
        face: Face,
        joint: JawJoint,
        scan_jaws: np.ndarray,
        sight: Sight,
        confidence: np.ndarray | None = None,
        settings: MatchSettings | None = None,
        head_moves: bool = True,
        tell: Callable[[dict], None] | None = None,
    ) -> None:
        self.tell = tell
        self.face, self.joint, self.sight, self.head_moves = face, joint, sight, head_moves
        self.settings = settings or MatchSettings()
        self.confidence = confidence
        self.count = len(scan_jaws) + 4
        self._prior = self._prior_of(scan_jaws)
        self._last: np.ndarray | None = None

    def find(  # noqa: PLR0913
        self,
        weights: np.ndarray,
        jaw: np.ndarray,
        head: np.ndarray,
        focal: float = 1.0,
        wide: float = 1.0,
        noise: float | None = None,
    ) -> Matched:
        """The pose near weights [E], jaw [4], head [4, 4] and focal length.

        ``wide`` times the usual scale of what is wrong is taken at first, and half as much in each step. ``noise`` is
        that in mm or pixels of the first step.
        """
        settings = self.settings
        mm = 1.0
        state = self._at(self.face.look(weights, jaw), head, focal)
        noise = noise or settings.noise_mm * self.sight.mm(state.look.points, head, focal)
        converged = False
        for step in range(1, settings.steps + 1):
            mm = self.sight.mm(state.look.points, state.head, state.focal)
            measure = self._measure(state, noise, wide, mm)
            slopes = self.face.slopes(state.look)
            system, right = self._system(state, measure, slopes)
            moved, change = self._step(state, measure, system, right)
            if moved is not None:
                state = moved
            if step <= settings.telling:
                noise = self._noise(state, measure, system, mm)
            small = moved is None or self._small(change, system)
            if self.tell:
                self.tell({"step": step, "noise": noise})
            if small and wide <= 1.0:
                converged = self._small(change, system)
                break
            wide = max(wide / 2, 1.0)
        measure = self._measure(state, noise, 1.0, mm)
        # The last step was short, so that the slopes before it still hold.
        system, _ = self._system(state, measure, slopes)
        return self._matched(state, measure, system, step, converged)

    def _matched(
        self, state: _State, measure: _Measure, system: np.ndarray, steps: int, converged: bool
    ) -> Matched:
        """What the search has come to."""
        seen = np.isfinite(state.sighted.residual).all(axis=1)
        size = np.where(seen, np.linalg.norm(state.sighted.residual, axis=1), np.nan)
        residual = np.where(seen[:, None], state.sighted.residual, 0.0)
        return Matched(
            state.look,
            state.head,
            state.focal,
            size,
            measure.trust(residual) * seen,
            measure.noise,
            np.linalg.inv(system),
            np.sqrt(np.diag(np.linalg.inv(self._prior))),
            self._cost(state, measure),
            steps,
            converged and state.look.settled,
        )

    def _at(self, look: Look, head: np.ndarray, focal: float) -> _State:
        return _State(look, head, focal, self.sight.look(look.points, head, focal))

    def _small(self, change: np.ndarray, system: np.ndarray) -> bool:
        """Whether a change is shorter than is worth a step."""
        deviation = np.sqrt(np.diag(np.linalg.inv(system)))
        enough = self.settings.surely * deviation * self._sizes()
        return bool(
            (np.abs(change) * self._sizes() < np.maximum(self.settings.close, enough)).all()
        )

    def _sizes(self) -> np.ndarray:
        """What a unit of each unknown is, in weights and mm."""
        unit = np.concatenate([np.ones(self.count - 4), self.joint.unit_sizes, np.full(3, 100.0)])
        extra = np.ones(3 + int(self.sight.focal))
        extra[3:] = 0.1
        return np.concatenate([unit, 0.1 * extra])

    def _prior_of(self, scan_jaws: np.ndarray) -> np.ndarray:
        """[E + 4] squared: small weights, and a jaw near that of the expressions in use."""
        settings = PoseSettings(
            weight_deviation=self.settings.weight_deviation,
            jaw_deviation_mm=self.settings.jaw_deviation_mm,
        )
        whole = pose_prior(scan_jaws, self.joint.unit_sizes, settings)[6:, 6:]
        return np.roll(whole, -4, axis=(0, 1))

    def _measure(self, state: _State, noise: float, wide: float, mm: float) -> _Measure:
        """How misfits are counted now."""
        seen = np.isfinite(state.sighted.residual).all(axis=1).astype(float)
        if self.confidence is not None:
            seen *= self.confidence
        worth = min(1.0, self.settings.worth / max(seen.sum(), 1.0))
        scale = max(self.settings.wrong_mm * mm, self.settings.wrong_noises * noise) * wide
        return _Measure(noise, scale, seen * worth)

    def _cost(self, state: _State, measure: _Measure) -> float:
        residual = np.nan_to_num(state.sighted.residual)
        pose = state.pose
        return measure.misfit(residual) + float(pose @ self._prior @ pose) + self._far(state) ** 2

    def _far(self, state: _State) -> float:
        """Deviations of the focal length from a usual one; 0 where it is known."""
        if not self.sight.focal:
            return 0.0
        usual = self.settings.focal_share * self.sight.side
        return float(np.log(state.focal / usual)) / self.settings.focal_deviation

    def _system(
        self, state: _State, measure: _Measure, slopes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Gauss-Newton's matrix and right side for all unknowns."""
        look, sighted = state.look, state.sighted
        head = np.concatenate(
            [minus_cross(look.points), np.broadcast_to(np.eye(3), (len(look.points), 3, 3))], axis=2
        )
        by_place = np.nan_to_num(sighted.by_place)
        whole = np.concatenate([slopes, head], axis=2)
        flat = np.matmul(by_place, whole)
        if sighted.by_focal is not None:
            flat = np.concatenate([flat, np.nan_to_num(sighted.by_focal)[:, :, None]], axis=2)
        residual = np.nan_to_num(sighted.residual)
        weight = measure.weight * measure.trust(residual) / measure.noise**2
        rows = flat.reshape(-1, flat.shape[2])
        weighted = (flat * weight[:, None, None]).reshape(rows.shape)
        self._last = weighted.T @ rows
        system = self._last.copy()
        right = -weighted.T @ residual.ravel()
        count, pose = self.count, state.pose
        system[:count, :count] += self._prior
        right[:count] -= self._prior @ pose
        if not self.head_moves:
            system[count : count + 6] = system[:, count : count + 6] = 0.0
            right[count : count + 6] = 0.0
        system[np.arange(count, len(system)), np.arange(count, len(system))] += 1e-9
        if sighted.by_focal is not None:
            system[-1, -1] += self.settings.focal_deviation**-2
            right[-1] -= self._far(state) / self.settings.focal_deviation
        return system, right

    def _step(
        self,
        state: _State,
        measure: _Measure,
        system: np.ndarray,
        right: np.ndarray,
    ) -> tuple[_State | None, np.ndarray]:
        """A state of less cost, and the change that leads there; None where there is none."""
        before = self._cost(state, measure)
        damping = 0.0
        for _ in range(self.settings.shorter):
            change = self._change(state, system, right, damping)
            moved = self._moved(state, change)
            if moved.look.settled and self._cost(moved, measure) <= before * (1 + 1e-9):
                return moved, change
            if self._small(change, system):
                return None, change
            damping = max(10 * damping, 1e-2)
        return None, change

    def _change(
        self, state: _State, system: np.ndarray, right: np.ndarray, damping: float
    ) -> np.ndarray:
        """The best change within the bounds, of a system damped by a share of its diagonal."""
        low, high = self._bounds(state)
        size = 1 / np.sqrt(np.diag(system))
        scaled = system * size[:, None] * size + damping * np.eye(len(size))
        factor = scipy.linalg.cholesky(scaled + 1e-12 * np.eye(len(size)), lower=True)
        goal = scipy.linalg.solve_triangular(factor, right * size, lower=True)
        found = lsq_linear(factor.T, goal, (low / size, high / size), method="bvls")
        return found.x * size

    def _bounds(self, state: _State) -> tuple[np.ndarray, np.ndarray]:
        """Least and largest change of each unknown."""
        settings, joint = self.settings, self.joint
        low, high = (np.array(bound, float) for bound in joint.limits.bounds())
        low[0] = joint.within_limits(np.array([-1.0, *state.look.jaw[1:]]))[0]
        count = len(self._sizes())
        least, most = np.full(count, -np.inf), np.full(count, np.inf)
        jaw = slice(self.count - 4, self.count)
        stride = settings.stride * np.ones(self.count)
        stride[jaw] *= 20.0 / joint.unit_sizes
        ends = [np.concatenate([np.full(self.count - 4, settings.weight_limits[k]), b])
                for k, b in enumerate((low, high))]  # fmt: skip
        pose = state.pose
        # A start beyond the bounds is brought back in one step.
        least[: self.count] = np.minimum(np.maximum(ends[0] - pose, -stride), 0.0)
        most[: self.count] = np.maximum(np.minimum(ends[1] - pose, stride), 0.0)
        same = most - least < 1e-9
        return np.where(same, least - 1e-9, least), np.where(same, most + 1e-9, most)

    def _moved(self, state: _State, change: np.ndarray) -> _State:
        """The state after a change."""
        count = self.count
        weights = np.clip(state.look.weights + change[: count - 4], *self.settings.weight_limits)
        jaw = self.joint.within_limits(state.look.jaw + change[count - 4 : count])
        head = state.head @ rigid_of_twist(change[count : count + 6])
        focal = state.focal * float(np.exp(change[count + 6])) if self.sight.focal else state.focal
        return self._at(self.face.look(weights, jaw, state.look), head, focal)

    def _noise(self, state: _State, measure: _Measure, system: np.ndarray, mm: float) -> float:
        """What is left over, less what the unknowns took up; as it was where hardly anything was left to tell."""
        residual = np.nan_to_num(state.sighted.residual)
        trust = measure.trust(residual) * (measure.weight > 0)
        taken = np.trace(np.linalg.solve(system, self._last))
        free = residual.shape[1] * trust.sum() - taken
        if free < max(0.25 * residual.shape[1] * trust.sum(), 1.0):
            return measure.noise
        squared = (trust[:, None] * residual**2).sum() / free
        return float(max(np.sqrt(squared), self.settings.least_noise_mm * mm))
