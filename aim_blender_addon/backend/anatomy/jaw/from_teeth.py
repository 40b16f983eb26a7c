# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw poses read off lower teeth that come with the scans (numpy only).

Teeth are hard. A piece that keeps its form in all scans, moves in some, and lies at the bite is the lower row: the
upper one rests, a tongue bends, an eye turns elsewhere. What it does is the jaw's motion, exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...geometry.mesh import Mesh
from ...geometry.rigid import fit_rigid, move_rigidly, undo_rigid
from ...geometry.topology import component_labels
from .joint import JawJoint

#: Teeth stay rigid in all scans to this RMS, mm; a tongue does not.
RIGID_MM = 0.5
#: Teeth that move less are at rest, mm.
MOVES_MM = 0.5
#: The middle of a part of the lower row lies this near to the edges of its incisors, mm.
NEAR_MM = 45.0


@dataclass(frozen=True)
class ScannedPiece:
    """A mesh beside the skin that the scans move, such as teeth.

    Attributes:
        rest: the piece in the neutral, mm, head space.
        scans: by scan name its vertices [N, 3] there, mm, in the scan as it came.
    """

    rest: Mesh
    scans: Mapping[str, np.ndarray] = field(default_factory=dict)


def jaws_of_teeth(
    pieces: Sequence[ScannedPiece], names: Sequence[str], joint: JawJoint, head_poses: np.ndarray
) -> tuple[dict[int, np.ndarray], str]:
    """Jaw transforms [4, 4] by scan number, of the lower teeth among the pieces, and the name of their piece.

    Pieces that disagree about the jaw tell nothing: then there are no poses, and the name is empty.

    Args:
        pieces: candidates.
        names: of the E scans.
        joint: the person's jaw joint.
        head_poses: [E, 4, 4] head motion of each scan.
    """
    found: list[tuple[np.ndarray, dict[int, np.ndarray]]] = []  # rest [N, 3], by scan number [N, 3]
    name = ""
    for piece in pieces:
        shown = [i for i, scan in enumerate(names) if scan in piece.scans]
        if not shown:
            continue
        rest = piece.rest.vertices.astype(np.float64)
        posed = np.stack([undo_rigid(piece.scans[names[i]], head_poses[i]) for i in shown])
        labels = component_labels(len(rest), piece.rest.triangles[:, [0, 1, 1, 2]].reshape(-1, 2))
        lower = hard_parts(rest, posed - rest, labels) & _near(rest, labels, joint)
        if lower.any():
            found.append((rest[lower], dict(zip(shown, posed[:, lower], strict=True))))
            name = name or piece.rest.name
    if not found:
        return {}, ""
    rest = np.concatenate([still for still, _ in found])
    goals = {
        i: np.concatenate([posed[i] for _, posed in found])
        for i in found[0][1]
        if all(i in posed for _, posed in found)
    }
    if any(misfit(rest, goal) > RIGID_MM for goal in goals.values()):
        return {}, ""
    poses = {i: fit_rigid(rest, goal, np.ones(len(rest))) for i, goal in goals.items()}
    return poses, name if poses else ""


def hard_parts(rest: np.ndarray, moved: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Which [N] of the points belong to a part that moves, and is rigid in all scans.

    Args:
        rest: [N, 3] mm.
        moved: [E, N, 3] mm, displacements.
        labels: [N] number of the part.
    """
    hard = np.zeros(len(rest), bool)
    for label in np.unique(labels):
        part = labels == label
        if part.sum() > 3 and np.abs(moved[:, part]).max() > MOVES_MM:
            hard[part] = max(misfit(rest[part], rest[part] + m[part]) for m in moved) < RIGID_MM
    return hard


def misfit(rest: np.ndarray, goal: np.ndarray) -> float:
    """RMS mm of what the best rigid motion leaves between points [N, 3] and where they went [N, 3]."""
    left = move_rigidly(rest, fit_rigid(rest, goal, np.ones(len(rest)))) - goal
    return float(np.sqrt((left**2).sum(axis=1).mean()))


def _near(rest: np.ndarray, labels: np.ndarray, joint: JawJoint) -> np.ndarray:
    """Which [N] of the points belong to a part whose middle lies near the lower incisors."""
    near = np.zeros(len(rest), bool)
    for label in np.unique(labels):
        part = labels == label
        near[part] = np.linalg.norm(rest[part].mean(axis=0) - joint.incisor) < NEAR_MM
    return near
