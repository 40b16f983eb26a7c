# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activations of every frame of a take, to first order: what muscles would have to do at rest for the same motion.

    min over a in [0, 1]^M  of  mean |slopes a - motion|^2 + small^2 |a|^2

The jaw's own motion is taken off before; what flesh does under a wide open jaw is not, and shows as small activations.
The slopes are those of the skin at rest, so that a frame costs milliseconds. ``read_back`` solves the flesh for each
frame and is exact, but takes seconds.
"""

import numpy as np
from scipy.optimize import lsq_linear

from ..geometry.skinning import undo_jaw
from ..model.aim import AimModel
from .contract import Contraction
from .flesh import Flesh
from .settle import activate, fibres_of, nodes_by

#: An activation of 1 counts as much as skin off by so many mm: what is not of first order would rouse weak muscles.
SMALL_MM = 0.1


class FirstActivations:
    """Reads activations off skins of one actor; each skin alone, whatever came before.

    Args:
        flesh: with tracks.
        model: the actor.
    """

    def __init__(self, flesh: Flesh, model: AimModel) -> None:
        self._flesh, self._joint = flesh, model.joint
        contraction = Contraction(flesh, model)
        solver = contraction.solver
        activate(solver, np.zeros(len(contraction.names)))
        forces = fibres_of(solver).unit_forces(solver.strain(flesh.rest))
        slopes = contraction.skin_slopes(nodes_by(solver, flesh.rest, -forces))
        self.names = contraction.names
        self._rest = model.neutral.vertices[flesh.skin].astype(float)
        self._size = np.sqrt(len(flesh.skin))
        self._slopes = slopes.reshape(-1, len(self.names)) / self._size
        square = self._slopes.T @ self._slopes + SMALL_MM**2 * np.eye(len(self.names))
        self._root = np.linalg.cholesky(square)

    def of(self, skin: np.ndarray, jaw: np.ndarray, number: int = 0) -> np.ndarray:  # noqa: ARG002
        """[M] from 0 to 1, of a whole skin [V, 3] mm in head space under jaw parameters [4], in any frame."""
        shares = self._flesh.skin_jaw_share
        still = undo_jaw(skin[self._flesh.skin], self._joint.pose(jaw), shares)
        down = self._slopes.T @ ((still - self._rest).ravel() / self._size)
        aim = np.linalg.solve(self._root, down)
        return np.clip(lsq_linear(self._root.T, aim, bounds=(0, 1), method="bvls").x, 0, 1)
