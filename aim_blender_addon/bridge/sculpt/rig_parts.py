# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rig shows as the backend edits it, and an edit as one shape key and the pose of the jaw bone.

Blender's stack is rest + sum of value x (key - relative key), then the armature. An edit's shape is what the first
part shall be, so that the working key holds that shape less what the other keys give now, and the rest of the stack
stays Blender's: sliders go on working.
"""

from dataclasses import dataclass, field

import bpy
import numpy as np
from mathutils import Euler

from ...backend.errors import EditError
from ...backend.model.aim import AimModel
from ..data import attributes, groups, shape_keys
from ..data.same_mesh import has_polygons
from ..rig import jaw_controls
from ..rig.armature import JAW, rest_matrix
from ..rig.bake import armature_of, rig_of

#: Attribute of the rig's mesh: what the working key held before the first handle [V, 3], Blender units.
BASE = ".aim_edit_base"
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


def slider_weights(rig: RigParts, full: str = "") -> np.ndarray:
    """[E] what the sliders of the model's own shape keys say; those that are gone say 0.

    Args:
        rig: the rig.
        full: a key that counts as fully shown, whatever its slider says.
    """
    blocks = rig.keys.key_blocks
    weights = []
    for name in shape_keys.baked_names(rig.mesh.data):
        block = blocks.get(name)
        shown = block is not None and not block.mute
        weights.append(1.0 if name == full else block.value if shown else 0.0)
    return np.array(weights)


def others(rig: RigParts, without: str) -> np.ndarray:
    """[V, 3] float64, Blender units: what all shape keys but one add to the rest now."""
    blocks = rig.keys.key_blocks
    added = np.zeros((len(rig.mesh.data.vertices), 3))
    for block in blocks:
        if (
            block == rig.keys.reference_key
            or block.name == without
            or block.mute
            or not block.value
        ):
            continue
        added += block.value * _passed(rig, block) * shape_keys.difference(block)
    return added


def own_part(rig: RigParts, name: str) -> np.ndarray:
    """[V, 3] float64, Blender units: what the key ``name`` adds at its full value; zeros where it is missing."""
    block = rig.keys.key_blocks.get(name)
    if block is None:
        return np.zeros((len(rig.mesh.data.vertices), 3))
    return _passed(rig, block) * shape_keys.difference(block).astype(np.float64)


def rest(rig: RigParts) -> np.ndarray:
    """[V, 3] float64, Blender units: the reference key."""
    return shape_keys.read_points(rig.keys.reference_key).astype(np.float64)


def write_key(rig: RigParts, name: str, shape_mm: np.ndarray, beside: np.ndarray) -> None:
    """Let a key, fully shown, make shape [V, 3] mm of the rest together with what the others add.

    Args:
        rig: the rig.
        name: the key; made when it is missing.
        shape_mm: what the shape keys shall show, head space.
        beside: [V, 3] of :func:`others`.
    """
    block = rig.keys.key_blocks.get(name)
    if block is None:
        block = rig.mesh.shape_key_add(name=name, from_mix=False)
    block.relative_key = rig.keys.reference_key
    block.vertex_group, block.mute, block.value = "", False, 1.0
    points = shape_mm.astype(np.float64) / rig.mm_per_unit - beside
    shape_keys.write_points(block, points)
    rig.mesh.data.update()


def remember_base(rig: RigParts) -> None:
    """Keep what the rig shows before the first handle: the working key's own part, and the jaw."""
    settings = rig.face.aim.sculpt
    own = own_part(rig, settings.key_name)
    attributes.write_attribute(rig.mesh.data, BASE, own)
    settings.base_jaw = settings.edited_jaw = jaw_channels(rig.armature)


def base_part(rig: RigParts) -> np.ndarray:
    """[V, 3] Blender units: what the working key held before the first handle."""
    settings = rig.face.aim.sculpt
    kept = attributes.read_vectors(rig.mesh.data, BASE) if len(settings.handles) else None
    return own_part(rig, settings.key_name) if kept is None else kept.astype(np.float64)


