# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A skull and a mandible of somebody else, brought under a skin."""

import numpy as np
import trimesh
from scipy.spatial import cKDTree
from trimesh.ray.ray_pyembree import RayMeshIntersector

from ...geometry.laplacian import SurfaceOperator
from ...geometry.mesh import Mesh, triangle_normals, vertex_normals
from ...geometry.rigid import rotation_and_stretch
from ...geometry.robust import cauchy
from ...geometry.smooth_map import SmoothMap
from ...progress import Progress, section, silent
from ..head.usual_thickness import depth_spreads
from ..survey import FaceSurvey
from ..tissue.bone_below import CROWN_MM, FRONT_SHARE
from .check import check_closed
from .estimate import EstimatedBones
from .expected import expected_spread
from .face_skin import FaceSkin, face_skin
from .jaw_room import with_room
from .mandible import LEAST_DEPTH
from .template_landmarks import JAW_LENGTH, template_landmarks

#: Bone landmarks under the skin: the skin's landmark, the offset from it (left, up, front), and its standard
#: deviation along each axis. Offset and deviation are in mm of an average face. Those of the mandible come from its
#: anchors.
FROM_SKIN = {
    "rhinion": ("rhinion", (0, 0, -3.0), (2, 5, 2)),
    "subnasale": ("subnasale", (0, 0, -13.0), (2, 3, 3.5)),
    "eye": ("eye", (0, 0, 0), (3, 2.5, 9)),
    "pogonion": ("pogonion", (0, 0, -11.0), (2, 5, 2.5)),
    "menton": ("menton", (0, 7.0, 0), (2, 2.5, 6)),
}
#: Standard deviations of the bone landmarks that come from the mandible's anchors, mm of an average face.
FROM_ANCHORS = {"condyle": (3.0, 3.5, 3.5), "lower_incisor": (1.5, 3.0, 3.0)}
#: Distance between the nodes of the map, mm on an average face.
NODES = 17.0
#: Bending weights from stiff to soft.
BENDING = (100.0, 200.0, 60.0, 30.0, 20.0, 20.0)
#: Usual difference of heads in length, width and shear beyond their size, mm over the length of a head.
STRETCH_MM = 10.0
#: Tissue depths nearer to each other than this are one measurement, mm on an average face.
ALIKE = 18.0
#: Least depth of the finished bones below the skin but for the crowns of teeth, mm.
KEPT_DEPTH = 2.1
#: After the fit no bone is farther outside than this; what seems so lies behind the groove of the lips, mm on an
#: average face.
FARTHEST_OUT = 5.0
#: Standard deviation with which bone is kept under the skin, mm.
CLEARANCE_SPREAD = 1.0
#: Depths differ from the usual ones by more than this many standard deviations only where a ray misses its bone.
OUTLIER = 3.0


def fit_template(
    neutral: Mesh,
    template_skull: Mesh,
    template_jaw: Mesh,
    landmarks: dict[str, np.ndarray] | None = None,
    progress: Progress = silent,
) -> EstimatedBones:
    """The template's bones under a skin, with the template's own triangles.

    A smooth map takes both bones at once. Their landmarks go to where the skin's landmarks have them, and their
    surface to the usual tissue depth. Each counts with its standard deviation. Condyles stay in their fossae and
    the jaws apart because one map moves both. What still comes near to the skin is moved in.

    Args:
        neutral: skin in rest, mm.
        template_skull: closed cranium of any head, any units and axes.
        template_jaw: closed mandible in place under it.
        landmarks: of the skin, [3] mm each, set by hand; the others are found.
        progress: told what is being done.

    Raises:
        ScanError: no face was found in the neutral.
        BonesError: the template is no skull and mandible, or open.
    """
    for bone in (template_skull, template_jaw):
        check_closed(bone)
    face = face_skin(FaceSurvey(neutral, landmarks or {}), section(progress, 0.0, 0.4))
    progress("Finding the template's landmarks", 0.4, {})
    frame, points = template_landmarks(template_skull, template_jaw)
    local = {name: frame.to_local(point) for name, point in points.items()}
    bones = [frame.to_local(bone.vertices) for bone in (template_skull, template_jaw)]
    turn = _similarity(local, _targets(face))
    local = {name: turn(point[None])[0] for name, point in local.items()}
    bones = [turn(bone) for bone in bones]
    meshes = [(v, b.triangles) for v, b in zip(bones, (template_skull, template_jaw), strict=True)]
    progress("Fitting the template", 0.5, {})
    crowns = _crowns(bones, local)
    moved, move = _fitted(face, meshes, local, crowns, section(progress, 0.5, 0.9))
    progress("Keeping the bones under the skin", 0.9, {})
    moved = [
        _under_skin(face, vertices, mesh[1], np.where(crown, -np.inf, KEPT_DEPTH))
        for vertices, mesh, crown in zip(moved, meshes, crowns, strict=True)
    ]
    joint = {
        name: face.frame.to_mesh(move(local[name][None])[0])
        for name in ("condyle_left", "condyle_right", "lower_incisor")
    }
    progress("Making room for the jaw to move", 0.95, {})
    names = ("fitted skull", "fitted jaw")
    skull, jaw = (
        Mesh.from_triangles(face.frame.to_mesh(vertices), mesh[1], name)
        for vertices, mesh, name in zip(moved, meshes, names, strict=True)
    )
    jaw = with_room(neutral, skull, jaw, face.frame)
    progress("Bones estimated", 1.0, {})
    spreads = (expected_spread(face, vertices) for vertices in moved)
    return EstimatedBones(skull, jaw, face.known | joint, *spreads)


