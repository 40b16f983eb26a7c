# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shape keys of a rig show, read once for an edit of one key; and an edit written back as that key.

Blender's stack is rest + sum of value x (key - relative key), then the armature. An edit's shape is what the first
part shall be. So the edited key holds that shape less what the other keys give now. The rest of the stack stays
Blender's: sliders go on working.
"""

from dataclasses import dataclass, replace

import bpy
import numpy as np

from ..data import attributes, groups, shape_keys
from .rig_parts import RigParts, jaw_channels

#: Attribute of the rig's mesh: what the working key held before the first handle [V, 3], Blender units.
BASE = ".aim_edit_base"
#: The jaw bone was moved by somebody else if a channel differs by more, Blender units or radians.
_SAME_CHANNEL = 1e-5


@dataclass(frozen=True)
class EditState:
    """The shape keys of a rig around the one that is edited. Arrays are [V, 3] float64, Blender units.

    Attributes:
        key: name of the edited key, which may be missing still.
        rest: the reference key.
        others: what all other keys add to the rest now.
        own: what the edited key adds at its full value, whatever its slider says; zeros where it is missing.
        mm_per_unit: millimetres in one Blender unit.
    """

    key: str
    rest: np.ndarray
    others: np.ndarray
    own: np.ndarray
    mm_per_unit: float

    @property
    def below(self) -> np.ndarray:
        """[V, 3] what is shown without the edited key."""
        return self.rest + self.others

    @property
    def below_mm(self) -> np.ndarray:
        """[V, 3] mm: what is shown without the edited key."""
        return self.below * self.mm_per_unit

    @property
    def shown_mm(self) -> np.ndarray:
        """[V, 3] mm: what is shown with the edited key at its full value."""
        return (self.below + self.own) * self.mm_per_unit


def read_edit_state(rig: RigParts, key: str) -> EditState:
    """The shape keys around the key ``key``; the points of each are read once."""
    reference = rig.keys.reference_key
    points: dict[str, np.ndarray] = {}

    def read(block: bpy.types.ShapeKey) -> np.ndarray:
        if block.name not in points:
            points[block.name] = shape_keys.read_points(block)
        return points[block.name]

    rest = read(reference).astype(np.float64)
    others, own = np.zeros_like(rest), np.zeros_like(rest)
    for block in rig.keys.key_blocks:
        is_edited = block.name == key
        if not is_edited and (block == reference or block.mute or not block.value):
            continue
        motion = read(block) - read(block.relative_key)
        passed = _passed(rig, block)
        if is_edited:
            own = passed * motion.astype(np.float64)
        else:
            others += block.value * passed * motion
    return EditState(key, rest, others, own, rig.mm_per_unit)


def read_base_state(rig: RigParts) -> EditState:
    """The state that handles start from: the working key counts as it was before the first of them."""
    settings = rig.face.aim.sculpt
    state = read_edit_state(rig, settings.key_name)
    kept = attributes.read_vectors(rig.mesh.data, BASE) if len(settings.handles) else None
    return state if kept is None else replace(state, own=kept.astype(np.float64))


def slider_weights(rig: RigParts, full: str = "") -> np.ndarray:
    """[E] what the sliders of the model's own shape keys say; those that are gone say 0.

    Args:
        rig: the rig.
        full: a key that counts as fully shown, whatever its slider says.
    """
    blocks = rig.keys.key_blocks
    weights = []
    for name in shape_keys.baked_names(rig.mesh.data):
        block = blocks.get(name)
        shown = block is not None and not block.mute
        weights.append(1.0 if name == full else block.value if shown else 0.0)
    return np.array(weights)


def write_key(rig: RigParts, state: EditState, shape_mm: np.ndarray) -> None:
    """Let the edited key, fully shown, make a shape together with what the other keys add.

    Args:
        rig: the rig.
        state: as it was read; the key is made when it is missing.
        shape_mm: [V, 3] mm, what the shape keys shall show, head space.
    """
    block = rig.keys.key_blocks.get(state.key)
    if block is None:
        block = rig.mesh.shape_key_add(name=state.key, from_mix=False)
    block.relative_key = rig.keys.reference_key
    block.vertex_group, block.mute, block.value = "", False, 1.0
    shape_keys.write_points(block, shape_mm.astype(np.float64) / rig.mm_per_unit - state.others)
    rig.mesh.data.update()


def remember_base(rig: RigParts) -> None:
    """Keep what the rig shows before the first handle: the working key's own part, and the jaw."""
    settings = rig.face.aim.sculpt
    own = read_edit_state(rig, settings.key_name).own
    attributes.write_attribute(rig.mesh.data, BASE, own)
    settings.base_jaw = settings.edited_jaw = jaw_channels(rig.armature)


def forget_base(rig: RigParts) -> None:
    """The handles are gone: what they did stays."""
    attributes.remove_attribute(rig.mesh.data, BASE)


def base_jaw(rig: RigParts) -> np.ndarray:
    """[6] channels of the jaw bone before the handles; where it is now when somebody has moved it since."""
    settings, now = rig.face.aim.sculpt, jaw_channels(rig.armature)
    moved = np.abs(now - np.array(settings.edited_jaw)).max() > _SAME_CHANNEL
    if not len(settings.handles) or moved:
        settings.base_jaw = settings.edited_jaw = now
    return np.array(settings.base_jaw)


def _passed(rig: RigParts, block: bpy.types.ShapeKey) -> np.ndarray | float:
    """[V, 1] how much of a key its vertex group lets through; 1 without a group."""
    weights = groups.read_group(rig.mesh, block.vertex_group)
    return 1.0 if weights is None else weights[:, None]
