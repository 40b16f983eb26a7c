# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sliders that keep the lips on each other while the jaw opens: a zip from each corner to the middle.

They are custom properties of the jaw's bone. Shape keys follow them and how far the jaw is open, however it is moved.
"""

from collections.abc import Sequence

import bpy
import numpy as np

from ...backend.controls.table import CORNER
from ...backend.controls.table import SIDES as ENDINGS
from ..data.driven_keys import driver_of
from ..data.drivers import add_bone_channel, add_variable, new_expression
from ..data.shape_keys import key_path
from ..rig.armature import rest_matrix
from ..rig.own_bones import JAW, SEAL, SEALS, bone_data_path, bone_name, pose_bone
from ..rig.poses import bone_channels, in_units
from .keys import control_keys, mark, write_shapes

#: Custom properties of the jaw's bone, 0 to 1: both sides together, and one side.
BOTH, SIDES = SEAL, SEALS
_DESCRIPTIONS = {
    BOTH: "Keep the lips on each other while the jaw opens, from both corners to the middle",
    SIDES[
        "left"
    ]: "Keep the lips on each other while the jaw opens, from the left corner to the middle",
    SIDES[
        "right"
    ]: "Keep the lips on each other while the jaw opens, from the right corner to the middle",
}
#: How roles of the shape keys begin.
_ROLE = "lip_seal "
#: Variables of the drivers: the jaw's opening, its turn to the side, and its way forward.
_CHANNELS = {"x": 'ROT_X', "y": 'ROT_Z', "z": 'LOC_Y'}
#: A tooth of the zip closes while the slider goes by the room of so many teeth.
_OVERLAP = 2


def seal_roles(roles: Sequence[str]) -> list[str]:
    """Roles of the seal's shape keys, of ``left 1 straight`` and so on."""
    return [_ROLE + role for role in roles]


def has_seal(armature: bpy.types.Object | None) -> bool:
    """Whether a rig has the sliders."""
    bone = pose_bone(armature, JAW) if armature is not None else None
    return bone is not None and BOTH in bone


def write_seal(
    obj: bpy.types.Object,
    armature: bpy.types.Object,
    roles: Sequence[str],
    moved: np.ndarray,
    poses: tuple[np.ndarray, np.ndarray],
    mm_per_unit: float,
) -> None:
    """Make sliders and shape keys, or bring them up to date; without roles they go.

    Args:
        obj: the skin.
        armature: the rig's.
        roles: S of side, tooth and part.
        moved: [S, V, 3] displacements where each part is whole, in the object's space.
        poses: [4, 4] mm, the jaw's at the full opening, and at the full way to the side and forward.
        mm_per_unit: millimetres in a Blender unit.
    """
    if not roles:
        remove_sliders(armature)
        return
    _add_sliders(armature)
    rest = rest_matrix(armature, bone_name(armature, JAW))
    opened, aside = (bone_channels(in_units(p[None], mm_per_unit), rest) for p in poses)
    labels = {
        whole: f"ctl_seal_{role.replace(' ', '_')}"
        for whole, role in zip(seal_roles(roles), roles, strict=True)
    }
    names = write_shapes(obj, labels, moved)
    known = control_keys(obj.data.shape_keys)
    keys = obj.data.shape_keys
    teeth = max(int(role.split()[1]) for role in roles)
    path, jaw = bone_data_path(armature, JAW), bone_name(armature, JAW)
    x = f"x/{opened[1][0][0]:.5f}"
    y = f"y/{aside[1][0][2]:.5f}"
    # How far the jaw is forward of where its opening takes it.
    z = f"(z-{opened[0][0][1]:.7f}*{x})/{aside[0][0][1]:.7f}"
    parts = {
        "straight": f"clamp({x})",
        "square": f"clamp({x})*clamp({x})",
        "side": y,
        "forward": z,
        "forward_open": f"clamp({x})*{z}",
    }
    for role, name in zip(roles, names, strict=True):
        side, tooth, part = role.split()
        driver = new_expression(keys, name)
        both = mark(_ROLE + role)
        add_variable(driver, armature, f'{path}["{BOTH}"]', both)
        add_variable(driver, armature, f'{path}["{SIDES[side]}"]', "s")
        by_part = parts.get(part, f"clamp({x})*c")
        if part in CORNER:
            corner = known[f"mouth_corner{ENDINGS[side]} {part}"]
            add_variable(driver, keys, key_path(corner), "c")
        for letter, channel in _CHANNELS.items():
            if f"{letter}/" in by_part or f"({letter}-" in by_part:
                add_bone_channel(driver, armature, jaw, channel, letter)
        keys.key_blocks[name].slider_min = -1.0 if int(tooth) == 0 else 0.0
        zipped = f"max({both},s)"
        if int(tooth):
            zipped = f"({teeth + _OVERLAP - 1}*{zipped}-{int(tooth) - 1})/{_OVERLAP}"
        # A simple expression: Blender reads it without Python, also where scripts may not run.
        driver.expression = f"clamp({zipped})*{by_part}"


def remove_sliders(armature: bpy.types.Object) -> None:
    """Take the sliders away."""
    bone = pose_bone(armature, JAW)
    for name in _DESCRIPTIONS:
        if bone is not None and name in bone:
            del bone[name]


def mend_seal(keys: bpy.types.Key, armature: bpy.types.Object) -> None:
    """Give a jaw bone that was made anew the sliders, and let the drivers read that bone."""
    curves = [curve for name in seal_keys(keys) if (curve := driver_of(keys, name))]
    if not curves or pose_bone(armature, JAW) is None:
        return
    _add_sliders(armature)
    jaw, path = bone_name(armature, JAW), bone_data_path(armature, JAW)
    for curve in curves:
        for variable in curve.driver.variables:
            place = variable.targets[0]
            if variable.type == 'TRANSFORMS':
                place.bone_target = jaw
            for slider in _DESCRIPTIONS:
                if place.data_path.endswith(f'["{slider}"]'):
                    place.data_path = f'{path}["{slider}"]'


def _add_sliders(armature: bpy.types.Object) -> None:
    bone = pose_bone(armature, JAW)
    for name, description in _DESCRIPTIONS.items():
        if name not in bone:
            bone[name] = 0.0
        ends = {"min": 0.0, "max": 1.0, "default": 0.0}
        bone.id_properties_ui(name).update(**ends, description=description)
        bone.property_overridable_library_set(f'["{name}"]', True)


def seal_keys(keys: bpy.types.Key | None) -> list[str]:
    """Names of the seal's shape keys."""
    return [name for role, name in control_keys(keys).items() if role.startswith(_ROLE)]
