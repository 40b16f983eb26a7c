# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyeballs that are part of a rig's own mesh: their bones alone move them, not its shape keys.

Scans of a look have their eyeballs turned. A shape key of such a scan and the eye's bone would turn them twice.
"""

from collections.abc import Sequence

import bpy
import numpy as np

from ..data import shape_keys
from ..data.groups import read_groups
from .own_bones import EYES, find_bone

#: Shape keys that move eyeballs by less than this share of their size are no motion, but noise.
_MOVES = 0.01


def on_eyes(rig: bpy.types.Object, armature: bpy.types.Object) -> np.ndarray:
    """[V] bool, which vertices of a mesh turn with bones of eyes."""
    names = [find_bone(armature, bone) for bone in EYES.values()]
    names = [name for name in names if name and name in rig.vertex_groups]
    if not names:
        return np.zeros(len(rig.data.vertices), bool)
    return read_groups(rig, names).sum(axis=0) > 0.5


def hold_still(
    rig: bpy.types.Object, armature: bpy.types.Object | None, names: Sequence[str]
) -> list[str]:
    """Take the eyeballs' motion out of shape keys of a rig; those that had more than noise, by name."""
    keys = rig.data.shape_keys
    held = np.zeros(0, bool) if armature is None or keys is None else on_eyes(rig, armature)
    if not held.any():
        return []
    size = float(np.linalg.norm(np.ptp(shape_keys.read_points(keys.reference_key)[held], axis=0)))
    moved = []
    for name in names:
        block = keys.key_blocks.get(name)
        if block is None or block == keys.reference_key:
            continue
        by = np.linalg.norm(shape_keys.difference(block)[held], axis=1).max()
        if by == 0:
            continue
        points = shape_keys.read_points(block)
        points[held] = shape_keys.read_points(block.relative_key)[held]
        shape_keys.write_points(block, points)
        if by > _MOVES * size:
            moved.append(name)
    rig.data.update()
    return moved
