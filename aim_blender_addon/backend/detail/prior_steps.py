# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an actor's folder to a generic skin, without scans."""

from typing import Any

from .detail_actor import DetailActor
from .detail_file import Detail
from .fit_steps import detail_of
from .map_files import check_size
from .prior import PriorSettings


def prior_actor(
    actor: DetailActor, size: int = 1024, settings: PriorSettings | None = None
) -> tuple[Detail, dict[str, Any]]:
    """A generic skin for an actor, and a report.

    Raises:
        ScanError: the UV cannot be used, or no face is found.
    """
    check_size(size)
    pixels = actor.pixels(size)
    rig = actor.prior(pixels, settings)
    report = {"size": size, "chosen": rig.chosen, "notes": actor.notes()}
    return detail_of(actor, rig, report), report
