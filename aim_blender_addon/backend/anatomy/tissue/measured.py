# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dense anatomy of the neutral skin: thickness, bone direction and jaw weight at every vertex.

Rays give the tissue depth where bone lies below (two fifths of a head, a tenth of it on the jaw).
Elsewhere (lips, lids, cheeks, nose tip, neck) a smooth membrane goes on from the bone and stays inside the skin.
"""

from dataclasses import dataclass

import numpy as np
import trimesh
from scipy.spatial import cKDTree
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ...geometry.laplacian import SurfaceOperator
from ...geometry.mesh import Mesh
from ...geometry.rays import BoneHits, cast_to_bones
from ...geometry.rigid import move_rigidly
from ...geometry.robust import geman_mcclure
from ..jaw.joint import JawJoint
from .bone_below import bone_below
from .membrane import with_membrane


@dataclass(frozen=True)
class DenseAnatomy:
    """Per-vertex targets of the implicit anatomy.

    Attributes:
        thickness: [V] mm, >= 0.
        normal: [V, 3] unit, from bone to skin.
        jaw_weight: [V] in [0, 1].
        hits: the rays behind them.
        bone_below: [V] 1 over bone, 0.5 at its border, 0 over the membrane; see ``anatomy.tissue.bone_below``.
    """

    thickness: np.ndarray
    normal: np.ndarray
    jaw_weight: np.ndarray
    hits: BoneHits
    bone_below: np.ndarray


#: Detail below this length (mm) is smoothed out of the depths where they are continued over unmeasured skin.
DEPTH_DETAIL_MM = 1.5
#: Detail below this length (mm) is smoothed out of the jaw weight.
WEIGHT_DETAIL_MM = 4.0
#: Bone deeper than this, mm, does not say whether the skin above goes with skull or jaw.
KNOWN_DEPTH_MM = 25.0


def measure_anatomy(
    neutral: Mesh,
    skull: Mesh,
    jaw: Mesh,
    operator: SurfaceOperator,
    joint: JawJoint,
    used: np.ndarray | None = None,
) -> DenseAnatomy:
    """Thickness and bone direction from rays; jaw weight from which bone lies below.

    Over bone the direction is the skin's normal and the thickness that of the ray, unchanged.

    Args:
        neutral: skin in rest.
        skull, jaw: the bones.
        operator: of the neutral.
        joint: of the jaw.
        used: [V] bool, rays that may be used; the others are filled in. All by default: for measuring how
            well the functions hold where no ray was cast.
    """
    through = _distance_through(neutral)
    hits = _hits_before(through, neutral, skull, jaw)
    below = bone_below(neutral, hits, skull, jaw, joint)
    used_rays = np.ones(len(below), bool) if used is None else np.asarray(used, bool)
    known = used_rays & (below > 0)
    depth = np.where(known, hits.depth, 0.0)
    filled = operator.fill(depth[:, None], known.astype(np.float64), DEPTH_DETAIL_MM)[:, 0]
    if known.any():
        filled = np.clip(filled, *np.percentile(depth[known], [1, 99]))
    if not used_rays.all():
        filled_below = operator.fill(
            below[:, None], used_rays.astype(np.float64), 1.0, bending=False
        )[:, 0]
        below = np.where(used_rays, below, np.where(filled_below >= 0.5, filled_below, 0.0))
    thickness = np.where(known, depth, filled)
    thickness, normal = with_membrane(neutral, thickness, below > 0, through, operator)
    return DenseAnatomy(thickness, normal, jaw_weight_below(hits, operator), hits, below)


def bones_below(neutral: Mesh, skull: Mesh, jaw: Mesh) -> BoneHits:
    """The bone below each vertex of the neutral, as :func:`measure_anatomy` finds it."""
    return _hits_before(_distance_through(neutral), neutral, skull, jaw)


def jaw_weight_below(hits: BoneHits, operator: SurfaceOperator) -> np.ndarray:
    """Jaw weight [V]: 1 over the mandible, 0 over the skull, a soap film in between.

    The film runs along the skin, so the lower lip goes with the jaw and the upper lip does not.
    """
    known = hits.hit & (hits.depth < KNOWN_DEPTH_MM)
    target = (known & hits.on_jaw).astype(np.float64)[:, None]
    field = operator.fill(target, known.astype(np.float64), WEIGHT_DETAIL_MM, bending=False)
    return np.clip(field[:, 0], 0.0, 1.0)


def refine_jaw_weight(
    anatomy: DenseAnatomy,
    neutral: np.ndarray,
    scans: np.ndarray,
    jaws: np.ndarray,
    operator: SurfaceOperator,
) -> np.ndarray:
    """Jaw weight [V] that also explains how the skin moved in the scans where the jaw moved.

    At each vertex it is the share k of the jaw's motion by robust least squares: lips and cheeks also move by
    themselves. It is smooth along the skin, and stays at the anatomy's weight where no scan moves the jaw.

    Args:
        anatomy: the weight to start from and the rays.
        neutral: [V, 3] mm.
        scans: [E, V, 3] mm.
        jaws: [E, 4, 4].
        operator: of the neutral.
    """
    weight = anatomy.jaw_weight
    rest = np.asarray(neutral, np.float64)
    for _ in range(3):
        numerator, denominator = np.zeros(len(rest)), np.zeros(len(rest))
        for scan, jaw in zip(np.asarray(scans, np.float64), jaws, strict=True):
            jaw_motion = move_rigidly(rest, jaw) - rest
            skin_motion = scan - rest
            size = (jaw_motion**2).sum(axis=1)
            squared_residual = ((skin_motion - weight[:, None] * jaw_motion) ** 2).sum(axis=1)
            trust = geman_mcclure(squared_residual / (4.0 + 0.05 * size))
            numerator += trust * (skin_motion * jaw_motion).sum(axis=1)
            denominator += trust * size
        # 25 mm^2: a jaw motion of 5 mm counts as much as the anatomy does.
        prior = np.where(anatomy.hits.hit, 0.2, 0.02) * 25.0
        total = denominator + prior
        estimate = (numerator + prior * anatomy.jaw_weight) / total
        weight = operator.fill(estimate[:, None], total / 25.0, WEIGHT_DETAIL_MM, bending=False)[
            :, 0
        ]
        weight = np.clip(weight, 0.0, 1.0)
    return weight


def _hits_before(through: np.ndarray, neutral: Mesh, skull: Mesh, jaw: Mesh) -> BoneHits:
    """Bone hits; a ray that leaves the head again (an ear, a lip) before it meets bone does not count."""
    hits = cast_to_bones(neutral.vertices, neutral.normals, skull, jaw)
    return BoneHits(np.where(hits.depth < through, hits.depth, np.inf), hits.on_jaw)


def _distance_through(neutral: Mesh) -> np.ndarray:
    """Distance [V] along the inward normal to the skin on the other side; infinite if there is none."""
    surface = trimesh.Trimesh(neutral.vertices, neutral.triangles, process=False)
    normals = neutral.normals.astype(np.float64)
    origins = neutral.vertices.astype(np.float64) - 0.05 * normals
    places, rays, _ = RayMeshIntersector(surface).intersects_location(
        origins, -normals, multiple_hits=False
    )
    distance = np.full(len(origins), np.inf)
    distance[rays] = np.linalg.norm(places - origins[rays], axis=1)
    # Folds narrower than a few edges: the smallest of the neighbourhood speaks for all of it.
    _, near = cKDTree(neutral.vertices).query(neutral.vertices, k=min(7, len(origins)))
    return distance[near].min(axis=1)
