# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects a pointer may hold."""

import bpy

from ..bridge.rig.objects import armature_of
from ..bridge.rig.pose_assets import poses_of


def is_mesh(_self: bpy.types.PropertyGroup, obj: bpy.types.Object) -> bool:
    """Any mesh."""
    return obj.type == 'MESH'


def is_other_mesh(self: bpy.types.PropertyGroup, obj: bpy.types.Object) -> bool:
    """Any mesh but the owner of the property."""
    return obj.type == 'MESH' and obj != self.id_data


def is_armature(_self: bpy.types.PropertyGroup, obj: bpy.types.Object) -> bool:
    """Any armature."""
    return obj.type == 'ARMATURE'


def is_pose(self: bpy.types.PropertyGroup, action: bpy.types.Action) -> bool:
    """A pose asset of the rig of the face that owns the property."""
    return action in poses_of(armature_of(self.id_data))
