# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A straight step of nearly incompressible flesh gains volume that its stiffness did not foretell; a bent one does not.

What turns by a straight step grows, so that pressure rises with the square of the step and hides how good it was.
The surplus is pushed back along the volumes' slopes at the start, where the same factor answers it. That is the
second order correction of constrained search ([Nocedal2006]).
"""

from dataclasses import dataclass

import numpy as np

from .elastic import OWN_LAMBDA, VOLUME_SHARE, Elastic, Strain


@dataclass(frozen=True)
class Bend:
    """A straight step and the pressure that the stiffness at its start foretells at its end.

    Attributes:
        elastic: the flesh.
        start: strain where the step begins.
        foretold: [C, 5] N/mm^2.
    """

    elastic: Elastic
    start: Strain
    foretold: np.ndarray

    @classmethod
    def of(cls, elastic: Elastic, start: Strain, way: np.ndarray) -> "Bend":
        """The bend of a step that moves all nodes by ``way`` [N, 3] mm."""
        grows = np.einsum("ceij,ceij->ce", start.cofactor, elastic.strain(way).f)
        spare = elastic.bulk - OWN_LAMBDA * elastic.mu
        foretold = elastic.pressure(start) + elastic.steepness(start) * grows
        return cls(elastic, start, foretold + (spare * (grows @ VOLUME_SHARE))[:, None])

    def surplus(self, end: Strain) -> np.ndarray:
        """Forces [N, 3] N of the pressure at the end that was not foretold, on the volumes' slopes at the start."""
        pressure = self.elastic.pressure(end) - self.foretold
        return self.elastic.pressure_forces(self.start, pressure)
