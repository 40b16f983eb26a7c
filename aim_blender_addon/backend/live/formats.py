# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of face streams: one row each, from which choices, ports and sentences derive (standard library).

A new format is one module and one row. Its module has ``recognises(data)`` and ``read(data)``, and ``write`` for tests.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ..errors import LiveError
from . import face_mocap, live_link_face, vmc
from .packet import Packet


@dataclass(frozen=True)
class LiveFormat:
    """One format of datagrams.

    Attributes:
        identifier: of its item in the enum.
        label: what people call it.
        tooltip: what sends it.
        port: where its senders send by default.
        recognises: whether a datagram begins as this format does; cheap.
        read: the datagram understood, or ``LiveError``.
        ask: what makes the sender begin, where it waits to be asked; else None.
        asked_port: the sender's port for that.
    """

    identifier: str
    label: str
    tooltip: str
    port: int
    recognises: Callable[[bytes], bool]
    read: Callable[[bytes], Packet]
    ask: bytes | None = None
    asked_port: int = 0


#: In the order of the menu. Preferences keep the identifier.
LIVE_FORMATS = (
    LiveFormat(
        "LIVE_LINK_FACE",
        "Live Link Face",
        "Live Link Face on an iPhone in its mode Live Link (ARKit), and programs that send as it does",
        live_link_face.PORT,
        live_link_face.recognises,
        live_link_face.read,
    ),
    LiveFormat(
        "FACE_MOCAP",
        "iFacialMocap",
        "iFacialMocap or Facemotion3d on an iPhone",
        face_mocap.PORT,
        face_mocap.recognises,
        face_mocap.read,
        face_mocap.ASK,
        face_mocap.ASKED_PORT,
    ),
    LiveFormat(
        "VMC",
        "VMC Protocol",
        "VSeeFace, VMagicMirror, Waidayo and other programs that send the VMC protocol with ARKit's names",
        vmc.PORT,
        vmc.recognises,
        vmc.read,
    ),
)


def format_of(identifier: str) -> LiveFormat:
    """The format of that identifier.

    Raises:
        KeyError: there is none.
    """
    return {row.identifier: row for row in LIVE_FORMATS}[identifier]


def read_packet(data: bytes, chosen: LiveFormat) -> Packet:
    """A datagram in the format that was chosen.

    Raises:
        LiveError: it is damaged, or of another format, which is named.
    """
    if chosen.recognises(data):
        return chosen.read(data)
    if live_link_face.is_other_mode(data):
        raise LiveError(
            "Live Link Face sends for MetaHuman Animator: set its mode to Live Link (ARKit) in the app"
        )
    other = next((row for row in LIVE_FORMATS if row.recognises(data)), None)
    if other is not None:
        raise LiveError(f"What comes is {other.label}, not {chosen.label}: choose it as the format")
    raise LiveError(f"What comes is not {chosen.label}: look what else sends to this port")
