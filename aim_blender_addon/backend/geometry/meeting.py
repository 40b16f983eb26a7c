# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where rays of several cameras meet (numpy only)."""

import numpy as np

#: Cameras whose rays are less apart than this do not tell a place, radians.
APART = np.radians(3.0)


def meet_rays(
    owner: np.ndarray, origins: np.ndarray, rays: np.ndarray, count: int, apart: float = APART
) -> np.ndarray:
    """[count, 3] places nearest to all rays of each point; NaN where fewer than two rays tell it.

    Args:
        owner: [N] the point that a ray belongs to.
        origins: [N, 3] where rays begin.
        rays: [N, 3] of unit length.
        count: of points.
        apart: rays less apart than this tell nothing, radians.
    """
    across = np.eye(3) - rays[:, :, None] * rays[:, None, :]
    system, right = np.zeros((count, 3, 3)), np.zeros((count, 3))
    np.add.at(system, owner, across)
    np.add.at(right, owner, np.einsum("nij,nj->ni", across, origins))
    places = np.full((count, 3), np.nan)
    told = np.linalg.eigvalsh(system)[:, 0] > 1 - np.cos(apart)
    places[told] = np.linalg.solve(system[told], right[told][..., None])[..., 0]
    return places
