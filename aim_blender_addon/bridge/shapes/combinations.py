# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Combination shapes: shape keys that two others drive together.

The drivers need no Python: MIN is a kind of its own, and a product of two names is one of the simple expressions that
Blender works out itself, also where scripts may not run.
"""

import re

import bpy

from ..data import shape_keys
from ..rig.controls import key_path

#: Names of the variables; the expression of a product says them again.
_FIRST, _SECOND = "aim_first", "aim_second"
PRODUCT, LEAST = "PRODUCT", "MIN"
_PATH = re.compile(r'key_blocks\["(.*)"\]\.value')


def combine(rig: bpy.types.Object, first: str, second: str, how: str) -> bpy.types.ShapeKey:
    """A new shape key of no motion that ``first`` and ``second`` drive by their product or the lesser of them."""
    keys = rig.data.shape_keys
    block = rig.shape_key_add(name=f"{first}_{second}"[: shape_keys.MAX_NAME_BYTES], from_mix=False)
    shape_keys.write_points(block, shape_keys.read_points(keys.reference_key))
    driver = block.driver_add("value").driver
    driver.type = 'MIN' if how == LEAST else 'SCRIPTED'
    for name, shape in ((_FIRST, first), (_SECOND, second)):
        variable = driver.variables.new()
        variable.name = name
        variable.targets[0].id_type = 'KEY'
        variable.targets[0].id = keys
        variable.targets[0].data_path = key_path(shape)
    if how != LEAST:
        driver.expression = f"{_FIRST} * {_SECOND}"
    return block


def parts_of(keys: bpy.types.Key, shape: str) -> list[str]:
    """The two shapes that drive a combination, as far as they are there; none of any other shape."""
    curve = keys.animation_data.drivers.find(key_path(shape)) if keys.animation_data else None
    if curve is None or [v.name for v in curve.driver.variables] != [_FIRST, _SECOND]:
        return []
    paths = (variable.targets[0].data_path for variable in curve.driver.variables)
    names = (found[1] for path in paths if (found := _PATH.fullmatch(path)))
    escaped = {bpy.utils.escape_identifier(block.name): block.name for block in keys.key_blocks}
    return [escaped[name] for name in names if name in escaped]
