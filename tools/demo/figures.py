# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo measures: the fit against the scans, the jaw against the teeth, the rig against the model."""

import bpy
import numpy as np

from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.sample.head import SampleActor, SampleHead
from aim_blender_addon.bridge.data import meshes
from aim_blender_addon.bridge.data.head_space import HeadSpace, head_space
from aim_blender_addon.bridge.rig.actions import scan_frame


def skin_figures(model: AimModel, sample: SampleActor) -> dict:
    """Distance (mm) from the model to each scan, over all points; mean, p95, p99, max."""
    errors = np.stack(
        [
            np.linalg.norm(model.scan(i) - scan.vertices, axis=1)
            for i, scan in enumerate(sample.actor.expressions)
        ]
    )  # [E, V]
    rest = sample.actor.neutral.vertices
    motion = np.stack(
        [np.linalg.norm(scan.vertices - rest, axis=1) for scan in sample.actor.expressions]
    )
    return {
        "all": _spread(errors),
        "per_expression": {
            name: {**_spread(error), "motion_max": round(float(move.max()), 2)}
            for name, error, move in zip(model.expression_names, errors, motion, strict=True)
        },
    }


def jaw_figures(model: AimModel, head: SampleHead, sample: SampleActor) -> dict:
    """The model's jaw poses beside what the lower teeth do: mm at the lower incisors, degrees of opening."""
    incisor = np.append(head.incisor.astype(np.float64), 1.0)
    found = (model.jaw_poses @ incisor)[:, :3]
    truth = (sample.jaw_truth @ incisor)[:, :3]
    error = np.linalg.norm(found - truth, axis=1)
    way = np.linalg.norm(truth - head.incisor, axis=1)
    rows = {
        name: {
            "error_mm": round(float(error[i]), 2),
            "truth_mm": round(float(way[i]), 2),
            "degrees": round(turn_degrees(model.jaw_poses[i]), 2),
            "truth_degrees": round(turn_degrees(sample.jaw_truth[i]), 2),
        }
        for i, name in enumerate(model.expression_names)
    }
    still = way < 1e-3
    return {
        "mean_mm": round(float(error.mean()), 3),
        "max_mm": round(float(error.max()), 3),
        "max_where_still_mm": round(float(error[still].max()), 3),
        "widest_degrees": max(row["degrees"] for row in rows.values()),
        "per_expression": rows,
    }


def baked_figures(
    neutral: bpy.types.Object, model: AimModel, context: bpy.types.Context
) -> dict[str, float]:
    """Distance (mm) from the rig as Blender evaluates it to the model, in each scan and in mixtures.

    The scans are read off the baked Action. In the mixtures several scans are half there while jaw and head
    are turned by hand. To be called before anything refines the rig's mesh.
    """
    scene, rig = context.scene, neutral.aim.rig
    space = head_space(neutral, context)
    worst = []
    for number in range(len(model.expression_names)):
        scene.frame_set(scan_frame(number))
        shown = meshes.read_object(rig, space, context).vertices
        worst.append(np.linalg.norm(shown - model.scan(number), axis=1).max())
    scene.frame_set(1)
    return {
        "scans_max_mm": round(float(max(worst)), 5),
        "mixtures_max_mm": round(_mixture_error(neutral, model, space, context), 5),
    }


def _mixture_error(
    neutral: bpy.types.Object, model: AimModel, space: HeadSpace, context: bpy.types.Context
) -> float:
    rig, armature = neutral.aim.rig, neutral.aim.armature
    keys, bones = rig.data.shape_keys, armature.pose.bones
    actions = [(owner, owner.animation_data.action) for owner in (armature, keys)]
    slots = [getattr(owner.animation_data, "action_slot", None) for owner, _action in actions]
    for owner, _action in actions:
        owner.animation_data.action = None
    rng, worst = np.random.default_rng(7), 0.0
    for _ in range(6):
        weights = np.where(rng.random(len(model.expression_names)) < 0.25, 0.5, 0.0)
        for name, weight in zip(model.expression_names, weights, strict=True):
            keys.key_blocks[name].value = weight
        bones["jaw"].rotation_euler = (rng.uniform(0, 0.4), 0.0, rng.uniform(-0.05, 0.05))
        bones["skull"].rotation_euler = rng.uniform(-0.3, 0.3, 3)
        bones["skull"].location = rng.uniform(-0.02, 0.02, 3)
        context.view_layer.update()
        head, jaw = (_carried(armature, name, space) for name in ("skull", "jaw"))
        shown = meshes.read_object(rig, space, context).vertices
        expected = model.skin(weights, np.linalg.inv(head) @ jaw, head)
        worst = max(worst, float(np.linalg.norm(shown - expected, axis=1).max()))
    for name in model.expression_names:
        keys.key_blocks[name].value = 0.0
    for name in ("skull", "jaw"):
        bones[name].rotation_euler = bones[name].location = (0.0, 0.0, 0.0)
    for (owner, action), slot in zip(actions, slots, strict=True):
        owner.animation_data.action = action
        if slot is not None:
            owner.animation_data.action_slot = slot
    return worst


def _carried(armature: bpy.types.Object, bone: str, space: HeadSpace) -> np.ndarray:
    """[4, 4] motion in head space (mm) of what a bone carries."""
    posed, rest = armature.pose.bones[bone].matrix, armature.data.bones[bone].matrix_local
    motion = np.array(posed) @ np.linalg.inv(np.array(rest))
    motion[:3, 3] *= space.mm_per_unit
    return motion


def summary(figures: dict) -> str:
    """The figures in four lines."""
    skin, jaw, fit = figures["skin_error_mm"]["all"], figures["jaw"], figures["fit"]
    return "\n".join(
        [
            f"fit of {figures['points']} points: {fit['seconds']:.1f} s, {fit['peak_memory_mb']:.0f} MB",
            "skin error: "
            + ", ".join(f"{name} {value:.3f}" for name, value in skin.items())
            + " mm",
            f"jaw error at the incisors: mean {jaw['mean_mm']:.2f}, max {jaw['max_mm']:.2f} mm; "
            f"at most {jaw['max_where_still_mm']:.2f} mm where it is still",
            f"rig against model, by Blender: {max(figures['baked'].values()):.5f} mm",
        ]
    )


def turn_degrees(pose: np.ndarray) -> float:
    """By how much a [4, 4] pose turns."""
    return float(np.degrees(np.arccos(np.clip((np.trace(pose[:3, :3]) - 1) / 2, -1, 1))))


def _spread(values: np.ndarray) -> dict[str, float]:
    return {
        "mean": round(float(values.mean()), 4),
        "p95": round(float(np.quantile(values, 0.95)), 4),
        "p99": round(float(np.quantile(values, 0.99)), 4),
        "max": round(float(values.max()), 4),
    }
