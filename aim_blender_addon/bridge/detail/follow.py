# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows at once when a setting of the detail is changed in the panel."""

import bpy
import numpy as np

from ..data.linked import is_linked
from ..rig.objects import rig_of
from . import material, nodes, skin


def follow_regions(face: bpy.types.Object) -> bool:
    """Write strengths and responses of the regions onto the rig's skin; False where it cannot take them."""
    settings, rig = face.aim.detail, rig_of(face)
    if rig is None or settings.kind == 'NONE' or is_linked(rig.data) or rig.mode == 'EDIT':
        return False
    strengths = np.array([region.strength for region in settings.regions])
    responses = np.array([region.response for region in settings.regions])
    return skin.write_regions(rig, settings.width, strengths, responses)


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
