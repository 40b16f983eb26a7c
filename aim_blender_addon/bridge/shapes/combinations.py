# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Combination shapes: shape keys that two others drive together.

The drivers need no Python: MIN is a kind of its own, and a product of two names is one of the simple expressions that
Blender works out itself, also where scripts may not run.
"""

import bpy

from ..data import shape_keys
from ..data.driven_keys import driver_of
from ..data.drivers import add_variable

#: Names of the variables; the expression of a product says them again.
_FIRST, _SECOND = "aim_first", "aim_second"
PRODUCT, LEAST = "PRODUCT", "MIN"


def combine(rig: bpy.types.Object, first: str, second: str, how: str) -> bpy.types.ShapeKey:
    """A new shape key of no motion that ``first`` and ``second`` drive by their product or the lesser of them."""
    keys = rig.data.shape_keys
    block = rig.shape_key_add(name=f"{first}_{second}"[: shape_keys.MAX_NAME_BYTES], from_mix=False)
    shape_keys.write_points(block, shape_keys.read_points(keys.reference_key))
    driver = block.driver_add("value").driver
    driver.type = 'MIN' if how == LEAST else 'SCRIPTED'
    for name, shape in ((_FIRST, first), (_SECOND, second)):
        add_variable(driver, keys, shape_keys.key_path(shape), name)
    if how != LEAST:
        driver.expression = f"{_FIRST} * {_SECOND}"
    return block


def parts_of(keys: bpy.types.Key, shape: str) -> list[str]:
    """The two shapes that drive a combination, as far as they are there; none of any other shape."""
    curve = driver_of(keys, shape)
    if curve is None or [v.name for v in curve.driver.variables] != [_FIRST, _SECOND]:
        return []
    paths = (variable.targets[0].data_path for variable in curve.driver.variables)
    named = {shape_keys.key_path(block.name): block.name for block in keys.key_blocks}
    return [named[path] for path in paths if path in named]
