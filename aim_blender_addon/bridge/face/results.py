# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model says, kept where panels can show it without reading the model."""

from collections.abc import Mapping

import bpy
import numpy as np

from ...backend.errors import ModelFileError
from ...backend.geometry.mesh import Mesh
from ...backend.model.aim import AimModel
from ..data import storage
from ..data.meshes import flipped
from ..data.same_mesh import same_polygons
from . import anatomy

#: Beyond this a property of Blender holds no number.
_LARGEST_FLOAT = 3e38


def keep_model(face: bpy.types.Object, model: AimModel, data: bytes) -> None:
    """Store the model and show what it holds on the face and its scans. Nothing is changed when it fails.

    Args:
        face: the neutral.
        model: what ``data`` holds.
        data: bytes of the model file.

    Raises:
        ModelFileError: its report holds something else than figures.
    """
    try:
        summary = _summary(model)
        thickness = _numbers(model.report.get("anatomy") or {})
        figures = {
            name: _figures_of_scan(model, number)
            for number, name in enumerate(model.expression_names)
        }
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(
            f"The report in the model of {model.name} is damaged ({error}); fit the scans again or use another copy."
        ) from error
    storage.store_model(face, data)
    for name, value in summary.items():
        setattr(face.aim.report, name, value)
    if model.fitted is not None:
        anatomy.set_sliders(face, thickness)
    else:  # sliders stay, for the next Apply
        face.aim.anatomy.property_unset("applied")
    for scan in face.aim.scans:
        scan.fitted = scan.name in figures
        for name, value in figures.get(scan.name, {}).items():
            setattr(scan, name, value)


def forget_model(face: bpy.types.Object) -> None:
    """Remove the model and all that was shown of it."""
    storage.remove_model(face)
    for name in face.aim.report.bl_rna.properties.keys():
        face.aim.report.property_unset(name)
    for scan in face.aim.scans:
        for name in (
            "fitted",
            "jaw_pose",
            "jaw_degrees",
            "jaw_uncertain_mm",
            "head_motion_mm",
            "error_mean_mm",
            "error_max_mm",
        ):
            scan.property_unset(name)


def require_same_face(model: AimModel, neutral: Mesh, source: str) -> None:
    """Refuse a model that was fitted to another mesh.

    Raises:
        ModelFileError: the vertex count or the faces differ.
    """
    ours, theirs = len(neutral.vertices), len(model.neutral.vertices)
    if ours != theirs:
        raise ModelFileError(
            f"{source} was fitted to a face of {theirs:,} vertices and {neutral.name} has {ours:,}: "
            "select the neutral it was fitted to."
        )
    if same_polygons(flipped(neutral), model.neutral):
        raise ModelFileError(
            f"{neutral.name} is the mirror image of the face that {source} was fitted to: make its negative scale "
            "positive again."
        )
    if not same_polygons(neutral, model.neutral):
        raise ModelFileError(
            f"{source} was fitted to a face with other polygons than {neutral.name}: "
            "select the neutral it was fitted to."
        )


def turn_degrees(pose: np.ndarray) -> float:
    """The angle by which a rigid pose [4, 4] turns, in degrees."""
    cosine = (np.trace(np.asarray(pose, np.float64)[:3, :3]) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _summary(model: AimModel) -> dict[str, object]:
    """The values of a fit report for the panels, by the names of its properties."""
    report = model.report
    figures = _numbers(report.get("skin_error_mm") or {})
    return {
        "actor": str(model.name),
        "date": str(report.get("date", "")),
        "seconds": _number(report.get("seconds", 0.0)),
        "expressions": len(model.expression_names),
        "vertices": len(model.neutral.vertices),
        "bones_estimated": bool(model.bones_estimated),
        "has_errors": bool(figures),
        "error_mean_mm": figures.get("mean", 0.0),
        "error_p99_mm": figures.get("p99", 0.0),
        "error_max_mm": figures.get("max", 0.0),
    }


def _figures_of_scan(model: AimModel, number: int) -> dict[str, object]:
    """The figures of one scan, as far as the report has them, by the names of a scan's properties."""
    all_figures = model.report.get("per_expression") or {}
    figures = _numbers(all_figures.get(model.expression_names[number]) or {})
    jaw = np.asarray(model.jaw_poses[number], np.float32)
    if not np.isfinite(jaw).all():
        raise ValueError("a jaw pose is no pose")
    return {
        "jaw_pose": jaw.ravel(),
        "jaw_degrees": figures.get("jaw_open_degrees", turn_degrees(model.jaw_poses[number])),
        "jaw_uncertain_mm": figures.get("jaw_uncertain_mm", 0.0),
        "head_motion_mm": figures.get("head_motion_mm", 0.0),
        "error_mean_mm": figures.get("mean", 0.0),
        "error_max_mm": figures.get("max", 0.0),
    }


def _numbers(figures: Mapping[str, object]) -> dict[str, float]:
    return {name: _number(value) for name, value in figures.items() if value is not None}


def _number(value: object) -> float:
    """A figure as a property of Blender holds it.

    Raises:
        TypeError, ValueError, OverflowError: it is none.
    """
    number = float(value)
    if abs(number) > _LARGEST_FLOAT:
        raise ValueError(f"{number} is no figure")
    return number
