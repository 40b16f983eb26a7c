# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles of the bones ``skull`` and ``jaw`` around the skin that they move: of an actor's rig and of a character's."""

import bpy
import numpy as np

from ..data import meshes
from .armature import jaw_handle, rest_matrix, set_handle, skull_handle
from .objects import part_collection
from .own_bones import JAW, SKULL, bone_name

#: The handle of the jaw encloses the skin whose jaw weight is above this.
_SKIN_ON_JAW = 0.6


def show_handles(
    armature: bpy.types.Object,
    name: str,
    rest: np.ndarray,
    jaw_weight: np.ndarray,
    collection: bpy.types.Collection,
) -> None:
    """Give both bones a handle; what they already show stays.

    Args:
        armature: with the two bones.
        name: of the skin, for the handles' collection.
        rest: [V, 3] the skin at rest in the armature's space.
        jaw_weight: [V] how much it follows the jaw.
        collection: where the handles' collection goes.
    """
    widgets = part_collection(collection, "handles", f"{name} Handles")
    if not widgets.objects:
        widgets.hide_viewport = widgets.hide_render = True
    on_jaw = jaw_weight > min(_SKIN_ON_JAW, float(jaw_weight.max()) - 1e-6)
    for bone, points in ((SKULL, rest), (JAW, rest[on_jaw])):
        shown = bone_name(armature, bone)
        local = meshes.transform(points, np.linalg.inv(rest_matrix(armature, shown)))
        shape = (
            skull_handle(local)
            if bone == SKULL
            else jaw_handle(local, armature.data.bones[shown].length)
        )
        set_handle(armature, bone, shape, widgets)
