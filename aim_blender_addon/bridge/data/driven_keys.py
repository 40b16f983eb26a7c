# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys that drivers move: which property to animate in their place, if there is one."""

import bpy

from .shape_keys import key_path

_AVERAGING = {'AVERAGE', 'SUM', 'MIN', 'MAX'}


def driver_of(keys: bpy.types.Key, name: str) -> bpy.types.FCurve | None:
    """The driver of a shape key's value, or None."""
    return keys.animation_data.drivers.find(key_path(name)) if keys.animation_data else None


def following(keys: bpy.types.Key, head: bpy.types.Key | None) -> set[str]:
    """Names of the shape keys that have the value of one of a head's by a driver, whatever plays there."""
    if keys.animation_data is None or head is None or keys == head:
        return set()
    curves = [curve for curve in keys.animation_data.drivers if reads(curve, head)]
    paths = {curve.data_path for curve in curves}
    return {block.name for block in keys.key_blocks if paths and key_path(block.name) in paths}


def reads(curve: bpy.types.FCurve, keys: bpy.types.Key) -> bool:
    """Whether a driver hands on the value of a shape key of ``keys``."""
    source = handed_on(curve)
    return source is not None and source[0] == keys


def handed_on(curve: bpy.types.FCurve) -> tuple[bpy.types.ID, str] | None:
    """Owner and path of the one property that a driver hands on unchanged, or None."""
    driver = curve.driver
    keys = curve.keyframe_points
    # From Blender 5.0 on new drivers have keys from (0, 0) to (1, 1), before a generator; both hand the value on.
    straight = curve.extrapolation == 'LINEAR' and all(abs(k.co.x - k.co.y) < 1e-6 for k in keys)
    if len(driver.variables) != 1 or (len(keys) and not straight):
        return None
    for modifier in curve.modifiers:
        plain = modifier.type == 'GENERATOR' and tuple(modifier.coefficients) == (0.0, 1.0)
        if not (plain or modifier.mute):
            return None
    variable = driver.variables[0]
    hands_on = driver.type in _AVERAGING or (
        driver.type == 'SCRIPTED' and driver.expression.strip() == variable.name
    )
    place = variable.targets[0]
    if not hands_on or variable.type != 'SINGLE_PROP' or place.id is None:
        return None
    return place.id, place.data_path
