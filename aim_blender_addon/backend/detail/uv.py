# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The UV of a skin: what is wrong with it, and which part of the skin each pixel of a map shows."""

from dataclasses import dataclass

import numpy as np

from ..errors import ScanError
from ..geometry.mesh import Mesh, area_vectors
from ..geometry.topology import corner_edges, edge_keys

#: Corners of one vertex closer than this in UV are one point.
WELD = 1e-6
#: UV may reach this far out of its tile, in tiles.
OUTSIDE = 1e-4
#: Pixels of the chart that two faces may share, of all.
OVERLAP = 0.01
#: Faces that cover so many tiles in sum overlap for sure, and to draw them all would take minutes.
STACKED = 16
#: Side of the picture that overlaps are looked for in, pixels.
OVERLAP_SIZE = 512
#: Share of the area of overlapping faces that is turned over where halves are mirrored.
MIRRORED = 0.2
#: UDIM tiles in a row, and the number of the first.
TILES_A_ROW, FIRST_TILE = 10, 1001
#: Pixels of one pass of the rasteriser.
_PASS = 4_000_000


@dataclass(frozen=True)
class UvMap:
    """Where the corners of a mesh lie in UV.

    Attributes:
        points: [U, 2] float64, u to the right and v up.
        corners: [L] int64 into the points, in the order of the mesh's ``face_vertices``.
    """

    points: np.ndarray
    corners: np.ndarray

    @classmethod
    def of(cls, mesh: Mesh, corner_uv: np.ndarray | None) -> "UvMap":
        """The map of UV [L, 2] given for each corner; corners of a vertex at one place are one point.

        Raises:
            ScanError: there is none, it is not finite, or it is one point.
        """
        name = mesh.name
        if corner_uv is None or len(corner_uv) == 0:
            raise ScanError(
                f"'{name}' has no UV map: unwrap it, with a seam from the crown to the nape"
            )
        corner_uv = np.asarray(corner_uv, np.float64)
        if corner_uv.shape != (len(mesh.face_vertices), 2):
            raise ScanError(
                f"The UV map of '{name}' has {len(corner_uv):,} corners and its faces have "
                f"{len(mesh.face_vertices):,}: export it again"
            )
        if not np.isfinite(corner_uv).all():
            raise ScanError(f"The UV map of '{name}' is not finite: unwrap it again")
        if np.ptp(corner_uv, axis=0).max() <= WELD:
            raise ScanError(f"The UV map of '{name}' is a single point: unwrap it")
        rounded = np.round(corner_uv / WELD).astype(np.int64)
        key = np.column_stack([mesh.face_vertices, rounded])
        _, first, corners = np.unique(key, axis=0, return_index=True, return_inverse=True)
        return cls(corner_uv[first], corners.reshape(-1).astype(np.int64))

    def moved(self, tile: tuple[int, int]) -> "UvMap":
        """The same with a tile's lower left corner at zero."""
        return UvMap(self.points - np.asarray(tile, float), self.corners)


def face_tiles(mesh: Mesh, uv: UvMap) -> np.ndarray:
    """[F, 2] the UDIM tile, by columns and rows from 0, that the middle of each face lies in."""
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    middle = np.add.reduceat(uv.points[uv.corners], starts, axis=0) / mesh.face_sizes[:, None]
    return np.floor(middle).astype(int)


def tile_of(number: int) -> tuple[int, int]:
    """(0, 0) of 1001: column and row of a UDIM tile; below zero for a number that is none."""
    row, column = divmod(number - FIRST_TILE, TILES_A_ROW)
    return column, row


def tile_name(tile: tuple[int, int]) -> str:
    """``"1001"`` of (0, 0)."""
    return str(FIRST_TILE + tile[0] + TILES_A_ROW * tile[1])


