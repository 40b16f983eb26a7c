# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance on a rig: an Action for head, jaw and shape keys, and corrective shape keys; or a mesh cache."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Euler, Matrix

from ... import compat
from ...backend.anatomy.eyes.find import SIDES
from ...backend.io.pc2 import write_pc2
from ...backend.io.takes import NpzRows
from ...backend.solving.result_file import result_stamp
from ..data import shape_keys
from ..data.fitting_names import fit_name
from ..data.head_space import HeadSpace
from ..data.name_lists import read_names, write_names
from ..rig import actions, controls, eye_bones
from ..rig.armature import rest_matrix
from ..rig.carried import carry_keys
from ..rig.own_bones import (
    EYES,
    JAW,
    SKULL,
    TARGET,
    bone_data_path,
    bone_name,
    find_bone,
    pose_bone,
)
from ..rig.poses import bone_channels, in_units
from ..rig.still_eyes import hold_still
from . import layers
from .companions import Companions
from .files import path_in_blend
from .shut_blinks import shutting_correctives

#: Values that differ by less are one value: the key between them is left out. In the channel's own unit.
_SAME = 1e-6
#: A locked channel that would have to move by more, in its own unit, is named.
_MISSED = 1e-4


@dataclass(frozen=True)
class Performance:
    """What a solve or a retargeting gives for a rig.

    Attributes:
        name: of the take.
        frames: [T] scene frames.
        solved: [T] whether the frame was seen; others are bridged and get no keys.
        expression_names: E names of shape keys.
        head, jaw: [T, 4, 4] mm, head space.
        curves: [T, E] values of those shape keys.
        corrective_shapes: [C, V, 3] mm, displacements.
        corrective_curves: [T, C] their values.
        bones: names of the bones for head and jaw; "" for one that is not there; None for those of a rig of ours.
        channels: owner and data path instead of the shape key's own value, by name.
        layered: on an NLA track, below an Action for edits.
        widen: the range of a shape key may grow where its curve goes beyond.
        look: [T, 2, 2] yaw and pitch of the left and the right eye, radians; None leaves the eyes alone.
        lids_move: the take's skin has the lids' own motion by the look: they do not follow the eyes once more.
        companions: other objects of the character that play along.
        more_bones: [T, 4, 4] mm, head space, of other bones of the armature, by name.
        corrective_regions: C names of what the correctives move most, or none.
        blinks: [T, 2] the source's curves of the left and the right blink, or None where it has none.
    """

    name: str
    frames: np.ndarray
    solved: np.ndarray
    expression_names: Sequence[str]
    head: np.ndarray
    jaw: np.ndarray
    curves: np.ndarray
    corrective_shapes: np.ndarray
    corrective_curves: np.ndarray
    bones: tuple[str, str] | None = None
    channels: Mapping[str, tuple[bpy.types.ID, str]] = field(default_factory=dict)
    layered: bool = False
    widen: bool = False
    look: np.ndarray | None = None
    lids_move: bool = True
    companions: Companions = Companions()
    more_bones: Mapping[str, np.ndarray] = field(default_factory=dict)
    corrective_regions: Sequence[str] = ()
    blinks: np.ndarray | None = None


@dataclass(frozen=True)
class Written:
    """A take as it was written.

    Attributes:
        actions: its Actions.
        set_aside: those of the user's that made room for it.
        keys: the shape keys that it moves.
        bones: the bones of head and jaw that have keys; "" for one that has none.
        locked: channels that it needs and that are locked.
        at_end: shape keys that reach the end of their range before they are fully on.
        companions: what plays along.
    """

    actions: tuple[bpy.types.Action, ...]
    set_aside: tuple[layers.SetAside, ...]
    keys: tuple[str, ...]
    bones: tuple[str, str]
    locked: tuple[str, ...]
    at_end: tuple[str, ...]
    companions: Companions = Companions()


