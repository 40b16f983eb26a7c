# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What else acts on the flesh beside its elasticity and its springs: muscles that contract, contact, weight."""

from typing import Protocol

import numpy as np

from .elastic import Strain


class ExtraEnergy(Protocol):
    """An energy of the nodes that ``Equilibrium`` adds to the flesh's own; mm and N.

    Args of all its functions:
        free: [F, 3] mm, free nodes.
        strain: of the flesh there.
    """

    def energy(self, free: np.ndarray, strain: Strain) -> float:
        """N mm, from any constant."""
        ...

    def forces(self, free: np.ndarray, strain: Strain) -> np.ndarray:
        """Its slope [F, 3] by the free nodes, N."""
        ...

    def stiffness(self, free: np.ndarray, strain: Strain, held: float) -> np.ndarray | None:
        """Its second slopes as blocks [C, 24, 24] of the cubes, N/mm; None where there are none.

        At ``held`` 0 they are the true ones; at 1 no block pulls the wrong way.
        """
        ...
