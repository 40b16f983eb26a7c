# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drivers as a bake makes them: without Python, so that they play where scripts may not run."""

import bpy

from .shape_keys import key_path


def add_variable(
    driver: bpy.types.Driver, owner: bpy.types.ID, path: str, name: str = ""
) -> bpy.types.DriverVariable:
    """Let a driver read a property, ``path`` from its datablock; a variable without a name keeps Blender's."""
    variable = driver.variables.new()
    if name:
        variable.name = name
    place = variable.targets[0]
    place.id_type, place.id = owner.id_type, owner
    place.data_path = path
    return variable


def add_bone_channel(
    driver: bpy.types.Driver, armature: bpy.types.Object, bone: str, channel: str, name: str
) -> None:
    """Let a driver read how a bone is posed along one of its own axes, whatever poses it: ``ROT_X``, ``LOC_Y`` ..."""
    variable = driver.variables.new()
    variable.name, variable.type = name, 'TRANSFORMS'
    place = variable.targets[0]
    place.id, place.bone_target = armature, bone
    place.transform_type, place.transform_space = channel, 'LOCAL_SPACE'
    place.rotation_mode = 'XYZ'


def follow(curve: bpy.types.FCurve, owner: bpy.types.ID, path: str, name: str = "") -> None:
    """Let a new driver hand on one property, as :func:`add_variable` takes it, by the response of its curve."""
    curve.driver.type = 'AVERAGE'
    add_variable(curve.driver, owner, path, name)


def new_expression(keys: bpy.types.Key, name: str) -> bpy.types.Driver:
    """A driver with an expression for a shape key, in place of the one it has.

    The expression has to be simple (sums, products, ``clamp``): Blender evaluates that without Python.
    """
    keys.driver_remove(key_path(name))
    driver = keys.driver_add(key_path(name)).driver
    driver.type = 'SCRIPTED'
    return driver
