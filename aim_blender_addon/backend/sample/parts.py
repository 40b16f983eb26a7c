# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teeth with gums, and eyes, made to measure for the sample head (numpy only).

MakeHuman's base mesh marks where the teeth are with two strips of 3 x 16 quads and the eyes with two
balls of 70 quads. Here they become crowns, gums and irises in the same places. Millimetres, y up, z front.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..geometry.mesh import Mesh
from .mesh import MeshParts, quad_edges

#: Colours, scene-linear: crowns of teeth, their roots, gums, and three parts of an eye.
ENAMEL = np.array([0.80, 0.74, 0.62])
ROOT = np.array([0.66, 0.54, 0.40])
GUM = np.array([0.52, 0.16, 0.15])
SCLERA = np.array([0.80, 0.76, 0.72])
IRIS = np.array([0.10, 0.16, 0.17])
PUPIL = np.array([0.005, 0.005, 0.005])

#: Crowns from the middle to the back: width, height, thickness at the gum, thickness at the edge (mm).
UPPER_TEETH = (
    (8.6, 10.4, 7.0, 1.6), (6.6, 9.2, 6.2, 1.5), (7.6, 10.2, 8.0, 2.4), (7.0, 8.6, 8.6, 6.4),
    (6.8, 8.2, 8.8, 6.8), (10.2, 7.6, 10.4, 8.6), (9.6, 7.2, 10.2, 8.4), (8.4, 6.6, 9.6, 7.8),
)  # fmt: skip
#: The same of the lower teeth.
LOWER_TEETH = (
    (5.5, 9.0, 6.0, 1.4), (6.0, 9.3, 6.2, 1.5), (7.0, 10.4, 7.6, 2.2), (7.1, 8.6, 7.6, 5.2),
    (7.3, 8.0, 8.0, 6.2), (11.0, 7.4, 9.8, 8.2), (10.4, 7.0, 9.6, 8.0), (9.6, 6.6, 9.2, 7.6),
)  # fmt: skip
#: Gap between an edge and the biting line (mm), middle to back.
EDGE_GAP = (0.1, 0.5, 0.1, 0.2, 0.2, 0.2, 0.2, 0.2)


