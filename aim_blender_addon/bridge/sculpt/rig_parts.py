# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig of a face that is edited: its objects, whether the model is its own, and how its jaw is posed."""

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Euler

from ...backend.errors import EditError
from ...backend.model.aim import AimModel
from ..data import shape_keys
from ..data.same_mesh import has_polygons
from ..rig import jaw_controls
from ..rig.armature import rest_matrix
from ..rig.objects import armature_of, rig_of
from ..rig.own_bones import JAW, bone_name, pose_bone

#: Skin of another actor is farther away than this on average, mm; sliders and touched-up neutrals are nearer.
SAME_ACTOR_MM = 1.0


@dataclass(frozen=True)
class RigParts:
    """A face's rig: neutral, skin and armature, and millimetres in one Blender unit."""

    face: bpy.types.Object
    mesh: bpy.types.Object
    armature: bpy.types.Object
    mm_per_unit: float

    @classmethod
    def of(cls, face: bpy.types.Object) -> "RigParts":
        """The rig of a face.

        Raises:
            EditError: it has none, or one that cannot be edited as it is.
        """
        mesh, armature = rig_of(face), armature_of(face)
        if mesh is None or armature is None:
            raise EditError(f"{face.name} has no rig: bake it first.")
        if not jaw_controls.has_controls(armature):
            raise EditError(
                f"{armature.name} has no jaw to pose: press Update Rig in the Bake panel."
            )
        keys = mesh.data.shape_keys
        if keys is None:
            raise EditError(
                f"{mesh.name} has no shape keys any more: press Update Rig in the Bake panel."
            )
        if not keys.use_relative:
            raise EditError(
                f"The shape keys of {mesh.name} are absolute: turn on Relative in its shape keys."
            )
        if mesh.show_only_shape_key:
            raise EditError(
                f"{mesh.name} shows one shape key alone: turn off Solo Active Shape Key."
            )
        count = len(keys.reference_key.points)
        if len(mesh.data.vertices) != count:  # only while it is changed in Edit Mode
            raise EditError(f"{mesh.name} is being changed: leave Edit Mode first.")
        return cls(face, mesh, armature, armature.aim.jaw_measures[4])

    @property
    def keys(self) -> bpy.types.Key:
        """The shape keys."""
        return self.mesh.data.shape_keys


def check_model(rig: RigParts, model: AimModel) -> None:
    """Make sure that a rig is that of the model.

    Raises:
        EditError: it was changed or baked from another one, or the model has no bones.
    """
    name = rig.mesh.name
    if not len(model.skull.face_sizes) or not len(model.jaw.face_sizes):
        raise EditError(
            f"The model of {rig.face.name} has no bones to hold the skin: pick or estimate skull and jaw, "
            "then fit again."
        )
    have, need = len(rig.mesh.data.vertices), len(model.neutral.vertices)
    if have != need:
        raise EditError(
            f"{name} has {have} vertices and its model {need}: undo the change to the mesh, or press Update Rig "
            "in the Bake panel, which makes the skin anew."
        )
    if not has_polygons(rig.mesh.data, model.neutral):
        raise EditError(
            f"The faces of {name} are not those of its model: undo the change to the mesh, or press Update Rig "
            "in the Bake panel, which makes the skin anew."
        )
    rest = shape_keys.read_points(rig.keys.reference_key) * rig.mm_per_unit
    distance = float(np.linalg.norm(rest - model.neutral.vertices, axis=1).mean())
    baked = tuple(shape_keys.baked_names(rig.mesh.data))
    if distance > SAME_ACTOR_MM or baked != tuple(model.expression_names):
        raise EditError(
            f"{name} was not baked from the model of {rig.face.name} (its skin is {distance:.1f} mm from it): "
            "press Update Rig in the Bake panel, or load the model it was baked from."
        )


def missing_keys(rig: RigParts) -> list[str]:
    """Shape keys that the bake wrote and somebody has renamed or removed."""
    return [
        name for name in shape_keys.baked_names(rig.mesh.data) if name not in rig.keys.key_blocks
    ]


def jaw_channels(armature: bpy.types.Object) -> np.ndarray:
    """[6] location and XYZ angles of the jaw bone."""
    bone = pose_bone(armature, JAW)
    return np.array([*bone.location, *bone.rotation_euler], np.float64)


def set_jaw_channels(armature: bpy.types.Object, channels: np.ndarray) -> None:
    """Pose the jaw bone by its channels [6]; nothing is touched where it is there already."""
    if np.abs(jaw_channels(armature) - channels).max() > 1e-7:
        bone = pose_bone(armature, JAW)
        bone.location, bone.rotation_euler = channels[:3], channels[3:]


def jaw_pose(rig: RigParts, channels: np.ndarray) -> np.ndarray:
    """[4, 4] mm, head space: the jaw's motion when the bone's channels are [6]."""
    local = np.eye(4)
    local[:3, :3] = Euler(channels[3:], 'XYZ').to_matrix()
    local[:3, 3] = channels[:3]
    bone = rest_matrix(rig.armature, bone_name(rig.armature, JAW))
    pose = bone @ local @ np.linalg.inv(bone)
    pose[:3, 3] *= rig.mm_per_unit
    return pose


def show_jaw(rig: RigParts, pose: np.ndarray) -> None:
    """Pose the jaw bone by the jaw's motion [4, 4] mm; nothing is touched where it is there already."""
    now = jaw_pose(rig, jaw_channels(rig.armature))
    if np.abs(now - pose).max() > 1e-4:
        jaw_controls.show_pose(rig.armature, np.asarray(pose))


def head_to_world(rig: RigParts) -> np.ndarray:
    """[4, 4] float64: head space in mm, whose skull stands still, to the world as it is seen."""
    carrier = np.array(rig.armature.matrix_world, np.float64)
    mesh = np.array(rig.mesh.matrix_world, np.float64)
    skull = jaw_controls.skull_motion(rig.armature)
    unit = np.diag([1 / rig.mm_per_unit] * 3 + [1.0])
    return carrier @ skull @ np.linalg.inv(carrier) @ mesh @ unit
