# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controls that have lost their bone, and what can be mended without making them anew.

Blender leads drivers along when the user renames a bone, but not those that read its location. A jaw bone that was made
anew has neither the sliders of the seal nor the controls of the lower lip on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import bpy

from ..data.shape_keys import key_path
from ..rig.own_bones import CONTROL, find_controls
from . import bones
from .keys import control_keys, location_path
from .seal import has_seal, mend_seal, seal_keys

_START, _END = 'pose.bones["', '"].location['


@dataclass(frozen=True)
class Lost:
    """Controls that move nothing any more, and the sliders of the seal.

    Attributes:
        renamed: controls whose bone has another name than their drivers read.
        gone: controls whose bone is gone.
        on_jaw: the jaw bone was made anew: the seal's sliders are gone, or controls hang on another bone.
    """

    renamed: tuple[str, ...]
    gone: tuple[str, ...]
    on_jaw: bool

    @property
    def can_mend(self) -> bool:
        """Whether :func:`mend` helps."""
        return bool(self.renamed) or self.on_jaw


def find_lost(rig: bpy.types.Object | None, armature: bpy.types.Object | None) -> Lost:
    """What a rig's controls have lost; cheap enough for draw."""
    keys = rig.data.shape_keys if rig is not None else None
    if keys is None or armature is None:
        return Lost((), (), False)
    named = find_controls(armature)
    renamed, gone = {}, {}
    for way in _ways(keys):
        if way.control not in named:
            gone[way.control] = True
        elif named[way.control] != way.bone:
            renamed[way.control] = True
    unsealed = bool(seal_keys(keys)) and not has_seal(armature)
    return Lost(tuple(renamed), tuple(gone), unsealed or bones.is_off_bones(armature))


def mend(rig: bpy.types.Object, armature: bpy.types.Object, context: bpy.types.Context) -> Lost:
    """Let drivers read the bones that the controls are now, and give a jaw bone made anew what it had.

    Returns:
        What is still lost after that.
    """
    keys = rig.data.shape_keys
    named = find_controls(armature)
    for way in _ways(keys):
        in_place = armature.data.bones.get(way.bone)
        if way.control not in named and in_place is not None and CONTROL not in in_place:
            in_place[CONTROL] = (
                way.control
            )  # the user has made this bone in place of the one that is gone
            named[way.control] = way.bone
        bone = named.get(way.control, way.bone)
        way.place.data_path = location_path(bone, way.axis)
    mend_seal(keys, armature)
    bones.hang_again(armature, context)
    keys.update_tag()
    armature.update_tag()
    context.view_layer.update()
    return find_lost(rig, armature)


@dataclass(frozen=True)
class _Way:
    """What the driver of a control's way reads: a location of the bone of that name."""

    control: str
    bone: str
    axis: int
    place: bpy.types.DriverTarget


def _ways(keys: bpy.types.Key) -> Iterator[_Way]:
    roles = {key_path(name): role for role, name in control_keys(keys).items()}
    for curve in keys.animation_data.drivers if roles and keys.animation_data else ():
        role, variables = roles.get(curve.data_path, ""), curve.driver.variables
        if not role or not len(variables):
            continue
        place = variables[0].targets[0]
        if place.data_path.startswith(_START) and _END in place.data_path:
            name, _end, axis = place.data_path[len(_START) :].rpartition(_END)
            control = role.rpartition(" ")[0]
            yield _Way(control, bpy.utils.unescape_identifier(name), int(axis[:-1]), place)
