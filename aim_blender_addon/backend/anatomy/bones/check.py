# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Are the bones bones of this head: closed, inside the skin, not swapped, in its units?"""

import numpy as np
import trimesh
from scipy.spatial import cKDTree
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ...errors import BonesError
from ...geometry.mesh import Mesh, area_vectors
from ...geometry.symmetry import half_sphere
from ...geometry.topology import border_vertices, triangle_edges

#: Bone may lie this far outside the skin before it counts (noise of scans, teeth behind parted lips), mm.
SLACK_MM = 1.0
#: Largest fraction of a bone's vertices outside: front teeth show in a parted mouth.
SHARE_OUTSIDE = 0.01
#: No vertex of a bone may lie farther outside than this, mm.
FARTHEST_OUTSIDE_MM = 3.0
#: A point is outside if no skin is met in more than this share of the half sphere away from the skin.
FREE_SKY = 0.5
#: A point is outside if its winding number is below this: one inside a closed skin, zero outside.
ENCLOSED = 0.1
#: Rays that look at that half sphere.
SKY_RAYS = 32
#: Nothing of a head is farther from its skin than this, even where a mask shows only the face, mm.
FARTHEST_BONE_MM = 170.0


def check_bones(neutral: Mesh, skull: Mesh, jaw: Mesh) -> None:
    """Raise a BonesError, one sentence with the way out, unless the bones can be used.

    Args:
        neutral: skin in rest.
        skull: cranium, any number of parts.
        jaw: mandible, any number of parts.
    """
    for bone in (skull, jaw):
        if not len(bone.triangles):
            raise BonesError(
                f"'{bone.name}' has no faces: pick a bone mesh with a surface, or use Estimate Bones"
            )
        if not np.isfinite(bone.vertices).all():
            raise BonesError(
                f"'{bone.name}' has coordinates that are not numbers: export the bone again"
            )
        _check_size(neutral, bone)
    if len(skull.vertices) == len(jaw.vertices) and np.array_equal(skull.vertices, jaw.vertices):
        raise BonesError(
            f"'{jaw.name}' is picked as skull and as jaw: pick the cranium as one, the mandible as other"
        )
    if _extent(jaw) > 1.05 * _extent(skull):
        raise BonesError(
            f"'{jaw.name}' is picked as jaw but is larger than the skull '{skull.name}': "
            "the two are swapped, exchange them in the Bones panel"
        )
    for bone in (skull, jaw):
        check_closed(bone)
        _check_inside(neutral, bone)


def inside_skin(neutral: Mesh, points: np.ndarray) -> np.ndarray:
    """Which [N] bool of the points [N, 3] lie inside the skin; see :func:`outside_skin` for what counts."""
    return outside_skin(neutral, points) == 0


def outside_skin(neutral: Mesh, points: np.ndarray) -> np.ndarray:
    """How far [N] mm points [N, 3] lie outside the skin; zero is inside.

    A point is outside where the nearest skin faces it, the sky is free beyond, and the skin does not surround
    it. No test alone suffices. Lids and the walls of a modelled mouth face inwards, and such a mouth is not
    surrounded. Through a neck, an eye or the back of a mask, much sky is seen from within. Where an edge of the
    skin is nearest (parted lips, the rim of a mask), nothing is known. Such a point counts as inside, unless it is
    farther than any bone could be.
    """
    points = np.asarray(points, np.float64)
    normals = neutral.normals.astype(np.float64)
    used = np.flatnonzero(np.linalg.norm(normals, axis=1) > 0.5)
    distance, near = cKDTree(neutral.vertices[used]).query(points, k=min(5, len(used)))
    distance, near = distance.reshape(len(points), -1), used[near.reshape(len(points), -1)]
    offset = points[:, None] - neutral.vertices[near]  # [N, k, 3]
    height = np.einsum("nkc,nkc->nk", offset, normals[near])
    length = np.maximum(np.linalg.norm(offset, axis=2), 1e-9)
    border = border_vertices(neutral.triangles, len(neutral.vertices))
    outside = (height / length > 0.5).all(axis=1) & ~border[near[:, 0]]
    candidates = np.flatnonzero(outside)
    outside[candidates] = (
        free_sky(neutral, points[candidates], normals[near[candidates]].sum(axis=1)) > FREE_SKY
    )
    candidates = np.flatnonzero(outside)
    outside[candidates] = winding(neutral, points[candidates]) < ENCLOSED
    far = np.where(distance[:, 0] > FARTHEST_BONE_MM, distance[:, 0], 0.0)
    return np.maximum(np.where(outside, height.min(axis=1), 0.0), far)


