# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far estimated bone has to be expected off the true one."""

import numpy as np

from ..head.usual_thickness import depth_spreads
from .face_skin import FaceSkin

#: Standard deviation of bone deeper than the usual tissue, over that extra depth: nothing of its shape shows.
DEEPER_SHARE = 0.12


def expected_spread(face: FaceSkin, vertices: np.ndarray) -> np.ndarray:
    """Standard deviation [V] mm of estimated bone about the true one, along the skin's normal.

    Right below the skin it is that of the tissue depth between persons; deeper it grows, as nothing of the bone's
    shape shows.

    Args:
        face: the skin that the bones were estimated from.
        vertices: [V, 3] of a bone, face coordinates.
    """
    below, index, weights = face.skin.depth(vertices)
    usual = np.einsum("vk,vk->v", face.depths[index], weights)
    tissue = depth_spreads(face.skin, face.places, vertices)
    deeper = DEEPER_SHARE * np.maximum(below - usual, 0.0)
    return np.hypot(tissue, deeper).astype(np.float32)
