# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that fits an actor's detail to height maps of its expressions."""

from dataclasses import dataclass
from pathlib import Path

from ..progress import Progress
from .detail_skin import DetailResult, GenericSkin, SkinActor, detail_result
from .wire import Request


@dataclass(frozen=True)
class DetailFitRequest(Request):
    """Fit the detail to a folder of maps.

    Attributes:
        actor: with the registered mesh of each map.
        maps: the folder.
        png_mm: height from mid grey to white of PNG, mm; what the folder says where it is None.
        fill: generic skin where no scan compresses the skin; None for nothing.
    """

    actor: SkinActor
    maps: Path
    png_mm: float | None = None
    fill: GenericSkin | None = None


def run(request: DetailFitRequest, progress: Progress) -> DetailResult:
    """Fit it.

    Raises:
        ScanError: maps, meshes or the UV cannot be used.
    """
    from ..detail.fit_steps import fit_folder

    progress("Looking at the face", 0.02, {})
    actor = request.actor.read()
    fill = request.fill.settings() if request.fill else None
    detail, report = fit_folder(actor, request.maps, request.png_mm, fill, progress=progress)
    return detail_result(actor, detail, report)
