# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a blink leaves open between the lids, and the shape that shuts it (numpy only).

The gap is looked at from the ball's centre. In each upright plane through the centre the skin covers some heights, and
the free ones between the lids are the gap. Both lids are turned towards each other about the centre by half of it, in
those planes, and lap a little: the flat triangles and the cornea below would open a seam without that. How far is
smooth from corner to corner, so that a rough rim stays as rough as it is.

A shape that opens shut lids again is taken back at their rims: turning them shut anew would crumple steep corners.
"""

from dataclasses import dataclass

import numpy as np

from ...geometry.mesh import Mesh
from ...geometry.smooth import falling
from .ball import Ball
from .lids import LIDS, Opening, angles, front_share


@dataclass(frozen=True)
class ShutSettings:
    """How lids are shut; angles at the ball's centre in radians.

    Attributes:
        columns: planes from corner to corner.
        beyond: the gap is looked for so far above and below the opening at rest.
        lap_mm: how far shut lids lap.
        fades: skin moves wholly up to the first beyond its rim, and no more at the second.
        none: gaps smaller than this are rounding.
        rounds: of shutting what is left.
        wide: neighbouring columns to each side that move as far as the widest of them.
        smooth: columns over which that is smoothed, one sigma.
        held: what opens shut lids is taken back up to the first beyond the rim, and no more at the second.
    """

    columns: int = 61
    beyond: float = np.radians(12.0)
    lap_mm: float = 0.6
    fades: tuple[float, float] = (np.radians(3.0), np.radians(35.0))
    none: float = 1e-4
    rounds: int = 4
    wide: int = 2
    smooth: float = 2.5
    held: tuple[float, float] = (np.radians(5.0), np.radians(35.0))


SHUT = ShutSettings()


def gaps_mm(
    skin: Mesh,
    is_skin: np.ndarray,
    ball: Ball,
    opening: Opening,
    axes: np.ndarray,
    settings: ShutSettings = SHUT,
) -> np.ndarray:
    """[columns] how far the lids gape from the right to the left corner, on the ball.

    Args:
        skin: in any expression, mm.
        is_skin: [V] bool, vertices that are no eyeball's.
        ball: of the eye.
        opening: between its lids at rest.
        axes: [3, 3] left, front and up of the head.
        settings: where it is looked for.
    """
    triangles = _near(skin, is_skin, ball, axes)
    return _gaps(skin.vertices, triangles, ball, opening, axes, settings) * ball.radius


def shutting_shape(
    skin: Mesh,
    is_skin: np.ndarray,
    ball: Ball,
    opening: Opening,
    axes: np.ndarray,
    moved: np.ndarray,
    settings: ShutSettings = SHUT,
) -> np.ndarray:
    """[V, 3] mm displacements that shut what lids gape with a shape on; zero where they do not.

    Args:
        skin: in rest, mm.
        is_skin: [V] bool, vertices that are no eyeball's.
        ball: of the eye.
        opening: between its lids at rest.
        axes: [3, 3] left, front and up of the head.
        moved: [V, 3] mm, the shape.
        settings: how they are shut.
    """
    start = skin.vertices.astype(np.float64) + moved
    triangles = _near(skin.with_vertices(start), is_skin, ball, axes)
    aside, up, far = angles(skin.vertices, ball, axes)
    is_upper = up > opening.middle(aside)
    share = falling(opening.beyond(aside, up), settings.fades)
    share *= front_share(is_skin, aside, far, ball)
    some = np.flatnonzero(share > 0)
    toward = np.where(is_upper, -0.5, 0.5)[some] * share[some]
    at = _columns(opening, settings)
    points, lap = start.copy(), settings.lap_mm / ball.radius
    for _ in range(settings.rounds):
        gaps = _gaps(points, triangles, ball, opening, axes, settings)
        if not gaps.any():
            break
        by = _spread(np.where(gaps > 0, gaps + lap, 0.0), settings)
        here = angles(points[some], ball, axes)[0]
        points[some] = raised(points[some], ball, axes, toward * np.interp(here, at, by, 0.0, 0.0))
    return points - start


def lid_share(
    skin: Mesh,
    is_skin: np.ndarray,
    ball: Ball,
    opening: Opening,
    axes: np.ndarray,
    settings: ShutSettings = SHUT,
) -> np.ndarray:
    """[V] how far the skin is of the lids: 1 at their rims, falling beyond them and the corners.

    Args:
        skin: in rest, mm.
        is_skin: [V] bool, vertices that are no eyeball's.
        ball, opening, axes: of the eye.
        settings: how it falls.
    """
    aside, up, far = angles(skin.vertices, ball, axes)
    past = np.maximum(opening.aside[0] - aside, aside - opening.aside[-1])
    off = np.hypot(np.maximum(past, 0.0), np.maximum(opening.beyond(aside, up), 0.0))
    return falling(off, settings.held) * front_share(is_skin, aside, far, ball)


def holding_shape(
    skin: Mesh,
    is_skin: np.ndarray,
    ball: Ball,
    opening: Opening,
    axes: np.ndarray,
    shut: np.ndarray,
    added: np.ndarray,
    settings: ShutSettings = SHUT,
) -> np.ndarray:
    """[V, 3] mm displacements that keep shut lids shut while another shape is on.

    The other shape is taken back at the rims, and less and less beyond them; what gapes still is shut.

    Args:
        skin: in rest, mm.
        is_skin: [V] bool, vertices that are no eyeball's.
        ball: of the eye.
        opening: between its lids at rest.
        axes: [3, 3] left, front and up of the head.
        shut: [V, 3] mm, what shuts the lids.
        added: [V, 3] mm, the other shape.
        settings: how they are shut.
    """
    held = lid_share(skin, is_skin, ball, opening, axes, settings)
    back = -held[:, None] * added
    return back + shutting_shape(skin, is_skin, ball, opening, axes, shut + added + back, settings)


def _columns(opening: Opening, settings: ShutSettings) -> np.ndarray:
    return np.linspace(opening.aside[0], opening.aside[-1], settings.columns)


def _spread(values: np.ndarray, settings: ShutSettings) -> np.ndarray:
    """[N] at least the largest of each value and its neighbours, smooth."""
    wide, smooth = settings.wide, settings.smooth
    reach = int(np.ceil(3 * smooth))
    padded = np.pad(values, 2 * wide + reach)
    largest = np.lib.stride_tricks.sliding_window_view(padded, 4 * wide + 1).max(axis=1)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / smooth) ** 2)
    return np.convolve(largest, bell / bell.sum(), mode="valid")


def _near(skin: Mesh, is_skin: np.ndarray, ball: Ball, axes: np.ndarray) -> np.ndarray:
    """[T, 3] triangles of the skin about the front of the ball."""
    offset = skin.vertices.astype(np.float64) - ball.centre
    near = np.linalg.norm(offset, axis=1) < LIDS.far[1] * ball.radius
    near &= offset @ axes[1] > 0
    triangles = skin.triangles[is_skin[skin.triangles].all(axis=1)]
    return triangles[near[triangles].all(axis=1)]


def _gaps(
    points: np.ndarray,
    triangles: np.ndarray,
    ball: Ball,
    opening: Opening,
    axes: np.ndarray,
    settings: ShutSettings,
) -> np.ndarray:
    """[columns] radians of the widest free heights that have skin above and below."""
    local = (np.asarray(points, np.float64) - ball.centre) @ axes.T
    corners = local[triangles]
    at = _columns(opening, settings)
    lowest = np.interp(at, opening.aside, opening.lower) - settings.beyond
    highest = np.interp(at, opening.aside, opening.upper) + settings.beyond
    widest = np.zeros(len(at))
    for column, aside in enumerate(at):
        low, high = _covered(corners, aside)
        order = np.argsort(low)
        low, reached = low[order], np.maximum.accumulate(high[order])
        free = low[1:] - reached[:-1]
        lies_between = (reached[:-1] > lowest[column]) & (low[1:] < highest[column])
        widest[column] = np.max(free, where=lies_between & (free > settings.none), initial=0.0)
    return widest


def _covered(corners: np.ndarray, aside: float) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest height [N], radians, of each triangle [T, 3, 3] in an upright plane before the centre."""
    along = np.array([np.sin(aside), np.cos(aside), 0.0])
    across = corners @ np.array([np.cos(aside), -np.sin(aside), 0.0])
    cut = (across.min(axis=1) <= 0) & (across.max(axis=1) >= 0)
    corners, across = corners[cut], across[cut]
    one, two = across, np.roll(across, -1, axis=1)
    crosses = (one <= 0) != (two <= 0)
    share = np.where(crosses, one / np.where(crosses, one - two, 1.0), 0.0)[..., None]
    places = corners + share * (np.roll(corners, -1, axis=1) - corners)
    front = places @ along
    height = np.arctan2(places[..., 2], np.maximum(front, 1e-9))
    seen = crosses.any(axis=1) & (np.where(crosses, front, np.inf).min(axis=1) > 0)
    low = np.where(crosses, height, np.inf).min(axis=1)[seen]
    return low, np.where(crosses, height, -np.inf).max(axis=1)[seen]


def raised(points: np.ndarray, ball: Ball, axes: np.ndarray, by: np.ndarray) -> np.ndarray:
    """[N, 3] points turned up by angles [N], each in its upright plane through the centre."""
    left, front, up = ((points - ball.centre) @ axes.T).T
    level = np.maximum(np.hypot(left, front), 1e-9)
    far, height = np.hypot(level, up), np.arctan2(up, level) + by
    scale = far * np.cos(height) / level
    return ball.centre + np.stack([left * scale, front * scale, far * np.sin(height)], 1) @ axes
