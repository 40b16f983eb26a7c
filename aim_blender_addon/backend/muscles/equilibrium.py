# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where flesh comes to rest: elastic forces and springs in balance ([Teran2005], [Bao2019]).

Two ways lead there. Newton's method takes the true stiffness while it is positive definite, and a held back one
where it is not. It ends quadratically, and derivatives need its last matrix.
L-BFGS on a kept factor asks for forces alone, and is the way from one frame to the next.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from .assembly import Assembly
from .elastic import Elastic, Strain
from .extra import ExtraEnergy
from .factor import Factor, make_factor
from .springs import add_to_axes, spring_matrix
from .stiffness import packed_blocks, packed_stiffness
from .touching import Touch

#: Stiffness of every node to where it is, N/mm, in the matrix alone: cubes joined by an edge would swing freely.
GROUND = 1e-6
#: Rounds in which slopes are bettered by what the factor leaves out.
LEFT_OUT_ROUNDS = 8
#: By so much the stiffness is held back more when it is not definite, and less in the next step.
HELD = 0.25
#: A step shorter than this, mm, is near enough for the true stiffness to be tried.
NEAR_MM = 2.0


@dataclass(frozen=True)
class Stop:
    """When to stop, and when to look again.

    Attributes:
        close_mm: Newton ends when its next step would move no node farther than this.
        frame_mm: the same for a frame of a take; what is left then is some ten times less.
        jump_mm: a frame whose first step is longer goes by Newton.
        steps: at most so many of Newton.
        pairs: of L-BFGS.
        patience: L-BFGS steps before the factor is made anew.
        frame_steps: at most so many in a frame.
        renewals: planes of touching skin are looked for anew before so many steps.
    """

    close_mm: float = 1e-6
    frame_mm: float = 0.05
    jump_mm: float = 2.0
    steps: int = 60
    pairs: int = 8
    patience: int = 10
    frame_steps: int = 80
    renewals: int = 25


@dataclass(frozen=True)
class Solved:
    """An equilibrium.

    Attributes:
        free: [F, 3] mm, the free nodes.
        steps: taken.
        step_mm: length of the last step, mm.
        converged: it is as close as was asked.
        factors: how often the matrix was taken apart.
    """

    free: np.ndarray
    steps: int
    step_mm: float
    converged: bool
    factors: int


@dataclass(frozen=True)
class _Place:
    """Where a search stands: free nodes [F, 3], energy beside that at the start, its slope [F, 3]."""

    free: np.ndarray
    energy: float
    slope: np.ndarray


