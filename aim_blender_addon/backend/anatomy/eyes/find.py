# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connected pieces of meshes are eyes, and which pieces turn with them (numpy only).

A piece is an eyeball where it is a ball of an eye's size at an eye's place in the frame of the jaw's joint. What lies
inside the ball, a cap over its front, or a shell about it turns with it. Lashes, lids, the tear line and the corner's
flesh lie on the ball but are none of these: they stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import RigError
from ...geometry.mesh import Mesh, vertex_areas
from ...geometry.topology import component_labels, edge_use
from ..jaw.joint import JawJoint
from .ball import Ball, fit_ball
from .outside import outside_of, signed_distance

SIDES = ("left", "right")


@dataclass(frozen=True)
class FindSettings:
    """Where eyes lie and what turns with them; lengths are fractions of the jaw's (about 95 mm in an adult).

    Attributes:
        radius: smallest and largest radius of a ball: of a doll's and of a toon's.
        covers: a ball has at least this area, squared radii: a strip along the lids has less, half a ball 6.3.
        above: an eye's centre lies at least this far above the lower incisors,
        aside: and this far from the middle plane.
        behind: it lies at most this far behind the incisors.
        inside: what lies at most so far outside of the eyeball is inside, radii.
        hugs: a strip along the lids lies on the eyeball, or in it no deeper than so many radii,
        strip: reaches so far from its own middle, radians, farther than an iris and not to the back,
        thin: and fills less than this share of the cap that it spans,
        open: or leaves so much about its own middle free, radians.
        cap_far: a cap over the front lies within so many radii,
        cap_wide: and reaches at most so far from its own middle, radians; the eye's front lies within it.
        shell: the centre of a shell about the ball is at most so many radii off,
        shell_size: and its radius in these limits, in radii.
    """

    radius: tuple[float, float] = (0.05, 0.45)
    covers: float = 1.5
    above: float = 0.35
    aside: float = 0.12
    behind: float = 0.9
    inside: float = 0.01
    hugs: float = 0.15
    strip: tuple[float, float] = (np.radians(36.0), np.radians(100.0))
    thin: float = 0.45
    open: float = np.radians(18.0)
    cap_far: float = 1.35
    cap_wide: float = np.radians(50.0)
    shell: float = 0.08
    shell_size: tuple[float, float] = (0.85, 1.12)


FIND = FindSettings()


@dataclass(frozen=True)
class FoundEyes:
    """The eyes among some meshes.

    Attributes:
        balls: by side; a side without an eye is missing.
        vertices: of each mesh, by side, the vertices [N] that turn with the eye.
    """

    balls: Mapping[str, Ball]
    vertices: Sequence[Mapping[str, np.ndarray]]


def find_eyes(meshes: Sequence[Mesh], joint: JawJoint, settings: FindSettings = FIND) -> FoundEyes:
    """The eyeballs among the connected pieces of meshes, and what turns with each.

    Args:
        meshes: in rest; millimetres, head space.
        joint: of the jaw.
        settings: where eyes lie.

    Returns:
        No balls where there are none.
    """
    pieces = [(number, piece) for number, mesh in enumerate(meshes) for piece in pieces_of(mesh)]
    points = [meshes[number].vertices[piece].astype(np.float64) for number, piece in pieces]
    areas = [vertex_areas(mesh) for mesh in meshes]
    seen = [
        _ball(own, areas[number][piece], joint, settings)
        for (number, piece), own in zip(pieces, points, strict=True)
    ]
    balls: dict[str, Ball] = {}
    outsides: dict[str, Mesh] = {}
    axes = joint.head_axes
    for side in SIDES:
        sign = 1 if side == "left" else -1
        of_side = [
            (len(own), number)
            for number, (own, ball) in enumerate(zip(points, seen, strict=True))
            if ball is not None
            and sign * _aside(ball.centre, joint) > settings.aside * joint.length
        ]
        if of_side:
            largest = max(of_side, key=lambda found: seen[found[1]].radius)
            balls[side] = seen[largest[1]]
            number, piece = pieces[largest[1]]
            outsides[side] = outside_of(balls[side], meshes[number], piece, axes)
    vertices: list[dict[str, list[np.ndarray]]] = [{side: [] for side in balls} for _ in meshes]
    for (number, piece), own, ball in zip(pieces, points, seen, strict=True):
        area = float(areas[number][piece].sum())
        for side, eye in balls.items():
            if ball is eye or _turns_with(own, area, ball, eye, outsides[side], axes, settings):
                vertices[number][side].append(piece)
    none = np.zeros(0, np.int64)
    joined = [
        {side: np.sort(np.concatenate([none, *found])) for side, found in of_mesh.items()}
        for of_mesh in vertices
    ]
    return FoundEyes(balls, joined)


