# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of a simulation, kept where the panel can show them."""

from typing import Any

import bpy
import numpy as np


def keep(face: bpy.types.Object, name: str, report: dict[str, Any], contact: bool) -> None:
    """Keep what a simulation, with contact or without, says of itself: of its frames the worst."""
    settings = face.aim.muscles
    settings.simulated = name
    settings.frames = report["frames"]
    settings.late_frames = len(report["unsettled_frames"])
    changes = report["worst_region_volume"]
    worst = max(range(len(changes)), key=lambda number: abs(changes[number]), default=None)
    settings.worst_region = "" if worst is None else report["worst_region"][worst].replace("_", " ")
    settings.worst_volume = 0.0 if worst is None else changes[worst]
    settings.inverted = max(report["inverted"], default=0)
    settings.deepest_mm = max(report["deepest_mm"], default=0.0) if contact else -1.0
    settings.seconds_a_frame = report["seconds_per_frame_mean"]
    settings.solver = report["solver"]


def keep_match(face: bpy.types.Object, scan: str, report: dict[str, Any]) -> None:
    """Keep how near the simulated skin came to a scan."""
    settings, error = face.aim.muscles, report["error_mm"]
    settings.matched = scan
    settings.matched_mm, settings.matched_p99_mm = error["mean"], error["p99"]
    settings.solver = report["solver"]


def keep_explained(
    face: bpy.types.Object, report: dict[str, Any], frames: np.ndarray | None
) -> None:
    """Keep how much of a motion muscles alone explain; ``frames`` [T] of the scene for a range, None for a pose."""
    settings, least = face.aim.muscles, report["explained_least_frame"]
    settings.explained = report["explained"]
    settings.explained_least = report["explained_least"]
    settings.explained_frame = -1 if frames is None or least < 0 else int(frames[least])


def is_slow(settings: bpy.types.PropertyGroup) -> bool:
    """Whether the last simulation ran with the slow solver."""
    return settings.solver == "SuperLU"
