# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns of flesh from the skin down to the bone, and the samples that stand for them."""

from dataclasses import dataclass

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..geometry.mesh import Mesh
from ..geometry.topology import triangle_edges
from ..model.aim import AimModel

#: Skin that no scan moves farther than this takes no part, mm. Half a millimetre takes in neck and scalp.
MOVES_MM = 2.0
#: A column is no shorter than this, mm, where bone reaches the skin or the model has no thickness.
SHORTEST_MM = 1.0
#: A column's direction has at least this cosine with the skin's own normal, or follows that normal.
LEAST_COSINE = 0.2
#: Rays begin this far below the skin, mm, not to meet the triangle that they start from.
CLEAR_MM = 0.05


@dataclass(frozen=True)
class Columns:
    """Samples of the flesh, S of them, on C columns; head space, mm.

    Attributes:
        triangles: [T, 3] skin vertices; the skin whose columns these are.
        corners: [C, 3] skin vertices that a column mixes, [v, v, v] for a vertex' own.
        mix: [C, 3] their shares.
        skin: [C, 3] where the column begins.
        end: [C, 3] where it ends.
        on_bone: [C] bool; it ends on bone, and was not cut short by other skin.
        column: [S] column of each sample; samples of a column follow each other, from skin to end.
        depth: [S] share of the way from skin to end, 0 to 1.
        points: [S, 3].
        links: [L, 2] pairs of samples between which nothing but flesh lies.
    """

    triangles: np.ndarray
    corners: np.ndarray
    mix: np.ndarray
    skin: np.ndarray
    end: np.ndarray
    on_bone: np.ndarray
    column: np.ndarray
    depth: np.ndarray
    points: np.ndarray
    links: np.ndarray

    def at(self, values: np.ndarray) -> np.ndarray:
        """What skin vertices have ([V, ...]), on the columns [C, ...]."""
        return np.einsum("ck,ck...->c...", self.mix, values[self.corners])


def moved_skin(model: AimModel, least: float = MOVES_MM) -> np.ndarray:
    """[V] bool: vertices that a scan moves by more than ``least`` mm, the head held still."""
    rest = model.neutral.vertices
    far = np.zeros(len(rest))
    for index in range(len(model.expression_names)):
        far = np.maximum(far, np.linalg.norm(model.scan(index) - rest, axis=1))
    return far > least


def make_columns(model: AimModel, spacing: float, moved: np.ndarray) -> Columns:
    """Columns under the skin that moves, with samples at most ``spacing`` mm apart along them.

    Args:
        model: the actor.
        spacing: mm; wider triangles get columns between their corners.
        moved: [V] bool, as ``moved_skin`` finds it.
    """
    anatomy = model.evaluate()
    triangles = model.neutral.triangles
    triangles = triangles[moved[triangles].all(axis=1)]
    corners, mix, prisms = _places(model.neutral.vertices, triangles, spacing)
    skin = np.einsum("ck,ckd->cd", mix, anatomy.skin[corners].astype(float))
    inward = _inward(model, corners, mix)
    length = np.maximum(np.einsum("ck,ck->c", mix, anatomy.thickness[corners]), SHORTEST_MM)
    free = _free_way(model.neutral, skin, inward, length)
    # Two sheets of skin share what lies between them.
    cut = free < length
    length = np.where(cut, np.maximum(free / 2, 0.25 * SHORTEST_MM), length)
    on_bone = ~cut & (np.einsum("ck,ck->c", mix, anatomy.on_bone[corners].astype(float)) > 0.99)
    end = skin + length[:, None] * inward
    layers = np.maximum(np.ceil(length / spacing).astype(int), 1) + 1
    column = np.repeat(np.arange(len(skin)), layers)
    first = np.cumsum(layers) - layers
    depth = (np.arange(len(column)) - first[column]) / (layers[column] - 1)
    points = skin[column] + (depth * length[column])[:, None] * inward[column]
    return Columns(
        triangles,
        corners,
        mix,
        skin,
        end,
        on_bone,
        column,
        depth,
        points,
        _links(first, layers, prisms),
    )


