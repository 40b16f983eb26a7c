# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A space of neutral faces: a mean on one template, and ways in which people differ from it (numpy only)."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..anatomy.survey import FaceSurvey
from ..errors import ScanError
from ..geometry.mesh import Mesh, area_vectors
from ..geometry.topology import component_labels, corner_edges

#: Ways that a space keeps at most.
MOST_WAYS = 60
#: The largest extent of a head lies from here to ten times as far, mm; that tells a file's unit.
_SMALLEST_HEAD = 110.0


@dataclass(frozen=True)
class FaceSpace:
    """Neutral faces of many people: ``mean + sum_k z_k ways_k``.

    Attributes:
        mean: the template, mm.
        ways: [K, V, 3] float32 mm for each standard deviation.
        name: of the file or package.
    """

    mean: Mesh
    ways: np.ndarray
    name: str

    def shape(self, identity: np.ndarray) -> np.ndarray:
        """[V, 3] mm of an identity [K]."""
        return self.mean.vertices + np.tensordot(identity, self.ways, 1)

    @cached_property
    def survey(self) -> FaceSurvey:
        """Of the mean's face."""
        return FaceSurvey(self.mean)

    @property
    def stamp(self) -> str:
        """What tells this space from others."""
        digest = hashlib.sha256(np.round(self.mean.vertices, 2).astype("<f4").tobytes())
        digest.update(np.round(self.ways, 3).astype("<f4").tobytes())
        return digest.hexdigest()[:16]


def space_of(mean: Mesh, ways: np.ndarray, name: str, most: int = MOST_WAYS) -> FaceSpace:
    """A space of a file's parts: the skin alone, in millimetres, with at most ``most`` ways.

    Args:
        mean: in any unit that is a power of ten of mm; parts beside the skin are left out.
        ways: [K, V, 3] in the same unit, for each standard deviation.
        name: for the messages.

    Raises:
        ScanError: sizes do not fit, or there is nothing to tell people apart.
    """
    if ways.ndim != 3 or ways.shape[1:] != mean.vertices.shape or not len(ways):  # noqa: PLR2004
        raise ScanError(f"'{name}' holds a mean face and ways that do not fit: pick another file")
    if not (np.isfinite(mean.vertices).all() and np.isfinite(ways).all()):
        raise ScanError(f"'{name}' holds numbers that are none: load it again from its source")
    label = component_labels(len(mean.vertices), corner_edges(mean))
    parts, counts = np.unique(label, return_counts=True)
    keep = label == parts[np.argmax(counts)]
    skin = _outward(_part(mean, keep))
    extent = float(np.ptp(skin.vertices, axis=0).max())
    if extent <= 0:
        raise ScanError(f"'{name}' holds a face without size: pick another file")
    unit = 10.0 ** np.ceil(np.log10(_SMALLEST_HEAD / extent))
    kept = (np.asarray(ways, np.float32)[:, keep] * np.float32(unit)).astype(np.float32)
    return FaceSpace(
        skin.with_vertices((skin.vertices * np.float32(unit)).astype(np.float32)),
        kept[:most],
        name,
    )


def condensed(ways: np.ndarray, most: int) -> np.ndarray:
    """[K', V, 3]: directions that hold most of differences [K, V, 3] between people, one deviation of them each."""
    flat = ways.reshape(len(ways), -1).astype(np.float64)
    values, vectors = np.linalg.eigh(flat @ flat.T)
    order = np.argsort(values)[::-1][:most]
    order = order[values[order] > 1e-6 * max(values.max(), 1e-12)]
    # a person is some of the differences, each about once in a while: the root of their number is one deviation
    out = vectors[:, order].T @ flat / np.sqrt(len(ways))
    return out.reshape(len(order), *ways.shape[1:]).astype(np.float32)


def without_motion(mean: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """Ways [K, V, 3] without what shifts, turns or scales the mean [V, 3] as a whole."""
    place = mean - mean.mean(axis=0)
    moves = [np.tile(axis, (len(mean), 1)) for axis in np.eye(3)]
    moves += [np.cross(axis, place) for axis in np.eye(3)]
    moves.append(place)
    basis, _ = np.linalg.qr(np.stack(moves).reshape(7, -1).T)
    flat = ways.reshape(len(ways), -1)
    return (flat - (flat @ basis) @ basis.T).reshape(ways.shape)


def _outward(mesh: Mesh) -> Mesh:
    """The mesh with faces that look away from its middle, as a head's do."""
    triangles = mesh.triangles
    middle = mesh.vertices[triangles].mean(axis=1) - mesh.vertices.mean(axis=0)
    if np.einsum("ij,ij->", area_vectors(mesh.vertices, triangles), middle) >= 0:
        return mesh
    face = np.repeat(np.arange(len(mesh.face_sizes)), mesh.face_sizes)
    order = np.lexsort((-np.arange(len(face)), face))
    return Mesh(mesh.vertices, mesh.face_vertices[order], mesh.face_sizes, mesh.name)


def _part(mesh: Mesh, keep: np.ndarray) -> Mesh:
    """The faces of some vertices, and these alone."""
    number = np.cumsum(keep) - 1
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    used = keep[mesh.face_vertices[starts]]
    corners = np.repeat(used, mesh.face_sizes)
    return Mesh(
        mesh.vertices[keep],
        number[mesh.face_vertices[corners]].astype(np.int32),
        mesh.face_sizes[used],
        mesh.name,
    )
