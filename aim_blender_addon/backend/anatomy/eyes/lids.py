# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids about the ball of an eye: where they are, how they follow the look, and which shapes shut them (numpy only).

A place of the skin is told by its angles from the ball's centre: how far aside and how high. Between the lids no skin
is seen from there. The lids follow the look by sliding about the centre, the upper one more than the lower one, least
towards the corners, and skin farther from the rims less.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ...geometry.mesh import Mesh
from ...geometry.smooth import falling
from .ball import Ball

UPPER, LOWER = "upper", "lower"
UP, DOWN, IN, OUT = "up", "down", "in", "out"


@dataclass(frozen=True)
class LidSettings:
    """How lids follow and where they are looked for; angles at the ball's centre in radians.

    Attributes:
        full: the look at which a lid's shape is wholly shown.
        down: the same of a look down, as far as eyes turn: a lid that stops before shows white over the iris.
        follows: how much of it a lid follows, by lid and way. In adults the upper lid goes with the eye wholly when
            it looks down [BeckerFuchs1988], the lower one by about a third.
        closes: a look down shuts at most this share of the opening; eyes whose lids hang at rest would be shut.
        aside: how much both lids follow a look aside.
        lags: lids of a rig's own shapes that follow by less than all but this of it are helped.
        fades: skin this far from the rim follows no more.
        far: skin farther from the centre than this follows less, and none at the second, radii.
        near: skin nearer than this is looked at for the opening, radii.
        wide: the opening is looked for so far aside and up or down.
        cell: of the map of what is seen.
        least: an opening spans so many radians aside and, in its middle, half as many up.
        slides: skin that comes within this of the front slides over the ball, and none beyond the second.
        near_eye: skin that may come this near to the eye slides, and none beyond the second, radii.
        inside_mm: skin deeper inside the eye than this at rest is left there.
        touches: skin within this of the farthest place of the eye lies on it, radii.
        cornea: its smallest radius of curvature, radii of the ball; 0.65 in people, less as artists model it.
        cut_mm: triangles between vertices may cut this deep.
        most: the largest clearance, radii.
    """

    full: float = np.radians(30.0)
    down: float = np.radians(50.0)
    follows: tuple[tuple[tuple[str, str], float], ...] = (
        ((UPPER, UP), 0.5),
        ((UPPER, DOWN), 1.0),
        ((LOWER, UP), 0.2),
        ((LOWER, DOWN), 0.35),
    )
    closes: float = 0.8
    aside: float = 0.12
    lags: float = 0.1
    fades: float = np.radians(50.0)
    far: tuple[float, float] = (1.3, 1.9)
    near: float = 1.5
    wide: float = np.radians(75.0)
    cell: float = np.radians(1.5)
    least: float = np.radians(25.0)
    slides: tuple[float, float] = (np.radians(72.0), np.radians(85.0))
    near_eye: tuple[float, float] = (0.06, 0.09)
    inside_mm: float = 0.05
    touches: float = 0.08
    cornea: float = 0.55
    cut_mm: float = 0.03
    most: float = 0.14


LIDS = LidSettings()


@dataclass(frozen=True)
class Opening:
    """The opening between the lids of an eye, seen from the ball's centre.

    Attributes:
        aside: [N] radians to the person's left, of columns from the right to the left corner.
        upper, lower: [N] radians up, where the rims are.
    """

    aside: np.ndarray
    upper: np.ndarray
    lower: np.ndarray

    def middle(self, aside: np.ndarray) -> np.ndarray:
        """[...] height of the line between the rims, radians; its ends hold on beyond the corners."""
        return np.interp(aside, self.aside, (self.upper + self.lower) / 2)

    def beyond(self, aside: np.ndarray, up: np.ndarray) -> np.ndarray:
        """[...] radians that directions lie beyond the rim of their lid; negative within the opening."""
        return np.where(
            up > self.middle(aside),
            up - np.interp(aside, self.aside, self.upper),
            np.interp(aside, self.aside, self.lower) - up,
        )