@dataclass(frozen=True)
class Chart:
    """The part of a skin that one tile of its UV shows.

    Attributes:
        uv: of the mesh, with this tile at [0, 1].
        faces: [F] bool, faces of the mesh that lie in the tile.
        tile: column and row, (0, 0) for 1001.
        seam: [S, 2] vertices of edges inside the mesh that the UV cuts.
    """

    uv: UvMap
    faces: np.ndarray
    tile: tuple[int, int]
    seam: np.ndarray

    @classmethod
    def of(
        cls, mesh: Mesh, uv: UvMap, tip: np.ndarray | None = None, tile: tuple[int, int] = (0, 0)
    ) -> "Chart":
        """The chart that shows the face.

        Args:
            mesh: the neutral.
            uv: its UV.
            tip: [3] mm, the tip of the nose, if known: its face must lie in the tile.
            tile: the one to take.

        Raises:
            ScanError: the tile is empty, is not the face's, or shows several faces of the mesh at one place.
        """
        tiles = face_tiles(mesh, uv)
        of_tip = tuple(int(k) for k in tiles[_face_at(mesh, tip)]) if tip is not None else tile
        if of_tip != tile:
            raise ScanError(
                f"The face of '{mesh.name}' lies in UDIM tile {tile_name(of_tip)}, not in "
                f"{tile_name(tile)}: ask for that tile, or move its UV"
            )
        uv = uv.moved(tile)
        inside = (uv.points >= -OUTSIDE).all(axis=1) & (uv.points <= 1 + OUTSIDE).all(axis=1)
        starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
        whole = np.logical_and.reduceat(inside[uv.corners], starts)
        faces = whole & (tiles == tile).all(axis=1)
        if not faces.any():
            raise ScanError(
                f"UDIM tile {tile_name(tile)} of '{mesh.name}' is empty: move the face's UV into it"
            )
        _check_overlap(mesh, uv, faces)
        return cls(uv, faces, tile, seam_edges(mesh, uv))

    @property
    def left_out(self) -> float:
        """Share of the mesh's faces that lie in other tiles."""
        return 1 - float(self.faces.mean())


def _face_at(mesh: Mesh, point: np.ndarray) -> int:
    """The face that holds the vertex nearest to a point."""
    used = np.unique(mesh.face_vertices)
    apart = np.linalg.norm(mesh.vertices[used] - np.asarray(point, np.float32), axis=1)
    corner = int(np.flatnonzero(mesh.face_vertices == used[int(np.argmin(apart))])[0])
    return int(np.searchsorted(np.cumsum(mesh.face_sizes), corner, side="right"))


