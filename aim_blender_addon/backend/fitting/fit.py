# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit the anatomical model to an actor: scans and bones in, model and figures out (torch, in the worker)."""

import sys
import time
from dataclasses import dataclass, field

import numpy as np
import torch

from ..anatomy.bones.check import check_bones
from ..anatomy.bones.jaw_room import conflict_warnings, jaw_conflicts
from ..anatomy.bones.joint_landmarks import joint_landmarks
from ..anatomy.head.frame import FaceFrame
from ..anatomy.jaw.from_skin import JawPoses, JawSettings, solve_jaw_poses
from ..anatomy.jaw.from_teeth import jaws_of_teeth
from ..anatomy.jaw.joint import JawJoint
from ..anatomy.jaw.pins import pinned_poses
from ..anatomy.survey import FaceSurvey
from ..anatomy.tissue.measured import DenseAnatomy, measure_anatomy, refine_jaw_weight
from ..errors import BonesError
from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import Mesh
from ..geometry.skinning import undo_jaw
from ..model.aim import AimModel
from ..progress import Progress, section, silent
from ..scans.checks import check_scans
from ..scans.head_motion import motion_size, remove_head_motion
from ..scans.units import check_face_size
from .actor import Actor
from .device import choose_device
from .seams import closed, opened
from .training import NetworkSettings, solve_heads, train_network

#: Gains of thickness, of the three components of the normal and of the jaw weight while the hidden layers are
#: trained. A millimetre of displacement has gain one.
ANATOMY_GAIN = (0.2, 3.0, 3.0, 3.0, 3.0)


@dataclass(frozen=True)
class FitSettings:
    """All choices of a fit.

    Attributes:
        device: "auto", "cpu", "cuda" or "mps"; see ``device.choose_device``.
        seed: of the network's start; the same seed gives the same model on the same machine.
        eigenfunctions: intrinsic coordinates beside position and normal.
        normal_smoothing_mm: length over which the normals among the coordinates are smoothed.
        jaw: how jaw poses are sought.
        network: size and training of the network.
    """

    device: str = "auto"
    seed: int = 0
    eigenfunctions: int = 16
    normal_smoothing_mm: float = 3.0
    jaw: JawSettings = field(default_factory=JawSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)


@dataclass(frozen=True)
class FittedActor:
    """A model and its figures (``report`` is ready for JSON; the command line writes it as it is)."""

    model: AimModel
    report: dict


def fit_actor(
    actor: Actor,
    settings: FitSettings | None = None,
    progress: Progress = silent,
    name: str = "Actor",
    landmarks: dict[str, np.ndarray] | None = None,
) -> FittedActor:
    """The model of an actor.

    Args:
        actor: neutral and expressions of one topology, millimetres; bones or None.
        settings: None for the defaults.
        progress: told what is being done; may raise ``JobCancelled``.
        name: of the actor, stored in the model.
        landmarks: skin landmarks set by hand, for estimated bones; head space, mm.

    Raises:
        ScanError, BonesError, FitError: what is wrong, in one sentence; a pin too.
    """
    settings = settings or FitSettings()
    started = time.perf_counter()
    progress("Checking the scans", 0.0, {})
    check_scans(actor.neutral, actor.expressions)
    check_face_size(actor.neutral)
    device = choose_device(settings.device)
    as_read = actor.neutral
    actor, point = closed(actor)
    neutral, names = actor.neutral, tuple(scan.name for scan in actor.expressions)
    positions = np.stack([scan.vertices for scan in actor.expressions])  # [E, V, 3]

    progress("Removing head motion", 0.02, {})
    scans, head_poses = remove_head_motion(neutral, positions)

    survey = FaceSurvey(neutral, landmarks or {})
    skull, jaw, estimated = _bones(actor, survey, section(progress, 0.04, 0.14))
    progress("Finding the jaw joint", 0.14, {})
    joint = jaw_joint(neutral, skull, jaw, survey.frame)
    progress("Measuring tissue over the bones", 0.17, {})
    operator = SurfaceOperator.of(neutral.vertices, neutral.triangles)
    anatomy = measure_anatomy(neutral, skull, jaw, operator, joint)
    by_teeth, teeth = jaws_of_teeth(actor.pieces, names, joint, head_poses)
    pins = by_teeth | pinned_poses(actor.jaw_pins, neutral.name, names, joint, head_poses)
    poses = solve_jaw_poses(
        neutral,
        scans,
        anatomy.hits,
        joint,
        settings.jaw,
        section(progress, 0.19, 0.4),
        pins,
    )
    weight = refine_jaw_weight(anatomy, neutral.vertices, scans, poses.matrices, operator)

    progress("Fitting the expressions", 0.42, {})
    coordinates = skin_coordinates(neutral, operator, settings)
    rest = neutral.vertices.astype(np.float64)
    displacements = np.stack(
        [
            undo_jaw(scan, matrix, weight) - rest
            for scan, matrix in zip(scans, poses.matrices, strict=True)
        ]
    )  # [E, V, 3]
    columns = displacements.transpose(1, 0, 2).reshape(len(rest), -1)  # [V, 3E]
    targets = np.column_stack([anatomy.thickness, anatomy.normal, weight, columns])  # [V, 5 + 3E]
    network = train_network(
        coordinates,
        columns,
        targets[:, : len(ANATOMY_GAIN)] * ANATOMY_GAIN,
        settings.network,
        device,
        settings.seed,
        section(progress, 0.42, 0.95),
    )
    heads = solve_heads(network, coordinates, targets, settings.network.final_ridge, device)
    smooth = network.features(coordinates) @ heads[:, :4]
    model = AimModel(
        name=name,
        neutral=neutral,
        coordinates=coordinates,
        network=network,
        heads=heads,
        bone_below=anatomy.bone_below.astype(np.float32),
        anatomy_detail=(targets[:, :4] - smooth).astype(np.float32),
        expression_names=names,
        jaw_poses=poses.matrices,
        head_poses=head_poses,
        joint=joint,
        skull=skull,
        jaw=jaw,
        bones_estimated=estimated,
    )
    progress("Measuring the fit", 0.97, {})
    report = _report(model, scans, poses, anatomy, device, settings)
    conflicts = jaw_conflicts(neutral, skull, jaw, joint)
    report["jaw_by_teeth"] = teeth
    report["bone_warnings"] = conflict_warnings(jaw, skull, conflicts)
    report["seconds"] = round(time.perf_counter() - started, 2)
    progress("Done", 1.0, {"skin_error_mm": report["skin_error_mm"]["mean"]})
    return FittedActor(opened(model, as_read, point).with_report(report), report)


