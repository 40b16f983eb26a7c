# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded markers as animated empties."""

from collections.abc import Sequence

import bpy
import numpy as np

from ... import compat
from ..rig import actions

#: Of the empties that show markers, mm.
_SIZE_MM = 2.5


def show_markers(
    name: str,
    names: Sequence[str],
    positions: np.ndarray,
    frames: np.ndarray,
    mm_per_unit: float,
    context: bpy.types.Context,
) -> bpy.types.Collection:
    """A new collection of empties that move as the markers did, under one empty by which all are brought into place.

    Args:
        name: of the collection.
        names: M names.
        positions: [T, M, 3] mm, Z up; NaN where a marker was not seen: it is hidden there.
        frames: [T] scene frames.
        mm_per_unit: millimetres in one Blender unit.
        context: for the scene.
    """
    collection = bpy.data.collections.new(name)
    context.scene.collection.children.link(collection)
    root = bpy.data.objects.new(f"{name} Root", None)
    root.empty_display_size = 100.0 / mm_per_unit
    context.scene.collection.objects.link(root)
    for number, marker in enumerate(names):
        empty = bpy.data.objects.new(marker, None)
        empty.empty_display_type = 'SPHERE'
        empty.empty_display_size = _SIZE_MM / mm_per_unit
        empty.parent = root
        collection.objects.link(empty)
        _animate(empty, positions[:, number] / mm_per_unit, frames)
    return collection


def _animate(empty: bpy.types.Object, path: np.ndarray, frames: np.ndarray) -> None:
    """Keys of the location where it was seen, and of being hidden where that changes."""
    seen = np.isfinite(path).all(axis=1)
    action = bpy.data.actions.new(empty.name)
    curves = compat.action_curves(action, empty)
    if seen.any():
        empty.location = path[seen][0]
        for axis in range(3):
            actions.write_curve(curves, "location", axis, frames[seen], path[seen, axis])
    if not seen.all():
        change = np.flatnonzero(np.diff(seen, prepend=not seen[0]))
        curve = actions.write_curve(
            curves, "hide_viewport", 0, frames[change], (~seen[change]).astype(float)
        )
        for point in curve.keyframe_points:
            point.interpolation = 'CONSTANT'
    compat.assign_action(empty, action)
