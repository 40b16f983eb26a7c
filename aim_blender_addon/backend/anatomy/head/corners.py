# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corners of eyes and mouth, read off the face's depth as seen from the front.

An open eye is a pit or hole of its own, whatever the mesh does there. Lips meet in a groove that ends at the
corners of the mouth. Both show without knowing the mesh's topology. Closed eyes and eyes filled with an
eyeball show no pit: the corners are then where an average face has them.
"""

import numpy as np
from scipy import ndimage

from .skin_view import SkinView

STEP_MM = 0.5  #: between the rays, on an average face
#: Depths of an eye's opening below the lids that are tried, mm, from deep to shallow. The first that shows both
#: eyes counts: hollows beside the nose run into shallow ones.
PITS_MM = (12.0, 8.0, 5.0, 3.5)


def eye_corners(view: SkinView, nasion_up: float) -> dict[str, np.ndarray]:
    """Eye corners found as ends of the eyes' openings; empty unless both eyes show.

    Args:
        view: the skin.
        nasion_up: height of the nasion above the nose tip.

    Returns:
        ``eye_inner_left`` etc. -> [3] in face coordinates.
    """
    scale = view.frame.scale
    x = np.arange(-62, 62.1, STEP_MM) * scale
    y = nasion_up + np.arange(-38, 22.1, STEP_MM) * scale
    depth = view.front_depth(x[None], y[:, None])
    filled = np.where(np.isnan(depth), np.nanmin(depth, initial=0.0) - 20 * scale, depth)
    lids = ndimage.grey_closing(filled, (int(20 / STEP_MM), 1))  # up and down: the nose is no lid
    for pit in PITS_MM:
        pits = lids - filled > pit * scale
        openings = [_opening(pits & (sign * x > 8 * scale)[None]) for sign in (1, -1)]
        if all(opening is not None for opening in openings):
            left_width, right_width = (np.ptp(np.nonzero(opening)[1]) for opening in openings)
            if 0.75 < left_width / right_width < 1.33:
                return _corners(view, x, y, openings)
    return {}


def _corners(
    view: SkinView, x: np.ndarray, y: np.ndarray, openings: list[np.ndarray]
) -> dict[str, np.ndarray]:
    """Skin just beside the ends of the two openings [Y, X]; empty if there is none."""
    scale = view.frame.scale
    found = {}
    for side, sign, opening in (("left", 1, openings[0]), ("right", -1, openings[1])):
        rows, columns = np.nonzero(opening)
        across = sign * x[columns]
        for name, end, step in (("inner", across.min(), -0.75), ("outer", across.max(), 0.75)):
            at = sign * (end + step * scale)
            up = y[rows[np.abs(across - end) < scale]].mean()
            front = view.front_depth(np.array(at), np.array(up))
            if np.isnan(front):
                return {}
            found[f"eye_{name}_{side}"] = np.array([at, up, float(front)])
    return found


def _opening(pits: np.ndarray) -> np.ndarray | None:
    """The largest pit of an eye's size and shape, or None."""
    labels, count = ndimage.label(pits)
    best, best_area = None, 0
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        tall, wide = (part.stop - part.start for part in box)
        wide, tall = wide * STEP_MM, tall * STEP_MM
        area = int((labels[box] == number).sum())
        if 14 <= wide <= 46 and 3 <= tall <= 30 and wide > 1.1 * tall and area > best_area:
            best, best_area = labels == number, area
    return best


def mouth_corners(view: SkinView, stomion: np.ndarray) -> dict[str, np.ndarray]:
    """``cheilion_left`` and ``cheilion_right`` as ends of the groove between the lips; empty if unclear.

    Args:
        view: the skin.
        stomion: [2] (up, front) of the middle of the groove.
    """
    scale = view.frame.scale
    x = np.arange(0, 40.1, STEP_MM)
    y = np.arange(-16, 16.1, STEP_MM)
    found = {}
    for side, sign in (("left", 1), ("right", -1)):
        depth = view.front_depth(sign * x[:, None] * scale, stomion[0] + y[None] * scale)
        depth = np.where(np.isnan(depth), np.nanmin(depth, initial=0.0) - 5 * scale, depth) / scale
        depth = ndimage.gaussian_filter(depth, (1.0, 0.6))
        end = _groove_end(depth)
        if end is None or not 14 <= x[end[0]] <= 37:
            return {}
        at, up = sign * x[end[0]] * scale, stomion[0] + y[end[1]] * scale
        front = view.front_depth(np.array(at), np.array(up))
        if np.isnan(front):
            return {}
        found[f"cheilion_{side}"] = np.array([at, up, float(front)])
    return found


def _groove_end(depth: np.ndarray) -> tuple[int, int] | None:
    """Where a groove that starts at column 0 in the middle ends.

    Args:
        depth: [X, Y] depth in millimetres of an average face, outwards along the first axis.

    Returns:
        Place of the last point of the groove.
    """
    reach = int(2.5 / STEP_MM)
    padded = np.pad(depth, ((0, 0), (reach, reach)), mode="edge")
    groove = np.minimum(padded[:, : -2 * reach], padded[:, 2 * reach :]) - depth  # [X, Y]
    groove = np.clip(groove, -1.0, 2.5)
    at = int(np.argmax(groove[:4].mean(axis=0)[reach:-reach])) + reach
    path, strength = [], []
    for row in groove:
        low, high = max(at - 1, 0), min(at + 2, groove.shape[1])
        at = low + int(np.argmax(row[low:high]))
        path.append(at)
        strength.append(row[at])
    strength = ndimage.uniform_filter1d(np.array(strength), 5, mode="nearest")
    limit = 0.12 * np.median(strength[: int(12 / STEP_MM)])
    if limit <= 0.01:
        return None
    weak = np.flatnonzero(strength < max(limit, 0.05))
    weak = weak[weak > int(10 / STEP_MM)]
    return None if not len(weak) else (int(weak[0]), path[int(weak[0])])
