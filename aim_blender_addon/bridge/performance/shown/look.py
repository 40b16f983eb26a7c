# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A look at a take as the scene shows it, with everything of the user's in force."""

from collections.abc import Iterable, Iterator

import bpy
import numpy as np

from .... import compat
from ...data import shape_keys
from ...data.playing import play
from . import settings, skin
from .bones import Bones, NoBones
from .channels import Channels, reach
from .findings import Hidden, Reason, Shown
from .made import Made, sample, scene_frames

#: These hide a take whatever the skin says at the frames that were looked at.
_SWITCHES = {
    Reason.ABSOLUTE,
    Reason.SOLO,
    Reason.AT_REST,
    Reason.NO_MODIFIER,
}
#: A cause may be given for a distance if it is at least this share of it.
_EXPLAINS = 0.5
#: Values of shape keys below this are none.
_ON = 1e-3

Played = Iterator[tuple[int, list[bpy.types.Object]]]


def look(
    rig: bpy.types.Object,
    armature: bpy.types.Object | None,
    actions: Iterable[bpy.types.Action],
    made: Made,
    context: bpy.types.Context,
    locked: Iterable[str] = (),
    played: Played | None = None,
) -> Shown:
    """How far the scene's skin is from what was made, and what keeps it from there.

    Args:
        rig: mesh object with the shape keys.
        armature: of the rig, or None.
        actions: of the take.
        made: what the rig is to show.
        context: for the scene, which is where it was afterwards.
        locked: channels that the take needs and that are locked.
        played: evaluated twins of rig and armature at the frames of ``sample``; None: as the scene plays them.
    """
    rows = sample(len(made.frames))
    frames = made.frames[rows]
    before = skin.changing_the_count(rig, context)
    channels = Channels(rig, armature, actions)
    bones = Bones(rig, armature, made) if armature is not None else NoBones()
    looked, others = skin.Skin(made, bones.follows()), _Others(rig, made)
    as_played = played is None
    if as_played:
        times = scene_frames(frames, context.scene)
        change = skin.without(before) if before else None
        watched = [one for one in (rig, armature) if one is not None]
        played = play(watched, times, context, change=change)
    for number, twins in played:
        twin, posed = (
            twins[0],
            twins[-1],
        )  # without an armature, the mesh object stands where it would
        if as_played:
            channels.look(frames[number], twin, posed)
        others.look(twin)
        looked.look(rows[number], twin, posed, bones.look(posed))
    figure = looked.figure(len(made.frames), before)
    mm = _mm_per_unit(rig, armature or rig, made)
    switches = settings.of_rig(rig, armature)
    is_off = figure is not None and not made.left.is_kept(
        figure.mean, figure.p99, figure.largest, made.slack_mm
    )
    found = channels.findings(mm) if as_played else []
    if locked := tuple(locked):
        found.append(Hidden(Reason.LOCKED, locked))
    is_switched = any(one.reason in _SWITCHES for one in switches)
    if is_off and not is_switched:
        frame = scene_frames(made.frames[[looked.worst_row()]], context.scene)[0]
        found += bones.findings(_mm_of_armature(made), made.slack_mm)
        found += skin.moving(rig, armature, before, frame, mm, context)
        found += others.findings(mm)
        found += _kept(rig, made)
        if armature is not None:
            found += _apart(rig, armature, looked.apart_mm(), made.slack_mm)
    found = [h for h in found if h.mm is None or h.mm >= made.slack_mm]
    found = [h for h in found if is_off or h.reason is not Reason.LOCKED]
    found += channels.edits() if as_played else []
    if is_off and not _explained(figure.largest, [*switches, *found]):
        found.append(Hidden(Reason.UNKNOWN, (rig.name,), (), figure.largest))
    times = settings.of_time(context.scene, made.frames) if as_played else []
    return Shown(figure, (*switches, *found, *times), is_off or is_switched)


def look_at_cache(
    cache: bpy.types.Object,
    made: Made,
    context: bpy.types.Context,
) -> Shown:
    """The same of an object that plays the skin itself."""
    rows = sample(len(made.frames))
    looked, times = skin.Skin(made, None), scene_frames(made.frames[rows], context.scene)
    for number, (twin,) in play([cache], times, context):
        looked.look(rows[number], twin, twin, np.eye(4))
    figure = looked.figure(len(made.frames), ())
    is_off = figure is None or not made.left.is_kept(
        figure.mean, figure.p99, figure.largest, made.slack_mm
    )
    found = [Hidden(Reason.UNKNOWN, (cache.name,), (), figure.largest)] if is_off and figure else []
    return Shown(figure, (*found, *settings.of_time(context.scene, made.frames)), is_off)


def _kept(rig: bpy.types.Object, made: Made) -> list[Hidden]:
    """Shape keys of the take that the user has sculpted or locked, so that they are other shapes than were made."""
    keys = rig.data.shape_keys
    ours = shape_keys.listed_names(keys, shape_keys.RETARGETED)
    locked = [n for n in ours if compat.has_shape_locks() and keys.key_blocks[n].lock_shape]
    names = [n for n in (*shape_keys.sculpted_names(rig.data), *locked) if n in made.keys]
    return [Hidden(Reason.KEPT, tuple(dict.fromkeys(names)))] if names else []


def _explained(largest: float, found: list[Hidden]) -> bool:
    """Whether what was found is enough for how far the skin is off."""
    if any(one.mm is None for one in found):
        return True
    return sum(one.mm for one in found) >= _EXPLAINS * largest


def _apart(
    rig: bpy.types.Object, armature: bpy.types.Object, mm: float, least: float
) -> list[Hidden]:
    constraints = [c.name for c in rig.constraints if not c.mute and c.influence > 0]
    if mm < least and not constraints:
        return []
    return [Hidden(Reason.APART, (rig.name, armature.name), tuple(constraints), mm or None)]


def _mm_per_unit(rig: bpy.types.Object, armature: bpy.types.Object, made: Made) -> float:
    """Millimetres of head space in a unit of the rig's mesh."""
    relative = np.linalg.inv(np.array(armature.matrix_world)) @ np.array(rig.matrix_world)
    return _scale(np.linalg.inv(made.to_armature) @ relative)


def _mm_of_armature(made: Made) -> float:
    return _scale(np.linalg.inv(made.to_armature))


def _scale(matrix: np.ndarray) -> float:
    return float(np.cbrt(abs(np.linalg.det(matrix[:3, :3]))))


class _Others:
    """Shape keys that are on beside those of the take."""

    def __init__(self, rig: bpy.types.Object, made: Made) -> None:
        keys = rig.data.shape_keys
        self._blocks = list(keys.key_blocks) if keys is not None else []
        self._taken = {*made.keys, keys.reference_key.name} if self._blocks else set()
        self._most = np.zeros(len(self._blocks))

    def look(self, twin: bpy.types.Object) -> None:
        """Their values at a frame; ``twin`` is the evaluated rig."""
        keys = twin.data.shape_keys
        if keys is not None and len(keys.key_blocks) == len(self._most):
            values = np.array([0.0 if b.mute else b.value for b in keys.key_blocks])
            self._most = np.maximum(self._most, np.abs(values))

    def findings(self, mm: float) -> list[Hidden]:
        """Those that are on; ``mm`` are millimetres in a unit of the mesh."""
        pairs = zip(self._blocks, self._most, strict=True)
        on = [(b, most) for b, most in pairs if most > _ON and b.name not in self._taken]
        moved = {block.name: most * reach(block) * mm for block, most in on}
        if not moved:
            return []
        return [Hidden(Reason.ALSO_ON, tuple(moved), (), max(moved.values()))]
