# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job whose input takes Blender's main thread a while to read: slice by slice, then the worker."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from ..backend.errors import AimError
from ..backend.worker.messages import CANCELLED, Failed, Progressed
from .client import CANCELLED_TEXT, Message, WorkerClient

#: Seconds of reading between two looks at the user.
SLICE_S = 0.03


class GatheringRunner:
    """Reads first and works then; polled and cancelled like the worker's client.

    Args:
        reading: yields the share that was read, 0 to 1, every little while; closed when it is cancelled.
        submit: gives the job to the worker once everything was read.
        stage: what the user sees meanwhile.
        share: part of the whole that reading is counted as.
    """

    def __init__(
        self,
        reading: Iterator[float],
        submit: Callable[[], WorkerClient],
        stage: str,
        share: float = 0.2,
    ) -> None:
        self._reading: Iterator[float] | None = reading
        self._submit = submit
        self._stage = stage
        self._share = share
        self._worker: WorkerClient | None = None

    def poll(self) -> list[Message]:
        """Read for a moment, or ask the worker."""
        if self._worker is not None:
            return [self._scaled(message) for message in self._worker.poll()]
        if self._reading is None:
            return [Failed(CANCELLED, CANCELLED_TEXT)]
        try:
            return self._read()
        except AimError as error:
            return [Failed(type(error).__name__, str(error))]

    def cancel(self) -> None:
        """Stop reading, or the worker."""
        if self._worker is not None:
            self._worker.cancel()
        elif self._reading is not None:
            self._reading.close()
            self._reading = None

    def _read(self) -> list[Message]:
        end = time.monotonic() + SLICE_S
        done = 0.0
        while time.monotonic() < end:
            try:
                done = next(self._reading)
            except StopIteration:
                self._worker = self._submit()
                done = 1.0
                break
        return [Progressed(self._stage, self._share * done, {})]

    def _scaled(self, message: Message) -> Message:
        if not isinstance(message, Progressed):
            return message
        return replace(message, fraction=self._share + (1 - self._share) * message.fraction)
