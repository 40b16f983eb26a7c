# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corners, edges and faces of polygons that are subdivided (numpy only)."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Network:
    """Edges of polygons: per corner its face, the corner's edge and that before it; per edge its ends and uses."""

    corner_face: np.ndarray
    edge: np.ndarray
    edge_before: np.ndarray
    ends: np.ndarray
    uses: np.ndarray

    @classmethod
    def of(cls, corners: np.ndarray, sizes: np.ndarray, count: int) -> "Network":
        end = np.cumsum(sizes)
        follower = np.arange(1, len(corners) + 1)
        follower[end - 1] = end - sizes
        before = np.empty_like(follower)
        before[follower] = np.arange(len(corners))
        pair = np.sort(np.stack([corners, corners[follower]]), axis=0)
        keys, edge, uses = np.unique(
            pair[0] * np.int64(count) + pair[1], return_inverse=True, return_counts=True
        )
        edge = edge.reshape(-1)
        ends = np.stack([keys // count, keys % count], axis=1)
        return cls(np.repeat(np.arange(len(sizes)), sizes), edge, edge[before], ends, uses)

    def split(self, corners: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """[L, 4] a quad for each corner, in the order vertices, edges, faces; its face [L]."""
        edges = len(self.ends)
        quads = np.stack(
            [
                corners,
                count + self.edge,
                count + edges + self.corner_face,
                count + self.edge_before,
            ],
            axis=1,
        )
        return quads, self.corner_face


def halves(quads: np.ndarray) -> np.ndarray:
    """[2Q, 3] each quad [Q, 4] as two triangles."""
    return quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
