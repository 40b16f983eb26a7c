# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells the content of a take from that of another under the same name (numpy only)."""

import hashlib

import numpy as np

from ..io.takes import Take

#: So many frames are looked at, the first and the last among them: to read all of a long take would take minutes.
_FRAMES = 32


def take_stamp(take: Take) -> str:
    """A checksum of frames from all over a take, in millimetres, of what binds its points, and of its cameras.

    It is the same for each range of the take.
    """
    hashed = hashlib.sha256()

    def add(values: np.ndarray | None) -> None:
        if values is not None:
            values = np.ascontiguousarray(values, np.float32)
            hashed.update(repr(values.shape).encode() + values.tobytes())

    with np.errstate(over="ignore"):
        for number in np.unique(np.linspace(0, len(take) - 1, _FRAMES).round().astype(int)):
            seen = take.seen(int(number))
            add(np.where(np.isfinite(seen.places), seen.places, np.nan))
            add(seen.confidence)
            if take.cameras is not None:
                add(take.cameras_at(int(number)))
        for values in (take.vertex_indices, take.corners, take.barycentric, take.offsets):
            add(values)
    return hashed.hexdigest()[:16]
