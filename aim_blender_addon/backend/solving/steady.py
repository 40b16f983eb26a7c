# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames whose head jumps away and back: found, solved again from their neighbours, or left out (numpy only).

No head turns so and back within a few frames. Where one does, the solve ended at a wrong place. A frame that stays so
and explains less of what was seen than its neighbours do becomes a gap, which is bridged and counted.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from .gaps import mixed_rotation
from .pose import FramePose

Item = TypeVar("Item")


@dataclass(frozen=True)
class SteadySettings:
    """What is a jump.

    Attributes:
        jump: a head that is turned by more than this off those before and after jumps, radians,
        moving: together with so much of what these are apart.
        reach: frames before and after that are compared, so that a few wrong ones in a row are found.
        explains: a frame that jumps is left out if it explains less than this of what its neighbours explain.
    """

    jump: float = np.radians(8.0)
    moving: float = 1.5
    reach: int = 2
    explains: float = 0.8


STEADY = SteadySettings()


def steady(
    items: Iterable[Item | None],
    pose_of: Callable[[Item], FramePose],
    again: Callable[[Item, np.ndarray], Item | None],
    settings: SteadySettings = STEADY,
) -> Iterator[Item | None]:
    """Items in the order of time, those mended whose head jumps; None for a gap.

    Args:
        items: frames, None for gaps.
        pose_of: an item's pose.
        again: solves an item anew from a head pose [4, 4]; None where that fails or is not possible.
        settings: what is a jump.
    """
    window: list[Item | None] = []
    reach, number = settings.reach, 0
    source = iter(items)
    ended = False
    while True:
        while not ended and len(window) <= number + reach:
            try:
                window.append(next(source))
            except StopIteration:
                ended = True
        if number >= len(window):
            return
        window[number] = _mended(window, number, pose_of, again, settings)
        yield window[number]
        if number == reach:
            window.pop(0)
        else:
            number += 1


def turn_between(one: np.ndarray, other: np.ndarray) -> float:
    """Radians between the rotations of two poses [4, 4]."""
    cosine = (np.trace(one[:3, :3].T @ other[:3, :3]) - 1) / 2
    return float(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _mended(
    window: list[Item | None],
    number: int,
    pose_of: Callable[[Item], FramePose],
    again: Callable[[Item, np.ndarray], Item | None],
    settings: SteadySettings,
) -> Item | None:
    item = window[number]
    if item is None:
        return None
    between = _jumped_over(window, number, pose_of, item, settings)
    if between is None:
        return item
    share, before, after = between
    heads = [pose_of(before).head, pose_of(after).head]
    anew = again(item, mixed_rotation(heads, np.array([1 - share, share])))
    if anew is not None and pose_of(anew).trust.sum() >= pose_of(item).trust.sum():
        item = anew
        if _jumped_over(window, number, pose_of, item, settings) is None:
            return item
    least = min(pose_of(one).trust.mean() for one in (before, after))
    return None if pose_of(item).trust.mean() < settings.explains * least else item


def _jumped_over(
    window: list[Item | None],
    number: int,
    pose_of: Callable[[Item], FramePose],
    item: Item,
    settings: SteadySettings,
) -> tuple[float, Item, Item] | None:
    """Two frames from which the head jumps away and back, and how far between them it lies in time; None for none."""
    head = pose_of(item).head
    for back in range(1, settings.reach + 1):
        for on in range(1, settings.reach + 1):
            if number - back < 0 or number + on >= len(window):
                continue
            before, after = window[number - back], window[number + on]
            if before is None or after is None:
                continue
            one, two = pose_of(before).head, pose_of(after).head
            off = min(turn_between(head, one), turn_between(head, two))
            if off > settings.jump + settings.moving * turn_between(one, two):
                return back / (back + on), before, after
    return None
