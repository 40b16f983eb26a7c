# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two square plates that face each other, as lips do, with a known gap."""

import numpy as np

from aim_blender_addon.backend.contact.sheets import Sheet, sheet_of
from aim_blender_addon.backend.geometry.mesh import Mesh

#: Vertices along a side, 1 mm apart; the first plate has the vertices up to COUNT.
SIDE = 13
COUNT = SIDE * SIDE


def two(depth: float) -> tuple[Mesh, tuple[Sheet, Sheet]]:
    """A skin of two plates, and the sheets: the second plate lies ``depth`` mm behind the first one's surface.

    The first plate looks along z, the second one against it; so their gap is ``-depth``.
    """
    x, y = np.meshgrid(np.arange(float(SIDE)), np.arange(float(SIDE)), indexing="ij")
    flat = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    corner = (SIDE * np.arange(SIDE - 1)[:, None] + np.arange(SIDE - 1)).ravel()
    faces = np.stack(
        [corner, corner + SIDE, corner + SIDE + 1, corner, corner + SIDE + 1, corner + 1], axis=1
    )
    faces = faces.reshape(-1, 3)
    vertices = np.concatenate([flat, flat - [0, 0, depth]])
    skin = Mesh.from_triangles(vertices, np.concatenate([faces, faces[:, ::-1] + COUNT]), "plates")
    first = np.arange(len(vertices)) < COUNT
    middle = np.linalg.norm(np.concatenate([flat, flat]) - [6, 6, 0], axis=1)
    return skin, (sheet_of(skin, middle, ~first), sheet_of(skin, middle, first))