def free_sky(neutral: Mesh, points: np.ndarray, upwards: np.ndarray) -> np.ndarray:
    """Share [N] of the half sphere about ``upwards`` [N, 3] in which rays from ``points`` [N, 3] meet no skin."""
    if not len(points):
        return np.zeros(0)
    rays = RayMeshIntersector(trimesh.Trimesh(neutral.vertices, neutral.triangles, process=False))
    upwards = upwards / np.maximum(np.linalg.norm(upwards, axis=1, keepdims=True), 1e-9)
    sphere = half_sphere(SKY_RAYS)
    across = np.cross(upwards, np.eye(3)[np.abs(upwards).argmin(axis=1)])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    along = np.cross(upwards, across)
    directions = (
        sphere[:, 2:] * upwards[:, None]
        + sphere[:, :1] * across[:, None]
        + sphere[:, 1:2] * along[:, None]
    )  # [N, rays, 3]
    met = rays.intersects_any(np.repeat(points, SKY_RAYS, axis=0), directions.reshape(-1, 3))
    return 1 - met.reshape(len(points), SKY_RAYS).mean(axis=1)


def winding(neutral: Mesh, points: np.ndarray) -> np.ndarray:
    """Generalised winding number [N] [Jacobson2013] of points [N, 3], each triangle taken as a point dipole.

    Good at more than an edge's length from the skin; one inside a closed skin, zero outside.
    """
    centres = neutral.vertices[neutral.triangles].astype(np.float64).mean(axis=1)
    areas = area_vectors(neutral.vertices, neutral.triangles) / 2
    number = np.empty(len(points))
    for start in range(0, len(points), 256):
        to = centres - points[start : start + 256, None]  # [n, T, 3]
        cube = np.maximum(np.einsum("ntc,ntc->nt", to, to), 1e-6) ** 1.5
        number[start : start + 256] = (np.einsum("ntc,tc->nt", to, areas) / cube).sum(axis=1)
    return number / (4 * np.pi)


def _check_size(neutral: Mesh, bone: Mesh) -> None:
    ratio = _extent(bone) / _extent(neutral)
    if not 0.12 < ratio < 2.0:
        word = "small" if ratio < 1 else "large"
        raise BonesError(
            f"'{bone.name}' is {_extent(bone):.3g} mm across, too {word} for the head '{neutral.name}' "
            f"({_extent(neutral):.3g} mm): bring both to the same units"
        )


def check_closed(bone: Mesh) -> None:
    """Raise a BonesError unless every edge of the surface has a face on both sides."""
    edges = triangle_edges(_welded(bone))
    _, uses = np.unique(edges, axis=0, return_counts=True)
    open_edges = int((uses == 1).sum())
    if open_edges:
        raise BonesError(
            f"'{bone.name}' is not closed, {open_edges} edges have a face on one side only: "
            "fill its holes (Mesh > Clean Up > Fill Holes), or use Estimate Bones"
        )


def _check_inside(neutral: Mesh, bone: Mesh) -> None:
    out = outside_skin(neutral, bone.vertices)
    outside = out > SLACK_MM
    if outside.mean() > SHARE_OUTSIDE or out.max() > FARTHEST_OUTSIDE_MM:
        raise BonesError(
            f"{outside.sum()} of the {len(out)} points of '{bone.name}' lie outside the skin of '{neutral.name}', "
            f"by up to {out.max():.1f} mm: move or scale the bone into the head, or use Estimate Bones"
        )


def _welded(bone: Mesh) -> np.ndarray:
    """Triangles [T, 3] over vertices that are one where they lie in one place."""
    _, place = np.unique(np.round(bone.vertices, 4), axis=0, return_inverse=True)
    triangles = place.reshape(-1)[bone.triangles]
    flat = (triangles == np.roll(triangles, 1, axis=1)).any(axis=1)
    return triangles[~flat]


def _extent(mesh: Mesh) -> float:
    """Diagonal of the bounding box, mm."""
    used = (
        mesh.vertices[np.unique(mesh.face_vertices)] if len(mesh.face_vertices) else mesh.vertices
    )
    return float(np.linalg.norm(np.ptp(used, axis=0)))
