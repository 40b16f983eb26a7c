# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Triangles cut in parts, and the lines and samples that tell of a part."""

from dataclasses import dataclass

import numpy as np

#: No point of a triangle lies farther from its lines than this, mm.
BETWEEN_MM = 0.24
#: No point of a triangle lies farther than this from the lines that cut its edges in parts of length one.
_FROM_LINES = 1 / np.sqrt(12)
_LINES_MM = BETWEEN_MM / _FROM_LINES
#: Parts shorter than this are cut no further, mm.
SMALL_MM = 2 * _LINES_MM
#: Samples of a triangle that meets bone are this far apart, mm.
SAMPLES_MM = 0.45
#: The four parts between a triangle's corners and the middles of its edges.
FOUR = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])


@dataclass(frozen=True)
class Parts:
    """Parts of triangles.

    Attributes:
        triangle: [N] whose.
        weights: [N, 3, 3] barycentric, of each corner.
        corners: [N, 3, 3] mm.
        size: [N] mm, their longest edges.
    """

    triangle: np.ndarray
    weights: np.ndarray
    corners: np.ndarray
    size: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> "Parts":
        return Parts(self.triangle[rows], self.weights[rows], self.corners[rows], self.size[rows])

    def in_four(self) -> tuple[np.ndarray, np.ndarray]:
        """Corners [4 N, 3, 3] mm and longest edges [4 N] mm of the parts cut in four."""
        corners = _quarters(self.corners)
        return corners, longest_edges(corners.transpose(2, 1, 0))

    def quarters(self, rows: np.ndarray, corners: np.ndarray, size: np.ndarray) -> "Parts":
        """Those ``rows`` [M] of the parts cut in four; ``corners`` and ``size`` of all are known."""
        whole, number = np.divmod(rows, 4)
        nodes = np.concatenate([self.weights, middles_of(self.weights)], axis=1)
        weights = nodes[whole[:, None], FOUR[number]]
        return Parts(self.triangle[whole], weights, corners[rows], size[rows])


def lines_of(parts: Parts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Piece [M], start and end [M, 3] mm of lines that cut parts and go round them."""
    counts = np.maximum(np.ceil(parts.size / _LINES_MM), 1).astype(int)
    part, start, end = [np.zeros(0, int)], [np.zeros((0, 3))], [np.zeros((0, 3))]
    for count in np.unique(counts):
        own = np.flatnonzero(counts == count)
        share = np.arange(count) / count
        first = np.stack([1 - share, np.zeros(count), share], axis=1)
        last = np.stack([np.zeros(count), 1 - share, share], axis=1)
        order = ([0, 1, 2], [2, 0, 1], [1, 2, 0])
        part.append(np.repeat(own, 3 * count))
        for ends, weights in ((start, first), (end, last)):
            weights = np.concatenate([weights[:, o] for o in order])
            ends.append(_between(weights, parts.corners[own]))
    return np.concatenate(part), np.concatenate(start), np.concatenate(end)


def _between(weights: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Points [N M, 3] at the same weights [M, 3] in each of N parts with ``corners`` [N, 3, 3]."""
    axes = corners.transpose(1, 0, 2).reshape(3, -1)
    return (weights @ axes).reshape(len(weights), -1, 3).transpose(1, 0, 2).reshape(-1, 3)


def middles_of(corners: np.ndarray) -> np.ndarray:
    """Middles [N, 3, C] of the edges of triangles whose corners have values [N, 3, C]."""
    return (corners + corners.take((1, 2, 0), axis=1)) / 2


def _quarters(corners: np.ndarray) -> np.ndarray:
    """Values [4 N, 3, C] at the corners of triangles cut in four, whose corners have values [N, 3, C]."""
    nodes = np.concatenate([corners, middles_of(corners)], axis=1)
    return nodes.take(FOUR.ravel(), axis=1).reshape(-1, 3, corners.shape[2])


def longest_edges(corners: np.ndarray) -> np.ndarray:
    """Longest edges [N] mm of triangles with ``corners`` [3, 3, N] mm: axes, corners."""
    longest = np.zeros(corners.shape[2])
    for one, two in ((0, 1), (1, 2), (2, 0)):
        x, y, z = corners[:, one] - corners[:, two]
        np.maximum(longest, x * x + y * y + z * z, out=longest)
    return np.sqrt(longest)


def samples_of(parts: Parts, spacing: float = SAMPLES_MM) -> tuple[np.ndarray, np.ndarray]:
    """Triangle [M] and barycentric weights [M, 3] in it of samples of parts, ``spacing`` mm apart."""
    counts = np.maximum(np.ceil(parts.size / spacing), 1).astype(int)
    triangle, weights = [np.zeros(0, int)], [np.zeros((0, 3))]
    for count in np.unique(counts):
        own = parts[counts == count]
        i, j = np.meshgrid(np.arange(count + 1), np.arange(count + 1), indexing="ij")
        i, j = i[i + j <= count], j[i + j <= count]
        each = np.stack([count - i - j, i, j], axis=1) / count
        triangle.append(np.repeat(own.triangle, len(each)))
        weights.append(_between(each, own.weights))
    return np.concatenate(triangle), np.concatenate(weights)
