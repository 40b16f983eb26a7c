# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Displacements of one face as those of another: turned, stretched and thickened as its tissue is.

At every vertex a displacement is split in the anatomical frame: along the skin it grows with the face, off the bone
with the tissue's thickness. Chandran et al. (2022) keep tissue to its bone in the same spirit.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from ..anatomy.mouth_parts import bone_behind
from ..contact.lining import Hanging, hang
from ..contact.settings import LINING
from ..geometry.mesh import vertex_normals
from ..geometry.rigid import nearest_rotation
from .correspondence import Correspondence
from .retarget_face import RetargetFace


@dataclass(frozen=True)
class TransferSettings:
    """Lengths and bounds of the transfer.

    Attributes:
        frame_mm: detail of local frames below this is smoothed out: wrinkles do not turn motion.
        thickness_mm: the same for the ratio of thickness.
        fill_mm: the same for motion that is continued, as a soap film, where the source has no such skin.
        thinnest, thickest: bounds of the ratio of motion off the bone, times the ratio of the faces' sizes.
        min_thickness_mm: thinner tissue counts as this.
        min_trust: weight of skin that the map does not trust, so that every vertex is determined.
        behind_trust: lining of the mouth whose map is trusted less hangs on the lips instead.
        normal_weight: of the normals beside the edges in a local frame.
    """

    frame_mm: float = 10.0
    thickness_mm: float = 15.0
    fill_mm: float = 0.5
    thinnest: float = 0.7
    thickest: float = 1.4
    min_thickness_mm: float = 1.0
    min_trust: float = 1e-3
    behind_trust: float = 0.5
    normal_weight: float = 0.5


TRANSFER = TransferSettings()


@dataclass(frozen=True)
class Transfer:
    """Carries fields from a source's skin to a target's.

    Attributes:
        source, target: the faces.
        map: their correspondence.
        local: [S, 3, 3] matrix of a displacement from the source to each target vertex.
        hanging: linings, on the rest of the skin.
    """

    source: RetargetFace
    target: RetargetFace
    map: Correspondence
    local: np.ndarray
    hanging: Hanging

    def matrix(self) -> sp.csr_matrix:
        """The transfer as a matrix [3 S, 3 S'], zero where the map is not trusted; linings hang on lips and lids."""
        points, count = self.map.points, len(self.map.points.corners)
        parts = self.local[:, None] * (points.weights * self.map.trust[:, None])[..., None, None]
        rows = 3 * np.arange(count)[:, None, None, None] + np.arange(3)[:, None]
        columns = 3 * points.corners[:, :, None, None] + np.arange(3)
        rows, columns = (np.broadcast_to(a, parts.shape).ravel() for a in (rows, columns))
        shape = (3 * count, 3 * len(self.source.skin.vertices))
        whole = sp.csr_matrix((parts.ravel(), (rows, columns)), shape)
        return (sp.kron(self._hung, sp.eye(3)).tocsr() @ whole).astype(np.float32)

    def displacements(self, fields: np.ndarray) -> np.ndarray:
        """Fields [E, S', 3] of the source as [E, S, 3] float32 of the target, filled where nothing corresponds."""
        moved = np.stack([self.map.points.interpolate(field) for field in fields], axis=1)
        moved = np.einsum("sij,sej->sei", self.local, moved)
        flat = moved.reshape(len(moved), -1)
        filled = self._hung @ self._filled(flat)
        return np.ascontiguousarray(filled.reshape(moved.shape).transpose(1, 0, 2), np.float32)

    def jaw_weight(self) -> np.ndarray:
        """The source's jaw weight at the target's vertices [S]; linings lie on the bone behind them."""
        target = self.target
        weight = self._filled(self.map.points.interpolate(self.source.jaw_weight[:, None]))
        bone, bone_weight = np.zeros(len(weight)), np.zeros(len(weight))
        mouth = target.linings.get("mouth")
        if mouth is not None:
            bone, sure = bone_behind(target.skin.vertices, target.joint)
            bone_weight = np.where(mouth.inside & sure, LINING.hangs_mm**-2, 0.0)
        weight = self.hanging.film(weight, bone_weight, bone[:, None])
        return np.clip(weight[:, 0], 0, 1)

    @cached_property
    def _hung(self) -> sp.csr_matrix:
        return self.hanging.matrix()

    def _filled(self, values: np.ndarray) -> np.ndarray:
        """Values [S, C] as the map has them, continued where nothing corresponds."""
        if self.map.trust.min() >= 1.0 and not self.hanging.free.any():
            return values  # every vertex has its own place: a film would only blur
        weight = np.where(self.hanging.free, 0.0, TRANSFER.min_trust + self.map.trust)
        return self.target.operator.fill(values, weight, TRANSFER.fill_mm, bending=False)