def vertices_of(
    found: FoundEyes, meshes: Sequence[Mesh], side: str
) -> tuple[Mesh | None, np.ndarray]:
    """The mesh that holds most of an eye, and the eye's vertices in it; None and none where there is none."""
    own = [vertices.get(side, np.zeros(0, np.int64)) for vertices in found.vertices]
    most = max(range(len(own)), key=lambda number: len(own[number]), default=None)
    if most is None or not len(own[most]):
        return None, np.zeros(0, np.int64)
    return meshes[most], own[most]


def pieces_of(mesh: Mesh) -> list[np.ndarray]:
    """The vertex numbers of each connected piece."""
    labels = component_labels(len(mesh.vertices), edge_use(mesh)[0])
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _aside(point: np.ndarray, joint: JawJoint) -> float:
    return float((point - joint.pivot) @ joint.head_axes[0])


def _ball(
    points: np.ndarray, areas: np.ndarray, joint: JawJoint, settings: FindSettings
) -> Ball | None:
    """The ball of a piece [N, 3] with areas [N] that is of an eye's size and at an eye's place; else None."""
    length = joint.length
    size = np.ptp(points, axis=0).max()
    low, high = settings.radius
    if len(points) < 8 or not low * length < size < 2.6 * high * length:
        return None
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    if not _at_an_eye(middle, joint, settings):
        return None
    try:
        ball = fit_ball(points, areas)
    except RigError:
        return None
    fits = low * length < ball.radius < high * length
    fits = fits and areas.sum() > settings.covers * ball.radius**2
    return ball if fits and _at_an_eye(ball.centre, joint, settings) else None


def _at_an_eye(point: np.ndarray, joint: JawJoint, settings: FindSettings) -> bool:
    """Whether a point lies where the centre of an eye may be."""
    _left, front, up = joint.head_axes
    place, length = point - np.asarray(joint.incisor, np.float64), joint.length
    return bool(
        place @ up > settings.above * length
        and place @ front > -settings.behind * length
        and abs(_aside(point, joint)) > settings.aside * length
    )


def _turns_with(
    points: np.ndarray,
    area: float,
    ball: Ball | None,
    eye: Ball,
    outside: Mesh,
    axes: np.ndarray,
    settings: FindSettings,
) -> bool:
    """Whether a piece [N, 3] of an area, mm^2, that is not the eyeball itself turns with it."""
    offset = points - eye.centre
    far = np.linalg.norm(offset, axis=1)
    if far.max() > settings.cap_far * eye.radius:
        return False
    if _is_of_lids(offset, far, area, eye, settings):
        return False
    if signed_distance(points, eye, outside, axes).max() < settings.inside * eye.radius:
        return True
    if ball is not None and np.linalg.norm(ball.centre - eye.centre) < settings.shell * eye.radius:
        low, high = settings.shell_size
        return bool(low < ball.radius / eye.radius < high)
    middle = (offset / np.maximum(far, 1e-9)[:, None]).mean(axis=0)
    middle /= max(np.linalg.norm(middle), 1e-12)
    away = np.arccos(np.clip((offset @ middle) / np.maximum(far, 1e-9), -1, 1))
    # A strip along a lid is no cap: it leaves its own middle free.
    is_strip = away.min() > 0.5 * away.max()
    # Nor is a lash: it lies beside the front.
    in_front = np.arccos(np.clip(middle @ axes[1], -1, 1)) < away.max()
    return bool(away.max() < settings.cap_wide and in_front and not is_strip)


def _is_of_lids(
    offset: np.ndarray, far: np.ndarray, area: float, eye: Ball, settings: FindSettings
) -> bool:
    """Whether a piece, [N, 3] from the eye's centre, is a strip along its lids: a tear line, the lining of a pocket."""
    if far.min() < (1 - settings.hugs) * eye.radius:
        return False
    ways = offset / far[:, None]
    middle = ways.mean(axis=0)
    away = np.arccos(np.clip(ways @ middle / max(np.linalg.norm(middle), 1e-12), -1, 1))
    cap = 2 * np.pi * eye.radius**2 * (1 - np.cos(away.max()))
    low, high = settings.strip
    is_narrow = area < settings.thin * cap or away.min() > settings.open
    return bool(low < away.max() < high and is_narrow)