def write_performance(
    rig: bpy.types.Object,
    armature: bpy.types.Object | None,
    take: Performance,
    mm_per_unit: float,
) -> Written:
    """Give a rig the correctives and the Action of a take, and let it play that.

    Correctives and Action of an earlier solve of the same name give way, unless the Action's keys were changed since:
    then it stays beside the new one, without its correctives.
    """
    keys = rig.data.shape_keys
    frames, seen = take.frames[take.solved], take.solved
    owners, ends = _owners(keys, armature, take), (float(take.frames[0]), float(take.frames[-1]))
    aside: list[layers.SetAside | None] = []
    for owner in owners:
        aside += layers.make_room(owner, take.name, ends)
    for idle in take.companions.idle:
        aside += layers.take_off(take.name, idle, ends)
    take = _with_shut_blinks(rig, armature, take, mm_per_unit)
    names = _write_correctives(rig, take, mm_per_unit)
    hold_still(rig, armature, names)
    written = _Actions(take.name, keys, owners)
    bones = take.bones
    if bones is None:
        bones = (bone_name(armature, SKULL), bone_name(armature, JAW)) if armature else ("", "")
    locked: list[str] = []
    posed = [*zip(bones, (take.head, take.jaw), strict=True), *take.more_bones.items()]
    for bone, poses in posed:
        if bone:
            seen_poses = in_units(poses[seen], mm_per_unit)
            locked += _write_bone(written, armature, bone, seen_poses, frames)
    if take.look is not None and eye_bones.has_eyes(armature):
        _write_look(written, armature, take.look[seen], take.lids_move, frames)
    if armature is not None and eye_bones.shuts_blinks(armature):
        # A take with correctives has the lids as they are to be, and what they gape is shut by correctives of its own.
        shuts = np.full(1, float(not len(take.corrective_shapes)))
        path = eye_bones.property_path(armature, eye_bones.SHUT)
        _write_curve(written.curves(armature), path, 0, frames[:1], shuts)
    if take.widen:
        peaks = take.curves.max(axis=0, initial=0.0)
        shape_keys.widen(keys, take.expression_names, peaks)
    shapes = [*take.expression_names, *names]
    for name, values in zip(
        shapes, np.concatenate([take.curves, take.corrective_curves], axis=1)[seen].T, strict=True
    ):
        if name in take.channels:
            owner, path = take.channels[name]
            _write_curve(written.curves(owner), path, 0, frames, values)
        elif controls.is_driven(keys, name):
            curves = written.curves(armature)
            curve = _write_curve(curves, controls.bone_path(armature, name), 0, frames, values)
            jaw = bone_name(armature, JAW)
            curve.group = compat.curve_group(written.played[armature], armature, jaw)
        else:
            _write_curve(written.curves(keys), shape_keys.key_path(name), 0, frames, values)
    _write_companions(written, take)
    made = list(dict.fromkeys(written.played.values()))
    for action in made:
        action.use_fake_user = True
        actions.mark(action)
    owners = {*owners, *written.played}
    layers.remove(take.name, *(owners if not take.layered else owners - set(written.played)))
    for owner, action in written.played.items():
        if take.layered:
            aside.append(layers.add(owner, action, take.name))
        else:
            aside.append(layers.play(owner, action))
    aside = tuple(dict.fromkeys(filter(None, aside)))
    return Written(
        tuple(made),
        aside,
        tuple(shapes),
        bones,
        tuple(locked),
        tuple(_at_end(keys, take)),
        take.companions,
    )


def _owners(
    keys: bpy.types.Key, armature: bpy.types.Object | None, take: Performance
) -> list[bpy.types.ID]:
    """All that a take may move."""
    playing = take.companions.playing
    found = [keys, armature, *(owner for owner, _path in take.channels.values())]
    found += [companion.keys for companion in playing]
    found += [owner for companion in playing for owner, _path in companion.channels.values()]
    return [owner for owner in dict.fromkeys(found) if owner is not None]


