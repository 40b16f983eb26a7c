# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches of a rig and its scene that hide a take, or some of it."""

import bpy
import numpy as np

from .findings import Hidden, Reason
from .made import scene_frames, stretch


def of_rig(rig: bpy.types.Object, armature: bpy.types.Object | None) -> list[Hidden]:
    """Switches of the rig that hide all of a take."""
    found, keys = [], rig.data.shape_keys
    if keys is not None and not keys.use_relative:
        found.append(Hidden(Reason.ABSOLUTE, (rig.name,)))
    if rig.show_only_shape_key:
        found.append(Hidden(Reason.SOLO, (rig.name,)))
    if not rig.visible_get():
        found.append(Hidden(Reason.OUT_OF_SIGHT, (rig.name,)))
    if armature is None:
        return found
    if armature.data.pose_position == 'REST':
        found.append(Hidden(Reason.AT_REST, (armature.name,)))
    skins = [m for m in rig.modifiers if m.type == 'ARMATURE' and m.object == armature]
    if skins and not any(modifier.show_viewport for modifier in skins):
        found.append(Hidden(Reason.NO_MODIFIER, (skins[0].name,)))
    elif skins and not any(modifier.show_render for modifier in skins):
        found.append(Hidden(Reason.NOT_RENDERED, (skins[0].name,)))
    return found


def of_time(scene: bpy.types.Scene, frames: np.ndarray) -> list[Hidden]:
    """Settings of the scene that play a take [T] at another speed, or not all of it."""
    found = []
    if len(frames) < 2:
        return found
    if stretch(scene) != 1.0:
        speed = f"{scene.render.frame_map_old} / {scene.render.frame_map_new}"
        found.append(Hidden(Reason.REMAPPED, (speed,)))
    first, last = scene_frames(frames[[0, -1]], scene)
    if scene.use_preview_range and not (
        scene.frame_preview_start <= first and last <= scene.frame_preview_end
    ):
        found.append(Hidden(Reason.PREVIEW, (scene.name,)))
    if scene.frame_step > 1:
        found.append(Hidden(Reason.STEPPED, (str(scene.frame_step),)))
    return found
