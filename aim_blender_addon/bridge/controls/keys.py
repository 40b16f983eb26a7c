# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys that the face controls drive.

Each way of a control has a shape key of its own, made of the face's expressions in the control's region. The shapes of
the scans and ARKit's stay free: takes, streams and sliders move them as before, and controls add to that. The driver
is the average of one property, and its curve is the response. What two ways need at once has a key that is their
product. No driver needs Python, so all plays also where scripts may not run.
"""

import re
from collections.abc import Mapping, Sequence

import bpy
import numpy as np

from ..data import shape_keys
from ..data.driven_keys import driver_of
from ..data.drivers import add_variable, follow, new_expression
from ..data.fitting_names import fit_name
from ..data.shape_keys import key_path

#: Custom property of the Key: names of the controls' shape keys by role: control and way, and others.
_KEYS = "aim_control_keys"
#: How the first variable of the driver of such a key is called before its role: the user may rename the key.
_MARK = "ctl_"
_LONGEST = 63  # of a variable's name
#: Between the roles of two ways, in the role of what both need at once.
_WITH = " with "


def control_keys(keys: bpy.types.Key | None) -> dict[str, str]:
    """Names of the controls' shape keys that are there, by control and way: ``brow_mid.L up``.

    A key that the user has renamed is found by its driver.
    """
    kept = keys.get(_KEYS) if keys is not None else None
    named = kept.items() if hasattr(kept, "items") else ()
    marked = _marked(keys) if named else {}
    taken = set(marked.values())
    found = {}
    for role, name in named:
        if mark(role) in marked:
            found[role] = marked[mark(role)]
        elif name in keys.key_blocks and name not in taken:
            found[role] = name
    return found


def mark(role: str) -> str:
    """What the first variable of the driver of a control's shape key is called."""
    return (_MARK + re.sub(r"\W", "_", role))[:_LONGEST]


def _marked(keys: bpy.types.Key) -> dict[str, str]:
    """Names of shape keys whose drivers are marked, by the mark."""
    names = {key_path(block.name): block.name for block in keys.key_blocks}
    return {
        curve.driver.variables[0].name: names[curve.data_path]
        for curve in (keys.animation_data.drivers if keys.animation_data else ())
        if curve.data_path in names
        and len(curve.driver.variables)
        and curve.driver.variables[0].name.startswith(_MARK)
    }


def shown_by(keys: bpy.types.Key, values: Mapping[tuple[str, int], float]) -> dict[str, float]:
    """Values of the controls' shape keys where controls' channels, by path and index, have these values."""
    shown = {}
    for name in control_keys(keys).values():
        curve = driver_of(keys, name)
        if curve is None or not curve.driver.variables:
            continue
        path, _bracket, axis = curve.driver.variables[0].targets[0].data_path[:-1].rpartition("[")
        line = next((m for m in curve.modifiers if m.type == 'GENERATOR'), None)
        if line is None or not axis.isdigit():
            continue
        value = values.get((path, int(axis)), 0.0) * line.coefficients[1]
        if value > 0:
            shown[name] = min(value, 1.0)
    known = control_keys(keys)
    for role, name in known.items():
        one, _with, two = role.partition(_WITH)
        if known.get(one) in shown and known.get(two) in shown:
            a, b = shown[known[one]], shown[known[two]]
            shown[name] = max(a * a + b * b - 1, 0.0) if _is_aslant(one, two) else a * b
    return shown


def remove_keys(obj: bpy.types.Object, keep: Sequence[str] = ()) -> None:
    """Take the controls' shape keys away, but for those of the roles ``keep``."""
    keys = obj.data.shape_keys
    known = control_keys(keys)
    for role, name in known.items():
        if role not in keep:
            keys.driver_remove(key_path(name))
            obj.shape_key_remove(keys.key_blocks[name])
    if keys is None:
        return
    left = {role: name for role, name in known.items() if role in keep}
    if left:
        keys[_KEYS] = left
    elif _KEYS in keys:
        del keys[_KEYS]


