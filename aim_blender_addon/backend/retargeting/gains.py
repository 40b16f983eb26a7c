# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How strongly a face plays, as a whole and by region (numpy only)."""

from dataclasses import dataclass

import numpy as np

from ..errors import RetargetError
from ..shape_names import plain_name

#: Width of the change from one region to the next, as a fraction of the height from nasion to chin.
BLEND = 0.06
#: Height from nasion to chin in heights of the nose, which is the unit below: the nose is a good third of the face.
NOSES_IN_FACE = 2.3
#: The mouth's region ends at this height above the base of the nose, in heights of the nose.
MOUTH_TOP = 0.1
#: The brows' region begins at this height.
BROWS_BASE = 1.15


@dataclass(frozen=True)
class Gains:
    """Factors of the motion: of everything, and of the regions beside."""

    whole: float = 1.0
    mouth: float = 1.0
    brows: float = 1.0
    eyes: float = 1.0

    def __post_init__(self) -> None:
        for name, value in self.__dict__.items():
            if not (np.isfinite(value) and value >= 0):
                raise RetargetError(f"The gain '{name}' is {value}: give a number from 0 up")

    @property
    def jaw(self) -> float:
        """Of the jaw's motion."""
        return self.whole * self.mouth

    def of_name(self, name: str) -> float:
        """Of a shape by its name: of mouth, jaw and tongue, of eyes or of brows; else of the whole face."""
        stem = plain_name(name)[0]
        regions = {"mouth": self.mouth, "jaw": self.mouth, "tongue": self.mouth}
        regions |= {"eye": self.eyes, "brow": self.brows}
        local = next((gain for word, gain in regions.items() if stem.startswith(word)), 1.0)
        return self.whole * local

    def field(
        self, points: np.ndarray, landmarks: dict[str, np.ndarray], up: np.ndarray
    ) -> np.ndarray:
        """Gain [N] at points [N, 3] mm: mouth below the nose, brows above the eyes, eyes between.

        Args:
            points: skin at rest.
            landmarks: of the same skin.
            up: [3] unit vector along the face.
        """
        if "nasion" not in landmarks or "subnasale" not in landmarks:
            return np.full(len(points), self.whole)
        nasion, base = landmarks["nasion"] @ up, landmarks["subnasale"] @ up
        tall = nasion - base
        height = (points @ up - base) / tall
        blend = BLEND * NOSES_IN_FACE

        def above(level: float) -> np.ndarray:
            return 1 / (1 + np.exp(-np.clip((height - level) / (blend / 2), -40, 40)))

        brows, not_mouth = above(BROWS_BASE), above(MOUTH_TOP)
        local = self.mouth + (self.eyes - self.mouth) * not_mouth + (self.brows - self.eyes) * brows
        return self.whole * local
