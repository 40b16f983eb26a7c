# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape keys that lids of a rig have of their own, told by a role, and what their drivers read."""

import bpy
import numpy as np

from ..data import shape_keys
from ..data.drivers import add_bone_channel, add_variable
from ..data.fitting_names import fit_name
from ..data.shape_keys import key_path
from .eye_bones import property_path
from .own_bones import EYES, TARGET, bone_name, pose_bone

#: Custom property of the Key: the names of the lids' shape keys, by what they do and side.
_KEYS = "aim_lids"
#: A shape that shuts the lids by this share at least is meant to shut them, and shut is what shuts them by so much.
MEANT, _SHUT = 0.6, 0.85
_LETTERS = "abcdeghijk"
#: Custom properties of the target's bone: how far the lids of each eye are shut.
_SHUT_BY = {"left": "lids_shut_left", "right": "lids_shut_right"}
_SHUT_DESCRIPTION = "How far shape keys shut the lids; driven"


def lid_keys(keys: bpy.types.Key | None) -> dict[str, str]:
    """Names of the lids' shape keys that are there, by what they do and side: ``up left``, ``shut 1 left``."""
    kept = keys.get(_KEYS) if keys is not None else None
    named = kept.items() if hasattr(kept, "items") else ()
    return {role: name for role, name in named if name in keys.key_blocks}


def remove_keys(obj: bpy.types.Object, side: str, first: str = "") -> None:
    """Take the shape keys of an eye's lids away, or only those whose role begins with ``first``."""
    keys = obj.data.shape_keys
    known = lid_keys(keys)
    gone = [role for role in known if role.startswith(first) and role.endswith(f" {side}")]
    for role in gone:
        keys.driver_remove(key_path(known[role]))
        obj.shape_key_remove(keys.key_blocks[known[role]])
    keys = obj.data.shape_keys
    if gone and keys is not None:
        keys[_KEYS] = {role: name for role, name in known.items() if role not in gone}


def write_key(obj: bpy.types.Object, role: str, moved: np.ndarray, label: str = "") -> str:
    """The lids' shape key of a role, with displacements [V, 3] in the object's space; its name.

    A new one is called ``label``, or by its role.
    """
    if obj.data.shape_keys is None:
        obj.shape_key_add(name="Basis", from_mix=False)
    keys = obj.data.shape_keys
    known = lid_keys(keys)
    name = known.get(role)
    if name is None:
        picked = obj.active_shape_key_index
        label = fit_name(label or f"lids_{role.replace(' ', '_')}", bpy.types.ShapeKey)
        block = obj.shape_key_add(name=label, from_mix=False)
        block.value = 0.0
        name = block.name  # another number where that name is taken
        keys[_KEYS] = {**known, role: name}
        obj.active_shape_key_index = picked
    block = keys.key_blocks[name]
    block.relative_key = keys.reference_key
    shape_keys.write_points(block, shape_keys.read_points(keys.reference_key) + moved)
    obj.data.update()
    return name


def add_key(driver: bpy.types.Driver, letter: str, keys: bpy.types.Key, name: str) -> None:
    """A variable of a shape key's value."""
    add_variable(driver, keys, key_path(name), letter)


def shut_weight(share: float) -> float:
    """What a shape that shuts the lids by a share counts for in :func:`write_shut`."""
    if share >= MEANT:  # what it leaves open is shut
        share = max(share, _SHUT)
    return round(min(share / _SHUT, 2.0), 2)


def write_shut(
    armature: bpy.types.Object,
    keys: bpy.types.Key | None,
    side: str,
    closers: list[tuple[str, float]],
) -> None:
    """Keep how far the lids of an eye are shut as a driven property of the target's bone, once for all who ask.

    A driver that reads a shape key looks through all of them, so the sum is taken in one place.

    Args:
        armature: with the eyes.
        keys: of the skin.
        side: of the eye.
        closers: names of shape keys that shut the lids, with the share of the opening they shut.
    """
    target, path = pose_bone(armature, TARGET), property_path(armature, _SHUT_BY[side])
    armature.driver_remove(path)
    if not closers:
        if target is not None and _SHUT_BY[side] in target:
            del target[_SHUT_BY[side]]
        return
    target[_SHUT_BY[side]] = 0.0
    target.id_properties_ui(_SHUT_BY[side]).update(description=_SHUT_DESCRIPTION)
    driver = armature.driver_add(path).driver
    driver.type = 'SCRIPTED'
    terms = []
    for letter, (closer, share) in zip(_LETTERS, closers, strict=False):
        add_key(driver, letter, keys, closer)
        terms.append(f"{shut_weight(share):.2f}*{letter}")
    # A simple expression: Blender reads it without Python, also where scripts may not run.
    driver.expression = "+".join(terms)


def add_shut(driver: bpy.types.Driver, armature: bpy.types.Object, side: str) -> str:
    """A variable of how far the lids of an eye are shut; "" where nothing shuts them."""
    target = pose_bone(armature, TARGET)
    if target is None or _SHUT_BY[side] not in target:
        return ""
    add_property(driver, "z", armature, _SHUT_BY[side])
    return "z"


def add_property(
    driver: bpy.types.Driver, letter: str, armature: bpy.types.Object, name: str
) -> None:
    """A variable of a custom property of the target's bone."""
    add_variable(driver, armature, property_path(armature, name), letter)


def add_angle(
    driver: bpy.types.Driver, name: str, armature: bpy.types.Object, side: str, channel: str
) -> None:
    """A variable of an angle by which an eye's bone is turned, whatever turns it."""
    add_bone_channel(driver, armature, bone_name(armature, EYES[side]), channel, name)
