# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the motion of the head out of expression scans.

The parts of a head that an expression does not move keep their places relative to each other. A rigid motion is
fitted to the whole skin with robust weights: [GemanMcClure], its scale lowered step by step [Yang2020]. What does
not follow the motion loses its weight. Cranium, ears, nose bridge or temples keep theirs. Where a scan keeps hardly
anything still, e.g. anger on a face-only mask, a second fit trusts the skin that the other scans keep still.
"""

import numpy as np

from ..geometry.mesh import Mesh, vertex_areas
from ..geometry.rigid import fit_rigid_columns, move_rigidly, undo_rigid
from ..geometry.robust import cauchy
from .head_part import find_head

#: scale of the robust weights in the first round, mm
_COARSE_MM = 20.0
#: scale in the last rounds, mm
_FINE_MM = 0.1
#: the scale shrinks by this factor from round to round
_STEP = 1.3
#: a pose is judged by the skin it explains within about this, mm
_SCORE_MM = 0.15
#: a scan explains enough by itself when it explains this share of what scans of the set usually do
_STRONG_SHARE = 0.5
#: its own pose is taken when it explains this many times more than the one trusting other scans
_SOLO_LEAD = 1.2
#: no motion is taken where it explains at least this share of what the best pose explains, ...
_STILL_SHARE = 0.8
#: ... or this, where most scans of a set show no motion, ...
_STILL_SHARE_IN_STILL_SET = 0.4
#: ... or this, in such a set, for a scan that explains little
_STILL_SHARE_OF_WEAK = 0.15
#: motion below this everywhere on the head is none, mm
_STILL_MM = 0.05
#: skin that stirs this much in three quarters of the scans loses three quarters of its trust, mm
_STIR_MM = 1.0
#: least weight of any skin, over that of skin that keeps still
_LEAST_TRUST = 0.03
#: shoulders and lower neck count this much
_BELOW_HEAD = 0.1
#: most vertices that a pose is fitted to
_MOST_SAMPLES = 6000


def remove_head_motion(neutral: Mesh, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every scan moved so that its skull lies where the neutral's does, and the motion taken out.

    A pose is the 4x4 matrix H with ``p_scan = H p_head`` on column points. It carries head space, the neutral's
    frame, to the scan as it came. What is returned is ``p_head = H^-1 p_scan``. It is the exact identity where the
    scan shows no motion.

    Args:
        neutral: the skin in rest, mm.
        positions: [E, V, 3] the scans' vertices, mm, numbered as the neutral's.

    Returns:
        The stabilised scans [E, V, 3] float32 and the poses [E, 4, 4] float64.
    """
    positions = np.asarray(positions)
    if positions.ndim != 3 or positions.shape[1:] != neutral.vertices.shape:
        raise ValueError(
            f"positions must be [E, {len(neutral.vertices)}, 3], not {positions.shape}"
        )
    if not len(positions):
        return positions.astype(np.float32), np.empty((0, 4, 4))
    trust = vertex_areas(neutral)
    trust *= np.where(find_head(neutral).vertices, 1.0, _BELOW_HEAD)
    picked = _sample(trust)
    rest = neutral.vertices[picked].astype(np.float64)
    moved = positions[:, picked].astype(np.float64)
    poses = _estimate(rest, moved, trust[picked] / trust[picked].sum())
    return undo_rigid(positions, poses).astype(np.float32), poses


def motion_size(pose: np.ndarray, neutral: Mesh) -> tuple[float, float]:
    """Degrees the head turned and mm the middle of the scan moved, for the message to the user."""
    degrees = np.degrees(np.arccos(np.clip((np.trace(pose[:3, :3]) - 1) / 2, -1, 1)))
    middle = (neutral.vertices.min(axis=0).astype(np.float64) + neutral.vertices.max(axis=0)) / 2
    return float(degrees), float(np.linalg.norm(move_rigidly(middle, pose) - middle))


