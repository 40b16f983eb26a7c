# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pattern over two faces by which their correspondence is looked at (numpy only)."""

import io
import zipfile
from dataclasses import dataclass

import numpy as np

from ..errors import RetargetError

#: Fields of the checker across the source's face, from ear to ear.
FIELDS = 14
_GREY, _DARK = 0.35, 0.45


@dataclass(frozen=True)
class Painted:
    """Colours of some vertices of a mesh: numbers [S] and sRGB [S, 3] in [0, 1]."""

    rows: np.ndarray
    colours: np.ndarray


def checker(data: bytes, name: str) -> tuple[Painted, Painted]:
    """What to paint on the source and, as it is mapped, on the target: same place, same colour.

    The pattern lies on the source as seen from the front; red grows to its left, green upwards. Where the map
    is not trusted the target is grey.

    Args:
        data: a stored map (:func:`.map_file.map_to_bytes`).
        name: of what holds it, for the message.

    Raises:
        RetargetError: it holds none.
    """
    try:
        with np.load(io.BytesIO(data)) as held:
            rows, points, axes = (held[f"source_{key}"] for key in ("rows", "points", "axes"))
            corners, weights, trust = (
                held[f"map_{key}"] for key in ("corners", "weights", "trust")
            )
            target_rows = held["map_rows"]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise RetargetError(
            f"'{name}' holds no correspondence of two faces: find it again"
        ) from error
    left, up, _front = axes
    flat = np.zeros((int(max(rows.max(), corners.max())) + 1, 2))
    flat[rows] = points.astype(np.float64) @ np.stack([left, up]).T
    middle, size = np.median(flat[rows], axis=0), np.ptp(flat[rows, 0]) / FIELDS
    there = np.einsum("nk,nkc->nc", weights, flat[corners])
    here, mapped = (_pattern((at - middle) / size) for at in (flat[rows], there))
    trusted = trust[:, None]
    return Painted(rows, here), Painted(target_rows, trusted * mapped + (1 - trusted) * _GREY)


def _pattern(place: np.ndarray) -> np.ndarray:
    """sRGB [N, 3] at places [N, 2] in fields of the checker."""
    share = np.clip(0.5 + place / FIELDS, 0, 1)
    colour = np.stack([0.25 + 0.75 * share[:, 0], 0.25 + 0.75 * share[:, 1], 1 - share[:, 0]], 1)
    light = np.floor(place).sum(axis=1) % 2 == 0
    return colour * np.where(light, 1.0, _DARK)[:, None]
