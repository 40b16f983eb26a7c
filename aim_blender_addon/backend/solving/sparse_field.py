# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin between a few points: local weights as a Gaussian process, robust to wrong points.

The prior makes the weights smooth over the skin and small, and large only for expressions that the frame
shows. The most likely weights explain the points. Observations are fewer than weights, so that the system
has a row for each observation ("kriging").

Skin need not follow the jaw: lips stay together while it opens, though no scan may show it. The fraction of
the jaw's motion that skin does not follow is one more smooth weight. Its displacement follows from the jaw.

Both sides of a face usually move alike, so that weights on one side inform the other. A lid without a marker
closes with the one that has some.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg

from ..geometry.robust import geman_mcclure
from .solving_face import FacePoints, SolvingFace, held_back

#: Scale of the Geman-McClure cost, in standard deviations of the prediction from the other points.
OUTLIER_SCALE = 3.0


@dataclass(frozen=True)
class FieldPrior:
    """What is known of a displacement before anything is seen.

    Attributes:
        global_deviation: usual size of a weight over the whole face.
        local_deviation: usual size of its local variation.
        alike: fraction of the local variation's variance that is common to both sides of the face.
        held_deviation: usual size, over the whole face and locally, of the fraction of the jaw's motion that
            skin does not follow.
        remainder_mm: usual size of the smooth remainder that no expression shows.
        misfit_mm: usual error of each point alone, which is not smooth; chosen by held-out points.
        reference, power: the variance of function k falls as (1 + frequency_k / frequency_reference)^-power.
        idle: weight below which an expression counts as not shown.
        rounds: reweightings.
    """

    global_deviation: float = 1.0
    local_deviation: float = 0.8
    alike: float = 0.9
    held_deviation: float = 0.5
    remainder_mm: float = 0.3
    misfit_mm: float = 0.2
    reference: int = 5
    power: float = 4.0
    idle: float = 0.1
    rounds: int = 4


@dataclass(frozen=True)
class Observations:
    """N linear observations of the unposed displacement d: target = slope d(point) + noise.

    Attributes:
        owner: [N] number of the point observed.
        slope: [N, D, 3].
        target: [N, D].
        noise: standard deviation, in the target's unit.
        trust: [N] in (0, 1], upper bound of the weight of each.
        jaw: [4, 4] the jaw's pose in the frame.
    """

    owner: np.ndarray
    slope: np.ndarray
    target: np.ndarray
    noise: float
    trust: np.ndarray
    jaw: np.ndarray

    def picked(self, rows: np.ndarray) -> "Observations":
        """Some of them."""
        return replace(
            self,
            owner=self.owner[rows],
            slope=self.slope[rows],
            target=self.target[rows],
            trust=self.trust[rows],
        )


@dataclass(frozen=True)
class Field:
    """An explained displacement, as coefficients of the functions.

    Attributes:
        weights: [E, K] of the expressions.
        beside: [K, 4] of what no expression shows: the fraction of the jaw's motion that skin does not
            follow, and the smooth remainder (3), mm.
    """

    weights: np.ndarray
    beside: np.ndarray

    def at(self, points: FacePoints, jaw: np.ndarray) -> np.ndarray:
        """Displacement [M, 3] at points under a jaw pose [4, 4]."""
        local = points.functions @ self.weights.T
        shown = np.einsum("me,mce->mc", local, points.displacements)
        return shown + self.beside_expressions(points, jaw)

    def beside_expressions(self, points: FacePoints, jaw: np.ndarray) -> np.ndarray:
        """The part [M, 3] of the displacement that no expression shows."""
        values = points.functions @ self.beside
        return values[:, :1] * held_back(points, jaw) + values[:, 1:]


def both_sides(spectrum: np.ndarray, mirrored: np.ndarray, alike: float) -> np.ndarray:
    """Covariance [K, K] of coefficients that are correlated with the other side of the face.

    Args:
        spectrum: [K] variances of a side alone.
        mirrored: [K, K] of :attr:`.solving_face.SolvingFace.mirrored`.
        alike: correlation of a point with the opposite one, where the sides are far apart.
    """
    both = np.eye(len(spectrum)) + mirrored
    return (1 - alike) * np.diag(spectrum) + alike / 2 * (both * spectrum) @ both.T


