# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activations that bring the skin as near to given poses as muscles alone can, read back frame by frame.

    min over a in [0, 1]^M  of  mean |skin(a) - given|^2 + smooth^2 |a - a_before|^2 + small^2 |a|^2

Gauss-Newton steps: the skin's slopes by activations come from one factor and M right sides ([Sifakis2005]).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import lsq_linear

from ..model.aim import AimModel
from .contract import Contraction
from .flesh import Flesh
from .settle import activate, fibres_of, nodes_by


@dataclass(frozen=True)
class ReadBackSettings:
    """How activations are read back.

    Attributes:
        smooth_mm: an activation that changes by 1 between frames counts as much as skin off by so many mm.
        small_mm: an activation of 1 counts as much as skin off by so many mm.
        steps: of a frame at most; of the first frame three times as many.
        longest: no activation changes by more in one step ([Sifakis2005]: 0.4).
        enough: a step is the last where the measure falls by less than this share.
        close_mm: how near to rest each step comes.
    """

    smooth_mm: float = 0.05
    small_mm: float = 0.02
    steps: int = 5
    longest: float = 0.4
    enough: float = 0.005
    close_mm: float = 1e-3


@dataclass(frozen=True)
class ReadFrame:
    """Activations of one frame.

    Attributes:
        activations: [M] from 0 to 1.
        skin: [S, 3] mm, where they bring the skin that the flesh carries.
        left_mm: distance from it to the given skin, in the mean.
        left_mm_p99: the same at the 99th percentile.
        steps: Gauss-Newton steps.
        converged: the flesh came to rest.
    """

    activations: np.ndarray
    skin: np.ndarray
    left_mm: float
    left_mm_p99: float
    steps: int
    converged: bool


@dataclass(frozen=True)
class _Given:
    """What a frame is read from.

    Attributes:
        skin: [S, 3] mm.
        jaw: [4] parameters.
        pull: [F, 3] N.
        before: [M] activations of the frame before.
        smooth: how much they count, mm.
    """

    skin: np.ndarray
    jaw: np.ndarray
    pull: np.ndarray
    before: np.ndarray
    smooth: float


@dataclass(frozen=True)
class _State:
    """Activations [M], nodes [F, 3] at rest under them, what the skin lacks [S, 3], and the measure."""

    activations: np.ndarray
    free: np.ndarray
    lacking: np.ndarray
    measure: float
    converged: bool


class ActivationReader:
    """Reads activations back from the skin, frame after frame.

    Args:
        flesh: with tracks.
        model: the actor.
        settings: how.
    """

    def __init__(
        self, flesh: Flesh, model: AimModel, settings: ReadBackSettings | None = None
    ) -> None:
        self.settings = settings or ReadBackSettings()
        self.contraction = Contraction(flesh, model)
        self._last: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """M muscles."""
        return self.contraction.names

    def frame(self, skin: np.ndarray, jaw: np.ndarray) -> ReadFrame:
        """Activations of a skin [S, 3] mm, as the flesh carries it, under jaw parameters [4]."""
        settings, pull = self.settings, self.contraction.pull(jaw)
        most = settings.steps
        if self._last is None:
            most *= 3
            start = self.contraction.base.at(jaw)
            given = _Given(skin, jaw, pull, np.zeros(len(self.names)), 0.0)
        else:
            before, start = self._last
            given = _Given(skin, jaw, pull, before, settings.smooth_mm)
        here = self._at(given.before, start, given)
        taken, fall = 0, np.inf
        while taken < most and fall > settings.enough * here.measure:
            there = self._better(here, given)
            fall, here = here.measure - there.measure, there
            taken += 1
        if here.converged:
            self._last = here.activations, here.free
        left = np.linalg.norm(here.lacking, axis=1)
        return ReadFrame(
            here.activations,
            skin - here.lacking,
            float(left.mean()),
            float(np.percentile(left, 99)),
            taken,
            here.converged,
        )

    def _at(self, activations: np.ndarray, start: np.ndarray, given: _Given) -> _State:
        """The flesh at rest under activations [M], from nodes [F, 3] near it."""
        solver = self.contraction.solver
        activate(solver, activations)
        solved = solver.newton(start, given.pull, self.settings.close_mm)
        lacking = given.skin - self.contraction.skin(solved.free, given.jaw)
        measure = (
            (lacking**2).sum() / len(lacking)
            + given.smooth**2 * ((activations - given.before) ** 2).sum()
            + self.settings.small_mm**2 * (activations**2).sum()
        )
        return _State(activations, solved.free, lacking, float(measure), solved.converged)

    def _better(self, here: _State, given: _Given) -> _State:
        """One Gauss-Newton step, made shorter until it betters the measure; ``here`` if three do not."""
        solver = self.contraction.solver
        activate(solver, here.activations)
        forces = fibres_of(solver).unit_forces(solver.strain(here.free))
        slopes = nodes_by(solver, here.free, -forces)  # [F, 3 M]
        step = self._wanted(here, slopes, given) - here.activations
        for _ in range(3):
            moved = (slopes.reshape(-1, len(step)) @ step).reshape(-1, 3)
            there = self._at(here.activations + step, here.free + moved, given)
            if there.converged and there.measure < here.measure:
                return there
            step = step / 2
        return here

    def _wanted(self, here: _State, slopes: np.ndarray, given: _Given) -> np.ndarray:
        """Activations [M] that are best where nodes follow their slopes [F, 3 M]."""
        now, small, smooth = here.activations, self.settings.small_mm, given.smooth
        size = np.sqrt(len(here.lacking))
        matrix = self.contraction.skin_slopes(slopes).reshape(-1, len(now)) / size
        square = matrix.T @ matrix + (smooth**2 + small**2 + 1e-12) * np.eye(len(now))
        down = matrix.T @ (here.lacking.ravel() / size)
        down -= smooth**2 * (now - given.before) + small**2 * now
        root = np.linalg.cholesky(square)
        aim = np.linalg.solve(root, down + square @ now)
        longest = self.settings.longest
        low, high = np.maximum(now - longest, 0.0), np.minimum(now + longest, 1.0)
        return np.clip(lsq_linear(root.T, aim, bounds=(low, high), method="bvls").x, low, high)
