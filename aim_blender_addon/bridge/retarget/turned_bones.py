# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bones of head and eyes that curves turn, whichever way they lie: a rig's of ours, or a character's own."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

from ...backend.geometry.turns import turned
from ...backend.shape_names import plain_name
from ..data import shape_keys
from ..data.groups import read_group
from ..data.linked import is_linked
from ..rig.armature import rest_matrix
from ..rig.own_bones import EYES, SKULL, find_bone
from .character_rig import head_bone

_EYE_WORDS = {"eye", "eyeball", "auge", "augapfel"}
_SIDE_WORDS = {"left": {"left", "l", "lft", "links"}, "right": {"right", "r", "rgt", "rechts"}}
#: Words in names of bones about an eye that do not turn its ball.
_NOT_THE_BALL = {
    *("lid", "lids", "brow", "lash", "lashes", "socket", "corner", "inner", "outer", "upper"),
    *("lower", "top", "bottom", "squint", "target", "aim", "look", "ctrl", "control", "master"),
    *("end", "nub", "tip", "ik", "mch", "org", "pole", "bag", "crease", "iris", "pupil", "fix"),
}
#: Shape keys that move an eye by more than this share of its size turn it already.
_TURNED_BY_KEYS = 0.1


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

    def turn(self, armature: bpy.types.Object, angles: Sequence[float]) -> None:
        """Turn the bone, in its own rotation mode; locked channels stay."""
        pose = armature.pose.bones.get(self.name)
        if pose is None:
            return
        turn = Matrix(self.turns(np.asarray(angles)).tolist())
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


def find_turned_bones(
    mesh: bpy.types.Object,
    armature: bpy.types.Object | None,
    is_ours: bool,
    beside: Iterable[bpy.types.Object] = (),
) -> tuple[TurnedBone | None, tuple[TurnedBone, TurnedBone] | None]:
    """The bones of head and eyes, as far as they are there and it is known which way the face looks.

    Args:
        mesh: with the face's shape keys.
        armature: that moves it, or None.
        is_ours: the armature was made by a bake or a retargeting.
        beside: other objects of the character, such as eyes.
    """
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
    names = [find_bone(armature, bone) for bone in EYES.values()]
    if not all(names) and not is_ours:
        names = [_eye_bone(armature, side) for side in EYES]
        if any(_keys_turn(obj, name) for obj in (mesh, *beside) for name in names if name):
            names = []
    if len(set(filter(None, names))) < 2:
        return head, None
    left, right = (_turned_bone(armature, one, face_axes) for one in names)
    return head, (left, right)


def look_angles(look: np.ndarray) -> np.ndarray:
    """Yaw to the right, pitch down and roll [..., 3] of looks [..., 2]: yaw to the left, pitch up."""
    return np.concatenate([-look, np.zeros_like(look[..., :1])], axis=-1)


def eye_poses(
    mesh: bpy.types.Object,
    armature: bpy.types.Object,
    is_ours: bool,
    look: np.ndarray,
    beside: Iterable[bpy.types.Object] = (),
) -> dict[str, np.ndarray]:
    """Motions [T, 4, 4] of a character's own bones of its eyes, in the armature's space and units, by name.

    Args:
        mesh, armature, is_ours, beside: as for :func:`find_turned_bones`.
        look: [T, 2, 2] yaw to the left and pitch up of the left and the right eye, radians.

    Returns:
        Nothing where it has no such bones, or shape keys turn what hangs on them.
    """
    _head, eyes = find_turned_bones(mesh, armature, is_ours, beside)
    if eyes is None:
        return {}
    return {
        bone.name: bone.poses(armature, look_angles(look[:, number]))
        for number, bone in enumerate(eyes)
    }


def eye_bones_of(armature: bpy.types.Object) -> tuple[str, str] | None:
    """Names of the bones that turn the left and the right eye, of a rig of ours or a character's own; or None."""
    names = [find_bone(armature, bone) for bone in EYES.values()]
    if not all(names):
        names = [_eye_bone(armature, side) for side in EYES]
    return (names[0], names[1]) if len(set(filter(None, names))) == 2 else None


def _turned_bone(armature: bpy.types.Object, name: str, face_axes: np.ndarray) -> TurnedBone:
    return TurnedBone(name, face_axes @ rest_matrix(armature, name)[:3, :3])


def _eye_bone(armature: bpy.types.Object, side: str) -> str:
    """The bone of a character's eye by its name, or ""; deforming and plainly named ones come first."""
    found = []
    for bone in armature.data.bones:
        words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bone.name).lower())
        if _EYE_WORDS & {*words} and _SIDE_WORDS[side] & {*words} and not _NOT_THE_BALL & {*words}:
            found.append((not bone.use_deform, len(bone.name), bone.name))
    return min(found)[2] if found else ""


def _keys_turn(obj: bpy.types.Object, bone: str) -> bool:
    """Whether shape keys of the look move what hangs on an eye's bone, so that the bone would turn it once more."""
    keys = obj.data.shape_keys
    weight = read_group(obj, bone) if obj.type == 'MESH' and keys is not None else None
    if weight is None or not (weight > 0.5).any():
        return False
    points = shape_keys.read_points(keys.reference_key)[weight > 0.5]
    size = float(np.linalg.norm(np.ptp(points, axis=0)))
    return any(
        np.linalg.norm(shape_keys.difference(key)[weight > 0.5], axis=1).mean()
        > _TURNED_BY_KEYS * size
        for key in keys.key_blocks
        if plain_name(key.name)[0].startswith("eyelook")
    )


def _face_axes(mesh: bpy.types.Object) -> np.ndarray | None:
    """[3, 3] left, up and front of a face in its mesh's own axes: where its lids and its mouth are moved."""
    keys = mesh.data.shape_keys
    centres: dict[str, list[np.ndarray]] = {"l": [], "r": [], "mouth": []}
    for key in keys.key_blocks:
        stem, side = plain_name(key.name)
        mouth = "mouth" if stem in ("mouthpucker", "mouthfunnel") else ""
        place = side if stem == "eyeblink" else mouth
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
