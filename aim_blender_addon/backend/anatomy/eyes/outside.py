# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outside of an eyeball as one smooth closed surface, for lids to slide on (numpy only).

In each direction from the centre it is as far out as the eyeball's own surface: cornea, bulges and all. Where that has
no surface, at a missing back or a pupil that is a hole, it is as far out as at the nearest place that has.
"""

from functools import lru_cache

import numpy as np

from ...geometry.mesh import Mesh
from .ball import Ball

#: Rings from front to back, and points around.
RINGS, AROUND = 60, 60
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
    polar = np.pi * np.arange(1, RINGS) / RINGS
    around = 2 * np.pi * np.arange(AROUND) / AROUND
    left, front, up = axes
    ring = np.cos(around)[:, None] * left + np.sin(around)[:, None] * up
    directions = np.concatenate([
        [front],
        (np.cos(polar)[:, None, None] * front + np.sin(polar)[:, None, None] * ring).reshape(-1, 3),
        [-front],
    ])  # fmt: skip
    far = np.full(len(directions), ball.radius)
    if mesh is not None and len(vertices):
        own = np.zeros(len(mesh.vertices), bool)
        own[vertices] = True
        triangles = mesh.triangles[own[mesh.triangles].all(axis=1)]
        corners = mesh.vertices[triangles].astype(np.float64) - ball.centre
        reached = _known_reach(directions.tobytes(), corners.tobytes(), _FARTHEST * ball.radius)
        seen = np.isfinite(reached)
        if seen.any():
            far = np.where(
                seen, reached, reached[seen][(directions @ directions[seen].T).argmax(1)]
            )
    return Mesh((ball.centre + far[:, None] * directions).astype(np.float32), *_faces(), name="eye")


@lru_cache(maxsize=4)
def _known_reach(directions: bytes, corners: bytes, farthest: float) -> np.ndarray:
    """:func:`_reach` of float64 arrays' bytes: eyes are looked for more than once while a rig is worked on."""
    of_directions, of_corners = (np.frombuffer(data, np.float64) for data in (directions, corners))
    found = _reach(of_directions.reshape(-1, 3), of_corners.reshape(-1, 3, 3), farthest)
    found.flags.writeable = False
    return found


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


def coarser(outside: Mesh, ball: Ball) -> Mesh:
    """The outside of an eye with a quarter of the faces, which Blender searches in half the time a frame.

    Its faces are as far inside of the given one at their middles as its corners are outside of it.
    """
    offset = outside.vertices.astype(np.float64) - ball.centre
    front, back = (np.tile(offset[end], (1, AROUND, 1)) for end in (0, -1))
    grid = np.concatenate([front, offset[1:-1].reshape(RINGS - 1, AROUND, 3), back])
    kept = grid[::2, ::2]
    sides = (kept + np.roll(kept, -1, axis=1)) / 2
    flat = np.linalg.norm((sides[:-1] + sides[1:]) / 2, axis=2)
    missing = np.linalg.norm(grid[1::2, 1::2], axis=2) - flat  # at the middles of the faces
    missing = (missing + np.roll(missing, 1, axis=1)) / 2
    inner = np.pad((missing[:-1] + missing[1:]) / 2, ((1, 1), (0, 0)))
    inner[0], inner[-1] = missing[0].mean(), missing[-1].mean()
    far = np.linalg.norm(kept, axis=2, keepdims=True)
    kept = kept * (1 + inner[:, :, None] / 2 / far)
    points = ball.centre + np.concatenate([kept[:1, 0], kept[1:-1].reshape(-1, 3), kept[-1:, 0]])
    return Mesh(points.astype(np.float32), *_faces(RINGS // 2, AROUND // 2), name=outside.name)


def _faces(rings: int = RINGS, places: int = AROUND) -> tuple[np.ndarray, np.ndarray]:
    """Corners and sizes of the polygons, to the outside."""
    at = 1 + np.arange((rings - 1) * places).reshape(rings - 1, places)
    turn = np.roll(at, -1, axis=1)
    quads = np.stack([at[:-1], at[1:], turn[1:], turn[:-1]], axis=-1).reshape(-1, 4)
    last = 1 + (rings - 1) * places
    front = np.stack([np.zeros(places, int), at[0], turn[0]], axis=-1)
    back = np.stack([np.full(places, last), turn[-1], at[-1]], axis=-1)
    corners = np.concatenate([quads.ravel(), front.ravel(), back.ravel()])
    sizes = np.concatenate([np.full(len(quads), 4), np.full(2 * places, 3)])
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
