# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys that drivers move: which property to animate in their place, if there is one."""

import bpy

from .shape_keys import key_path

_AVERAGING = {'AVERAGE', 'SUM', 'MIN', 'MAX'}


def driver_of(keys: bpy.types.Key, name: str) -> bpy.types.FCurve | None:
    """The driver of a shape key's value, or None."""
    return keys.animation_data.drivers.find(key_path(name)) if keys.animation_data else None


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
