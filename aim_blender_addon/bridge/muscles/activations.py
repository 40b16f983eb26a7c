# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activations of muscles, read back from what a rig shows: kept in the list, keyed over a range, seen as colours.

They are properties of the neutral, so that they are looked at and edited in Blender's own editors. Drivers without
Python let the colours of the curves follow them.
"""

from collections.abc import Sequence

import bpy
import numpy as np

from ... import compat
from ..data.drivers import add_variable
from ..data.fitting_names import fit_name
from ..data.linked import is_linked
from ..rig import actions
from . import curves

_NAME = "Activations"


def path_of(name: str) -> str:
    """The path of a muscle's activation from the neutral."""
    return f'aim.muscles.muscles["{bpy.utils.escape_identifier(name)}"].activation'


def keep(
    face: bpy.types.Object, names: Sequence[str], values: np.ndarray, frames: np.ndarray | None
) -> bpy.types.Action | None:
    """Keep activations [T, M]: of one pose in the list, of a range as keys of a new Action of the neutral.

    An Action that the neutral plays already is put aside, and stays in the file.
    """
    listed = face.aim.muscles.muscles
    known = [number for number, name in enumerate(names) if name in listed]
    animation = face.animation_data
    if frames is None:
        if animation is not None and animation.action is not None and is_made(animation.action):
            animation.action = None
        for number in known:
            listed[names[number]].activation = float(values[0, number])
        face.update_tag()  # what drivers read is a copy of it
        follow(face)
        return None
    action = bpy.data.actions.new(fit_name(f"{face.name} {_NAME}", bpy.types.Action))
    animation = animation or face.animation_data_create()
    if animation.action is not None:
        animation.action.use_fake_user = True
    compat.assign_action(face, action)
    holder = compat.action_curves(action, face)
    for number in known:
        actions.write_curve(holder, path_of(names[number]), 0, frames, values[:, number])
    actions.mark(action)
    follow(face)
    return action


def forget(face: bpy.types.Object) -> None:
    """No activation is known any more: colours tell side and strength again."""
    animation = face.animation_data
    if animation is not None and animation.action is not None and is_made(animation.action):
        animation.action = None
    for item in face.aim.muscles.muscles:
        item.activation = -1.0
        curve = curves.curve_of(item)
        if curve is not None:
            curve.driver_remove("color")
    face.aim.muscles.explained = -1.0
    curves.colour(face)


def are_known(face: bpy.types.Object) -> bool:
    """Whether activations were read; cheap enough for draw."""
    action = face.animation_data.action if face.animation_data else None
    return (action is not None and is_made(action)) or any(
        item.activation >= 0 for item in face.aim.muscles.muscles
    )


def is_made(action: bpy.types.Action) -> bool:
    """Whether an Action holds activations alone."""
    paths = [curve.data_path for curve in compat.all_curves(action)]
    return bool(paths) and all(path.endswith("].activation") for path in paths)


def follow(face: bpy.types.Object) -> None:
    """Let the colours of the curves follow the activations, from grey to red."""
    for item in face.aim.muscles.muscles:
        curve = curves.curve_of(item)
        if curve is None or is_linked(curve):
            continue
        curve.driver_remove("color")
        low, high = curves.shades(item)
        for channel in range(3):
            driver = curve.driver_add("color", channel).driver
            driver.type = 'SCRIPTED'
            add_variable(driver, face, path_of(item.name), "a")
            # No sign after a product: Blender's simple expressions know none.
            driver.expression = f"{low[channel]:.4f}{high[channel] - low[channel]:+.4f}*clamp(a)"