def jaw_joint(neutral: Mesh, skull: Mesh, jaw: Mesh, frame: FaceFrame | None = None) -> JawJoint:
    """The jaw joint that the bones' shape gives; the neutral's ``frame`` is found if it is not given."""
    points = joint_landmarks(neutral, skull, jaw, frame)
    return JawJoint(points["condyle_left"], points["condyle_right"], points["lower_incisor"])


def skin_coordinates(neutral: Mesh, operator: SurfaceOperator, settings: FitSettings) -> np.ndarray:
    """What the network sees of each vertex, [V, 3 + K + 3] float32, each of order one.

    Position scaled to [-1, 1], eigenfunctions, normals smoothed over a few millimetres.
    """
    places = neutral.vertices.astype(np.float64)
    places = places - places.mean(axis=0)
    places /= np.abs(places).max()
    normals = operator.smoothed(neutral.normals, settings.normal_smoothing_mm)
    functions = operator.eigenfunctions(settings.eigenfunctions)
    return np.column_stack([places, functions / 3, normals / 2]).astype(np.float32)


def _bones(actor: Actor, survey: FaceSurvey, progress: Progress) -> tuple[Mesh, Mesh, bool]:
    """Skull and jaw as given and checked, or estimated; True if estimated."""
    if actor.skull is not None and actor.jaw is not None:
        progress("Checking the bones", 0.5, {})
        check_bones(actor.neutral, actor.skull, actor.jaw)
        return actor.skull, actor.jaw, False
    if (actor.skull is None) != (actor.jaw is None):
        given, missing = ("skull", "jaw") if actor.jaw is None else ("jaw", "skull")
        raise BonesError(
            f"'{actor.neutral.name}' has a {given} but no {missing}: add the {missing} mesh, "
            "or take both away and have them estimated"
        )
    from ..anatomy.bones.estimate import estimate_surveyed  # much code that given bones do not need

    estimated = estimate_surveyed(survey, progress)
    return estimated.skull, estimated.jaw, True


def _report(
    model: AimModel,
    scans: np.ndarray,
    poses: JawPoses,
    anatomy: DenseAnatomy,
    device: torch.device,
    settings: FitSettings,
) -> dict:
    """Figures of a finished fit, ready for JSON."""
    errors = np.stack(
        [np.linalg.norm(model.scan(i) - scan, axis=1) for i, scan in enumerate(scans)]
    )  # [E, V]
    per_expression = {}
    for index, name in enumerate(model.expression_names):
        degrees, millimetres = motion_size(model.head_poses[index], model.neutral)
        opening, forward, side, shift = poses.parameters[index]
        per_expression[name] = {
            **_figures(errors[index]),
            "jaw_open_degrees": round(float(np.degrees(opening)), 3),
            "jaw_forward_mm": round(float(forward), 3),
            "jaw_side_mm": round(float(side + shift), 3),
            "jaw_disagreement_mm": round(float(poses.disagreement_mm[index]), 3),
            "jaw_uncertain_mm": round(float(poses.uncertain_mm[index]), 3),
            "jaw_pinned": bool(poses.pinned[index]),
            "head_motion_degrees": round(degrees, 3),
            "head_motion_mm": round(millimetres, 3),
        }
    return {
        "skin_error_mm": _figures(errors),
        "per_expression": per_expression,
        "jaw": {
            name: matrix.tolist()
            for name, matrix in zip(model.expression_names, model.jaw_poses, strict=True)
        },
        "peak_memory_mb": round(peak_memory_mb(), 1),
        "device": str(device),
        "seed": settings.seed,
        "vertices": len(model.neutral.vertices),
        "expressions": len(model.expression_names),
        "bones_estimated": model.bones_estimated,
        "skin_over_bone_percent": round(100 * float((anatomy.bone_below > 0).mean()), 1),
    }


def _figures(errors: np.ndarray) -> dict[str, float]:
    """Mean, 95th and 99th percentile and largest of distances in mm."""
    values = {
        "mean": errors.mean(),
        "p95": np.percentile(errors, 95),
        "p99": np.percentile(errors, 99),
        "max": errors.max(),
    }
    return {key: round(float(value), 4) for key, value in values.items()}


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far, MB; zero on Windows, which does not give it."""
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
