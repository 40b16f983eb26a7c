# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sliders of expressions as custom properties of the jaw bone, with the shape keys driven by them.

Blender's pose library applies channels of bones only. With the sliders there, one pose of the jaw bone is the whole
expression: what the jaw does and what the tissue does.
"""

from collections.abc import Sequence

import bpy

from ..data.driven_keys import driver_of
from ..data.drivers import follow
from ..data.name_lists import write_names
from ..data.shape_keys import listed_names
from .armature import LIMITS_PROPERTY
from .own_bones import JAW, SEAL, SEALS, bone_data_path, pose_bone

#: Name of the one variable of a driver that this module made.
_VARIABLE = "aim_expression"
#: Custom property of the Key: shapes with a slider on the jaw bone since a pose of the user's holds them, one a line.
_POSED = "aim_posed_shapes"
_FURTHEST = 10.0  # as far as the slider of a shape key can be set to reach
_DESCRIPTION = "How much of this expression is shown"


def property_name(shape: str) -> str:
    """The jaw bone's property for a shape key; the same name, but for one that is taken."""
    taken = (LIMITS_PROPERTY, SEAL, *SEALS.values())
    return f"{shape} (shape)" if shape in taken else shape


def bone_path(armature: bpy.types.Object, shape: str) -> str:
    """The path of a shape's slider from the armature."""
    return f"{bone_data_path(armature, JAW)}{_item(shape)}"


def has_slider(armature: bpy.types.Object, shape: str) -> bool:
    """Whether the jaw bone has a slider of that shape's name; one of a renamed shape keeps the old name."""
    return property_name(shape) in pose_bone(armature, JAW).keys()


def is_driven(keys: bpy.types.Key, shape: str) -> bool:
    """Whether a slider of the jaw bone moves a shape key."""
    curve = driver_of(keys, shape)
    return curve is not None and _is_ours(curve)


def posed(keys: bpy.types.Key) -> list[str]:
    """Shapes that have a slider on the jaw bone since a pose of the user's holds them."""
    return listed_names(keys, _POSED)


def keep_posed(keys: bpy.types.Key, shapes: Sequence[str]) -> None:
    """Remember which shapes poses of the user's hold."""
    write_names(keys, _POSED, shapes)


def driven(keys: bpy.types.Key) -> list[str]:
    """The shape keys that sliders of the jaw bone move."""
    return [block.name for block in keys.key_blocks if is_driven(keys, block.name)]


def set_up(armature: bpy.types.Object, keys: bpy.types.Key, shapes: Sequence[str]) -> None:
    """Let sliders of the jaw bone move ``shapes`` and those of :func:`posed`, and no other shape key.

    Sliders that are there keep their values, and shapes that the user drives stay the user's.
    """
    bone = pose_bone(armature, JAW)
    shapes = [*shapes, *(name for name in posed(keys) if name not in shapes)]
    for curve in list(keys.animation_data.drivers) if keys.animation_data else ():
        if _is_ours(curve):
            keys.driver_remove(curve.data_path)
    wanted = {property_name(shape) for shape in shapes}
    for name in [name for name in bone.keys() if name not in wanted and name != LIMITS_PROPERTY]:
        if bone.id_properties_ui(name).as_dict().get("description") == _DESCRIPTION:
            del bone[name]
    for shape in shapes:
        if driver_of(keys, shape):
            continue
        _add_slider(bone, shape)
        curve = keys.key_blocks[shape].driver_add("value")
        follow(curve, armature, bone_path(armature, shape), _VARIABLE)
    armature.update_tag()  # else what Blender evaluates has no such properties, and the drivers fail for good


def _add_slider(bone: bpy.types.PoseBone, shape: str) -> None:
    name = property_name(shape)
    if name not in bone:
        bone[name] = 0.0
    bone.id_properties_ui(name).update(
        min=-_FURTHEST, max=_FURTHEST, soft_min=0.0, soft_max=1.0, description=_DESCRIPTION
    )
    bone.property_overridable_library_set(_item(shape), True)  # movable in files that link the rig


def _item(shape: str) -> str:
    return f'["{bpy.utils.escape_identifier(property_name(shape))}"]'


def _is_ours(curve: bpy.types.FCurve) -> bool:
    variables = curve.driver.variables
    return len(variables) == 1 and variables[0].name == _VARIABLE
