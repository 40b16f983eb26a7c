# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The armature of a rig: the bones ``skull`` and ``jaw``, the limits of the jaw, and handles to grab."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ...backend.anatomy.jaw.joint import JawJoint
from ..data.drivers import follow
from .own_bones import (
    HANDLE,
    JAW,
    ROTATION_LIMIT,
    SKULL,
    bone_data_path,
    bone_name,
    mark_bones,
    pose_bone,
)
from .poses import RestBone

#: Custom property of the jaw bone: how much its limits hold it, 0 to 1.
LIMITS_PROPERTY = "limits"

_LOCATION_LIMIT = "AIM Location Limits"
_PALETTES = {SKULL: 'THEME04', JAW: 'THEME09'}
_AXES = "xyz"
_PLAY = np.radians(3.0)


@dataclass(frozen=True)
class JawLimits:
    """How far the jaw bone may go, along its own axes.

    Attributes:
        rotation: [3, 2] smallest and largest Euler angles in radians.
        location: [3, 2] smallest and largest locations in Blender units.
    """

    rotation: np.ndarray
    location: np.ndarray

    def widened(self, location: np.ndarray, rotation: np.ndarray) -> "JawLimits":
        """Limits that also hold the poses with channels ``location`` and ``rotation`` [N, 3], with some room."""
        return JawLimits(_widened(self.rotation, rotation), _widened(self.location, location))

    def wider_than(self, other: "JawLimits") -> list[str]:
        """Names of the channels in which these limits go further than ``other``, like 'rotation X'."""
        return [
            f"{kind} {_AXES[axis].upper()}"
            for kind in ("rotation", "location")
            for axis in range(3)
            if np.any(np.abs(getattr(self, kind) - getattr(other, kind))[axis] > 0)
        ]


def jaw_limits(joint: JawJoint, mm_per_unit: float) -> JawLimits:
    """The limits of a mandible; closing, rolling and leaving the condyles' path have a little play."""
    limits = joint.limits
    swing = limits.side_mm / joint.length
    rotation = np.array(
        [[-_PLAY, np.radians(limits.open_degrees)], [-_PLAY, _PLAY], [-swing, swing]]
    )
    off_path = 0.25 * limits.forward_mm
    location = np.array(
        [
            [-limits.shift_mm, limits.shift_mm],
            [-limits.back_mm, limits.forward_mm],
            [-off_path, off_path],
        ]
    )
    return JawLimits(rotation, location / mm_per_unit)


