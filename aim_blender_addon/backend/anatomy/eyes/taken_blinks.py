# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Few shapes that shut the lids of a take where it means them shut, and what they still gape (numpy only).

A take is made within a tolerance, and blinks of other faces shut other lids. So its lids may gape at the peak of a
blink. What is missing there is one more shape, with a value a frame. It is small: lids that lap already stay.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...geometry.mesh import Mesh
from ...shape_names import plain_name
from .ball import Ball
from .find import SIDES
from .lids import Opening, rim_vertices
from .shutting import gaps_mm, shutting_shape


@dataclass(frozen=True)
class TakenBlinkSettings:
    """When lids of a take are meant to be shut, and how well they are.

    Attributes:
        blinks: a blink's curve from which lids begin to be shut, and from which they are shut wholly.
        gapes: without such a curve, lids that gape by less than the first share of their opening at rest, in the mean
            from corner to corner, are shut wholly, and by the second not at all.
        none_mm: gaps smaller than this are none.
        shapes: at most so many for an eye.
        halvings: of the range in which a value is looked for.
    """

    blinks: tuple[float, float] = (0.7, 0.9)
    gapes: tuple[float, float] = (0.04, 0.1)
    none_mm: float = 0.03
    shapes: int = 3
    halvings: int = 4


TAKEN_BLINKS = TakenBlinkSettings()


@dataclass(frozen=True)
class TakenLids:
    """The lids of an eye in a take.

    Attributes:
        skin: about the eye, in rest, mm, V vertices.
        is_skin: [V] bool, vertices that are no eyeball's.
        ball, opening: of the eye.
        axes: [3, 3] left, front and up of the head.
        frame: [V, 3] mm, what the take adds in a frame.
        frames: number of frames.
        blinks: [T] the curve of the source's blink, or None where it has none.
    """

    skin: Mesh
    is_skin: np.ndarray
    ball: Ball
    opening: Opening
    axes: np.ndarray
    frame: Callable[[int], np.ndarray]
    frames: int
    blinks: np.ndarray | None = None

    def gaps(self, moved: np.ndarray) -> np.ndarray:
        """[columns] mm between the lids from corner to corner."""
        skin = self.skin.with_vertices(self.skin.vertices + moved)
        return gaps_mm(skin, self.is_skin, self.ball, self.opening, self.axes)

    def rest_of(self, moved: np.ndarray) -> np.ndarray:
        """[V, 3] mm what shuts the gap that is left."""
        return shutting_shape(
            self.skin, self.is_skin, self.ball, self.opening, self.axes, moved
        )  # fmt: skip


def source_blinks(names: tuple[str, ...], values: np.ndarray) -> np.ndarray | None:
    """[T, 2] the curves of the left and the right blink among a source's [T, M]; None if one of them is missing."""
    found = {plain_name(name): number for number, name in enumerate(names)}
    both = [found.get(("eyeblink", side[0])) for side in SIDES]
    if None in both:
        return None
    return np.asarray(values, np.float64)[:, both]


def shut_shapes(
    lids: TakenLids, settings: TakenBlinkSettings = TAKEN_BLINKS
) -> tuple[np.ndarray, np.ndarray]:
    """What shuts the lids of an eye in a take where they are meant to be shut and gape.

    Returns:
        [K, V, 3] mm displacements and [T, K] their values, 0 to 1; none where nothing gapes.
    """
    meant, gapes = _meant(lids, settings)
    todo = np.flatnonzero((meant > 0) & (gapes > settings.none_mm))
    shapes, columns = [], []
    added = {frame: 0.0 for frame in todo.tolist()}
    left = meant * gapes
    while len(todo) and len(shapes) < settings.shapes:
        widest = int(todo[left[todo].argmax()])
        if left[widest] <= settings.none_mm:
            break
        shape = lids.rest_of(lids.frame(widest) + added[widest])
        values = np.zeros(lids.frames)
        for frame in todo.tolist():
            moved = lids.frame(frame) + added[frame]
            value, gap = _least(lids, moved, shape, settings)
            values[frame] = meant[frame] * value
            added[frame] = added[frame] + values[frame] * shape
            left[frame] = meant[frame] * gap
        shapes.append(shape)
        columns.append(values)
    if not shapes:
        return np.zeros((0, *lids.skin.vertices.shape)), np.zeros((lids.frames, 0))
    return np.stack(shapes), np.stack(columns, axis=1)


def _meant(lids: TakenLids, settings: TakenBlinkSettings) -> tuple[np.ndarray, np.ndarray]:
    """[T] how far the lids are meant to be shut, and [T] mm they gape where they may be; else 0."""
    tall = float(np.mean(lids.opening.upper - lids.opening.lower)) * lids.ball.radius
    gapes = np.zeros(lids.frames)
    if lids.blinks is not None:
        low, high = settings.blinks
        meant = np.clip((lids.blinks - low) / (high - low), 0.0, 1.0)
        for frame in np.flatnonzero(meant).tolist():
            gapes[frame] = lids.gaps(lids.frame(frame)).max(initial=0.0)
        return meant, gapes
    upper, lower = rim_vertices(lids.skin, lids.is_skin, lids.ball, lids.opening, lids.axes)
    apart = (lids.skin.vertices[upper] - lids.skin.vertices[lower]) @ lids.axes[2]
    low, high = settings.gapes
    meant = np.zeros(lids.frames)
    for frame in range(lids.frames):
        moved = lids.frame(frame)
        now = apart + (moved[upper] - moved[lower]) @ lids.axes[2]
        if np.median(now) < 2 * high * np.median(apart):
            gaps = lids.gaps(moved)
            gapes[frame] = gaps.max(initial=0.0)
            meant[frame] = np.clip((high - gaps.mean() / tall) / (high - low), 0.0, 1.0)
    return meant, gapes


def _least(
    lids: TakenLids, moved: np.ndarray, shape: np.ndarray, settings: TakenBlinkSettings
) -> tuple[float, float]:
    """The least value, 0 to 1, of a shape that shuts what gapes as well as it can, and the gap in mm that is left."""

    def gap(value: float) -> float:
        return float(lids.gaps(moved + value * shape).max(initial=0.0))

    before, best = gap(0.0), gap(1.0)
    if before <= max(best, settings.none_mm):
        return 0.0, before
    enough = max(best, settings.none_mm)
    low, high = 0.0, 1.0
    for _ in range(settings.halvings):
        middle = (low + high) / 2
        low, high = (low, middle) if gap(middle) <= enough else (middle, high)
    return high, gap(high)
