# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flesh in time: each step is an equilibrium of forces, springs and inertia, so it is solved as a pose is.

    M a + D v + f(x) = load,   v = c (x - past places),   a = c (v - past velocities)

Implicit Euler has c = 1/h. BDF2 has c = 3/(2 h) and looks two steps back: it damps what it should not far less.
Both add c^2 M + c D to the stiffness. The step h never changes, so that the factor is kept from step to step.
Places and velocities of the past stand in a frame that does not turn. Hence inertia of a head that turns is exact:
what pulls outward and aside is in it ([Baraff1998], [Hairer1996]).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .elastic import Elastic
from .equilibrium import Equilibrium, Stop
from .mass import shear_blocks
from .springs import spring_matrix


@dataclass(frozen=True)
class Damping:
    """What takes motion out of flesh (Rayleigh); slow ways by mass, quick ones by stiffness.

    Attributes:
        slow: 1/s, by mass: all motion beside the head's fades like exp(-slow t / 2).
        quick: s, by stiffness: the faster flesh shakes, the more it is braked.
    """

    slow: float = 8.0
    quick: float = 0.004


class Carrier:
    """Where the flesh is carried: from its own frame to one that does not turn. This one stays where it is."""

    def world(self, nodes: np.ndarray) -> np.ndarray:
        """Places [F, 3] mm of nodes [F, 3]."""
        return nodes

    def back(self, places: np.ndarray) -> np.ndarray:
        """Nodes [F, 3] of places [F, 3]."""
        return places


STILL = Carrier()
#: How many steps back each way looks.
EULER, BDF2 = 1, 2
#: Rounds on a factor before it is made anew.
ROUNDS = 6


class Dynamics:
    """Flesh that moves in steps of one length.

    Args:
        elastic: the flesh.
        blocks: [C, 8, 8] N/mm, all springs.
        mass: [C, 8, 8] t.
        damping: of motion in the flesh's own frame.
        seconds: length of a step.
        order: ``EULER`` or ``BDF2``.
        stop: when a step is near enough; None solves each to rounding.
    """

    def __init__(  # noqa: PLR0913
        self,
        elastic: Elastic,
        blocks: np.ndarray,
        mass: np.ndarray,
        damping: Damping,
        seconds: float,
        order: int = BDF2,
        stop: Stop | None = None,
    ) -> None:
        self.seconds, self.order, self._exact = seconds, order, stop is None
        self._c = {EULER: 1.0, BDF2: 1.5}[order] / seconds
        drag = damping.slow * mass + damping.quick * (
            shear_blocks(elastic.lattice, elastic.mu) + blocks
        )
        self.springs = spring_matrix(elastic.lattice, blocks)
        self.mass = spring_matrix(elastic.lattice, mass)
        self.drag = spring_matrix(elastic.lattice, drag)
        self.solver = Equilibrium(
            elastic, blocks + self._c**2 * mass + self._c * drag, stop or Stop()
        )

    def start(self, free: np.ndarray, carriers: Sequence[Carrier] = (STILL,) * 4) -> None:
        """Begin with nodes [F, 3] at rest in their own frame.

        Args:
            free: the nodes.
            carriers: now, and one, two and three steps before.
        """
        places = [carrier.world(free) for carrier in carriers]
        half = 2 * self.seconds
        speeds = [
            (3 * a - 4 * b + c) / half
            for a, b, c in zip(places, places[1:], places[2:], strict=False)
        ]
        if not self._exact:
            self.solver.take_apart_for_slopes(free)
        self.free, self.place, self.speed = free, places[0], speeds[0]
        self._last = free, places[1], speeds[1]

    def step(self, pull: np.ndarray, carrier: Carrier = STILL) -> np.ndarray:
        """The nodes [F, 3] one step later.

        Args:
            pull: [F, 3] N, of the springs and all else that does not depend on motion.
            carrier: then.
        """
        last_free, last_place, last_speed = self._last
        past_place = self._past(self.place, last_place)
        past_speed = self._past(self.speed, last_speed)
        past_free = self._past(self.free, last_free)
        aim = carrier.back(past_place + past_speed / self._c)
        whole = pull + self._c**2 * (self.mass @ aim) + self._c * (self.drag @ past_free)
        free = self._settle(2 * self.free - last_free, whole)
        place = carrier.world(free)
        self._last = self.free, self.place, self.speed
        self.free, self.place = free, place
        self.speed = self._c * (place - past_place)
        return free

    def _settle(self, guess: np.ndarray, whole: np.ndarray) -> np.ndarray:
        """Nodes [F, 3] in balance: by the kept factor alone while every round moves them at most half as far."""
        solver = self.solver
        if self._exact:
            return solver.newton(guess, whole).free
        free, last = guess, np.inf
        for _ in range(ROUNDS):
            way = solver.factor.solve(solver.forces(free, whole).ravel()).reshape(-1, 3)
            length = np.linalg.norm(way, axis=1).max()
            if not length < last / 2:
                break
            free, last = free - way, length
            if length < solver.stop.frame_mm:
                return free
        return solver.follow(guess, whole).free

    def energy(self) -> float:
        """Of motion and of strain, N mm; springs are left out."""
        moving = float((self.speed * (self.mass @ self.speed)).sum()) / 2
        return moving + self.solver.elastic.energy(self.solver.strain(self.free))

    def _past(self, now: np.ndarray, last: np.ndarray) -> np.ndarray:
        return now if self.order == EULER else (4 * now - last) / 3
