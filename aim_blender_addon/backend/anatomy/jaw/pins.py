# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jaw poses that a user knows better: posed by hand, or marked at teeth that a scan shows (numpy only)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import FitError, one_line
from .joint import JawJoint, slopes_of

#: In a usual closed bite the lower incisors' edge lies this far behind that of the upper ones, mm,
USUAL_OVERJET_MM = 2.5
#: and this far above it, mm.
USUAL_OVERBITE_MM = 2.5
#: A pinned matrix may miss a rigid motion by this much (numbers typed or stored in single precision).
_RIGID_SLACK = 1e-3
#: Marks may miss what the joint can do by this much, mm.
_MARK_SLACK_MM = 6.0
#: What a pin in JSON has to be, for the message.
_LAST_ROW = (0.0, 0.0, 0.0, 1.0)
#: No length of a head in any unit is larger.
_FARTHEST = 1e7
#: No jaw moves its incisors farther than this, mm; a mouth opened as far as it goes moves them by half of it.
_FARTHEST_INCISOR_MM = 150.0
_FORM = 'give {"matrix": 4 rows of 4 numbers} or {"lower_incisor": [x, y, z], "upper_incisor": [x, y, z]}'


@dataclass(frozen=True)
class JawPin:
    """What is known of the jaw in one scan: a pose, or two marks.

    Attributes:
        matrix: [4, 4] jaw transform in head space, mm, or None.
        lower_incisor: [3] edge of the lower central incisors in the scan as it came, mm, or None.
        upper_incisor: [3] the same of the upper ones.
    """

    matrix: np.ndarray | None = None
    lower_incisor: np.ndarray | None = None
    upper_incisor: np.ndarray | None = None


def read_pin(name: str, entry: Any, mm_per_unit: float = 1.0) -> JawPin:
    """A pin as it stands in JSON: of a message to the worker, or of ``jaw_pins.json``.

    Args:
        name: of the scan, for the message.
        entry: ``{"matrix": [4][4]}`` or ``{"lower_incisor": [3], "upper_incisor": [3]}``.
        mm_per_unit: millimetres in one unit of its lengths.

    Raises:
        FitError: it is neither, or its matrix is no rigid motion.
    """
    try:
        if "matrix" in entry:
            matrix = np.array(entry["matrix"], float)
            if matrix.shape != (4, 4) or not (np.abs(matrix) <= _FARTHEST).all():
                raise ValueError("its matrix is not 4 rows of 4 finite numbers")
            turn = matrix[:3, :3]
            off = max(np.abs(turn @ turn.T - np.eye(3)).max(), np.abs(matrix[3] - _LAST_ROW).max())
            if off > _RIGID_SLACK or np.linalg.det(turn) < 0:
                raise ValueError("its matrix is no rigid motion")
            matrix[3] = _LAST_ROW
            matrix[:3, 3] *= mm_per_unit
            return JawPin(matrix)
        lower, upper = (
            np.array(entry[f"{row}_incisor"], float) * mm_per_unit for row in ("lower", "upper")
        )
        if lower.shape != (3,) or upper.shape != (3,):
            raise ValueError("its marks are not two points")
        if not (np.abs([lower, upper]) <= _FARTHEST).all():
            raise ValueError("its marks are not finite")
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise FitError(
            f"The pinned jaw of '{one_line(name)}' cannot be used ({one_line(error)}): {_FORM}"
        ) from error
    return JawPin(lower_incisor=lower, upper_incisor=upper)


def pinned_poses(
    pins: Mapping[str, JawPin],
    neutral_name: str,
    names: Sequence[str],
    joint: JawJoint,
    head_poses: np.ndarray,
) -> dict[int, np.ndarray]:
    """Jaw transforms [4, 4] by scan number.

    Args:
        pins: by scan name; marks under the neutral's name give this person's own bite.
        neutral_name: of the neutral.
        names: of the E scans.
        joint: the person's jaw joint.
        head_poses: [E, 4, 4] head motion of each scan.

    Raises:
        FitError: a pin names no scan, or its marks cannot be reached by a jaw.
    """
    bite, found = None, {}
    if neutral_name in pins and pins[neutral_name].lower_incisor is not None:
        bite = pins[neutral_name].lower_incisor - pins[neutral_name].upper_incisor
    for name, pin in pins.items():
        if name == neutral_name:
            if pin.matrix is not None and not np.allclose(pin.matrix, np.eye(4), atol=_RIGID_SLACK):
                raise FitError(
                    f"The jaw of '{name}' is pinned, but that is the neutral, where the jaw rests: "
                    "remove the pin, or name the scan it is of"
                )
            continue
        if name not in names:
            raise FitError(
                f"The jaw of '{one_line(name)}' is pinned, but there is no scan of that name: rename or remove the pin"
            )
        index = list(names).index(name)
        if pin.matrix is not None:
            found[index] = np.asarray(pin.matrix, float)
            moved = np.linalg.norm(joint.incisor_motion(found[index]))
            if not moved <= _FARTHEST_INCISOR_MM:
                raise FitError(
                    f"The pinned jaw of '{name}' moves the lower incisors by {moved:,.0f} mm, which no jaw does: "
                    "give its motion in head space, in the unit of the meshes"
                )
        else:
            turn = head_poses[index][:3, :3]
            apart = (pin.lower_incisor - pin.upper_incisor) @ turn  # head space
            found[index] = joint.pose(_from_marks(joint, apart, bite, name))
    return found


def jaw_from_incisors(
    joint: JawJoint, lower: np.ndarray, upper: np.ndarray, bite: np.ndarray | None = None
) -> np.ndarray:
    """The joint's parameters [4] that bring the lower incisors where they were marked.

    Only the displacement from the upper mark to the lower one counts. The upper teeth do not move in the head, so
    that any head motion cancels.

    Args:
        joint: the person's jaw joint.
        lower: [3] mm, edge of the lower central incisors, head space (or displaced with ``upper``).
        upper: [3] mm, edge of the upper central incisors.
        bite: [3] mm, the same displacement in the neutral; None for a usual closed bite.

    Raises:
        FitError: no jaw reaches this, one mark is misplaced.
    """
    return _from_marks(joint, np.asarray(lower, float) - np.asarray(upper, float), bite, "the scan")


def _from_marks(
    joint: JawJoint, apart: np.ndarray, bite: np.ndarray | None, name: str
) -> np.ndarray:
    goal = np.asarray(joint.incisor, float) + apart - (usual_bite(joint) if bite is None else bite)
    found = np.zeros(4)
    # Three numbers for four: a mandible swings rather than shifts, so that is held lightly.
    hold = np.diag([0.0, 0.0, 0.0, 0.3])

    def residual(values: np.ndarray) -> np.ndarray:
        return joint.incisor + joint.incisor_motion(joint.pose(values)) - goal

    for _ in range(50):
        slope = slopes_of(residual, found)
        system = slope.T @ slope + hold + 1e-9 * np.eye(4)
        found = joint.within_limits(
            found - np.linalg.solve(system, slope.T @ residual(found) + hold @ found)
        )
    distance = np.linalg.norm(residual(found))
    if distance > _MARK_SLACK_MM:
        raise FitError(
            f"The teeth marked in '{name}' are {distance:.0f} mm away from where a jaw can bring them: "
            "mark the edges of the middle upper and lower incisors again"
        )
    return found


def usual_bite(joint: JawJoint) -> np.ndarray:
    """The displacement [3] mm from the upper to the lower incisors' edges in a usual closed bite, head space."""
    _left, level, square = joint.bite_axes
    return USUAL_OVERBITE_MM * square - USUAL_OVERJET_MM * level
