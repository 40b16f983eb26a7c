# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions of the flesh by the landmark above them: where volume is lost or gained."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .elastic import Strain
from .flesh import Flesh
from .lattice import TETRAHEDRA

#: Landmarks that name regions; those that an actor lacks are left out.
REGIONS = (
    *("upper_lip", "lower_lip", "pogonion", "malar_left", "malar_right"),
    *("supra_m2_left", "supra_m2_right", "pronasale", "glabella", "menton"),
)
#: Flesh farther from every landmark belongs to none, mm.
REACH_MM = 25.0


@dataclass(frozen=True)
class Regions:
    """Which region each tetrahedron belongs to.

    Attributes:
        names: of the regions.
        of: [C, 5] number of the region, -1 for none.
        volume: [C, 5] mm^3 at rest.
    """

    names: tuple[str, ...]
    of: np.ndarray
    volume: np.ndarray

    @classmethod
    def find(cls, flesh: Flesh, landmarks: Mapping[str, np.ndarray]) -> "Regions":
        """Regions of a flesh, by landmarks of the skin [3] mm."""
        lattice, volume = flesh.lattice, flesh.elastic.rest_volume
        corners = TETRAHEDRA[lattice.odd.astype(int)].reshape(len(lattice.cubes), 20)
        numbers = np.take_along_axis(lattice.cubes, corners, axis=1).reshape(-1, 5, 4)
        centre = lattice.nodes[numbers].mean(axis=2)
        names = tuple(name for name in REGIONS if name in landmarks)
        if not names:
            return cls((), np.full(volume.shape, -1), volume)
        apart, region = cKDTree(np.stack([landmarks[name] for name in names])).query(centre)
        of = np.where(apart < REACH_MM, region, -1)
        held = [k for k in range(len(names)) if (of == k).any()]
        renumbered = np.full(len(names) + 1, -1)
        renumbered[held] = np.arange(len(held))
        return cls(tuple(names[k] for k in held), renumbered[of], volume)

    def worst(self, strain: Strain) -> tuple[str, float]:
        """The region whose volume changed most, and by which share; "" and 0 where there are no regions."""
        if not self.names:
            return "", 0.0
        inside = self.of >= 0
        size = np.bincount(self.of[inside], self.volume[inside])
        now = np.bincount(self.of[inside], (self.volume * strain.volume)[inside])
        change = now / size - 1
        worst = int(np.argmax(np.abs(change)))
        return self.names[worst], float(change[worst])
