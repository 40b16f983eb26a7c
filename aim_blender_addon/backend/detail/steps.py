# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three ways to detail from an actor's folder: extract maps from scans, fit a rig to maps, make a generic skin."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..anatomy.survey import FaceSurvey
from ..errors import AimError, ScanError
from ..geometry.mesh import Mesh
from ..io.disk import why
from ..io.mesh_files import MESH_FORMATS, read_mesh
from ..io.obj_uv import read_obj_uv
from ..progress import Progress, silent
from .align import slid
from .bands import continued
from .compression import SkinStrain
from .detail_file import Detail, skin_stamp
from .extract import ExtractSettings, extract, working_size
from .map_files import NEUTRAL, check_heights, read_maps, write_about, write_map
from .pores import residual_pores
from .prior import PriorSettings, filled, make_prior
from .rig_choice import RigSettings
from .rig_maps import RigFit, RigMaps, fit_rig
from .skin_pixels import SkinPixels
from .uv import Chart, UvMap, same_uv, tile_name

#: Sizes of maps, pixels.
SMALLEST, LARGEST = 64, 8192
#: Pixels of 512 by which a map goes on beyond the skin.
_PADDING = 8


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


@dataclass(frozen=True)
class DetailActor:
    """An actor's neutral with its UV, and the meshes of its expressions.

    Attributes:
        neutral: mm.
        uv: of the neutral.
        shapes: [V, 3] mm of each expression by name, the neutral first.
        survey: of the neutral's face.
        tile: column and row of the UDIM tile that holds the face.
    """

    neutral: Mesh
    uv: UvMap
    shapes: Mapping[str, np.ndarray]
    survey: FaceSurvey
    tile: tuple[int, int] = (0, 0)

    @cached_property
    def axis(self) -> np.ndarray:
        """[3] the face's left: 0 degrees of directed compression."""
        return np.asarray(self.survey.frame.left, np.float64)

    @cached_property
    def chart(self) -> Chart:
        """The part of the UV that shows the face."""
        return Chart.of(self.neutral, self.uv, self.survey.frame.origin, self.tile)

    def pixels(self, size: int) -> SkinPixels:
        """The skin at the pixels of maps of a size."""
        return SkinPixels.of(self.neutral, self.chart, size)

    def prior(self, pixels: SkinPixels, settings: PriorSettings | None) -> RigMaps:
        """A generic skin."""
        return make_prior(
            pixels, self.survey.landmarks, self.axis, self.survey.frame.scale, settings
        )

    def notes(self) -> list[str]:
        """What a user should know of the UV."""
        found = []
        chart = self.chart
        if chart.left_out > 0:
            found.append(
                f"{chart.left_out:.0%} of the faces lie outside UDIM tile {tile_name(self.tile)} and get no detail"
            )
        seam = self._seam_on_face()
        if seam > 0:
            found.append(
                f"A UV seam of {seam:.0f} mm runs through the face: wrinkles may break there; "
                "put seams from the crown to the nape"
            )
        return found

    def _seam_on_face(self) -> float:
        """Length in mm of seams on the front of the face, inside the chart."""
        frame = self.survey.frame
        ends = np.asarray(self.neutral.vertices, np.float64)[self.chart.seam]
        if not len(ends):
            return 0.0
        middle = ends.mean(axis=1) - frame.origin
        scale = frame.scale
        front = (middle @ frame.front > -60 * scale) & (
            np.abs(middle @ frame.up - 5 * scale) < 80 * scale
        )
        return float(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)[front].sum())


