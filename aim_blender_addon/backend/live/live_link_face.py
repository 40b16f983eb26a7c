# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datagrams of Live Link Face and what else speaks its format (standard library).

All numbers are big-endian: version (1 byte, 6), device and subject (each 4 bytes of length and UTF-8), frame number
(int32), part of a frame (float32), rate as numerator and denominator (int32 each), number of values (1 byte), and so
many float32. The layout is that of Unreal Engine's receiver, see [LLF-Packet].
"""

import struct

from ..errors import LiveError
from .packet import Packet, seconds, shown_name, turns, weight

PORT = 11111
_VERSION = 6
#: The 52 shapes in the order of the format; yaw, pitch and roll of head, left eye and right eye follow.
SHAPES = tuple(
    f"eye{what}{side}"
    for side in ("Left", "Right")
    for what in ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
) + (
    *("jawForward", "jawLeft", "jawRight", "jawOpen"),
    *("mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight"),
    *("mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight"),
    *("mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight"),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    *("mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight"),
    *("mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp"),
    *("browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight"),
    *("noseSneerLeft", "noseSneerRight", "tongueOut"),
)
_ANGLES = 9
#: A name is not longer (Unreal's limit), bytes.
_LONGEST_NAME = 256
_TIME = struct.Struct(">ifii")
_RATES = (0.5, 1000.0)


def recognises(data: bytes) -> bool:
    """Whether a datagram begins as this format does."""
    return data[:1] == bytes([_VERSION]) and len(data) > 9


def read(data: bytes) -> Packet:
    """The datagram.

    Raises:
        LiveError: it is cut off, too long, or holds what cannot be.
    """
    _device, place = _text(data, 1, "device")
    subject, place = _text(data, place, "subject")
    if len(data) < place + _TIME.size:
        raise LiveError("A datagram of Live Link Face is cut off: the network loses parts of it")
    number, part, above, below = _TIME.unpack_from(data, place)
    place += _TIME.size
    rate = above / (below or 1)  # some senders write 0 below 60 frames a second
    if not _RATES[0] <= rate <= _RATES[1]:
        raise LiveError(f"A frame rate of {rate:.4g} came: choose one from 12 to 240 in the app")
    if not 0.0 <= part < 1.0:
        part = 0.0
    stamp = seconds((number + part) / rate)
    name = shown_name(subject)
    count = data[place] if len(data) > place else 0
    values = data[place + 1 :]
    if len(values) != 4 * count:
        raise LiveError(
            f"A datagram of Live Link Face says {count} values and has {len(values) / 4:g}: the network cuts it off"
        )
    if not count:  # no face before the camera
        return Packet(subject=name, stamp=stamp, rate=rate, seen=False)
    if count not in (len(SHAPES), len(SHAPES) + _ANGLES):
        raise LiveError(
            f"{count} values came where Live Link Face has {len(SHAPES) + _ANGLES}: update the app"
        )
    numbers = struct.unpack(f">{count}f", values)
    weights = {shape: weight(value) for shape, value in zip(SHAPES, numbers, strict=False)}
    angles = numbers[len(SHAPES) :]
    if not angles:
        return Packet(weights, subject=name, stamp=stamp, rate=rate)
    head, left, right = (turns(angles[n : n + 3]) for n in (0, 3, 6))
    return Packet(weights, head, (left, right), name, stamp, rate)


def write(
    packet: Packet, number: int, device: str = "sender", rate: tuple[int, int] = (60, 1)
) -> bytes:
    """A datagram, as the app would send it; for tests and tools.

    Args:
        packet: what it says.
        number: of the frame.
        device: name of the sender.
        rate: numerator and denominator.
    """
    names = b"".join(
        struct.pack(">i", len(text)) + text for text in (device.encode(), packet.subject.encode())
    )
    head = bytes([_VERSION]) + names + _TIME.pack(number, 0.0, *rate)
    if not packet.seen:
        return head + b"\0"
    zero = (0.0, 0.0, 0.0)
    angles = [*(packet.head or zero), *(a for eye in packet.eyes or (zero, zero) for a in eye)]
    values = [*(packet.values.get(shape, 0.0) for shape in SHAPES), *angles]
    return head + struct.pack(f">B{len(values)}f", len(values), *values)


def _text(data: bytes, place: int, what: str) -> tuple[bytes, int]:
    """The text that begins with its length at ``place``, and where it ends."""
    if len(data) < place + 4:
        raise LiveError("A datagram of Live Link Face is cut off: the network loses parts of it")
    (size,) = struct.unpack_from(">i", data, place)
    if 0 <= size <= _LONGEST_NAME and place + 4 + size <= len(data):
        return data[place + 4 : place + 4 + size], place + 4 + size
    (other,) = struct.unpack_from("<i", data, place)
    if 0 <= other <= _LONGEST_NAME:
        raise LiveError(
            "A datagram has its bytes in the wrong order: let the sender write numbers big-endian"
        )
    raise LiveError(
        f"The name of the {what} is said to have {size} bytes: what comes is not from Live Link Face"
    )


def is_other_mode(data: bytes) -> bool:
    """Whether a datagram comes from the app in its mode for MetaHuman Animator, whose values are none of ARKit's."""
    if len(data) < 5 or data[:2] not in (b"\x01\x00", b"\x00\x01"):
        return False
    order = "<" if data[:2] == b"\x01\x00" else ">"
    (size,) = struct.unpack_from(f"{order}H", data, 2)
    return 0 < size <= _LONGEST_NAME and len(data) >= 4 + size + 16 + 2


def stamp_words(stamp: float, rate: float) -> str:
    """A time stamp as the timecode that the app shows, with thousandths of a frame: ``10:00:01:14.250``.

    Frames are numbered without drops: 29.97 a second are numbered 0 to 29.
    """
    base = max(1, round(rate))
    frame, milli = divmod(round(max(stamp, 0.0) * rate * 1000), 1000)
    second, frame = divmod(frame, base)
    return f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}:{frame:02d}.{milli:03d}"