@dataclass(frozen=True)
class Arch:
    """The front surface of a row of teeth, as functions of the arc length along it.

    Attributes:
        arc: [C] length along the row, mm, negative on the person's right.
        edge, middle, gum: [C, 3] points at the biting line, half way, and where lip meets gum.
    """

    arc: np.ndarray
    edge: np.ndarray
    middle: np.ndarray
    gum: np.ndarray

    def at(self, arc: np.ndarray, height: np.ndarray) -> np.ndarray:
        """Points [..., 3] ``height`` mm above the biting line, measured towards the gum."""
        edge, middle, gum = (self._along(row, arc) for row in (self.edge, self.middle, self.gum))
        first = np.linalg.norm(middle - edge, axis=-1)
        whole = first + np.linalg.norm(gum - middle, axis=-1)
        t, m = (np.asarray(height) / whole)[..., None], (first / whole)[..., None]
        return (
            edge * (t - m) * (t - 1) / m
            + middle * t * (t - 1) / (m * (m - 1))
            + gum * t * (t - m) / (1 - m)
        )

    def frame(self, arc: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Unit vectors [..., 3] along the row (to the person's left) and out of the mouth, both level."""
        ahead = self._along(self.middle, np.asarray(arc) + 1) - self._along(
            self.middle, np.asarray(arc) - 1
        )
        ahead = ahead * [1, 0, 1]
        ahead /= np.linalg.norm(ahead, axis=-1, keepdims=True)
        return ahead, np.cross(ahead, [0.0, 1.0, 0.0])

    def _along(self, row: np.ndarray, arc: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(arc, self.arc, row[:, axis]) for axis in range(3)], axis=-1)


def read_arch(vertices: np.ndarray, quads: np.ndarray) -> Arch:
    """The arch of a teeth strip: [V, 3] vertices and its [48, 4] quads."""
    grid = vertices[strip_grid(vertices, quads)]  # [4, 17, 3]
    rows = [_smooth(row) for row in grid[:3]]
    step = np.linalg.norm(np.diff(rows[1], axis=0), axis=1)
    arc = np.concatenate([[0], np.cumsum(step)])
    return Arch(arc - arc[-1] / 2, edge=rows[2], middle=rows[1], gum=rows[0])


def biting(upper: Arch, lower: Arch) -> tuple[Arch, Arch]:
    """The same two arches, meeting in one biting line."""
    edge = (upper.edge + lower.edge) / 2
    return replace(upper, edge=edge), replace(lower, edge=edge)


def strip_grid(vertices: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Vertex numbers [4, 17] of a 3 x 16 strip: from the lip side over the edge inwards, right to left."""
    edges, _, _ = quad_edges(quads)
    used, faces = np.unique(quads, return_counts=True)
    steps = {corner: _steps_from(corner, edges, used) for corner in used[faces == 1]}
    right = sorted(steps, key=lambda v: vertices[v, 0])[:2]
    outer = max(right, key=lambda v: abs(vertices[v, 0]))
    inner = right[0] if outer == right[1] else right[1]
    rise = (steps[outer] - steps[inner] + 3) // 2
    along = steps[outer] - rise
    grid = np.empty((4, 17), np.int64)
    grid[rise, along] = used
    return grid


def _steps_from(start: int, edges: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Edges to walk from ``start`` to each of the ``used`` vertices."""
    distance = np.full(edges.max() + 1, 10**6)
    distance[start] = 0
    for _ in range(len(used)):
        np.minimum.at(distance, edges[:, 0], distance[edges[:, 1]] + 1)
        np.minimum.at(distance, edges[:, 1], distance[edges[:, 0]] + 1)
    return distance[used]


def _smooth(row: np.ndarray, finer: int = 8) -> np.ndarray:
    """A curve [C', 3] through about ``row`` [C, 3], without its corners."""
    at = np.linspace(0, len(row) - 1, (len(row) - 1) * finer + 1)
    curve = np.stack(
        [np.interp(at, np.arange(len(row)), row[:, axis]) for axis in range(3)], axis=1
    )
    for _ in range(30):
        curve[1:-1] = (curve[:-2] + 2 * curve[1:-1] + curve[2:]) / 4
    return curve


def teeth(arch: Arch, table: tuple, name: str) -> tuple[Mesh, np.ndarray]:
    """Crowns and gum of one jaw: the mesh and its vertex colours [V, 3]."""
    half = np.array([crown[0] for crown in table])
    scale = min(1.12, 0.985 * arch.arc[-1] / half.sum())
    start = scale * np.concatenate([[0], np.cumsum(half)])
    parts = MeshParts.empty()
    for side in (-1, 1):
        for number, crown in enumerate(table):
            middle = side * (start[number] + start[number + 1]) / 2
            rings, height = _crown(arch, middle, crown[0] * scale, crown[1:], EDGE_GAP[number])
            shade = np.clip(height / crown[1], 0, 1)[:, None, None] ** 3
            parts.add_rings(rings, ENAMEL * (1 - shade) + ROOT * shade)
    rings = _gum(arch, start, np.array([crown[1] for crown in table]), table)
    parts.add_rings(rings, GUM)
    return parts.build(name)


def _crown(
    arch: Arch, middle: float, width: float, shape: tuple, gap: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rings [R, M, 3] of one tooth from the edge into the gum, and their heights [R] above the edge."""
    tall, thick_gum, thick_edge = shape
    fraction = np.array([0.0, 0.0, 0.04, 0.14, 0.32, 0.55, 0.8, 1.0, 1.25])  # of the crown's height
    wide = width / 2 * np.interp(fraction, [0, 0.3, 0.6, 1.0, 1.3], [0.90, 0.985, 0.97, 0.84, 0.7])
    thick = np.interp(
        fraction,
        [0, 0.35, 0.8, 1.3],
        [thick_edge, 0.6 * thick_edge + 0.4 * thick_gum, thick_gum, 0.8 * thick_gum],
    )
    wide[:3] *= [0.45, 0.84, 0.95]
    thick[:3] *= [0.3, 0.72, 0.92]
    height = gap + fraction * tall
    height[0] += 0.15 if thick_edge < 4 else 0.9  # molars are hollow in the middle
    ahead, out = arch.frame(middle)
    front = arch.at(np.full(len(fraction), middle), height)
    turn = np.arange(20) / 20 * 2 * np.pi
    box = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    box = np.sign(box) * np.abs(box) ** 0.72
    centre = front - out * (thick / 2 - 0.15)[:, None]
    centre[0] = front[0] - out * (thick[1] / 2 - 0.15)
    rings = (
        centre[:, None]
        + wide[:, None, None] * box[None, :, :1] * ahead
        + (thick / 2)[:, None, None] * box[None, :, 1:] * out
    )
    return rings, height


def _gum(arch: Arch, start: np.ndarray, crowns: np.ndarray, table: tuple) -> np.ndarray:
    """Rings [R, M, 3] of the gum across the row, from the person's right to the left."""
    reach = start[-1]
    arc = np.linspace(-reach - 1.5, reach + 1.5, 241)
    tooth = np.clip(np.searchsorted(start, np.abs(arc), side="right") - 1, 0, len(crowns) - 1)
    across = np.clip((np.abs(arc) - start[tooth]) / np.diff(start)[tooth] * 2 - 1, -1, 1)
    tall = np.interp(np.abs(arc), (start[:-1] + start[1:]) / 2, crowns)
    margin = tall * (0.70 + 0.26 * np.sqrt(np.clip(1 - across**2, 0, 1)))
    deep = np.interp(np.abs(arc), (start[:-1] + start[1:]) / 2, [crown[1 + 1] for crown in table])
    ahead, out = arch.frame(arc)
    top = np.linalg.norm(arch._along(arch.gum, arc) - arch._along(arch.edge, arc), axis=1)
    rise = (
        margin + np.array([0.0, 0.1, 0.6, 2.0])[:, None]
    )  # [4, R] the lip side, from the margin up
    rise = np.concatenate(
        [rise, [(margin + top) / 2, top, top], rise[3:4], rise[2:3], rise[1:2], rise[:1]]
    )
    depth = np.stack(
        [
            0.9 + 0 * deep,
            0.2 + 0 * deep,
            -0.2 + 0 * deep,
            -0.45 + 0 * deep,
            -0.5 + 0 * deep,
            0.3 + 0 * deep,
        ]
        + [deep, deep + 0.8, deep + 0.5, deep + 0.1, deep - 0.9]
    )
    points = np.stack([arch.at(arc, height) for height in rise])  # [M, R, 3]
    return np.swapaxes(points - depth[..., None] * out, 0, 1)


def fit_ball(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre [3] and radius of the sphere nearest to [N, 3] points."""
    system = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    answer = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    return answer[:3], float(np.sqrt(answer[3] + answer[:3] @ answer[:3]))


def eyeball(points: np.ndarray, name: str) -> tuple[Mesh, np.ndarray]:
    """A coloured eye that looks along +z, in place of [N, 3] points on a ball."""
    centre, radius = fit_ball(points)
    iris = np.arcsin(6.3 / radius)
    angle = np.concatenate([
        np.linspace(0.02, 0.36 * iris, 3), np.linspace(0.42 * iris, 0.97 * iris, 5),
        np.linspace(1.06 * iris, np.pi - 0.05, 22),
    ])  # fmt: skip
    turn = np.arange(48) / 48 * 2 * np.pi
    flat = np.where(
        angle < iris, np.cos(iris) + 0.35 * (np.cos(angle) - np.cos(iris)), np.cos(angle)
    )
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    rings = np.empty((len(angle), 48, 3))
    rings[..., :2] = np.sin(angle)[:, None, None] * circle
    rings[..., 2] = flat[:, None]
    fibres = 1 + 0.25 * np.sin(13 * turn) * np.sin(29 * turn + 1)
    colours = np.empty_like(rings)
    for ring, at in enumerate(angle / iris):
        if at < 0.4:
            colours[ring] = PUPIL
        elif at < 1:
            colours[ring] = (
                IRIS * fibres[:, None] * (1.5 if at < 0.62 else 1.0 if at < 0.9 else 0.45)
            )
        else:
            colours[ring] = SCLERA
    parts = MeshParts.empty()
    parts.add_rings(rings[::-1] * radius + centre, colours[::-1])
    return parts.build(name)
