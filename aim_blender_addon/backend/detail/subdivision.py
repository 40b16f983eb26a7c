# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Catmull-Clark subdivision of a skin and its UV as sparse matrices, as Blender's Subdivision Surface makes it.

Borders are smoothed as by *Boundary Smooth: All*, UV linearly as by *UV Smooth: None*. Both are Blender's rules of
OpenSubdiv: an edge of three and more faces is a crease, and its ends stay, as does a vertex of two separate borders.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from ..geometry.mesh import Mesh
from .network import Network, halves
from .uv import UvMap

#: Levels of the base that heights stand on. A third changes heights by less than the scans' own error.
LEVELS = 2


@dataclass(frozen=True)
class SubdividedSkin:
    """A subdivided skin; row k of ``quads`` and of ``uv_quads`` is the same quad.

    Attributes:
        matrix: [V', V] subdivided positions are ``matrix @ positions``.
        linear: [V', V] the same for attributes on points, which Blender carries over linearly.
        quads: [Q, 4] into V'.
        uv: [U', 2].
        uv_quads: [Q, 4] into U'.
        face: [Q] the face of the mesh each quad came from.
    """

    matrix: sp.csr_matrix
    linear: sp.csr_matrix
    quads: np.ndarray
    uv: np.ndarray
    uv_quads: np.ndarray
    face: np.ndarray

    @classmethod
    def of(cls, mesh: Mesh, uv: UvMap, levels: int = LEVELS) -> "SubdividedSkin":
        """The skin subdivided ``levels`` times, at least once."""
        sizes = mesh.face_sizes.astype(np.int64)
        corners, uv_corners = mesh.face_vertices.astype(np.int64), uv.corners
        matrix: sp.csr_matrix = sp.identity(len(mesh.vertices), format="csr")
        linear, points, face = matrix, uv.points, np.arange(len(sizes))
        for _ in range(levels):
            step, parent, quads = _catmull_clark(corners, sizes, matrix.shape[0])
            linear = (_midpoints(corners, sizes, matrix.shape[0])[0] @ linear).tocsr()
            uv_step, _, uv_quads = _midpoints(uv_corners, sizes, len(points))
            matrix, points, face = (step @ matrix).tocsr(), uv_step @ points, face[parent]
            corners, uv_corners = quads.ravel(), uv_quads.ravel()
            sizes = np.full(len(quads), 4)
        return cls(matrix, linear, corners.reshape(-1, 4), points, uv_corners.reshape(-1, 4), face)

    def part(self, faces: np.ndarray) -> "SubdividedSkin":
        """The same skin with the quads of these faces only; [F] bool over the mesh."""
        keep = faces[self.face]
        return replace(
            self, quads=self.quads[keep], uv_quads=self.uv_quads[keep], face=self.face[keep]
        )

    @property
    def triangles(self) -> np.ndarray:
        """[2Q, 3] into V'."""
        return halves(self.quads)

    @property
    def uv_triangles(self) -> np.ndarray:
        """[2Q, 3] into U', the same triangles."""
        return halves(self.uv_quads)


def _sum(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> sp.csr_matrix:
    """The matrix that adds what stands in ``columns`` into ``rows``."""
    return sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape)


def _mean(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """The same with rows that sum to one; empty rows stay empty."""
    total = np.asarray(matrix.sum(axis=1)).ravel()
    return sp.diags(1 / np.where(total > 0, total, 1)) @ matrix


def _midpoints(
    corners: np.ndarray, sizes: np.ndarray, count: int
) -> tuple[sp.csr_matrix, np.ndarray, np.ndarray]:
    """Linear subdivision: matrix [count + edges + faces, count], parent faces, quads."""
    net = Network.of(corners, sizes, count)
    rows = np.repeat(np.arange(len(net.ends)), 2)
    middle = _mean(_sum(rows, net.ends.ravel(), (len(net.ends), count)))
    centre = _mean(_sum(net.corner_face, corners, (len(sizes), count)))
    quads, parent = net.split(corners, count)
    return sp.vstack([sp.identity(count), middle, centre]).tocsr(), parent, quads


def _catmull_clark(
    corners: np.ndarray, sizes: np.ndarray, count: int
) -> tuple[sp.csr_matrix, np.ndarray, np.ndarray]:
    """One level: matrix [count + edges + faces, count], parent faces, quads."""
    net = Network.of(corners, sizes, count)
    edges, faces = len(net.ends), len(sizes)
    rows = np.repeat(np.arange(edges), 2)
    centre = _mean(_sum(net.corner_face, corners, (faces, count)))
    middle = _mean(_sum(rows, net.ends.ravel(), (edges, count)))
    crease = (net.uses != 2).astype(float)  # borders, and edges of three and more faces
    beside = _mean(_sum(net.edge, net.corner_face, (edges, faces))) @ centre
    edge_point = sp.diags(0.5 + 0.5 * crease) @ middle + sp.diags(0.5 - 0.5 * crease) @ beside

    of_faces = _sum(corners, net.corner_face, (count, faces))
    of_edges = _sum(net.ends.ravel(), rows, (count, edges))
    degree = np.maximum(np.asarray(of_edges.sum(axis=1)).ravel(), 1)
    smooth = (
        sp.diags(1 / degree) @ _mean(of_faces) @ centre
        + sp.diags(2 / degree) @ _mean(of_edges) @ middle
        + sp.diags(1 - 3 / degree)
    )
    creased = of_edges @ sp.diags(crease)
    creases = np.asarray(creased.sum(axis=1)).ravel()
    along = 0.5 * sp.identity(count) + 0.5 * (_mean(creased) @ middle)
    tangled = np.asarray((of_edges @ (net.uses > 2)).ravel()) > 0  # noqa: PLR2004
    lonely = np.asarray(of_faces.sum(axis=1)).ravel() == 0
    line, fixed = (creases == 2) & ~tangled, (creases > 2) | tangled | lonely  # noqa: PLR2004
    vertex_point = (
        sp.diags((~line & ~fixed).astype(float)) @ smooth
        + sp.diags(line.astype(float)) @ along
        + sp.diags(fixed.astype(float))
    )
    quads, parent = net.split(corners, count)
    return sp.vstack([vertex_point, edge_point, centre]).tocsr(), parent, quads
