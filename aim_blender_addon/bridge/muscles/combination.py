# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a simulated pose adds, as a shape key that the shapes and the jaw of that pose drive together.

The driver is a product of shares that are one in the pose, each from 0 to 1, so that the pose shows the simulation
and what the scans show stays. A pose of one shape alone, and of a scan on its way, lies between two things that are
known, rest and scan: there the driver is zero at both. Drivers are simple expressions, without Python.
"""

from dataclasses import dataclass

import bpy
import numpy as np

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
from .pose import LEAST_OPEN, LEAST_WAY, ShownPose, reach_mm

#: More shapes do not fit into the expression of a driver; those that move most are taken.
MOST = 8
#: A shape nearer to rest or to its scan adds nothing that is not known.
_NEAR_END = 0.03
#: What simulations add by less is nothing, mm.
NOTHING_MM = 0.01
_JAW_LABEL, _REST_LABEL = "jaw", "rest"


@dataclass(frozen=True)
class Written:
    """A combination that was written.

    Attributes:
        name: of the shape key.
        parts: shapes that drive it.
        jaw: the jaw drives it, too.
        moved_mm: how far it moves the skin at most.
        dropped: shapes in use that do not drive it, as there are too many.
    """

    name: str
    parts: list[str]
    jaw: bool
    moved_mm: float
    dropped: list[str]


def write(rig: RigParts, model: AimModel, pose: ShownPose, added: np.ndarray) -> Written:
    """Write what a simulated pose adds; the key of an earlier simulation of the same shapes is replaced.

    Args:
        rig: of the face.
        model: of the face.
        pose: that was simulated.
        added: [V, 3] mm, before the jaw moves it.
    """
    simulated.compare(rig.keys, plain=False)
    names = [model.expression_names[number] for number in pose.in_use]
    by_reach = sorted(names, key=lambda name: -_moved(rig, model, pose, name))
    parts = [name for name in names if name in by_reach[:MOST]]
    on_way = _on_way(model, pose)
    jaw = pose.jaw_moves and not on_way
    label = " + ".join([*parts, *([_JAW_LABEL] if jaw else [])]) or _REST_LABEL
    name = fit_name(f"sim {label}", bpy.types.ShapeKey)
    added = added - _others(rig, name)
    moved = float(np.linalg.norm(added, axis=1).max(initial=0.0))
    if moved < NOTHING_MM:
        return Written("", parts, jaw, moved, [])
    picked = rig.mesh.active_shape_key_index
    block = rig.keys.key_blocks.get(name)
    if block is None:
        block = rig.mesh.shape_key_add(name=name, from_mix=False)
    block.relative_key = rig.keys.reference_key
    block.vertex_group, block.mute = "", False
    rest = shape_keys.read_points(rig.keys.reference_key)
    shape_keys.write_points(block, rest + added / rig.mm_per_unit)
    rig.mesh.active_shape_key_index = picked
    _drive(
        rig, block, {name: weight(model, pose, name) for name in parts}, jaw, pose, on_way, model
    )
    simulated.add_pose(rig.keys, name)
    hold_still(rig.mesh, rig.armature, [name])
    rig.mesh.data.update()
    carry_keys(rig.mesh, [name])
    return Written(name, parts, jaw, moved, [one for one in names if one not in parts])


def weight(model: AimModel, pose: ShownPose, name: str) -> float:
    """The weight of an expression in a pose."""
    return float(pose.weights[model.expression_names.index(name)])


def _moved(rig: RigParts, model: AimModel, pose: ShownPose, name: str) -> float:
    return abs(weight(model, pose, name)) * reach_mm(rig, name)


def _on_way(model: AimModel, pose: ShownPose) -> bool:
    """Whether the pose lies on the way from rest to a scan: one shape, and the jaw as far along its scan's pose."""
    if len(pose.in_use) != 1:
        return False
    number = pose.in_use[0]
    own = pose.weights[number] * np.asarray(model.joint.parameters(model.jaw_poses[number]), float)
    apart = np.abs(own - pose.jaw)
    return bool(apart[0] < 2 * LEAST_OPEN and apart[1:].max() < 2 * LEAST_WAY)


def _others(rig: RigParts, name: str) -> np.ndarray | float:
    """[V, 3] mm what other simulated keys show in this pose."""
    total = 0.0
    for other in simulated.names(rig.keys):
        block = rig.keys.key_blocks[other]
        if other != name and block.value and not block.mute:
            total = total + block.value * shape_keys.difference(block).astype(float)
    return total * rig.mm_per_unit


def _drive(
    rig: RigParts,
    block: bpy.types.ShapeKey,
    values: dict[str, float],
    jaw: bool,
    pose: ShownPose,
    on_way: bool,
    model: AimModel,
) -> None:
    block.slider_min, block.slider_max = 0.0, 1.0
    if not values and not jaw:  # what gravity and material do to the face at rest
        rig.keys.driver_remove(shape_keys.key_path(block.name))
        block.value = 1.0
        return
    driver = new_expression(rig.keys, block.name)
    factors = []
    for number, (name, value) in enumerate(values.items()):
        add_variable(driver, rig.keys, shape_keys.key_path(name), f"s{number}")
        if on_way:
            end = min(max(abs(value), _NEAR_END), 1 - _NEAR_END)
            share = f"clamp(s0/{np.sign(value):.0f})"
            factors.append(f"{share}*(1-{share})/{end * (1 - end):.5f}")
            block.slider_max = max(1.0, 0.25 / (end * (1 - end)))
        else:
            factors.append(f"clamp(s{number}/{value:.4f})")
    for channel, value in _jaw_channels(rig, model, pose) if jaw else ():
        name = f"j{channel[-1].lower()}"
        add_bone_channel(driver, rig.armature, bone_name(rig.armature, JAW), channel, name)
        factors.append(f"clamp({name}/{value:.5f})")
    driver.expression = "*".join(factors)


def _jaw_channels(rig: RigParts, model: AimModel, pose: ShownPose) -> list[tuple[str, float]]:
    """Channels of the jaw bone that are in use, with their values: opening and side, else the way forward."""
    rest = rest_matrix(rig.armature, bone_name(rig.armature, JAW))
    moved = in_units(np.asarray(model.joint.pose(pose.jaw))[None], rig.mm_per_unit)
    place, turn = (channel[0] for channel in bone_channels(moved, rest))
    opening, forward, side, shift = np.abs(pose.jaw)
    found = []
    if opening >= LEAST_OPEN:
        found.append(('ROT_X', float(turn[0])))
    if side >= LEAST_WAY:
        found.append(('ROT_Z', float(turn[2])))
    if not found and forward >= LEAST_WAY:
        found.append(('LOC_Y', float(place[1])))
    if not found and shift >= LEAST_WAY:
        found.append(('LOC_X', float(place[0])))
    return found
