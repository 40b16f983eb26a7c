# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was made, as a rig is to show it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

#: Frames that are looked at, at most, evenly over the take.
MOST_FRAMES = 24
#: What floats, thinned keys and skinning leave; mm of a face of usual size.
SLACK_MM = 0.1
#: A sample of frames may be somewhat worse than all of them.
_SAMPLED = 1.5


@dataclass(frozen=True)
class Left:
    """How far a rig may be from what was made, as the fit of its shapes has left it; mm."""

    mean: float = 0.0
    p99: float = 0.0
    largest: float = 0.0

    @classmethod
    def of(cls, error_mm: dict[str, float], scale: float = 1.0) -> "Left":
        """The error that a job reports, in millimetres times ``scale``."""
        return cls(error_mm["mean"] / scale, error_mm["p99"] / scale, error_mm["max"] / scale)

    def is_kept(self, mean: float, p99: float, largest: float, slack: float) -> bool:
        """Whether distances are what this leaves."""
        return (
            mean <= _SAMPLED * self.mean + slack / 2
            and p99 <= _SAMPLED * self.p99 + slack
            and largest <= 1.05 * self.largest + slack
        )


@dataclass(frozen=True)
class Made:
    """What was made, frame by frame.

    Attributes:
        frames: [T] frames of the Action.
        points: gives row t as [V, 3] mm in head space, the head where the rig is to have it.
        to_armature: [4, 4] from there to the armature's own space, all bones at rest.
        bones: the bones of head and jaw that are keyed; "" for one that is not.
        root: the bone of the head, keyed or not; "" where nobody knows one.
        keys: the shape keys that the take moves.
        left: what the fit has left.
        slack_mm: what may come on top.
    """

    frames: np.ndarray
    points: Callable[[int], np.ndarray]
    to_armature: np.ndarray
    bones: tuple[str, str]
    root: str
    keys: Sequence[str]
    left: Left = Left()
    slack_mm: float = SLACK_MM


def sample(count: int) -> np.ndarray:
    """Rows [N] of frames that are looked at: all of a short take, else evenly spread ones."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_FRAMES)).round().astype(int))


def scene_frames(frames: np.ndarray, scene: bpy.types.Scene) -> list[float]:
    """Where the scene shows frames [N] of an Action: elsewhere when its time is stretched."""
    return (np.asarray(frames, np.float64) / stretch(scene)).tolist()


def stretch(scene: bpy.types.Scene) -> float:
    """Frames of an Action that pass in a frame of the scene."""
    return scene.render.frame_map_old / scene.render.frame_map_new
