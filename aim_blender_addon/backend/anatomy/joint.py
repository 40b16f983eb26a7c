# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The joint between skull and mandible: condyles that turn and slide, with limits (numpy only).

A jaw has no six free axes. It turns about the line through the condyles, the condyles slide forward
and down along the joint surface together (protrusion) or against each other (lateral excursion), and
shift sideways a little. Four numbers hold a pose: opening angle, forward slide, lateral swing of the
incisors, sideways shift.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

#: Angle between the line condyle - lower incisor and the occlusal plane (Balkwill angle, 22 to 27
#: degrees in adults) and of the condylar path below that plane (33 degrees to Camper's plane, which
#: runs parallel to the occlusal plane; methods.md E3). Their difference is how far below the
#: condyle-incisor line the condyle slides.
BALKWILL_DEGREES = 25.0
CONDYLAR_PATH_DEGREES = 33.0


@dataclass(frozen=True)
class JawLimits:
    """How far a mandible goes (Travers 2000, Mapelli 2009, Neumann; methods.md E3).

    Attributes:
        open_degrees: largest opening angle; the neutral bite is zero.
        forward_mm: largest protrusion of the condyles.
        back_mm: largest retrusion.
        side_mm: largest lateral swing, at the incisors.
        shift_mm: largest sideways shift of the whole mandible.
    """

    open_degrees: float = 38.0
    forward_mm: float = 12.0
    back_mm: float = 1.5
    side_mm: float = 14.0
    shift_mm: float = 5.0

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bounds [4], [4] of (open radians, forward, side, shift mm)."""
        low = [0.0, -self.back_mm, -self.side_mm, -self.shift_mm]
        high = [np.radians(self.open_degrees), self.forward_mm, self.side_mm, self.shift_mm]
        return np.array(low), np.array(high)


@dataclass(frozen=True)
class JawJoint:
    """One person's jaw joint, head space, millimetres.

    Attributes:
        hinge_left: [3] centre of the person's left condyle.
        hinge_right: [3] centre of the right condyle.
        incisor: [3] midpoint of the lower central incisors' edges.
        limits: how far the jaw goes.
    """

    hinge_left: np.ndarray
    hinge_right: np.ndarray
    incisor: np.ndarray
    limits: JawLimits = field(default_factory=JawLimits)

    @cached_property
    def pivot(self) -> np.ndarray:
        """Midpoint [3] between the condyles."""
        return (np.asarray(self.hinge_left, float) + np.asarray(self.hinge_right, float)) / 2

    @cached_property
    def axes(self) -> np.ndarray:
        """Rows [3, 3]: towards the left condyle, towards the incisors (made square to it), up."""
        left = np.asarray(self.hinge_left, float) - np.asarray(self.hinge_right, float)
        left = left / np.linalg.norm(left)
        front = np.asarray(self.incisor, float) - self.pivot
        front = front - left * (front @ left)
        front = front / np.linalg.norm(front)
        return np.stack([left, front, np.cross(front, left)])

    @cached_property
    def length(self) -> float:
        """Distance from the hinge axis to the incisors, mm."""
        return float(np.linalg.norm(np.asarray(self.incisor, float) - self.pivot))

    @cached_property
    def slide_direction(self) -> np.ndarray:
        """Unit direction [3] along which the condyles slide forward."""
        _, front, up = self.axes
        angle = np.radians(CONDYLAR_PATH_DEGREES - BALKWILL_DEGREES)
        return np.cos(angle) * front - np.sin(angle) * up

    def pose(self, parameters: np.ndarray) -> np.ndarray:
        """Jaw transform [4, 4] of (open radians, forward mm, side mm, shift mm); float64.

        Positive opening lowers the chin, positive side swings the incisors to the person's left.
        """
        opening, forward, side, shift = np.asarray(parameters, float)
        left, _, up = self.axes
        rotation = _rotation(up, side / self.length) @ _rotation(left, opening)
        pivot = self.pivot
        matrix = np.eye(4)
        matrix[:3, :3] = rotation
        matrix[:3, 3] = pivot - rotation @ pivot + forward * self.slide_direction + shift * left
        return matrix

    def incisor_motion(self, jaw: np.ndarray) -> np.ndarray:
        """How far [3] mm a jaw transform [4, 4] moves the lower incisors."""
        point = np.asarray(self.incisor, float)
        return jaw[:3, :3] @ point + jaw[:3, 3] - point


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    """Rotation matrix [3, 3] about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
