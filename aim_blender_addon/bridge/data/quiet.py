# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that are written by the extension itself, so that nothing has to follow them."""


class Quiet:
    """Whether a ``with`` block of this object runs, as in ``with quiet: ...``; blocks may stand inside each other."""

    def __init__(self) -> None:
        """Nothing is quiet at the start."""
        self._depth = 0

    def __bool__(self) -> bool:
        return self._depth > 0

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(self, *_error: object) -> None:
        self._depth -= 1
