# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of a character that play along with its head: teeth, eyes, brows or a tongue with shape keys of their own.

A shape key with the name of one of the head's has its values at every frame. One that only the source has plays the
source's curve of that name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache

import bpy
import numpy as np

from ...backend.shape_names import ARKIT, pairs
from ..data import shape_keys
from ..data.driven_keys import driver_of, following, handed_on
from ..data.linked import is_linked
from ..data.same_character import find_character


class Reason(Enum):
    """Why an object of a character does not play along."""

    LINKED = auto()
    SHARED = auto()
    UNCLEAR = auto()


@dataclass(frozen=True)
class LeftOut:
    """An object that does not play along: why, and the names of it and of what is in the way."""

    reason: Reason
    name: str
    other: str = ""


@dataclass(frozen=True)
class Channels:
    """Curves by name: N names and values [T, N]."""

    names: Sequence[str] = ()
    values: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(frozen=True)
class Companion:
    """An object that plays along.

    Attributes:
        object: with the shape keys.
        names: of the M shape keys that play.
        values: [T, M].
        channels: owner and data path to animate, of shape keys that one property drives.
        left_alone: shape keys that something else moves, or that are muted.
    """

    object: bpy.types.Object
    names: tuple[str, ...]
    values: np.ndarray
    channels: Mapping[str, tuple[bpy.types.ID, str]]
    left_alone: tuple[str, ...]

    @property
    def keys(self) -> bpy.types.Key:
        """Its shape keys."""
        return self.object.data.shape_keys


