# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw and head motion of one person in another's joint and size (numpy only)."""

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..geometry.rigid import move_rigidly


def carry_jaw(source: JawJoint, target: JawJoint, parameters: np.ndarray) -> np.ndarray:
    """Parameters [..., 4] of the target's joint: same angles, slides in proportion to the mandibles.

    The incisors then move by the same fraction of the mandible's length on both faces.
    """
    ratio = target.length / source.length
    return np.asarray(parameters, float) * [1.0, ratio, ratio, ratio]


def carry_head(
    head: np.ndarray, source: JawJoint, target: JawJoint, turn: np.ndarray, size: float
) -> np.ndarray:
    """Head pose [4, 4] mm: turned as the source's, its joint displaced in proportion to size.

    Args:
        head: the source's pose, mm.
        source, target: joints; the points between the condyles stand for the heads.
        turn: [3, 3] rotation from the source's to the target's face axes.
        size: target's size over the source's.
    """
    result = np.eye(4)
    result[:3, :3] = turn @ head[:3, :3] @ turn.T
    moved = move_rigidly(source.pivot, head) - source.pivot
    result[:3, 3] = target.pivot + size * turn @ moved - result[:3, :3] @ target.pivot
    return result
