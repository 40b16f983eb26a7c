# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rig plays, read frame by frame and keyed on the export."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np
from mathutils import Matrix

from ... import compat
from ..data.playing import play
from ..data.shape_keys import key_path
from ..rig import shape_jaw
from ..rig.actions import write_curve
from ..rig.armature import rest_matrix
from ..rig.own_bones import JAW, bone_name
from .baked_controls import BakedControls


@dataclass(frozen=True)
class Frames:
    """A take.

    Attributes:
        numbers: [T] frames of the scene.
        values: [T] of each shape, by the name it goes out under.
        effects: [T, 4, 4] what each bone does to what it carries, in the armature's space.
        shape_jaw: [T, 4, 4] what of the jaw's motion the shapes make.
        below_jaw: the jaw and the bones below it.
    """

    numbers: np.ndarray
    values: dict[str, np.ndarray]
    effects: dict[str, np.ndarray]
    shape_jaw: np.ndarray
    below_jaw: set[str]


def span(armature: bpy.types.Object, keys: bpy.types.Key) -> range:
    """The frames that Actions and NLA strips of a rig play; those of the scene where it has none.

    An Action without curves, such as the one on top of a take that waits for edits, plays nothing.
    """
    ranges = [found for owner in (armature, keys) for found in _played(owner.animation_data)]
    if not ranges:
        scene = bpy.context.scene
        return range(scene.frame_start, scene.frame_end + 1)
    first = int(np.floor(min(found[0] for found in ranges)))
    return range(first, int(np.ceil(max(found[1] for found in ranges))) + 1)


def _played(animation: bpy.types.AnimData | None) -> list[tuple[float, float]]:
    """First and last frame of the Action and of each strip that count."""
    if animation is None:
        return []
    found = []
    if animation.action and compat.played_curves(animation):
        found.append(tuple(animation.action.frame_range))
    tracks = [track for track in animation.nla_tracks if animation.use_nla and not track.mute]
    alone = [track for track in tracks if track.is_solo]
    for track in alone or tracks:
        found += [(one.frame_start, one.frame_end) for one in track.strips if not one.mute]
    return found


def read(
    armature: bpy.types.Object,
    rig: bpy.types.Object,
    sources: Mapping[str, str],
    controls: Sequence[str],
    bones: Sequence[str],
    context: bpy.types.Context,
) -> Frames:
    """Play a rig and read it; the scene that is shown stays where it stands.

    Args:
        armature, rig: of the face.
        sources: names of the skin's keys by the names they go out under.
        controls: names of face controls' keys that are read, too.
        bones: that go out.
        context: to play in.

    Raises:
        SolveError: the scene was replaced meanwhile.
    """
    numbers = span(armature, rig.data.shape_keys)
    shown = {name: np.zeros(len(numbers)) for name in (*sources.values(), *controls)}
    effects = {bone: np.zeros((len(numbers), 4, 4)) for bone in bones}
    shapes = np.zeros((len(numbers), 4, 4))
    back = {bone: np.linalg.inv(rest_matrix(armature, bone)) for bone in bones}
    for row, (skin, posed) in play([rig, armature], numbers, context):
        blocks = skin.data.shape_keys.key_blocks
        for name, values in shown.items():
            values[row] = 0.0 if blocks[name].mute else blocks[name].value
        for bone in bones:
            matrix = np.array(posed.pose.bones[bone].matrix, np.float64)
            effects[bone][row] = matrix @ back[bone]
        shapes[row] = shape_jaw.motion(posed)
    values = {name: shown[source] for name, source in sources.items()}
    values |= {name: shown[name] for name in controls}
    jaw = armature.data.bones[bone_name(armature, JAW)]
    below = {jaw.name, *(bone.name for bone in jaw.children_recursive)}
    return Frames(np.array(numbers), values, effects, shapes, below)


def peaks(frames: Frames, names: Iterable[str]) -> dict[str, float]:
    """The largest values of shapes in a take, without their signs."""
    return {name: float(np.abs(frames.values[name]).max(initial=0.0)) for name in names}


def with_controls(frames: Frames, controls: BakedControls | None) -> Frames:
    """A take whose face controls are added to ARKit's shapes, as the sums that are nearest to them."""
    if controls is None:
        return frames
    values = {name: row for name, row in frames.values.items() if name not in controls.keys}
    added = np.stack([frames.values[name] for name in controls.keys], axis=1) @ controls.values
    for name, more in zip(controls.shapes, added.T, strict=True):
        values[name] = values[name] + more
    return replace(frames, values=values)


def write(
    frames: Frames,
    out: bpy.types.Object,
    mesh: bpy.types.Object,
    named: Mapping[str, str],
    to_export: np.ndarray,
    jaw_in_keys: bool,
) -> None:
    """Key a take on an export: bones and shapes, every frame.

    Where the keys hold the jaw's motion, the bones make what is left of it: nothing moves twice.
    """
    back = np.linalg.inv(to_export)
    rests = {bone: rest_matrix(out, called) for bone, called in named.items()}
    effects = dict(frames.effects)
    if jaw_in_keys:
        undone = np.linalg.inv(frames.shape_jaw)
        for bone in set(effects) & frames.below_jaw:
            effects[bone] = effects[bone] @ undone
    posed = {bone: to_export @ effect @ back @ rests[bone] for bone, effect in effects.items()}
    own = {called: bone for bone, called in named.items()}
    name = f"{mesh.name} Take"
    action = key_action = bpy.data.actions.new(name)
    if not compat.has_action_slots():
        key_action = bpy.data.actions.new(name)
    key_curves = compat.action_curves(key_action, mesh.data.shape_keys)
    for bone, called in named.items():
        parent = out.data.bones[called].parent
        if parent is None:
            local = np.linalg.inv(rests[bone]) @ posed[bone]
        else:
            above = own[parent.name]
            offset = np.linalg.inv(np.linalg.inv(rests[above]) @ rests[bone])
            local = offset @ np.linalg.inv(posed[above]) @ posed[bone]
        _write_bone(action, out, called, frames.numbers, local)
    keys = mesh.data.shape_keys
    for name, values in frames.values.items():
        block = keys.key_blocks[name]
        block.slider_min = min(0.0, float(values.min()))
        block.slider_max = max(1.0, float(values.max()))
        write_curve(key_curves, key_path(name), 0, frames.numbers, values)
    for owner, played in ((out, action), (keys, key_action)):
        compat.assign_action(owner, played)


def _write_bone(
    action: bpy.types.Action,
    out: bpy.types.Object,
    called: str,
    numbers: np.ndarray,
    local: np.ndarray,
) -> None:
    """Key a bone at every frame: between two frames a line is as near as any curve."""
    curves = compat.action_curves(action, out)
    places, turns = np.zeros((len(local), 3)), np.zeros((len(local), 4))
    before = None
    for row, matrix in enumerate(local):
        place, turn, _size = Matrix(matrix.tolist()).decompose()
        if before is not None and before.dot(turn) < 0:
            turn.negate()
        before = turn
        places[row], turns[row] = place, turn
    escaped = bpy.utils.escape_identifier(called)
    for channel, values in (("location", places), ("rotation_quaternion", turns)):
        for axis, column in enumerate(values.T):
            path = f'pose.bones["{escaped}"].{channel}'
            curve = write_curve(curves, path, axis, numbers, column)
            curve.group = compat.curve_group(action, out, called)
