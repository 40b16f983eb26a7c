# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an actor's folder and one of height maps to the detail of the actor."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ScanError
from ..progress import Progress, silent
from .align import slid
from .compression import SkinStrain
from .detail_actor import DetailActor
from .detail_file import Detail, skin_stamp
from .map_files import check_heights, check_size, read_maps
from .pores import residual_pores
from .prior import PriorSettings, filled
from .rig_choice import RigSettings
from .rig_maps import RigFit, RigMaps, fit_rig


@dataclass(frozen=True)
class FitExtras:
    """What a fit keeps beside the rig.

    Attributes:
        process: the richer model, for baked sequences.
        pores: a texture in D0 that gives heights the scans' spectrum.
        seed: of the pores.
    """

    process: bool = False
    pores: bool = False
    seed: int = 0


def fit_folder(
    actor: DetailActor,
    maps: Path,
    png_mm: float | None = None,
    fill: PriorSettings | None = None,
    settings: RigSettings | None = None,
    progress: Progress = silent,
    extras: FitExtras | None = None,
) -> tuple[Detail, dict[str, Any]]:
    """The detail of an actor from a folder of maps, named as its expressions; and a report.

    Args:
        actor: with the registered mesh of each map.
        maps: the folder.
        png_mm: scale of PNG maps.
        fill: generic skin where the scans never compress; none without.
        extras: what is kept beside the rig; nothing if not given.

    Raises:
        ScanError: maps or meshes cannot be used.
    """
    read = read_maps(maps, png_mm)
    lower = {name.casefold(): name for name in actor.shapes}
    for name in read.names:
        if name.casefold() not in lower:
            raise ScanError(
                f"The map '{name}' has no registered mesh: name one of the actor's expressions the same"
            )
    check_size(read.size)
    pixels = actor.pixels(read.size)
    notes = actor.notes() + check_heights(read, pixels.mask)
    strain = SkinStrain.of(actor.neutral, actor.axis)
    strains = [strain.strain(actor.shapes[lower[name.casefold()]]) for name in read.names]
    still = [
        name
        for name, values in zip(read.names[1:], strains[1:], strict=True)
        if np.abs(values).max() < 1e-6  # noqa: PLR2004
    ]
    if still:
        raise ScanError(
            f"The mesh of '{still[0]}' is the neutral's: give its own registered mesh, or leave its map out"
        )
    fitted = fit_rig(read.heights, np.stack(strains), pixels, settings, progress)
    rig = fitted.rig
    if fill is not None:
        progress("Filling what no scan shows", 0.95, {})
        rig = filled(rig, actor.prior(pixels, fill))
    extras = extras or FitExtras()
    left_out = fitted.left_out - read.heights
    report = {
        "maps": len(read.names),
        "size": read.size,
        "left_out_mm": fitted.rig.noise_mm,
        "zero_mm": float(np.sqrt(np.mean(np.square(read.heights[:, pixels.mask])))),
        "left_out_unslid_mm": float(np.sqrt(np.mean(np.square(left_out[:, pixels.mask])))),
        "chosen": rig.chosen,
        "notes": notes,
    }
    if fitted.rich is not None:
        missed = fitted.rich.left_out - _as_fitted(read.heights, fitted)
        report["process_left_out_mm"] = float(np.sqrt(np.mean(np.square(missed[:, pixels.mask]))))
    pores = None
    if extras.pores:
        progress("Making pores", 0.97, {})
        scans = _as_fitted(read.heights, fitted)
        pores, report["bands"] = residual_pores(
            scans, fitted.left_out, np.stack(strains), rig.response, pixels, extras.seed
        )
        rig = replace(rig, constant=rig.constant + pores)
    process = fitted.rich.process if extras.process and fitted.rich is not None else None
    return replace(detail_of(actor, rig, report), process=process, pores=pores), report


def detail_of(actor: DetailActor, rig: RigMaps, report: dict[str, Any]) -> Detail:
    """A rig with what tells whose it is."""
    return Detail(
        rig.constant,
        rig.compressed,
        rig.known,
        rig.response,
        actor.axis,
        actor.tile,
        actor.neutral.name,
        skin_stamp(actor.neutral, actor.uv),
        report,
        skin=(actor.neutral, actor.uv),
    )


def _as_fitted(heights: np.ndarray, fitted: RigFit) -> np.ndarray:
    """The maps as they were slid."""
    return heights if fitted.moves is None else slid(heights, fitted.moves)
