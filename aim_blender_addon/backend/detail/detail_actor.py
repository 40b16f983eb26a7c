# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An actor's folder: its neutral with UV, and the registered meshes of its expressions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ..anatomy.survey import FaceSurvey
from ..errors import AimError, ScanError
from ..geometry.mesh import Mesh
from ..io.mesh_files import MESH_FORMATS, read_mesh
from ..io.obj_uv import read_obj_uv
from .detail_file import Detail
from .map_files import NEUTRAL
from .prior import PriorSettings, make_prior
from .rig_maps import RigMaps
from .skin_pixels import SkinPixels
from .skin_regions import region_shares
from .uv import Chart, UvMap, same_uv, tile_name


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

    def shares(self) -> dict[str, np.ndarray]:
        """[V] how much each vertex belongs to each region of the face."""
        points = np.asarray(self.neutral.vertices, np.float64)
        return region_shares(points, self.survey.landmarks, self.survey.frame.scale)

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
    own = mesh_files(folder)
    if NEUTRAL not in own:
        raise ScanError(f"'{folder}' has no neutral.obj: put the registered neutral there")
    neutral = read_scaled(own[NEUTRAL], mm_per_unit)
    uv = _uv_of(own[NEUTRAL], neutral)
    assert uv is not None
    shapes = {NEUTRAL: neutral.vertices}
    for name, path in mesh_files(folder / "expressions").items() if expressions else ():
        mesh = read_scaled(path, mm_per_unit)
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


def actor_of(
    detail: Detail, source: str, landmarks: Mapping[str, np.ndarray] | None = None
) -> DetailActor:
    """The actor that a detail file holds: the neutral alone, without expressions.

    Raises:
        AimError: the file is from before skins were kept in it.
    """
    if detail.skin is None:
        raise AimError(f"{source} holds no skin: give the actor's folder, or make the detail again")
    neutral, uv = detail.skin
    shapes = {NEUTRAL: np.asarray(neutral.vertices)}
    return DetailActor(neutral, uv, shapes, FaceSurvey(neutral, landmarks or {}), detail.tile)


def mesh_files(folder: Path) -> dict[str, Path]:
    """Mesh files of a folder by lower-case name."""
    if not folder.is_dir():
        return {}
    return {
        path.stem.casefold(): path
        for path in sorted(folder.iterdir())
        if MESH_FORMATS.of(path) is not None and not path.name.startswith(".") and path.is_file()
    }


def read_scaled(path: Path, mm_per_unit: float) -> Mesh:
    """A mesh in mm."""
    mesh = read_mesh(path)
    return mesh.with_vertices(mesh.vertices * np.float32(mm_per_unit))


def _uv_of(path: Path, mesh: Mesh, required: bool = True) -> UvMap | None:
    corner_uv = read_obj_uv(path) if path.suffix.lower() == ".obj" else None
    if corner_uv is None and not required:
        return None
    return UvMap.of(mesh, corner_uv)
