# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flesh below a skin that is given: held by its bones, with the skin pinned."""

import numpy as np

from .equilibrium import Equilibrium
from .flesh import Flesh
from .springs import spring_blocks

#: Springs that pin the skin to a scan, N/mm each.
PINNED = 20.0


def pinned_to_skin(flesh: Flesh) -> Equilibrium:
    """The flesh held by its bones, with its skin pinned; see :func:`skin_pull`."""
    pins = spring_blocks(
        len(flesh.lattice.cubes),
        flesh.skin_cube,
        flesh.skin_shares,
        np.full(len(flesh.skin), PINNED),
    )
    return Equilibrium(flesh.elastic, pins + flesh.holds["skull"] + flesh.holds["jaw"])


def skin_pull(flesh: Flesh, skin: np.ndarray, jaw: np.ndarray) -> np.ndarray:
    """[F, 3] N of bones in a jaw pose [4, 4] and of pins at a whole skin [V, 3] mm."""
    return PINNED * (flesh.skin_places.T @ skin[flesh.skin].astype(float)) + flesh.bone_pull(jaw)
