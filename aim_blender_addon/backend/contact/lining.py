# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin behind lips and lids: the bag of a mouth, the pockets behind lids, which no other face's skin explains.

A nearest place on another face means nothing there: the roof of one mouth lies near the other's lower lip. So the
lining keeps only a few millimetres that turn in with the rim; behind these it hangs on them and on the bone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla
import trimesh
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ..anatomy.head.rims import OPENINGS, Rims
from ..geometry.edge_graph import edge_graph
from ..geometry.laplacian import SurfaceOperator
from ..geometry.mesh import Mesh
from .settings import LINING
from .sheets import along_skin, rim_vertices


@dataclass(frozen=True)
class Lining:
    """The skin about one opening, and what of it lies behind the rims.

    Attributes:
        side: [S] int, 1 on the upper lip or lid and behind it, -1 on the lower, 0 farther off.
        inside: [S] bool, behind the rims; nowhere if the skin ends at them or goes on from lip to lip.
        depth: [S] mm along the skin from the nearer rim; zero outside.
        parted: whether the rims can part: no skin goes on straight from one to the other.
    """

    side: np.ndarray
    inside: np.ndarray
    depth: np.ndarray
    parted: bool

    @property
    def known(self) -> np.ndarray:
        """[S] 0 to 1, how far a map to another face can know the place: only near the rim."""
        return np.where(self.inside, np.clip(2 - self.depth / LINING.kept_mm, 0, 1), 1.0)


def find_lining(skin: Mesh, rims: Rims, left_up_front: np.ndarray) -> Lining:
    """Sides and lining of an opening.

    Args:
        skin: mm.
        rims: of the opening.
        left_up_front: [3, 3] rows left, up, front of the face.
    """
    graph = edge_graph(skin)
    _, up, _ = left_up_front
    first, second = (
        rim_vertices(skin, edge, side * up)
        for edge, side in ((rims.upper, 1.0), (rims.lower, -1.0))
    )
    upper, lower = (along_skin(graph, edge) for edge in (first, second))
    depth = np.minimum(upper, lower)
    pocket = _pocket(skin, rims, left_up_front)
    inside = _enclosed(graph, pocket, pocket & (depth < LINING.begins_mm))
    near = inside | (depth < LINING.side_mm)
    nearer = (lower > upper).astype(int) - (
        lower < upper
    )  # skin that hangs on neither is on no side
    side = np.where(near, nearer, 0)
    parted = _is_parted(skin, rims, second, upper)
    return Lining(side, inside, np.where(inside, depth, 0.0), parted)


def _is_parted(skin: Mesh, rims: Rims, lower: np.ndarray, distance: np.ndarray) -> bool:
    """Whether the middle of the ``lower`` rim is far, by ``distance`` [S] mm along the skin, from the upper one."""
    ends = np.stack([rims.lower[0], rims.lower[-1]])
    wide = np.linalg.norm(ends[1] - ends[0])
    across = (skin.vertices[lower] - ends.mean(axis=0)) @ (ends[1] - ends[0]) / wide
    middle = lower[np.abs(across) < wide / 6]
    return bool(len(middle) and np.median(distance[middle]) > LINING.parted * wide)


def _pocket(skin: Mesh, rims: Rims, left_up_front: np.ndarray) -> np.ndarray:
    """[S] bool: skin that faces other skin nearby, and does not lie before the rims."""
    rest, normals = skin.vertices.astype(np.float64), skin.normals.astype(np.float64)
    rays = RayMeshIntersector(trimesh.Trimesh(rest, skin.triangles, process=False))
    start = rest + LINING.start_mm * normals
    _, ray, met = rays.intersects_id(start, normals, multiple_hits=False, return_locations=True)
    faces_skin = np.zeros(len(rest), bool)
    faces_skin[ray[np.linalg.norm(met - start[ray], axis=1) < LINING.sees_mm]] = True
    edge = np.concatenate([rims.upper, rims.lower])
    left_up, front = left_up_front[:2], left_up_front[2]
    nearest = cKDTree(edge @ left_up.T).query(rest @ left_up.T)[1]
    return faces_skin & ((rest - edge[nearest]) @ front < LINING.before_mm)