def _sample(trust: np.ndarray) -> np.ndarray:
    """Vertices to fit with: those that count, at most ``_MOST_SAMPLES``, always the same."""
    counting = np.flatnonzero(trust > 0)
    if len(counting) <= _MOST_SAMPLES:
        return counting
    return np.sort(np.random.default_rng(0).permutation(counting)[:_MOST_SAMPLES])


def _estimate(rest: np.ndarray, moved: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """[E, 4, 4] poses of scans [E, S, 3] against the rest [S, 3]; ``trust`` [S] sums to 1."""
    poses = _follow(rest, moved, trust)
    score = _score(rest, moved, trust, poses)
    if len(moved) > 1:
        still = _still_skin(rest, moved, poses)
        together = _follow(rest, moved, trust * still)
        score_together = _score(rest, moved, trust, together)
        alone = (score >= _SOLO_LEAD * score_together) & _strong(np.maximum(score, score_together))
        poses = np.where(alone[:, None, None], poses, together)
        score = np.where(alone, score, score_together)
    still_scans = _unmoved(rest, moved, trust, poses, score)
    return np.where(still_scans[:, None, None], np.eye(4), poses)


def _strong(score: np.ndarray) -> np.ndarray:
    """[E] bool: the scans that explain about as much skin as the others do."""
    return score >= _STRONG_SHARE * np.median(score)


def _unmoved(
    rest: np.ndarray, moved: np.ndarray, trust: np.ndarray, poses: np.ndarray, score: np.ndarray
) -> np.ndarray:
    """[E] bool: the scans that no motion explains as well as their pose does."""
    ratio = _score(rest, moved, trust, np.broadcast_to(np.eye(4), poses.shape)) / score
    rest_of_each = np.broadcast_to(rest, moved.shape)
    travel = np.linalg.norm(undo_rigid(rest_of_each, poses) - rest, axis=2).max(axis=1)
    still = (ratio >= _STILL_SHARE) | (travel < _STILL_MM)
    strong = _strong(score)
    if still[strong].mean() > 0.5:
        still |= ratio >= np.where(strong, _STILL_SHARE_IN_STILL_SET, _STILL_SHARE_OF_WEAK)
    return still


def _still_skin(rest: np.ndarray, moved: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """[S] in (0, 1]: how far each piece of skin stays with the skull, seen over all scans."""
    stir = np.quantile(_distance(rest, moved, poses), 0.75, axis=0)
    return np.maximum((_STIR_MM**2 / (_STIR_MM**2 + stir**2)) ** 2, _LEAST_TRUST)


def _follow(rest: np.ndarray, moved: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """[E, 4, 4] rigid motions of the largest part of the skin that moves as one; ``trust`` [S]."""
    rest = np.ascontiguousarray(rest.T)
    return np.stack([_follow_one(rest, np.ascontiguousarray(scan.T), trust) for scan in moved])


def _follow_one(rest: np.ndarray, moved: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """[4, 4] the motion of one scan; ``rest`` and ``moved`` are [3, S]."""
    pose = fit_rigid_columns(rest, moved, trust)
    scale, final_rounds = _COARSE_MM, 10
    while final_rounds:
        final_rounds -= scale == _FINE_MM
        residual = moved - pose[:3, :3] @ rest - pose[:3, 3:]
        closeness = cauchy(np.einsum("ks,ks->s", residual, residual) / scale**2)
        pose = fit_rigid_columns(rest, moved, trust * closeness**2)
        scale = max(scale / _STEP, _FINE_MM)
    return pose


def _distance(rest: np.ndarray, moved: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """[E, S] residual distances, mm, between the unposed scans and the rest."""
    return np.linalg.norm(undo_rigid(moved, poses) - rest, axis=2)


def _score(rest: np.ndarray, moved: np.ndarray, trust: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """[E] in (0, 1]: the share of the skin that the poses explain."""
    square = _distance(rest, moved, poses) ** 2
    return (_SCORE_MM**2 / (_SCORE_MM**2 + square)) @ trust