def _inward(model: AimModel, corners: np.ndarray, mix: np.ndarray) -> np.ndarray:
    """Unit directions [C, 3] from the skin towards the bone."""
    outward = np.einsum("ck,ckd->cd", mix, model.evaluate().normal[corners].astype(float))
    skin = np.einsum("ck,ckd->cd", mix, model.neutral.normals[corners].astype(float))
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    skin /= np.maximum(np.linalg.norm(skin, axis=1, keepdims=True), 1e-9)
    astray = np.einsum("cd,cd->c", outward, skin) < LEAST_COSINE
    return -np.where(astray[:, None], skin, outward)


def _free_way(
    skin: Mesh, origins: np.ndarray, directions: np.ndarray, length: np.ndarray
) -> np.ndarray:
    """[C] mm from each origin to the next skin in that direction; infinite beyond its length."""
    surface = trimesh.Trimesh(skin.vertices, skin.triangles, process=False)
    start = origins + CLEAR_MM * directions
    places, rays, _ = RayMeshIntersector(surface).intersects_location(
        start, directions, multiple_hits=False
    )
    way = np.full(len(origins), np.inf)
    way[rays] = np.linalg.norm(places - origins[rays], axis=1)
    return np.where(way < length + CLEAR_MM, way, np.inf)


def _places(
    vertices: np.ndarray, triangles: np.ndarray, spacing: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns' corners [C, 3] and shares [C, 3], and pairs [P, 2] of columns that stand in one triangle.

    Each vertex of the triangles has one. Triangles with longer edges than ``spacing`` get a grid of others.
    """
    used, local = np.unique(triangles, return_inverse=True)
    local = local.reshape(triangles.shape)
    corners = [np.repeat(used[:, None], 3, axis=1)]
    mixes = [np.tile([1.0, 0.0, 0.0], (len(used), 1))]
    pairs = [triangle_edges(local)]
    edges = np.linalg.norm(
        vertices[triangles] - vertices[np.roll(triangles, -1, axis=1)], axis=2
    ).max(axis=1)
    parts = np.ceil(edges / spacing).astype(int)
    count = len(used)
    for n in np.unique(parts[parts > 1]):
        chosen = np.flatnonzero(parts == n)
        i, j = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
        grid = np.stack([i, j, n - i - j], axis=-1)[i + j <= n]  # [G, 3]
        inner = grid[(grid < n).all(axis=1)]
        index = {tuple(g): k for k, g in enumerate(inner)}
        numbers = count + np.arange(len(chosen) * len(inner)).reshape(len(chosen), -1)
        corners.append(np.repeat(triangles[chosen], len(inner), axis=0))
        mixes.append(np.tile(inner / n, (len(chosen), 1)))
        for a in grid:
            for step in ((1, -1, 0), (0, 1, -1), (1, 0, -1)):
                b = tuple(np.add(a, step))
                if min(b) < 0:
                    continue
                ends = [
                    numbers[:, index[g]] if g in index else local[chosen, int(np.argmax(g))]
                    for g in (tuple(a), b)
                ]
                pairs.append(np.stack(ends, axis=1))
        count += numbers.size
    return np.concatenate(corners), np.concatenate(mixes), np.unique(np.concatenate(pairs), axis=0)


def _links(first: np.ndarray, layers: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Pairs of samples [L, 2]: next ones on a column, and those as deep on columns of one triangle."""
    along = np.concatenate([f + np.arange(n - 1) for f, n in zip(first, layers, strict=True)])
    links = [np.stack([along, along + 1], axis=1)]
    for a, b in (pairs.T, pairs.T[::-1]):
        reps = layers[a]
        own = (
            np.repeat(first[a], reps)
            + np.arange(reps.sum())
            - np.repeat(np.cumsum(reps) - reps, reps)
        )
        share = (own - np.repeat(first[a], reps)) / np.repeat(reps - 1, reps)
        last = np.repeat(layers[b] - 1, reps)
        links.append(
            np.stack([own, np.repeat(first[b], reps) + np.rint(share * last).astype(int)], axis=1)
        )
    low, high = np.sort(np.concatenate(links), axis=1).T
    count = int(high.max(initial=0)) + 1
    return np.stack(np.divmod(np.unique(low.astype(np.int64) * count + high), count), axis=1)
