# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw bone of a character's own rig (numpy only)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class JawBone:
    """What the jaw bone of a character's rig can do.

    Attributes:
        rest: [4, 4] where it rests, in the mesh's units and space.
        turns: [3] bool, about which of its own axes it may turn (XYZ angles).
        moves: [3] bool, along which of them it may move.
    """

    rest: np.ndarray
    turns: Sequence[bool] = (True, True, True)
    moves: Sequence[bool] = (True, True, True)

    def nearest(self, pose: np.ndarray) -> np.ndarray:
        """The pose [4, 4] without what the bone's locks forbid."""
        if all(self.turns) and all(self.moves):
            return pose
        local = np.linalg.inv(self.rest) @ pose @ self.rest
        allowed = np.eye(4)
        allowed[:3, :3] = _rotation(np.where(self.turns, _angles(local[:3, :3]), 0.0))
        allowed[:3, 3] = np.where(self.moves, local[:3, 3], 0.0)
        return self.rest @ allowed @ np.linalg.inv(self.rest)


def _angles(rotation: np.ndarray) -> np.ndarray:
    """XYZ angles [3] of a rotation [3, 3]: about X first, Z last."""
    across = np.hypot(rotation[0, 0], rotation[1, 0])
    return np.array(
        [
            np.arctan2(rotation[2, 1], rotation[2, 2]),
            np.arctan2(-rotation[2, 0], across),
            np.arctan2(rotation[1, 0], rotation[0, 0]),
        ]
    )


def _rotation(angles: np.ndarray) -> np.ndarray:
    """The rotation [3, 3] of XYZ angles [3]."""
    (a, b, c), (x, y, z) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, a, -x], [0, x, a]])
    about_y = np.array([[b, 0, y], [0, 1, 0], [-y, 0, b]])
    about_z = np.array([[c, -z, 0], [z, c, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x
