# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a job still takes, from how it has gone so far."""

from collections import deque

from .. import words

#: Seconds, and share of the job, before which nothing is promised.
_QUIET_S = 2.0
_QUIET_FRACTION = 0.03
#: Only what happened within this many seconds counts as recent.
_RECENT_S = 15.0


class RemainingTime:
    """Seconds left, from the mean of the job's overall and recent speed.

    Stages differ in speed, so that neither alone is right: the overall speed lags, the recent one jumps.
    """

    def __init__(self, now: float) -> None:
        self._start = now
        self._seen: deque[tuple[float, float]] = deque([(now, 0.0)])

    def update(self, now: float, fraction: float) -> float:
        """Seconds left at time ``now`` (s) and ``fraction`` (0..1) of the way; -1 while unknown."""
        fraction = max(fraction, self._seen[-1][1])  # never backwards
        self._seen.append((now, fraction))
        while len(self._seen) > 2 and now - self._seen[1][0] > _RECENT_S:
            self._seen.popleft()
        elapsed = now - self._start
        if fraction >= 1.0:
            return 0.0
        if elapsed < _QUIET_S or fraction < _QUIET_FRACTION:
            return -1.0
        since, before = self._seen[0]
        overall = fraction / elapsed
        recent = (fraction - before) / max(now - since, 1e-6)
        return (1.0 - fraction) / (0.5 * (overall + recent))


def in_words(seconds: float) -> str:
    """``about 20 s left``; empty while unknown."""
    if seconds < 0:
        return ""
    if seconds < 90:
        return words.label("about {seconds} s left", seconds=max(5, 5 * round(seconds / 5)))
    return words.label("about {minutes} min left", minutes=round(seconds / 60))
