# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signed distances to a bone by its own triangles."""

import numpy as np
import trimesh
from scipy.ndimage import label
from scipy.spatial import cKDTree
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..errors import EditError
from ..geometry.mesh import Mesh, area_vectors
from ..geometry.sampling import SurfaceTooLargeError, dense_samples
from ..geometry.surface import closest_weights
from .rays import Rays

#: More points than this are looked up by all threads; fewer are faster on one.
ONE_THREAD_POINTS = 20_000
#: Points measured together: few enough to stay in the processor's cache.
BATCH = 32_768
#: Nodes in a connected part of a grid whose sides decide the side of all of it.
WITNESSES = 5
#: Samples whose triangles tell of a point where a first look will do.
FEW = 2
#: Points nearer to a triangle than this have no direction of their own, mm.
ON_SURFACE_MM = 1e-9
#: Directions of the rays that tell inside from outside: uneven ones, no edge of a grid or of a midline lies along them.
RAYS = np.array([[0.301, 0.402, 0.865], [-0.798, 0.501, -0.335], [0.103, -0.952, 0.288]])


class BoneSurface:
    """Signed distances to a closed mesh, exact unless the nearest triangle is missed between the samples.

    Args:
        bone: closed surface.
        spacing: mm between the samples by which triangles are found.
        candidates: nearest samples whose triangles are measured for each point.
    """

    def __init__(self, bone: Mesh, spacing: float, candidates: int):
        try:
            samples = dense_samples(bone.vertices, bone.triangles, spacing)
        except SurfaceTooLargeError as error:
            raise EditError(
                f"The faces of the bone '{bone.name}' do not fit the order of its vertices: fit the face again"
            ) from error
        self._ranks = np.arange(1, candidates + 1)
        self._tree, self._triangle = cKDTree(samples.points), samples.triangle
        self._corners = bone.vertices[bone.triangles].astype(np.float64)
        mesh = trimesh.Trimesh(bone.vertices, bone.triangles, process=False)
        self._rays = Rays(bone.vertices, bone.triangles)
        self._crossings = RayMeshIntersector(mesh)
        self._out = area_vectors(bone.vertices, bone.triangles)
        self._out *= np.sign(mesh.volume)
        length = np.linalg.norm(self._out, axis=1, keepdims=True)
        self._unit_out = self._out / np.maximum(length, 1e-12)
        self._closed = mesh.is_watertight and mesh.is_winding_consistent
        # Which faces each of the rays meets from behind; the last row is none.
        self._backs = np.zeros((len(RAYS), len(self._out) + 1), bool)
        self._backs[:, :-1] = RAYS @ self._out.T > 0

    def distances(self, points: np.ndarray) -> np.ndarray:
        """Signed distances [N] mm of points [N, 3]."""
        return self.measure(points)[0]

    def measure(
        self,
        points: np.ndarray,
        inside: np.ndarray | bool | None = None,
        few: bool = False,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances [N] mm of points [N, 3] and unit directions [N, 3] in which they grow.

        ``inside`` [N] or for all: which of them are inside, where that is known. ``few``: for a first look, the
        triangles of :data:`FEW` samples are enough.
        """
        nearest, best = self._nearest(points, FEW if few else None)
        inside = self.inside(points) if inside is None else inside
        distance = np.where(inside, -best, best)
        safe = np.where(np.abs(distance) < ON_SURFACE_MM, ON_SURFACE_MM, distance)
        return distance, (points - nearest) / safe[:, None]

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Which of the points [N, 3] are inside the bone, [N] bool.

        Rays tell: normals of nearest triangles mislead at folded slivers. A ray that meets the back of a face
        comes from inside; two of three decide. Where faces do not all look outwards, crossings are counted.
        """
        if not len(points):
            return np.zeros(0, bool)
        if not self._closed:
            return self._crossings.contains_points(points)
        inside, second = (self._meets_back(points, ray) for ray in (0, 1))
        unsure = np.flatnonzero(inside != second)
        if len(unsure):
            inside[unsure] = self._meets_back(points[unsure], 2)
        return inside

    def _meets_back(self, points: np.ndarray, ray: int) -> np.ndarray:
        """Which [N] bool rays from the points [N, 3] along one of :data:`RAYS` meet the back of a face first."""
        return self._backs[ray][self._rays.first(points, RAYS[ray])]

    def crossed(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Which [N] bool of the lines from ``start`` to ``end`` [N, 3] mm meet the surface."""
        way = end - start
        moves = np.einsum("nc,nc->n", way, way) > ON_SURFACE_MM**2
        return self._rays.meet(start, way) & moves

    def gone_through(self, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which lines from ``start`` to ``end`` [N, 3] mm went in by one side and are nearer to the opposite one.

        Skin that slides over a round bone leaves it by a face that looks much as the one it came in by. A tooth is
        thin: what was pushed through lies behind a face that looks the other way.

        Returns:
            Their numbers [M], and the ways [M, 3] mm straight back out by the faces they came in by.
        """
        rows, entry, back = self._entries(start, end)
        if not len(rows):
            return rows, back
        face = self._first(end[rows], start[rows])[0]
        leaves = np.where(face[:, None] >= 0, self._unit_out[face], entry)
        deep = np.flatnonzero(self.inside(end[rows]))
        leaves[deep] = self.measure(end[rows[deep]], inside=True, few=True)[1]
        opposite = np.einsum("nc,nc->n", entry, leaves) < 0
        return rows[opposite], back[opposite]

    def ways_out(self, start: np.ndarray, inside: np.ndarray, nearest: np.ndarray) -> np.ndarray:
        """Ways [N, 3] mm out of the bone for points ``inside`` [N, 3] it that came from ``start`` [N, 3] mm.

        The ``nearest`` [N, 3], unless they lead out by the side opposite to the one by which the points came in.
        """
        rows, entry, back = self._entries(start, inside)
        opposite = np.einsum("nc,nc->n", entry, nearest[rows]) < 0
        ways = nearest.copy()
        ways[rows[opposite]] = back[opposite]
        return ways

    def _entries(
        self, start: np.ndarray, end: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which lines [M] from ``start`` to ``end`` [N, 3] come in by a face; its unit normals and ways back [M, 3]."""
        face, share = self._first(start, end)
        rows = np.flatnonzero(face >= 0)
        way, entry = end[rows] - start[rows], self._unit_out[face[rows]]
        along = np.einsum("nc,nc->n", entry, way)
        back = -((1 - share[rows]) * along)[:, None] * entry
        enters = along < 0
        return rows[enters], entry[enters], back[enters]

    def _first(self, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The first face [N] on the lines from ``start`` to ``end`` [N, 3], or -1, and how far [N] along it lies."""
        way = end - start
        face, share = np.full(len(start), -1), np.zeros(len(start))
        rows = np.flatnonzero(np.einsum("nc,nc->n", way, way) > ON_SURFACE_MM**2)
        if not len(rows):
            return face, share
        met = self._rays.first_on(start[rows], way[rows])
        hits = np.flatnonzero(met >= 0)
        rows, met = rows[hits], met[hits]
        out = self._out[met]
        along = np.einsum("nc,nc->n", out, way[rows])
        apart = np.einsum("nc,nc->n", out, self._corners[met, 0] - start[rows])
        on = np.flatnonzero(np.abs(apart) <= np.abs(along))
        share[rows[on]] = np.abs(apart[on]) / np.maximum(np.abs(along[on]), ON_SURFACE_MM)
        face[rows[on]] = met[on]
        return face, share

    def on_grid(self, low: np.ndarray, spacing: float, chosen: np.ndarray) -> np.ndarray:
        """Signed distances [X, Y, Z] float32 mm at the ``chosen`` nodes of a grid; zero elsewhere.

        Between neighbours that are both farther than half the spacing from the surface there is none of it. The
        whole spacing is required, as nearest triangles may be missed. A connected part of such nodes is on one side,
        and few rays tell which (docs/decisions/tried-sculpt.md, "Distances to bone").

        Args:
            low: [3] mm, the first node.
            spacing: mm.
            chosen: [X, Y, Z] bool.
        """
        nodes = np.argwhere(chosen)
        parts = np.array_split(nodes, max(1, len(nodes) // BATCH))
        values = np.zeros(chosen.shape, np.float32)
        values[chosen] = np.concatenate([self._nearest(low + spacing * p)[1] for p in parts])
        part, count = label(values > spacing)
        number = part[chosen]
        order = np.argsort(number, kind="stable")
        first = np.searchsorted(number[order], np.arange(1, count + 1))
        last = np.append(first[1:], len(order)) - 1
        witnesses = (first + np.linspace(0, 1, WITNESSES)[:, None] * (last - first)).astype(int)
        inside = self.inside(low + spacing * nodes[order[witnesses]].reshape(-1, 3))
        inside = np.append(False, inside.reshape(WITNESSES, -1).sum(axis=0) > WITNESSES / 2)[number]
        close = number == 0
        inside[close] = self.inside(low + spacing * nodes[close])
        values[chosen] *= np.where(inside, -1, 1)
        return values

    def _nearest(
        self, points: np.ndarray, samples: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Nearest points [N, 3] of the surface, and their distances [N] mm, by so many samples."""
        count = len(points)
        threads = -1 if count > ONE_THREAD_POINTS else 1
        _, near = self._tree.query(points, k=self._ranks[:samples], workers=threads)
        triangles = self._triangle[near]  # [N, K]
        weights, square = closest_weights(points[:, None], self._corners[triangles])
        row, best = np.arange(count), square.argmin(axis=1)
        corners = self._corners[triangles[row, best]]
        closest = np.einsum("nk,nkc->nc", weights[row, best], corners)
        apart = points - closest
        return closest, np.sqrt(np.einsum("nc,nc->n", apart, apart))
