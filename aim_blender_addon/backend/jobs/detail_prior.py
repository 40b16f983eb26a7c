# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that makes a generic skin."""

from dataclasses import dataclass, field

from ..progress import Progress
from .detail_skin import DetailResult, GenericSkin, SkinActor, detail_result
from .wire import Request


@dataclass(frozen=True)
class DetailPriorRequest(Request):
    """Make a generic skin.

    Attributes:
        actor: whose shapes are not looked at.
        size: pixels of a side of the maps.
        skin: what it is like.
    """

    actor: SkinActor
    size: int = 1024
    skin: GenericSkin = field(default_factory=GenericSkin)


def run(request: DetailPriorRequest, progress: Progress) -> DetailResult:
    """Make it.

    Raises:
        ScanError: the UV cannot be used, or no face is found.
        AimError: a setting is none.
    """
    from ..detail.prior_steps import prior_actor

    progress("Looking at the face", 0.05, {})
    actor = request.actor.read()
    progress("Making wrinkles and pores", 0.2, {})
    detail, report = prior_actor(actor, request.size, request.skin.settings())
    progress("Making wrinkles and pores", 0.95, {})
    return detail_result(actor, detail, report)
