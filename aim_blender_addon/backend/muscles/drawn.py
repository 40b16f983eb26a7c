# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Muscles as a user draws them, and what a simulation adds to a rig (numpy only)."""

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..geometry.skinning import undo_jaw
from ..model.aim import AimModel

#: Curves that lie within this of each other are one, mm.
SAME_MM = 0.02


def mirrored(points: np.ndarray, joint: JawJoint) -> np.ndarray:
    """Points [K, 3] mm on the other side of the face, by the middle of its jaw's joint."""
    left = np.asarray(joint.left, float)
    across = (np.asarray(points, float) - joint.pivot) @ left
    return points - 2 * across[:, None] * left


def same_curve(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two polylines [K, 3] mm have the same points."""
    return first.shape == second.shape and bool(np.abs(first - second).max(initial=0.0) < SAME_MM)


def added_shape(
    model: AimModel,
    weights: np.ndarray,
    jaw_parameters: np.ndarray,
    skin: np.ndarray,
    vertices: np.ndarray | slice = slice(None),
) -> np.ndarray:
    """[S, 3] float64 mm: what simulated skin adds to the expressions, before the jaw moves it.

    Args:
        model: the actor.
        weights: [E] of the expressions.
        jaw_parameters: [4] of the joint.
        skin: [S, 3] mm, head space, simulated.
        vertices: [S] whose places these are; all of the model by default.
    """
    at = model.evaluate()
    shapes = at.displacements[:, vertices].astype(float)
    shown = at.skin[vertices] + np.tensordot(np.asarray(weights, float), shapes, 1)
    pose = model.joint.pose(np.asarray(jaw_parameters, float))
    share = at.jaw_weight[vertices].astype(float)
    return undo_jaw(np.asarray(skin, float), pose, share) - shown
