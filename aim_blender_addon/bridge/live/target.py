# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a face stream moves on a rig: shape keys by their names, and the bones of head and eyes.

Nothing of Blender's is held from one moment to the next. Undo, deleting and renaming would leave it dangling.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

from ...backend.errors import LiveError
from ...backend.geometry.turns import turned
from ...backend.live.stream import Frame
from ...backend.shape_names import ARKIT, arkit_of, pairs, plain_name
from ..data import shape_keys, storage
from ..data.linked import is_linked
from ..retarget.character_rig import armature_of, head_bone
from ..retarget.characters import target_object, usable_keys
from ..rig.armature import rest_matrix
from ..rig.objects import armature_of as rig_armature_of
from ..rig.objects import rig_of
from ..rig.own_bones import EYES, SKULL, find_bone

#: Where Blender keeps what a shape key's driver may look at.
_KINDS = {
    'OBJECT': "objects",
    'KEY': "shape_keys",
    'ARMATURE': "armatures",
    'MESH': "meshes",
    'SCENE': "scenes",
}
_ITEM = re.compile(r'^(.*)\["((?:[^"\\]|\\.)*)"\]$', re.DOTALL)
#: Modes in which a mesh is worked on, and its shape keys are left alone.
_BUSY_MODES = {'EDIT', 'SCULPT'}


@dataclass(frozen=True)
class Ref:
    """A datablock of Blender's, by its kind, its number of this session, and its name."""

    kind: str
    uid: int
    name: str

    @classmethod
    def of(cls, block: bpy.types.ID) -> "Ref":
        """The way back to ``block``."""
        return cls(_KINDS[block.id_type], block.session_uid, block.name)

    def find(self) -> bpy.types.ID | None:
        """The datablock, whatever it is called by now; None where it is gone."""
        blocks = getattr(bpy.data, self.kind)
        found = blocks.get(self.name)
        if found is not None and found.session_uid == self.uid:
            return found
        return next((block for block in blocks if block.session_uid == self.uid), None)


@dataclass(frozen=True)
class Channel:
    """A value that curves move.

    Attributes:
        label: what it is, for messages and takes.
        owner: the datablock.
        path: from there to the value.
        curves: the shapes of ARKit whose mean it shows.
    """

    label: str
    owner: Ref
    path: str
    curves: tuple[str, ...]

    def value(self, values: dict[str, float]) -> float | None:
        """What it shows; None where no curve of it came."""
        there = [values[name] for name in self.curves if name in values]
        return sum(there) / len(there) if there else None


@dataclass(frozen=True)
class TurnedBone:
    """A bone that is turned about its own head.

    Attributes:
        name: of the bone.
        axes: [3, 3] left, up and front of the face in the bone's own axes, one a row.
    """

    name: str
    axes: np.ndarray

    def turns(self, angles: np.ndarray) -> np.ndarray:
        """[..., 3, 3] in the bone's own axes, of yaw, pitch and roll [..., 3]."""
        return turned(self.axes, angles)

    def poses(self, armature: bpy.types.Object, angles: np.ndarray) -> np.ndarray:
        """[T, 4, 4] motions in the armature's space and units, of yaw, pitch and roll [T, 3]."""
        rest = rest_matrix(armature, self.name)
        local = np.tile(np.eye(4), (len(angles), 1, 1))
        local[:, :3, :3] = self.turns(angles)
        return rest @ local @ np.linalg.inv(rest)


