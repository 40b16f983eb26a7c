# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vertex groups of a face's skin while a body moves its neck, and as they were before."""

from collections.abc import Mapping

import bpy
import numpy as np

from ..data import attributes, groups, shape_keys
from ..data.name_lists import read_names, write_names
from . import carriers
from .neck import NeckWeights

#: Attributes of the mesh: how much the body moves each vertex; the groups as they were, by number.
_SHARE, _BEFORE = "aim_body_share", "aim_body_before_"
#: Custom property of the mesh object: names of those groups.
_NAMES = "aim_body_groups"
#: The second modifier of a skin whose body keeps its volume, and the group that says where it counts.
VOLUME = "AIM Body Volume"
#: Above this share what is left of a group is too little to tell what it was.
_LOST = 0.95


def write_neck(
    rig: bpy.types.Object,
    armature: bpy.types.Object,
    neck: NeckWeights,
    named: Mapping[str, str],
) -> None:
    """Let carriers move the neck of a skin.

    Args:
        rig: the skin.
        armature: of the face.
        neck: how bones of the body move it.
        named: carriers by key, see :func:`key_of`.
    """
    kept = (1 - neck.share).astype(np.float32)
    ours = set(carriers.find_carriers(armature).values())
    names = [
        bone.name
        for bone in armature.data.bones
        if bone.use_deform and bone.name not in ours and bone.name in rig.vertex_groups
    ]
    before = dict(zip(names, groups.read_groups(rig, names), strict=True))
    before = {name: row for name, row in before.items() if (row * neck.share).any()}
    attributes.write_attribute(rig.data, _SHARE, neck.share.astype(np.float32))
    for number, row in enumerate(before.values()):
        attributes.write_attribute(rig.data, f"{_BEFORE}{number}", row)
    write_names(rig, _NAMES, before)
    written: dict[str, np.ndarray] = {name: row * kept for name, row in before.items()}
    for part, row in neck.weights.items():
        name = named[key_of(*part)]
        written[name] = written.get(name, 0) + (row * neck.share).astype(np.float32)
    groups.write_groups(rig, written)
    if neck.preserves:
        _keep_volume(rig, armature, neck.share)


def restore(rig: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Take the body's groups off a skin; the others get back what they were, also those written since."""
    modifier = rig.modifiers.get(VOLUME)
    if modifier is not None:
        rig.modifiers.remove(modifier)
    for name in (VOLUME, *carriers.find_carriers(armature).values()):
        group = rig.vertex_groups.get(name)
        if group is not None:
            rig.vertex_groups.remove(group)
    share = attributes.read_attribute(rig.data, _SHARE)
    names = read_names(rig, _NAMES)
    if share is not None:
        left = 1 - share
        written = {}
        for number, name in enumerate(names):
            before = attributes.read_attribute(rig.data, f"{_BEFORE}{number}")
            now = groups.read_group(rig, name)
            if before is None or now is None:
                continue
            found = now / np.maximum(left, 1 - _LOST)
            written[name] = np.clip(np.where(share > _LOST, before, found), 0, 1)
        groups.write_groups(rig, {n: row for n, row in written.items() if n in rig.vertex_groups})
    for name in [_SHARE, *(f"{_BEFORE}{number}" for number in range(len(names)))]:
        attributes.remove_attribute(rig.data, name)
    if _NAMES in rig:
        del rig[_NAMES]


def is_written(rig: bpy.types.Object) -> bool:
    """Whether a body moves the neck of a skin: an update that made a new mesh has lost it."""
    return attributes.read_attribute(rig.data, _SHARE) is not None


def key_of(bone: str, joint: int) -> str:
    """Of the carrier that moves skin as a joint of a bone of the body does."""
    return f"neck {bone} joint {joint}" if joint else f"neck {bone}"


def moving_the_border(
    rig: bpy.types.Object, border: np.ndarray, mm_per_unit: float, least_mm: float
) -> dict[str, float]:
    """Shape keys that move the neck's border [V] bool, and by how many millimetres at their full value."""
    keys = rig.data.shape_keys
    found = {}
    for block in keys.key_blocks[1:] if keys else ():
        moved = np.linalg.norm(shape_keys.difference(block)[border], axis=1).max(initial=0.0)
        if moved * mm_per_unit >= least_mm:
            found[block.name] = float(moved) * mm_per_unit
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _keep_volume(rig: bpy.types.Object, armature: bpy.types.Object, share: np.ndarray) -> None:
    """Twist the neck as a body does that keeps its volume: a second modifier that mixes by the share."""
    groups.write_groups(rig, {VOLUME: share.astype(np.float32)})
    first = next(
        n for n, m in enumerate(rig.modifiers) if m.type == 'ARMATURE' and m.object == armature
    )
    made = rig.modifiers.new(VOLUME, 'ARMATURE')
    made.object, made.vertex_group = armature, VOLUME
    made.use_deform_preserve_volume = made.use_multi_modifier = True
    made.use_bone_envelopes = False
    rig.modifiers.move(len(rig.modifiers) - 1, first + 1)
