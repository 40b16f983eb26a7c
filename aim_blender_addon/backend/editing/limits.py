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
from ..geometry.skinning import skin_with_jaw
from ..model.aim import AimModel
from .bone_field import Bones

#: Least distance of skin from bone, mm: skin alone is 1 to 2 mm thick, and lips pressed on teeth keep half of that.
#: More than the error of the distance fields, so that what keeps it is outside the bone for certain.
LEAST_MM = 0.5
#: Thickness may fall to this share of the rest, and grow to that share and a little, mm.
THINNEST, THICKEST, THICKEST_MM = 0.5, 1.5, 2.0
#: Skin farther from bone than this in rest is not held by it: there thickness has no upper end, mm (the deepest bony
#: landmarks have 16 to 18 mm of tissue at two standard deviations; Stephan and Simpson 2008).
DEEPEST_MM = 18.0
#: Beyond what the scans show there is room for so much more.
SCAN_MARGIN, SCAN_MARGIN_MM = 0.1, 1.0
#: Skin nearer to a bone than this is looked at exactly: the fields' error at the edges of teeth, mm.
TOUCHING_MM = 2.0
#: Rounds in which a place is moved into the limits.
PLACE_ROUNDS = 4
#: How much the distance fields may change faster than distances do: so much, mm, and, beyond their grids, at most so
#: many times as fast.
FIELD_ERROR_MM, FIELD_RATE = 0.5, 1.5


@dataclass(frozen=True)
class TissueLimits:
    """Bounds at the V vertices, mm.

    Attributes:
        bones: distances to them.
        floor: [V, 2] least distance to skull and jaw.
        thinnest: [V] least distance to the nearer of both.
        thickest: [V] largest distance to the nearer of both; infinite where bone does not hold the skin.
        spread: [V, V] sparse, mean over the neighbours.
    """

    bones: Bones
    floor: np.ndarray
    thinnest: np.ndarray
    thickest: np.ndarray
    spread: sp.csr_matrix

    @classmethod
    def of(cls, model: AimModel, bones: Bones) -> "TissueLimits":
        """Limits of a model; ``bones`` are its own."""
        at = model.evaluate()
        rest = at.skin.astype(np.float64)
        away = bones.measured(rest, np.eye(4), TOUCHING_MM)  # where the rest is the limit, exactly
        seen = [away.min(axis=1)]
        for index, jaw in enumerate(model.jaw_poses):
            seen.append(bones.distances(model.scan(index).astype(np.float64), jaw).min(axis=1))
        low, high = np.min(seen, axis=0), np.max(seen, axis=0)
        for parameters in jaw_samples(model.joint):
            jaw = model.joint.pose(parameters)
            passive = skin_with_jaw(rest, jaw, at.jaw_weight)
            high = np.maximum(high, bones.distances(passive, jaw).min(axis=1))
        thickness = away.min(axis=1)
        least = np.minimum(LEAST_MM, thickness)
        thinnest = np.minimum(THINNEST * thickness, (1 - SCAN_MARGIN) * low)
        thickest = np.maximum(
            THICKEST * thickness + THICKEST_MM, (1 + SCAN_MARGIN) * high + SCAN_MARGIN_MM
        )
        thickest[thickness > DEEPEST_MM] = np.inf
        return cls(
            bones,
            np.minimum(LEAST_MM, away),
            np.clip(thinnest, least, thickness),
            thickest,
            _mean_of_neighbours(model.neutral.triangles, len(rest)),
        )

    def excess(self, away: np.ndarray, rows: np.ndarray) -> "Excess":
        """What is wrong with the vertices ``rows`` [N] that are ``away`` [N, 2] mm from skull and jaw."""
        nearer = away.argmin(axis=1)
        row = np.arange(len(rows))
        floor = self.floor[rows]
        floor[row, nearer] = np.maximum(floor[row, nearer], self.thinnest[rows])
        lacking = floor - away
        which = lacking.argmax(axis=1)
        over = np.maximum(away[row, nearer] - self.thickest[rows], 0.0)
        needed = np.maximum(lacking[row, which], 0.0)
        return Excess(np.where(needed > 0, needed, -over), np.where(needed > 0, which, nearer))

    def lawful_places(self, places: np.ndarray, rows: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """Places [N, 3] mm of the vertices ``rows`` [N] moved straight to and off the bones, jaw posed [4, 4], until
        they are about within the limits."""
        places = places.copy()
        for _ in range(PLACE_ROUNDS):
            excess = self.excess(self.bones.distances(places, jaw), rows)
            wrong = np.flatnonzero(excess.amount)
            if not len(wrong):
                break
            way = self.bones.outward(places[wrong], jaw, excess.which[wrong])
            places[wrong] += excess.amount[wrong, None] * way
        return places

    def slack(self, away: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """How far [N] mm vertices ``rows`` [N] may move and surely keep their limits; below zero: they may not.

        Args:
            away: [N, 2] mm, how far they are from skull and jaw.
            rows: [N].
        """
        free = np.minimum(self.exact_slack(away, rows), away.min(axis=1) - TOUCHING_MM)
        return free / FIELD_RATE - FIELD_ERROR_MM

    def exact_slack(self, away: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The same of distances by the bones themselves, which change no faster than skin moves."""
        near = away.min(axis=1)
        free = np.minimum((away - self.floor[rows]).min(axis=1), near - self.thinnest[rows])
        return np.minimum(free, self.thickest[rows] - near)


@dataclass(frozen=True)
class Excess:
    """How far points must be pushed off a bone: ``amount`` [N] mm (negative: pulled to it), ``which`` [N] bone."""

    amount: np.ndarray
    which: np.ndarray


def jaw_samples(joint: JawJoint) -> np.ndarray:
    """Parameters [N, 4] of jaw poses spread over what the joint allows."""
    low, high = joint.limits.bounds()
    opening = np.array([0.0, 0.5, 1.0])[:, None] * [high[0], 0, 0, 0]
    sides = np.array(
        [[0, 0, 0, 0], [0, high[1], 0, 0], [0, 0, low[2], 0], [0, 0, high[2], 0]], float
    )
    return (opening[:, None] + sides).reshape(-1, 4)


def _mean_of_neighbours(triangles: np.ndarray, count: int) -> sp.csr_matrix:
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    ends = np.concatenate([ends, ends[:, ::-1]])
    matrix = sp.coo_matrix((np.ones(len(ends)), ends.T), (count, count)).tocsr()
    matrix.data[:] = 1.0
    share = 1 / np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1)
    return (sp.diags(share) @ matrix).tocsr()