@dataclass(frozen=True)
class LiveTarget:
    """A rig that a stream moves.

    Attributes:
        name: what messages call it.
        face: the actor's neutral, or the character's mesh.
        mesh: with the shape keys.
        armature: None without any.
        channels: shape keys, sliders and driven properties.
        head: the bone of the head, or None.
        eyes: the bones of the left and the right eye, or None.
        left_alone: shape keys that something else moves, or that are muted.
    """

    name: str
    face: Ref
    mesh: Ref
    armature: Ref | None
    channels: tuple[Channel, ...]
    head: TurnedBone | None
    eyes: tuple[TurnedBone, TurnedBone] | None
    left_alone: tuple[str, ...] = ()

    def show(self, frame: Frame) -> None:
        """Move the rig to a frame.

        Raises:
            LiveError: the rig is gone.
        """
        mesh = self.mesh.find()
        if mesh is None or not mesh.users_scene:
            raise LiveError(f"{self.name} was removed, so nothing is received any more")
        if mesh.mode in _BUSY_MODES:
            return
        self._show_channels(frame.values)
        armature = self.armature.find() if self.armature else None
        if armature is None:
            return
        if self.head is not None and frame.head is not None:
            _turn(armature, self.head, frame.head)
        for bone, angles in zip(self.eyes or (), frame.eyes or (), strict=False):
            _turn(armature, bone, angles)

    def _show_channels(self, values: dict[str, float]) -> None:
        owners: dict[Ref, bpy.types.ID | None] = {}
        for channel in self.channels:
            value = channel.value(values)
            if value is None:
                continue
            if channel.owner not in owners:
                owners[channel.owner] = channel.owner.find()
            owner = owners[channel.owner]
            if owner is not None:
                _set(owner, channel.path, value)
        for owner in filter(None, owners.values()):
            if not isinstance(owner, bpy.types.Key):  # a custom property tells nobody by itself
                owner.update_tag(refresh={'DATA'} if isinstance(owner, bpy.types.Object) else set())


def reason(context: bpy.types.Context) -> str:
    """Why nothing can be moved now, as a tooltip says it; "" where something can. Cheap."""
    face = target_object(context)
    if face is None:
        return "Select the character to be animated first"
    mesh = rig_of(face) if storage.is_actor(face) else face
    if mesh is None:
        return "Bake the rig first: a face stream moves its shape keys"
    keys = mesh.data.shape_keys
    if keys is None:
        return "This character has no shape keys: retarget onto it, or make ARKit's shapes first"
    if is_linked(keys):
        return "This rig is linked from another file: make a library override of it first"
    return ""


def find_target(context: bpy.types.Context) -> LiveTarget:
    """The rig of the active object.

    Raises:
        LiveError: nothing of it can be moved by ARKit's names.
    """
    if text := reason(context):
        raise LiveError(text)
    face = target_object(context)
    is_actor = storage.is_actor(face)
    mesh = rig_of(face) if is_actor else face
    armature = rig_armature_of(face) if is_actor else armature_of(mesh)
    channels, left_alone = _channels(mesh, "")
    taken = {(channel.owner, channel.path) for channel in channels}
    for other in _meshes_beside(mesh, armature, context):
        more, _ = _channels(other, f"{other.name}/")
        channels += [c for c in more if (c.owner, c.path) not in taken]
    if not channels:
        raise LiveError(
            f"No shape key of {mesh.name} is named like ARKit's (jawOpen, eyeBlinkLeft, ...): make ARKit's shapes, or "
            "retarget a recording onto it"
        )
    is_ours = is_actor or (armature is not None and armature == face.aim.retarget.armature)
    head, eyes = _bones(mesh, armature, is_ours)
    return LiveTarget(
        mesh.name,
        Ref.of(face),
        Ref.of(mesh),
        Ref.of(armature) if armature else None,
        tuple(channels),
        head,
        eyes,
        tuple(left_alone),
    )


def _channels(mesh: bpy.types.Object, before: str) -> tuple[list[Channel], list[str]]:
    """What ARKit's curves move on a mesh, and the names of keys that are left alone though a curve means them."""
    keys = mesh.data.shape_keys
    correctives = shape_keys.listed_names(keys, shape_keys.CORRECTIVES)
    usable, driven, left_alone = usable_keys(keys, correctives)
    names = [key.name for key in usable]
    curves: dict[int, list[str]] = {}
    for curve, found in zip(ARKIT, pairs(ARKIT, names), strict=True):
        for number in found:
            curves.setdefault(number, []).append(curve)
    channels = []
    for number, of in sorted(curves.items()):
        owner, path = driven.get(names[number], (keys, ""))
        if owner.id_type not in _KINDS or is_linked(owner):
            left_alone.append(names[number])
            continue
        path = path or shape_keys.key_path(names[number])
        channels.append(Channel(f"{before}{names[number]}", Ref.of(owner), path, tuple(of)))
    return channels, [name for name in left_alone if arkit_of(plain_name(name))]


def _meshes_beside(
    mesh: bpy.types.Object, armature: bpy.types.Object | None, context: bpy.types.Context
) -> list[bpy.types.Object]:
    """Brows, lashes, teeth and the like of the same character that have shape keys of their own."""
    family = {obj for obj in (mesh, armature) if obj is not None}
    return [
        obj
        for obj in context.scene.objects
        if obj.type == 'MESH'
        and obj != mesh
        and obj.data.shape_keys is not None
        and not is_linked(obj.data.shape_keys)
        and (obj.parent in family or (armature is not None and armature_of(obj) == armature))
        and not obj.aim.is_face
    ]


