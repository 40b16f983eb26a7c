# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mesh operations that the sample head is cut and refined with (numpy only)."""

from dataclasses import dataclass

import numpy as np

from ..geometry.mesh import Mesh


def quad_edges(quads: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges of [F, 4] quads: [N, 2] sorted vertex pairs, [F, 4] edge after each corner, [N] faces at each edge."""
    pairs = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=2), axis=2)  # [F, 4, 2]
    edges, owner, uses = np.unique(
        pairs.reshape(-1, 2), axis=0, return_inverse=True, return_counts=True
    )
    return edges, owner.reshape(quads.shape), uses


def grow(selected: np.ndarray, quads: np.ndarray, allowed: np.ndarray, steps: int) -> np.ndarray:
    """A face selection widened by rings of faces that touch it, within ``allowed``; all masks are [F]."""
    selected = selected.copy()
    for _ in range(steps):
        touched = np.zeros(quads.max() + 1, bool)
        touched[quads[selected]] = True
        selected |= allowed & touched[quads].any(axis=1)
    return selected


def refine(quads: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One Catmull-Clark step; open borders follow their own curve, so that parts cut apart still meet.

    Args:
        quads: [F, 4] vertex numbers; every vertex in use.
        positions: [..., V, 3]; the step is linear, so displacements may be refined like positions.

    Returns:
        [4 F, 4] quads and [..., V + N + F, 3] positions (vertices, then edges, then faces).
    """
    edges, corner_edge, uses = quad_edges(quads)
    vertices, border = positions.shape[-2], uses == 1
    face_points = positions[..., quads, :].mean(axis=-2)  # [..., F, 3]
    mid_points = positions[..., edges, :].mean(axis=-2)  # [..., N, 3]

    face_sum = _scatter(corner_edge, face_points, len(edges))
    edge_points = np.where(border[:, None], mid_points, mid_points / 2 + face_sum / 4)

    valence = np.bincount(quads.ravel(), minlength=vertices).clip(1)[:, None]
    ring_faces = _scatter(quads, face_points, vertices) / valence
    ring_edges = (_scatter(edges, mid_points, vertices)) / np.bincount(edges.ravel()).clip(1)[
        :, None
    ]
    inner = (ring_faces + 2 * ring_edges + (valence - 3) * positions) / valence
    rim = _scatter(edges[border], mid_points[..., border, :], vertices) / 4 + positions / 2
    on_rim = np.zeros(vertices, bool)
    on_rim[edges[border]] = True
    vertex_points = np.where(on_rim[:, None], rim, inner)

    around = vertices + corner_edge  # [F, 4] the edge after each corner
    middle = np.repeat(vertices + len(edges) + np.arange(len(quads)), 4).reshape(-1, 4)
    finer = np.stack([quads, around, middle, np.roll(around, 1, axis=1)], axis=2)
    return finer.reshape(-1, 4), np.concatenate([vertex_points, edge_points, face_points], axis=-2)


def refine_corners(values: np.ndarray) -> np.ndarray:
    """[4 F, 4, D] what corners of quads [F, 4, D] have, on the quads of :func:`refine`; nothing is smoothed."""
    around = (values + np.roll(values, -1, axis=1)) / 2
    middle = np.broadcast_to(values.mean(axis=1, keepdims=True), values.shape)
    finer = np.stack([values, around, middle, np.roll(around, 1, axis=1)], axis=2)
    return finer.reshape(-1, 4, values.shape[-1])


def _scatter(index: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Sums [..., count, 3] of ``values`` [..., N, 3] at the ``index`` [N, C] of each."""
    width = int(np.prod(values.shape[:-2])) * values.shape[-1]
    flat = np.moveaxis(values, -2, 0).reshape(len(index), width)
    out = np.zeros((count, width))
    for column in index.T:
        np.add.at(out, column, flat)
    shape = (count, *values.shape[:-2], values.shape[-1])
    return np.moveaxis(out.reshape(shape), 0, -2)


def compact(quads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The vertices in use, [V'], and the same [F, 4] quads numbered among those."""
    used, numbered = np.unique(quads, return_inverse=True)
    return used, numbered.reshape(quads.shape)


def quad_mesh(vertices: np.ndarray, quads: np.ndarray, name: str) -> Mesh:
    """A :class:`Mesh` from [V, 3] vertices and [F, 4] quads."""
    return Mesh(
        np.ascontiguousarray(vertices, np.float32),
        np.ascontiguousarray(quads, np.int32).reshape(-1),
        np.full(len(quads), 4, np.int32),
        name,
    )


@dataclass
class MeshParts:
    """Polygons gathered piece by piece into one coloured mesh.

    Attributes:
        vertices: list of [n, 3] arrays.
        colours: list of [n, 3] arrays, scene-linear.
        faces: list of vertex number lists.
    """

    vertices: list
    colours: list
    faces: list

    @classmethod
    def empty(cls) -> "MeshParts":
        """Parts with nothing in them."""
        return cls([], [], [])

    def add_rings(self, rings: np.ndarray, colours: np.ndarray, closed_ends: bool = True) -> None:
        """Add a tube through ``rings`` [R, M, 3], coloured by [R, M, 3], its ends closed by one polygon each."""
        start = sum(map(len, self.vertices))
        count, size = rings.shape[:2]
        self.vertices.append(rings.reshape(-1, 3))
        self.colours.append(np.broadcast_to(colours, rings.shape).reshape(-1, 3))
        for ring in range(count - 1):
            for i in range(size):
                j = (i + 1) % size
                low, high = start + ring * size, start + (ring + 1) * size
                self.faces.append([low + i, low + j, high + j, high + i])
        if closed_ends:
            self.faces.append([start + i for i in reversed(range(size))])
            self.faces.append([start + (count - 1) * size + i for i in range(size)])

    def build(self, name: str) -> tuple[Mesh, np.ndarray]:
        """The mesh and its vertex colours [V, 3] float32."""
        mesh = Mesh(
            np.concatenate(self.vertices).astype(np.float32),
            np.concatenate([np.asarray(face, np.int32) for face in self.faces]),
            np.array([len(face) for face in self.faces], np.int32),
            name,
        )
        return mesh, np.concatenate(self.colours).astype(np.float32)
