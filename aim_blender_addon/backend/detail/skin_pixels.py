# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin at the pixels of a map: points and normals of the subdivided base, and attributes of its vertices."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from ..geometry.mesh import Mesh, triangle_normals, vertex_normals
from .bands import texel_map
from .network import LEVELS
from .subdivision import SubdividedSkin
from .uv import Chart, rasterise, to_pixels


@dataclass(frozen=True)
class SkinPixels:
    """N pixels of a square map that show skin.

    Attributes:
        neutral: the base in rest, mm.
        surface: the subdivided base, the chart's part.
        size: pixels of a side.
        rows: [N] pixels, counted row by row from the top left.
        triangle: [N] of the surface's triangles, under each pixel.
        shares: [N, 3] of its corners.
    """

    neutral: Mesh
    surface: SubdividedSkin
    size: int
    rows: np.ndarray
    triangle: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, neutral: Mesh, chart: Chart, size: int, levels: int = LEVELS) -> "SkinPixels":
        """The pixels of a map with ``size`` pixels a side."""
        return cls.over(
            neutral, SubdividedSkin.of(neutral, chart.uv, levels).part(chart.faces), size
        )

    @classmethod
    def over(cls, neutral: Mesh, surface: SubdividedSkin, size: int) -> "SkinPixels":
        """The pixels over a surface that is subdivided already."""
        found, shares = rasterise(to_pixels(surface.uv, size), surface.uv_triangles, size)
        rows = np.flatnonzero(found.ravel() >= 0)
        return cls(neutral, surface, size, rows, found.ravel()[rows], shares.reshape(-1, 3)[rows])

    @cached_property
    def mask(self) -> np.ndarray:
        """[S, S] bool, pixels that show skin."""
        mask = np.zeros(self.size**2, bool)
        mask[self.rows] = True
        return mask.reshape(self.size, self.size)

    @cached_property
    def _corners(self) -> np.ndarray:
        """[N, 3] into the subdivided points."""
        return self.surface.triangles[self.triangle]

    @cached_property
    def texel(self) -> np.ndarray:
        """[S, S] mm of skin in a pixel, in rest; zero off the mask."""
        points, _ = self.base(self.neutral.vertices)
        return texel_map(self.image(points), self.mask)

    @cached_property
    def typical_texel(self) -> float:
        """mm of skin in a pixel, the median."""
        return float(np.median(self.texel[self.mask]))

    @cached_property
    def _linear(self) -> sp.csr_matrix:
        """[N, V] from the mesh's vertices to the pixels, linearly."""
        count = len(self.rows)
        pick = sp.csr_matrix(
            (
                self.shares.ravel(),
                self._corners.ravel(),
                np.arange(0, 3 * count + 1, 3),
            ),
            (count, self.surface.linear.shape[0]),
        )
        return (pick @ self.surface.linear.astype(np.float32)).tocsr()

    def base(self, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points [N, 3] mm and unit normals [N, 3], float64, of the subdivided base of a shape [V, 3] mm."""
        smooth = self.surface.matrix @ np.asarray(vertices, np.float64)
        triangles = self.surface.triangles
        normals = vertex_normals(smooth, triangles).astype(np.float64)
        corners, shares = self._corners, self.shares[:, :, None].astype(np.float64)
        points = (smooth[corners] * shares).sum(axis=1)
        normal = (normals[corners] * shares).sum(axis=1)
        length = np.linalg.norm(normal, axis=1)
        flat = length < 1e-6  # a fold: the triangle's own normal stands in  # noqa: PLR2004
        if flat.any():
            normal[flat] = triangle_normals(smooth, triangles[self.triangle[flat]])
            length = np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
        return points, normal / length[:, None]

    def at(self, values: np.ndarray) -> np.ndarray:
        """What vertices have [V, D], at the pixels [N, D] float32, as Blender carries it over."""
        return self._linear @ np.asarray(values, np.float32)

    def some(self, which: np.ndarray) -> "SkinPixels":
        """Some of the pixels only; ``which`` [n] of N."""
        return replace(
            self,
            rows=self.rows[which],
            triangle=self.triangle[which],
            shares=self.shares[which],
        )

    def image(self, values: np.ndarray) -> np.ndarray:
        """Values [N] or [N, D] as a picture [S, S] or [S, S, D]; zero off the skin."""
        out = np.zeros((self.size**2, *values.shape[1:]), values.dtype)
        out[self.rows] = values
        return out.reshape(self.size, self.size, *values.shape[1:])
