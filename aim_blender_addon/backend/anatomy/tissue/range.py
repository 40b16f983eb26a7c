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
    thickest: float = 1.6
    thickest_mm: float = 2.0
    least_mm: float = 0.5

    def lower_bound(self, thickness: np.ndarray) -> np.ndarray:
        """Lower bound [...] mm of a known thickness [...] mm."""
        return np.minimum(thickness, np.maximum(self.thinnest * thickness, self.least_mm))

    def upper_bound(self, thickness: np.ndarray) -> np.ndarray:
        """Upper bound [...] mm of a known thickness [...] mm."""
        return self.thickest * thickness + self.thickest_mm


#: Of tissue in any face and expression, about the rest or the fitted face. Depths vary between adults with a standard
#: deviation of a quarter to two fifths of the mean [Stephan2008]. This reaches two deviations up at 33 of 34 landmarks;
#: 1.5 times reaches them at 30. No source gives how far the tissue of one face bulges: it is taken to stay within what
#: other faces have (docs/method/sculpt.md, "Limits of tissue").
TISSUE_RANGE = TissueRange()
