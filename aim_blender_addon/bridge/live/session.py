# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face stream that is being received onto a rig: one at a time, from the operator's start to its end."""

import time
from dataclasses import dataclass, field

import bpy

from ...backend.live.formats import LiveFormat
from ...backend.live.receiver import Receiver
from ...backend.live.recording import Recording
from ...backend.live.stream import Frame, Stream
from ..direct.target import Target

#: Nothing for so long, and the stream has stopped, seconds.
STOPPED = 1.0
#: A sender that waits to be asked is asked so often, seconds.
_ASK_EVERY = 1.0
#: The rate is measured over so long, seconds.
_MEASURED = 1.0


@dataclass
class Session:
    """What runs while a stream is received.

    Attributes:
        receiver: the open port.
        stream: whose frames they are.
        target: what they move.
        sender: address of a sender that waits to be asked; "" for none.
        recording: the take that is being recorded, or None.
        rate: frames a second that come.
        first_scene_frame: frame of the scene at which the take that is being recorded began.
        begun: our clock at the start, seconds.
    """

    receiver: Receiver
    stream: Stream
    target: Target
    sender: str = ""
    recording: Recording | None = None
    rate: float = 0.0
    first_scene_frame: float = 1.0
    begun: float = field(default_factory=time.monotonic)
    _asked: float = -1e9
    _counted: tuple[float, int] = (-1e9, 0)

    def tick(self, now: float) -> list[Frame]:
        """Take in what has come, move the rig to the last frame, and record all.

        Args:
            now: seconds on our clock.

        Raises:
            LiveError: the port or the rig is gone.
        """
        self._ask(now)
        frames = self.stream.take(self.receiver.read(), now)
        if self.recording is not None:
            for frame in frames:
                self.recording.add(frame)
        if frames:
            self.target.show(frames[-1])
        since, count = self._counted
        if now - since >= _MEASURED:
            passed = min(now - since, now - self.begun) or 1.0
            self.rate = (self.stream.frames - count) / passed
            self._counted = now, self.stream.frames
        return frames

    def record(self, scene_frame: float) -> None:
        """Begin a take at a frame of the scene."""
        clock = time.localtime()
        day = 3600 * clock.tm_hour + 60 * clock.tm_min + clock.tm_sec + time.time() % 1.0
        self.recording = Recording(day)
        self.first_scene_frame = scene_frame

    def has_stopped(self, now: float) -> bool:
        """Whether frames came, and no more do."""
        return self.stream.silence(now) > STOPPED

    def _ask(self, now: float) -> None:
        row: LiveFormat = self.stream.format
        waits = self.stream.last is None or self.has_stopped(now)
        if self.sender and row.ask is not None and waits and now - self._asked > _ASK_EVERY:
            self._asked = now
            self.receiver.ask(row.ask, self.sender, row.asked_port)

    def close(self) -> None:
        """Close the port."""
        self.receiver.close()


_current: Session | None = None


def current() -> Session | None:
    """The session that runs, or None."""
    return _current


def begin(session: Session) -> None:
    """Let a session be the one that runs; one before it is closed."""
    global _current
    end()
    _current = session


def end() -> None:
    """Close the session that runs, if one does."""
    global _current
    if _current is not None:
        _current.close()
        _current = None
    redraw()


def redraw() -> None:
    """Redraw the sidebars of 3D views."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions if area.type == 'VIEW_3D' else ():
                if region.type == 'UI':
                    region.tag_redraw()
