# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the rays of pictures meet the sphere on which a pupil moves (numpy only). The ball's centre is the origin."""

import numpy as np

#: Cameras whose rays are less apart than this do not tell how far a pupil is from the ball's centre, radians.
_APART = np.radians(10.0)
#: A pupil lies between these distances from the ball's centre, radii.
_NEAREST, _FARTHEST = 0.75, 1.25
#: A ray that meets the sphere at more of a slant tells nothing of where: the cosine to the surface's normal.
_SLANT = 0.2


def pupil_distance(origins: np.ndarray, rays: np.ndarray, radius: float) -> float:
    """How far from the ball's centre a pupil moves, mm: as frames that several cameras see tell it.

    Args:
        origins: [T, C, 3] mm, the cameras, seen from the ball's centre.
        rays: [T, C, P, 3] of unit length; NaN where a camera does not see the point.
        radius: of the ball, mm: what counts where no two cameras see it.
    """
    shown = np.isfinite(rays).all(axis=-1)
    across = np.eye(3) - rays[..., :, None] * rays[..., None, :]
    across = np.where(shown[..., None, None], across, 0.0)
    system = across.sum(axis=1)  # [T, P, 3, 3]
    right = np.einsum("tcpij,tcj->tpi", across, origins)
    told = np.linalg.eigvalsh(system)[..., 0] > 1 - np.cos(_APART)
    if not told.any():
        return radius
    points = np.linalg.solve(system[told], right[told][..., None])[..., 0]
    distance = float(np.median(np.linalg.norm(points, axis=1)))
    return float(np.clip(distance, _NEAREST * radius, _FARTHEST * radius))


def meet_ball(origins: np.ndarray, rays: np.ndarray, radius: float) -> np.ndarray:
    """Directions [..., 3] from a ball's centre to where rays meet it first, as long as they are sure.

    Args:
        origins: [..., 3] mm, from the ball's centre.
        rays: [..., 3] of unit length.
        radius: mm.

    Returns:
        Their length is the cosine between ray and surface, 1 for a ray straight at it. NaN for a ray that meets it at
        a slant, or passes by.
    """
    along = -(origins * rays).sum(axis=-1, keepdims=True)
    nearest = origins + along * rays
    beside = np.linalg.norm(nearest, axis=-1, keepdims=True)
    inside = np.sqrt(np.maximum(radius**2 - beside**2, 0.0))
    cosine = inside / radius
    seen = (cosine > _SLANT) & (along > 0)
    return np.where(seen, cosine * (nearest - inside * rays) / radius, np.nan)