def _bones(
    mesh: bpy.types.Object, armature: bpy.types.Object | None, is_ours: bool
) -> tuple[TurnedBone | None, tuple[TurnedBone, TurnedBone] | None]:
    """The bones of head and eyes, as far as they are there and it is known which way the face looks."""
    if armature is None or is_linked(armature):
        return None, None
    own = find_bone(armature, SKULL) if is_ours else ""
    if own:
        face_axes = rest_matrix(armature, own)[:3, :3].T  # our skull's axes are left, up and front
    else:
        found = _face_axes(mesh)
        if found is None:
            return None, None
        to_armature = np.array(armature.matrix_world.inverted() @ mesh.matrix_world)[:3, :3]
        face_axes = _orthogonal(found @ to_armature.T)
    name = own or head_bone(mesh, armature)
    head = _turned_bone(armature, name, face_axes) if name else None
    marked = [find_bone(armature, bone) for bone in EYES.values()]
    eyes = None
    if all(marked):
        left, right = (_turned_bone(armature, one, face_axes) for one in marked)
        eyes = (left, right)
    return head, eyes


def _turned_bone(armature: bpy.types.Object, name: str, face_axes: np.ndarray) -> TurnedBone:
    return TurnedBone(name, face_axes @ rest_matrix(armature, name)[:3, :3])


def _face_axes(mesh: bpy.types.Object) -> np.ndarray | None:
    """[3, 3] left, up and front of a face in its mesh's own axes: where its lids and its mouth are moved."""
    keys = mesh.data.shape_keys
    centres: dict[str, list[np.ndarray]] = {"l": [], "r": [], "mouth": []}
    for key in keys.key_blocks:
        stem, side = plain_name(key.name)
        place = (
            side
            if stem == "eyeblink"
            else "mouth"
            if stem in ("mouthpucker", "mouthfunnel")
            else ""
        )
        if place in centres and key != keys.reference_key:
            moved = np.linalg.norm(shape_keys.difference(key), axis=1)
            if moved.max(initial=0.0) > 0:
                points = shape_keys.read_points(keys.reference_key)
                centres[place].append(np.average(points, axis=0, weights=moved))
    if not all(centres.values()):
        return None
    left, right, mouth = (np.mean(centres[place], axis=0) for place in ("l", "r", "mouth"))
    return _orthogonal(np.array([left - right, 0.5 * (left + right) - mouth, np.zeros(3)]))


def _orthogonal(axes: np.ndarray) -> np.ndarray:
    """Left, up and front from rows left and up that are nearly across."""
    left = axes[0] / max(np.linalg.norm(axes[0]), 1e-12)
    up = axes[1] - (axes[1] @ left) * left
    up = up / max(np.linalg.norm(up), 1e-12)
    return np.array([left, up, np.cross(left, up)])


def _turn(armature: bpy.types.Object, bone: TurnedBone, angles: Sequence[float]) -> None:
    """Turn a bone, in its own rotation mode; locked channels stay."""
    pose = armature.pose.bones.get(bone.name)
    if pose is None:
        return
    turn = Matrix(bone.turns(np.asarray(angles)).tolist())
    if pose.rotation_mode == 'QUATERNION':
        pose.rotation_quaternion = turn.to_quaternion()
    elif pose.rotation_mode == 'AXIS_ANGLE':
        axis, angle = turn.to_quaternion().to_axis_angle()
        pose.rotation_axis_angle = (angle, *axis)
    else:
        euler = turn.to_euler(pose.rotation_mode, pose.rotation_euler)
        for axis, locked in enumerate(pose.lock_rotation):
            if not locked:
                pose.rotation_euler[axis] = euler[axis]


def _set(owner: bpy.types.ID, path: str, value: float) -> None:
    """Set a value by its path; what is gone is left out."""
    try:
        item = _ITEM.match(path)
        if item is not None:
            place = owner.path_resolve(item[1]) if item[1] else owner
            place[bpy.utils.unescape_identifier(item[2])] = value
            return
        before, _, name = path.rpartition(".")
        place = owner.path_resolve(before) if before else owner
        setattr(place, name, value)
    except (AttributeError, KeyError, TypeError, ValueError):
        return
