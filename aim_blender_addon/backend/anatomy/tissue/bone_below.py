# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the skin lies over bone, and where it does not: lips, cheeks, lids, nose tip, ears, neck."""

import numpy as np
from scipy.spatial import cKDTree

from ...geometry.mesh import Mesh
from ...geometry.rays import BoneHits
from ...geometry.topology import edge_use
from ..jaw.joint import JawJoint

#: Deeper bone carries no skin, mm. The deepest bony landmarks (pogonion, gonion) have 10 to 11 mm of tissue on
#: average, 16 to 18 with two standard deviations [Stephan2008]. Cheeks have more.
DEEPEST_OVER_BONE_MM = 18.0
#: Height of the crown of a front tooth (10 mm; Wheeler): nearer to the other jaw than this a ray met a tooth. The lips
#: slide on teeth, they do not rest on them.
CROWN_MM = 10.0
#: Teeth stand before this fraction of the line from the condyles to the incisors.
FRONT_SHARE = 0.45
#: Steepest step of the depth between neighbouring points, over their distance (tan 45 degrees). Steeper bone is
#: seen edge-on, or is another piece: the rim of an orbit, the nose or the cheekbone.
STEEPEST = 1.0
#: Steps of the depth up to this, mm, are noise of scans and bone meshes, however short the distance.
STEP_MM = 0.5


def bone_below(
    neutral: Mesh, hits: BoneHits, skull: Mesh, jaw: Mesh, joint: JawJoint
) -> np.ndarray:
    """How surely bone carries each vertex of the skin, [V]: 1 inside, 0.5 at the border, 0 where there is none.

    Interpolated over the skin, 0.5 and more is bone. Some rays do not count as bone: those that meet nothing, bone
    too deep to carry skin, or a tooth's crown. Places where the depth jumps do not count either.

    Args:
        neutral: skin in rest.
        hits: where its vertices' rays meet bone.
        skull, jaw: the bones.
        joint: gives the place of the teeth.
    """
    depth = np.where(hits.hit, hits.depth, 0.0)
    met = neutral.vertices - depth[:, None] * neutral.normals.astype(np.float64)
    bone = hits.hit & (depth <= DEEPEST_OVER_BONE_MM) & ~_on_crown(met, hits, skull, jaw, joint)
    edges, _ = edge_use(neutral)
    ends = neutral.vertices[edges].astype(np.float64)
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    step = np.abs(depth[edges[:, 0]] - depth[edges[:, 1]])
    jumps = bone[edges].all(axis=1) & (step > STEEPEST * length + STEP_MM)
    bone[edges[jumps]] = False
    bony_neighbours = _fraction_of_neighbours(bone, edges)
    return np.where(
        bone & (bony_neighbours >= 0.5), np.where(bony_neighbours >= 1.0, 1.0, 0.5), 0.0
    )


def _on_crown(
    met: np.ndarray, hits: BoneHits, skull: Mesh, jaw: Mesh, joint: JawJoint
) -> np.ndarray:
    """Which [V] of the points met [V, 3] are on teeth: in the front, and near the other jaw."""
    ahead = (met - joint.pivot) @ joint.front > FRONT_SHARE * joint.length
    other = np.full(len(met), np.inf)
    for on_jaw, bone in ((True, skull), (False, jaw)):
        tested = np.flatnonzero(hits.hit & ahead & (hits.on_jaw == on_jaw))
        if len(tested):
            tree = cKDTree(bone.vertices)
            other[tested] = tree.query(met[tested], distance_upper_bound=CROWN_MM)[0]
    return other < CROWN_MM


def _fraction_of_neighbours(chosen: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Share [V] of each vertex' neighbours that are chosen [V] bool; zero at loose vertices."""
    count = len(chosen)
    both = np.concatenate([edges, edges[:, ::-1]])
    total = np.bincount(both[:, 0], minlength=count)
    return np.bincount(both[:, 0], chosen[both[:, 1]], count) / np.maximum(total, 1)
