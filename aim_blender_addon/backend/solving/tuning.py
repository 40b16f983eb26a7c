# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that a take needs, found from the take itself.

Weights that vary over the skin can follow noise. Points that the solve does not see decide how fine the weights may
be. Noise that is added to some frames decides how much to smooth over time. Both look at a few pieces spread over the
whole take, so that every range of it comes to the same answer.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import scipy.linalg

from ..geometry.rigid import move_rigidly
from ..io.takes import Seen, Take
from ..progress import Progress
from .dense import DenseFrames, FrameSolution, RemainderSmoother, spread_sample, weight_system
from .points import PointFrames
from .pose import FramePose, TooLittleSeenError
from .smoothing import NORMAL_MEDIAN, choose_strength, temporal_noise
from .solving_face import SolvingFace
from .sparse_field import FieldPrior, FieldSolver


@dataclass(frozen=True)
class TuningSettings:
    """What is tried, and on which frames.

    Attributes:
        pieces: of a take that are looked at, evenly spread, so that every range comes to the same answer.
        piece_frames: frames in each; third differences, which show the noise, need more than three.
        min_frames: shorter takes are not smoothed.
        details_mm: lengths tried for the remainder; the first, 0, is none.
        held_out: fraction of the vertices that the solve does not see while its detail is judged.
        misfits_mm: misfits of points tried.
        folds: parts into which points are cut; each is held out once.
        min_trust: held-out points that are trusted less do not count.
        noise_samples: vertices whose motion shows what noise does to the skin.
        still_weight_mm: added to a vertex's sigma when these are drawn, so that still skin is drawn too.
    """

    pieces: int = 5
    piece_frames: int = 11
    min_frames: int = 5
    details_mm: tuple[float, ...] = (0.0, 8.0, 4.0, 2.0, 1.0)
    held_out: float = 0.2
    misfits_mm: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8)
    folds: int = 4
    min_trust: float = 0.5
    noise_samples: int = 200
    still_weight_mm: float = 0.01


TUNING = TuningSettings()


class Frames(Protocol):
    """One kind of take, ready to be solved: see :class:`.dense.DenseFrames`."""

    face: SolvingFace

    def pose(self, seen: Seen) -> FramePose:
        """Pose and global weights; TooLittleSeenError where the frame shows too little."""

    def finish(
        self, seen: Seen, head: np.ndarray, jaw: np.ndarray, weights: np.ndarray
    ) -> FrameSolution:
        """Local weights under a pose."""

    def residual(self, seen: Seen, solution: FrameSolution) -> np.ndarray:
        """What the weights leave of the observations [N, D], in their unit; NaN where unseen."""

    def field(self, solution: FrameSolution) -> np.ndarray:
        """Unposed displacement [V, 3] of a solution."""

    def distances(self, seen: Seen, solution: FrameSolution, vertices: np.ndarray) -> np.ndarray:
        """How far [N] a solution, whose skin is [V, 3], is from what the frame shows, in its unit."""


@dataclass(frozen=True)
class Choice:
    """What was chosen for a take.

    Attributes:
        detail_mm: length over which the remainder of dense frames is smoothed; 0 leaves it out.
        ridge: pull of the weights towards zero (dense frames).
        misfit_mm: usual distance at which points are followed, not nearer.
        head_smoothing, jaw_smoothing, skin_smoothing: strengths, see ``smoothing``.
    """

    detail_mm: float = 0.0
    ridge: float = 0.0
    misfit_mm: float = 0.0
    head_smoothing: float = 0.0
    jaw_smoothing: float = 0.0
    skin_smoothing: float = 0.0


def pieces(total: int) -> list[range]:
    """Ranges of consecutive frames, spread evenly over a take of ``total`` frames."""
    length = TUNING.piece_frames
    if total <= TUNING.pieces * length:
        return [range(first, min(first + length, total)) for first in range(0, total, length)]
    starts = np.linspace(0, total - length, TUNING.pieces).round().astype(int)
    return [range(first, first + length) for first in starts]


@dataclass(frozen=True)
class _Piece:
    """Solved values of consecutive frames [N, ...]; NaN where a frame is missing."""

    heads: np.ndarray
    jaws: np.ndarray
    skins: np.ndarray
    residuals: np.ndarray