def create_armature(name: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """A new armature object without bones."""
    data = bpy.data.armatures.new(name)
    data.display_type = 'STICK'
    obj = bpy.data.objects.new(name, data)
    obj.show_in_front = True
    collection.objects.link(obj)
    return obj


def set_rest(
    obj: bpy.types.Object,
    bones: Mapping[str, RestBone],
    mm_per_unit: float,
    context: bpy.types.Context,
) -> None:
    """Let ``skull`` and its child ``jaw`` rest where they should.

    Other bones stay as they are, and objects that hang on these two stay where they are while the rig rests.
    """
    scaled = {
        bone_name(obj, name): (bone.head / mm_per_unit, bone.tail / mm_per_unit, bone.up)
        for name, bone in bones.items()
    }
    if _is_child(obj) and all(
        _rests_at(obj.data.bones.get(name), *ends) for name, ends in scaled.items()
    ):
        return
    hanging = [child for child in obj.children if child.parent_bone in obj.data.bones]
    tips = [tip_matrix(obj, child.parent_bone) for child in hanging]
    _edit_bones(obj, scaled, context)
    for child, tip in zip(hanging, tips, strict=True):
        moved = np.linalg.inv(tip_matrix(obj, child.parent_bone)) @ tip
        child.matrix_parent_inverse = Matrix(moved.tolist()) @ child.matrix_parent_inverse


def _edit_bones(
    obj: bpy.types.Object, bones: Mapping[str, tuple[np.ndarray, ...]], context: bpy.types.Context
) -> None:
    """Set head, tail and the direction of Z of each bone, in Blender units."""
    skull, jaw = bone_name(obj, SKULL), bone_name(obj, JAW)
    with editing_bones(obj, context) as edited:
        for name, (head, tail, up) in bones.items():
            set_bone(edited, name, head, tail, up)
        edited[jaw].parent = edited[skull]


@contextmanager
def editing_bones(
    obj: bpy.types.Object, context: bpy.types.Context
) -> Iterator[bpy.types.ArmatureEditBones]:
    """The bones of an armature in Edit Mode, which needs an object that the view layer shows: the rig's may be
    hidden."""
    helper = bpy.data.objects.new("AIM Armature Edit", obj.data)
    context.scene.collection.objects.link(helper)
    active = context.view_layer.objects.active
    try:
        context.view_layer.objects.active = helper
        bpy.ops.object.mode_set(mode='EDIT')
        yield obj.data.edit_bones
        bpy.ops.object.mode_set(mode='OBJECT')
    finally:
        context.view_layer.objects.active = active
        bpy.data.objects.remove(helper)
    context.view_layer.update()


def set_bone(
    edited: bpy.types.ArmatureEditBones,
    name: str,
    head: np.ndarray,
    tail: np.ndarray,
    up: np.ndarray,
    deforms: bool = True,
) -> bpy.types.EditBone:
    """Set head, tail and the direction of Z of a bone, in Blender units; it is made where it is missing."""
    bone = edited.get(name) or edited.new(name)
    bone.use_connect = False
    bone.head, bone.tail = Vector(head), Vector(tail)
    bone.align_roll(Vector(up))
    bone.use_deform = deforms
    return bone


def copy_bone(obj: bpy.types.Object, bone: str, name: str, context: bpy.types.Context) -> str:
    """A new bone where another rests, which moves no skin; its name."""
    with editing_bones(obj, context) as edited:
        made = edited.new(name)
        made.use_deform = False
        _lay(made, edited[bone])
        made.parent = edited[bone].parent
        name = made.name
    return name


def lay_on(obj: bpy.types.Object, bone: str, on: str, context: bpy.types.Context) -> None:
    """Let a bone rest where another does."""
    with editing_bones(obj, context) as edited:
        _lay(edited[bone], edited[on])
        edited[bone].parent = edited[on].parent


def _lay(bone: bpy.types.EditBone, on: bpy.types.EditBone) -> None:
    bone.head, bone.tail, bone.roll = on.head, on.tail, on.roll


def tip_matrix(obj: bpy.types.Object, bone: str) -> np.ndarray:
    """[4, 4] float64: the frame in the armature that objects parented to a bone hang on: its tip, at rest."""
    matrix = rest_matrix(obj, bone)
    matrix[:3, 3] += matrix[:3, 1] * obj.data.bones[bone].length
    return matrix


def rest_matrix(obj: bpy.types.Object, bone: str) -> np.ndarray:
    """[4, 4] float64: where a bone rests in its armature, as Blender has it."""
    return np.array(obj.data.bones[bone].matrix_local, np.float64)


def set_up_bones(obj: bpy.types.Object, limits: JawLimits) -> None:
    """Marks, rotation modes, locks, colours and the limits of the jaw; both bones deform the skin."""
    mark_bones(obj)
    for name in (SKULL, JAW):
        bone = pose_bone(obj, name)
        bone.bone.use_deform = True
        bone.rotation_mode = 'XYZ'
        bone.lock_scale = (True, True, True)
        bone.color.palette = _PALETTES[name]
    _limit_jaw(obj, limits)


def _limit_jaw(obj: bpy.types.Object, limits: JawLimits) -> None:
    bone = pose_bone(obj, JAW)
    if LIMITS_PROPERTY not in bone:
        bone[LIMITS_PROPERTY] = 1.0
        bone.id_properties_ui(LIMITS_PROPERTY).update(
            min=0.0, max=1.0, description="How much the limits of a mandible hold this bone"
        )
    rotation = _constraint(obj, ROTATION_LIMIT, 'LIMIT_ROTATION')
    location = _constraint(obj, _LOCATION_LIMIT, 'LIMIT_LOCATION')
    for axis, letter in enumerate(_AXES):
        setattr(rotation, f"use_limit_{letter}", True)
        rotation_range, location_range = limits.rotation[axis], limits.location[axis]
        for end, rotation_end, location_end in zip(
            ("min", "max"), rotation_range, location_range, strict=True
        ):
            setattr(rotation, f"{end}_{letter}", rotation_end)
            setattr(location, f"use_{end}_{letter}", True)
            setattr(location, f"{end}_{letter}", location_end)


def _constraint(obj: bpy.types.Object, name: str, kind: str) -> bpy.types.Constraint:
    """The jaw's constraint of that name, made and switched by the bone's own property where it is missing."""
    constraints = pose_bone(obj, JAW).constraints
    found = constraints.get(name)
    if found is not None:
        return found
    made = constraints.new(kind)
    made.name = name
    made.owner_space = 'LOCAL'
    made.use_transform_limit = True
    path = f'{bone_data_path(obj, JAW)}["{LIMITS_PROPERTY}"]'
    follow(made.driver_add("influence"), obj, path)
    return made


def set_handle(
    obj: bpy.types.Object, bone: str, points: np.ndarray, collection: bpy.types.Collection
) -> None:
    """Show ``bone`` as a closed line through ``points`` [N, 3], in the bone's rest frame; what the bone already shows
    stays."""
    shown = pose_bone(obj, bone)
    if shown.custom_shape is not None:
        return
    shape = _handle_object(f"WGT-{obj.name} {bone}", bone, collection)
    shown.custom_shape = shape
    shown.use_custom_shape_bone_size = False
    shown.custom_shape_wire_width = 2.0
    count = len(points)
    edges = [(index, (index + 1) % count) for index in range(count)]
    shape.data.clear_geometry()
    shape.data.from_pydata(points.tolist(), edges, [])


def _handle_object(name: str, bone: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """The handle of a bone that an earlier armature has left in the collection, or a new one."""
    for obj in collection.objects:
        if obj.get(HANDLE) == bone:
            return obj
    shape = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    shape[HANDLE] = bone
    collection.objects.link(shape)
    return shape


def skull_handle(points: np.ndarray) -> np.ndarray:
    """A ring [N, 3] about the top of the head whose skin has ``points`` [V, 3] in the skull bone's frame."""
    upper = points[points[:, 1] > np.median(points[:, 1])]
    low, high = upper.min(axis=0), upper.max(axis=0)
    centre, radius = (low + high) / 2, 0.55 * (high - low)
    angle = np.linspace(0.0, 2 * np.pi, 48, endpoint=False)
    height = np.full_like(angle, low[1] + 0.85 * (high[1] - low[1]))
    return np.stack(
        [centre[0] + radius[0] * np.sin(angle), height, centre[2] + radius[2] * np.cos(angle)],
        axis=1,
    )


def jaw_handle(points: np.ndarray, jaw_length: float) -> np.ndarray:
    """A band [N, 3] in front of the chin whose skin has ``points`` [V, 3] in the jaw bone's frame."""
    front = float(points[:, 1].max()) + 0.12 * jaw_length
    height = float(points[points[:, 1] > np.quantile(points[:, 1], 0.9), 2].mean())
    angle = np.linspace(-0.9, 0.9, 17)
    radius = 0.7 * jaw_length
    outer = _arc(angle, radius, front, height)
    inner = _arc(angle[::-1], 0.93 * radius, front - 0.07 * radius, height)
    return np.concatenate([outer, inner])


def _arc(angle: np.ndarray, radius: float, front: float, height: float) -> np.ndarray:
    along = front - radius * (1 - np.cos(angle))
    return np.stack([radius * np.sin(angle), along, np.full_like(angle, height)], axis=1)


def _is_child(obj: bpy.types.Object) -> bool:
    """Whether the jaw hangs on the skull."""
    jaw = obj.data.bones.get(bone_name(obj, JAW))
    return jaw is not None and jaw.parent is not None and jaw.parent.name == bone_name(obj, SKULL)


def _rests_at(
    bone: bpy.types.Bone | None, head: np.ndarray, tail: np.ndarray, up: np.ndarray
) -> bool:
    if bone is None:
        return False
    near = 1e-6 * (np.linalg.norm(head) + np.linalg.norm(tail))
    return (
        np.abs(np.array(bone.head_local) - head).max() < near
        and np.abs(np.array(bone.tail_local) - tail).max() < near
        and Matrix(bone.matrix_local).col[2].to_3d().dot(Vector(up)) > 1 - 1e-6
    )


def _widened(limits: np.ndarray, values: np.ndarray, room: float = 0.05) -> np.ndarray:
    """[3, 2] ``limits`` grown where ``values`` [N, 3] leave them, by ``room`` of the value beyond it."""
    low, high = values.min(axis=0), values.max(axis=0)
    return np.stack(
        [
            np.where(low < limits[:, 0], low - room * np.abs(low), limits[:, 0]),
            np.where(high > limits[:, 1], high + room * np.abs(high), limits[:, 1]),
        ],
        axis=1,
    )