@dataclass
class Equilibrium:
    """Elastic flesh and its springs; keeps the factor from pose to pose.

    Attributes:
        elastic: the flesh.
        blocks: [C, 8, 8] N/mm, all springs.
        extras: what else acts on the flesh; may be exchanged from pose to pose.
        stop: when to stop.
        couples: [P, 2] free nodes that touching skin may tie to each other.
        touch: what the skin touches in the pose that is solved; None: nothing.
    """

    elastic: Elastic
    blocks: np.ndarray
    stop: Stop = field(default_factory=Stop)
    extras: tuple[ExtraEnergy, ...] = ()
    couples: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), int))
    touch: Touch | None = None

    def __post_init__(self) -> None:
        self.lattice = self.elastic.lattice
        self.springs = spring_matrix(self.lattice, self.blocks)
        self.assembly = Assembly(self.lattice, self.couples)
        self.factor: Factor = make_factor(self.assembly.indptr, self.assembly.indices)
        blocks = add_to_axes(np.zeros((len(self.blocks), 24, 24)), self.blocks)
        self._spring_values = self.assembly.values(packed_blocks(blocks))
        self._spring_values[self.assembly.indptr[:-1]] += GROUND
        self._kept = False
        self._left_out: sp.csr_matrix | None = None

    @property
    def solver(self) -> str:
        """The library that solves."""
        return self.factor.name

    def strain(self, free: np.ndarray) -> Strain:
        """Strain of the flesh for free nodes [F, 3]."""
        return self.elastic.strain(self.lattice.carry @ free)

    def forces(self, free: np.ndarray, pull: np.ndarray) -> np.ndarray:
        """Slope of the energy by the free nodes [F, 3], N; zero in equilibrium.

        Args:
            free: [F, 3] mm.
            pull: [F, 3] N, of the springs at the origin: their matrix times where the nodes are wanted.
        """
        return self._inner_forces(free, self.strain(free)) + self.springs @ free - pull

    def take_apart(self, free: np.ndarray, held: float = 0.0) -> bool:
        """Factor of the stiffness where the free nodes are; False if that is not positive definite.

        ``held`` from 0 to 1: see ``Elastic.stiffness``.
        """
        strain = self.strain(free)
        packed = packed_stiffness(self.elastic, strain, held)
        for extra in self.extras:
            more = extra.stiffness(free, strain, held)
            if more is not None:
                packed += packed_blocks(more)
        values = self.assembly.values(packed)
        values += self._spring_values
        self._left_out = None
        if self.touch is not None:
            self._left_out = self.assembly.add(values, self.touch.matrix(free, held))
        return self.factor.refactor(values)

    def newton(self, start: np.ndarray, pull: np.ndarray, close_mm: float | None = None) -> Solved:
        """Equilibrium from ``start`` [F, 3]; the factor is that of its end.

        It ends where its next step would be shorter than ``close_mm``, by default as rounding lets it.
        """
        close = self.stop.close_mm if close_mm is None else close_mm
        if self.touch is not None:
            self.touch.renew(start)
        look = self._looker(start, pull)
        here = look(start)
        factors, length, held = 0, np.inf, 1.0
        for step in range(1, self.stop.steps + 1):
            if self._touches_anew(here.free, step):
                here = look(here.free)
                length = max(length, NEAR_MM / 2)
            held = held - HELD if length < NEAR_MM else 1.0
            held, tried = self._least_held(here.free, max(held, 0.0))
            factors += tried
            way = -self._inverse(here.slope)
            if self.touch is not None:
                way *= self.touch.reach(here.free, way)
            length = float(np.linalg.norm(way, axis=1).max())
            there = _search(look, here, way)
            if there is here or length < close:
                return Solved(there.free, step, length, length < max(close, 1e-3), factors)
            here = there
        return Solved(here.free, self.stop.steps, length, False, factors)

    def follow(self, start: np.ndarray, pull: np.ndarray) -> Solved:
        """Equilibrium near ``start`` [F, 3] by the kept factor, as exact as a frame needs."""
        if self.touch is not None:
            self.touch.renew(start)
        look = self._looker(start, pull)
        here = look(start)
        past: deque = deque(maxlen=self.stop.pairs)
        factors, since = 0, 0
        if not self._kept:
            factors = self._least_held(start, 0.0)[1]
            self._kept = True
        for step in range(1, self.stop.frame_steps + 1):
            way = -_two_loops(here.slope, past, self._inverse)
            length = float(np.linalg.norm(way, axis=1).max())
            if step == 1 and length > self.stop.jump_mm:
                return self.newton(start, pull, self.stop.frame_mm)
            there = _search(look, here, way) if (way * here.slope).sum() < 0 else here
            if length < self.stop.frame_mm:
                return Solved(there.free, step, length, True, factors)
            since += 1
            if there is here or since >= self.stop.patience:
                self._least_held(there.free, 0.0)
                past.clear()
                since, factors = 0, factors + 1
            else:
                moved, turned = there.free - here.free, there.slope - here.slope
                if (moved * turned).sum() > 1e-10 * np.linalg.norm(moved) * np.linalg.norm(turned):
                    past.append((moved, turned))
            here = there
        return Solved(here.free, self.stop.frame_steps, length, False, factors)

    def _touches_anew(self, free: np.ndarray, step: int) -> bool:
        """Before a step: look for what touches; True if that changed. Late steps keep what they found."""
        return self.touch is not None and 1 < step <= self.stop.renewals and self.touch.renew(free)

    def take_apart_for_slopes(self, free: np.ndarray) -> None:
        """Factor of the true stiffness in equilibrium; held back where the rest is not stable."""
        if not self.take_apart(free):
            self.take_apart(free, held=1.0)

    def answer(self, right: np.ndarray) -> np.ndarray:
        """What the nodes do [3 F] or [3 F, K] under small forces, by the factor for slopes.

        The factor's ground is taken out again, and what touching skin has outside its pattern is put in.
        """
        first = self.factor.solve(right)
        found = first
        for _ in range(1 if self._left_out is None else LEFT_OUT_ROUNDS):
            excess = GROUND * found
            if self._left_out is not None:
                excess -= self._left_out @ found
            found = first + self.factor.solve(excess)
        return found

    def _least_held(self, free: np.ndarray, held: float) -> tuple[float, int]:
        """Take the stiffness apart, held back as little as makes it definite; and tries."""
        tried = 1
        while not self.take_apart(free, held) and held < 1.0:
            held = min(held + HELD, 1.0)
            tried += 1
        return held, tried

    def _inverse(self, slope: np.ndarray) -> np.ndarray:
        return self.factor.solve(slope.ravel()).reshape(-1, 3)

    def _inner_forces(self, free: np.ndarray, strain: Strain) -> np.ndarray:
        """[F, 3] N of all but the springs."""
        forces = self.lattice.carry.T @ self.elastic.forces(strain)
        for extra in self.extras:
            forces += extra.forces(free, strain)
        return forces if self.touch is None else forces + self.touch.look(free)[1]

    def _looker(self, start: np.ndarray, pull: np.ndarray) -> Callable[[np.ndarray], _Place]:
        """Energy and slope of places, counted from ``start``.

        Springs hold so much energy that little would be left of a difference of sums, so differences are summed.
        """
        miss = self.springs @ start - pull

        def look(free: np.ndarray) -> _Place:
            strain = self.strain(free)
            moved = free - start
            drawn = self.springs @ moved
            energy = self.elastic.energy(strain) + float((moved * (drawn / 2 + miss)).sum())
            energy += sum(extra.energy(free, strain) for extra in self.extras)
            energy += 0.0 if self.touch is None else self.touch.look(free)[0]
            slope = self._inner_forces(free, strain) + drawn + miss
            return _Place(free, energy, slope)

        return look


