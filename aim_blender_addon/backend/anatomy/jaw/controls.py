# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three numbers an animator poses a jaw with: open, side, forward (numpy only).

The joint has four (:mod:`.joint`), and in a living jaw they do not move one by one. The condyles slide forward
while the jaw opens: 11.9 mm at the largest opening [Travers2000]. To the side, the jaw turns about the condyle it
goes to, and the other one slides forward. The controls carry that along; what an actor's own jaw does is read off
the scans.
"""

from dataclasses import dataclass

import numpy as np

from ...geometry.rigid import move_rigidly
from .joint import JawJoint, JawLimits

#: Path of the condyles over the opening angle at the largest opening, mm a radian: 11.9 mm at about 33 degrees
#: [Travers2000].
USUAL_PATH = 11.9 / np.radians(33.0)
#: Scans that open less do not count for the path.
_TELLING_RADIANS = np.radians(3.0)


@dataclass(frozen=True)
class JawControls:
    """How open, side and forward move one person's joint.

    Attributes:
        length: from the hinge axis to the lower incisors, mm.
        half_width: from the middle to a condyle, mm.
        path: how far the condyles slide forward for each radian of opening, mm.
        slope: how far below the line condyle - incisors they slide, radians.
    """

    length: float
    half_width: float
    path: float
    slope: float

    @classmethod
    def of_joint(cls, joint: JawJoint, jaw_poses: np.ndarray) -> "JawControls":
        """The controls of a joint whose jaw is posed ``jaw_poses`` [E, 4, 4] (mm) in the scans."""
        width = np.linalg.norm(np.asarray(joint.hinge_left) - np.asarray(joint.hinge_right))
        slide = joint.slide_direction
        slope = np.arctan2(-(slide @ joint.up), slide @ joint.front)
        path = opening_path(joint, jaw_poses)
        return cls(joint.length, float(width) / 2, path, float(slope))

    def parameters(self, opening: float, side: float, forward: float) -> np.ndarray:
        """The joint's parameters [4] (radians, mm, mm, mm) of open (radians), side and forward (mm at the incisors)."""
        return np.array([opening, forward + self._carried(opening, side), side, 0.0])

    def controls(self, parameters: np.ndarray) -> np.ndarray:
        """Open (radians), side and forward (mm) [3] of the joint's parameters [4]; the inverse of ``parameters``."""
        opening, slide, side, _shift = np.asarray(parameters, float)
        return np.array([opening, side, slide - self._carried(opening, side)])

    def clipped(self, opening: float, side: float, forward: float, limits: JawLimits) -> np.ndarray:
        """The controls [3] nearest to these that a mandible reaches."""
        low, high = limits.bounds()
        opening, side = np.clip([opening, side], low[[0, 2]], high[[0, 2]])
        carried = self._carried(opening, side)
        return np.array([opening, side, np.clip(forward, low[1] - carried, high[1] - carried)])

    def _carried(self, opening: float, side: float) -> float:
        """How far opening and swing take the middle between the condyles forward, mm."""
        return self.path * opening + self.half_width * abs(side) / self.length


def opening_path(joint: JawJoint, jaw_poses: np.ndarray) -> float:
    """How far the condyles slide for each radian of opening, mm: of the scans that open the jaw, or the usual."""
    left, front = joint.left, joint.front
    opening, slide = [], []
    for pose in np.asarray(jaw_poses, np.float64):
        turned = pose[:3, :3] @ front
        opening.append(np.arctan2(np.cross(front, turned) @ left, front @ turned))
        moved = move_rigidly(joint.pivot, pose) - joint.pivot
        slide.append(moved @ joint.slide_direction)
    opening, slide = np.array(opening), np.array(slide)
    telling = opening > _TELLING_RADIANS
    if not telling.any():
        return float(USUAL_PATH)
    path = (opening[telling] @ slide[telling]) / (opening[telling] @ opening[telling])
    return float(np.clip(path, 0.0, 2 * USUAL_PATH))
