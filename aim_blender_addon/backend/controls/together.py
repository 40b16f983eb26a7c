# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes for two ways at once: skin stays off teeth, lips even, and corners of the mouth within what was seen.

Shapes of controls add up. Where two of them at their limits bring skin into bone or teeth, a shape of both together
takes it out again, by the product of their values. Only the pairs that go deepest get one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..geometry.smooth import smooth_step
from .keep_off import KeepOff, LipsApart
from .room import Room

#: A pair that goes deeper into bone than in rest by this has a shape, mm, and so many pairs at most.
_DEEP_MM, _MOST = 0.3, 20
#: Corner and middle of a lip that go the same way take the lip between them along.
_LIPS = (("lip_lower", "down"), ("lip_upper", "up"))


@dataclass(frozen=True)
class Way:
    """A way of a control at its limit.

    Attributes:
        control, way: which.
        axis: of the control's bone.
        reach: mm.
        moved: [V, 3] mm there.
    """

    control: str
    way: str
    axis: int
    reach: float
    moved: np.ndarray

    @property
    def role(self) -> str:
        """Its name."""
        return f"{self.control} {self.way}"


@dataclass(frozen=True)
class Together:
    """What two ways need when both are at their limits.

    Attributes:
        first, second: their roles.
        moved: [V, 3] mm.
    """

    first: str
    second: str
    moved: np.ndarray


def find_together(
    ways: Sequence[Way], keep_off: KeepOff | None, lips: LipsApart | None
) -> list[Together]:
    """The pairs that need a shape, with it."""
    found = _rounded(ways)
    if lips is not None:
        found += _lips_along(ways, lips)
    if keep_off is None or not ways:
        return found
    added = {(one.first, one.second): one.moved for one in found}
    axes = [(way.control, way.axis) for way in ways]
    room = Room(np.array([way.moved for way in ways]), axes, keep_off)
    deep = []
    for i, j in room.pairs:
        more = added.get((ways[i].role, ways[j].role), 0.0)
        depth = room.sum((i, j), more=more).depth
        if depth > _DEEP_MM:
            deep.append((depth, i, j, ways[i].moved + ways[j].moved + more))
    deep.sort(key=lambda pair: -pair[0])
    for _depth, i, j, both in deep[:_MOST]:
        more = keep_off.held(both) - both
        key = (ways[i].role, ways[j].role)
        found = [one for one in found if (one.first, one.second) != key]
        found.append(Together(*key, added.get(key, 0.0) + more))
    return found


def _rounded(ways: Sequence[Way]) -> list[Together]:
    """Corners of the mouth drawn up or down and out at once go no farther than one way does."""
    found = []
    for i, one in enumerate(ways):
        for other in ways[i + 1 :]:
            is_wide = {one.way, other.way} in ({"up", "out"}, {"down", "out"})
            if one.control == other.control and one.control.startswith("mouth_corner") and is_wide:
                both = np.hypot(one.reach, other.reach)
                back = max(one.reach, other.reach) / both - 1
                found.append(Together(one.role, other.role, back * (one.moved + other.moved)))
    return found


def _lips_along(ways: Sequence[Way], lips: LipsApart) -> list[Together]:
    """A lip between a corner and its middle that both go the same way: without this it would be wavy."""
    by_role = {way.role: way for way in ways}
    roles = list(by_role)
    at = lips.rest @ lips.left
    across = lips.stations.upper.interpolate(lips.rest) @ lips.left
    middle, half = (across.max() + across.min()) / 2, max(np.ptp(across) / 2, 1e-9)
    found = []
    for lip, way in _LIPS:
        share = lips.shares[int(lip == "lip_lower")]
        centre = by_role.get(f"{lip} {way}")
        if centre is None:
            continue
        weight = share * np.exp(-(((at - middle) / (0.2 * half)) ** 2))
        led = weight @ centre.moved / max(weight.sum(), 1e-9)
        for side, sign in ((".L", 1.0), (".R", -1.0)):
            corner = by_role.get(f"mouth_corner{side} {way}")
            if corner is None:
                continue
            x = sign * (at - middle) / half
            own = _reach(centre.moved, share, x)
            wanted = 1 - smooth_step(np.clip(x, 0, 1))
            fill = np.where(x > 0, np.maximum(wanted - own, 0.0), 0.0)
            moved = lips.held((share * fill)[:, None] * led)
            first, second = sorted((corner, centre), key=lambda way: roles.index(way.role))
            found.append(Together(first.role, second.role, moved))
    return found


def _reach(moved: np.ndarray, share: np.ndarray, x: np.ndarray) -> np.ndarray:
    """[V] how much of a lip's own motion places at ``x`` (0 the middle, 1 the corner) have already."""
    steps = np.linspace(0, 1, 21)
    size = np.linalg.norm(moved, axis=1)
    near = [share * np.exp(-(((x - step) / 0.06) ** 2)) for step in steps]
    along = np.array([weight @ size / max(weight.sum(), 1e-9) for weight in near])
    return np.interp(x, steps, along / max(along[0], 1e-9))