def make_transfer(source: RetargetFace, target: RetargetFace, mapped: Correspondence) -> Transfer:
    """Local frames and sizes of a correspondence."""
    rest = target.skin.vertices.astype(np.float64)
    warped = mapped.warped
    target_normals = target.skin.normals.astype(np.float64)
    source_normals = vertex_normals(warped, target.skin.triangles).astype(np.float64)
    trust = TRANSFER.min_trust + mapped.trust
    turn = _turns(target, rest, warped, target_normals, source_normals, trust)
    size = size_ratio(source, target)
    thicker = np.clip(
        _thickness_ratio(source, target, mapped, trust),
        size * TRANSFER.thinnest,
        size * TRANSFER.thickest,
    )
    along = np.eye(3) - source_normals[:, :, None] * source_normals[:, None]
    off = source_normals[:, :, None] * source_normals[:, None]
    local = turn @ (size * along + thicker[:, None, None] * off)
    behind, side = np.zeros(len(rest), bool), np.zeros(len(rest), int)
    for lining in target.linings.values():
        behind |= lining.inside & (mapped.trust < TRANSFER.behind_trust)
        side = np.where(lining.side != 0, lining.side, side)
    return Transfer(source, target, mapped, local, hang(target.operator, target.skin, behind, side))


def _turns(
    target: RetargetFace,
    rest: np.ndarray,
    warped: np.ndarray,
    target_normals: np.ndarray,
    source_normals: np.ndarray,
    trust: np.ndarray,
) -> np.ndarray:
    """Rotations [S, 3, 3] from the source's to the target's local frame (polar factor of edges and normals)."""
    triangles = target.skin.triangles
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    target_edges, source_edges = (
        rest[ends[:, 1]] - rest[ends[:, 0]],
        warped[ends[:, 1]] - warped[ends[:, 0]],
    )
    length = np.linalg.norm(target_edges, axis=1) * np.linalg.norm(source_edges, axis=1)
    outer = (
        target_edges[:, :, None] * source_edges[:, None] / np.maximum(length, 1e-9)[:, None, None]
    ).reshape(-1, 9)
    count = len(rest)
    total, uses = np.zeros((count, 9)), np.zeros(count)
    for end in ends.T:
        for k in range(9):
            total[:, k] += np.bincount(end, outer[:, k], count)
        uses += np.bincount(end, minlength=count)
    mean = total / np.maximum(uses, 1)[:, None]
    normals = (target_normals[:, :, None] * source_normals[:, None]).reshape(-1, 9)
    mean += TRANSFER.normal_weight * normals
    mean = target.operator.fill(mean, trust, TRANSFER.frame_mm, bending=False).reshape(-1, 3, 3)
    return nearest_rotation(mean)


def _thickness_ratio(
    source: RetargetFace, target: RetargetFace, mapped: Correspondence, trust: np.ndarray
) -> np.ndarray:
    """Tissue of the target over tissue of the source [S]."""
    thickness = mapped.points.interpolate(source.thickness[:, None])[:, 0]
    lowest = TRANSFER.min_thickness_mm
    log = np.log(np.maximum(target.thickness, lowest) / np.maximum(thickness, lowest))[:, None]
    return np.exp(target.operator.fill(log, trust, TRANSFER.thickness_mm, bending=False)[:, 0])


def size_ratio(source: RetargetFace, target: RetargetFace) -> float:
    """How much larger the target's face is, by the landmarks both have."""
    names = [
        n
        for n in (
            "nasion",
            "gnathion",
            "alare_left",
            "alare_right",
            "subnasale",
            "tragion_left",
            "tragion_right",
        )
        if n in source.landmarks and n in target.landmarks
    ]
    spread = [
        np.sqrt(np.stack([face.landmarks[n] for n in names]).var(axis=0).sum())
        for face in (source, target)
    ]
    return float(spread[1] / spread[0])
