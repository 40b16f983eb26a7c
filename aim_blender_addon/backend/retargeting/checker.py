# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pattern over two faces by which their correspondence is looked at (numpy only)."""

import numpy as np

from .map_file import StoredMap

#: Fields of the checker across the source's face, from ear to ear.
FIELDS = 14
_GREY, _DARK = 0.35, 0.45


def checker(stored: StoredMap) -> tuple[np.ndarray, np.ndarray]:
    """Colours of the source's skin, and of the target's as mapped: same place, same colour.

    The pattern lies on the source as seen from the front; red grows to its left, green upwards. Where the map
    is not trusted the target is grey.

    Args:
        stored: the correspondence.

    Returns:
        sRGB [S', 3] and [S, 3] in [0, 1].
    """
    left, up, _front = stored.axes
    place = stored.source_points.astype(np.float64) @ np.stack([left, up]).T
    middle = np.median(place, axis=0)
    size = np.ptp(place[:, 0]) / FIELDS
    there = np.einsum("nk,nkc->nc", stored.weights, place[stored.corners])
    here, mapped = (_pattern((at - middle) / size) for at in (place, there))
    trust = stored.trust[:, None]
    return here, trust * mapped + (1 - trust) * _GREY


def _pattern(place: np.ndarray) -> np.ndarray:
    """sRGB [N, 3] at places [N, 2] in fields of the checker."""
    share = np.clip(0.5 + place / FIELDS, 0, 1)
    colour = np.stack([0.25 + 0.75 * share[:, 0], 0.25 + 0.75 * share[:, 1], 1 - share[:, 0]], 1)
    light = np.floor(place).sum(axis=1) % 2 == 0
    return colour * np.where(light, 1.0, _DARK)[:, None]