def _enclosed(graph: sp.csr_matrix, pocket: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """[S] bool: the pockets' connected parts that begin at the rim, and what these cut off from the face."""
    count = len(pocket)
    rows = np.flatnonzero(pocket)
    _, label = connected_components(graph[rows][:, rows], directed=False)
    inside = np.zeros(count, bool)
    inside[rows[np.isin(label, np.unique(label[begins[rows]]))]] = True
    rows = np.flatnonzero(~inside)
    _, label = connected_components(graph[rows][:, rows], directed=False)
    if inside.any() and len(rows):
        inside[rows[label != np.bincount(label).argmax()]] = True
    return inside


def opening_notes(name: str, linings: Mapping[str, Lining]) -> list[str]:
    """Notes for the user on a face whose lips or lids cannot part."""
    shut = [key for key in OPENINGS if key not in linings or not linings[key].parted]
    notes = []
    if "mouth" in shut:
        notes.append(
            f"'{name}' has no opening between the lips: they are carried along and stay shut"
        )
    if any(key.startswith("eye") for key in shut):
        notes.append(
            f"'{name}' does not show both eyes open: lids are carried along, blinks not kept"
        )
    return notes


@dataclass(frozen=True)
class Hanging:
    """Skin that hangs on the rest of it: on its edge, and on what lies across a lip's or lid's tissue.

    Attributes:
        operator: of the skin.
        free: [S] bool, the part that hangs.
        across: [S] the nearest vertex of the same lip or lid that does not hang.
        firm: [S] how firmly it holds, 1 / mm^2.
    """

    operator: SurfaceOperator
    free: np.ndarray
    across: np.ndarray
    firm: np.ndarray

    def film(self, values: np.ndarray, firm: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Values [S, C] whose free ones are a soap film between the others, drawn to a target.

        Args:
            values: [S, C].
            firm: [S] how firmly the target holds, 1 / mm^2: the film goes over to it within 1 / sqrt(firm).
            target: [S, C].
        """
        rows, known = np.flatnonzero(self.free), np.flatnonzero(~self.free)
        result = np.array(values, np.float64)
        if not len(rows):
            return result
        own, mass = self.operator.stiffness[rows], self.operator.mass[rows]
        system = own[:, rows] + sp.diags((firm[rows] + self.firm[rows] + 1e-12) * mass)
        right = firm[rows, None] * target[rows] + self.firm[rows, None] * result[self.across[rows]]
        right = mass[:, None] * right - own[:, known] @ result[known]
        result[rows] = sla.splu(system.tocsc()).solve(right)
        return result

    def matrix(self) -> sp.csr_matrix:
        """[S, S] takes motions of the skin to those with which the free part hangs on the rest."""
        count = len(self.free)
        rows, known = np.flatnonzero(self.free), np.flatnonzero(~self.free)
        stay = sp.coo_matrix((np.ones(len(known)), (known, known)), (count, count)).tocsr()
        if not len(rows):
            return stay
        edge = known[np.unique(self.operator.stiffness[rows][:, known].nonzero()[1])]
        by = np.union1d(edge, self.across[rows])
        each = np.zeros((count, len(by)))
        each[by, np.arange(len(by))] = 1.0
        weights = self.film(each, np.full(count, LINING.hangs_mm**-2), np.zeros_like(each))[rows]
        total = weights.sum(axis=1, keepdims=True)
        weights[weights < LINING.least_weight] = 0.0
        weights *= total / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
        part = sp.coo_matrix(weights)
        return stay + sp.csr_matrix((part.data, (rows[part.row], by[part.col])), (count, count))


def hang(operator: SurfaceOperator, skin: Mesh, free: np.ndarray, side: np.ndarray) -> Hanging:
    """How the ``free`` part [S] of a skin, mm, hangs on the rest; lips and lids by their ``side`` [S]."""
    rest = skin.vertices.astype(np.float64)
    across, far = np.arange(len(rest)), np.full(len(rest), np.inf)
    for own in (1, -1):
        rows, known = np.flatnonzero(free & (side == own)), np.flatnonzero(~free & (side != -own))
        if len(rows) and len(known):
            far[rows], nearest = cKDTree(rest[known]).query(rest[rows])
            across[rows] = known[nearest]
    below = np.einsum("nc,nc->n", rest[across] - rest, skin.normals) < 0  # through tissue, not air
    firm = np.exp(-((far / LINING.across_mm) ** 2)) / np.maximum(far, 1.0) ** 2  # if thin, firmly
    return Hanging(operator, free, across, np.where(free & below, firm, 0.0))
