# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape keys of a rig one by one: which is picked, how much it moves, alone on show, locked.

Solo is Blender's own switch beside the list of shape keys: values, drivers and animation stay as they are.
"""

import json

import bpy
import numpy as np

from ... import compat
from ...backend.errors import RigError
from ...backend.io.json_text import parse_json
from ..data import shape_keys
from ..data.kept import read_floats
from ..data.name_lists import write_names
from ..data.storage import has_model, load_model
from ..rig import carried, jaw_controls
from ..rig.objects import armature_of, rig_of
from ..rig.own_bones import JAW, pose_bone

#: Custom properties of the Key, JSON: millimetres each shape moves at most; jaw poses recorded with shapes.
_MOTION = "aim_motion"
_JAWS = "aim_jaws"
#: Custom property of the Key: the names of ARKit's shapes that were made, one a line; they hold the jaw's motion.
#: Custom property of the armature: the jaw bone's channels before a shape was shown alone.
_JAW_BEFORE = "aim_jaw_before"
#: Shapes that move the skin by less are still, mm.
STILL_MM = 0.05


def picked(rig: bpy.types.Object) -> bpy.types.ShapeKey | None:
    """The shape key that is picked in the list, unless it is the rest."""
    keys = rig.data.shape_keys
    block = rig.active_shape_key
    return block if keys and block != keys.reference_key else None


def pick(rig: bpy.types.Object, name: str) -> None:
    """Pick a shape key in the list."""
    rig.active_shape_key_index = rig.data.shape_keys.key_blocks.find(name)


def mm_per_unit(face: bpy.types.Object) -> float:
    """Millimetres in a unit of the rig, as it was baked."""
    return armature_of(face).aim.jaw_measures[4]


def measure(face: bpy.types.Object) -> None:
    """Keep how far every shape of the rig moves the skin at most."""
    keys = rig_of(face).data.shape_keys
    scale = mm_per_unit(face)
    rest = {keys.reference_key.name: shape_keys.read_points(keys.reference_key)}
    moved = {}
    for block in keys.key_blocks:
        base = block.relative_key
        if base.name not in rest:
            rest[base.name] = shape_keys.read_points(base)
        motion = shape_keys.read_points(block) - rest[base.name]
        moved[block.name] = round(
            float(np.sqrt((motion**2).sum(axis=1).max(initial=0.0))) * scale, 3
        )
    keys[_MOTION] = json.dumps(moved)


def motions(keys: bpy.types.Key) -> dict[str, float]:
    """Millimetres that shapes move at most, as they were measured last."""
    return _read(keys, _MOTION)


def record_jaw(keys: bpy.types.Key, name: str, pose: np.ndarray) -> None:
    """Keep a jaw pose [4, 4] mm, head space, with a shape."""
    keys[_JAWS] = json.dumps(_read(keys, _JAWS) | {name: np.asarray(pose, float).ravel().tolist()})


def jaw_of(face: bpy.types.Object, name: str) -> np.ndarray:
    """[4, 4] mm: the jaw pose that belongs to a shape: recorded with it, or of its scan, else at rest."""
    known = known_jaw(face, name)
    return np.eye(4) if known is None else known


def known_jaw(face: bpy.types.Object, name: str) -> np.ndarray | None:
    """[4, 4] mm: the jaw pose recorded with a shape, or that of its scan; None where there is neither."""
    keys = rig_of(face).data.shape_keys
    recorded = _read(keys, _JAWS).get(name)
    if isinstance(recorded, list) and len(recorded) == 16:
        return np.array(recorded, float).reshape(4, 4)
    if name in shape_keys.baked_names(rig_of(face).data) and has_model(face):
        model = load_model(face)
        if name in model.expression_names:
            return np.array(model.jaw_poses[model.expression_names.index(name)])
    return None


def arkit_names(keys: bpy.types.Key) -> list[str]:
    """The shapes that were made under ARKit's names."""
    return shape_keys.listed_names(keys, shape_keys.ARKIT)


def keep_arkit_names(keys: bpy.types.Key, names: list[str]) -> None:
    """Remember which shapes were made under ARKit's names."""
    write_names(keys, shape_keys.ARKIT, names)


def show_alone(face: bpy.types.Object, with_jaw: bool) -> None:
    """Show the picked shape at its full value and no other, with its jaw pose or the jaw at rest."""
    rig, armature = rig_of(face), armature_of(face)
    bone = pose_bone(armature, JAW)
    if bone is not None and jaw_controls.has_controls(armature):
        if not rig.show_only_shape_key or _JAW_BEFORE not in armature:
            armature[_JAW_BEFORE] = [*bone.location, *bone.rotation_euler]
        pose = jaw_of(face, picked(rig).name) if with_jaw else np.eye(4)
        jaw_controls.show_pose(armature, pose)
    rig.show_only_shape_key = True
    carried.follow_solo(rig)


def show_all(face: bpy.types.Object) -> None:
    """Show what the sliders say again, and the jaw as it was."""
    rig, armature = rig_of(face), armature_of(face)
    rig.show_only_shape_key = False
    carried.follow_solo(rig)
    if _JAW_BEFORE in armature:
        bone = pose_bone(armature, JAW)
        before = read_floats(armature, _JAW_BEFORE, [6])
        if bone is not None and before is not None:
            bone.location, bone.rotation_euler = before[:3], before[3:]
        del armature[_JAW_BEFORE]


def locked(keys: bpy.types.Key) -> list[str]:
    """Names of the shapes that are locked."""
    return [
        block.name for block in keys.key_blocks if compat.has_shape_locks() and block.lock_shape
    ]


def lock(keys: bpy.types.Key, names: list[str]) -> None:
    """Lock these shapes and no others, where Blender can."""
    for block in keys.key_blocks if compat.has_shape_locks() else ():
        block.lock_shape = block.name in names


def require_points(rig: bpy.types.Object, name: str) -> bpy.types.ShapeKey:
    """The shape key ``name``.

    Raises:
        RigError: it is gone.
    """
    keys = rig.data.shape_keys
    if keys is None or name not in keys.key_blocks:
        raise RigError(
            f"{rig.name} has no shape key {name} any more: undo, or rename it back if it was renamed."
        )
    return keys.key_blocks[name]


def _read(keys: bpy.types.Key, name: str) -> dict:
    """A JSON property; what others have written there counts as nothing."""
    try:
        found = parse_json(keys.get(name, "{}"))
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
