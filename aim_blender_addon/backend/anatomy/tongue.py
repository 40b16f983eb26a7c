# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tongue's bones: places along its middle, and how its vertices share them (numpy only)."""

from dataclasses import dataclass

import numpy as np

from ..geometry.smooth import smooth_step
from .jaw.joint import JawJoint

#: Bones from root to tip.
BONES = 3
#: The first bone begins this far from the root's end, over the length: what lies behind stays with the jaw.
_BEGINS = 0.22
#: Slices that the middle is told from.
_SLICES = 24


@dataclass(frozen=True)
class TongueChain:
    """Bones of a tongue.

    Attributes:
        places: [BONES + 1, 3] mm from the first bone's root to the tip.
        up: [3] of the mouth.
        shares: [BONES, N] how far each vertex follows each bone; the rest follows what it followed before.
    """

    places: np.ndarray
    up: np.ndarray
    shares: np.ndarray


def tongue_chain(points: np.ndarray, joint: JawJoint) -> TongueChain:
    """Bones for a tongue.

    Args:
        points: [N, 3] mm, its vertices in rest, head space.
        joint: of the jaw.
    """
    points = np.asarray(points, np.float64)
    front, up, left = joint.head_axes[1], joint.head_axes[2], joint.head_axes[0]
    ahead = points @ front
    along = (ahead - ahead.min()) / max(np.ptp(ahead), 1e-9)  # 0 the root, 1 the tip
    at = np.linspace(_BEGINS, 1, BONES + 1)
    middle = _middle(points, along, at)
    # A tongue is even: its bones lie in the middle plane.
    side = np.median(points @ left)
    middle += np.outer(side - middle @ left, left)
    step = (1 - _BEGINS) / BONES
    begun = [smooth_step((along - start) / step + 0.5) for start in at[:-1]]
    shares = np.array([a - b for a, b in zip(begun, [*begun[1:], 0.0], strict=True)])
    return TongueChain(middle, up, shares)


def _middle(points: np.ndarray, along: np.ndarray, at: np.ndarray) -> np.ndarray:
    """[M, 3] the middle between the highest and the lowest, and so on, near places along it."""
    found, wide = [], 1.0 / _SLICES
    for place in at:
        near = np.abs(along - place) < wide
        while near.sum() < 4 and wide < 1:
            wide *= 1.5
            near = np.abs(along - place) < wide
        some = points[near]
        found.append((some.max(axis=0) + some.min(axis=0)) / 2)
    return np.array(found)