def forget_base(rig: RigParts) -> None:
    """The handles are gone: what they did stays."""
    attributes.remove_attribute(rig.mesh.data, BASE)


def base_jaw(rig: RigParts) -> np.ndarray:
    """[6] channels of the jaw bone before the handles; where it is now when somebody has moved it since."""
    settings, now = rig.face.aim.sculpt, jaw_channels(rig.armature)
    moved = np.abs(now - np.array(settings.edited_jaw)).max() > 1e-5
    if not len(settings.handles) or moved:
        settings.base_jaw = settings.edited_jaw = now
    return np.array(settings.base_jaw)


def jaw_channels(armature: bpy.types.Object) -> np.ndarray:
    """[6] location and XYZ angles of the jaw bone."""
    bone = armature.pose.bones[JAW]
    return np.array([*bone.location, *bone.rotation_euler], np.float64)


def set_jaw_channels(armature: bpy.types.Object, channels: np.ndarray) -> None:
    """Pose the jaw bone by its channels [6]; nothing is touched where it is there already."""
    if np.abs(jaw_channels(armature) - channels).max() > 1e-7:
        bone = armature.pose.bones[JAW]
        bone.location, bone.rotation_euler = channels[:3], channels[3:]


def jaw_pose(rig: RigParts, channels: np.ndarray) -> np.ndarray:
    """[4, 4] mm, head space: the jaw's motion when the bone's channels are [6]."""
    local = np.eye(4)
    local[:3, :3] = Euler(channels[3:], 'XYZ').to_matrix()
    local[:3, 3] = channels[:3]
    bone = rest_matrix(rig.armature, JAW)
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


@dataclass
class Before:
    """The working key, the jaw and the handles as they were, to be brought back exactly."""

    rig: RigParts
    name: str
    _points: np.ndarray | None = None
    _slider: tuple[float, bool] = (0.0, False)
    _jaw: np.ndarray = field(default_factory=lambda: np.zeros(6))
    _edited: tuple[float, ...] = ()
    _handles: list[dict] = field(default_factory=list)
    _active: int = 0

    def __post_init__(self) -> None:
        block = self.rig.keys.key_blocks.get(self.name)
        if block is not None:
            self._points, self._slider = shape_keys.read_points(block), (block.value, block.mute)
        settings = self.rig.face.aim.sculpt
        self._jaw, self._edited = jaw_channels(self.rig.armature), tuple(settings.edited_jaw)
        self._active = self.rig.mesh.active_shape_key_index
        self._handles = [
            {name: _plain(getattr(handle, name)) for name in _SOLVED} for handle in settings.handles
        ]

    def restore(self) -> None:
        """Bring all back."""
        block = self.rig.keys.key_blocks.get(self.name)
        if self._points is None and block is not None:
            self.rig.mesh.shape_key_remove(block)
        elif block is not None:
            shape_keys.write_points(block, self._points)
            block.value, block.mute = self._slider
        self.rig.mesh.active_shape_key_index = self._active
        set_jaw_channels(self.rig.armature, self._jaw)
        settings = self.rig.face.aim.sculpt
        settings.edited_jaw = self._edited
        for handle, kept in zip(settings.handles, self._handles, strict=True):
            for name, value in kept.items():
                setattr(handle, name, value)
        self.rig.mesh.data.update()


#: What an edit changes of a handle.
_SOLVED = ("goal", "start", "left_mm", "way_mm", "reason")


def _plain(value: object) -> object:
    return tuple(value) if hasattr(value, "__len__") and not isinstance(value, str) else value


def _passed(rig: RigParts, block: bpy.types.ShapeKey) -> np.ndarray | float:
    """[V, 1] how much of a key its vertex group lets through; 1 without a group."""
    weights = groups.read_group(rig.mesh, block.vertex_group)
    return 1.0 if weights is None else weights[:, None]
