# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an eye sees at the mouth, in figures: lips that are held, and creases that no scan has."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.geometry.mesh import Mesh, area_vectors
from aim_blender_addon.backend.muscles.flesh import Flesh

#: Skin so near to a rim is the rim; so near it is lip and corner of the mouth, mm.
RIM_MM, LIP_MM = 2.0, 20.0


@dataclass(frozen=True)
class LipFigures:
    """Measures the mouth of a simulated skin beside the plain sum of shapes.

    Attributes:
        rim: [R] vertices of the lips' rims.
        triangles: [T, 3] of the skin.
        pairs: [P, 2] triangles that share an edge, at lips and corners of the mouth.
    """

    rim: np.ndarray
    triangles: np.ndarray
    pairs: np.ndarray

    @classmethod
    def of(cls, mesh: Mesh, survey: FaceSurvey, flesh: Flesh) -> "LipFigures":
        """Those of a face with a mouth that opens, on skin that the flesh carries."""
        mouth = survey.rims["mouth"]
        apart = cKDTree(np.concatenate([mouth.upper, mouth.lower])).query(mesh.vertices)[0]
        carried = np.zeros(len(apart), bool)
        carried[flesh.skin] = True
        near = (carried & (apart < LIP_MM))[mesh.triangles].all(axis=1)
        triangles = mesh.triangles[near]
        edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        _, first, which, count = np.unique(
            edges, axis=0, return_index=True, return_inverse=True, return_counts=True
        )
        last = np.zeros(len(first), int)
        last[which.ravel()] = np.arange(len(edges))
        two = count == 2  # noqa: PLR2004
        pairs = np.stack([first[two], last[two]], axis=1) // 3
        return cls(np.flatnonzero(carried & (apart < RIM_MM)), triangles, pairs)

    def held(self, skin: np.ndarray, plain: np.ndarray) -> float:
        """mm by which the rims [V, 3] are off the plain sum's, 95th percentile."""
        return float(np.percentile(np.linalg.norm(skin[self.rim] - plain[self.rim], axis=1), 95))

    def creased(self, skin: np.ndarray, plain: np.ndarray) -> float:
        """Degrees by which the skin [V, 3] bends across edges otherwise than the plain sum, 99th percentile."""
        return float(np.percentile(np.abs(self._bend(skin) - self._bend(plain)), 99))

    def _bend(self, skin: np.ndarray) -> np.ndarray:
        """[P] degrees between neighbouring triangles."""
        across = area_vectors(skin, self.triangles)
        across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
        one, other = across[self.pairs.T]
        sine = np.linalg.norm(np.cross(one, other), axis=1)
        return np.degrees(np.arctan2(sine, (one * other).sum(axis=1)))
