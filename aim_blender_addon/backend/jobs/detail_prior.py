# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that makes a generic skin."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..progress import Progress
from .detail_skin import DetailResult, GenericSkin, SkinActor, detail_result
from .wire import Request

if TYPE_CHECKING:
    from ..detail.detail_actor import DetailActor
    from ..detail.detail_file import Detail


@dataclass(frozen=True)
class DetailPriorRequest(Request):
    """Make a generic skin.

    Attributes:
        actor: whose shapes are not looked at.
        size: pixels of a side of the maps.
        skin: what it is like.
        style: file that ``detail-style-learn`` wrote; it says how strong the skin is. The age does where there is none.
        face_model: that the style was learned with; MakeHuman's free one where none is given.
    """

    actor: SkinActor
    size: int = 1024
    skin: GenericSkin = field(default_factory=GenericSkin)
    style: Path | None = None
    face_model: Path | None = None


def run(request: DetailPriorRequest, progress: Progress) -> DetailResult:
    """Make it.

    Raises:
        ScanError: the UV cannot be used, or no face is found.
        AimError: a setting is none, or the style cannot be used.
    """
    progress("Looking at the face", 0.05, {})
    actor = request.actor.read()
    progress("Making wrinkles and pores", 0.2, {})
    detail, report = _made(request, actor)
    progress("Making wrinkles and pores", 0.95, {})
    return detail_result(actor, detail, report)


def _made(request: DetailPriorRequest, actor: "DetailActor") -> "tuple[Detail, dict[str, Any]]":
    settings = request.skin.settings()
    if request.style is None:
        from ..detail.prior_steps import prior_actor

        return prior_actor(actor, request.size, settings)
    from ..detail.style_steps import apply, face_space, style_from_bytes
    from ..io.model_file import read_whole

    model = style_from_bytes(read_whole(request.style), f"'{request.style.name}'")
    return apply(actor, model, face_space(request.face_model), request.size, settings)
