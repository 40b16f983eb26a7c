# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Skull and jaw seen under translucent skin, by the objects' own colours in Solid shading: no material is touched.

What an object was like before is kept on the object, so that it is found again in a saved file.
"""

from collections.abc import Iterator, Sequence

import bpy

from ..data.kept import read_floats
from ..data.linked import is_linked
from ..data.storage import in_scene
from ..rig.attaching import HARD
from ..rig.objects import armature_of, bone_mesh_of, rig_of
from ..rig.own_bones import JAW, SKULL

#: Custom property of each object we change: its colour; of a bone also whether the view layer and all views hid it.
_BEFORE = "aim_seen_before"
_SKIN = (0.92, 0.66, 0.55, 0.28)
_COLOURS = {SKULL: (0.87, 0.80, 0.62, 1.0), JAW: (0.45, 0.66, 0.78, 1.0)}


def show(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Make the skin of ``face`` translucent and bring its bones to light; again after a bake or an estimate."""
    _bring_back(face, context)
    rig = rig_of(face)
    for skin in filter(None, (face, rig)):
        _recolour(skin, _SKIN)
    for bone, part, is_seen in _bones(face, rig):
        in_layer = part.name in context.view_layer.objects
        hidden = [float(in_layer and part.hide_get()), float(part.hide_viewport)]
        _recolour(part, _COLOURS[bone], hidden)
        _hide(part, not is_seen, not is_seen and part.hide_viewport, context)
    for obj in context.scene.objects:
        if obj.type == 'MESH' and _BEFORE not in obj and not is_linked(obj):
            _keep_looks(obj, face)
    face.aim.bones_shown = True


def hide(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Bring everything back to what it was before, but for other faces that show their bones."""
    _bring_back(face, context)
    face.aim.bones_shown = False
    for other in [obj for obj in context.scene.objects if obj.aim.bones_shown]:
        show(other, context)


def _keep_looks(obj: bpy.types.Object, face: bpy.types.Object) -> None:
    """Let an object look like its material, and what hangs on the head be translucent unless it is hard.

    Without that, all would be white, and the lining of the mouth would hide the jaw.
    """
    material = obj.active_material
    colour = list(material.diffuse_color) if material else list(obj.color)
    on_head = obj.parent is not None and obj.parent in {face, rig_of(face), armature_of(face)}
    if on_head and obj.parent_type != 'BONE' and not obj.get(HARD):
        colour[3] = _SKIN[3]
    if colour != list(obj.color):
        _recolour(obj, colour)


def _recolour(obj: bpy.types.Object, colour: Sequence[float], hidden: Sequence[float] = ()) -> None:
    obj[_BEFORE] = [*obj.color, *hidden]
    obj.color = colour


def has_bones(face: bpy.types.Object) -> bool:
    """Whether there is a bone to be shown."""
    return next(_bones(face, rig_of(face)), None) is not None


def _bones(
    face: bpy.types.Object, rig: bpy.types.Object | None
) -> Iterator[tuple[str, bpy.types.Object, bool]]:
    """Bones of a face, and whether they are to be seen: those of the rig, which move, go before the picked ones."""
    for bone in (SKULL, JAW):
        moving = bone_mesh_of(face, bone) if rig else None
        picked = getattr(face.aim, bone)
        if moving is not None:
            yield bone, moving, True
        if in_scene(picked) and picked != moving and not is_linked(picked):
            yield bone, picked, moving is None


def _bring_back(face: bpy.types.Object, context: bpy.types.Context) -> None:
    for obj in context.scene.objects:
        if _BEFORE in obj and (obj == face or obj.aim.face_object in {None, face}):
            before = read_floats(obj, _BEFORE, [4, 6])
            del obj[_BEFORE]
            if before is None:
                continue
            obj.color = before[:4]
            if len(before) > 4:
                _hide(obj, bool(before[4]), bool(before[5]), context)


def _hide(obj: bpy.types.Object, in_layer: bool, in_all: bool, context: bpy.types.Context) -> None:
    obj.hide_viewport = in_all
    if obj.name in context.view_layer.objects:
        obj.hide_set(in_layer)
