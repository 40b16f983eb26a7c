# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the head is in a scan of unknown orientation, unit and extent (numpy only).

A head is mirror symmetric in one direction only: the one whose mirror image covers the surface best
is left-right. Slices across it give widths; shoulders show as the widest slice, with a narrower neck
before the head widens again. No landmark, up axis or unit is assumed.
"""

from dataclasses import dataclass

import numpy as np

from ..geometry.mesh import Mesh, area_vectors

#: level slices of a mesh whose widths are compared
SLICES = 24
#: the share of a mesh's slices that are narrower than the width named as the face's
WIDTH_QUANTILE = 0.7
#: a neck is at most this share of the widths on both sides of it
NECK_SHARE = 0.8
#: points on the surface that are mirrored
_SAMPLES = 1500
#: meshes with more vertices need no points on their edges
_ENOUGH_VERTICES = 20_000
#: directions of the mirror plane that are tried
_DIRECTIONS = 700
#: best of them that are refined
_CANDIDATES = 4
#: cells of the near field on a side
_CELLS = 32


@dataclass(frozen=True)
class HeadPart:
    """The head in a scan.

    Attributes:
        left: [3] unit vector across the face (sign unknown).
        up: [3] unit vector along the face (sign unknown).
        width: width of the face in the mesh's own unit; with ears when they are there.
        vertices: [V] bool, False for shoulders and lower neck.
    """

    left: np.ndarray
    up: np.ndarray
    width: float
    vertices: np.ndarray


def find_head(mesh: Mesh) -> HeadPart:
    """The head part of a mesh with faces and finite coordinates."""
    samples = _surface_samples(mesh)
    centre = samples.mean(axis=0)
    left = _mirror_direction(samples - centre)
    flat = (samples - centre) @ (np.eye(3) - np.outer(left, left))
    up = np.linalg.svd(flat.T @ flat)[0][:, 0]

    ends = np.quantile((samples - centre) @ up, [0.005, 0.995])
    edges = np.linspace(*ends, SLICES + 1)
    points = _edge_points(mesh) - centre
    owner = _slice_of(edges, points @ up)
    side = points @ left
    widths = np.array([_spread(side[owner == k]) for k in range(SLICES)])
    head = _head_slices(widths)
    measured = widths[head & (widths > 0)]
    width = float(np.quantile(measured, WIDTH_QUANTILE)) if measured.size else 0.0
    return HeadPart(left, up, width, head[_slice_of(edges, (mesh.vertices - centre) @ up)])


def _slice_of(edges: np.ndarray, height: np.ndarray) -> np.ndarray:
    """[N] int64 number of the slice each height lies in; the first and the last have no end."""
    return np.clip(np.searchsorted(edges, height) - 1, 0, SLICES - 1)


def _edge_points(mesh: Mesh) -> np.ndarray:
    """[N, 3] float64 points on the surface, on the edges too where these are few and long."""
    points = mesh.vertices.astype(np.float64)
    if len(points) > _ENOUGH_VERTICES:
        return points
    start = mesh.triangles.ravel()
    end = np.roll(mesh.triangles, -1, axis=1).ravel()
    steps = [points[start] + (points[end] - points[start]) * part for part in (0.25, 0.5, 0.75)]
    return np.concatenate([points, *steps])


def _surface_samples(mesh: Mesh) -> np.ndarray:
    """[S, 3] float64 points spread evenly over the surface, always the same for the same mesh."""
    corner = mesh.vertices[mesh.triangles].astype(np.float64)
    area = np.linalg.norm(area_vectors(mesh.vertices, mesh.triangles), axis=1)
    total = np.cumsum(area)
    if not total.size or total[-1] <= 0:
        return mesh.vertices.astype(np.float64)
    pick = np.searchsorted(total, (np.arange(_SAMPLES) + 0.5) / _SAMPLES * total[-1])
    return corner[np.minimum(pick, len(area) - 1)].mean(axis=1)


def _mirror_direction(samples: np.ndarray) -> np.ndarray:
    """[3] unit normal of the plane that mirrors the centred samples best onto themselves."""
    radius = np.linalg.norm(samples, axis=1).max()
    if radius <= 0:
        return np.array([1.0, 0.0, 0.0])
    unit = samples / radius
    near = _near_field(unit)
    directions = _half_sphere(_DIRECTIONS)
    score = _mirror_scores(unit, near, directions)
    candidates = []
    for _ in range(_CANDIDATES):
        best = directions[int(np.argmax(score))]
        score[np.abs(directions @ best) > np.cos(np.radians(30))] = -1
        candidates.append(_refined(unit, near, best))
    # the field forgives much, so that narrow symmetries are found; now the distances decide
    return min(candidates, key=lambda direction: _mirror_distance(unit, direction))


def _refined(unit: np.ndarray, near: np.ndarray, best: np.ndarray) -> np.ndarray:
    """The best direction around a good one."""
    for reach in (0.08, 0.025):
        offsets = reach * (_half_sphere(60) * np.linspace(0.1, 1, 60)[:, None])
        around = best + np.concatenate([np.zeros((1, 3)), offsets, -offsets])
        around /= np.linalg.norm(around, axis=1, keepdims=True)
        best = around[int(np.argmax(_mirror_scores(unit, near, around)))]
    return best


def _mirror_distance(unit: np.ndarray, direction: np.ndarray) -> float:
    """Mean distance from mirrored samples to their nearest sample, large ones cut."""
    mirrored = unit[::3] - 2 * np.outer(unit[::3] @ direction, direction)
    square = (mirrored**2).sum(axis=1)[:, None] + (unit**2).sum(axis=1) - 2 * mirrored @ unit.T
    return float(np.minimum(np.sqrt(np.maximum(square.min(axis=1), 0)), 0.3).mean())


def _half_sphere(count: int) -> np.ndarray:
    """[count, 3] evenly spread unit directions, one of every opposite pair."""
    step = np.arange(count) + 0.5
    z = 1 - step / count
    turn = np.pi * (1 + 5**0.5) * step
    ring = np.sqrt(1 - z**2)
    return np.stack([ring * np.cos(turn), ring * np.sin(turn), z], axis=1)


def _near_field(unit: np.ndarray) -> np.ndarray:
    """[C, C, C] float32: 1 in cells that hold samples, less in cells around them."""
    cell = _cells(unit)
    field = np.zeros((_CELLS,) * 3, np.float32)
    field[tuple(cell.T)] = 1
    for value in (0.7, 0.4, 0.2):
        grown = field.copy()
        for axis in range(3):
            for shift in (1, -1):
                np.maximum(grown, np.roll(field, shift, axis), out=grown)
        field = np.where(field > 0, field, value * (grown > 0)).astype(np.float32)
    return field


def _cells(unit: np.ndarray) -> np.ndarray:
    """[..., 3] int64 cell of points in the unit ball; the grid keeps a margin of 10 %."""
    return np.clip(((unit / 1.1 + 1) * (_CELLS / 2)).astype(np.int64), 0, _CELLS - 1)


def _mirror_scores(unit: np.ndarray, near: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """[D] how well the samples mirrored along each direction [D, 3] lie on the samples."""
    thin = unit[::2].astype(np.float32)
    directions = directions.astype(np.float32)
    along = thin @ directions.T  # [S, D]
    mirrored = thin[:, None, :] - 2 * along[:, :, None] * directions[None]  # [S, D, 3]
    cell = _cells(mirrored)
    return near[cell[..., 0], cell[..., 1], cell[..., 2]].sum(axis=0)


def _spread(values: np.ndarray) -> float:
    """Width of one slice, without its outermost stray points."""
    if len(values) < 4:
        return 0.0
    low, high = np.quantile(values, [0.005, 0.995])
    return float(high - low)


def _head_slices(widths: np.ndarray) -> np.ndarray:
    """[SLICES] bool: the slices on the head's side of a neck; all where there are no shoulders."""
    keep = np.ones(len(widths), bool)
    widest = int(np.argmax(widths))
    flipped = widest >= len(widths) / 2
    ordered = widths[::-1] if flipped else widths
    widest = len(widths) - 1 - widest if flipped else widest
    # behind shoulders at the near end: the narrowest slice from which the head widens again
    beyond = np.maximum.accumulate(ordered[::-1])[::-1]
    valley = ordered <= NECK_SHARE * np.minimum(ordered[widest], beyond)
    valley &= (np.arange(len(ordered)) > widest) & (ordered > 0)
    if valley.any():
        candidates = np.flatnonzero(valley)
        neck = candidates[np.argmin(ordered[candidates])]
        keep[: neck + 1] = False
        keep = keep[::-1] if flipped else keep
    return keep
