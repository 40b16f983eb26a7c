# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How near to the bones and how far from them each point of the skin may come.

Thickness here is the distance to the nearest bone in the pose, so that skin may slide over bone. Its range comes
from the rest, from the scans and from what the jaw alone does to it. Where the rest is thinner than tissue is, or
inside bone, the rest is the limit: an edit is not blamed for it, and does not mend it either.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ..anatomy.jaw.joint import JawJoint
from ..anatomy.tissue.range import TISSUE_RANGE
from ..contact.bone_field import FIELD_ERROR_MM, FIELD_RATE, Bones
from ..contact.over_bone import SkinOverBone
from ..geometry.skinning import skin_with_jaw
from ..model.aim import AimModel

#: Range of the tissue about the rest (docs/method/sculpt.md, "Limits of tissue"). Its ``least_mm`` is more than the
#: error of the distance fields, so that skin that keeps it is outside the bone for certain.
RANGE = TISSUE_RANGE
#: Skin farther from bone than this in rest is not held by it: there thickness has no upper bound, mm (the deepest bony
#: landmarks have 16 to 18 mm of tissue at two standard deviations [Stephan2008]).
DEEPEST_MM = 18.0
#: Beyond the range of the scans there is room for this fraction of it,
SCAN_MARGIN = 0.1
#: and upwards for this on top, mm.
SCAN_MARGIN_MM = 1.0
#: Skin nearer to a bone than this is measured by the bone itself, mm: the fields' error at the edges of teeth.
TOUCHING_MM = 2.0
#: Rounds in which points are projected into the limits.
POINT_ROUNDS = 4