class FieldSolver:
    """Explains observations at fixed points of the skin."""

    def __init__(self, face: SolvingFace, points: FacePoints, prior: FieldPrior):
        self.points, self.prior = points, prior
        reference = face.frequency[min(prior.reference, face.functions - 1)]
        self._spectrum = (1 + face.frequency / max(reference, 1e-12)) ** -prior.power
        self._spread = both_sides(self._spectrum, face.mirrored, prior.alike)  # [K, K]
        phi = points.functions
        self._smooth = phi @ self._spread @ phi.T  # [M, M]
        self._one_side = (phi * self._spectrum) @ phi.T

    def solve(self, seen: Observations) -> Field:
        """The most likely field."""
        prior, owner = self.prior, seen.owner
        count, each = seen.target.shape
        phi = self.points.functions[owner]
        not_followed = prior.held_deviation * held_back(self.points, seen.jaw)[:, :, None]
        shapes = np.concatenate([self.points.displacements, not_followed], axis=2)[owner]
        columns = np.matmul(seen.slope, shapes)  # [N, D, E + 1]
        flat = columns.reshape(count * each, -1)
        slopes = seen.slope.reshape(count * each, 3)
        smooth, one_side = (
            np.repeat(np.repeat(between[np.ix_(owner, owner)], each, 0), each, 1)
            for between in (self._smooth, self._one_side)
        )
        local = prior.local_deviation**2 * smooth + prior.global_deviation**2
        rest = prior.remainder_mm**2 * one_side * (slopes @ slopes.T)
        own = seen.noise**2 + prior.misfit_mm**2 * (seen.slope**2).sum(axis=(1, 2)) / each
        shown, trust = np.ones(flat.shape[1]), seen.trust
        for step in range(prior.rounds):
            system = local * ((flat * shown) @ flat.T) + rest
            system[np.diag_indices(len(system))] += np.repeat(own / np.maximum(trust, 1e-6), each)
            factor = scipy.linalg.cho_factor(system, lower=True, check_finite=False)
            pull = scipy.linalg.cho_solve(factor, seen.target.ravel(), check_finite=False)
            by_point = np.einsum("nd,nde->ne", pull.reshape(count, each), columns)
            weights = prior.local_deviation**2 * shown[:, None] * (by_point.T @ phi @ self._spread)
            weights[:, 0] += prior.global_deviation**2 * by_point.sum(axis=0) * shown
            if step + 1 < prior.rounds:
                trust = seen.trust * self._trust(factor, pull.reshape(count, each), own, trust)
                # the fraction that skin does not follow may be large in every frame
                shown[:-1] = np.minimum(1.0, (weights[:-1] ** 2).sum(axis=1) + prior.idle**2)
        pulls = np.einsum("nd,ndc->nc", pull.reshape(count, each), seen.slope)
        remainder = prior.remainder_mm**2 * self._spectrum[:, None] * (phi.T @ pulls)
        return Field(weights[:-1], np.column_stack([prior.held_deviation * weights[-1], remainder]))

    @staticmethod
    def _trust(factor: tuple, pull: np.ndarray, own: np.ndarray, trust: np.ndarray) -> np.ndarray:
        """Weight [N] of each observation by its residual from the prediction of the others (leave one out)."""
        inverse = scipy.linalg.cho_solve(factor, np.eye(pull.size), check_finite=False)
        variance = 1 / np.diag(inverse).reshape(pull.shape)
        # as if its weight were one, whatever it is now
        usual = variance + (own - own / np.maximum(trust, 1e-6))[:, None]
        squared_residual = (pull * variance) ** 2 / np.maximum(usual, own[:, None])
        return np.maximum(geman_mcclure(squared_residual.mean(axis=1) / OUTLIER_SCALE**2), 1e-6)