def _targets(face: FaceSkin) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Where bone landmarks lie under this skin: place [3] and standard deviations [3], face coordinates."""
    scale, found = face.frame.scale, {}
    for name, (skin, offset, spread) in FROM_SKIN.items():
        for suffix in ("", "_left", "_right"):
            if skin + suffix in face.places:
                place = face.places[skin + suffix] + np.multiply(offset, scale)
                found[name + suffix] = (place, np.array(spread, float))
    anchors = face.anchors
    for index, side in enumerate(("left", "right")):
        found[f"condyle_{side}"] = (anchors.condyle[index], np.array(FROM_ANCHORS["condyle"]))
    found["lower_incisor"] = (anchors.incisor, np.array(FROM_ANCHORS["lower_incisor"]))
    return found


def _similarity(local: dict[str, np.ndarray], targets: dict):
    """The map of points [N, 3] that turns, scales and moves the template's landmarks to their targets."""
    names = [name for name in local if name in targets]
    start = np.stack([local[name] for name in names])
    goal = np.stack([targets[name][0] for name in names])
    weight = np.array([(targets[name][1] ** -2.0).mean() for name in names])
    weight /= weight.sum()
    a, b = weight @ start, weight @ goal
    rotation, stretch = rotation_and_stretch(((start - a) * weight[:, None]).T @ (goal - b))
    scale = stretch.sum() / (weight[:, None] * (start - a) ** 2).sum()
    return lambda points: scale * (points - a) @ rotation + b