def choose_smoothing(frames: Frames, take: Take, smoothness: float, progress: Progress) -> dict:
    """Strengths of the smoothing over time: those that the noise needs, times ``smoothness``.

    Some frames are solved again with the noise of the observations added. The difference shows what noise does to
    pose and skin.
    """
    none = {"head_smoothing": 0.0, "jaw_smoothing": 0.0, "skin_smoothing": 0.0}
    if smoothness <= 0 or len(take) < TUNING.min_frames:
        return none
    solved, middles = [], []
    for index, piece in enumerate(pieces(len(take))):
        progress("Looking at the performance", index / TUNING.pieces, {})
        seen = [take.seen(number) for number in piece]
        solved.append(_solved_piece(frames, seen))
        middles.append(seen[len(seen) // 2])
    noise = _observation_noise(solved)
    level = None if noise is None else _effect_of_noise(frames, middles, noise, progress)
    if level is None:
        return none
    return {
        "head_smoothing": smoothness * choose_strength([p.heads for p in solved], level[0]),
        "jaw_smoothing": smoothness * choose_strength([p.jaws for p in solved], level[1]),
        "skin_smoothing": smoothness * choose_strength([p.skins for p in solved], level[2]),
    }


def _observation_noise(solved: list[_Piece]) -> float | None:
    """Standard deviation of the observations' noise, in their unit; None where nothing was seen.

    It is the smaller of two estimates: the residual of the weights, and the jumps from frame to frame. Fast motion
    is no noise, nor is what the model cannot show.
    """
    spatial = np.concatenate([piece.residuals.ravel() for piece in solved])
    spatial = spatial[np.isfinite(spatial)]
    if not len(spatial):
        return None
    return min(
        float(np.median(np.abs(spatial))) / NORMAL_MEDIAN,
        temporal_noise([piece.residuals.reshape(len(piece.residuals), -1) for piece in solved]),
    )


def _effect_of_noise(
    frames: Frames, middles: list[Seen], noise: float, progress: Progress
) -> np.ndarray | None:
    """Standard deviation [3] that noise of the observations makes of head, jaw and skin; None where none is solved."""
    shifts = []
    for index, seen in enumerate(middles):
        progress("Looking at the performance", 0.8 + 0.2 * index / TUNING.pieces, {})
        random = np.random.default_rng(index)
        again = replace(
            seen, places=seen.places + noise * random.standard_normal(seen.places.shape)
        )
        first, second = _solved_piece(frames, [seen]), _solved_piece(frames, [again])
        shifts.append(
            [_rms(getattr(first, k) - getattr(second, k)) for k in ("heads", "jaws", "skins")]
        )
    shifts = np.array(shifts)
    shifts = shifts[np.isfinite(shifts).all(axis=1)]
    return np.sqrt((shifts**2).mean(axis=0)) if len(shifts) else None


def _solved_piece(frames: Frames, frames_seen: list[Seen]) -> _Piece:
    face, joint = frames.face, frames.face.joint
    corners = np.stack([joint.incisor, joint.hinge_left, joint.hinge_right])
    density = face.operator.mass * (TUNING.still_weight_mm + face.skin.sigma)
    sample = spread_sample(density, TUNING.noise_samples)
    rows: list[tuple | None] = []
    for seen in frames_seen:
        try:
            pose = frames.pose(seen)
        except TooLittleSeenError:
            rows.append(None)
            continue
        solution = frames.finish(seen, pose.head, pose.jaw, pose.weights)
        rows.append(
            (
                move_rigidly(corners, pose.head).ravel(),
                pose.jaw * joint.unit_sizes,
                frames.field(solution)[sample].ravel(),
                frames.residual(seen, solution).ravel(),
            )
        )
    sizes = (9, 4, 3 * len(sample), max((len(row[3]) for row in rows if row), default=0))
    return _Piece(
        *(
            np.stack([row[k] if row else np.full(size, np.nan) for row in rows])
            for k, size in enumerate(sizes)
        )
    )


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def choose_detail(frames: DenseFrames, take: Take, progress: Progress) -> float:
    """The length in mm over which the remainder is smoothed that predicts held-out vertices best."""
    face = frames.face
    kept = np.random.default_rng(0).random(len(face.skin)) > TUNING.held_out
    system = weight_system(face, frames.ridge, np.flatnonzero(kept))
    factor = scipy.linalg.cho_factor(system, lower=True)
    residuals, judges = [], []
    for piece in pieces(len(take)):
        seen = take.seen(piece[len(piece) // 2])
        progress("Looking at the performance", len(residuals) / TUNING.pieces, {})
        try:
            pose = frames.pose(seen)
        except TooLittleSeenError:
            continue
        field = frames.unposed(seen, pose.head, pose.jaw)
        seen_vertices = np.isfinite(field).all(axis=1)
        field[~seen_vertices] = face.skin.displacements[~seen_vertices] @ pose.weights
        right = face.projection(np.where(kept[:, None], field, 0.0))
        local = scipy.linalg.cho_solve(factor, right.ravel()).reshape(right.shape)
        residuals.append(field - face.displacement(local))
        judges.append(~kept & seen_vertices)
    if not residuals:
        return 0.0

    def held_out_error(smoothed: list[np.ndarray]) -> float:
        judged = zip(residuals, smoothed, judges, strict=True)
        return np.mean(
            [np.linalg.norm((residual - s)[judge], axis=1).mean() for residual, s, judge in judged]
        )

    errors = [held_out_error([np.zeros_like(residual) for residual in residuals])]
    for length in TUNING.details_mm[1:]:
        smoother = RemainderSmoother(face, length, kept)
        errors.append(held_out_error([smoother(residual) for residual in residuals]))
    return TUNING.details_mm[int(np.argmin(errors))]


def choose_misfit(frames: PointFrames, take: Take, progress: Progress) -> FieldPrior:
    """The prior whose misfit predicts held-out points best."""
    prior = frames.solver.prior
    tries = [replace(prior, misfit_mm=misfit) for misfit in TUNING.misfits_mm]
    solvers = [FieldSolver(frames.face, frames.solver.points, one) for one in tries]
    errors = np.zeros(len(tries))
    for index, piece in enumerate(pieces(len(take))):
        progress("Looking at the performance", index / TUNING.pieces, {})
        seen = take.seen(piece[len(piece) // 2])
        try:
            pose = frames.pose(seen)
        except TooLittleSeenError:
            continue
        observed = frames.observations(seen, pose.head, pose.jaw, pose.weights)
        fold = np.random.default_rng(index).permutation(len(observed.owner)) % TUNING.folds
        for part in range(TUNING.folds):
            kept, held_out = observed.picked(fold != part), observed.picked(fold == part)
            points = frames.solver.points.picked(held_out.owner)
            for k, solver in enumerate(solvers):
                field = solver.solve(kept).at(points, held_out.jaw)
                shown = np.einsum("ndc,nc->nd", held_out.slope, field)
                distance = np.linalg.norm(shown - held_out.target, axis=1)
                errors[k] += distance[held_out.trust > TUNING.min_trust].sum()
    return tries[int(errors.argmin())]
