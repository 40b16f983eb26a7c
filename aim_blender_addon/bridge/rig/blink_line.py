# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sliders for the line where shut lids meet: shape keys that show as far as other keys shut the lids."""

import bpy
import numpy as np

from ...backend.anatomy.eyes.blink_line import DOWN, UP, line_shapes
from ..data.drivers import new_expression
from .eye_bones import BLINK_LINES
from .lid_keys import add_property, add_shut, remove_keys, write_key
from .shut_lids import Lids

#: How the roles of these keys begin.
_ROLE = "line "
_SIGNS = {UP: 1, DOWN: -1}


def write_lines(eye: Lids, armature: bpy.types.Object, shut: list[np.ndarray]) -> None:
    """Make the keys of an eye's blink line, or bring them up to date; none where no shape shuts the lids.

    Args:
        eye: with its lids.
        armature: the rig's.
        shut: [V, 3] mm each, lids wholly shut; the first counts.
    """
    if not shut:
        remove_keys(eye.obj, eye.side, _ROLE)
        return
    shapes = line_shapes(eye.mesh, eye.is_skin, eye.ball, eye.opening, eye.axes, shut[0])
    back = np.linalg.inv(eye.to_head).T
    keys = eye.obj.data.shape_keys
    for way, moved in shapes.items():
        name = write_key(eye.obj, f"{_ROLE}{way} {eye.side}", moved @ back)
        driver = new_expression(keys, name)
        add_property(driver, "l", armature, BLINK_LINES[eye.side])
        shuts = add_shut(driver, armature, eye.side)
        # A simple expression: Blender reads it without Python, also where scripts may not run.
        driver.expression = f"clamp({_SIGNS[way]}*l)*clamp({shuts})"