def _crowns(bones: list[np.ndarray], local: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Which [V] bool of the vertices of skull and jaw are crowns of teeth: in front, near the other bone."""
    pivot = (local["condyle_left"] + local["condyle_right"]) / 2
    to_incisor = local["lower_incisor"] - pivot
    length = np.linalg.norm(to_incisor)
    found = []
    for bone, other in (bones, bones[::-1]):
        ahead = (bone - pivot) @ (to_incisor / length) > FRONT_SHARE * length
        reach = CROWN_MM * length / JAW_LENGTH
        near = cKDTree(other).query(bone, distance_upper_bound=reach)[0] < reach
        found.append(ahead & near)
    return found


def _fitted(
    face: FaceSkin,
    meshes: list,
    local: dict[str, np.ndarray],
    crowns: list[np.ndarray],
    progress: Progress,
):
    """Vertices of both bones [V, 3] each under the smooth map, and the map of points [N, 3]; face coordinates."""
    scale = face.frame.scale
    vertices = np.concatenate([mesh[0] for mesh in meshes])
    triangles = np.concatenate([meshes[0][1], meshes[1][1] + len(meshes[0][0])])
    cells = np.round(vertices / (NODES * scale)).astype(int)
    nodes = vertices[np.unique(cells, axis=0, return_index=True)[1]]
    smooth = SmoothMap(nodes, 200.0 * scale)
    basis = smooth.basis(vertices)
    solid = np.flatnonzero(~np.concatenate(crowns))  # lips lie on teeth: no tissue keeps them off
    named = {name: target for name, target in _targets(face).items() if name in local}
    marks = smooth.basis(np.stack([local[name] for name in named]))
    mark_rows = _landmark_rows(named, local, marks, scale)
    skin, normals, depths = _few_samples(face)
    spread = depth_spreads(face.skin, face.places, skin)
    alike = np.array([len(near) for near in cKDTree(skin).query_ball_point(skin, ALIKE * scale)])
    for step, bending in enumerate(BENDING):
        progress("Fitting the template", step / len(BENDING), {})
        moved = vertices + basis @ smooth.coefficients
        rows = [mark_rows]
        if step:  # first the landmarks alone, or rays take one part of the bone for another
            rows.append(
                _depth_rows(moved, vertices, triangles, basis, skin, normals, depths, spread, alike)
            )
            rows.append(_clearance_rows(face, moved[solid], vertices[solid], basis[solid]))
        parts = [np.concatenate(part) for part in zip(*rows, strict=True)]
        smooth.fit(*parts, bending=bending, stretch_mm=STRETCH_MM * scale)
    moved = vertices + basis @ smooth.coefficients
    cut = len(meshes[0][0])
    return [moved[:cut], moved[cut:]], lambda p: p + smooth.basis(p) @ smooth.coefficients


def _landmark_rows(named: dict, local: dict, basis: np.ndarray, scale: float) -> tuple:
    """Residuals of the landmarks, three for each: basis, directions, wanted, weights."""
    displacement = np.stack([target[0] - local[name] for name, target in named.items()])  # [L, 3]
    spread = np.stack([target[1] for target in named.values()]) * scale
    axes = np.tile(np.eye(3), (len(displacement), 1))
    return np.repeat(basis, 3, axis=0), axes, displacement.ravel(), spread.ravel() ** -2.0


def _few_samples(face: FaceSkin) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points, normals and usual depths of the outer skin, about 7 mm apart."""
    cells = np.round(face.skin.points / (7.0 * face.frame.scale)).astype(int)
    kept = np.unique(cells, axis=0, return_index=True)[1]
    return face.skin.points[kept], face.skin.normals[kept], face.depths[kept]


def _depth_rows(moved, vertices, triangles, basis, skin, normals, depths, spread, alike) -> tuple:
    """Residuals of the tissue depths where a ray from the skin meets the outside of a bone near the usual depth."""
    rays = RayMeshIntersector(trimesh.Trimesh(moved, triangles, process=False))
    start = skin + 25.0 * normals  # the bone may still lie outside
    faces, hit, places = rays.intersects_id(start, -normals, False, return_locations=True)
    corners = triangles[faces]
    facing = triangle_normals(moved, corners)
    depth = np.linalg.norm(places - start[hit], axis=1) - 25.0
    good = np.einsum("nc,nc->n", facing, normals[hit]) > 0.6
    good &= np.abs(depth - depths[hit]) < np.maximum(OUTLIER * spread[hit], 8.0)
    good &= depths[hit] < 18.0
    hit, corners, places = hit[good], corners[good], places[good]
    barycentric = trimesh.triangles.points_to_barycentric(moved[corners], places)
    mixed = np.einsum("nk,nkb->nb", barycentric, basis[corners])
    start = np.einsum("nk,nkc->nc", barycentric, vertices[corners])
    goal = skin[hit] - depths[hit, None] * normals[hit]
    wanted = np.einsum("nc,nc->n", goal - start, normals[hit])
    # A robust weight: cheeks, orbits and the nose hold bone that is no floor of that tissue.
    residual = (depth[good] - depths[hit]) / spread[hit]
    weight = cauchy((residual / 2) ** 2, spread[hit] ** -2.0 / alike[hit])
    return mixed, normals[hit], wanted, weight


def _clearance_rows(face: FaceSkin, moved, vertices, basis) -> tuple:
    """Residuals of the vertices that lie too near to the skin."""
    below, index, _ = face.skin.depth(moved)
    short = np.flatnonzero((below < LEAST_DEPTH) & (below > -30.0 * face.frame.scale))
    if not len(short):
        return basis[:0], vertices[:0], vertices[:0, 0], vertices[:0, 0]
    normals = face.skin.normals[index[short, 0]]
    wanted = np.einsum("nc,nc->n", moved[short] - vertices[short], normals)
    wanted = wanted - np.minimum(LEAST_DEPTH - below[short], 4.0)
    neighbours = cKDTree(moved[short]).query_ball_point(moved[short], 10.0, return_length=True)
    weight = CLEARANCE_SPREAD**-2.0 / np.maximum(neighbours, 1)
    return basis[short], normals, wanted, weight


def _under_skin(
    face: FaceSkin, vertices: np.ndarray, triangles: np.ndarray, least_depth: np.ndarray
) -> np.ndarray:
    """Vertices moved in, together with those about them, until they lie ``least_depth`` [V] mm below the skin."""
    operator, scale = SurfaceOperator.of(vertices, triangles), face.frame.scale
    for spread in (12.0, 8.0, 5.0, 3.0, 0.0):
        below, index, _ = face.skin.depth(vertices)
        short = np.where(below > -FARTHEST_OUT * scale, np.clip(least_depth - below, 0, None), 0.0)
        # The walls of cavities (nose, orbits) face away from the skin that is nearest.
        normals = vertex_normals(vertices, triangles)
        short[np.einsum("vc,vc->v", normals, face.skin.normals[index[:, 0]]) < 0] = 0
        if not short.any():
            break
        push = -short[:, None] * face.skin.normals[index[:, 0]]
        if spread:  # a push of one millimetre fades over this length
            weight = np.where(short > 0, 1.0, 0.02)
            push = operator.fill(push, weight, spread * 0.02**0.5, bending=False)
        vertices = vertices + push
    return vertices
