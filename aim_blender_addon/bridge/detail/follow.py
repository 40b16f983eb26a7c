# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows at once when a setting of the detail is changed in the panel."""

import bpy

from ..data.linked import is_linked
from ..rig.objects import rig_of
from . import material, nodes, regions


def region_value(face: bpy.types.Object, name: str, kind: str) -> float:
    """The strength or the response of a region; 1 while the rig has no modifier."""
    rig = rig_of(face)
    modifier = nodes.modifier_of(rig) if rig is not None else None
    return 1.0 if modifier is None else regions.value(modifier, name, kind)


def set_region_value(face: bpy.types.Object, name: str, kind: str, number: float) -> None:
    """Set it on the modifier."""
    rig = rig_of(face)
    modifier = nodes.modifier_of(rig) if rig is not None else None
    if modifier is not None and not is_linked(rig):
        regions.set_value(modifier, name, kind, number)


def follow_look(face: bpy.types.Object) -> None:
    """Give materials and modifier of the rig the strength, the relief, and whether the detail is shown."""
    settings, rig = face.aim.detail, rig_of(face)
    if rig is None or settings.kind == 'NONE' or is_linked(rig):
        return
    for one in materials_of(rig):
        if not is_linked(one):
            amounts = (settings.strength, settings.pores)
            material.set_look(one, settings.relief, amounts, settings.shown)
    modifier = nodes.modifier_of(rig)
    if modifier is not None and modifier.show_viewport != settings.shown:
        modifier.show_viewport = modifier.show_render = settings.shown


def materials_of(rig: bpy.types.Object) -> list[bpy.types.Material]:
    """The materials of a rig's slots, each once."""
    found: list[bpy.types.Material] = []
    for slot in rig.material_slots:
        if slot.material is not None and slot.material not in found:
            found.append(slot.material)
    return found
