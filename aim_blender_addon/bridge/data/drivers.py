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
