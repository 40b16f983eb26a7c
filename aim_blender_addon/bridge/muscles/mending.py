# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Correctives that stand for the muscles, as shape keys whose drivers multiply two of the rig's own controls.

A driver is a simple expression of clamped shares, without Python, so that it plays where this extension is not.
"""

import bpy
import numpy as np

from ...backend.jobs.distil import DistilResult
from ...backend.model.aim import AimModel
from ..data import shape_keys
from ..data.drivers import add_bone_channel, add_variable, new_expression
from ..data.fitting_names import fit_name
from ..rig.armature import rest_matrix
from ..rig.carried import carry_keys
from ..rig.own_bones import JAW, bone_name
from ..rig.poses import bone_channels, in_units
from ..rig.still_eyes import hold_still
from ..sculpt.rig_parts import RigParts
from . import simulated

#: Channels of the jaw bone by the joint's parameters: opening, forward, side, shift.
_CHANNELS = ("ROT_X", "LOC_Y", "ROT_Z", "LOC_X")
_VARIABLES = ("a", "b")


def write(rig: RigParts, model: AimModel, result: DistilResult) -> list[str]:
    """Write the correctives in place of those of an earlier bake; keys of single poses and of ranges are muted.

    Args:
        rig: of the face.
        model: of the face.
        result: correctives and what drives them.

    Returns:
        Names of the shape keys.
    """
    remove(rig)
    keys, mesh = rig.keys, rig.mesh
    for name in simulated.names(keys):
        keys.key_blocks[name].mute = True
    rest, made = shape_keys.read_points(keys.reference_key), []
    picked = mesh.active_shape_key_index
    for name, shape, product in zip(result.names, result.shapes, result.products, strict=True):
        if not all(_is_there(keys, result, int(number)) for number in product):
            continue
        block = mesh.shape_key_add(
            name=fit_name(f"mend {name}", bpy.types.ShapeKey), from_mix=False
        )
        block.relative_key = keys.reference_key
        block.slider_min, block.slider_max, block.value = 0.0, 1.0, 0.0
        shape_keys.write_points(block, rest + shape / rig.mm_per_unit)
        _drive(rig, model, result, block.name, product)
        made.append(block.name)
    mesh.active_shape_key_index = picked
    simulated.keep_baked(keys, made)
    hold_still(mesh, rig.armature, made)
    mesh.data.update()
    carry_keys(mesh, made)
    return made


def remove(rig: RigParts) -> None:
    """Take away the correctives of an earlier bake, with their drivers."""
    simulated.compare(rig.keys, plain=False)
    for name in simulated.baked_names(rig.keys):
        rig.keys.driver_remove(shape_keys.key_path(name))
        rig.mesh.shape_key_remove(rig.keys.key_blocks[name])
    simulated.keep_baked(rig.keys, [])


def _is_there(keys: bpy.types.Key, result: DistilResult, number: int) -> bool:
    """Whether the rig still has a control; none, and what the jaw does, are always there."""
    channel = int(result.channels[number]) if number >= 0 else len(result.expression_names)
    names = result.expression_names
    return channel >= len(names) or names[channel] in keys.key_blocks


def _drive(
    rig: RigParts, model: AimModel, result: DistilResult, name: str, product: np.ndarray
) -> None:
    """The driver of a key: the product of the shares of two controls."""
    driver = new_expression(rig.keys, name)
    first, second = (int(number) for number in product)
    share = _share(rig, model, result, driver, first, _VARIABLES[0])
    if second == first:
        driver.expression = f"4*{share}*(1-{share})"
    elif second < 0:
        driver.expression = share
    else:
        driver.expression = f"{share}*{_share(rig, model, result, driver, second, _VARIABLES[1])}"


def _share(  # noqa: PLR0913
    rig: RigParts,
    model: AimModel,
    result: DistilResult,
    driver: bpy.types.Driver,
    number: int,
    name: str,
) -> str:
    """A clamped share in an expression, and its variable."""
    channel, count = int(result.channels[number]), len(result.expression_names)
    start, end = (float(value) for value in result.ends[number])
    if channel < count:
        path = shape_keys.key_path(result.expression_names[channel])
        add_variable(driver, rig.keys, path, name)
    else:
        axis = channel - count
        start, end = (_on_bone(rig, model, axis, value) for value in (start, end))
        bone = bone_name(rig.armature, JAW)
        add_bone_channel(driver, rig.armature, bone, _CHANNELS[axis], name)
    if start == 0 and end == 1:
        return f"clamp({name})"
    return f"clamp(({name}-({start:.6g}))/({end - start:.6g}))"


def _on_bone(rig: RigParts, model: AimModel, axis: int, value: float) -> float:
    """What the jaw bone's own channel shows when the joint goes by ``value`` along one parameter."""
    parameters = np.zeros(4)
    parameters[axis] = value
    rest = rest_matrix(rig.armature, bone_name(rig.armature, JAW))
    moved = in_units(np.asarray(model.joint.pose(parameters))[None], rig.mm_per_unit)
    place, turn = (one[0] for one in bone_channels(moved, rest))
    kind, letter = _CHANNELS[axis].split("_")
    return float((turn if kind == "ROT" else place)["XYZ".index(letter)])
