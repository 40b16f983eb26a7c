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
#: Grey (sRGB) of skin that the map does not trust.
_GREY = 0.35
#: Brightness of the dark fields, as a fraction of the light ones'.
_DARK = 0.45


@dataclass(frozen=True)
class Painted:
    """Colours of some vertices of a mesh: numbers [S] and sRGB [S, 3] in [0, 1]."""

    rows: np.ndarray
    colours: np.ndarray


def checker(data: bytes, name: str) -> tuple[Painted, Painted]:
    """Colours of the source and, as it is mapped, of the target: corresponding points have the same.

    The pattern lies on the source as seen from the front; red grows to its left, green upwards. The
    target is grey where the map is not trusted.

    Args:
        data: a stored map (:func:`.map_file.map_to_bytes`).
        name: of its file or object, for the message.

    Raises:
        RetargetError: the data hold none.
    """
    try:
        with np.load(io.BytesIO(data)) as stored:
            rows, points, axes = (stored[f"source_{key}"] for key in ("rows", "points", "axes"))
            corners, weights, trust = (
                stored[f"map_{key}"] for key in ("corners", "weights", "trust")
            )
            target_rows = stored["map_rows"]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise RetargetError(
            f"'{name}' holds no correspondence of two faces: find it again"
        ) from error
    left, up, _front = axes
    flat = np.zeros((int(max(rows.max(), corners.max())) + 1, 2))
    flat[rows] = points.astype(np.float64) @ np.stack([left, up]).T
    middle, size = np.median(flat[rows], axis=0), np.ptp(flat[rows, 0]) / FIELDS
    mapped = np.einsum("nk,nkc->nc", weights, flat[corners])
    source, target = (_pattern((at - middle) / size) for at in (flat[rows], mapped))
    trusted = trust[:, None]
    return Painted(rows, source), Painted(target_rows, trusted * target + (1 - trusted) * _GREY)


def _pattern(position: np.ndarray) -> np.ndarray:
    """sRGB [N, 3] at positions [N, 2] in fields of the checker."""
    ramp = np.clip(0.5 + position / FIELDS, 0, 1)
    colour = np.stack([0.25 + 0.75 * ramp[:, 0], 0.25 + 0.75 * ramp[:, 1], 1 - ramp[:, 0]], 1)
    light = np.floor(position).sum(axis=1) % 2 == 0
    return colour * np.where(light, 1.0, _DARK)[:, None]
