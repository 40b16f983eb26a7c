# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transfer of motion to another face against a slow version, one vertex after the other."""

import numpy as np

from aim_blender_addon.backend.retargeting.transfer import make_transfer
from tests.backend.retarget_faces import plain_face, some_map


def test_the_matrix_of_a_transfer_is_one_triangle_after_the_other() -> None:
    source, target = plain_face(), plain_face(1.3, (0, 1, 0), 20)
    mapped = some_map(source, target)
    transfer = make_transfer(source, target, mapped)
    field = np.random.default_rng(0).normal(size=source.skin.vertices.shape)
    slow = np.zeros(target.skin.vertices.shape)
    for vertex, (corners, weights) in enumerate(
        zip(mapped.points.corners, mapped.points.weights, strict=True)
    ):
        for corner, weight in zip(corners, weights, strict=True):
            moved = transfer.local[vertex] @ field[corner]
            slow[vertex] += mapped.trust[vertex] * weight * moved
    fast = (transfer.matrix() @ field.ravel()).reshape(-1, 3)
    np.testing.assert_allclose(fast, slow, atol=1e-5)
