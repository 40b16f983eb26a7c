# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of each cube of flesh is skin, fat and muscle; and what a tissue makes of it."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from ..model.aim import AimModel
from .elastic import Elastic
from .flesh import Flesh
from .lattice import Lattice
from .mass import mass_blocks
from .material import FAT, KEEPS_VOLUME, MUSCLE, SKIN, SKIN_MM, Tissue

#: Places on each edge of a cube that are looked at.
_PLACES = 3
#: Fat grows fully where flesh is thicker than the second, mm, and not where it is thinner than the first.
GROWS_MM = (4.0, 10.0)
#: Fat does not grow within half of this from the border of the flesh, mm, and fully from one and a half.
BORDER_MM = 14.0
#: Fat grows evenly over so many mm.
EVEN_MM = 6.0
#: A cube that the skin just grazes counts as filled by so much, so that its corners are held.
LEAST_FILLED = 0.1


@dataclass(frozen=True)
class Layers:
    """What each cube holds.

    Attributes:
        filled: [C] share of the cube that lies below the skin.
        skin, fat, muscle: [C] shares of that; they sum to one.
        grows: [C] how much of a cube is fat that grows and shrinks: none where flesh is thin, as on nose and brow,
            and the same as nearby, so that skin stays smooth.
    """

    filled: np.ndarray
    skin: np.ndarray
    fat: np.ndarray
    muscle: np.ndarray
    grows: np.ndarray

    @classmethod
    def find(cls, flesh: Flesh, model: AimModel) -> "Layers":
        """Layers of a flesh: skin lies on it, muscles around their curves, and all else is fat.

        What of a cube stands out of the skin counts for nothing.
        """
        lattice = flesh.lattice
        steps = (np.arange(_PLACES) + 0.5) / _PLACES
        local = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
        corner = lattice.nodes[lattice.cubes[:, 0]]
        places = corner[:, None] + lattice.edge[:, None, None] * local
        flat = places.reshape(-1, 3)
        depth, nearest = _depth(flesh, model, flat)
        inside = depth > 0
        skin = inside & (depth < SKIN_MM)
        held = np.zeros(len(flat))
        for muscle in flesh.muscles:
            held = np.maximum(held, muscle.hold(flat))
        thick = model.evaluate().thickness[flesh.skin][nearest]
        low, high = GROWS_MM
        parts = np.stack(
            [inside, skin, inside & ~skin, np.clip((thick - low) / (high - low), 0, 1)]
        )
        parts[2] *= held
        sums = parts.reshape(4, len(lattice.cubes), len(local)).sum(axis=2)
        size = np.maximum(sums[0], 1e-9)
        skin, muscle = sums[1] / size, sums[2] / size
        filled = np.maximum(sums[0] / len(local), LEAST_FILLED)
        fat = 1.0 - skin - muscle
        centre = corner + lattice.edge[:, None] / 2
        border = flesh.holds["border"].any(axis=(1, 2))
        inner = np.ones(len(centre))
        if border.any():
            inner = np.clip(cKDTree(centre[border]).query(centre)[0] / BORDER_MM - 0.5, 0.0, 1.0)
        weight = lattice.edge**3 * filled
        grows = _evenly(fat * inner * sums[3] / len(local), centre, weight)
        return cls(filled, skin, fat, muscle, grows)

    @property
    def kinds(self) -> np.ndarray:
        """[C, 3] shares of skin, fat and muscle; they sum to how much of a cube is filled."""
        return self.filled[:, None] * np.stack([self.skin, self.fat, self.muscle], axis=1)

    def mu(self, tissue: Tissue) -> np.ndarray:
        """[C] N/mm^2, shear stiffness, less where a cube is not filled.

        Along its layers flesh is as stiff as their mean, across them as soft as the mean of their softness. A cube
        has what lies half way ([Hill1952]).
        """
        shares, stiffness = self._mixed(tissue)
        along, across = stiffness @ shares, 1 / ((1 / stiffness) @ shares)
        return self.filled * (along + across) / 2

    def mu_slopes(self, tissue: Tissue) -> np.ndarray:
        """[3, C] slopes of :meth:`mu` by the logarithms of the stiffness of skin, fat and muscle."""
        shares, stiffness = self._mixed(tissue)
        across = 1 / ((1 / stiffness) @ shares)
        along = stiffness[:, None] * shares
        return self.filled * (along + across**2 * shares / stiffness[:, None]) / 2

    def _mixed(self, tissue: Tissue) -> tuple[np.ndarray, np.ndarray]:
        """Shares [3, C] of skin, fat and muscle, and their stiffness [3]."""
        stiffness = [SKIN * tissue.skin, FAT * tissue.fat, MUSCLE * tissue.muscle]
        return np.stack([self.skin, np.maximum(self.fat, 0), self.muscle]), np.array(stiffness)

    def growth(self, tissue: Tissue) -> np.ndarray:
        """[C] volume at rest beside that of the actor as scanned."""
        return 1.0 + tissue.fullness * self.grows

    def mass(self, flesh: Flesh, tissue: Tissue) -> np.ndarray:
        """[C, 8, 8] t."""
        density = tissue.density * self.filled * self.growth(tissue)
        return mass_blocks(flesh.lattice, density)

    def elastic(self, flesh: Flesh, tissue: Tissue, swollen: bool = True) -> Elastic:
        """Flesh of this tissue; ``swollen`` where fat that grew is to push."""
        mu = self.mu(tissue)
        lattice = swell(flesh, self.growth(tissue)) if swollen else flesh.lattice
        return Elastic(lattice, mu, (1 + KEEPS_VOLUME) * mu)


def swell(flesh: Flesh, growth: np.ndarray) -> Lattice:
    """The flesh's lattice with cubes that would rest at ``growth`` [C] times their volume."""
    return replace(flesh.lattice, edge=flesh.lattice.edge * np.cbrt(growth))


def _evenly(values: np.ndarray, centre: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Values [C] of cubes as means of those around, by weights [C]."""
    tree = cKDTree(centre)
    pairs = tree.sparse_distance_matrix(tree, 3 * EVEN_MM, output_type="coo_matrix").tocsr()
    pairs.data = np.exp(-((pairs.data / EVEN_MM) ** 2) / 2)
    pairs.setdiag(1.0)
    return (pairs @ (weight * values)) / (pairs @ weight)


def _depth(flesh: Flesh, model: AimModel, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth [P] mm below the skin, negative outside; and the nearest of the flesh's skin points."""
    skin = flesh.skin_places @ flesh.rest
    apart, nearest = cKDTree(skin).query(places)
    outward = model.neutral.normals[flesh.skin].astype(float)
    below = -((places - skin[nearest]) * outward[nearest]).sum(axis=1)
    # Beside a vertex depth is that of the plane through it, and far below the distance itself.
    return np.where((below < 0) | (apart < 2 * SKIN_MM), below, apart), nearest
