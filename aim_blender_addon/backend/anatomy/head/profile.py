# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outline of a head in its mirror plane, and how far its points stand out."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

STEP = 0.5  #: distance of neighbouring outline points, times the face's scale


def plane_section(local: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Where a mesh crosses the plane x = 0.

    Args:
        local: [V, 3] vertices, first coordinate across the plane.
        triangles: [T, 3].

    Returns:
        [S, 2, 2] segments in the two other coordinates.
    """
    side = local[:, 0] >= 0
    crossing = triangles[side[triangles].any(axis=1) & ~side[triangles].all(axis=1)]
    ends = []
    for a, b in ((0, 1), (1, 2), (2, 0)):
        p, q = local[crossing[:, a]], local[crossing[:, b]]
        apart = p[:, 0] - q[:, 0]
        fraction = p[:, 0] / np.where(apart == 0, 1, apart)
        point = p[:, 1:] + fraction[:, None] * (q - p)[:, 1:]
        cut = side[crossing[:, a]] != side[crossing[:, b]]
        ends.append(np.where(cut[:, None], point, np.nan))
    ends = np.stack(ends, axis=1)  # [S, 3, 2], one of the three is nan
    order = np.argsort(np.isnan(ends[..., 0]), axis=1, kind="stable")[:, :2]
    return np.take_along_axis(ends, order[..., None], axis=1)


def outline(
    segments: np.ndarray, centre: np.ndarray, scale: float, spread: float = 100.0
) -> np.ndarray:
    """The outermost line around ``centre``, smoothed lightly, in even steps from the top down.

    Args:
        segments: [S, 2, 2] (up, front) of :func:`plane_section`.
        centre: [2] a point inside the head.
        scale: size of the face over an average one.
        spread: degrees above and below the front that are traced.

    Returns:
        [N, 2] (up, front) points ``STEP * scale`` apart. Gaps of the mesh are bridged by straight lines.
    """
    length = np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1)
    count = np.maximum(np.ceil(length / (0.25 * scale)).astype(int), 1)
    owner = np.repeat(np.arange(len(segments)), count)
    fraction = (np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[
        owner
    ]
    points = (
        segments[owner, 0] + fraction[:, None] * (segments[owner, 1] - segments[owner, 0]) - centre
    )
    angle = np.degrees(np.arctan2(-points[:, 0], points[:, 1]))  # growing downwards
    radius = np.linalg.norm(points, axis=1)
    bins = np.round((angle + spread) / 0.25).astype(int)
    inside = (bins >= 0) & (bins <= 8 * spread)
    reach = np.full(int(8 * spread) + 1, -np.inf)
    np.maximum.at(reach, bins[inside], radius[inside])
    seen = np.flatnonzero(np.isfinite(reach))
    if len(seen) < 20:
        return np.zeros((0, 2))
    turn = np.radians(np.arange(seen[0], seen[-1] + 1) * 0.25 - spread)
    reach = np.interp(np.arange(seen[0], seen[-1] + 1), seen, reach[seen])
    line = centre + reach[:, None] * np.stack([-np.sin(turn), np.cos(turn)], axis=1)
    return smooth(resample(line, STEP * scale), 2.0)


def resample(line: np.ndarray, step: float) -> np.ndarray:
    """Points [M, 2] at even distances ``step`` along a polyline [N, 2]."""
    length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1)))
    places = np.arange(0.0, length[-1], step)
    return np.stack([np.interp(places, length, line[:, axis]) for axis in range(2)], axis=1)


def smooth(line: np.ndarray, sigma: float) -> np.ndarray:
    """A polyline [N, 2] after a Gaussian of ``sigma`` points."""
    return gaussian_filter1d(line, sigma, axis=0, mode="nearest")


def prominence(line: np.ndarray, reach: int) -> np.ndarray:
    """How far each point stands out of the chord between the points ``reach`` before and after it.

    Args:
        line: [N, 2] (up, front), running downwards.
        reach: points.

    Returns:
        [N], positive for bumps, negative for hollows, zero near the ends.
    """
    result = np.zeros(len(line))
    if len(line) <= 2 * reach:
        return result
    before, at, after = line[: -2 * reach], line[reach:-reach], line[2 * reach :]
    chord = after - before
    offset = at - before
    cross = offset[:, 0] * chord[:, 1] - offset[:, 1] * chord[:, 0]
    result[reach:-reach] = cross / np.maximum(np.linalg.norm(chord, axis=1), 1e-12)
    return result


def farthest(line: np.ndarray, start: int, end: int, sign: float) -> int:
    """The point between ``start`` and ``end`` farthest out of their chord (``sign`` 1) or in (-1)."""
    low, high = sorted((start, end))
    chord = line[high] - line[low]
    offset = line[low : high + 1] - line[low]
    cross = offset[:, 0] * chord[1] - offset[:, 1] * chord[0]
    return low + int(np.argmax(sign * cross))


def face_profile(local: np.ndarray, triangles: np.ndarray, scale: float) -> np.ndarray:
    """The outline from the forehead down to the neck, as seen from a point inside the face.

    The lower end is carried straight back, so that a mask that ends below the chin still shows a chin.

    Args:
        local: [V, 3] vertices (left, up, front) about the tip of the nose (or near it).
        triangles: [T, 3].
        scale: size of the face over an average one.

    Returns:
        [N, 2] (up, front), ``STEP * scale`` apart, running downwards; empty when nothing is there.
    """
    line = outline(plane_section(local, triangles), np.array([0.0, -75.0]) * scale, scale, 75.0)
    if not len(line):
        return line
    back = line[-1] - np.arange(1, int(40 / STEP))[:, None] * np.array([0.0, STEP * scale])
    return np.concatenate([line, back])


def nose_root_and_chin(line: np.ndarray, scale: float) -> tuple[int, int, int]:
    """Numbers of the points of a face profile at the nose tip, the nasion and the chin's turn (gnathion)."""
    stands_out = prominence(line, int(25 / STEP))
    near = np.abs(line[:, 0]) < 45 * scale
    tip = int(np.argmax(np.where(near, stands_out, -np.inf)))
    nasion = farthest(line, max(tip - int(75 / STEP), 0), tip, -1)
    low, high = tip + int(40 / STEP), min(tip + int(115 / STEP), len(line))
    chin = low + int(np.argmax(stands_out[low:high])) if high > low else len(line) - 1
    return tip, nasion, chin
