# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A freely sculpted shape key as the backend constrains it; as it was before, it is kept beside it."""

import hashlib
from dataclasses import dataclass

import numpy as np

from ...backend.errors import EditError
from ..data import attributes, groups, shape_keys
from . import rig_parts
from .edit_state import read_edit_state
from .rig_parts import RigParts

#: Attribute of the rig's mesh: the points of the constrained key as they were before, or, while Compare shows those,
#: as they are after [V, 3], Blender units.
BEFORE = ".aim_before"
#: Where Sculpt Mode keeps its mask.
_MASK = ".sculpt_mask"


@dataclass(frozen=True)
class Sculpted:
    """What the shape keys show [V, 3] float32 mm with a key at its full value, and without it."""

    sculpted: np.ndarray
    without: np.ndarray


def with_and_without(rig: RigParts, name: str) -> Sculpted:
    """The shape with the key ``name`` at its full value, whatever its slider says."""
    state = read_edit_state(rig, name)
    return Sculpted(state.shown_mm.astype(np.float32), state.below_mm.astype(np.float32))


def own_expression(rig: RigParts, name: str) -> int:
    """Which of the model's expressions a key is, or -1."""
    names = shape_keys.baked_names(rig.mesh.data)
    return names.index(name) if name in names else -1


def mask(rig: RigParts, group: str) -> np.ndarray | None:
    """[V] float32 in 0..1 of Sculpt Mode's mask and a vertex group, whichever is larger; None where there is neither.

    Raises:
        EditError: the group is gone.
    """
    found = []
    painted = attributes.read_attribute(rig.mesh.data, _MASK)
    if painted is not None and painted.any():
        found.append(painted.astype(np.float32))
    if group:
        weights = groups.read_group(rig.mesh, group)
        if weights is None:
            raise EditError(
                f"{rig.mesh.name} has no vertex group {group} any more: pick another one to keep, or none."
            )
        found.append(weights)
    return np.maximum.reduce(found) if found else None


def fingerprint(rig: RigParts, name: str) -> str:
    """What tells the points of a key apart from others."""
    points = shape_keys.read_points(rig.keys.key_blocks[name])
    return hashlib.blake2b(points.tobytes(), digest_size=16).hexdigest()


def keep_before(rig: RigParts, name: str) -> None:
    """Keep a key and the jaw as they are, to be compared with."""
    block = rig.keys.key_blocks[name]
    attributes.write_attribute(rig.mesh.data, BEFORE, shape_keys.read_points(block))
    settings = rig.face.aim.sculpt
    settings.before_key, settings.shows_before = name, False
    settings.before_jaw = rig_parts.jaw_channels(rig.armature)


def write_constrained(rig: RigParts, name: str, shape_mm: np.ndarray, pose: np.ndarray) -> None:
    """Let a key at its full value make shape [V, 3] mm together with the other keys; the jaw is posed [4, 4] mm."""
    block = rig.keys.key_blocks[name]
    relative = shape_keys.read_points(block.relative_key)
    below = read_edit_state(rig, name).below
    added = shape_mm.astype(np.float64) / rig.mm_per_unit - below
    block.vertex_group, block.mute, block.value = "", False, 1.0
    write_points(rig, block.name, relative + added)
    rig_parts.show_jaw(rig, pose)


def swap_before(rig: RigParts) -> None:
    """Show the key and the jaw that are kept, and keep those that are shown.

    Raises:
        EditError: nothing fitting is kept.
    """
    settings = rig.face.aim.sculpt
    block = rig.keys.key_blocks.get(settings.before_key)
    kept = attributes.read_vectors(rig.mesh.data, BEFORE)
    if block is None or kept is None:
        raise EditError(
            f"{rig.mesh.name} keeps no shape to compare with: constrain a sculpt first."
        )
    shown, channels = shape_keys.read_points(block), rig_parts.jaw_channels(rig.armature)
    write_points(rig, block.name, kept)
    attributes.write_attribute(rig.mesh.data, BEFORE, shown)
    rig_parts.set_jaw_channels(rig.armature, np.array(settings.before_jaw))
    settings.before_jaw = channels
    settings.shows_before = not settings.shows_before


def write_points(rig: RigParts, name: str, points: np.ndarray) -> None:
    """Set the points [V, 3] of a key, Blender units, also in Sculpt Mode."""
    shape_keys.write_points(rig.keys.key_blocks[name], points)
    rig.mesh.data.update()