def _at_end(keys: bpy.types.Key, take: Performance) -> list[str]:
    """Shape keys that reach the end of their range, which lies below one."""
    if take.widen:
        return []
    largest = shape_keys.largest_values(keys, take.expression_names)
    peaks = take.curves.max(axis=0, initial=0.0)
    return [
        name
        for name, end, peak in zip(take.expression_names, largest, peaks, strict=True)
        if end < 1.0 - _MISSED and peak > end - _MISSED
    ]


def _write_companions(written: "_Actions", take: Performance) -> None:
    """Key what plays along; a property that the take moves already, through a driver, is left as it is."""
    frames, seen = take.frames[take.solved], take.solved
    for companion in take.companions.playing:
        if take.widen:
            peaks = companion.values.max(axis=0, initial=0.0)
            shape_keys.widen(companion.keys, companion.names, peaks)
        for name, values in zip(companion.names, companion.values[seen].T, strict=True):
            own = companion.keys, shape_keys.key_path(name)
            owner, path = companion.channels.get(name, own)
            curves = written.curves(owner)
            if curves.find(path) is None:
                _write_curve(curves, path, 0, frames, values)


class _Actions:
    """The Action of a take, or from before Blender 4.4 one for each of its owners."""

    def __init__(self, name: str, keys: bpy.types.Key, owners: Sequence[bpy.types.ID]) -> None:
        self._name, self._keys, self._owners = name, keys, owners
        self.played: dict[bpy.types.ID, bpy.types.Action] = {}

    def curves(self, owner: bpy.types.ID) -> bpy.types.bpy_prop_collection:
        """Where the F-Curves of an owner go."""
        if owner not in self.played:
            first = next(iter(self.played.values()), None)
            if first is None:
                self.played[owner] = _action(self._name, self._owners)
            elif compat.has_action_slots():
                self.played[owner] = first
            else:
                kind = "Shapes" if owner == self._keys else owner.name
                self.played[owner] = _action(f"{self._name} {kind}", self._owners)
        return compat.action_curves(self.played[owner], owner)


def _write_bone(
    written: _Actions,
    armature: bpy.types.Object,
    bone: str,
    poses: np.ndarray,
    frames: np.ndarray,
) -> list[str]:
    """Key rigid poses [T, 4, 4] on a bone, in its own rotation mode; locked channels stay as they are.

    Returns:
        The locked channels that would have to move, like "jaw: location X".
    """
    pose_bone = armature.pose.bones[bone]
    location, angles = bone_channels(poses, rest_matrix(armature, bone))
    channel, rotation, locked = _rotation(pose_bone, np.unwrap(angles, axis=0))
    curves = written.curves(armature)
    group = compat.curve_group(written.played[armature], armature, bone)
    base = f'pose.bones["{bpy.utils.escape_identifier(bone)}"]'
    missing = []
    for name, values, locks in (
        ("location", location, pose_bone.lock_location),
        (channel, rotation, locked),
    ):
        for axis, (track, is_locked) in enumerate(zip(values.T, locks, strict=True)):
            if not is_locked:
                _write_curve(curves, f"{base}.{name}", axis, frames, track).group = group
            elif np.abs(track - getattr(pose_bone, name)[axis]).max() > _MISSED:
                letters = "XYZ" if len(values.T) == 3 else "WXYZ"
                missing.append(f"{bone}: {name.split('_')[0]} {letters[axis]}")
    return missing


