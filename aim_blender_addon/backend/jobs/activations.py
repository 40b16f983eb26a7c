# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that reads muscles' activations back from poses, so that an animator can look at them and edit them."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..progress import Progress
from .simulate import Begun, SimulateRequest
from .wire import Request

#: A frame whose skin moves by less on average is at rest, mm.
STILL_MM = 0.05


@dataclass(frozen=True)
class ActivationsRequest(Request):
    """Read activations back.

    Attributes:
        take: the poses.
        smooth_mm: an activation that changes by 1 between frames counts as much as skin off by so many mm.
    """

    take: SimulateRequest
    smooth_mm: float = 0.05


@dataclass(frozen=True)
class ActivationsResult:
    """What came of it.

    Attributes:
        muscles: M names.
        activations: [T, M] from 0 to 1.
        jaw_parameters: [T, 4] of the joint: radians, mm, mm, mm.
        left_mm: [T] what muscles alone leave of the skin, in the mean over what the flesh carries.
        left_mm_p99: [T] the same at the 99th percentile.
        report: figures.
    """

    muscles: tuple[str, ...]
    activations: np.ndarray
    jaw_parameters: np.ndarray
    left_mm: np.ndarray
    left_mm_p99: np.ndarray
    report: dict[str, Any]


@dataclass(frozen=True)
class Explained:
    """Shares of a motion that muscles alone explain, from 0 to 1.

    Attributes:
        whole: of all frames together; 0 where nothing moves.
        least: of the frame of which they explain least.
        least_frame: its number; -1 where nothing moves.
    """

    whole: float
    least: float
    least_frame: int


def explained(left_mm: np.ndarray, motion_mm: np.ndarray) -> Explained:
    """Shares that muscles explain, from what they leave [T] of a motion [T], mm; frames at rest are passed over."""
    moves = motion_mm > STILL_MM
    if not moves.any():
        return Explained(0.0, 0.0, -1)
    shares = np.clip(1 - left_mm / np.where(moves, motion_mm, 1.0), 0.0, 1.0)
    least = int(np.argmin(np.where(moves, shares, np.inf)))
    whole = 1 - left_mm[moves].sum() / motion_mm[moves].sum()
    return Explained(max(float(whole), 0.0), float(shares[least]), least)


def run(request: ActivationsRequest, progress: Progress) -> ActivationsResult:
    """Read them; raises ModelFileError and AimError where model, flesh or poses cannot be used."""
    from ..errors import AimError
    from ..muscles.read_back import ActivationReader, ReadBackSettings

    if not request.smooth_mm >= 0:
        raise AimError(f"Smoothing by {request.smooth_mm:g} mm is none: give 0 or more")
    begun = Begun.of(request.take)
    flesh, poses = begun.simulation.flesh, begun.poses
    reader = ActivationReader(flesh, begun.model, ReadBackSettings(smooth_mm=request.smooth_mm))
    count = len(poses.weights)
    still = flesh.skin_places @ flesh.rest
    started, frames, motion = time.perf_counter(), [], []
    for number in range(count):
        skin = begun.frame(number, lambda *_: None)[flesh.skin].astype(float)
        motion.append(float(np.linalg.norm(skin - still, axis=1).mean()))
        frames.append(reader.frame(skin, poses.jaw[number]))
        progress(
            "reading activations", (number + 1) / count, {"frame": number + 1, "frames": count}
        )
    activations = np.stack([frame.activations for frame in frames])
    late = [number for number, frame in enumerate(frames) if not frame.converged]
    notes = begun.report()["notes"]
    if late:
        notes.append(
            f"muscles did not come to rest in {len(late)} frames, the first is {late[0]}; "
            "the rest went on from the last good one"
        )
    left = np.array([frame.left_mm for frame in frames])
    shares = explained(left, np.array(motion))
    return ActivationsResult(
        reader.names,
        activations,
        poses.jaw,
        left,
        np.array([frame.left_mm_p99 for frame in frames]),
        {
            "frames": count,
            "muscles": len(reader.names),
            "seconds": time.perf_counter() - started,
            "motion_mm": motion,
            "left_mm": left.tolist(),
            "explained": shares.whole,
            "explained_least": shares.least,
            "explained_least_frame": shares.least_frame,
            "left_mm_p99": [frame.left_mm_p99 for frame in frames],
            "steps": [frame.steps for frame in frames],
            "full": [int((row > 0.99).sum()) for row in activations],  # noqa: PLR2004 -- as good as 1
            "unsettled_frames": late,
            "notes": notes,
        },
    )