@dataclass(frozen=True)
class TissueLimits:
    """Bounds at the V vertices, mm.

    Attributes:
        bones: distances to them.
        floor: [V, 2] lower bound of the distances to skull and jaw.
        thinnest: [V] lower bound of the distance to the nearer of both.
        thickest: [V] upper bound of the distance to the nearer of both; infinite where bone does not hold the skin.
        neighbour_mean: [V, V] sparse, mean over the neighbours.
        over: edges and faces of the skin over the bones; None: vertices alone are held.
    """

    bones: Bones
    floor: np.ndarray
    thinnest: np.ndarray
    thickest: np.ndarray
    neighbour_mean: sp.csr_matrix
    over: SkinOverBone | None = None

    @classmethod
    def of(cls, model: AimModel, bones: Bones) -> "TissueLimits":
        """Limits of a model; ``bones`` are its own."""
        at = model.evaluate()
        rest = at.skin.astype(np.float64)
        # Where the rest is the limit it is measured exactly.
        bone_distance = bones.measured(rest, np.eye(4), TOUCHING_MM)
        seen = [bone_distance.min(axis=1)]
        for index, jaw in enumerate(model.jaw_poses):
            seen.append(bones.distances(model.scan(index).astype(np.float64), jaw).min(axis=1))
        low, high = np.min(seen, axis=0), np.max(seen, axis=0)
        for parameters in jaw_samples(model.joint):
            jaw = model.joint.pose(parameters)
            passive = skin_with_jaw(rest, jaw, at.jaw_weight)
            high = np.maximum(high, bones.distances(passive, jaw).min(axis=1))
        thinnest, thickest = thickness_range(bone_distance.min(axis=1), low, high)
        neighbour_mean = mean_of_neighbours(model.neutral.triangles, len(rest))
        floor = np.minimum(RANGE.least_mm, bone_distance)
        over = SkinOverBone(bones, rest, model.neutral.triangles)
        return cls(bones, floor, thinnest, thickest, neighbour_mean, over)

    def excess(self, bone_distance: np.ndarray, rows: np.ndarray) -> "Excess":
        """How far the vertices ``rows`` [N] are outside their limits.

        Args:
            bone_distance: [N, 2] mm, distances to skull and jaw.
            rows: [N].
        """
        nearer = bone_distance.argmin(axis=1)
        row = np.arange(len(rows))
        floor = self.floor[rows]
        floor[row, nearer] = np.maximum(floor[row, nearer], self.thinnest[rows])
        missing = floor - bone_distance
        bone = missing.argmax(axis=1)
        over = np.maximum(bone_distance[row, nearer] - self.thickest[rows], 0.0)
        needed = np.maximum(missing[row, bone], 0.0)
        return Excess(np.where(needed > 0, needed, -over), np.where(needed > 0, bone, nearer))

    def project_points(self, points: np.ndarray, rows: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """Points moved straight to and off the bones, until they are about within the limits.

        Args:
            points: [N, 3] mm, head space.
            rows: [N] vertices whose limits hold.
            jaw: [4, 4] its pose.
        """
        points = points.copy()
        for _ in range(POINT_ROUNDS):
            excess = self.excess(self.bones.distances(points, jaw), rows)
            outside = np.flatnonzero(excess.amount)
            if not len(outside):
                break
            direction = self.bones.outward(points[outside], jaw, excess.bone[outside])
            points[outside] += excess.amount[outside, None] * direction
        return points

    def slack(self, bone_distance: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """How far [N] mm vertices may move and keep their limits for certain; below zero: they may not.

        Args:
            bone_distance: [N, 2] mm, distances to skull and jaw by the fields.
            rows: [N] vertices.
        """
        free = self.exact_slack(bone_distance, rows)
        free = np.minimum(free, bone_distance.min(axis=1) - TOUCHING_MM)
        return free / FIELD_RATE - FIELD_ERROR_MM

    def exact_slack(self, bone_distance: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The same of distances by the bones themselves, which change no faster than skin moves."""
        near = bone_distance.min(axis=1)
        free = (bone_distance - self.floor[rows]).min(axis=1)
        free = np.minimum(free, near - self.thinnest[rows])
        return np.minimum(free, self.thickest[rows] - near)


@dataclass(frozen=True)
class Excess:
    """How far N points are outside their limits.

    Attributes:
        amount: [N] mm to be pushed off the bone; negative: to be pulled to it; zero: within the limits.
        bone: [N] 0 the skull, 1 the jaw.
    """

    amount: np.ndarray
    bone: np.ndarray


def thickness_range(
    rest: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper bound [V] mm of the distance to the nearest bone.

    Args:
        rest: [V] mm, that distance in the neutral.
        low: [V] mm, the smallest that scans show.
        high: [V] mm, the largest that scans and the jaw alone show.
    """
    thinnest = np.minimum(RANGE.thinnest * rest, (1 - SCAN_MARGIN) * low)
    thickest = np.maximum(RANGE.upper_bound(rest), (1 + SCAN_MARGIN) * high + SCAN_MARGIN_MM)
    thickest[rest > DEEPEST_MM] = np.inf
    return np.clip(thinnest, np.minimum(RANGE.least_mm, rest), rest), thickest


def jaw_samples(joint: JawJoint) -> np.ndarray:
    """Parameters [N, 4] of jaw poses spread over what the joint allows."""
    low, high = joint.limits.bounds()
    opening = np.array([0.0, 0.5, 1.0])[:, None] * [high[0], 0, 0, 0]
    sides = np.array(
        [[0, 0, 0, 0], [0, high[1], 0, 0], [0, 0, low[2], 0], [0, 0, high[2], 0]], float
    )
    return (opening[:, None] + sides).reshape(-1, 4)


def mean_of_neighbours(triangles: np.ndarray, count: int) -> sp.csr_matrix:
    """[V, V] takes values at ``count`` vertices to the means over their neighbours along edges."""
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    ends = np.concatenate([ends, ends[:, ::-1]])
    matrix = sp.coo_matrix((np.ones(len(ends)), ends.T), (count, count)).tocsr()
    matrix.data[:] = 1.0
    each = 1 / np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1)
    return (sp.diags(each) @ matrix).tocsr()