def angles(
    points: np.ndarray, ball: Ball, axes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How far aside and up (radians) points [N, 3] lie from the ball's centre, and how far off (mm); [N] each."""
    left, front, up = ((np.asarray(points, np.float64) - ball.centre) @ axes.T).T
    level = np.hypot(left, front)
    return np.arctan2(left, front), np.arctan2(up, level), np.hypot(level, up)


def front_share(is_skin: np.ndarray, aside: np.ndarray, far: np.ndarray, ball: Ball) -> np.ndarray:
    """[V] how far skin is near the front of the ball: 1 on it, falling away from it, 0 behind and for eyeballs.

    Args:
        is_skin: [V] bool, vertices that are no eyeball's.
        aside, far: [V] of all vertices, as ``angles`` gives them.
        ball: of the eye.
    """
    return np.where(
        is_skin & (np.abs(aside) < np.pi / 2), falling(far / ball.radius, LIDS.far), 0.0
    )


def find_opening(
    skin: Mesh, is_skin: np.ndarray, ball: Ball, axes: np.ndarray, settings: LidSettings = LIDS
) -> Opening | None:
    """The opening between the lids; None where they are shut or there are none.

    Args:
        skin: in rest, mm.
        is_skin: [V] bool, vertices that are no eyeball's.
        ball: of the eye.
        axes: [3, 3] left, front and up of the head.
        settings: where it is looked for.
    """
    cells = int(np.ceil(2 * settings.wide / settings.cell))
    seen = _seen_from_within(skin, is_skin, ball, axes, cells, settings)
    column = cells // 2
    runs: dict[int, tuple[int, int]] = {}
    start = _nearest_run(seen[:, column], cells // 2)
    if start is None:
        return None
    runs[column] = start
    for step in (-1, 1):
        here, run = column, start
        while 0 <= here + step < cells:
            here += step
            found = _overlapping_run(seen[:, here], run)
            if found is None:
                break
            runs[here] = run = found
    columns = np.array(sorted(runs))
    low, high = np.array([runs[number] for number in columns]).T
    at = (columns + 0.5) * settings.cell - settings.wide
    lower, upper = (edge * settings.cell - settings.wide for edge in (low, high + 1))
    wide, tall = np.ptp(at), (upper - lower).max()
    shut = wide < settings.least or tall < settings.least / 2
    # An eye without lids, as a bust's hole: the "opening" has no end.
    endless = (
        columns[0] == 0 or columns[-1] == cells - 1 or low.min() == 0 or high.max() == cells - 1
    )
    return None if shut or endless else Opening(at, upper, lower)


def sign_of(way: str, side: str) -> int:
    """Whether the angle of a look that way is positive: up, or to the person's left."""
    return 1 if way == UP or (way in (IN, OUT) and (way == OUT) == (side == "left")) else -1


def full_look(way: str, settings: LidSettings = LIDS) -> float:
    """The look that way at which the lids' shape is wholly shown, radians."""
    return settings.down if way == DOWN else settings.full


def follow_shapes(
    skin: Mesh,
    ball: Ball,
    opening: Opening,
    axes: np.ndarray,
    side: str,
    settings: LidSettings = LIDS,
) -> dict[str, np.ndarray]:
    """Displacements [V, 3] mm of the lids at the full look ``up``, ``down``, ``in`` and ``out``.

    Args:
        skin: in rest, mm.
        ball: of the eye.
        opening: between its lids.
        axes: [3, 3] left, front and up of the head.
        side: of the eye, ``left`` or ``right``.
        settings: how they follow.
    """
    aside, up, far = angles(skin.vertices, ball, axes)
    half = np.ptp(opening.aside) / 2
    across = (aside - opening.aside.mean()) / half
    held = np.clip(1 - across**2, 0, 1) * falling(far / ball.radius, settings.far)
    is_upper = up > opening.middle(aside)
    held = (
        held
        * falling(opening.beyond(aside, up), (0.0, settings.fades))
        * (np.abs(aside) < np.pi / 2)
    )
    shares = dict(settings.follows)
    tall = float((opening.upper - opening.lower).max())
    hangs = shares[LOWER, DOWN] + settings.closes * tall / settings.down
    shares[UPPER, DOWN] = min(shares[UPPER, DOWN], hangs)
    shapes = {}
    for way in (UP, DOWN):
        share = np.where(is_upper, shares[UPPER, way], shares[LOWER, way])
        by = sign_of(way, side) * full_look(way, settings) * share * held
        shapes[way] = _turned_up(skin.vertices, ball, axes, by)
    # Turned up about the head's left is turned to the left about its down, with the axes in another order.
    across = np.stack([-axes[2], axes[1], axes[0]])
    for way in (IN, OUT):
        by = sign_of(way, side) * settings.full * settings.aside * held
        shapes[way] = _turned_up(skin.vertices, ball, across, by)
    return shapes


def lag_shape(
    skin: Mesh,
    is_skin: np.ndarray,
    ball: Ball,
    opening: Opening,
    axes: np.ndarray,
    own: np.ndarray,
    follows: np.ndarray,
    settings: LidSettings = LIDS,
) -> np.ndarray | None:
    """[V, 3] mm what lids lack that follow a look by a shape of their own, each lid for itself; None for nothing.

    Args:
        skin: in rest, mm.
        is_skin: [V] bool, vertices that are no eyeball's.
        ball, opening, axes: of the eye.
        own: [V, 3] mm, the rig's own shape of the full look up or down.
        follows: [V, 3] mm, how lids follow that look, of :func:`follow_shapes`.
        settings: how much less is less.
    """
    rims = rim_vertices(skin, is_skin, ball, opening, axes)
    lacks = []
    for rim in rims:
        rest = skin.vertices[rim].astype(np.float64)
        at = angles(rest, ball, axes)[1]
        turned = [(angles(rest + by[rim], ball, axes)[1] - at).mean() for by in (own, follows)]
        lacks.append(1 - np.clip(turned[0] / turned[1] if turned[1] else 1.0, 0, 1))
    if max(lacks) < settings.lags:
        return None
    aside, up, _far = angles(skin.vertices, ball, axes)
    return np.where(up > opening.middle(aside), *lacks)[:, None] * follows


def closings(
    skin: Mesh,
    is_skin: np.ndarray,
    ball: Ball,
    opening: Opening,
    axes: np.ndarray,
    shapes: np.ndarray,
) -> np.ndarray:
    """[K] how far each of some shapes shuts the lids at its full value: 1 is wholly, less than 0 opens them.

    Args:
        skin: in rest, mm.
        is_skin: [V] bool, vertices that are no eyeball's.
        ball, opening, axes: of the eye.
        shapes: [K, V, 3] mm displacements.
    """
    upper, lower = rim_vertices(skin, is_skin, ball, opening, axes)
    height = axes[2]
    rest = (skin.vertices[upper] - skin.vertices[lower]) @ height
    moved = (shapes[:, upper] - shapes[:, lower]) @ height
    return -moved.mean(axis=1) / max(float(rest.mean()), 1e-6)


def rim_vertices(
    skin: Mesh, is_skin: np.ndarray, ball: Ball, opening: Opening, axes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [N], [N] of the upper and lower rim at places across the middle half of the opening."""
    aside, up, far = angles(skin.vertices, ball, axes)
    near = np.flatnonzero(is_skin & (far < LIDS.near * ball.radius) & (np.abs(aside) < np.pi / 2))
    middle = (opening.aside[0] + opening.aside[-1]) / 2
    places = middle + np.linspace(-0.25, 0.25, 9) * np.ptp(opening.aside)
    found = []
    for rim in (opening.upper, opening.lower):
        at = np.interp(places, opening.aside, rim)
        off = np.hypot(aside[near][None] - places[:, None], up[near][None] - at[:, None])
        found.append(near[off.argmin(axis=1)])
    return found[0], found[1]


def sliding_weight(
    skin: Mesh,
    is_skin: np.ndarray,
    outside_mm: np.ndarray,
    ball: Ball,
    axes: np.ndarray,
    shapes: Iterable[np.ndarray] = (),
    settings: LidSettings = LIDS,
) -> np.ndarray:
    """[V] how far the skin is kept off the ball, 0 to 1: lids wholly, what rests inside the eye not at all.

    A blink draws skin from behind the corners to the front, so the place nearest to the front counts.

    Args:
        skin: in rest, mm.
        is_skin: [V] bool, vertices that are no eyeball's.
        outside_mm: [V] how far outside of the eye they rest.
        ball: of the eye.
        axes: [3, 3] left, front and up of the head.
        shapes: [V, 3] mm each, what moves the skin.
        settings: what slides.
    """
    offset = np.asarray(skin.vertices, np.float64) - ball.centre
    near = np.flatnonzero(np.linalg.norm(offset, axis=1) < settings.far[1] * ball.radius)
    polar = _polar(offset[near], axes)
    for shape in shapes:
        polar = np.minimum(polar, _polar(offset[near] + shape[near], axes))
    weight = np.zeros(len(offset))
    weight[near] = falling(polar, settings.slides)
    return np.where(is_skin & (outside_mm > -settings.inside_mm), weight, 0.0)


def comes_near(
    skin: Mesh,
    weight: np.ndarray,
    outside_mm: np.ndarray,
    ball: Ball,
    shapes: Iterable[np.ndarray],
    clear_mm: float,
    settings: LidSettings = LIDS,
) -> np.ndarray:
    """[V] the weights of :func:`sliding_weight` for skin that can come to the eye; looking for it costs time a frame.

    A shape moves a point along a line, and the nearest that line comes to the ball counts; of all shapes, the two that
    come nearest together.

    Args:
        skin: in rest, mm.
        weight: [V] how far the skin is kept off.
        outside_mm: [V] how far outside of the eye it rests.
        ball: of the eye.
        shapes: [V, 3] mm each, what moves the skin.
        clear_mm: how far off it is kept.
        settings: how near is near.
    """
    some = np.flatnonzero(weight > 0)
    offset = skin.vertices[some].astype(np.float64) - ball.centre
    far = np.linalg.norm(offset, axis=1)
    dips = np.zeros((2, len(some)))
    for shape in shapes:
        moved = np.asarray(shape, np.float64)[some]
        along = -np.einsum("nc,nc->n", offset, moved) / np.maximum((moved**2).sum(axis=1), 1e-12)
        nearest = offset + np.clip(along, 0, 1)[:, None] * moved
        dip = far - np.linalg.norm(nearest, axis=1)
        dips[1] = np.maximum(dips[1], np.minimum(dip, dips[0]))
        dips[0] = np.maximum(dips[0], dip)
    left = (outside_mm[some] - dips.sum(axis=0) - clear_mm) / ball.radius
    near = np.zeros(len(weight))
    near[some] = weight[some] * falling(left, settings.near_eye)
    return near


def clearance_mm(
    skin: Mesh, weight: np.ndarray, top_mm: float, ball: Ball, settings: LidSettings = LIDS
) -> float:
    """How far off the ball vertices have to stay so that the flat triangles between them do not cut it, mm.

    Args:
        skin: in any expression, mm.
        weight: [V] how far each vertex is kept off.
        top_mm: how far from the centre the eye reaches, the cornea's top.
        ball: of the eye.
        settings: how large a clearance can be.
    """
    triangles = skin.triangles[(weight > 0.5)[skin.triangles].all(axis=1)]
    if not len(triangles):
        return 0.0
    corners = skin.vertices[triangles].astype(np.float64)
    far = np.sort(np.linalg.norm(corners - ball.centre, axis=2), axis=1)
    on = far[:, :2].mean(axis=1) < top_mm + settings.touches * ball.radius
    if not on.any():
        return 0.0
    # Skin inside is pushed to the nearest place outside, which spreads it the more the deeper it was.
    spread = np.maximum(top_mm / far[on].mean(axis=1), 1.0) ** 2
    curved = settings.cornea * ball.radius
    half = np.minimum(_covering_radius(corners[on]) * spread, 0.9 * curved)
    deep = curved - np.sqrt(curved**2 - half**2)
    return float(np.clip(deep.max() - settings.cut_mm, 0, settings.most * ball.radius))


def facets_mm(eye: Mesh | None, vertices: np.ndarray, ball: Ball) -> float:
    """How far the edges of an eyeball stand out of its flat triangles, mm; 0 without an eyeball.

    Skin that is kept off the triangles comes nearer to the edges by so much.
    """
    if eye is None or not len(vertices):
        return 0.0
    own = np.zeros(len(eye.vertices), bool)
    own[vertices] = True
    corners = eye.vertices[eye.triangles[own[eye.triangles].all(axis=1)]].astype(np.float64)
    if not len(corners):
        return 0.0
    half = np.minimum(np.quantile(_covering_radius(corners), 0.9), ball.radius)
    return float(ball.radius - np.sqrt(ball.radius**2 - half**2))


def _polar(offset: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """[N] radians off the front of offsets [N, 3] from the ball's centre."""
    far = np.maximum(np.linalg.norm(offset, axis=1), 1e-9)
    return np.arccos(np.clip(offset @ axes[1] / far, -1, 1))


def _covering_radius(corners: np.ndarray) -> np.ndarray:
    """[T] radii of the smallest circles about triangles [T, 3, 3]."""
    sides = np.sort(np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2), axis=1)
    short, middle, long = sides.T
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(across, axis=1) / 2
    is_acute = short**2 + middle**2 > long**2
    through_all = short * middle * long / np.maximum(4 * area, 1e-12)
    return np.where(is_acute, through_all, long / 2)


def _turned_up(points: np.ndarray, ball: Ball, axes: np.ndarray, by: np.ndarray) -> np.ndarray:
    """[N, 3] mm how points move that turn up about the ball's horizontal by angles [N]."""
    left, front, up = ((np.asarray(points, np.float64) - ball.centre) @ axes.T).T
    moved = np.stack([
        np.zeros_like(left),
        (np.cos(by) - 1) * front - np.sin(by) * up,
        np.sin(by) * front + (np.cos(by) - 1) * up,
    ], axis=1)  # fmt: skip
    return moved @ axes


def _seen_from_within(
    skin: Mesh,
    is_skin: np.ndarray,
    ball: Ball,
    axes: np.ndarray,
    cells: int,
    settings: LidSettings,
) -> np.ndarray:
    """[cells, cells] bool by height and aside: directions from the centre in which there is skin about the ball."""
    triangles = skin.triangles[is_skin[skin.triangles].all(axis=1)]
    aside, up, far = angles(skin.vertices, ball, axes)
    near = (far < settings.near * ball.radius) & (np.maximum(abs(aside), abs(up)) < np.pi / 2)
    triangles = triangles[near[triangles].any(axis=1)]
    corners = skin.vertices[triangles].astype(np.float64)
    size = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1, initial=0)
    steps = np.ceil(2 * size / (settings.cell * ball.radius)).astype(int).clip(1, 40)
    seen = np.zeros((cells, cells), bool)
    for count in np.unique(steps):
        one, two = np.meshgrid(np.arange(count + 1), np.arange(count + 1), indexing="ij")
        inner = one + two <= count
        weights = np.stack([one[inner], two[inner], count - one[inner] - two[inner]], 1) / count
        points = np.einsum("pk,tkc->tpc", weights, corners[steps == count]).reshape(-1, 3)
        aside, up, far = angles(points, ball, axes)
        kept = (far < settings.near * ball.radius) & (np.abs(aside) < np.pi / 2)
        row = np.floor((up[kept] + settings.wide) / settings.cell).astype(int)
        column = np.floor((aside[kept] + settings.wide) / settings.cell).astype(int)
        inside = (row >= 0) & (row < cells) & (column >= 0) & (column < cells)
        seen[row[inside], column[inside]] = True
    return seen


def _runs(taken: np.ndarray) -> list[tuple[int, int]]:
    """First and last cell of each run of free ones."""
    free = np.flatnonzero(~taken)
    if not len(free):
        return []
    breaks = np.flatnonzero(np.diff(free) > 1)
    return list(zip(free[np.r_[0, breaks + 1]], free[np.r_[breaks, len(free) - 1]], strict=True))


def _nearest_run(taken: np.ndarray, place: int) -> tuple[int, int] | None:
    """The free run that holds ``place`` or is nearest to it, among those of some height."""
    runs = [run for run in _runs(taken) if run[1] - run[0] >= 2]
    return min(runs, key=lambda run: max(run[0] - place, place - run[1], 0), default=None)


def _overlapping_run(taken: np.ndarray, before: tuple[int, int]) -> tuple[int, int] | None:
    """The free run that goes on beside another one."""
    overlap = [
        (min(run[1], before[1]) - max(run[0], before[0]), run)
        for run in _runs(taken)
        if run[0] <= before[1] and run[1] >= before[0]
    ]
    return max(overlap)[1] if overlap else None
