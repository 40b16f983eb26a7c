# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datagrams in, frames of one face out: whose they are, when they were taken, and what is wrong (standard library)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..errors import LiveError
from .clock import Clock
from .formats import LiveFormat, read_packet
from .packet import MOST_BYTES, Packet, Turns

#: A sender that is silent for longer makes room for another, seconds.
SILENCE = 2.0
#: Frames without a time stamp that are read together are at most so far apart, seconds.
_SPACING = 1.0 / 60.0
#: A hindrance is told for so long after it was seen, seconds.
_TOLD = 3.0
#: Ports of one address that are counted.
_MOST_PORTS = 64


@dataclass(frozen=True)
class Frame:
    """One frame of a face.

    Attributes:
        time: seconds from the first frame of the stream, rising.
        values: weights by ARKit's names, from 0 to 1.
        head: as in :class:`Packet`.
        eyes: as in :class:`Packet`.
        stamp: seconds on the sender's clock, or None.
        rate: frames a second that the sender names, or None.
    """

    time: float
    values: dict[str, float]
    head: Turns | None = None
    eyes: tuple[Turns, Turns] | None = None
    stamp: float | None = None
    rate: float | None = None


@dataclass(frozen=True)
class Datagram:
    """What came: at most one byte more than ``MOST_BYTES`` of it, and from which address and port."""

    data: bytes
    sender: tuple[str, int]


@dataclass
class Stream:
    """One face's frames out of whatever comes to a port.

    Attributes:
        format: in which it is read.
        wanted: the subject that is taken; "" for the first that comes.
        subject: the name of the one that is taken, once known.
        frames: how many were taken.
        refused: datagrams that could not be read.
        others: datagrams of other senders or subjects.
        late: frames that came late or twice.
        seen: whether the sender sees a face.
        last: when the last datagram of the one that is taken came; None before the first.
    """

    format: LiveFormat
    wanted: str = ""
    subject: str = ""
    frames: int = 0
    refused: int = 0
    others: int = 0
    late: int = 0
    seen: bool = True
    last: float | None = None
    _taken: tuple[str, str, int | None] | None = None
    _counts: dict[int, int] = field(default_factory=dict)
    _pending: Packet = field(default_factory=lambda: Packet(ends=False))
    _clock: Clock = field(default_factory=Clock)
    _refusal: tuple[str, float] = ("", -1e9)
    _other: tuple[str, float] = ("", -1e9)
    _unknown: tuple[str, ...] = ()
    _known: bool = False

    def take(self, datagrams: Iterable[Datagram], now: float) -> list[Frame]:
        """The frames that end with these datagrams.

        Args:
            datagrams: that came since the last call, in their order.
            now: seconds on our clock.
        """
        packets: list[Packet] = []
        for datagram in datagrams:
            packet = self._read(datagram, now)
            if packet is not None:
                packets += self._whole(packet)
        found: list[Frame] = []
        for number, packet in enumerate(packets):
            arrival = now - _SPACING * (len(packets) - 1 - number)
            self.seen = packet.seen
            time = self._clock.time(packet.stamp, arrival)
            if time is None:
                self.late += 1
            elif packet.seen and (packet.values or packet.head):
                values = {name: min(max(v, 0.0), 1.0) for name, v in packet.values.items()}
                found.append(
                    Frame(time, values, packet.head, packet.eyes, packet.stamp, packet.rate)
                )
        self.frames += len(found)
        return found

    @property
    def leaps(self) -> int:
        """How often the sender's clock was set."""
        return self._clock.leaps

    def silence(self, now: float) -> float:
        """For how long nothing came of the one that is taken, seconds; 0 before the first."""
        return 0.0 if self.last is None else now - self.last

    def hindrance(self, now: float) -> str:
        """What is wrong with what comes now, in one sentence; "" for nothing."""
        for text, when in (self._refusal, self._other):
            if now - when < _TOLD:
                return text
        if self._unknown and not self._known:
            return (
                f"No shape of ARKit's comes, only others ({self._unknown[0]}): turn on ARKit's shapes "
                "(Perfect Sync) in the sender"
            )
        return ""

    def _read(self, datagram: Datagram, now: float) -> Packet | None:
        """The datagram if it can be read and is of the one that is taken."""
        try:
            if len(datagram.data) > MOST_BYTES:
                raise LiveError(
                    f"A datagram has more than {MOST_BYTES:,} bytes, which none of a face has: look what else sends "
                    "to this port"
                )
            packet = read_packet(datagram.data, self.format)
        except LiveError as error:
            self.refused += 1
            self._refusal = str(error), now
            return None
        if self.wanted and packet.subject and packet.subject != self.wanted:
            self.others += 1
            text = f"'{packet.subject}' comes, and only '{self.wanted}' is taken: change Subject to take it"
            self._other = text, now
            return None
        if not self._is_taken(datagram, packet.subject, now):
            self.others += 1
            name = packet.subject or "Another sender"
            first = self.subject or "the first"
            text = f"'{name}' sends too, and only {first!r} is taken: stop one, or name the Subject"
            self._other = text, now
            return None
        self.subject, self.last = packet.subject, now
        self._known = self._known or bool(packet.values)
        self._unknown = self._unknown or packet.unknown
        return packet

    def _is_taken(self, datagram: Datagram, subject: str, now: float) -> bool:
        """Whether a datagram is of the sender that is taken, who becomes it where none is.

        Some senders open a new port for every datagram. So a port counts from its second one on, and until one counts
        the address tells.
        """
        host, port = datagram.sender
        if self._taken is None or self.silence(now) > SILENCE:
            if self._taken != (host, subject, port):
                self._pending = Packet(ends=False)
            self._taken, self._counts = (host, subject, None), {}
        if self._taken[:2] != (host, subject):
            return False
        if self._taken[2] is None:
            if len(self._counts) >= _MOST_PORTS:
                self._counts.clear()
            self._counts[port] = self._counts.get(port, 0) + 1
            if self._counts[port] > 1:
                self._taken = (host, subject, port)
        return self._taken[2] in (None, port)

    def _whole(self, packet: Packet) -> list[Packet]:
        """The whole frames that end with a packet; the rest waits."""
        if packet.ends and not self._pending.values and self._pending.head is None:
            return [packet]
        found = []
        if packet.values.keys() & self._pending.values.keys():  # the next frame, and none said so
            found.append(replace(self._pending, ends=True))
            self._pending = Packet(ends=False)
        before = self._pending
        joined = Packet(
            {**before.values, **packet.values},
            packet.head or before.head,
            packet.eyes or before.eyes,
            packet.subject,
            packet.stamp if packet.stamp is not None else before.stamp,
            packet.rate or before.rate,
            packet.seen,
            packet.ends,
        )
        if packet.ends:
            found.append(joined)
            joined = Packet(ends=False)
        self._pending = joined
        return found
