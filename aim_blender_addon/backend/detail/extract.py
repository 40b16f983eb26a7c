# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heights of a high-resolution scan over its registered base: rays along the normal of the subdivided base."""

from dataclasses import dataclass

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..errors import ScanError
from ..geometry.mesh import Mesh, area_vectors, vertex_normals
from .bands import WIDEST_MM, area_mean, blur, detail_band
from .skin_pixels import SkinPixels


@dataclass(frozen=True)
class ExtractSettings:
    """How heights are taken off a scan.

    Attributes:
        reach_mm: rays end here, outwards and inwards; hair and a second shell lie beyond.
        facing: least cosine between the scan's surface and the base's normal.
        widest_mm: sigma of what is left to the base.
        largest_median_mm: scans farther off lie elsewhere or have another unit.
        most_misses: share of the pixels that may find no scan.
        finest: maps below this size are averaged down from at least it, pixels.
        jump: heights farther than so many times the usual roughness from their surroundings are no skin,
        jump_mm: if it is this far at least.
        curved: share by which a scan's triangles bulge as their corners' normals say; 0 leaves them flat.
    """

    reach_mm: float = 3.0
    facing: float = 0.3
    widest_mm: float = WIDEST_MM
    largest_median_mm: float = 2.0
    most_misses: float = 0.05
    finest: int = 1024
    jump: float = 8.0
    jump_mm: float = 1.0
    curved: float = 1.0


@dataclass(frozen=True)
class Heights:
    """What was read off one scan.

    Attributes:
        band: [S, S] float32 mm, positive outwards: the detail; zero where there is none.
        raw: [S, S] float32 mm, the whole distance.
        mask: [S, S] bool, pixels that saw the scan.
        misses: share of the skin's pixels that saw none.
        median_mm: of the absolute distance.
    """

    band: np.ndarray
    raw: np.ndarray
    mask: np.ndarray
    misses: float
    median_mm: float


