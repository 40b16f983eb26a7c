# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ball of an eye: the sphere on which most of an eyeball's outside lies (numpy only).

An eyeball as artists model it is no sphere. The cornea bulges, the back half may be missing, and an iris, a lens or a
second shell lie inside. So spheres through four points are tried, and the one that most points lie on wins. What lies
off it does not count when it is fitted.
"""

from dataclasses import dataclass

import numpy as np

from ...errors import RigError
from ...geometry.robust import geman_mcclure


@dataclass(frozen=True)
class BallSettings:
    """How a ball is sought; fractions are of its radius.

    Attributes:
        tries: spheres through four points.
        points: of a piece that are looked at while they are tried.
        on: a point this near to a sphere lies on it.
        outside: a point farther out than this lies outside of it,
        most_outside: and so many may, as a fraction: a cornea, no head.
        least_on: of the points that are not inside the ball that many lie on it,
        least_of_all: and of all points that many, for what lies inside is no more than an iris and a second shell.
        seen: the ball's points reach this far around its centre, radians: less is a cap that any sphere fits.
        held: while it is fitted, points this far off count half, in units of ``on``.
        rounds: of fitting to the points on it.
        seed: of the tries.
    """

    tries: int = 250
    points: int = 400
    on: float = 0.03
    outside: float = 0.06
    most_outside: float = 0.3
    least_on: float = 0.3
    least_of_all: float = 0.2
    seen: float = np.radians(55.0)
    held: float = 0.5
    rounds: int = 12
    seed: int = 0


BALL = BallSettings()


@dataclass(frozen=True)
class Ball:
    """An eye as a sphere, head space.

    Attributes:
        centre: [3] mm, where the eye turns.
        radius: mm.
        error_mm: how far the points on it are off it, in the root mean square. For a ball that was guessed: how far
            its centre may be off, one sigma.
    """

    centre: np.ndarray
    radius: float
    error_mm: float = float("nan")


def fit_ball(
    points: np.ndarray, areas: np.ndarray | None = None, settings: BallSettings = BALL
) -> Ball:
    """The sphere that most of an eyeball's outside lies on.

    Args:
        points: [N, 3] mm, vertices of an eyeball.
        areas: [N] of the surface about each of them, or None for equal ones. Artists give a cornea and an iris more
            vertices than the rest.
        settings: how it is sought.

    Raises:
        RigError: they lie on no sphere.
    """
    points = np.asarray(points, np.float64)
    share = np.ones(len(points)) if areas is None else np.asarray(areas, np.float64)
    if len(points) < 4 or not share.sum() > 0 or not np.isfinite(points).all():
        raise RigError("These points lie on no ball")
    share = share / share.sum()
    random = np.random.default_rng(settings.seed)
    some = random.choice(len(points), settings.points, p=share)
    found = _most_agreed(points[some], random, settings)
    if found is None:
        raise RigError("These points lie on no ball")
    centre, radius = found
    for _ in range(settings.rounds):
        off = (np.linalg.norm(points - centre, axis=1) - radius) / (settings.on * radius)
        held = share * geman_mcclure((off / settings.held) ** 2) * (np.abs(off) < 1)
        if (held > 0).sum() < 4:
            break
        centre, radius = _sphere_through(points, held)
    off = np.linalg.norm(points - centre, axis=1) - radius
    on = np.abs(off) < settings.on * radius
    is_outside = off > -settings.on * radius
    agreed = share[on].sum() / max(share[is_outside].sum(), 1e-12)
    if (
        agreed < settings.least_on
        or share[on].sum() < settings.least_of_all
        or _seen(points[on] - centre) < settings.seen
    ):
        raise RigError("These points lie on no ball")
    error = np.sqrt(np.average(off[on] ** 2, weights=share[on]))
    return Ball(centre, float(radius), float(error))


def _most_agreed(
    points: np.ndarray, random: np.random.Generator, settings: BallSettings
) -> tuple[np.ndarray, float] | None:
    """Centre and radius of the sphere through four of the points that most lie on and few lie outside of."""
    four = points[random.integers(0, len(points), (settings.tries, 4))]
    edges = four[:, 1:] - four[:, :1]
    size = np.ptp(points, axis=0).max()
    whole = np.abs(np.linalg.det(edges)) > 1e-3 * max(size, 1e-12) ** 3
    if not whole.any():
        return None
    four, edges = four[whole], edges[whole]
    side = (edges**2).sum(axis=2) / 2
    centres = four[:, 0] + np.linalg.solve(edges, side[..., None])[..., 0]
    radii = np.linalg.norm(four[:, 0] - centres, axis=1)
    fits = radii < size
    if not fits.any():
        return None
    centres, radii = centres[fits], radii[fits]
    off = np.linalg.norm(points[None] - centres[:, None], axis=2) / radii[:, None] - 1
    on = (np.abs(off) < settings.on).mean(axis=1)
    outside = (off > settings.outside).mean(axis=1)
    score = np.where(outside < settings.most_outside, on - outside, -1.0)
    best = int(score.argmax())
    return (centres[best], radii[best]) if score[best] > 0 else None


def _sphere_through(points: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre [3] and radius of the sphere of least squares through points [N, 3] with weights [N]."""
    middle = np.average(points, axis=0, weights=weights)
    near, root = points - middle, np.sqrt(weights)
    system = np.column_stack([2 * near, np.ones(len(near))]) * root[:, None]
    answer = np.linalg.lstsq(system, (near**2).sum(axis=1) * root, rcond=None)[0]
    centre = answer[:3]
    return middle + centre, float(np.sqrt(max(answer[3] + centre @ centre, 1e-12)))


def _seen(offsets: np.ndarray) -> float:
    """How far points [N, 3] about a centre reach from the middle of them all, radians."""
    if not len(offsets):
        return 0.0
    directions = offsets / np.maximum(np.linalg.norm(offsets, axis=1, keepdims=True), 1e-12)
    middle = directions.mean(axis=0)
    length = np.linalg.norm(middle)
    if length < 0.2:  # all around
        return np.pi
    return float(np.arccos(np.clip(directions @ (middle / length), -1, 1)).max())
