# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin in front of the ear canal, found by the ear standing off the head as seen from the side."""

import numpy as np
from scipy import ndimage

from .skin_view import OUTSIDE, SkinView

#: Between the rays, mm on an average face.
STEP_MM = 1.0
#: An ear stands off the head by at least this much, mm on an average face.
STANDS_OFF_MM = 4.0
#: Least depth of the bowl before the ear canal, mm.
BOWL_MM = 2.0
#: Smallest and largest height of an ear, mm on an average face.
EAR_HEIGHT_MM = (34.0, 100.0)
#: Smallest and largest width of an ear, mm on an average face.
EAR_WIDTH_MM = (12.0, 60.0)
#: Ears narrower than this are sought first; wider ones (of children, toons) let a curved head stand off too.
WIDEST_MM = (44.0, 54.0, 64.0)


def tragion(view: SkinView, sign: int, eye_up: float) -> np.ndarray | None:
    """The point [3] in front of the ear canal, or None where no ear shows.

    Args:
        view: the skin.
        sign: 1 for the person's left ear, -1 for the right.
        eye_up: height of the eyes above the nose tip; ears lie about as high as nose and eyes.
    """
    scale = view.frame.scale
    front = np.arange(-190, -60, STEP_MM) * scale
    up = eye_up + np.arange(-110, 70, STEP_MM) * scale
    start = np.empty((len(up), len(front), 3))
    start[..., 0] = sign * OUTSIDE * scale
    start[..., 1], start[..., 2] = up[:, None], front[None]
    rays = np.tile([-float(sign), 0.0, 0.0], (start.size // 3, 1))
    hits = view.first_hits(start.reshape(-1, 3), rays)[:, 0].reshape(start.shape[:2]) * sign
    side = np.where(np.isnan(hits), 0.0, hits)
    side = np.maximum(side, 0.0)
    for widest in WIDEST_MM:
        head = ndimage.grey_opening(side, (1, int(widest / STEP_MM)))
        standing = ndimage.binary_opening(side - head > STANDS_OFF_MM * scale, iterations=1)
        ear = _ear(standing, up, eye_up, scale)
        if ear is not None:
            break
    else:
        return None
    rows, columns = np.nonzero(ear)
    # The tragus lies below the middle of what stands off, the more so as the lobe often does not.
    middle = 0.5 * (up[rows].min() + up[rows].max()) - 0.08 * np.ptp(up[rows])
    level = np.abs(up - middle) < 7 * scale
    edge = _concha_front(
        side[level][:, columns.min() : columns.max() + 1], front[columns.min() : columns.max() + 1]
    )
    if edge is None:
        beside = np.abs(up[rows] - middle) < 4 * scale
        edge = front[columns[beside]].max() if beside.any() else front[columns].max()
    edge += 3.0 * scale
    return view.from_outside(np.array([0.0, middle, edge]), np.array([float(sign), 0.0, 0.0]))


def _concha_front(side: np.ndarray, front: np.ndarray) -> float | None:
    """Front end of the ear's bowl, before which the tragus stands; None where there is no bowl.

    Args:
        side: [Y, Z] how far the skin reaches sideways at the height of the ear canal.
        front: [Z] of its columns.
    """
    rim = np.minimum(
        np.maximum.accumulate(side, axis=1), np.maximum.accumulate(side[:, ::-1], axis=1)[:, ::-1]
    )
    deep = np.median(rim - side, axis=0)
    if deep.max(initial=0.0) < BOWL_MM:
        return None
    return float(front[np.flatnonzero(deep > 0.35 * deep.max())[-1]])


def _ear(standing: np.ndarray, up: np.ndarray, eye_up: float, scale: float) -> np.ndarray | None:
    """The part of what stands off the head that has an ear's size and place, as a mask."""
    labels, _ = ndimage.label(standing)
    best, best_area = None, 0
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        part = labels[box] == number
        tall, wide = np.array(part.shape) * STEP_MM
        centre = up[box[0]].mean()
        fits = (
            EAR_HEIGHT_MM[0] <= tall <= EAR_HEIGHT_MM[1]
            and EAR_WIDTH_MM[0] <= wide <= EAR_WIDTH_MM[1]
        )
        if fits and abs(centre - (eye_up - 20 * scale)) < 45 * scale and part.sum() > best_area:
            best, best_area = labels == number, int(part.sum())
    return best
