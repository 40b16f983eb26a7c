# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of all directions a surface covers, seen from points: exact, however near they are ([Oosterom1983])."""

import numpy as np

#: Triangles and points that are looked at together.
_TOGETHER = 100_000


def winding_numbers(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Generalised winding number [N] of points [N, 3] in triangles with corners [T, 3, 3].

    One inside a closed surface, zero outside. It grows by one where a point passes an open surface from its outside.
    """
    found = np.zeros(len(points))
    step = max(_TOGETHER // max(len(corners), 1), 1)
    for start in range(0, len(points), step):
        ways = corners.transpose(1, 2, 0)[:, :, None] - points[start : start + step].T[:, :, None]
        a, b, c = ways  # [3 axes, n, T] each
        far = np.sqrt((ways**2).sum(axis=1))
        across = (b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0])
        volume = sum(a[axis] * across[axis] for axis in range(3))
        rest = far[0] * far[1] * far[2]
        for one, two, other in ((a, b, 2), (b, c, 0), (c, a, 1)):
            rest += (one * two).sum(axis=0) * far[other]
        found[start : start + step] = np.arctan2(volume, rest).sum(axis=1)
    return found / (2 * np.pi)
