# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of the head through a take: smooth between its frames, and begun anew where the take was cut."""

from dataclasses import dataclass

import numpy as np

from ..errors import AimError

#: A head matrix may shear, and its size may change over a take, by so much.
_SHEAR = 0.02
#: Places of a head by which its motion is measured, mm about its middle.
_REACH_MM = 100.0
#: No head moves faster, mm/s; where one does, the take was cut.
_FASTEST = 10_000.0
#: A step longer than this, mm, and so many times its neighbours' is a cut as well.
_LEAST_CUT_MM, _CUT = 20.0, 6.0
#: Frames a second that a take may have.
SLOWEST_FPS, FASTEST_FPS = 1.0, 1000.0


@dataclass(frozen=True)
class HeadPath:
    """Head poses of T frames.

    Attributes:
        turns: [T, 3, 3] rotation, head space to take.
        places: [T, 3] mm.
        starts: [P] first frames of the pieces; the first is 0.
        notes: what was mended, a sentence each.
    """

    turns: np.ndarray
    places: np.ndarray
    starts: np.ndarray
    notes: tuple[str, ...] = ()

    def piece(self, frame: int) -> tuple[int, int]:
        """First frame of the piece with this frame, and the first after it."""
        number = int(np.searchsorted(self.starts, frame, side="right")) - 1
        ends = np.append(self.starts[1:], len(self.turns))
        return int(self.starts[number]), int(ends[number])

    def upward(self, up: np.ndarray) -> np.ndarray:
        """[3] the axis of the take along which ``up`` [3] of the head points most of the time."""
        mean = (self.turns @ up).mean(axis=0)
        axis = int(np.argmax(np.abs(mean)))
        return np.sign(mean[axis]) * np.eye(3)[axis]


def still_path(count: int) -> HeadPath:
    """A head that never moves, over ``count`` frames."""
    return HeadPath(np.tile(np.eye(3), (count, 1, 1)), np.zeros((count, 3)), np.zeros(1, int))


def check_fps(fps: float, source: str) -> None:
    """Refuse a frame rate that no take has; raises AimError."""
    if not SLOWEST_FPS <= fps <= FASTEST_FPS:
        raise AimError(
            f"{source} has {fps:g} frames a second: give from {SLOWEST_FPS:g} to {FASTEST_FPS:g}, "
            "as its camera had"
        )


def head_path(heads: np.ndarray, count: int, fps: float, source: str) -> HeadPath:
    """The way of a head.

    Args:
        heads: [T, 4, 4] head space to take; a size that is the same in all is taken out.
        count: T.
        fps: frames a second; 0 where time does not matter, and then nothing is a cut.
        source: of the take, for messages.

    Raises:
        AimError: the matrices are of other frames, mirrored, sheared, or change their size.
    """
    heads = np.asarray(heads, float)
    if heads.shape != (count, 4, 4):
        raise AimError(
            f"{source} has {count} frames, but head poses {heads.shape}: give one [4, 4] a frame"
        )
    notes = []
    seen = np.isfinite(heads).all(axis=(1, 2))
    if not seen.any():
        raise AimError(f"{source} has no head pose with all its numbers: solve the take again")
    if not seen.all():
        notes.append(f"{(~seen).sum()} frames lack the head pose; the nearest one was taken")
        known = np.flatnonzero(seen)
        at = np.searchsorted(known, np.arange(count)).clip(0, len(known) - 1)
        before = (at - 1).clip(0)
        later = np.abs(known[at] - np.arange(count)) <= np.abs(known[before] - np.arange(count))
        heads = heads[known[np.where(later, at, before)]]
    left, sizes, right = np.linalg.svd(heads[:, :3, :3])
    turns = left @ right
    size = sizes.mean(axis=1)
    if (np.linalg.det(turns) < 0).any() or size.min() < 1e-6:  # noqa: PLR2004 -- a flat matrix
        raise AimError(f"The head of {source} is mirrored or flat: apply its scale, then try again")
    if (np.ptp(sizes, axis=1) > _SHEAR * size).any() or np.ptp(size) > _SHEAR * size.mean():
        raise AimError(f"The head of {source} is stretched: apply its scale, then try again")
    scale = float(np.median(size))
    if abs(scale - 1) > 1e-3:  # noqa: PLR2004 -- rounding
        notes.append(
            f"The head is scaled by {scale:g} in this take; its motion was taken back to mm"
        )
    places = heads[:, :3, 3] / scale
    starts = _starts(turns, places, fps) if fps else np.zeros(1, int)
    if len(starts) > 1:
        notes.append(
            f"The head jumps at {len(starts) - 1} frames, the first is {starts[1]}; motion begins anew there"
        )
    return HeadPath(turns, places, starts, tuple(notes))


def _starts(turns: np.ndarray, places: np.ndarray, fps: float) -> np.ndarray:
    """First frames of pieces without a cut."""
    corners = _REACH_MM * np.vstack([np.eye(3), -np.eye(3)])
    points = corners @ turns.transpose(0, 2, 1) + places[:, None]
    steps = np.linalg.norm(np.diff(points, axis=0), axis=2).max(axis=1)  # [T - 1]
    padded = np.pad(steps, 2)
    around = np.max([np.roll(padded, shift)[2:-2] for shift in (-2, -1, 1, 2)], axis=0)
    cut = (steps * fps > _FASTEST) | ((steps > _LEAST_CUT_MM) & (steps > _CUT * around))
    return np.concatenate([[0], np.flatnonzero(cut) + 1])


class SmoothPiece:
    """A piece of a take between cuts, with places between its frames; time runs in frames.

    Args:
        path: of the head.
        values: [T, N] what else is to be smooth, such as weights and jaw.
        first, end: frames of the piece.
    """

    def __init__(self, path: HeadPath, values: np.ndarray, first: int, end: int) -> None:
        from scipy.interpolate import CubicSpline, make_interp_spline
        from scipy.spatial.transform import Rotation, RotationSpline

        self.first, self.end = first, end
        frames = np.arange(first, end)
        both = np.hstack([path.places[first:end], values[first:end]])
        if len(frames) == 1:
            self._turn = lambda _: path.turns[first]
            self._rest = lambda _: both[0]
            return
        few = len(frames) < 4  # noqa: PLR2004 -- too few for cubics with free ends
        self._rest = make_interp_spline(frames, both, k=1) if few else CubicSpline(frames, both)
        spline = RotationSpline(frames, Rotation.from_matrix(path.turns[first:end]))
        self._turn = lambda at: spline(at).as_matrix()

    def at(self, frame: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rotation [3, 3], place [3] mm and the other values [N] at a time."""
        rest = self._rest(frame)
        return self._turn(frame), rest[:3], rest[3:]
