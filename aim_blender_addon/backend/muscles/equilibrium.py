# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where flesh comes to rest: elastic forces and springs in balance ([Teran2005], [Bao2019]).

A search takes the stiffness apart and goes on by L-BFGS on that factor, which asks for forces alone, as long as that
shortens its steps quickly. A frame of a take begins with the factor of the last. The true stiffness is tried where it
may be positive definite, one whose largest pressures are held back elsewhere. Derivatives need the last matrix.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp

from .assembly import Assembly
from .bent_step import Bend
from .descent import Place, left, search, two_loops
from .elastic import Elastic, Strain
from .extra import ExtraEnergy
from .factor import Factor, make_factor
from .springs import add_to_axes, spring_matrix
from .stiffness import packed_blocks, packed_stiffness
from .touching import Touch

#: Stiffness of every node to where it is, N/mm, in the matrix alone: cubes joined by an edge would swing freely.
GROUND = 1e-6
#: The same for slopes, which it would falsify: no step must be short there, so that far less will do.
SLOPE_GROUND = 1e-9
#: Rounds in which slopes are bettered by what the factor leaves out of touching skin.
LEFT_OUT_ROUNDS = 8
#: Levels at which pressures are held back, see ``Elastic.pressure_held``.
HELD = (0.0, 0.0625, 0.125, 0.25, 0.5, 1.0)
#: After a step shorter than this, mm, the true stiffness is tried at once.
NEAR_MM = 0.3
#: A pair is kept where the slope turns by this share of what the factor foretells.
LEAST_TURN = 0.1
#: Steps are taken to shorten by this before there are two to tell: by a true factor, by one that was held back.
USUAL = 0.25, 0.85
#: So many steps on the last factor tell that a frame which needed new ones is at rest. Two short ones left 0.16 mm
#: where 0.015 was foretold: flesh that had been squeezed gave way in the third.
TOLD = 3
#: A way that tangles flesh is gone in these parts, to so many mm but for the last.
PARTS, PART_MM = (0.25, 0.5, 0.75, 1.0), 0.3
#: A new factor costs as much as so many steps on an old one.
WORTH = 7
#: So often a step on a fresh factor is bent, as long as that lowers the energy.
BENDS = 3
#: After the matrix was refused, so many factors pass before less is held back; twice as many each time.
PATIENCE = 1, 4


@dataclass(frozen=True)
class Stop:
    """When to stop, and when to look again.

    Lengths are of the farthest node, or of the farthest skin where the flesh is told what it carries.

    Attributes:
        close_mm: what is left where the answer is to be exact.
        frame_mm: the same for a frame of a take.
        jump_mm: after a first step longer than this the factor is made anew.
        steps: at most so many factors.
        pairs: of L-BFGS.
        patience: L-BFGS steps before the factor is made anew.
        renewals: so many times, what touches is looked for anew.
    """

    close_mm: float = 1e-6
    frame_mm: float = 0.02
    jump_mm: float = 2.0
    steps: int = 60
    pairs: int = 8
    patience: int = 12
    renewals: int = 25


@dataclass(frozen=True)
class Solved:
    """An equilibrium.

    Attributes:
        free: [F, 3] mm, the free nodes.
        steps: how often the matrix was taken apart for it.
        step_mm: length of the last step, mm.
        converged: it is as close as was asked.
        looks: how often forces were asked for.
    """

    free: np.ndarray
    steps: int
    step_mm: float
    converged: bool
    looks: int


