# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datagrams of iFacialMocap and Facemotion3d (standard library).

They are text: ``name-value|name-value|...|=head#x,y,z,px,py,pz|rightEye#x,y,z|leftEye#x,y,z|``, weights in percent and
angles in degrees. Version 2 has ``&`` in place of ``-``. The layout is its makers', see [iFM-Protocol].
"""

import math
import re

from ..errors import LiveError
from .packet import Names, Packet, Turns, turns, weight

PORT = 49983
#: What the phone is sent at ``ASKED_PORT`` so that it begins; the answer comes to where it was sent from.
ASK = b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719|sendDataVersion=v2"
ASKED_PORT = 49983
_PERCENT = 100.0
#: The newest version, which is asked for otherwise.
_VERSION_3 = b"FMV3"
#: A datagram has no more entries.
_MOST_ENTRIES = 200
_TRACKING = "___ifacialmocap_trackingstatus"
_HEAD, _EYES = "=head", ("lefteye", "righteye")
#: How the first entry begins: a name, a sign, and a number.
_START = re.compile(rb"\s*[A-Za-z_=][\w ]{0,60}[-&#]-?[\d.,eE+-]{1,120}\|")
_names = Names()


def recognises(data: bytes) -> bool:
    """Whether a datagram begins as this format does."""
    return data[:4] == _VERSION_3 or _START.match(data) is not None


def read(data: bytes) -> Packet:
    """The datagram.

    Raises:
        LiveError: it is none of this format, or holds what cannot be.
    """
    if data[:4] == _VERSION_3:
        raise LiveError(
            "The app sends its version 3, which is not read: choose version 1 or 2 in its settings"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LiveError("A datagram is no text, as iFacialMocap's are") from error
    entries = text.split("|")
    if len(entries) > _MOST_ENTRIES:
        raise LiveError(f"A datagram has {len(entries)} entries, where iFacialMocap has some 60")
    values: dict[str, float] = {}
    angles: dict[str, Turns] = {}
    unknown: list[str] = []
    seen = True
    for entry in filter(None, map(str.strip, entries)):
        if "#" in entry:
            name, _, numbers = entry.partition("#")
            name = name.strip().casefold()
            if name in (_HEAD, *_EYES):
                angles[name] = _turns(numbers, name)
            continue
        name, number = _pair(entry)
        if name.casefold() == _TRACKING:
            seen = number != 0
            continue
        shapes = _names.of(name)
        if not shapes and len(unknown) < 3:
            unknown.append(name[:40])
        for shape in shapes:
            values[shape] = weight(number / _PERCENT)
    if not values and not angles:
        raise LiveError("A datagram holds no shape of ARKit's: what comes is not from iFacialMocap")
    eyes = None
    if all(name in angles for name in _EYES):
        eyes = (angles[_EYES[0]], angles[_EYES[1]])
    return Packet(values, angles.get(_HEAD), eyes, seen=seen, unknown=tuple(unknown))


def write(packet: Packet, version: int = 2) -> bytes:
    """A datagram, as the app would send it; for tests and tools."""
    sign = "&" if version == 2 else "-"
    entries = [
        f"{_spelled(name)}{sign}{_PERCENT * value:.0f}" for name, value in packet.values.items()
    ]
    zero = (0.0, 0.0, 0.0)
    left, right = packet.eyes or (zero, zero)
    parts = [
        f"=head#{_degrees(packet.head or zero)},0,0,0",
        f"rightEye#{_degrees(right)}",
        f"leftEye#{_degrees(left)}",
    ]
    return ("|".join([*entries, *parts]) + "|").encode()


def _pair(entry: str) -> tuple[str, float]:
    """Name and number of an entry."""
    if "&" in entry:
        name, _, number = entry.rpartition("&")
    else:  # the sign of the number is the second hyphen
        name, _, number = entry.partition("-")
    try:
        if not name or len(number) > 40:
            raise ValueError
        return name, float(number)
    except ValueError as error:
        raise LiveError(
            f"A datagram holds '{_shown(entry)}', where iFacialMocap has a name and a number"
        ) from error


def _turns(numbers: str, name: str) -> Turns:
    """Yaw to the right, pitch down and roll to the left, of degrees about axes to the left, up and to the front."""
    parts = numbers.split(",")
    try:
        if len(parts) not in (3, 6):
            raise ValueError
        x, y, z = (math.radians(float(part)) for part in parts[:3])
    except ValueError as error:
        raise LiveError(f"The angles of {name.lstrip('=')} are no three numbers") from error
    return turns((-y, x, -z))


def _degrees(angles: Turns) -> str:
    yaw, pitch, roll = map(math.degrees, angles)
    return f"{pitch:.6f},{-yaw:.6f},{-roll:.6f}"


def _spelled(name: str) -> str:
    """ARKit's name as the app writes it: ``mouthSmile_L``."""
    for side in ("Left", "Right"):
        if name.endswith(side) and name not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            return f"{name.removesuffix(side)}_{side[0]}"
    return name


def _shown(entry: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in entry[:40])
