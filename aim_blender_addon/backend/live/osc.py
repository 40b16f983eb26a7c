# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of Open Sound Control 1.0 and 1.1 in a datagram, see [OSC] (standard library)."""

import struct
from dataclasses import dataclass

from ..errors import LiveError

_BUNDLE = b"#bundle\0"
#: Bundles in bundles, and messages in all.
_DEEPEST, _MOST = 4, 400
_NUMBERS = {"i": ">i", "f": ">f", "h": ">q", "d": ">d"}
_SKIPPED = {"t": 8, "c": 4, "r": 4, "m": 4}
_CONSTANTS = {"T": True, "F": False, "N": None, "I": None, "[": None, "]": None}


@dataclass(frozen=True)
class Message:
    """One message: its address, and numbers and texts."""

    address: str
    arguments: tuple


def recognises(data: bytes) -> bool:
    """Whether a datagram may be Open Sound Control."""
    return data[:8] == _BUNDLE or data[:1] == b"/"


def read_messages(data: bytes) -> list[Message]:
    """The messages of a datagram in their order, bundles opened.

    Raises:
        LiveError: it is damaged, too deep or too long.
    """
    found: list[Message] = []
    _read(data, 0, found)
    return found


def _read(data: bytes, depth: int, found: list[Message]) -> None:
    if depth > _DEEPEST or len(found) >= _MOST:
        raise LiveError("A datagram has more messages in it than a face needs")
    if data[:8] != _BUNDLE:
        found.append(_message(data))
        return
    place = 16
    if len(data) < place:
        raise _cut_off()
    while place < len(data):
        if len(data) < place + 4:
            raise _cut_off()
        (size,) = struct.unpack_from(">i", data, place)
        place += 4
        if size <= 0 or place + size > len(data):
            raise _cut_off()
        _read(data[place : place + size], depth + 1, found)
        place += size


def _message(data: bytes) -> Message:
    address, place = _text(data, 0)
    if not address.startswith("/"):
        raise LiveError("A datagram is no message of Open Sound Control")
    if place >= len(data):
        return Message(address, ())
    tags, place = _text(data, place)
    if not tags.startswith(","):
        return Message(address, ())  # as senders did of old
    arguments: list = []
    for tag in tags[1:]:
        if tag in _NUMBERS:
            size = struct.calcsize(_NUMBERS[tag])
            if len(data) < place + size:
                raise _cut_off()
            arguments.append(struct.unpack_from(_NUMBERS[tag], data, place)[0])
            place += size
        elif tag in "sS":
            text, place = _text(data, place)
            arguments.append(text)
        elif tag == "b":
            place = _after_blob(data, place)
            arguments.append(None)
        elif tag in _SKIPPED:
            place += _SKIPPED[tag]
            arguments.append(None)
        elif tag in _CONSTANTS:
            arguments.append(_CONSTANTS[tag])
        else:
            raise LiveError("A message of Open Sound Control has an argument of an unknown type")
    if place > len(data):
        raise _cut_off()
    return Message(address, tuple(arguments))


def _text(data: bytes, place: int) -> tuple[str, int]:
    """A text that ends with a zero, and where what follows begins: at a multiple of four."""
    end = data.find(b"\0", place)
    if end < 0:
        raise _cut_off()
    return data[place:end].decode("utf-8", "replace"), (end // 4 + 1) * 4


def _after_blob(data: bytes, place: int) -> int:
    if len(data) < place + 4:
        raise _cut_off()
    (size,) = struct.unpack_from(">i", data, place)
    if size < 0 or place + 4 + size > len(data):
        raise _cut_off()
    return place + 4 + (size + 3) // 4 * 4


def _cut_off() -> LiveError:
    return LiveError("A message of Open Sound Control is cut off: the network loses parts of it")


def write_message(address: str, *arguments: float | str) -> bytes:
    """A message; for tests and tools."""
    tags = "," + "".join(
        "s" if isinstance(a, str) else "i" if isinstance(a, int) else "f" for a in arguments
    )
    body = b"".join(
        _padded(a) if isinstance(a, str) else struct.pack(">i" if isinstance(a, int) else ">f", a)
        for a in arguments
    )
    return _padded(address) + _padded(tags) + body


def write_bundle(*messages: bytes) -> bytes:
    """Messages in one bundle; for tests and tools."""
    return (
        _BUNDLE
        + struct.pack(">Q", 1)
        + b"".join(struct.pack(">i", len(message)) + message for message in messages)
    )


def _padded(text: str) -> bytes:
    data = text.encode()
    return data + b"\0" * (4 - len(data) % 4)