def working_size(size: int, finest: int) -> int:
    """The size that rays are cast at: a multiple of ``size``, ``finest`` or more."""
    return size * max(1, -(-finest // size))


def extract(
    pixels: SkinPixels,
    size: int,
    base: np.ndarray,
    scan: Mesh,
    settings: ExtractSettings | None = None,
) -> Heights:
    """The heights of a scan over its base.

    Args:
        pixels: of the actor's skin, at :func:`working_size`.
        size: pixels of the maps.
        base: [V, 3] mm, the registered base of this expression.
        scan: in the place and unit of the base; holes, hair and back faces may be in it.

    Raises:
        ScanError: the scan lies elsewhere, has another unit, or shows another expression.
    """
    settings = settings or ExtractSettings()
    _check(scan)
    points, normals = pixels.base(base)
    distance = cast(scan, points, normals, settings)
    seen = np.isfinite(distance)
    median = float(np.median(np.abs(distance[seen]))) if seen.any() else np.inf
    far = 1 - float(seen.mean())
    if far > 0.5 or median > settings.largest_median_mm:  # noqa: PLR2004
        away = _median_distance(scan, points)
        raise ScanError(
            f"'{scan.name}' lies {away:,.1f} mm from its base: check its unit and its place, and register it first"
        )
    if far > settings.most_misses:
        raise ScanError(
            f"'{scan.name}' misses {far:.0%} of the face: register it to this expression, or close its holes"
        )
    raw = pixels.image(np.where(seen, distance, 0).astype(np.float32))
    mask = pixels.image(seen)
    mask &= ~_jumps(raw, mask, pixels.texel, settings)
    band = detail_band(raw, mask, pixels.texel, settings.widest_mm)
    times = pixels.size // size
    if times > 1:
        weight = mask.astype(np.float32)
        (band, share), (raw, _) = (area_mean(band, weight, times), area_mean(raw, weight, times))
        mask = share >= 0.5  # noqa: PLR2004
        band, raw = np.where(mask, band, 0), np.where(mask, raw, 0)
    return Heights(band.astype(np.float32), raw.astype(np.float32), mask, far, median)


def cast(
    scan: Mesh, points: np.ndarray, normals: np.ndarray, settings: ExtractSettings
) -> np.ndarray:
    """[N] mm along the normals to the scan, NaN where there is none: the nearest surface that faces outwards."""
    surface = trimesh.Trimesh(np.asarray(scan.vertices, np.float64), scan.triangles, process=False)
    rays = RayMeshIntersector(surface)
    bulge = _Bulge(scan) if settings.curved else None
    best = np.full(len(points), np.nan)
    for sign in (1.0, -1.0):
        start = np.zeros(len(points))
        todo = np.arange(len(points))
        for _ in range(3):  # beyond surfaces that face inwards
            origins = points[todo] + (sign * start[todo])[:, None] * normals[todo]
            hit = rays.intersects_first(origins, sign * normals[todo])
            met = hit >= 0
            todo, hit = todo[met], hit[met]
            if not len(todo):
                break
            apart, facing = _plane_distance(scan, hit, points[todo], normals[todo])
            near = np.abs(apart) <= settings.reach_mm
            good = near & (facing >= settings.facing)
            rows = todo[good]
            value = apart[good]
            if bulge is not None:
                value = value + settings.curved * bulge.along(
                    hit[good], points[rows] + value[:, None] * normals[rows], normals[rows]
                )
            nearer = ~(np.abs(best[rows]) <= np.abs(value))
            best[rows[nearer]] = value[nearer]
            again = near & ~good
            todo, apart = todo[again], apart[again]
            start[todo] = np.abs(apart) + 1e-3
    return best


def _plane_distance(
    scan: Mesh, hit: np.ndarray, points: np.ndarray, normals: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Distance [N] mm from points along normals to the planes of the hit triangles, and their facing [N]."""
    triangles = scan.triangles[hit]
    plane = area_vectors(scan.vertices, triangles)
    plane /= np.maximum(np.linalg.norm(plane, axis=1, keepdims=True), 1e-20)
    facing = np.einsum("ij,ij->i", plane, normals)
    corner = np.asarray(scan.vertices, np.float64)[triangles[:, 0]]
    away = np.einsum("ij,ij->i", plane, corner - points)
    safe = np.where(np.abs(facing) < 1e-6, np.inf, facing)  # noqa: PLR2004
    return away / safe, facing


class _Bulge:
    """How far a scan's surface stands out of its flat triangles, by the normals of its vertices.

    Each corner's tangent plane says a height; the mean by the corners' shares, half of it, is the parabola through
    the corners that has the normals' slopes (Phong tessellation with a half in place of 3/4).
    """

    def __init__(self, scan: Mesh) -> None:
        self._scan = scan
        self._normals = vertex_normals(scan.vertices, scan.triangles).astype(np.float64)

    def along(self, hit: np.ndarray, places: np.ndarray, along: np.ndarray) -> np.ndarray:
        """[N] mm along unit vectors [N, 3] at places [N, 3] in the triangles ``hit`` [N]."""
        triangles = self._scan.triangles[hit]
        corner = np.asarray(self._scan.vertices, np.float64)[triangles]
        normal = self._normals[triangles]
        shares = _shares(corner, places)
        rise = np.einsum("nci,nci->nc", normal, corner - places[:, None])
        facing = np.einsum("nci,ni->nc", normal, along)
        rise = np.where(facing > 0.2, rise / np.maximum(facing, 0.2), 0)  # noqa: PLR2004
        size = np.linalg.norm(corner[:, 1:] - corner[:, :1], axis=2).max(axis=1)
        bulge = 0.5 * (shares * rise).sum(axis=1)
        return np.clip(bulge, -0.1 * size, 0.1 * size)


def _shares(corner: np.ndarray, places: np.ndarray) -> np.ndarray:
    """[N, 3] shares of the corners [N, 3, 3] of triangles at places [N, 3] in them."""
    one, two, at = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0], places - corner[:, 0]
    a, b, c = (np.einsum("ij,ij->i", *pair) for pair in ((one, one), (one, two), (two, two)))
    d, e = np.einsum("ij,ij->i", at, one), np.einsum("ij,ij->i", at, two)
    double = np.maximum(a * c - b * b, 1e-30)
    second, third = (c * d - b * e) / double, (a * e - b * d) / double
    return np.clip(np.stack([1 - second - third, second, third], axis=1), 0, 1)


def _jumps(
    raw: np.ndarray, mask: np.ndarray, texel: np.ndarray, settings: ExtractSettings
) -> np.ndarray:
    """[S, S] bool: pixels that see something else than skin, such as hair or the edge of a hole."""
    if not mask.any():
        return ~mask
    rest = raw - blur(raw, mask, texel, settings.widest_mm)
    usual = 1.4826 * float(np.median(np.abs(rest[mask])))
    return np.abs(rest) > max(settings.jump * usual, settings.jump_mm)


def _check(scan: Mesh) -> None:
    """Refuse a scan that holds no surface.

    Raises:
        ScanError: it does not.
    """
    if not len(scan.triangles):
        raise ScanError(f"'{scan.name}' has no faces: export the scan as a mesh, not as points")
    if not np.isfinite(scan.vertices).all():
        raise ScanError(f"'{scan.name}' has vertices that are not finite: export it again")


def _median_distance(scan: Mesh, points: np.ndarray) -> float:
    """Median distance in mm from every hundredth point to the scan's nearest vertex."""
    from scipy.spatial import cKDTree

    apart, _ = cKDTree(scan.vertices[:: max(1, len(scan.vertices) // 100_000)]).query(
        points[:: max(1, len(points) // 1000)]
    )
    return float(np.median(apart))
