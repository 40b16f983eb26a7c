# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin at the pixels of a map where no scipy is at hand, such as in Blender (numpy only).

It is the twin of ``subdivision.py`` and ``skin_pixels.py``: the same points, order and rules, worked out level by
level in place of matrices.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..geometry.mesh import Mesh, triangle_normals, vertex_normals
from .network import Network, halves
from .uv import Chart, rasterise, to_pixels

#: Levels of the base that heights stand on; as in ``subdivision.py``.
LEVELS = 2


@dataclass(frozen=True)
class _Level:
    """One subdivision of polygons: their corners [L] and sizes [F], the network of both, and vertices."""

    corners: np.ndarray
    sizes: np.ndarray
    net: Network
    count: int

    @classmethod
    def of(cls, corners: np.ndarray, sizes: np.ndarray, count: int) -> "_Level":
        return cls(corners, sizes, Network.of(corners, sizes, count), count)

    def below(self) -> "_Level":
        """The level of the quads that this one makes."""
        quads, _ = self.net.split(self.corners, self.count)
        count = self.count + len(self.net.ends) + len(self.sizes)
        return _Level.of(quads.ravel(), np.full(len(quads), 4), count)

    def middles(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[E, D] means of edges, and [F, D] means of faces, of values [V, D]."""
        middle = values[self.net.ends].mean(axis=1)
        starts = np.cumsum(self.sizes) - self.sizes
        centre = np.add.reduceat(values[self.corners], starts, axis=0) / self.sizes[:, None]
        return middle, centre

    def linear(self, values: np.ndarray) -> np.ndarray:
        """Values [V, D] at the points of the next level, linearly."""
        return np.concatenate([values, *self.middles(values)])

    def smooth(self, points: np.ndarray) -> np.ndarray:
        """Points [V, D] at the next level, by Catmull and Clark."""
        net, count = self.net, self.count
        middle, centre = self.middles(points)
        around = _summed(net.edge, centre[net.corner_face], len(net.ends))
        beside = around / net.uses[:, None]
        crease = net.uses != 2  # noqa: PLR2004 - borders, and edges of three and more faces
        edge_point = np.where(crease[:, None], middle, 0.5 * (middle + beside))
        ends, edge = net.ends.ravel(), np.repeat(np.arange(len(net.ends)), 2)
        degree = np.maximum(np.bincount(ends, minlength=count), 1)[:, None]
        faces = np.maximum(np.bincount(self.corners, minlength=count), 1)[:, None]
        of_faces = _summed(self.corners, centre[net.corner_face], count) / faces
        of_edges = _summed(ends, middle[edge], count) / degree
        vertex = of_faces / degree + 2 * of_edges / degree + (1 - 3 / degree) * points
        creased = crease[edge]
        creases = np.bincount(ends[creased], minlength=count)
        along = _summed(ends[creased], middle[edge[creased]], count)
        along = 0.5 * points + 0.5 * along / np.maximum(creases, 1)[:, None]
        tangled = np.bincount(ends[net.uses[edge] > 2], minlength=count) > 0  # noqa: PLR2004
        lonely = np.bincount(self.corners, minlength=count) == 0
        fixed = (creases > 2) | tangled | lonely  # noqa: PLR2004
        vertex = np.where(((creases == 2) & ~tangled)[:, None], along, vertex)  # noqa: PLR2004
        return np.concatenate([np.where(fixed[:, None], points, vertex), edge_point, centre])


def _summed(rows: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """[count, D] values [N, D] added into their rows [N]."""
    return np.stack([np.bincount(rows, column, minlength=count) for column in values.T], axis=1)


@dataclass(frozen=True)
class PlainSkin:
    """N pixels of a square map that show skin.

    Attributes:
        levels: of the mesh's subdivision, and
        flat_levels: of its UV.
        uv: [U', 2] of the last level.
        triangles: [T, 3] of the last level, into its points, and
        uv_triangles: [T, 3] the same into ``uv``.
        size: pixels of a side.
        rows: [N] pixels, counted row by row from the top left.
        triangle: [N] under each pixel.
        shares: [N, 3] of its corners.
    """

    levels: tuple[_Level, ...]
    flat_levels: tuple[_Level, ...]
    uv: np.ndarray
    triangles: np.ndarray
    uv_triangles: np.ndarray
    size: int
    rows: np.ndarray
    triangle: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, mesh: Mesh, chart: Chart, size: int, count: int = LEVELS) -> "PlainSkin":
        """The pixels of a map with ``size`` pixels a side."""
        sizes = mesh.face_sizes.astype(np.int64)
        level = _Level.of(mesh.face_vertices.astype(np.int64), sizes, len(mesh.vertices))
        flat = _Level.of(chart.uv.corners, sizes, len(chart.uv.points))
        uv, keep = chart.uv.points, chart.faces
        levels, flat_levels = [], []
        for _ in range(count):
            levels.append(level)
            flat_levels.append(flat)
            keep = keep[level.net.corner_face]
            uv = flat.linear(uv)
            level, flat = level.below(), flat.below()
        triangles = halves(level.corners.reshape(-1, 4)[keep])
        uv_triangles = halves(flat.corners.reshape(-1, 4)[keep])
        found, shares = rasterise(to_pixels(uv, size), uv_triangles, size)
        rows = np.flatnonzero(found.ravel() >= 0)
        return cls(
            tuple(levels),
            tuple(flat_levels),
            uv,
            triangles,
            uv_triangles,
            size,
            rows,
            found.ravel()[rows],
            shares.reshape(-1, 3)[rows],
        )

    @cached_property
    def mask(self) -> np.ndarray:
        """[S, S] bool, pixels that show skin."""
        mask = np.zeros(self.size**2, bool)
        mask[self.rows] = True
        return mask.reshape(self.size, self.size)

    def carried(self, values: np.ndarray) -> np.ndarray:
        """Values of vertices [V, D] at the points of the last level, as Blender carries attributes."""
        values = np.asarray(values, np.float64)
        for level in self.levels:
            values = level.linear(values)
        return values

    def at_flat(self, values: np.ndarray) -> np.ndarray:
        """What points of the UV have [U, D], at the pixels [N, D]: it may jump where the UV is cut."""
        for level in self.flat_levels:
            values = level.linear(values)
        return self.at_points(values)

    def at_points(self, values: np.ndarray) -> np.ndarray:
        """What points of the last level's UV have [U', D], at the pixels [N, D]."""
        return self.mixed(values[self.uv_triangles])

    def at(self, values: np.ndarray) -> np.ndarray:
        """What vertices have [V, D], at the pixels [N, D] float32."""
        return self.mixed(self.carried(values)[self.triangles]).astype(np.float32)

    def mixed(self, corners: np.ndarray) -> np.ndarray:
        """Values of the corners of triangles [T, 3, D], at the pixels [N, D]."""
        out = np.zeros((len(self.rows), corners.shape[2]), np.float64)
        for k in range(3):
            out += self.shares[:, k, None] * corners[self.triangle, k]
        return out

    def smooth(self, vertices: np.ndarray) -> np.ndarray:
        """[V', 3] points of the subdivided base of a shape [V, 3]."""
        points = np.asarray(vertices, np.float64)
        for level in self.levels:
            points = level.smooth(points)
        return points

    def normals(self, smooth: np.ndarray) -> np.ndarray:
        """[N, 3] unit normals of a subdivided base [V', 3]."""
        corners = vertex_normals(smooth, self.triangles).astype(np.float64)[self.triangles]
        normal = self.mixed(corners)
        length = np.linalg.norm(normal, axis=1)
        flat = length < 1e-6  # a fold: the triangle's own normal stands in  # noqa: PLR2004
        if flat.any():
            normal[flat] = triangle_normals(smooth, self.triangles[self.triangle[flat]])
            length = np.linalg.norm(normal, axis=1)
        return normal / np.maximum(length, 1e-12)[:, None]

    @cached_property
    def _margin(self) -> np.ndarray:
        """[S, S] the pixel of N that each pixel shows, also a little beyond the skin; -1 for none."""
        found = np.full((self.size, self.size), -1, np.int64)
        found.ravel()[self.rows] = np.arange(len(self.rows))
        for _ in range(max(2, self.size // 64)):
            last = found.copy()
            for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
                beside = np.roll(last, step, axis=axis)
                edge = [slice(None), slice(None)]
                edge[axis] = 0 if step == 1 else -1
                beside[tuple(edge)] = -1
                found = np.where(found < 0, beside, found)
        return found

    def image(self, values: np.ndarray, off: float | np.ndarray = 0.0) -> np.ndarray:
        """Values [N] or [N, D] as a picture; it goes on a little beyond the skin, and is ``off`` farther out."""
        picture = values[self._margin]
        picture[self._margin < 0] = off
        return picture
