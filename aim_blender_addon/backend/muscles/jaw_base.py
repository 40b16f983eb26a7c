# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flesh under the jaw alone, on which muscles contract that no tracks hold.

Flesh that bones alone hold would make a square of an open mouth (see ``opening``). So the base is the flesh that tracks
have there. The forces that keep it there, found once for each jaw pose, act on whatever the muscles do.
Flesh that a wide open jaw has squeezed would buckle under forces alone. So a share of the tracks' springs holds it to
the base, which grows with the square of the jaw's way. At rest there is none.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from .drive import Drive
from .elastic import Strain
from .equilibrium import Equilibrium, Stop
from .extra import ExtraEnergy
from .fibres import Fibres
from .flesh import Flesh
from .springs import add_to_axes, spring_matrix

#: How near to rest the base comes, mm: its forces tell what muscles add.
CLOSE_MM = 1e-4
#: This share of the tracks' springs stays where the incisors go so far or farther, mm.
STEADY, FAR_MM = 0.06, 30.0


@dataclass(frozen=True)
class Tether(ExtraEnergy):
    """Springs that hold flesh to a base.

    Attributes:
        matrix: [F, F] N/mm.
        blocks: [C, 24, 24] N/mm of the cubes.
        base: [F, 3] mm.
        share: of them all that acts.
    """

    matrix: sp.csr_matrix
    blocks: np.ndarray
    base: np.ndarray
    share: float = 0.0

    def energy(self, free: np.ndarray, strain: Strain) -> float:  # noqa: ARG002
        """N mm, zero at the base."""
        moved = free - self.base
        return self.share / 2 * float((moved * (self.matrix @ moved)).sum())

    def forces(self, free: np.ndarray, strain: Strain) -> np.ndarray:  # noqa: ARG002
        """[F, 3] N."""
        return self.share * (self.matrix @ (free - self.base))

    def stiffness(self, free: np.ndarray, strain: Strain, held: float) -> np.ndarray | None:  # noqa: ARG002
        """[C, 24, 24] N/mm."""
        return self.share * self.blocks if self.share else None


class JawBase:
    """The base of an actor's flesh.

    Args:
        flesh: with tracks, which hold it there.
    """

    def __init__(self, flesh: Flesh) -> None:
        self._flesh, self._drive = flesh, Drive(flesh)
        self._solver = Equilibrium(
            flesh.elastic, flesh.blocks, Stop(frame_mm=CLOSE_MM), shown=flesh.skin_places
        )
        self._none = np.zeros(len(flesh.expression_names))
        self._last: tuple[np.ndarray, np.ndarray] | None = None

    def at(self, jaw: np.ndarray) -> np.ndarray:
        """[F, 3] mm, free nodes at rest under jaw parameters [4]."""
        jaw = np.array(jaw, float)
        if self._last is not None and (self._last[0] == jaw).all():
            return self._last[1]
        pull = self._drive.pull_of(self._none, jaw)
        if self._last is None:
            solved = self._solver.newton(self._drive.passive_of(jaw), pull, CLOSE_MM)
        else:
            solved = self._solver.follow(self._last[1], pull)
        self._last = jaw, solved.free
        return solved.free

    @cached_property
    def _tether(self) -> Tether:
        flesh = self._flesh
        blocks = np.zeros((len(flesh.track_blocks), 24, 24))
        matrix = spring_matrix(flesh.lattice, flesh.track_blocks)
        return Tether(matrix, add_to_axes(blocks, flesh.track_blocks), flesh.rest)

    def pull(self, solver: Equilibrium, jaw: np.ndarray) -> np.ndarray:
        """[F, 3] N under which a solver's flesh rests at the base of jaw parameters [4] while no muscle is active.

        As ``Equilibrium`` takes it. What holds flesh to the base is put among the solver's extras.
        """
        base, joint = self.at(jaw), self._flesh.joint
        far = float(np.linalg.norm(joint.unit_sizes * jaw)) / FAR_MM
        tether = replace(self._tether, base=base, share=STEADY * min(far**2, 1.0))
        others = tuple(extra for extra in solver.extras if not isinstance(extra, Tether))
        solver.extras = (*others, tether)
        strain = solver.strain(base)
        inner = solver.lattice.carry.T @ solver.elastic.forces(strain)
        for extra in others:
            still = (
                extra.activated(np.zeros(len(extra.names))) if isinstance(extra, Fibres) else extra
            )
            inner += still.forces(base, strain)
        return inner + solver.springs @ base
