# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model in another place: the same face with other axes or another origin (numpy only)."""

from dataclasses import replace

import numpy as np

from ..anatomy.jaw.joint import JawJoint
from ..geometry.mesh import Mesh
from ..geometry.rigid import move_rigidly
from .aim import AimModel, FittedAnatomy


def moved_model(model: AimModel, motion: np.ndarray) -> AimModel:
    """The model whose skin is that of ``model`` moved rigidly, for all weights and poses.

    Args:
        model: any model.
        motion: [4, 4] rigid, mm, from the model's head space to the new one.

    Returns:
        Its poses are those of ``model`` seen from the new head space. Its functions differ in direction alone.
    """
    motion = np.asarray(motion, np.float64)
    rotation = motion[:3, :3]
    heads = model.heads.astype(np.float64)
    heads[:, 1:4] = heads[:, 1:4] @ rotation.T
    heads[:, 5:] = (heads[:, 5:].reshape(len(heads), -1, 3) @ rotation.T).reshape(len(heads), -1)
    jaw_poses = _seen_from(model.jaw_poses, motion)
    return replace(
        model,
        neutral=_moved_mesh(model.neutral, motion),
        heads=heads.astype(np.float32),
        jaw_poses=jaw_poses,
        head_poses=_seen_from(model.head_poses, motion),
        joint=_moved_joint(model.joint, motion),
        skull=_moved_mesh(model.skull, motion),
        jaw=_moved_mesh(model.jaw, motion),
        report=_with_poses(model.report, model.expression_names, jaw_poses),
        anatomy_detail=_turned_detail(model.anatomy_detail, rotation),
        carry=_turned_maps(model.carry, rotation),
        fitted=_moved_anatomy(model.fitted, motion),
    )


def _moved_mesh(mesh: Mesh, motion: np.ndarray) -> Mesh:
    return mesh.with_vertices(_moved_points(mesh.vertices, motion))


def _moved_points(points: np.ndarray, motion: np.ndarray) -> np.ndarray:
    return move_rigidly(np.asarray(points, np.float64), motion).astype(np.float32)


def _moved_joint(joint: JawJoint, motion: np.ndarray) -> JawJoint:
    left, right, incisor = (
        move_rigidly(np.asarray(point, np.float64), motion)
        for point in (joint.hinge_left, joint.hinge_right, joint.incisor)
    )
    return replace(joint, hinge_left=left, hinge_right=right, incisor=incisor)


def _moved_anatomy(fitted: FittedAnatomy | None, motion: np.ndarray) -> FittedAnatomy | None:
    if fitted is None:
        return None
    return FittedAnatomy(
        *(_moved_points(getattr(fitted, part), motion) for part in ("neutral", "skull", "jaw")),
        _moved_joint(fitted.joint, motion),
        _seen_from(fitted.jaw_poses, motion),
        _turned_detail(fitted.detail, motion[:3, :3]),
    )


def _seen_from(poses: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Poses [E, 4, 4] of a space as poses of the space that ``motion`` leads to."""
    return motion @ np.asarray(poses, np.float64) @ np.linalg.inv(motion)


def _turned_detail(detail: np.ndarray | None, rotation: np.ndarray) -> np.ndarray | None:
    """Residuals [V, 4] of thickness and normal."""
    if detail is None:
        return None
    normals = detail[:, 1:].astype(np.float64) @ rotation.T
    return np.column_stack([detail[:, 0], normals]).astype(np.float32)


def _turned_maps(maps: np.ndarray | None, rotation: np.ndarray) -> np.ndarray | None:
    """Linear maps [V, 3, 3] of displacements."""
    if maps is None:
        return None
    return (rotation @ maps.astype(np.float64) @ rotation.T).astype(np.float32)


def _with_poses(report: dict, names: tuple[str, ...], poses: np.ndarray) -> dict:
    """The report of a fit, whose jaw poses are those of the model."""
    if "jaw" not in report:
        return report
    return {**report, "jaw": dict(zip(names, poses.tolist(), strict=True))}
