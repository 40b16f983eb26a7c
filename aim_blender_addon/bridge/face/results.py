# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model says, kept where panels can show it without reading the model."""

import bpy
import numpy as np

from ...backend.errors import ModelFileError
from ...backend.geometry.mesh import Mesh
from ...backend.model.aim import AimModel
from ..data import storage
from ..data.same_mesh import same_polygons
from . import anatomy


def keep_model(face: bpy.types.Object, model: AimModel, data: bytes) -> None:
    """Store the model and show what it holds on the face and its scans.

    Args:
        face: the neutral.
        model: what ``data`` holds.
        data: bytes of the model file.
    """
    storage.store_model(face, data)
    _keep_summary(face.aim.report, model)
    if model.fitted is not None:
        anatomy.set_sliders(face, model.report.get("anatomy") or {})
    else:  # sliders stay, for the next Apply
        face.aim.anatomy.property_unset("applied")
    rows = {name: number for number, name in enumerate(model.expression_names)}
    figures = model.report.get("per_expression") or {}
    for scan in face.aim.scans:
        scan.fitted = scan.name in rows
        if scan.fitted:
            number = rows[scan.name]
            _keep_scan(scan, model, number, figures.get(scan.name) or {})


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
    if not same_polygons(neutral, model.neutral):
        raise ModelFileError(
            f"{source} was fitted to a face with other polygons than {neutral.name}: "
            "select the neutral it was fitted to."
        )


def neutral_distance_mm(model: AimModel, neutral: Mesh) -> float:
    """Largest distance between a vertex of ``neutral`` and where the model has it, same faces given."""
    return float(np.linalg.norm(neutral.vertices - model.neutral.vertices, axis=1).max(initial=0.0))


def turn_degrees(pose: np.ndarray) -> float:
    """The angle by which a rigid pose [4, 4] turns, in degrees."""
    cosine = (np.trace(np.asarray(pose, np.float64)[:3, :3]) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _keep_summary(report: bpy.types.PropertyGroup, model: AimModel) -> None:
    figures = model.report.get("skin_error_mm", {})
    report.actor = model.name
    report.date = str(model.report.get("date", ""))
    report.seconds = float(model.report.get("seconds", 0.0))
    report.expressions = len(model.expression_names)
    report.vertices = len(model.neutral.vertices)
    report.bones_estimated = bool(model.bones_estimated)
    report.has_errors = bool(figures)
    report.error_mean_mm = float(figures.get("mean", 0.0))
    report.error_p99_mm = float(figures.get("p99", 0.0))
    report.error_max_mm = float(figures.get("max", 0.0))


def _keep_scan(
    scan: bpy.types.PropertyGroup, model: AimModel, number: int, figures: dict[str, float]
) -> None:
    """The figures of one scan, as far as the report has them."""
    jaw = model.jaw_poses[number]
    scan.jaw_pose = np.asarray(jaw, np.float32).ravel()
    scan.jaw_degrees = figures.get("jaw_open_degrees", turn_degrees(jaw))
    scan.head_motion_mm = figures.get("head_motion_mm", 0.0)
    scan.error_mean_mm = figures.get("mean", 0.0)
    scan.error_max_mm = figures.get("max", 0.0)
