# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The joint between skull and mandible: condyles that turn and slide, with limits (numpy only).

A jaw has no six free axes. It turns about the line through the condyles. The condyles slide forward and down the
joint surface, together (protrusion) or against each other (lateral excursion). They also shift sideways a little.
Four numbers hold a pose: opening angle, forward slide, lateral swing of the incisors, sideways shift.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ...geometry.rigid import move_rigidly

#: Angle between the line condyle - lower incisor and the occlusal plane [Balkwill]: 22 to 27 degrees in adults.
BALKWILL_DEGREES = 25.0
#: Angle of the condylar path below Camper's plane, which runs parallel to the occlusal plane [Camper]. Less the
#: Balkwill angle, it is how far below the condyle-incisor line the condyle slides.
CONDYLAR_PATH_DEGREES = 33.0
#: Fall of the line from condyles to incisors below the horizontal of a head.
_DROP = np.radians(22.0)


@dataclass(frozen=True)
class JawLimits:
    """How far a mandible goes ([Travers2000], [Mapelli2009], [Neumann]).

    Attributes:
        open_degrees: largest opening angle; the neutral bite is zero.
        forward_mm: largest protrusion of the condyles.
        back_mm: largest retrusion.
        side_mm: largest lateral swing, at the incisors.
        shift_mm: largest sideways shift of the whole mandible.
        rise: how far the chin may turn up, mm at the incisors for each mm of protrusion. The condyles go down the
            joint surface more steeply than the incisors glide on each other.
    """

    open_degrees: float = 38.0
    forward_mm: float = 12.0
    back_mm: float = 1.5
    side_mm: float = 14.0
    shift_mm: float = 5.0
    rise: float = 0.12

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bounds [4], [4] of (open radians, forward, side, shift mm); without the rise."""
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
    def left_front_up(self) -> np.ndarray:
        """Unit rows [3, 3]: towards the person's left condyle, towards the incisors (made square to it), up."""
        left = np.asarray(self.hinge_left, float) - np.asarray(self.hinge_right, float)
        left = left / np.linalg.norm(left)
        front = np.asarray(self.incisor, float) - self.pivot
        front = front - left * (front @ left)
        front = front / np.linalg.norm(front)
        return np.stack([left, front, np.cross(front, left)])

    @property
    def left(self) -> np.ndarray:
        """Unit vector [3] along the hinge axis to the person's left."""
        return self.left_front_up[0]

    @property
    def front(self) -> np.ndarray:
        """Unit vector [3] from the hinge axis towards the incisors, square to ``left``."""
        return self.left_front_up[1]

    @property
    def up(self) -> np.ndarray:
        """Unit vector [3] square to ``left`` and ``front``."""
        return self.left_front_up[2]

    @property
    def head_axes(self) -> np.ndarray:
        """Unit rows [3, 3]: left, front and up of the head, front being level with the eyes' look at rest."""
        left, along, above = self.left_front_up
        front = np.cos(_DROP) * along + np.sin(_DROP) * above
        return np.stack([left, front, np.cross(front, left)])

    @property
    def bite_axes(self) -> np.ndarray:
        """Unit rows [3, 3]: left, front and up of the bite, whose plane rises from the line to the condyles."""
        left, along, above = self.left_front_up
        angle = np.radians(BALKWILL_DEGREES)
        front = np.cos(angle) * along + np.sin(angle) * above
        return np.stack([left, front, np.cross(front, left)])

    @cached_property
    def length(self) -> float:
        """Distance from the hinge axis to the incisors, mm."""
        return float(np.linalg.norm(np.asarray(self.incisor, float) - self.pivot))

    @cached_property
    def unit_sizes(self) -> np.ndarray:
        """[4] mm that the incisors move by for a unit of each parameter (a radian, and three millimetres)."""
        return np.array([self.length, 1.0, 1.0, 1.0])

    @cached_property
    def slide_direction(self) -> np.ndarray:
        """Unit direction [3] along which the condyles slide forward."""
        angle = np.radians(CONDYLAR_PATH_DEGREES - BALKWILL_DEGREES)
        return np.cos(angle) * self.front - np.sin(angle) * self.up

    def pose(self, parameters: np.ndarray) -> np.ndarray:
        """Jaw transform [4, 4] of (open radians, forward mm, side mm, shift mm); float64.

        Positive opening lowers the chin, positive side swings the incisors to the person's left.
        """
        opening, forward, side, shift = np.asarray(parameters, float)
        rotation = _rotation(self.up, side / self.length) @ _rotation(self.left, opening)
        pivot = self.pivot
        matrix = np.eye(4)
        matrix[:3, :3] = rotation
        matrix[:3, 3] = (
            pivot - rotation @ pivot + forward * self.slide_direction + shift * self.left
        )
        return matrix

    def slopes(
        self,
        points: np.ndarray,
        parameters: np.ndarray,
        moved: np.ndarray,
        weight: np.ndarray | None = None,
        step: float = 1e-5,
        exact_shifts: bool = False,
    ) -> np.ndarray:
        """How points on the jaw move with its parameters, [N, 3, 4] mm a unit, by finite differences.

        Args:
            points: [N, 3] mm, in rest.
            parameters: [4].
            moved: [N, 3] mm, the points moved by the pose of these parameters.
            weight: [N] jaw weight of the points; None: all move with the jaw.
            step: of a parameter, radians or mm.
            exact_shifts: slide and shift move all points alike, so that their slopes need no differences.
        """
        slopes = np.empty((len(points), 3, 4))
        for number, change in enumerate(step * np.eye(4)):
            if exact_shifts and number in (1, 3):
                slopes[:, :, number] = self.slide_direction if number == 1 else self.left
                continue
            motion = move_rigidly(points, self.pose(parameters + change)) - moved
            if weight is not None:
                motion = weight[:, None] * motion
            slopes[:, :, number] = motion / step
        return slopes

    def within_limits(self, parameters: np.ndarray) -> np.ndarray:
        """The parameters [4] clipped to the limits."""
        low, high = self.limits.bounds()
        clipped = np.clip(np.asarray(parameters, float), low, high)
        lower_bound = -self.limits.rise * max(clipped[1], 0.0) / self.length
        clipped[0] = np.clip(parameters[0], lower_bound, high[0])
        return clipped

    def parameters(self, jaw: np.ndarray) -> np.ndarray:
        """The parameters [4] whose pose is nearest to any jaw transform [4, 4], within the limits or not.

        Nearest at condyles and incisors; a jaw transform with motions that the joint does not have is not
        reproduced exactly.
        """
        points = np.array([self.hinge_left, self.hinge_right, self.incisor, self.incisor], float)
        points[3] += 20 * self.up
        target = move_rigidly(points, jaw)

        def residual(values: np.ndarray) -> np.ndarray:
            return (move_rigidly(points, self.pose(values)) - target).ravel()

        found = np.zeros(4)
        for _ in range(20):
            slopes = slopes_of(residual, found)
            change = np.linalg.lstsq(slopes, residual(found), rcond=None)[0]
            found = found - change
            if np.abs(change).max() < 1e-10:
                break
        return found

    def incisor_motion(self, jaw: np.ndarray) -> np.ndarray:
        """How far [3] mm a jaw transform [4, 4] moves the lower incisors."""
        point = np.asarray(self.incisor, float)
        return move_rigidly(point, jaw) - point


def slopes_of(
    function: Callable[[np.ndarray], np.ndarray], parameters: np.ndarray, step: float = 1e-5
) -> np.ndarray:
    """How the values [N] of a function change with its parameters [P], [N, P], by finite differences."""
    values = function(parameters)
    changes = step * np.eye(len(parameters))
    return np.stack([(function(parameters + change) - values) / step for change in changes], 1)


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    """Rotation matrix [3, 3] about a unit axis (Rodrigues)."""
    x, y, z = (float(part) for part in axis)
    sine, cosine = math.sin(angle), math.cos(angle)
    rest = 1 - cosine
    return np.array(  # written out: it is needed tens of times in a frame
        [
            [cosine + rest * x * x, rest * x * y - sine * z, rest * x * z + sine * y],
            [rest * x * y + sine * z, cosine + rest * y * y, rest * y * z - sine * x],
            [rest * x * z - sine * y, rest * y * z + sine * x, cosine + rest * z * z],
        ]
    )
