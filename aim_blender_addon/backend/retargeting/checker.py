# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pattern over two faces by which their correspondence is looked at (numpy only)."""

from dataclasses import dataclass

import numpy as np

from ..errors import RetargetError
from ..io.damage import refusing
from ..io.npz import NUMBERS, WHOLE, read_arrays

#: Fields of the checker across the source's face, from ear to ear.
FIELDS = 14
#: Grey (sRGB) of skin that the map does not trust.
_GREY = 0.35
#: Brightness of the dark fields, as a fraction of the light ones'.
_DARK = 0.45
#: What is read of a map.
_ARRAYS = {
    "source_rows": WHOLE,
    "source_points": NUMBERS,
    "source_axes": NUMBERS,
    "map_rows": WHOLE,
    "map_corners": WHOLE,
    "map_weights": NUMBERS,
    "map_trust": NUMBERS,
    "follower_rows": WHOLE,
    "follower_corners": WHOLE,
    "follower_weights": NUMBERS,
}
#: No number of a map is larger: neither a vertex nor a length in mm.
_LARGEST = 1e9
#: Axes may miss a frame by this much, and no source is narrower, mm.
_AXES_SLACK, _SMALLEST = 1e-2, 1e-6


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
    with refusing(
        RetargetError, lambda _: f"'{name}' holds no correspondence of two faces: find it again"
    ):
        arrays = _checked(read_arrays(data, _ARRAYS))
    rows, corners, trust = (arrays[key] for key in ("source_rows", "map_corners", "map_trust"))
    left, up, _front = arrays["source_axes"]
    flat = arrays["source_points"].astype(np.float64) @ np.stack([left, up]).T  # [R, 2]
    middle, size = np.median(flat, axis=0), np.ptp(flat[:, 0]) / FIELDS
    order = np.argsort(rows)
    mapped = np.einsum(
        "nk,nkc->nc",
        arrays["map_weights"],
        flat[order[np.searchsorted(rows, corners, sorter=order)]],
    )
    source, target = (_pattern((at - middle) / size) for at in (flat, mapped))
    trusted = trust[:, None]
    painted = trusted * target + (1 - trusted) * _GREY
    rows_of_target = arrays["map_rows"]
    if "follower_rows" in arrays:  # split seams, and a dense skin between its points
        between = np.einsum(
            "nk,nkc->nc", arrays["follower_weights"], painted[arrays["follower_corners"]]
        )
        painted = np.concatenate([painted, between])
        rows_of_target = np.concatenate([rows_of_target, arrays["follower_rows"]])
    return Painted(rows, source), Painted(rows_of_target, painted)


def _checked(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays, if they fit each other.

    Raises:
        KeyError, ValueError: they do not, or one is missing.
    """
    rows, targets = arrays["source_rows"], arrays["map_rows"]
    shapes = {
        "source_rows": (len(rows),),
        "source_points": (len(rows), 3),
        "source_axes": (3, 3),
        "map_rows": (len(targets),),
        "map_corners": (len(targets), 3),
        "map_weights": (len(targets), 3),
        "map_trust": (len(targets),),
    }
    if not len(rows) or not len(targets):
        raise ValueError("it is empty")
    if "follower_rows" in arrays:
        followers = len(arrays["follower_rows"])
        shapes |= {
            "follower_rows": (followers,),
            "follower_corners": (followers, 3),
            "follower_weights": (followers, 3),
        }
    for name, shape in shapes.items():
        array = arrays[name]
        if array.shape != shape or not (np.abs(array.astype(np.float64)) <= _LARGEST).all():
            raise ValueError(f"{name} is no array {shape} of finite numbers")
    if "follower_rows" in arrays and len(arrays["follower_rows"]):
        corners = arrays["follower_corners"]
        if arrays["follower_rows"].min() < 0 or corners.min() < 0 or corners.max() >= len(targets):
            raise ValueError("it names vertices that it does not have")
    if targets.min() < 0 or rows.min() < 0 or not np.isin(arrays["map_corners"], rows).all():
        raise ValueError("it names vertices that it does not have")
    axes = arrays["source_axes"].astype(np.float64)
    if len(np.unique(rows)) < len(rows) or np.abs(axes @ axes.T - np.eye(3)).max() > _AXES_SLACK:
        raise ValueError("its source is no face")
    if np.ptp(arrays["source_points"].astype(np.float64) @ axes[0]) < _SMALLEST:
        raise ValueError("its source has no width")
    return arrays


def _pattern(position: np.ndarray) -> np.ndarray:
    """sRGB [N, 3] at positions [N, 2] in fields of the checker."""
    ramp = np.clip(0.5 + position / FIELDS, 0, 1)
    colour = np.stack([0.25 + 0.75 * ramp[:, 0], 0.25 + 0.75 * ramp[:, 1], 1 - ramp[:, 0]], 1)
    light = np.floor(position).sum(axis=1) % 2 == 0
    return colour * np.where(light, 1.0, _DARK)[:, None]
