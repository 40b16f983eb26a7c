# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a face stands against the model that was fitted to it (numpy only).

A model made from files has the axes, the origin and the unit of the files. In a scene the same scans may stand with
another axis up, about another origin and in another unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ModelFileError
from ..geometry.rigid import fit_similarity, move_rigidly

#: Two scans whose vertices come this near, once one is moved onto the other, are one scan, mm.
SAME_SCAN_MM = 0.1
#: A model that lies this near to where it could lie best is not moved, mm.
IN_PLACE_MM = 0.002
#: Rotations this near to quarter turns are quarter turns, as files differ in the order of their axes.
_QUARTER_TURN = 2e-6
#: A unit explains the size of a face within this fraction, or another scan's within the second one.
_SAME_SIZE = 2e-5
_SIMILAR_SIZE = 0.05
#: Faces of another shape are turned against each other from this angle on, degrees.
_TURNED_DEGREES = 20.0


@dataclass(frozen=True)
class Place:
    """Where a face of the scene stands.

    Attributes:
        motion: [4, 4] mm, from the model's head space to the face's; the identity for a face of another shape.
        mm_per_unit: millimetres in a unit of the face.
        same_scan: whether the face has the shape of the model's neutral.
    """

    motion: np.ndarray
    mm_per_unit: float
    same_scan: bool

    @property
    def moved(self) -> bool:
        """Whether the model has to be moved."""
        return not np.array_equal(self.motion, np.eye(4))


def find_place(
    fitted: np.ndarray, face: np.ndarray, units: Sequence[float], source: str, name: str
) -> Place:
    """Where a face stands against the neutral of a model that has its polygons.

    Args:
        fitted: [V, 3] mm, the neutral of the model.
        face: [V, 3] the face's vertices in its own units, rotation and location of its object undone.
        units: millimetres in one of those units: what it may be, what is likeliest first.
        source, name: of the model and of the face, for messages.

    Raises:
        ModelFileError: no unit makes the face as large as the model, it is stretched, or it has another shape and
            stands elsewhere.
    """
    fitted, face = np.asarray(fitted, np.float64), np.asarray(face, np.float64)
    rotation, per_mm, shift = fit_similarity(fitted, face)
    if not np.isfinite(per_mm) or per_mm <= 0:
        raise ModelFileError(f"{name} has no size: choose the neutral that {source} was fitted to.")
    moved = (per_mm * fitted @ rotation.T + shift) / per_mm
    apart = np.linalg.norm(face / per_mm - moved, axis=1).max()
    if apart > SAME_SCAN_MM:
        unit = _unit_of_another(fitted, face, units, rotation, per_mm, source, name)
        return Place(np.eye(4), unit, same_scan=False)
    unit = next((unit for unit in units if abs(unit * per_mm - 1) < _SAME_SIZE), None)
    if unit is None:
        raise ModelFileError(
            f"{name} is {per_mm * units[0]:.5g} times as large as the neutral of {source}: "
            "set its scale back, or fit its scans as they are now."
        )
    if np.linalg.norm(face * unit - fitted, axis=1).max() < apart + IN_PLACE_MM:
        return Place(np.eye(4), unit, same_scan=True)
    motion = np.eye(4)
    motion[:3, :3] = _whole_turns(rotation)
    motion[:3, 3] = face.mean(axis=0) * unit - motion[:3, :3] @ fitted.mean(axis=0)
    return Place(motion, unit, same_scan=True)


def distance(fitted: np.ndarray, face: np.ndarray, place: Place) -> float:
    """Largest distance in mm between a vertex of a face (as for :func:`find_place`) and where the model has it."""
    moved = move_rigidly(np.asarray(fitted, np.float64), place.motion)
    return float(np.linalg.norm(face * place.mm_per_unit - moved, axis=1).max(initial=0.0))


def _whole_turns(rotation: np.ndarray) -> np.ndarray:
    whole = np.round(rotation)
    return whole if np.abs(rotation - whole).max() < _QUARTER_TURN else rotation


def _unit_of_another(
    fitted: np.ndarray,
    face: np.ndarray,
    units: Sequence[float],
    rotation: np.ndarray,
    per_mm: float,
    source: str,
    name: str,
) -> float:
    """The unit of a face with another shape than the model's neutral.

    Raises:
        ModelFileError: see :func:`find_place`.
    """
    design = np.column_stack([fitted - fitted.mean(axis=0), np.ones(len(fitted))])
    stretched = design @ np.linalg.lstsq(design, face, rcond=None)[0]
    if np.linalg.norm(face - stretched, axis=1).max() / per_mm < SAME_SCAN_MM:
        raise ModelFileError(
            f"{name} is the neutral of {source} stretched unevenly: set its scale back, or fit its scans as they are "
            "now."
        )
    cosine = np.clip((np.trace(rotation) - 1) / 2, -1, 1)
    degrees = np.degrees(np.arccos(cosine))
    if degrees > _TURNED_DEGREES:
        raise ModelFileError(
            f"{name} has another shape than the neutral of {source} and is turned by {degrees:.0f} degrees against it: "
            "choose the neutral it was fitted to, or turn the mesh as that one stands and apply its rotation."
        )
    unit = next((unit for unit in units if abs(unit * per_mm - 1) < _SIMILAR_SIZE), None)
    if unit is None:
        raise ModelFileError(
            f"{name} has another shape than the neutral of {source} and is {per_mm * units[0]:.4g} times as large: "
            "choose the neutral it was fitted to, or set its scale or Scan Unit."
        )
    return unit
