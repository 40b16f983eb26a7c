# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found: how far the skin is from what was made, and what keeps it from there."""

from dataclasses import dataclass
from enum import Enum, auto


class Reason(Enum):
    """Why something does not show as it was made."""

    ABSOLUTE = auto()
    SOLO = auto()
    AT_REST = auto()
    NO_MODIFIER = auto()
    OUT_OF_SIGHT = auto()
    NOT_RENDERED = auto()
    MUTED = auto()
    LIMITED = auto()
    DRIVEN = auto()
    OTHER_ANIMATION = auto()
    NLA_OFF = auto()
    LOCKED = auto()
    CONSTRAINED = auto()
    POSED = auto()
    APART = auto()
    MODIFIED = auto()
    SKINNED_OTHERWISE = auto()
    ALSO_ON = auto()
    KEPT = auto()
    EDITED = auto()
    REMAPPED = auto()
    PREVIEW = auto()
    STEPPED = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Hidden:
    """Something that keeps a take from showing as it was made.

    Attributes:
        reason: what kind of thing.
        names: what it is about: shape keys, bones, modifiers ...
        by: what does it, where that has names of its own: Actions, tracks, constraints.
        mm: how far it moves the skin, at most; None where nobody has measured that.
    """

    reason: Reason
    names: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    mm: float | None = None


@dataclass(frozen=True)
class Figure:
    """Distances between the skin as the scene shows it and what was made.

    Attributes:
        mean, p99, largest: mm, over all vertices and frames that were looked at.
        seen: how many frames were looked at.
        frames: of how many.
        before: modifiers that change the number of vertices: the skin was looked at before them.
        share: of the vertices that were looked at: those that follow the head.
    """

    mean: float
    p99: float
    largest: float
    seen: int
    frames: int
    before: tuple[str, ...] = ()
    share: float = 1.0


@dataclass(frozen=True)
class Shown:
    """What a rig shows of a take.

    Attributes:
        figure: None where nothing can be measured.
        hidden: what keeps it from showing as it was made.
        is_off: whether it shows otherwise than it was made.
    """

    figure: Figure | None
    hidden: tuple[Hidden, ...] = ()
    is_off: bool = False