def seam_edges(mesh: Mesh, uv: UvMap) -> np.ndarray:
    """[S, 2] vertices of the edges that two faces share in the mesh and not in UV."""
    count = len(mesh.vertices)
    pairs = corner_edges(mesh)
    keys = edge_keys(pairs, count)
    flat = Mesh(np.zeros((len(uv.points), 3)), uv.corners, mesh.face_sizes)
    uv_keys = edge_keys(corner_edges(flat), len(uv.points))
    edges, edge, uses = np.unique(keys, return_inverse=True, return_counts=True)
    pieces = np.unique(np.column_stack([edge.reshape(-1), uv_keys]), axis=0)
    cut = (np.bincount(pieces[:, 0], minlength=len(edges)) > 1) & (uses > 1)
    return np.stack([edges[cut] // count, edges[cut] % count], axis=1)


def same_uv(mesh: Mesh, first: UvMap, second: UvMap, tolerance: float = 1e-4) -> None:
    """Refuse UV of scans' bases that is another than the rig's.

    Raises:
        ScanError: it is.
    """
    if len(first.corners) == len(second.corners):
        apart = np.abs(first.points[first.corners] - second.points[second.corners]).max()
        if apart <= tolerance:
            return
    raise ScanError(
        f"'{mesh.name}' has another UV map than the neutral: give every base the neutral's UV"
    )


def _check_overlap(mesh: Mesh, uv: UvMap, faces: np.ndarray) -> None:
    """Refuse a chart where a pixel shows several places of the skin.

    Raises:
        ScanError: it does.
    """
    triangles, face = uv_triangles(mesh, uv)
    triangles = triangles[faces[face]]
    pixels = to_pixels(uv.points, OVERLAP_SIZE)
    if np.abs(_signed_areas(pixels, triangles)).sum() > STACKED * OVERLAP_SIZE**2:
        raise ScanError(
            f"The faces of '{mesh.name}' lie on each other in its UV map: unwrap it without overlaps, "
            "or make another UV map the active one"
        )
    covered = np.zeros(OVERLAP_SIZE**2, np.int32)
    twice_by = np.zeros(len(triangles), bool)
    hits: list[tuple[np.ndarray, np.ndarray]] = []
    for triangle, place, shares in _covered(pixels, triangles, OVERLAP_SIZE):
        strictly = (shares > 1e-4).all(axis=1)  # noqa: PLR2004
        np.add.at(covered, place[strictly], 1)
        hits.append((triangle[strictly], place[strictly]))
    shared = float((covered > 1).sum() / max((covered > 0).sum(), 1))
    if shared <= OVERLAP:
        return
    for triangle, place in hits:
        twice_by[triangle[covered[place] > 1]] = True
    signed = _signed_areas(pixels, triangles)[twice_by]
    turned = np.abs(signed[signed < 0]).sum() / np.abs(signed).sum()
    if MIRRORED < turned < 1 - MIRRORED:
        raise ScanError(
            f"Both halves of '{mesh.name}' lie mirrored on one place of its UV map: "
            "unwrap it so that each side has a place of its own"
        )
    raise ScanError(
        f"{shared:.0%} of the UV map of '{mesh.name}' shows several faces at one place: "
        "unwrap it without overlaps, or move parts inside the mouth to another tile"
    )


def uv_triangles(mesh: Mesh, uv: UvMap) -> tuple[np.ndarray, np.ndarray]:
    """[T, 3] fan triangles into the UV's points, in the order of ``mesh.triangles``, and the face of each [T]."""
    flat = Mesh(np.zeros((len(uv.points), 3), np.float32), uv.corners, mesh.face_sizes)
    return flat.triangles, np.repeat(
        np.arange(len(mesh.face_sizes)), np.maximum(mesh.face_sizes - 2, 0)
    )


def texel_mm(vertices: np.ndarray, triangles: np.ndarray, uv: np.ndarray, size: int) -> float:
    """Typical millimetres of a pixel: the median over the skin, by area.

    Args:
        vertices, triangles: [V, 3] mm and [T, 3].
        uv: [T, 3, 2] of the triangles' corners.
        size: pixels of a side.
    """
    solid = np.linalg.norm(area_vectors(vertices, triangles), axis=1)
    edge = uv[:, 1:] - uv[:, :1]
    flat = np.abs(edge[:, 0, 0] * edge[:, 1, 1] - edge[:, 0, 1] * edge[:, 1, 0]) * size**2
    sound = (solid > 0) & (flat > 1e-12)  # noqa: PLR2004
    ratio, weight = np.sqrt(solid[sound] / flat[sound]), solid[sound]
    order = np.argsort(ratio)
    total = np.cumsum(weight[order])
    return float(ratio[order][np.searchsorted(total, total[-1] / 2)])


def to_pixels(uv: np.ndarray, size: int) -> np.ndarray:
    """UV [N, 2] as pixels, x to the right and y down; the middle of the first pixel is (0.5, 0.5)."""
    return np.column_stack([uv[:, 0] * size, (1 - uv[:, 1]) * size])


def _signed_areas(pixels: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """[T] twice the area, pixels^2; its sign is the way round."""
    p = pixels[triangles]
    one, two = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    return one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]


def rasterise(
    pixels: np.ndarray, triangles: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which triangle lies under the middle of each pixel.

    Args:
        pixels: [U, 2] as :func:`to_pixels` gives them.
        triangles: [T, 3].
        size: of the square picture.

    Returns:
        [size, size] int32 triangles, -1 for none, and the shares of their corners [size, size, 3] float32.
    """
    found = np.full(size * size, -1, np.int32)
    shares = np.zeros((size * size, 3), np.float32)
    for triangle, place, share in _covered(pixels, triangles, size):
        found[place] = triangle
        shares[place] = share
    return found.reshape(size, size), shares.reshape(size, size, 3)


def _covered(pixels: np.ndarray, triangles: np.ndarray, size: int):
    """Passes of (triangle, pixel, shares [N, 3]): every pixel whose middle a triangle covers."""
    p = pixels[triangles]
    low = np.clip(np.ceil(p.min(axis=1) - 0.5).astype(int), 0, None)
    high = np.minimum(np.floor(p.max(axis=1) - 0.5).astype(int), size - 1)
    span = high - low + 1
    double = _signed_areas(pixels, triangles)
    todo = np.flatnonzero((span > 0).all(axis=1) & (np.abs(double) > 1e-12))  # noqa: PLR2004
    boxes = np.cumsum(span[todo].prod(axis=1))
    for group in np.split(todo, np.flatnonzero(np.diff(boxes // _PASS)) + 1):
        area = span[group].prod(axis=1)
        triangle = np.repeat(group, area)
        step = np.arange(area.sum()) - np.repeat(np.cumsum(area) - area, area)
        wide = span[triangle, 0]
        x, y = low[triangle, 0] + step % wide, low[triangle, 1] + step // wide
        corner = p[triangle]
        dx, dy = x + 0.5 - corner[:, 0, 0], y + 0.5 - corner[:, 0, 1]
        one, two = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        second = (dx * two[:, 1] - dy * two[:, 0]) / double[triangle]
        third = (one[:, 0] * dy - one[:, 1] * dx) / double[triangle]
        shares = np.stack([1 - second - third, second, third], axis=1)
        inside = (shares >= -1e-6).all(axis=1)  # noqa: PLR2004
        yield triangle[inside], (y * size + x)[inside], shares[inside]
