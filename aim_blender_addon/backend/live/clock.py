# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the frames of a stream were taken: by the sender's clock where it has one, else by their arrival."""

#: A stamp that leaps ahead of the time that passed by more, seconds, is a clock that was set.
_LEAP = 1.0
#: A stamp that is older by up to so much comes late, seconds; by more, the sender began anew.
_LATE = 1.0
#: More frames in a row with one and the same stamp, and the sender's clock stands still: arrival counts from then on.
_MOST_STILL = 5
_DAY, _HALF_A_DAY = 86400.0, 43200.0


class Clock:
    """Seconds from the first frame, always rising.

    Attributes:
        leaps: how often the sender's clock was set or began anew.
    """

    def __init__(self) -> None:
        self.leaps = 0
        self._time = 0.0
        self._stamp: float | None = None
        self._arrival: float | None = None
        self._still = 0

    def time(self, stamp: float | None, arrival: float) -> float | None:
        """When a frame was taken, or None where it is an older one that came late, or twice.

        Args:
            stamp: seconds on the sender's clock, or None.
            arrival: seconds on ours.
        """
        if self._arrival is None:
            self._stamp, self._arrival = stamp, arrival
            return self._time
        arrival = max(arrival, self._arrival)
        passed = arrival - self._arrival
        step = passed
        if stamp is not None and self._stamp is not None and self._still <= _MOST_STILL:
            step = stamp - self._stamp
            self._still = self._still + 1 if step == 0.0 else 0
            if self._still > _MOST_STILL:
                self.leaps += 1
                return None
            if step < -_HALF_A_DAY:  # midnight
                step += _DAY
            if -_LATE < step <= 0.0:
                return None
            if step <= -_LATE or step > passed + _LEAP:
                self.leaps += 1
                step = passed
        if step <= 0.0:
            step = 1e-4
        self._stamp, self._arrival = stamp, arrival
        self._time += step
        return self._time
