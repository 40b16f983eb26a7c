# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh's edges as a graph, for distances along its surface."""

import numpy as np
import scipy.sparse as sp

from .mesh import Mesh
from .weld import seam_pairs

#: Shorter edges count as so long, mm, since a graph has no edges of length zero.
LEAST_MM = 1e-6


def edge_graph(mesh: Mesh) -> sp.csr_matrix:
    """[V, V] symmetric, lengths of the edges of a mesh of triangles, mm; split seams are crossed without way."""
    triangles = mesh.triangles
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    ends = np.concatenate([ends, seam_pairs(mesh.vertices, triangles)])
    points = mesh.vertices.astype(np.float64)
    length = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
    length = np.maximum(length, LEAST_MM)
    graph = sp.csr_matrix((length, (ends[:, 0], ends[:, 1])), shape=(len(points), len(points)))
    return graph.maximum(graph.T)
