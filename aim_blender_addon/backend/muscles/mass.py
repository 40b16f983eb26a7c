# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mass of the flesh on its nodes. Newton, millimetre and second go with tonnes: 1 g/cm^3 is 1e-9 t/mm^3."""

import numpy as np

from .elastic import SLOPES, VOLUME_SHARE
from .lattice import TETRAHEDRA, Lattice

#: mm/s^2, the pull of the earth.
GRAVITY = 9806.65
#: Tonnes per mm^3 in g/cm^3.
DENSITY_UNIT = 1e-9


def _unit_mass() -> np.ndarray:
    """[2, 8, 8] mass of a unit cube of unit density between its corners, linear in each tetrahedron."""
    mass = np.zeros((2, 8, 8))
    for kind in (0, 1):
        for corners, share in zip(TETRAHEDRA[kind], VOLUME_SHARE, strict=True):
            mass[kind][np.ix_(corners, corners)] += share / 20 * (1 + np.eye(4))
    return mass


def _unit_shear() -> np.ndarray:
    """[2, 8, 8] of a unit cube: how a motion that differs from corner to corner is resisted."""
    return np.einsum("e,keai,kebi->kab", VOLUME_SHARE, SLOPES, SLOPES)


_MASS, _SHEAR = _unit_mass(), _unit_shear()


def mass_blocks(lattice: Lattice, density: np.ndarray) -> np.ndarray:
    """Mass [C, 8, 8], t, of cubes of density [C], g/cm^3."""
    weight = DENSITY_UNIT * density * lattice.edge**3
    return weight[:, None, None] * _MASS[lattice.odd.astype(int)]


def shear_blocks(lattice: Lattice, mu: np.ndarray) -> np.ndarray:
    """Stiffness [C, 8, 8], N/mm, of the same motion on each axis, at rest; of shear stiffness [C] N/mm^2."""
    return (mu * lattice.edge)[:, None, None] * _SHEAR[lattice.odd.astype(int)]
