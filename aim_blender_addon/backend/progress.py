# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a long computation tells where it stands, and is stopped."""

from collections.abc import Callable

#: ``progress(stage, fraction, figures)``: what is being done in a rigger's words, the share of the whole
#: job in [0, 1], and figures worth showing, e.g. ``{"skin_error_mm": 0.12}``. It may raise
#: :class:`~.errors.JobCancelled`; the computation lets that pass and leaves nothing half written.
Progress = Callable[[str, float, dict], None]


def silent(stage: str, fraction: float, figures: dict) -> None:
    """A progress receiver that ignores everything."""


def section(progress: Progress, start: float, end: float) -> Progress:
    """A receiver that maps its fractions 0..1 to ``start``..``end`` of ``progress``."""

    def inner(stage: str, fraction: float, figures: dict) -> None:
        progress(stage, start + (end - start) * fraction, figures)

    return inner
