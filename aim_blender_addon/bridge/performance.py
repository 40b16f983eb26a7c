# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A solved performance on a rig: an Action for head, jaw and shape keys, and corrective shape keys; or a mesh cache."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from .. import compat
from ..backend.io.pc2 import write_pc2
from ..backend.io.takes import NpzRows
from . import actions, controls, shape_keys
from .armature import JAW, SKULL, rest_matrix
from .meshes import HeadSpace
from .poses import bone_channels, in_units

#: Custom property of a Key: the corrective shape keys of each take, one name a line.
_CORRECTIVES = "aim_correctives"
_SAME = 1e-6


@dataclass(frozen=True)
class Performance:
    """What a solve gives for a rig.

    Attributes:
        name: of the take.
        frames: [T] scene frames.
        solved: [T] whether the frame was seen; others are bridged and get no keys.
        expression_names: E names of shape keys.
        head, jaw: [T, 4, 4] mm, head space.
        curves: [T, E] values of those shape keys.
        corrective_shapes: [C, V, 3] mm, displacements.
        corrective_curves: [T, C] their values.
    """

    name: str
    frames: np.ndarray
    solved: np.ndarray
    expression_names: Sequence[str]
    head: np.ndarray
    jaw: np.ndarray
    curves: np.ndarray
    corrective_shapes: np.ndarray
    corrective_curves: np.ndarray


def write_performance(
    rig: bpy.types.Object, armature: bpy.types.Object, take: Performance, mm_per_unit: float
) -> list[bpy.types.Action]:
    """Give a baked rig the correctives and the Action of a take, and let it play that.

    Correctives and Action of an earlier solve of the same name give way, unless the Action's keys were changed since:
    then it stays beside the new one, without its correctives.
    """
    keys = rig.data.shape_keys
    names = _write_correctives(rig, take, mm_per_unit)
    action = _action(take.name)
    key_action = action if compat.has_action_slots() else _action(f"{take.name} Shapes")
    curves = compat.action_curves(action, armature)
    key_curves = compat.action_curves(key_action, keys)
    frames, seen = take.frames[take.solved], take.solved
    for bone, poses in ((SKULL, take.head), (JAW, take.jaw)):
        location, rotation = bone_channels(
            in_units(poses, mm_per_unit), rest_matrix(armature, bone)
        )
        group = compat.curve_group(action, armature, bone)
        for channel, values in (
            ("location", location),
            ("rotation_euler", np.unwrap(rotation, axis=0)),
        ):
            path = f'pose.bones["{bone}"].{channel}'
            for axis in range(3):
                _write_curve(curves, path, axis, frames, values[seen, axis]).group = group
    shapes = [*take.expression_names, *names]
    for name, values in zip(
        shapes, np.concatenate([take.curves, take.corrective_curves], axis=1)[seen].T, strict=True
    ):
        if controls.is_driven(keys, name):
            curve = _write_curve(curves, controls.bone_path(name), 0, frames, values)
            curve.group = compat.curve_group(action, armature, JAW)
        else:
            _write_curve(key_curves, controls.key_path(name), 0, frames, values)
    compat.assign_action(armature, action)
    compat.assign_action(keys, key_action)
    written = [action] if key_action == action else [action, key_action]
    for made in written:
        made.use_fake_user = True
        actions.mark(made)
    return written


def write_cache(
    face: bpy.types.Object,
    result: Path,
    path: Path,
    first_frame: float,
    frames_each: float,
    space: HeadSpace,
    name: str,
) -> bpy.types.Object:
    """Write the solved skin as a point cache and show it on a copy of the neutral, exactly as it was solved.

    Args:
        face: the neutral.
        result: the ``.npz`` file of the solve.
        path: the cache file.
        first_frame: scene frame of the first solved one.
        frames_each: scene frames from one solved frame to the next.
        space: the face's frame.
        name: of the new object.
    """
    rows = NpzRows(result, "vertices")
    write_pc2(path, (row / space.mm_per_unit for row in rows), rows.shape[1], len(rows))
    mesh = face.data.copy()
    mesh.name = name
    obj = bpy.data.objects.new(name, mesh)
    if mesh.shape_keys:
        obj.shape_key_clear()
    obj.matrix_world = Matrix(space.rigid.tolist())
    face.users_collection[0].objects.link(obj)
    modifier = obj.modifiers.new("AIM Mesh Cache", 'MESH_CACHE')
    modifier.cache_format = 'PC2'
    modifier.filepath = str(path)
    modifier.frame_start = first_frame
    modifier.frame_scale = 1.0 / frames_each
    return obj


def _action(name: str) -> bpy.types.Action:
    """The Action of an earlier solve of that name, emptied, when nobody has changed its keys; else a new one."""
    found = bpy.data.actions.get(name)
    if found is not None and actions.is_marked(found) and actions.is_untouched(found):
        bpy.data.actions.remove(found)
    return bpy.data.actions.new(name)


def _write_correctives(rig: bpy.types.Object, take: Performance, mm_per_unit: float) -> list[str]:
    """Shape keys for the correctives of a take, in place of those of an earlier solve; their names."""
    keys = rig.data.shape_keys
    label = f"{take.name} corrective"
    earlier = [name for name in keys.get(_CORRECTIVES, "").split("\n") if name]
    for name in earlier:
        if name.startswith(f"{label} ") and name in keys.key_blocks:
            rig.shape_key_remove(keys.key_blocks[name])
    kept = [name for name in earlier if name in keys.key_blocks]
    basis = shape_keys.read_points(keys.reference_key)
    names = []
    for number, shape in enumerate(take.corrective_shapes, start=1):
        block = rig.shape_key_add(name=f"{label} {number:02d}", from_mix=False)
        block.relative_key = keys.reference_key
        block.points.foreach_set(
            "co", (basis + shape / mm_per_unit).astype(np.float32, order="C").ravel()
        )
        block.slider_min, block.slider_max, block.value = -1.0, 1.0, 0.0
        names.append(block.name)
    keys[_CORRECTIVES] = "\n".join([*kept, *names])
    return names


def _write_curve(
    curves: bpy.types.bpy_prop_collection,
    path: str,
    index: int,
    frames: np.ndarray,
    values: np.ndarray,
) -> bpy.types.FCurve:
    """A linear F-Curve with a key a frame; keys amid others of their value are left out."""
    values = np.asarray(values, np.float64)
    still = np.zeros(len(values), bool)
    if len(values) > 2:
        still[1:-1] = (np.abs(np.diff(values)[:-1]) < _SAME) & (np.abs(np.diff(values)[1:]) < _SAME)
    return actions.write_curve(curves, path, index, frames[~still], values[~still])
