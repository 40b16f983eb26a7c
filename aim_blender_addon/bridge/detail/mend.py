# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a detail from showing as it should, and what of that can be mended."""

import bpy

from ... import words
from ...backend.errors import RigError
from ..rig.objects import check_can_write, rig_of
from . import apply, follow, images, material, nodes, skin


def troubles(face: bpy.types.Object) -> list[str]:
    """Sentences about what is wrong; cheap enough for draw."""
    settings, rig = face.aim.detail, rig_of(face)
    if rig is None or settings.kind == 'NONE':
        return []
    found = []
    if changed := skin.edited(face):
        found.append(changed)
    if nodes.modifier_of(rig) is None:
        found.append("The modifier AIM Detail is gone: press Mend Detail")
    elif (misplaced := nodes.misplaced(rig)) is not None:
        side, other = misplaced
        text = "The modifier AIM Detail stands behind {other}, which adds faces: press Mend Detail"
        if side == 'BEFORE':
            text = "The modifier AIM Detail stands before {other}, so that bones do not count: press Mend Detail"
        found.append(words.report(text, other=other.name))
    if not skin.is_whole(rig.data):
        text = "An attribute of the detail is gone from {rig}: make the detail again"
        found.append(words.report(text, rig=rig.name))
    if not images.has_maps(face) or settings.group is None:
        found.append("An image or the node group of the detail is gone: make the detail again")
    else:
        ready = [one for one in follow.materials_of(rig) if material.is_ready(one)]
        lost = [one.name for one in ready if not any(material.nodes_in(one))]
        if lost:
            text = "The material {material} shows no detail: press Mend Detail"
            found.append(words.report(text, material=lost[0]))
    return [*found, *_subdivision(rig)]


def mend(face: bpy.types.Object) -> list[str]:
    """Put modifier and nodes back where they belong; sentences about what stays wrong.

    Raises:
        RigError: the mesh has been edited since, or maps are gone; nothing is changed then.
    """
    rig = rig_of(face)
    check_can_write(rig)
    apply.check_rig(rig)
    if changed := skin.edited(face):
        raise RigError(f"{changed}.")
    if not images.has_maps(face):
        raise RigError(
            f"The detail of {face.name} has lost an image: make the detail again, or undo."
        )
    nodes.add_modifier(rig)
    nodes.show_colours(rig, face.aim.detail.colours)
    notes = apply.show_in_materials(face)
    follow.follow_look(face)
    return notes


def _subdivision(rig: bpy.types.Object) -> list[str]:
    """Heights are those over the subdivided skin, with a UV map that stays straight."""
    subdividing = [m for m in rig.modifiers if m.type in {'SUBSURF', 'MULTIRES'}]
    if not subdividing:
        return ["Add a Subdivision Surface modifier: heights are those over the subdivided skin"]
    if any(m.uv_smooth != 'NONE' for m in subdividing):
        text = "Set UV Smooth of {modifier} to None: maps lie in the UV map as it is"
        return [words.report(text, modifier=subdividing[0].name)]
    return []
