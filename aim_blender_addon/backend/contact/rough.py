# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rough look for edges and faces in bone: by the fields alone, a few tenths of a millimetre off, and far faster.

For an answer that an exact one follows (:mod:`.over_bone`).
"""

from functools import cache

import numpy as np

from ..geometry.rigid import undo_rigid
from .bone_field import FIELD_RATE
from .over_bone import FROM_CORNERS, Deep, KnownRoom, SkinOverBone

#: Samples are the middles of parts no longer than this, mm.
PARTS_MM = 1.7
#: Triangles are cut along their edges in no more parts.
MOST_PARTS = 16
#: Skin that lies deeper than this by the fields is too deep, mm,
DEEP_MM = 0.1
#: and skin that was looked at is not looked at again until it has moved by this, mm.
SETTLED_MM = 0.1


def roughly_deep(
    over: SkinOverBone, points: np.ndarray, jaw: np.ndarray, known: KnownRoom, safe: np.ndarray
) -> Deep:
    """What of a skin lies too deep in the skull or the posed jaw, with the ways out, as of ``SkinOverBone.too_deep``.

    Args:
        over: triangles of the skin.
        points: [V, 3] mm, head space.
        jaw: [4, 4] its pose.
        known: what rough looks know already; it is updated. None that ``too_deep`` updates.
        safe: [V, 3] mm, where the skin came from.
    """
    found = [_in_one(over, number, points, jaw, known, safe) for number in range(2)]
    return Deep(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _in_one(
    over: SkinOverBone,
    number: int,
    points: np.ndarray,
    jaw: np.ndarray,
    known: KnownRoom,
    safe: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners, weights and pushes [N, 3] of the same in one bone."""
    field = (over.bones.skull, over.bones.jaw)[number]
    local = undo_rigid(points, jaw) if number else points
    left = known.left(number, local)
    rows = over.with_corners(left <= 0)
    triangles = over.triangles[rows]
    corners = local[triangles]
    edges = corners - corners[:, [1, 2, 0]]
    longest = np.einsum("nkc,nkc->nk", edges, edges)
    size = np.sqrt(np.maximum(np.maximum(longest[:, 0], longest[:, 1]), longest[:, 2]))
    distance = np.zeros(len(local))
    used = over.corners_of(rows)
    distance[used] = field.distance(local[used])
    first, second, third = distance[triangles].T
    least = np.minimum(np.minimum(first, second), third) - FROM_CORNERS * size
    room = np.maximum(least / FIELD_RATE, SETTLED_MM)
    near = np.flatnonzero(least < -DEEP_MM)
    counts = np.clip(np.ceil(size[near] / PARTS_MM), 1, MOST_PARTS).astype(int)
    which, weights = _middles(counts)
    which = near[which]
    at = np.einsum("nk,nkc->nc", weights, corners[which])
    depth = -field.distance(at)
    deepest = np.full(len(rows), -np.inf)
    np.maximum.at(deepest, which, depth)
    free = (-deepest[near] - FROM_CORNERS * size[near] / counts) / FIELD_RATE
    room[near] = np.maximum(free, SETTLED_MM)
    deep = np.flatnonzero(depth > DEEP_MM)
    which, weights, at, depth = which[deep], weights[deep], at[deep], depth[deep]
    vertices = triangles[which]
    at_rest = np.einsum("nk,nkc->nc", weights, over.rest[vertices])
    depth = depth + np.minimum(field.distance(at_rest), 0.0)
    deep = np.flatnonzero(depth > DEEP_MM)
    which, weights, at, vertices = which[deep], weights[deep], at[deep], vertices[deep]
    push = depth[deep, None] * field.outward(at)
    room[which] = -1.0
    over.record(known, number, local, rows, room, left)
    pose = jaw if number else np.eye(4)
    start = undo_rigid(np.einsum("nk,nkc->nc", weights, safe[vertices]), pose)
    return vertices, weights, field.surface.ways_out(start, at, push) @ pose[:3, :3].T


def _middles(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number [M] of the triangle and barycentric weights [M, 3] of samples in triangles cut in ``counts`` [N]."""
    which, weights = [np.zeros(0, int)], [np.zeros((0, 3))]
    for count in np.unique(counts):
        own, each = np.flatnonzero(counts == count), _middles_of(int(count))
        which.append(np.repeat(own, len(each)))
        weights.append(np.tile(each, (len(own), 1)))
    return np.concatenate(which), np.concatenate(weights)


@cache
def _middles_of(count: int) -> np.ndarray:
    """Barycentric weights [count², 3] of the middles of the parts of a triangle whose edges are cut in ``count``."""
    i, j = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    up, down = i + j < count, i + j < count - 1
    first = np.concatenate([i[up] + 1 / 3, i[down] + 2 / 3])
    second = np.concatenate([j[up] + 1 / 3, j[down] + 2 / 3])
    return np.stack([count - first - second, first, second], axis=1) / count
