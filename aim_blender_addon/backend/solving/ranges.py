# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of a take's frames, which machines of a farm work on apart."""

from ..errors import SolveError


def frame_range(name: str, total: int, start: int = 0, count: int | None = None) -> range:
    """Frames of a range of take ``name``; without a count they go to the end.

    Raises:
        SolveError: the take has not all of them.
    """
    stop = total if count is None else start + count
    if not 0 <= start < stop <= total:
        raise SolveError(
            f"'{name}' has frames 0 to {total - 1}: the range {start} to {stop - 1} is not in it"
        )
    return range(start, stop)
