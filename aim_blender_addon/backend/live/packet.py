# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a datagram of a face stream says, whatever its format (standard library)."""

import math
from dataclasses import dataclass, field

from ..errors import LiveError
from ..shape_names import arkit_names

#: A longer datagram is none of a face: the longest that is known, a whole body in VMC, has some 4 kB.
MOST_BYTES = 8192
#: Letters of a subject's name that are kept.
_MOST_LETTERS = 60
#: No weight is beyond this, where 1 is a shape fully shown; senders exaggerate a little.
MOST_WEIGHT = 10.0
#: No turn is beyond this, radians.
MOST_TURN = 2.0 * math.pi
#: Time stamps are seconds below this: some 30 years.
MOST_SECONDS = 1e9

Turns = tuple[float, float, float]


@dataclass(frozen=True)
class Packet:
    """One datagram, understood.

    Attributes:
        values: weights by ARKit's names.
        head: yaw to the right, pitch down, roll to the left, radians, as Live Link Face has them; None without any.
        eyes: left and right, the same angles; None without any.
        subject: the name of what is streamed; "" where the format has none.
        stamp: seconds on the sender's own clock, or None.
        rate: frames a second that the sender names, or None.
        seen: whether the sender sees a face.
        ends: whether a frame ends with this datagram; some formats take several for one.
        unknown: names that are no shape of ARKit's, a few of them.
    """

    values: dict[str, float] = field(default_factory=dict)
    head: Turns | None = None
    eyes: tuple[Turns, Turns] | None = None
    subject: str = ""
    stamp: float | None = None
    rate: float | None = None
    seen: bool = True
    ends: bool = True
    unknown: tuple[str, ...] = ()


def weight(value: float) -> float:
    """A weight as it came, unless it is no number or absurd.

    Raises:
        LiveError: it is.
    """
    if not abs(value) <= MOST_WEIGHT:  # also what is no number
        raise LiveError(f"A weight of {value:.4g} came: the sender's values are from 0 to 1")
    return value


def turns(values: tuple[float, ...]) -> Turns:
    """Three angles in radians, unless one is no number or absurd.

    Raises:
        LiveError: one is.
    """
    for value in values:
        if not abs(value) <= MOST_TURN:
            raise LiveError(
                f"A turn of {value:.4g} radians came: the sender's angles are less than a whole turn"
            )
    yaw, pitch, roll = values
    return yaw, pitch, roll


def seconds(value: float) -> float:
    """A time stamp, unless it is no number or absurd.

    Raises:
        LiveError: it is.
    """
    if not abs(value) <= MOST_SECONDS:
        raise LiveError(f"A time stamp of {value:.4g} seconds came: restart the sender")
    return value


def shown_name(data: bytes) -> str:
    """A name from a datagram as it can stand on a panel: in one line, printable, not too long."""
    text = " ".join(data.decode("utf-8", "replace").split())
    return "".join(c if c.isprintable() else "?" for c in text)[:_MOST_LETTERS]


class Names:
    """ARKit's names for what a sender calls its shapes; each spelling is read once, and not for ever more."""

    _MOST = 512

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, name: str) -> tuple[str, ...]:
        """None, one, or both sides."""
        found = self._known.get(name)
        if found is None:
            found = arkit_names(name) or _VRM.get(name.casefold(), ())
            if len(self._known) < self._MOST:
                self._known[name] = found
        return found


#: Expressions of VRM that are shapes of ARKit's; its vowels and moods are mixtures.
_VRM = {
    "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    "blink_l": ("eyeBlinkLeft",),
    "blink_r": ("eyeBlinkRight",),
    "blinkleft": ("eyeBlinkLeft",),
    "blinkright": ("eyeBlinkRight",),
}
