# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the pull of a handle reaches: covariances over the skin that end at a given distance."""

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from .laplacian import SurfaceOperator
from .smooth import smooth_step

#: Solutions of the surface's equation are cut off at this many lengths.
LENGTHS = 5.0


def compact(first: np.ndarray, second: np.ndarray, reach: float) -> np.ndarray:
    """Wendland's function of the distances [N, M] between points [N, 3] and [M, 3]; one at zero, zero from ``reach``.

    Positive definite in space, twice differentiable [Wendland1995].
    """
    squared = (
        (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2 * first @ second.T
    )  # far cheaper than differences, and exact enough in double precision
    ratio = np.minimum(np.sqrt(np.maximum(squared, 0.0)) / reach, 1.0)
    return (1 - ratio) ** 4 * (4 * ratio + 1)


def nearness(points: np.ndarray, handles: np.ndarray, full: float, end: float) -> np.ndarray:
    """How near [N] points [N, 3] are to any of the handles [M, 3]: one up to ``full`` mm, zero from ``end`` mm."""
    farness = np.ones(len(points))
    for handle in handles:
        farness *= smooth_step((np.linalg.norm(points - handle, axis=1) - full) / (end - full))
    return 1 - farness


class AlongSkin:
    """Covariances that fade with the distance along the skin, so that one lip does not move the other.

    Matern's covariance as the solution of (M + h^2 L) x = M noise [Lindgren2011], tapered by
    :func:`compact`.

    Args:
        operator: of the neutral.
        rest: [V, 3] mm.
        length: h, mm.
    """

    def __init__(self, operator: SurfaceOperator, rest: np.ndarray, length: float):
        self._mass, self._rest, self._reach = operator.mass, rest, LENGTHS * length
        system = sp.diags(operator.mass) + length**2 * operator.stiffness
        self._factor = sla.splu(system.tocsc())

    def columns(self, vertices: np.ndarray) -> np.ndarray:
        """Covariances [V, M] of all vertices with ``vertices`` [M], of usual size one."""
        unit = np.zeros((len(self._rest), len(vertices)))
        unit[vertices, np.arange(len(vertices))] = 1.0
        once = self._factor.solve(unit)
        twice = self._factor.solve(self._mass[:, None] * once)
        scale = twice[vertices, np.arange(len(vertices))]
        twice = twice / scale.mean()
        return twice * compact(self._rest, self._rest[vertices], self._reach)
