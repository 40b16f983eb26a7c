# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw bone under an actor's own expressions: each scan's jaw pose, added by the values of the shapes."""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

from ...backend.anatomy.jaw.joint import JawJoint
from ...backend.retargeting.jaw_motion import added_poses
from ..data import shape_keys, storage
from ..data.head_space import mm_per_unit
from ..rig.armature import rest_matrix
from ..rig.own_bones import JAW, bone_name, pose_bone
from ..rig.poses import in_units
from .channels import Channel

_STILL = np.eye(4)


@dataclass(frozen=True)
class ShapesJaw:
    """How the values of channels pose the jaw bone.

    Attributes:
        joint: of the actor, mm.
        labels: N channels whose shapes have a jaw pose.
        poses: [N, 4, 4] mm, head space, at one.
        mm_per_unit: millimetres in a Blender unit.
    """

    joint: JawJoint
    labels: tuple[str, ...]
    poses: np.ndarray
    mm_per_unit: float

    def shown(self, values: np.ndarray) -> np.ndarray:
        """[T, 4, 4] poses in the armature's space and units, of the channels' values [T, N]."""
        return in_units(added_poses(self.joint, self.poses, values), self.mm_per_unit)

    def pose(self, armature: bpy.types.Object, values: Sequence[float]) -> None:
        """Pose the jaw bone as the channels' values [N] say, in its own rotation mode."""
        rest = rest_matrix(armature, bone_name(armature, JAW))
        shown = self.shown(np.asarray(values, float)[None])[0]
        local = Matrix((np.linalg.inv(rest) @ shown @ rest).tolist())
        bone = pose_bone(armature, JAW)
        bone.matrix_basis = local


def jaw_of_shapes(
    face: bpy.types.Object,
    rig: bpy.types.Object,
    channels: Sequence[Channel],
    scene: bpy.types.Scene,
) -> ShapesJaw | None:
    """How an actor's own expressions pose the jaw bone; None where none of the channels is one that does.

    Args:
        face: the actor's neutral.
        rig: its mesh.
        channels: that curves move.
        scene: for its units.
    """
    baked = shape_keys.baked_names(rig.data)
    own = {channel.key: channel for channel in channels if "/" not in channel.label}
    if not any(name in baked for name in own) or not storage.has_model(face):
        return None
    model = storage.load_model(face)
    found = {
        own[name].label: pose
        for name, pose in zip(model.expression_names, model.jaw_poses, strict=True)
        if name in own and name in baked and np.abs(pose - _STILL).max() > 1e-6
    }
    if not found:
        return None
    return ShapesJaw(
        model.joint, tuple(found), np.stack([*found.values()]), mm_per_unit(face, scene)
    )
