# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw and head motion of one person in another's joint and size (numpy only)."""

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..geometry.rigid import fit_rigid, move_rigidly

#: Half of an adult's lower dental arch in the plane of the bite: mm behind the incisors' edge, mm to the side.
_ARCH_MM = ((0.0, 0.0), (8.0, 13.0), (20.0, 19.0), (35.0, 23.0))
#: From the line between the condyles to the incisors in such a head, mm [Bonwill].
_ARCH_LENGTH_MM = 86.6


def carry_jaw(source: JawJoint, target: JawJoint, parameters: np.ndarray) -> np.ndarray:
    """Parameters [..., 4] of the target's joint: same angles, slides in proportion to the mandibles.

    The incisors then move by the same fraction of the mandible's length on both faces.
    """
    ratio = target.length / source.length
    return np.asarray(parameters, float) * [1.0, ratio, ratio, ratio]


def added_jaws(joint: JawJoint, poses: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Parameters [T, 4] of the jaw that shapes with jaw poses [E, 4, 4] show together at weights [T, E].

    The joint's pose nearest to :func:`added_poses`.
    """
    poses = added_poses(joint, poses, weights)
    found = np.zeros((len(poses), 4))
    for number in np.flatnonzero((poses != np.eye(4)).any(axis=(1, 2))):
        found[number] = joint.parameters(poses[number])
    return found


def added_poses(joint: JawJoint, poses: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Poses [T, 4, 4] of the jaw that shapes with jaw poses [E, 4, 4] show together at weights [T, E].

    Shapes add in straight lines, and the teeth in them do, too. So the motions of the jaw are added, and the rigid
    motion nearest to their sum over the teeth is taken. A sum of angles would lead the incisors of a half-open mouth
    along an arc, 1.5 mm off. A chord is shorter than its arc, by up to 2 mm: the condyles give way, not the teeth.
    """
    motions = np.asarray(poses, float).reshape(-1, 16) - np.eye(4).ravel()
    moving = np.flatnonzero(np.abs(motions).max(axis=1, initial=0.0) > 0)
    added = (np.asarray(weights, float)[:, moving] @ motions[moving]).reshape(-1, 4, 4)
    points = _dental_arch(joint)
    result = np.tile(np.eye(4), (len(added), 1, 1))
    for number in np.flatnonzero(added.any(axis=(1, 2))):
        moved = move_rigidly(points, np.eye(4) + added[number])
        result[number] = fit_rigid(points, moved, np.ones(len(points)))
    return result


def _dental_arch(joint: JawJoint) -> np.ndarray:
    """Points [N, 3] mm where the lower teeth of a head with this joint usually are."""
    left, front, _up = joint.bite_axes
    scale = joint.length / _ARCH_LENGTH_MM
    return np.array(
        [
            joint.incisor + scale * (side * left - behind * front)
            for behind, aside in _ARCH_MM
            for side in ((aside, -aside) if aside else (0.0,))
        ]
    )


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
