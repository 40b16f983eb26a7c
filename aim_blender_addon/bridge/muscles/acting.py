# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What acts on flesh beside its muscles, as the panel says it: gravity, inertia, material."""

import bpy
import numpy as np

from ...backend.muscles.material import PRESETS, Tissue
from ...backend.muscles.motion import Motion
from ..rig import jaw_controls

#: The way up in a scene.
_UP = np.array([0.0, 0.0, 1.0])
_TISSUE = ("skin", "fat", "muscle", "fullness", "density")


def tissue(settings: bpy.types.PropertyGroup) -> Tissue:
    """The material that is chosen."""
    for preset in PRESETS:
        if preset.name.upper() == settings.material:
            return preset.tissue
    return Tissue(**{name: getattr(settings, f"tissue_{name}") for name in _TISSUE})


def motion(
    face: bpy.types.Object, heads: np.ndarray, scene: bpy.types.Scene, secondary: bool
) -> Motion | None:
    """What acts on the flesh of a face; None for nothing.

    Args:
        face: the neutral.
        heads: [T, 4, 4] mm, head space to the world; filled later, too.
        scene: for its frame rate.
        secondary: whether there is time for inertia.
    """
    settings = face.aim.muscles
    moves = settings.secondary and secondary
    found = Motion(settings.gravity, moves, tissue(settings), heads, rate(scene), _UP)
    return found if found.acts else None


def rate(scene: bpy.types.Scene) -> float:
    """Frames a second of a scene."""
    return scene.render.fps / scene.render.fps_base


def head_in_world(armature: bpy.types.Object, mm_per_unit: float) -> np.ndarray:
    """[4, 4] rigid, mm: where the skull of an armature, as Blender shows it, is in the world; scale is left out."""
    carrier = np.array(armature.matrix_world, float)
    scale = scale_of(armature)
    left, _, right = np.linalg.svd(carrier[:3, :3] / scale)
    rigid = np.eye(4)
    rigid[:3, :3], rigid[:3, 3] = left @ right, carrier[:3, 3] / scale
    if np.linalg.det(rigid[:3, :3]) < 0:  # a mirrored rig is simulated as it was scanned
        rigid[:3, :3] *= -1
    head = rigid @ jaw_controls.skull_motion(armature)
    head[:3, 3] *= mm_per_unit
    return head


def scale_of(armature: bpy.types.Object) -> float:
    """How many times an armature is scaled in the world, the mean of its axes."""
    carrier = np.array(armature.matrix_world, float)
    return max(float(np.cbrt(abs(np.linalg.det(carrier[:3, :3])))), 1e-9)