def _write_look(
    written: _Actions,
    armature: bpy.types.Object,
    look: np.ndarray,
    lids_move: bool,
    frames: np.ndarray,
) -> None:
    """Key where the eyes look [T, 2, 2] on their bones, free of the target, and whether the lids follow them."""
    curves = written.curves(armature)
    for side in eye_bones.sides(armature):
        bone = pose_bone(armature, EYES[side])
        yaw, pitch = look[:, SIDES.index(side)].T
        angles = np.stack([pitch, np.zeros_like(yaw), yaw], axis=1)
        channel, rotation, locked = _rotation(bone, angles)
        group = compat.curve_group(written.played[armature], armature, bone.name)
        base = bone_data_path(armature, EYES[side])
        for axis, (track, is_locked) in enumerate(zip(rotation.T, locked, strict=True)):
            if not is_locked:
                _write_curve(curves, f"{base}.{channel}", axis, frames, track).group = group
    if find_bone(armature, TARGET):
        target = bone_name(armature, TARGET)
        group = compat.curve_group(written.played[armature], armature, target)
        for name, value in ((eye_bones.LOOK_AT, 0.0), (eye_bones.LIDS, float(not lids_move))):
            path = eye_bones.property_path(armature, name)
            _write_curve(curves, path, 0, frames[:1], np.full(1, value)).group = group


def _rotation(
    bone: bpy.types.PoseBone, angles: np.ndarray
) -> tuple[str, np.ndarray, Sequence[bool]]:
    """Channel, values [T, 3 or 4] and locks of a bone's rotation mode, of XYZ angles [T, 3]."""
    if bone.rotation_mode == 'XYZ':
        return "rotation_euler", angles, bone.lock_rotation
    turns = [Euler(row, 'XYZ').to_quaternion() for row in angles.tolist()]
    for before, turn in zip(turns, turns[1:], strict=False):
        turn.make_compatible(before)
    if bone.rotation_mode == 'QUATERNION':
        return "rotation_quaternion", np.array(turns), (False, *bone.lock_rotation)
    if bone.rotation_mode == 'AXIS_ANGLE':
        pairs = [turn.to_axis_angle() for turn in turns]
        values = np.array([(angle, *axis) for axis, angle in pairs])
        return "rotation_axis_angle", values, (False,) * 4
    values = np.array([turn.to_euler(bone.rotation_mode)[:] for turn in turns])
    return "rotation_euler", np.unwrap(values, axis=0), bone.lock_rotation


def lengthen(scene: bpy.types.Scene, frames: np.ndarray) -> None:
    """Let the frame range of a scene hold a take, wherever its stretched time shows the last of its frames."""
    stretch = scene.render.frame_map_old / scene.render.frame_map_new
    last = int(np.ceil(frames[-1] / stretch - 1e-6))
    scene.frame_end = max(scene.frame_end, last)


def write_cache(
    face: bpy.types.Object,
    result: Path,
    first_frame: float,
    frames_each: float,
    space: HeadSpace,
    name: str,
    *,
    frames: Iterable[np.ndarray] | None = None,
    stamp: str = "",
) -> bpy.types.Object:
    """Write the solved skin as a point cache and show it on a copy of the neutral, exactly as it was solved.

    The cache lies beside the result, and its name tells its content: another solve makes another file, so that what
    plays one never changes.

    Args:
        face: the neutral.
        result: the ``.npz`` file of the solve.
        first_frame: scene frame of the first solved one.
        frames_each: scene frames from one solved frame to the next.
        space: the face's frame.
        name: of the new object.
        frames: [V, 3] mm each, in place of the result's own.
        stamp: what tells such frames from others.

    Raises:
        SolveError: the cache cannot be written.
    """
    rows = NpzRows(result, "vertices")
    stamp = f"{result_stamp(result)} {space.mm_per_unit!r}{stamp}"
    content = hashlib.sha256(stamp.encode()).hexdigest()
    path = result.with_name(f"{result.stem} {content[:8]}.pc2")
    if not path.exists():
        shown = (row / space.mm_per_unit for row in (rows if frames is None else frames))
        write_pc2(path, shown, rows.shape[1], len(rows))
    mesh = face.data.copy()
    mesh.name = name
    obj = bpy.data.objects.new(name, mesh)
    shape_keys.clear_keys(obj)
    obj.matrix_world = Matrix(space.rigid.tolist())
    face.users_collection[0].objects.link(obj)
    modifier = obj.modifiers.new("AIM Mesh Cache", 'MESH_CACHE')
    modifier.cache_format = 'PC2'
    modifier.filepath = path_in_blend(path)
    modifier.frame_start = first_frame
    modifier.frame_scale = 1.0 / frames_each
    return obj


