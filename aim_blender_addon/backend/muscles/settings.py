# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of the flesh: its size, what it is made of, how firmly it is held."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Material:
    """What flesh is made of (methods: Sifakis 2005, Nazari 2010); only ratios matter while it rests.

    Attributes:
        mu: N/mm^2, shear stiffness (10 kPa).
        bulk: N/mm^2, lambda: how firmly a cube keeps its volume.
        density: g/mm^3.
        track: N/mm^4, springs of a muscle to its track, by volume.
        fascia: the same of all other flesh.
        bone: N/mm^3, springs to bone and at the border, by area.
        tension: N/mm^2, largest active stress of a muscle (300 kPa).
    """

    mu: float = 0.01
    bulk: float = 0.5
    density: float = 1.0e-3
    track: float = 0.03
    fascia: float = 0.01
    bone: float = 2.0
    tension: float = 0.3


@dataclass(frozen=True)
class FleshSettings:
    """How fine the flesh mesh is.

    Attributes:
        edge_mm: of the larger cubes; at lips and lids they are half as wide.
        fine_mm: so near to the rims of lips and lids.
        spacing: of samples along a column, in edges of the finer cubes.
    """

    edge_mm: float = 7.5
    fine_mm: float = 9.0
    spacing: float = 0.6
