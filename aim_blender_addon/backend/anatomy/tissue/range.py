# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How thin and how thick soft tissue may become, from how thick it is (numpy only)."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TissueRange:
    """Bounds of a thickness, relative to the one that is known.

    Attributes:
        thinnest: lower bound over the known thickness.
        thickest: upper bound over the known thickness,
        thickest_mm: and this on top, mm: room where tissue is thin.
        least_mm: tissue is never thinner than this, mm, unless it is known to be. Skin alone is 1 to 2 mm thick, and
            lips pressed on teeth keep half of that.
    """

    thinnest: float = 0.5
    thickest: float = 1.5
    thickest_mm: float = 2.0
    least_mm: float = 0.5

    def lower_bound(self, thickness: np.ndarray) -> np.ndarray:
        """Lower bound [...] mm of a known thickness [...] mm."""
        return np.minimum(thickness, np.maximum(self.thinnest * thickness, self.least_mm))

    def upper_bound(self, thickness: np.ndarray) -> np.ndarray:
        """Upper bound [...] mm of a known thickness [...] mm."""
        return self.thickest * thickness + self.thickest_mm


#: Of one person's tissue, from rest to any expression. Half as thick again is an assumption: no source gives how far
#: the tissue of a face bulges. What the scans show widens it.
IN_EXPRESSION = TissueRange()
#: Of another person's tissue. Depths vary between adults with a standard deviation of a quarter to a third
#: [Stephan2008], so that 1.6 times is two standard deviations up.
BETWEEN_PEOPLE = TissueRange(thickest=1.6)