def write_keys(
    obj: bpy.types.Object,
    armature: bpy.types.Object,
    bones: Mapping[str, str],
    ways: Sequence[tuple[str, str, int, float]],
    moved: np.ndarray,
) -> None:
    """Make the shape keys of ways, or bring them up to date, and let the bones drive them.

    Args:
        obj: the skin.
        armature: with the controls.
        bones: names of the controls' bones.
        ways: K of control, way, axis, and location at the limit, Blender units.
        moved: [K, V, 3] displacements there, in the object's space.
    """
    labels = {}
    for control, way, *_ in ways:
        stem, dot, side = control.partition(".")
        labels[f"{control} {way}"] = f"ctl_{stem}_{way}{dot}{side}"
    names = write_shapes(obj, labels, moved)
    keys = obj.data.shape_keys
    for name, (control, way, axis, limit) in zip(names, ways, strict=True):
        _drive(keys, name, armature, bones[control], axis, limit, mark(f"{control} {way}"))


def write_pairs(obj: bpy.types.Object, pairs: Sequence[tuple[str, str]], moved: np.ndarray) -> None:
    """Make the shape keys that two ways need at once, or bring them up to date.

    Their value is the product of both; for two ways of one control it grows beyond the ellipse of its limits.

    Args:
        obj: the skin, with the ways' own keys.
        pairs: P pairs of roles.
        moved: [P, V, 3] displacements where both are at their limits, in the object's space.
    """
    keys = obj.data.shape_keys
    known = control_keys(keys)
    labels = {
        pair_role(one, two): fit_name(f"{known[one]}_with_{known[two][4:]}", bpy.types.ShapeKey)
        for one, two in pairs
    }
    for name, (one, two) in zip(write_shapes(obj, labels, moved), pairs, strict=True):
        driver = new_expression(keys, name)
        first = mark(pair_role(one, two))
        for variable, role in ((first, one), ("b", two)):
            add_variable(driver, keys, key_path(known[role]), variable)
        # A simple expression: Blender reads it without Python.
        driver.expression = f"{first}*b"
        if _is_aslant(one, two):
            driver.expression = f"max({first}*{first}+b*b-1,0)"


def pair_role(one: str, two: str) -> str:
    """The role of the shape key of two ways at once."""
    return f"{one}{_WITH}{two}"


def _is_aslant(one: str, two: str) -> bool:
    """Whether two ways are of one control: their shape takes back what goes beyond both limits' ellipse."""
    return one.rpartition(" ")[0] == two.rpartition(" ")[0]


def write_shapes(obj: bpy.types.Object, labels: Mapping[str, str], moved: np.ndarray) -> list[str]:
    """Make shape keys of controls, or bring them up to date; their names.

    Args:
        obj: the skin.
        labels: what a new key of each of K roles is called.
        moved: [K, V, 3] displacements, in the object's space.
    """
    keys = obj.data.shape_keys
    known, picked = control_keys(keys), obj.active_shape_key_index
    rest = shape_keys.read_points(keys.reference_key)
    for (role, label), shape in zip(labels.items(), moved, strict=True):
        if role not in known:
            known[role] = obj.shape_key_add(name=label, from_mix=False).name
        block = keys.key_blocks[known[role]]
        block.relative_key = keys.reference_key
        block.slider_min, block.slider_max = 0.0, 1.0
        shape_keys.write_points(block, rest + shape)
    keys[_KEYS] = known
    obj.active_shape_key_index = picked
    obj.data.update()
    return [known[role] for role in labels]


def _drive(
    keys: bpy.types.Key,
    name: str,
    armature: bpy.types.Object,
    bone: str,
    axis: int,
    limit: float,
    variable: str,
) -> None:
    keys.driver_remove(key_path(name))
    curve = keys.driver_add(key_path(name))
    for modifier in list(curve.modifiers):
        curve.modifiers.remove(modifier)
    while len(curve.keyframe_points):
        curve.keyframe_points.remove(curve.keyframe_points[0], fast=True)
    # Two keys this near in "time" would count as one, so the response is a line; the key's range ends it.
    line = curve.modifiers.new('GENERATOR')
    line.poly_order = 1
    line.coefficients = (0.0, 1.0 / limit)
    follow(curve, armature, location_path(bone, axis), variable)


def location_path(bone: str, axis: int) -> str:
    """The path from an armature object to a location of a pose bone."""
    return f'pose.bones["{bpy.utils.escape_identifier(bone)}"].location[{axis}]'