def read_detail_actor(
    folder: Path,
    mm_per_unit: float = 1.0,
    landmarks: Mapping[str, np.ndarray] | None = None,
    tile: tuple[int, int] = (0, 0),
    expressions: bool = True,
) -> DetailActor:
    """The actor of a folder with ``neutral.obj``, which has UV, and ``expressions/*``.

    Raises:
        ScanError: files are missing or damaged, differ in topology or UV, or the neutral has no UV.
    """
    if not folder.is_dir():
        raise ScanError(
            f"'{folder}' is not a folder: give one with neutral.obj and expressions/*.obj"
        )
    own = _meshes(folder)
    if NEUTRAL not in own:
        raise ScanError(f"'{folder}' has no neutral.obj: put the registered neutral there")
    neutral = _read(own[NEUTRAL], mm_per_unit)
    uv = _uv_of(own[NEUTRAL], neutral)
    assert uv is not None
    shapes = {NEUTRAL: neutral.vertices}
    for name, path in _meshes(folder / "expressions").items() if expressions else ():
        mesh = _read(path, mm_per_unit)
        if not np.array_equal(mesh.face_vertices, neutral.face_vertices) or len(
            mesh.vertices
        ) != len(neutral.vertices):
            raise ScanError(
                f"'{mesh.name}' has another topology than the neutral: give registered meshes of one topology"
            )
        other = _uv_of(path, mesh, required=False)
        if other is not None:
            same_uv(mesh, other, uv)
        shapes[name] = mesh.vertices
    return DetailActor(neutral, uv, shapes, FaceSurvey(neutral, landmarks or {}), tile)


def extract_folder(
    actor: DetailActor,
    scans: Path,
    out: Path,
    size: int = 1024,
    mm_per_unit: float = 1.0,
    suffix: str = ".exr",
    settings: ExtractSettings | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write a height map of each scan in a folder, and what was measured.

    Raises:
        ScanError: a scan has no registered base, or cannot be used.
        AimError: a file cannot be written.
    """
    settings = settings or ExtractSettings()
    check_size(size)
    found = _meshes(scans)
    if not found:
        raise ScanError(f"'{scans}' holds no scans: put an OBJ or PLY of each expression there")
    lower = {name.casefold(): name for name in actor.shapes}
    for name, path in found.items():
        if name not in lower:
            raise ScanError(
                f"'{path.name}' has no registered mesh: name one of the actor's expressions the same"
            )
    progress("Preparing the skin", 0.0, {})
    pixels = actor.pixels(working_size(size, settings.finest))
    figures: dict[str, Any] = {}
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AimError(
            f"'{out}' cannot be made ({why(error)}): choose another place for the maps"
        ) from error
    padding = max(1, _PADDING * size // 512)
    for k, (name, path) in enumerate(found.items()):
        progress(f"Reading heights of {path.stem}", 0.05 + 0.95 * k / len(found), {})
        heights = extract(
            pixels, size, actor.shapes[lower[name]], _read(path, mm_per_unit), settings
        )
        write_map(out / f"{lower[name]}{suffix}", continued(heights.band, heights.mask, padding))
        band = heights.band[heights.mask]
        figures[lower[name]] = {
            "misses": heights.misses,
            "median_mm": heights.median_mm,
            "rms_mm": float(np.sqrt(np.mean(np.square(band)))),
            "largest_mm": float(np.abs(band).max()),
        }
    report = {"size": size, "band_mm": settings.widest_mm, "maps": figures, "notes": actor.notes()}
    write_about(out, report)
    return report


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


def _as_fitted(heights: np.ndarray, fitted: RigFit) -> np.ndarray:
    """The maps as they were slid."""
    return heights if fitted.moves is None else slid(heights, fitted.moves)


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


def check_size(size: int) -> None:
    """Refuse sizes of maps that are none.

    Raises:
        ScanError: it is one.
    """
    if not SMALLEST <= size <= LARGEST or size & (size - 1):
        raise ScanError(
            f"Maps of {size} pixels are none: give a power of 2 from {SMALLEST} to {LARGEST}"
        )


def detail_of(actor: DetailActor, rig: RigMaps, report: dict[str, Any]) -> Detail:
    """Maps as the detail of an actor."""
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
    )


def _meshes(folder: Path) -> dict[str, Path]:
    """Mesh files of a folder by lower-case name."""
    if not folder.is_dir():
        return {}
    return {
        path.stem.casefold(): path
        for path in sorted(folder.iterdir())
        if MESH_FORMATS.of(path) is not None and not path.name.startswith(".") and path.is_file()
    }


def _read(path: Path, mm_per_unit: float) -> Mesh:
    mesh = read_mesh(path)
    return mesh.with_vertices(mesh.vertices * np.float32(mm_per_unit))


def _uv_of(path: Path, mesh: Mesh, required: bool = True) -> UvMap | None:
    corner_uv = read_obj_uv(path) if path.suffix.lower() == ".obj" else None
    if corner_uv is None and not required:
        return None
    return UvMap.of(mesh, corner_uv)