@dataclass
class Equilibrium:
    """Elastic flesh and its springs; keeps the factor from pose to pose.

    Attributes:
        elastic: the flesh.
        blocks: [C, 8, 8] N/mm, all springs.
        extras: what else acts on the flesh; may be exchanged from pose to pose.
        shown: [S, F] places from the free nodes, whose motion tells how near an answer is; None: the nodes themselves.
        couples: [P, 2] free nodes that touching skin may tie to each other.
        touch: what the skin touches in the pose that is solved; None: nothing.
    """

    elastic: Elastic
    blocks: np.ndarray
    stop: Stop = field(default_factory=Stop)
    extras: tuple[ExtraEnergy, ...] = ()
    shown: sp.csr_matrix | None = None
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
        self._left_out: sp.csr_matrix | None = None
        self._bends = True  # steps of this search are bent
        self._fresh = False  # the factor is of where the search stands
        # Factors until less is held back, and those since the last refusal.
        self._waits = self._waited = 0
        self._level = -1  # of the kept factor in ``HELD``; -1: there is none

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

    def take_apart(self, free: np.ndarray, held: float = 0.0, ground: float = GROUND) -> bool:
        """Factor of the stiffness where the free nodes are; False if that is not positive definite.

        ``held`` from 0 to 1: see ``Elastic.stiffness``. ``ground``: N/mm, of every node to where it is.
        """
        strain = self.strain(free)
        packed = packed_stiffness(self.elastic, strain, held)
        for extra in self.extras:
            more = extra.stiffness(free, strain, held)
            if more is not None:
                packed += packed_blocks(more)
        values = self.assembly.values(packed)
        values += self._spring_values
        values[self.assembly.indptr[:-1]] += ground - GROUND
        self._left_out = None
        if self.touch is not None:
            self._left_out = self.assembly.add(values, self.touch.matrix(free, held))
        return self.factor.refactor(values)

    def newton(self, start: np.ndarray, pull: np.ndarray, close_mm: float | None = None) -> Solved:
        """Equilibrium from ``start`` [F, 3], whatever was solved before.

        What is left is less than ``close_mm``, by default as rounding lets it.
        """
        self._level, self._bends = -1, True
        return self._untangled(start, pull, self.stop.close_mm if close_mm is None else close_mm)

    def follow(self, start: np.ndarray, pull: np.ndarray) -> Solved:
        """Equilibrium near ``start`` [F, 3], beginning with the kept factor, as exact as a frame needs."""
        self._bends = False  # in a take bends cost more looks than they save factors
        return self._untangled(start, pull, self.stop.frame_mm)

    def _untangled(self, start: np.ndarray, pull: np.ndarray, close: float) -> Solved:
        """Equilibrium from ``start``; where a long way tangles flesh, it is gone in parts."""
        solved = self._solve(start, pull, close)
        if self._is_whole(solved.free):
            return solved
        if not self._is_whole(start):
            start = self.lattice.nodes[self.lattice.free]
        begun = pull + self.forces(start, pull)  # under this it rests at the start
        parts = [solved]
        for share in PARTS:
            part = begun + share * (pull - begun)
            free = start if len(parts) == 1 else parts[-1].free
            parts.append(self._solve(free, part, close if share == 1 else PART_MM))
        steps, looks = (sum(getattr(part, name) for part in parts) for name in ("steps", "looks"))
        return replace(parts[-1], steps=steps, looks=looks)

    def _is_whole(self, free: np.ndarray) -> bool:
        """No tetrahedron is inside out."""
        return bool((self.strain(free).volume > 0).all())

    def _solve(self, start: np.ndarray, pull: np.ndarray, close: float) -> Solved:
        """Equilibrium from ``start``, to ``close`` mm."""
        if self.touch is not None:
            self.touch.renew(start)
        look = self._looker(start, pull)
        here, looks, renewals = look(start), 1, self.stop.renewals
        past: deque = deque(maxlen=self.stop.pairs)
        lengths: list[float] = []
        factors = self._waits = self._waited = 0
        if self._level < 0:
            self._level, factors = len(HELD), 1
            self._take_apart_boldly(start, near=True)
        while True:
            way = -two_loops(here.slope, past, self._inverse)
            fall = float((way * here.slope).sum())
            if fall >= 0 and past:  # pairs of another place
                past.clear()
                continue
            reach = 1.0 if self.touch is None else self.touch.reach(here.free, way)
            way, fall = reach * way, reach * fall
            length = self._length(way)
            there, tried, share = search(look, here, way, fall)
            looks += tried
            if share == 1 and self._fresh and self._bends:
                there, tried = self._bent(look, here, way, there)
                looks += tried
            lengths.append(share * length if share else length)
            stuck = there is here
            if stuck and not past and self._fresh:
                # Rounding hides what is left.
                return Solved(here.free, factors, length, length < max(close, 1e-3), looks)
            if not stuck:
                moved, turned = there.free - here.free, there.slope - here.slope
                if (moved * turned).sum() > -LEAST_TURN * share**2 * reach * fall:
                    past.append((moved, turned))
                here = there
                self._fresh = False
                told = factors < 2 or len(lengths) >= TOLD or length < close / 10
                if told and share == 1 and left(lengths, USUAL[self._level > 0]) < close:
                    if not renewals or not self._touches_anew(here.free):
                        return Solved(here.free, factors, length, True, looks)
                    here, looks, renewals = look(here.free), looks + 1, renewals - 1
            if stuck or self._slow(lengths, close, share):
                if factors >= self.stop.steps:
                    return Solved(here.free, factors, length, False, looks)
                if renewals and self._touches_anew(here.free):
                    here, looks, renewals = look(here.free), looks + 1, renewals - 1
                self._take_apart_boldly(here.free, near=length < NEAR_MM)
                factors += 1
                past.clear()
                lengths.clear()

    def _touches_anew(self, free: np.ndarray) -> bool:
        """Look for what touches; True if that changed."""
        return self.touch is not None and self.touch.renew(free)

    def _slow(self, lengths: list[float], close: float, share: float) -> bool:
        """Whether a new factor is worth its time."""
        if self._level:
            return True  # what was held back misleads the pairs
        if len(lengths) == 1:
            return lengths[0] > self.stop.jump_mm or share < 1
        if len(lengths) > self.stop.patience:
            return True
        ratio = (lengths[-1] / lengths[max(-3, -len(lengths))]) ** (1 / min(len(lengths) - 1, 2))
        return ratio >= 1 or np.log(close / max(lengths[-1], close)) / np.log(ratio) > WORTH

    def _length(self, way: np.ndarray) -> float:
        """The farthest motion of a step [F, 3], mm."""
        seen = way if self.shown is None else self.shown @ way
        return float(np.sqrt((seen**2).sum(axis=1).max()))

    def _take_apart_boldly(self, free: np.ndarray, near: bool) -> None:
        """Take the stiffness apart, held back one level less than last time, or as much as makes it definite."""
        self._waited += 1
        less = self._waited > self._waits
        level = min(max(self._level - less, 0), len(HELD) - 1)
        if near and level and self.take_apart(free):
            level = 0
        else:
            while not self.take_apart(free, HELD[level]) and level + 1 < len(HELD):
                level += 1
        if level < self._level:
            self._waits = 0
        elif less:
            self._waits, self._waited = min(max(2 * self._waits, PATIENCE[0]), PATIENCE[1]), 0
        self._level, self._fresh = level, True

    def take_apart_for_slopes(self, free: np.ndarray) -> None:
        """Factor of the true stiffness in equilibrium; held back where the rest is not stable."""
        definite = self.take_apart(free, ground=SLOPE_GROUND) or self.take_apart(free)
        self._level = 0 if definite else len(HELD) - 1
        if self._level:
            self.take_apart(free, held=1.0)

    def answer(self, right: np.ndarray) -> np.ndarray:
        """What the nodes do [3 F] or [3 F, K] under small forces, by the factor for slopes.

        What touching skin has outside the factor's pattern is put in.
        """
        first = found = self.factor.solve(right)
        for _ in range(0 if self._left_out is None else LEFT_OUT_ROUNDS):
            found = first - self.factor.solve(self._left_out @ found)
        return found

    def _inverse(self, slope: np.ndarray) -> np.ndarray:
        return self.factor.solve(slope.ravel()).reshape(-1, 3)

    def _inner_forces(self, free: np.ndarray, strain: Strain) -> np.ndarray:
        """[F, 3] N of all but the springs."""
        forces = self.lattice.carry.T @ self.elastic.forces(strain)
        for extra in self.extras:
            forces += extra.forces(free, strain)
        return forces if self.touch is None else forces + self.touch.look(free)[1]

    def _looker(self, start: np.ndarray, pull: np.ndarray) -> Callable[[np.ndarray], Place]:
        """Energy and slope of places, counted from ``start``.

        Springs hold so much energy that little would be left of a difference of sums, so differences are summed.
        """
        miss = self.springs @ start - pull

        def look(free: np.ndarray) -> Place:
            strain = self.strain(free)
            moved = free - start
            drawn = self.springs @ moved
            energy = self.elastic.energy(strain) + float((moved * (drawn / 2 + miss)).sum())
            energy += sum(extra.energy(free, strain) for extra in self.extras)
            energy += 0.0 if self.touch is None else self.touch.look(free)[0]
            slope = self._inner_forces(free, strain) + drawn + miss
            return Place(free, energy, slope, strain)

        return look

    def _bent(
        self, look: Callable[[np.ndarray], Place], here: Place, way: np.ndarray, there: Place
    ) -> tuple[Place, int]:
        """A step ``way`` [F, 3] on a fresh factor, bent while that lowers the energy, and looks taken for it."""
        bend = Bend.of(self.elastic, here.strain, self.lattice.carry @ way)
        for tried in range(1, BENDS + 1):
            surplus = self.lattice.carry.T @ bend.surplus(there.strain)
            bent = look(here.free + way - self._inverse(surplus))
            if bent.energy >= there.energy:
                return there, tried
            there = bent
        return there, BENDS
