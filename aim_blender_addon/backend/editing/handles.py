# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles: points of the skin that are dragged, pinned, or held in a plane."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from ..anatomy.jaw.joint import JawJoint
from ..errors import EditError
from ..geometry.mesh import Mesh
from .handle_states import HandleKind
from .limits import TissueLimits

#: Tissue stretches by this factor of the distance of two points. Handles that pull farther against each other
#: contradict each other.
STRETCH = 2.0
#: It stretches by this on top, mm.
STRETCH_MM = 1.0
#: A goal farther from its point than this is a mistake of units or space, mm.
FARTHEST_MM = 300.0
#: No part of a position or direction is larger; greater ones, and NaN, are none.
_LARGEST = 1e9


@dataclass(frozen=True)
class Handles:
    """M handles.

    Attributes:
        vertices: [M] int, the points of the skin.
        positions: [M, 3] mm, head space: the goals, or a point of each plane.
        kinds: [M] of :class:`HandleKind`.
        normals: [M, 3] unit normals of the planes; not read for other kinds.
    """

    vertices: np.ndarray
    positions: np.ndarray
    kinds: np.ndarray
    normals: np.ndarray

    @classmethod
    def of(
        cls,
        vertices: np.ndarray,
        positions: np.ndarray,
        kinds: np.ndarray | None = None,
        normals: np.ndarray | None = None,
        skin: np.ndarray | None = None,
    ) -> "Handles":
        """Handles from arrays as they come.

        Args:
            vertices: [M] numbers of vertices.
            positions: [M, 3] mm, head space.
            kinds: [M] of :class:`HandleKind`; targets by default.
            normals: [M, 3] of planes, of any length.
            skin: [V, 3] to check them against.

        Raises:
            EditError: shapes, numbers or planes do not fit.
        """
        vertices, positions = np.asarray(vertices), np.asarray(positions, np.float64)
        if vertices.ndim != 1 or not len(vertices) or not np.issubdtype(vertices.dtype, np.integer):
            raise EditError("There are no handles: give the number of a vertex for each of them")
        count = len(vertices)
        _check_positions(positions, count)
        kinds = np.zeros(count, int) if kinds is None else np.asarray(kinds)
        if kinds.shape != (count,) or not np.isin(kinds, list(HandleKind)).all():
            raise EditError(
                "The kinds of the handles must be one number each: 0 target, 1 pin, 2 plane"
            )
        normals = np.zeros((count, 3)) if normals is None else np.asarray(normals, np.float64)
        if normals.shape != (count, 3) or not (np.abs(normals) <= _LARGEST).all():
            raise EditError(f"The normals of the {count} handles are not {count} directions")
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        flat = kinds == HandleKind.PLANE
        if not (length[flat] > 1e-9).all():
            raise EditError("A plane handle has no normal: give the direction the plane faces")
        if skin is not None:
            _check_on_skin(vertices, positions, flat, skin)
        return cls(vertices, positions, kinds.astype(int), normals / np.maximum(length, 1e-9))

    def __len__(self) -> int:
        return len(self.vertices)

    def moved_to(self, positions: np.ndarray) -> "Handles":
        """The same handles with other positions [M, 3] mm, as the mouse goes on.

        Raises:
            EditError: positions are missing or not finite.
        """
        positions = np.asarray(positions, np.float64)
        _check_positions(positions, len(self))
        return replace(self, positions=positions)

    def mirrored(self, mesh: Mesh, joint: JawJoint) -> "Handles":
        """These handles and their mirror images across the face; see :class:`Mirror`."""
        return Mirror.of(self, mesh, joint).both(self)

    def projected(self, limits: TissueLimits, jaw: np.ndarray, chosen: np.ndarray) -> "Handles":
        """The same handles with goals projected into the limits of bone and tissue.

        A goal beyond them would draw the surroundings of its point along, and only the point itself back.

        Args:
            limits: of the face.
            jaw: [4, 4] its pose.
            chosen: [V] bool, only handles on these vertices.
        """
        rows = np.flatnonzero((self.kinds == HandleKind.TARGET) & chosen[self.vertices])
        positions = self.positions.copy()
        positions[rows] = limits.project_points(positions[rows], self.vertices[rows], jaw)
        return self.moved_to(positions)

    def residual(self, points: np.ndarray) -> np.ndarray:
        """[M, 3] mm from the handles' points, when these are at ``points`` [M, 3], to their goals."""
        residual = self.positions - points
        along = np.einsum("mc,mc->m", residual, self.normals)[:, None] * self.normals
        return np.where((self.kinds == HandleKind.PLANE)[:, None], along, residual)

    def contradictions(
        self, points: np.ndarray, rest: np.ndarray, jaw_parts_mm: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """By how much [M] mm each handle is pulled against another one; zero where none is.

        Args:
            points: [M, 3] mm, where the handles' points are before the edit.
            rest: [M, 3] mm, where they are in the neutral.
            jaw_parts_mm: [M] or one for all, how far the jaw may move a point away from one that does not follow it.
        """
        residual = self.residual(points)
        against = np.linalg.norm(residual[:, None] - residual[None], axis=2)
        apart = np.linalg.norm(rest[:, None] - rest[None], axis=2)
        parted = np.abs(np.subtract.outer(jaw_parts_mm, jaw_parts_mm))
        excess = np.where(against > STRETCH * apart + STRETCH_MM + parted, against, 0.0)
        free = self.kinds == HandleKind.PLANE  # slides: its residual says nothing of where it goes
        excess[free], excess[:, free] = 0.0, 0.0
        return excess.max(axis=1)


@dataclass(frozen=True)
class Mirror:
    """Images of handles across the face. Handles in the middle, or with a handle opposite, have none.

    The mirrored point need not be a vertex: the displacement is mirrored, not the position.

    Attributes:
        sources: [N] numbers of the handles that have an image.
        vertices: [N] the images' points.
        shift: [N, 3] mm, from a mirrored position to that of the image.
        left: [3] unit vector to the face's left.
        middle: [3] mm, a point of the plane between its halves.
    """

    sources: np.ndarray
    vertices: np.ndarray
    shift: np.ndarray
    left: np.ndarray
    middle: np.ndarray

    @classmethod
    def of(cls, handles: Handles, mesh: Mesh, joint: JawJoint) -> "Mirror":
        """The images of ``handles`` on the neutral ``mesh``; the middle lies between the condyles of ``joint``."""
        left, middle = joint.left, joint.pivot
        skin = mesh.vertices.astype(np.float64)
        across = _across(skin[handles.vertices], left, middle)
        _, other = cKDTree(skin).query(across)
        sources = np.flatnonzero(~np.isin(other, handles.vertices))
        _, first = np.unique(other[sources], return_index=True)  # two handles may have one image
        sources = sources[np.sort(first)]
        shift = skin[other[sources]] - across[sources]
        return cls(sources, other[sources], shift, left, middle)

    def positions(self, positions: np.ndarray) -> np.ndarray:
        """Positions [M + N, 3] mm of the handles and their images for positions [M, 3] of the handles."""
        images = _across(np.asarray(positions, float)[self.sources], self.left, self.middle)
        return np.concatenate([positions, images + self.shift])

    def both(self, handles: Handles) -> Handles:
        """The handles, then their images."""
        normals = handles.normals[self.sources]
        normals = normals - 2 * (normals @ self.left)[:, None] * self.left
        return Handles(
            np.concatenate([handles.vertices, self.vertices]),
            self.positions(handles.positions),
            np.concatenate([handles.kinds, handles.kinds[self.sources]]),
            np.concatenate([handles.normals, normals]),
        )


def _across(points: np.ndarray, left: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Points [N, 3] on the other side of the plane through ``middle`` across ``left``."""
    return points - 2 * ((points - middle) @ left)[:, None] * left


def _check_positions(positions: np.ndarray, count: int) -> None:
    if positions.shape != (count, 3) or not (np.abs(positions) <= _LARGEST).all():
        raise EditError(
            f"The positions of the {count} handles are not {count} points [x, y, z] of finite numbers"
        )


def _check_on_skin(
    vertices: np.ndarray, positions: np.ndarray, flat: np.ndarray, skin: np.ndarray
) -> None:
    if vertices.min() < 0 or vertices.max() >= len(skin):
        raise EditError(
            f"A handle sits on vertex {vertices[(vertices < 0) | (vertices >= len(skin))][0]}, "
            f"but the model has {len(skin)} vertices: use handles made for this model"
        )
    far = np.linalg.norm(positions - skin[vertices], axis=1)
    far = np.where(flat, 0.0, far)
    if far.max() > FARTHEST_MM:
        raise EditError(
            f"The handle on vertex {vertices[far.argmax()]} is {far.max():.0f} mm from its point: "
            "give positions in millimetres in the space of the model's head"
        )
