# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys as flesh is laid under them, and the settled shapes written back.

A shape is laid on flesh with its jaw. Jaws of scans and of shapes from a pose are known. Any other shape may hold a
motion of the jaw, as ARKit's do, so the worker finds it; it stays in the shape.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ... import compat
from ...backend.errors import EditError
from ...backend.geometry.skinning import skin_with_jaw, undo_jaw
from ...backend.model.aim import AimModel
from ..data import shape_keys
from ..rig import jaw_controls
from ..rig.carried import carry_keys
from ..sculpt.edit_state import read_edit_state
from ..sculpt.rig_parts import RigParts
from ..shapes import shapes
from ..shapes.combinations import parts_of
from . import simulated

#: A slider counts as in use from this value on.
_IN_USE = 0.02
#: What is settled: the shape that is picked, those selected or in use, or what the rig shows.
PICKED, SEVERAL, SHOWN = 'PICKED', 'SEVERAL', 'SHOWN'


@dataclass(frozen=True)
class LaidShapes:
    """K shapes of a rig, ready for the flesh.

    Attributes:
        names: of the shape keys that take the change.
        skins: [K, V, 3] mm, head space, the jaw's motion in them.
        jaws: [K, 4] parameters of the joint; NaN where the jaw is to be found.
        poses: [K, 4, 4] of the jaw bone with which each is shown.
    """

    names: tuple[str, ...]
    skins: np.ndarray
    jaws: np.ndarray
    poses: np.ndarray


def read(rig: RigParts, model: AimModel, what: str) -> LaidShapes:
    """The shapes that are to be settled.

    Raises:
        EditError: there are none, or one of them shows nothing alone.
    """
    names = _names(rig, what)
    weight = model.evaluate().jaw_weight.astype(float)
    rest = shape_keys.read_points(rig.keys.reference_key).astype(float) * rig.mm_per_unit
    skins, jaws, poses = [], [], []
    for name in names:
        block = rig.keys.key_blocks[name]
        if what == SHOWN:
            state = read_edit_state(rig, name)
            if block.mute or not block.value:
                raise EditError(
                    f"{name} is not in use: raise its slider, so that it can take the change of what is shown."
                )
            shape = state.below_mm + block.value * state.own * rig.mm_per_unit
            pose = np.asarray(jaw_controls.shown_pose(rig.armature), float)
            jaw = model.joint.parameters(pose)
        else:
            _require_alone(rig, name)
            shape = rest + shape_keys.difference(block).astype(float) * rig.mm_per_unit
            known = shapes.known_jaw(rig.face, name)
            pose = np.eye(4) if known is None else known
            jaw = np.full(4, np.nan) if known is None else model.joint.parameters(known)
        skins.append(skin_with_jaw(shape, pose, weight))
        jaws.append(jaw)
        poses.append(pose)
    return LaidShapes(names, np.stack(skins), np.array(jaws, float), np.stack(poses))


def write(rig: RigParts, model: AimModel, laid: LaidShapes, settled: np.ndarray, what: str) -> None:
    """Let the shape keys show settled skins [K, V, 3] mm; sliders, drivers and groups stay.

    Raises:
        EditError: a shape key was renamed or removed meanwhile; nothing is changed.
    """
    missing = [name for name in laid.names if name not in rig.keys.key_blocks]
    if missing:
        raise EditError(f"{missing[0]} was renamed or removed meanwhile: settle it again.")
    weight = model.evaluate().jaw_weight.astype(float)
    baked = shape_keys.baked_names(rig.mesh.data)
    for name, before, after, pose in zip(laid.names, laid.skins, settled, laid.poses, strict=True):
        block = rig.keys.key_blocks[name]
        moved = undo_jaw(after.astype(float), pose, weight) - undo_jaw(before, pose, weight)
        if what == SHOWN:
            moved /= block.value
        points = shape_keys.read_points(block).astype(float) + moved / rig.mm_per_unit
        shape_keys.write_points(block, points)
        if name in baked:
            shape_keys.mark_sculpted(rig.mesh.data, name, True)
    rig.mesh.data.update()
    carry_keys(rig.mesh, laid.names)


def _names(rig: RigParts, what: str) -> tuple[str, ...]:
    picked = shapes.picked(rig.mesh)
    if what != SEVERAL:
        if picked is None:
            raise EditError("No shape key is picked: pick one in the list of shape keys.")
        return (picked.name,)
    ours = simulated.names(rig.keys)
    selected = compat.selected_shape_keys(rig.keys)
    found: Sequence[str] = [block.name for block in selected]
    if len(found) < 2:  # noqa: PLR2004 -- Blender selects the picked one anyhow
        found = [b.name for b in rig.keys.key_blocks if not b.mute and abs(b.value) >= _IN_USE]
    reference = rig.keys.reference_key.name
    names = tuple(name for name in found if name not in ours and name != reference)
    if not names:
        raise EditError(
            f"No shape of {rig.mesh.name} is in use: raise the sliders of those to settle."
        )
    return names


def _require_alone(rig: RigParts, name: str) -> None:
    """Refuse what shows nothing by itself."""
    parts = parts_of(rig.keys, name)
    if parts or name in simulated.names(rig.keys):
        whole = " and ".join(parts) or "a simulated pose"
        raise EditError(
            f"{name} corrects {whole}: pose that on the rig, and settle what the rig shows."
        )
