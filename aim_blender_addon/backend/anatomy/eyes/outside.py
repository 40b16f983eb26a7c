# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outside of an eyeball as one smooth closed surface, for lids to slide on (numpy only).

In each direction from the centre it is as far out as the eyeball's own surface: cornea, bulges and all. Where that has
no surface, at a missing back or a pupil that is a hole, it is as far out as at the nearest place that has.
"""

import numpy as np

from ...geometry.mesh import Mesh
from .ball import Ball

#: Rings from front to back, and points around. Looking for the nearest place costs time a frame, by how many are near.
RINGS, AROUND = 30, 30
#: Surface farther from the centre than this is none of the eyeball's, radii.
_FARTHEST = 1.5
#: Directions looked along at once.
_CHUNK = 128


def outside_of(ball: Ball, mesh: Mesh | None, vertices: np.ndarray, axes: np.ndarray) -> Mesh:
    """The closed outside of an eye.

    Args:
        ball: fitted to it.
        mesh: that holds the eyeball, mm; None where there is none.
        vertices: [N] its vertices there.
        axes: [3, 3] left, front and up of the head; the poles are in front and behind.
    """
    rings = _directions(axes, np.arange(1, RINGS), np.arange(AROUND))
    between = _directions(axes, np.arange(RINGS) + 0.5, np.arange(AROUND) + 0.5)
    directions = np.concatenate([axes[1:2], rings, -axes[1:2], between])
    far = np.full(len(directions), ball.radius)
    if mesh is not None and len(vertices):
        own = np.zeros(len(mesh.vertices), bool)
        own[vertices] = True
        triangles = mesh.triangles[own[mesh.triangles].all(axis=1)]
        corners = mesh.vertices[triangles].astype(np.float64) - ball.centre
        reached = _reach(directions, corners, _FARTHEST * ball.radius)
        seen = np.isfinite(reached)
        if seen.any():
            far = np.where(
                seen, reached, reached[seen][(directions @ directions[seen].T).argmax(1)]
            )
    count = 2 + len(rings)
    far = far[:count] + _rounding(far[:count, None] * directions[:count], far[count:])
    points = ball.centre + far[:, None] * directions[:count]
    return Mesh(points.astype(np.float32), *_faces(), name="eye")


def _directions(axes: np.ndarray, rings: np.ndarray, around: np.ndarray) -> np.ndarray:
    """[R A, 3] unit, at rings [R] counted from the front and at places [A] around."""
    left, front, up = axes
    polar, turn = np.pi * rings / RINGS, 2 * np.pi * around / AROUND
    ring = np.cos(turn)[:, None] * left + np.sin(turn)[:, None] * up
    aside = np.sin(polar)[:, None, None] * ring
    return (np.cos(polar)[:, None, None] * front + aside).reshape(-1, 3)


def _rounding(points: np.ndarray, between: np.ndarray) -> np.ndarray:
    """[N] mm that points [N, 3] go out, so that faces are as far inside at their middles as outside at corners.

    Args:
        points: of the surface, about the centre.
        between: [RINGS AROUND] mm how far out the eye is at the middles of the faces, from front to back.
    """
    at = np.concatenate([
        np.tile(points[:1], (AROUND, 1)), points[1:-1], np.tile(points[-1:], (AROUND, 1))
    ]).reshape(RINGS + 1, AROUND, 3)  # fmt: skip
    sides = (at + np.roll(at, -1, axis=1)) / 2
    flat = np.linalg.norm((sides[:-1] + sides[1:]) / 2, axis=2)
    missing = between.reshape(RINGS, AROUND) - flat
    missing = (missing + np.roll(missing, 1, axis=1)) / 2
    inner = (missing[:-1] + missing[1:]) / 2
    ends = [missing[:1].mean()], [missing[-1:].mean()]
    return np.concatenate([ends[0], inner.ravel(), ends[1]]) / 2


def _reach(directions: np.ndarray, corners: np.ndarray, farthest: float) -> np.ndarray:
    """[D] how far along unit directions the outermost of triangles [T, 3, 3] about the origin lies; -inf for none."""
    first = corners[:, 0]
    second, third = corners[:, 1] - first, corners[:, 2] - first
    # Moeller and Trumbore's test; triple products are turned so that each is one product of matrices.
    whole, beside, turned = (
        np.cross(third, second), -np.cross(third, first), np.cross(-first, second)
    )  # fmt: skip
    along = np.einsum("tc,tc->t", third, turned)
    found = np.full(len(directions), -np.inf)
    for start in range(0, len(directions), _CHUNK):
        ray = directions[start : start + _CHUNK]
        size = ray @ whole.T
        safe = np.where(np.abs(size) < 1e-12, np.inf, size)
        one, two, far = ray @ beside.T / safe, ray @ turned.T / safe, along / safe
        # A little beyond the edges, so that no ray slips through between two triangles.
        hits = (one > -1e-6) & (two > -1e-6) & (one + two < 1 + 1e-6) & (far > 0) & (far < farthest)
        found[start : start + _CHUNK] = np.where(hits, far, -np.inf).max(axis=1, initial=-np.inf)
    return found


def _faces() -> tuple[np.ndarray, np.ndarray]:
    """Corners and sizes of the polygons, to the outside."""
    at = 1 + np.arange((RINGS - 1) * AROUND).reshape(RINGS - 1, AROUND)
    turn = np.roll(at, -1, axis=1)
    quads = np.stack([at[:-1], at[1:], turn[1:], turn[:-1]], axis=-1).reshape(-1, 4)
    last = 1 + (RINGS - 1) * AROUND
    front = np.stack([np.zeros(AROUND, int), at[0], turn[0]], axis=-1)
    back = np.stack([np.full(AROUND, last), turn[-1], at[-1]], axis=-1)
    corners = np.concatenate([quads.ravel(), front.ravel(), back.ravel()])
    sizes = np.concatenate([np.full(len(quads), 4), np.full(2 * AROUND, 3)])
    return corners.astype(np.int32), sizes.astype(np.int32)


def signed_distance(points: np.ndarray, ball: Ball, outside: Mesh, axes: np.ndarray) -> np.ndarray:
    """[N] mm by which points [N, 3] lie outside of ``outside``, along their directions from the centre."""
    far = np.linalg.norm(outside.vertices.astype(np.float64) - ball.centre, axis=1)
    grid = np.vstack([
        np.full(AROUND, far[0]), far[1:-1].reshape(RINGS - 1, AROUND), np.full(AROUND, far[-1])
    ])  # fmt: skip
    offset = np.asarray(points, np.float64) - ball.centre
    length = np.maximum(np.linalg.norm(offset, axis=1), 1e-12)
    left, front, up = (offset @ axes.T).T / length
    row = np.arccos(np.clip(front, -1, 1)) * RINGS / np.pi
    column = np.mod(np.arctan2(up, left), 2 * np.pi) * AROUND / (2 * np.pi)
    low, here = np.minimum(row.astype(int), RINGS - 1), column.astype(int) % AROUND
    down, across = row - low, column - np.floor(column)
    beside = (here + 1) % AROUND
    near = grid[low, here] * (1 - across) + grid[low, beside] * across
    below = grid[low + 1, here] * (1 - across) + grid[low + 1, beside] * across
    return length - (near * (1 - down) + below * down)