@dataclass(frozen=True)
class Companions:
    """What plays along with a take, and what does not.

    Attributes:
        playing: the objects that do.
        left_out: the objects that cannot.
        idle: shape keys of the objects that do not, so that no earlier take stays on them.
    """

    playing: tuple[Companion, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    idle: tuple[bpy.types.Key, ...] = ()

    @property
    def objects(self) -> tuple[bpy.types.Object, ...]:
        """Those that play along."""
        return tuple(companion.object for companion in self.playing if companion.names)

    @property
    def left_alone(self) -> tuple[str, ...]:
        """Shape keys of theirs that something else moves, after the names of their objects."""
        return tuple(
            f"{companion.object.name}: {name}"
            for companion in self.playing
            for name in companion.left_alone
        )


def find_companions(
    head: bpy.types.Object,
    armature: bpy.types.Object | None,
    scene: bpy.types.Scene,
    others: Iterable[bpy.types.Object | None] = (),
    names: Iterable[str] = (),
) -> tuple[list[bpy.types.Object], list[LeftOut]]:
    """Objects of the character that can play along, one for each set of shape keys, and those that cannot.

    Args:
        head: the object whose shape keys are played.
        armature: that moves it, or None.
        scene: where it stands.
        others: heads that are known to be other characters'.
        names: of what is played, beside ARKit's shapes and the head's.
    """
    character = find_character(head, armature, scene, others)
    own_keys = head.data.shape_keys
    of_head = [key.name for key in own_keys.key_blocks[1:]] if own_keys else []
    wanted = tuple(dict.fromkeys([*ARKIT, *of_head, *names]))
    mine = {head, *character.own}
    found: dict[bpy.types.Key, bpy.types.Object] = {}
    left_out = []
    for obj in (*character.own, *character.unclear):
        keys = obj.data.shape_keys
        if keys in found or not _any_alike(_names(keys, own_keys), wanted):
            continue
        stranger = _stranger(obj, mine)
        if is_linked(keys):
            left_out.append(LeftOut(Reason.LINKED, obj.name))
        elif obj in character.unclear:
            left_out.append(LeftOut(Reason.UNCLEAR, obj.name))
        elif stranger is not None:
            left_out.append(LeftOut(Reason.SHARED, obj.name, stranger.name))
        else:
            found[keys] = obj
    return list(found.values()), left_out


def plan_companions(
    head: bpy.types.Object,
    armature: bpy.types.Object | None,
    scene: bpy.types.Scene,
    head_plays: Channels,
    source_plays: Channels | None = None,
    others: Iterable[bpy.types.Object | None] = (),
    wanted: bool = True,
) -> Companions:
    """What plays along with a take.

    Args:
        head: the object whose shape keys are played.
        armature: that moves it, or None.
        scene: where it stands.
        head_plays: the take on the head's shape keys.
        source_plays: the source's curves, for shape keys that the head has not.
        others: heads that are known to be other characters'.
        wanted: whether anything shall play along.
    """
    source = source_plays or Channels()
    names = (*head_plays.names, *source.names)
    found, left_out = find_companions(head, armature, scene, others, names)
    if not wanted:
        return Companions(idle=tuple(obj.data.shape_keys for obj in found))
    source = _without_head(head, head_plays, source)
    made = [_companion(obj, head.data.shape_keys, head_plays, source) for obj in found]
    playing = tuple(one for one in made if one.names or one.left_alone)
    idle = tuple(one.keys for one in made if one not in playing)
    return Companions(playing, tuple(left_out), idle)


def fill_still(
    names: Sequence[str], values: np.ndarray, moves: Sequence[bool], source: Channels
) -> np.ndarray:
    """Values [T, N] of a head's shape keys; those that move none of its skin play the source's curve of their name.

    Drivers of other objects, and other programs, read them there.
    """
    result = np.array(values)
    for number, rows in enumerate(pairs(names, source.names)):
        if rows and not moves[number] and not values[:, number].any():
            result[:, number] = source.values[:, rows].mean(axis=1)
    return result


def _companion(
    obj: bpy.types.Object, head_keys: bpy.types.Key | None, head: Channels, source: Channels
) -> Companion:
    """The shape keys of an object that have a curve."""
    keys = obj.data.shape_keys
    names, columns, channels, left_alone = [], [], {}, []
    all_names = _names(keys, head_keys)
    by_head, by_source = pairs(all_names, head.names), pairs(all_names, source.names)
    for name, of_head, of_source in zip(all_names, by_head, by_source, strict=True):
        rows, given = (of_head, head) if of_head else (of_source, source)
        if not rows:
            continue
        driver = driver_of(keys, name)
        channel = handed_on(driver) if driver is not None else None
        if keys.key_blocks[name].mute or (driver is not None and channel is None):
            left_alone.append(name)
            continue
        if channel is not None:
            channels[name] = channel
        names.append(name)
        columns.append(given.values[:, rows].mean(axis=1))  # both sides on one key: their mean
    values = np.stack(columns, axis=1) if columns else np.zeros((len(head.values), 0))
    return Companion(obj, tuple(names), values, channels, tuple(left_alone))


def _without_head(head: bpy.types.Object, plays: Channels, source: Channels) -> Channels:
    """The source's curves but for those of shape keys that the head has, and that something else moves there."""
    keys = head.data.shape_keys
    if keys is None or not len(source.names):
        return source
    others = [name for name in _names(keys) if name not in plays.names]
    taken = [bool(found) for found in pairs(source.names, others)]
    kept = [number for number, is_taken in enumerate(taken) if not is_taken]
    return Channels([source.names[number] for number in kept], source.values[:, kept])


def _names(keys: bpy.types.Key, head: bpy.types.Key | None = None) -> tuple[str, ...]:
    """The shape keys that no take made, and that do not follow the head's by themselves."""
    made = {
        name
        for prop in (shape_keys.RETARGETED, shape_keys.CORRECTIVES)
        for name in shape_keys.listed_names(keys, prop)
    }
    made |= following(keys, head)
    return tuple(
        key.name for key in keys.key_blocks if key != keys.reference_key and key.name not in made
    )


@lru_cache(maxsize=64)
def _any_alike(names: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether one of the names means a motion that is wanted; kept, as panels ask at every draw."""
    return any(pairs(names, wanted))


def _stranger(obj: bpy.types.Object, mine: set[bpy.types.Object]) -> bpy.types.Object | None:
    """An object in a scene that shows the same data and is none of the character's."""
    for other in bpy.data.objects if obj.data.users > 1 else ():
        if other.data == obj.data and other not in mine and other.users_scene:
            return other
    return None
