# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shapes of a rig play: the actor's own, or ARKit's. The others are muted, so that nothing moves twice."""

import bpy

from ..data import shape_keys
from ..rig import shape_jaw
from ..rig.carried import follow_mutes
from ..rig.objects import armature_of, rig_of
from . import shapes

OWN, ARKIT = "OWN", "ARKIT"


def has_both(face: bpy.types.Object) -> bool:
    """Whether a rig has ARKit's shapes beside the actor's own, and a jaw that follows them."""
    rig, armature = rig_of(face), armature_of(face)
    if rig is None or rig.data.shape_keys is None or not shape_jaw.is_set_up(armature):
        return False
    return bool(shapes.arkit_names(rig.data.shape_keys))


def show(face: bpy.types.Object, shown: str) -> None:
    """Let one set play and mute the other; shapes that are in neither stay as they are."""
    face.aim.shapes.shown_set = shown


def apply(face: bpy.types.Object) -> None:
    """Mute and unmute as ``face.aim.shapes`` says."""
    if not has_both(face):
        return
    rig, armature = rig_of(face), armature_of(face)
    keys, is_arkit = rig.data.shape_keys, face.aim.shapes.shown_set == ARKIT
    arkit = set(shapes.arkit_names(keys))
    for name in shape_keys.baked_names(rig.data):
        if name in keys.key_blocks and name not in arkit:
            keys.key_blocks[name].mute = is_arkit
    for name in arkit:
        keys.key_blocks[name].mute = not is_arkit
    follow_mutes(rig)
    shape_jaw.switch(armature, is_arkit)
