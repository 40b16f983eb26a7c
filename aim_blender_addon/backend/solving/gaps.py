# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames in which nothing was seen, bridged from their neighbours (numpy only)."""

import numpy as np

from ..geometry.rigid import nearest_rotation, undo_rigid
from ..geometry.skinning import undo_jaw
from .dense import posed
from .result_file import ResultWriter
from .solving_face import SolvingFace


def fill_gaps(face: SolvingFace, writer: ResultWriter) -> int:
    """Pose and skin of unsolved frames, interpolated between the solved frames before and after.

    At the ends of the range the nearest solved frame stays. A range without solved frames stays as it is.

    Returns:
        How many frames were not solved.
    """
    solved = np.array(writer.row("solved"))
    solved_rows = np.flatnonzero(solved)
    if not len(solved_rows):
        return len(solved)
    fields: dict[int, np.ndarray] = {}

    def field(row: int) -> np.ndarray:
        if row not in fields:
            fields.clear() if len(fields) > 1 else None
            head = writer.row("head")[row]
            local = undo_rigid(writer.row("vertices")[row].astype(np.float64), head)
            fields[row] = (
                undo_jaw(local, writer.row("jaw")[row], face.skin.jaw_weight) - face.skin.rest
            )
        return fields[row]

    for row in np.flatnonzero(~solved):
        following = np.searchsorted(solved_rows, row)
        before, after = (
            solved_rows[max(following - 1, 0)],
            solved_rows[min(following, len(solved_rows) - 1)],
        )
        fraction = 0.0 if before == after else (row - before) / (after - before)
        fraction = min(max(fraction, 0.0), 1.0)
        parts = np.array([1 - fraction, fraction])
        head = mixed_rotation([writer.row("head")[before], writer.row("head")[after]], parts)
        jaw, weights = (
            parts[0] * writer.row(name)[before] + parts[1] * writer.row(name)[after]
            for name in ("jaw_parameters", "weights")
        )
        shape = parts[0] * field(before) + parts[1] * field(after)
        writer.write(
            writer.job.start + row,
            vertices=posed(face, shape, jaw, head),
            head=head,
            jaw=face.joint.pose(jaw),
            jaw_parameters=jaw,
            weights=weights,
        )
    return int((~solved).sum())


def mixed_rotation(poses: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """The rigid motion [4, 4] nearest to the weighted sum of motions; weights sum to one."""
    total = sum(weight * pose for weight, pose in zip(weights, poses, strict=True))
    pose = np.eye(4)
    pose[:3, :3] = nearest_rotation(total[:3, :3])
    pose[:3, 3] = total[:3, 3]
    return pose
