# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the face controls lie on a skin, from its landmarks and rims alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..anatomy.survey import FaceSurvey
from ..errors import AimError
from ..geometry.mesh import Mesh
from .table import SIDES

_SIGNS = {"left": 1.0, "right": -1.0}
#: Normals within this length count for a control's own direction, mm of an average adult.
_NORMAL_MM = 10.0


@dataclass(frozen=True)
class Places:
    """Places of controls on a skin, mm, in the mesh's coordinates.

    Attributes:
        points: [3] each, by the control's name; those whose landmarks do not show are not there.
        sources: [N, 3] what each control's skin is near to, by the control's name.
        left_up_front: [3, 3] rows.
        scale: of the face over an average adult's.
    """

    points: Mapping[str, np.ndarray]
    sources: Mapping[str, np.ndarray]
    left_up_front: np.ndarray
    scale: float


def find_places(survey: FaceSurvey) -> Places:
    """The places of all controls that a face shows.

    Raises:
        ScanError: there is no face.
    """
    frame, scale = survey.frame, survey.frame.scale
    marks = {name: frame.to_local(point) for name, point in survey.landmarks.items()}
    rims = {
        name: tuple(frame.to_local(edge) for edge in rim.evenly(21))
        for name, rim in survey.rims.items()
    }
    found: dict[str, np.ndarray] = {}
    sources: dict[str, np.ndarray] = {}
    for side, ending in SIDES.items():
        _about_eye(found, sources, marks, rims.get(f"eye_{side}"), side, ending, scale)
        for name, mark in (("nostril", "alare"), ("mouth_corner", "cheilion")):
            if f"{mark}_{side}" in marks:
                found[name + ending] = marks[f"{mark}_{side}"]
    if "mouth" in rims:
        _about_mouth(found, sources, rims["mouth"], scale)
    if "pogonion" in marks:
        found["chin"] = marks["pogonion"]
    on_skin = {}
    for name, point in found.items():
        depth = point[2] if name.startswith(("lid", "nostril", "mouth")) else _depth(survey, point)
        if np.isfinite(depth):
            on_skin[name] = frame.to_mesh(np.array([point[0], point[1], depth]))
    if not on_skin:
        raise AimError(
            "No place for a face control was found: set landmarks of the eyes and the mouth"
        )
    return Places(
        on_skin,
        {
            name: frame.to_mesh(sources[name]) if name in sources else point[None]
            for name, point in on_skin.items()
        },
        np.stack([frame.left, frame.up, frame.front]),
        scale,
    )


def _depth(survey: FaceSurvey, point: np.ndarray) -> float:
    return float(survey.view.front_depth(point[0], point[1]))


def _about_eye(
    found: dict, sources: dict, marks: dict, rim: tuple | None, side: str, ending: str, scale: float
) -> None:
    """Brows, lids and the cheek of one side; face coordinates."""
    corners = [marks.get(f"eye_{end}_{side}") for end in ("inner", "outer")]
    if any(corner is None for corner in corners):
        return
    (inner, outer), sign = corners, _SIGNS[side]
    middle, wide = (inner + outer) / 2, abs(outer[0] - inner[0])
    top, bottom = middle[1] + 5 * scale, middle[1] - 5 * scale
    if rim is not None:
        top, bottom = rim[0][:, 1].max(), rim[1][:, 1].min()
        for name, edge in (("lid_upper", rim[0]), ("lid_lower", rim[1])):
            found[name + ending], sources[name + ending] = edge[len(edge) // 2], edge
    height = top + 0.5 * wide
    found["brow_inner" + ending] = np.array([0.75 * inner[0], height - 0.05 * wide, 0.0])
    found["brow_mid" + ending] = np.array([middle[0], height, 0.0])
    found["brow_outer" + ending] = np.array([outer[0] + 0.05 * sign * wide, height - 0.1 * wide, 0])
    if "subnasale" in marks:
        low = bottom + 0.75 * (marks["subnasale"][1] - bottom)
        found["cheek" + ending] = np.array([middle[0] + 0.15 * sign * wide, low, 0.0])


def _about_mouth(found: dict, sources: dict, rims: tuple, scale: float) -> None:
    """Lips and the whole mouth; face coordinates. Rims run from the right corner to the left."""
    for name, edge, rise in (("lip_upper", rims[0], 3.0), ("lip_lower", rims[1], -4.0)):
        places = {name: 0.5, f"{name}_side.L": 0.78, f"{name}_side.R": 0.22}
        for place, across in places.items():
            at = edge[round(across * (len(edge) - 1))]
            found[place] = at + np.array([0.0, rise * scale, 0.0])
            sources[place] = edge
    found["mouth"] = (rims[0] + rims[1])[len(rims[0]) // 2] / 2
    sources["mouth"] = np.concatenate(rims)


def axes_at(mesh: Mesh, point: np.ndarray, places: Places) -> np.ndarray:
    """[3, 3] rows X (to the right), Y (out of the skin), Z (up) of a control."""
    _left, up, front = places.left_up_front
    away = np.linalg.norm(mesh.vertices - point, axis=1) / (_NORMAL_MM * places.scale)
    normals = mesh.normals.astype(np.float64)
    weight = np.maximum(1 - away**2, 0) * np.maximum(normals @ front, 0)
    out = weight @ normals
    out = front + out / max(np.linalg.norm(out), 1e-9)
    out = out / np.linalg.norm(out)
    rise = up - (up @ out) * out
    rise = rise / np.linalg.norm(rise)
    return np.stack([np.cross(out, rise), out, rise])
