# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a face has the size of a face (numpy only)."""

import numpy as np

from ..errors import ScanError
from ..geometry.mesh import Mesh
from .head_part import find_head

#: millimetres in one unit, for the units a user can choose
MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
#: what a face may measure across, millimetres: small face-only masks to large heads with ears
FACE_WIDTH_MM = (100.0, 250.0)

#: millimetres in units that files are likely to have
_KNOWN_UNITS = {"millimetres": 1.0, "centimetres": 10.0, "inches": 25.4, "metres": 1000.0}


def face_width(mesh: Mesh) -> float:
    """Width of the face in the mesh's own unit, whatever its orientation; without shoulders.

    Raises:
        ScanError: there is nothing to measure, no faces or invalid coordinates.
    """
    if not len(mesh.face_sizes):
        raise ScanError(
            f"'{mesh.name}' has no faces: use the scan's mesh, not its point cloud or curve."
        )
    if not np.isfinite(mesh.vertices).all():
        raise ScanError(
            f"'{mesh.name}' has vertices without a valid position (NaN or infinite): "
            "repair or export the scan again."
        )
    return find_head(mesh).width


def check_face_size(mesh: Mesh, mm_per_unit: float = 1.0) -> None:
    """Raises ScanError unless the face is 100 to 250 mm wide.

    Args:
        mesh: the neutral scan, its vertices already in what is taken for millimetres.
        mm_per_unit: what its numbers were multiplied with, to name the unit that fits them.
    """
    width = face_width(mesh)
    low, high = FACE_WIDTH_MM
    if low <= width <= high:
        return
    measured = (
        f"The face of '{mesh.name}' is {format_length(width)} wide, but a face is "
        f"{low:.0f} to {high:.0f} mm wide"
    )
    unit = fitting_unit(width / mm_per_unit)
    if unit is None:
        raise ScanError(
            f"{measured}: check the scan's unit and scale, and that it holds a single head."
        )
    if unit == "inches":
        raise ScanError(
            f"{measured}: its numbers fit inches, so scale it by 25.4 and set the scan unit to "
            "millimetres."
        )
    raise ScanError(f"{measured}: its numbers fit {unit}, so set the scan unit to {unit}.")


def fitting_unit(width: float) -> str | None:
    """The unit in which a face of this many units is most usual, or None when none fits."""
    low, high = FACE_WIDTH_MM
    usual = (low * high) ** 0.5
    fits = {
        name: max(width * factor / usual, usual / (width * factor))
        for name, factor in _KNOWN_UNITS.items()
        if width > 0 and low <= width * factor <= high
    }
    return min(fits, key=fits.__getitem__) if fits else None


def format_length(mm: float) -> str:
    """A length in the unit that reads best."""
    if mm >= 1000:
        return f"{mm / 1000:.3g} m"
    return f"{mm:.0f} mm" if mm >= 10 else f"{mm:.2g} mm"