def _action(name: str, owners: Sequence[bpy.types.ID]) -> bpy.types.Action:
    """A new Action of that name, in place of those of earlier solves that nobody has changed or plays elsewhere."""
    name = fit_name(name, bpy.types.Action)
    for found in layers.earlier_actions(name, owners):
        bpy.data.actions.remove(found)
    return bpy.data.actions.new(name)


def _with_shut_blinks(
    rig: bpy.types.Object,
    armature: bpy.types.Object | None,
    take: Performance,
    mm_per_unit: float,
) -> Performance:
    """A take with correctives that shut what its lids gape where they are meant to be shut."""
    seen = take.solved
    blinks = take.blinks[seen] if take.blinks is not None else None
    curves = list(take.expression_names), take.curves[seen]
    correctives = take.corrective_shapes / mm_per_unit, take.corrective_curves[seen]
    names, shapes, values = shutting_correctives(rig, armature, curves, correctives, blinks)
    if not names:
        return take
    shown = np.zeros((len(seen), len(names)))
    shown[seen] = values
    regions = tuple(take.corrective_regions) or ("",) * len(take.corrective_shapes)
    return replace(
        take,
        corrective_shapes=np.concatenate([take.corrective_shapes, shapes * mm_per_unit]),
        corrective_curves=np.concatenate([take.corrective_curves, shown], axis=1),
        corrective_regions=(*regions, *names),
    )


def _write_correctives(rig: bpy.types.Object, take: Performance, mm_per_unit: float) -> list[str]:
    """Shape keys for the correctives of a take, in place of those of an earlier solve; their names."""
    keys = rig.data.shape_keys
    longest = len(f" {len(take.corrective_shapes):02d}")
    label = fit_name(f"{take.name} corrective", bpy.types.ShapeKey, room=longest)
    earlier = read_names(keys, shape_keys.CORRECTIVES)
    for name in earlier:
        if name.startswith(f"{label} ") and name in keys.key_blocks:
            rig.shape_key_remove(keys.key_blocks[name])
    kept = [name for name in earlier if name in keys.key_blocks]
    basis = shape_keys.read_points(keys.reference_key)
    names = []
    regions = take.corrective_regions or ("",) * len(take.corrective_shapes)
    for number, (shape, region) in enumerate(
        zip(take.corrective_shapes, regions, strict=True), start=1
    ):
        name = f"{label} {number:02d} {region}".rstrip()
        block = rig.shape_key_add(name=name, from_mix=False)
        block.relative_key = keys.reference_key
        shape_keys.write_points(block, basis + shape / mm_per_unit)
        block.slider_min, block.slider_max, block.value = -1.0, 1.0, 0.0
        names.append(block.name)
    write_names(keys, shape_keys.CORRECTIVES, [*kept, *names])
    carry_keys(rig, names)
    return names


def _write_curve(
    curves: bpy.types.bpy_prop_collection,
    path: str,
    index: int,
    frames: np.ndarray,
    values: np.ndarray,
) -> bpy.types.FCurve:
    """A linear F-Curve with a key a frame; keys amid others of their value are left out."""
    values = np.asarray(values, np.float64)
    still = np.zeros(len(values), bool)
    if len(values) > 2:
        still[1:-1] = (np.abs(np.diff(values)[:-1]) < _SAME) & (np.abs(np.diff(values)[1:]) < _SAME)
    return actions.write_curve(curves, path, index, frames[~still], values[~still])
