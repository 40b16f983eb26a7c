# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that takes height maps off high-resolution scans and fits an actor's detail to them."""

from dataclasses import dataclass
from pathlib import Path

from ..progress import Progress, section
from .detail_skin import DetailResult, GenericSkin, SkinActor, detail_result
from .wire import Request


@dataclass(frozen=True)
class DetailExtractRequest(Request):
    """Take heights off scans, keep them in a folder, and fit the detail to them.

    Attributes:
        actor: with the registered mesh of each scan, in the scans' place and axes.
        scans: the folder of the scans.
        maps: the folder that the height maps go to.
        size: pixels of a side of the maps.
        mm_per_unit: of the scans' files.
        fill: generic skin where no scan compresses the skin; None for nothing.
    """

    actor: SkinActor
    scans: Path
    maps: Path
    size: int = 1024
    mm_per_unit: float = 1.0
    fill: GenericSkin | None = None


def run(request: DetailExtractRequest, progress: Progress) -> DetailResult:
    """Extract and fit.

    Raises:
        ScanError: scans, meshes or the UV cannot be used.
        AimError: a map cannot be written.
    """
    from ..detail.extract_steps import extract_folder
    from ..detail.fit_steps import fit_folder

    progress("Looking at the face", 0.01, {})
    actor = request.actor.read()
    extracted = extract_folder(
        actor,
        request.scans,
        request.maps,
        request.size,
        request.mm_per_unit,
        progress=section(progress, 0.02, 0.8),
    )
    fill = request.fill.settings() if request.fill else None
    detail, report = fit_folder(
        actor, request.maps, None, fill, progress=section(progress, 0.8, 1.0)
    )
    return detail_result(actor, detail, {**report, "extracted": extracted["maps"]})