def _search(look: Callable[[np.ndarray], _Place], here: _Place, way: np.ndarray) -> _Place:
    """The first of ever shorter steps that goes down as the slope says; ``here`` itself if none does."""
    fall = float((way * here.slope).sum())
    share = 1.0
    for _ in range(20):
        there = look(here.free + share * way)
        if there.energy <= here.energy + 1e-4 * share * fall:
            return there
        # Where rounding hides the fall, the slope along the way tells.
        hidden = abs(share * fall) < 1e-9 * (1 + abs(here.energy))
        if hidden and abs((way * there.slope).sum()) <= abs(fall):
            return there
        share /= 2
    return here


def _two_loops(slope: np.ndarray, past: deque, inverse: Callable) -> np.ndarray:
    """L-BFGS: what the inverse stiffness, bettered by the pairs of ``past``, makes of a slope [F, 3]."""
    q = slope.copy()
    kept = []
    for moved, turned in reversed(past):
        rho = 1.0 / (moved * turned).sum()
        alpha = rho * (moved * q).sum()
        q -= alpha * turned
        kept.append((rho, alpha))
    r = inverse(q)
    for (moved, turned), (rho, alpha) in zip(past, reversed(kept), strict=True):
        r += moved * (alpha - rho * (turned * r).sum())
    return r
