# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged datagrams of face streams, in all formats: read one by one, and as a stream that is recorded."""

import functools
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.errors import LiveError
from aim_blender_addon.backend.live import face_mocap, live_link_face, osc, vmc
from aim_blender_addon.backend.live.formats import LIVE_FORMATS, LiveFormat, read_packet
from aim_blender_addon.backend.live.packet import Packet
from aim_blender_addon.backend.live.recording import Recording, write_take
from aim_blender_addon.backend.live.stream import Datagram, Stream
from aim_blender_addon.backend.shape_names import ARKIT

from .mutations import mutated

_ZERO = (0.0, 0.0, 0.0)


def damaged(random: np.random.Generator, folder: Path) -> tuple[str, Callable[[], object]]:
    """A damaged datagram read alone, then amid whole and damaged ones as a stream."""
    row = LIVE_FORMATS[int(random.integers(len(LIVE_FORMATS)))]
    whole = _datagrams(row.identifier)
    pick = whole[int(random.integers(len(whole)))]
    said, data = (
        ("random bytes", random.bytes(int(random.integers(0, 400))))
        if random.random() < 0.1
        else mutated(random, pick)
    )
    others = [
        mutated(random, one)[1] if random.random() < 0.3 else one
        for one in (whole[int(n)] for n in random.integers(len(whole), size=12))
    ]
    place = int(random.integers(len(others)))
    senders = random.integers(3, size=len(others) + 1)
    return f"{row.label}: {said}", lambda: _used(row, data, others, place, senders, folder)


def _used(
    row: LiveFormat,
    data: bytes,
    others: list[bytes],
    place: int,
    senders: np.ndarray,
    folder: Path,
) -> None:
    stream, recording = Stream(row), Recording(0.0)
    datagrams = [*others[:place], data, *others[place:]]
    last = -1.0
    for number, one in enumerate(datagrams):
        sender = ("127.0.0.1", int(senders[number]) // 2)
        for frame in stream.take([Datagram(one, sender)], number / 30):
            assert frame.time > last, "time does not run on"
            last = frame.time
            _check(frame.values, frame.head, frame.eyes)
            recording.add(frame)
        stream.hindrance(number / 30)
    if len(recording):
        take = recording.take()
        assert np.isfinite(take.curves.values).all() and np.isfinite(take.curves.times).all()
        write_take(folder / "take.csv", take)
    packet = read_packet(data, row)
    for value in packet.values.values():
        assert math.isfinite(value), "a weight is not finite"
    if not (
        packet.values or packet.head or not packet.seen or not packet.ends or row.label[0] == "V"
    ):
        raise LiveError("nothing of a face is in it")


def _check(values: dict, head: tuple | None, eyes: tuple | None) -> None:
    assert all(name in ARKIT and 0.0 <= value <= 1.0 for name, value in values.items())
    for angles in (head, *(eyes or ())):
        assert angles is None or all(math.isfinite(angle) for angle in angles)


@functools.cache
def _datagrams(identifier: str) -> list[bytes]:
    """Frames in a row, in several forms that senders give them."""
    packets = [
        Packet(
            {name: round(abs(math.sin(n / 5 + k)), 3) for k, name in enumerate(ARKIT)},
            (0.1 * math.sin(n), 0.05, 0.0),
            ((0.1, 0.0, 0.0), _ZERO),
            "Mia",
            n / 60,
        )
        for n in range(6)
    ]
    if identifier == "LIVE_LINK_FACE":
        made = [live_link_face.write(packet, 600 + n) for n, packet in enumerate(packets)]
        return [*made, live_link_face.write(Packet(subject="Mia", seen=False), 700)]
    if identifier == "FACE_MOCAP":
        return [face_mocap.write(packet, 1 + n % 2) for n, packet in enumerate(packets)]
    made = [vmc.write(packet) for packet in packets]
    single = [
        osc.write_message("/VMC/Ext/Blend/Val", "jawOpen", 0.5),
        osc.write_message("/VMC/Ext/Blend/Apply"),
        osc.write_message("/VMC/Ext/T", 4.5),
        osc.write_message("/VMC/Ext/OK", 1, 3, 0, 1),
    ]
    return [*made, *single]
