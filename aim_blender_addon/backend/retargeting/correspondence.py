# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which point of one face is which of another: landmarks first, then a smooth dense map.

The target's skin is brought onto the source's: a similarity by landmarks, a smooth warp of space through
them (thin plates), and rounds of nearest points whose displacement is kept smooth along the target's skin
(bending energy), so that upper and lower lip, which touch in space, are held apart by the skin between them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from ..errors import RetargetError
from ..geometry.mesh import Mesh, vertex_normals
from ..geometry.rigid import fit_similarity
from ..geometry.robust import geman_mcclure
from ..geometry.surface import SurfacePoints, nearest_points
from ..geometry.topology import border_vertices
from ..progress import Progress, silent
from .retarget_face import RetargetFace

#: Landmarks that are read off the relief; the others lie at their usual place and say less.
SURE = (
    "nasion",
    "rhinion",
    "pronasale",
    "subnasale",
    "supramentale",
    "pogonion",
    "gnathion",
    "menton",
    "alare_left",
    "alare_right",
    "tragion_left",
    "tragion_right",
)
#: Bending lengths of the rounds, mm: stiff first.
LENGTHS_MM = (40.0, 20.0, 10.0, 6.0, 4.0)
#: Nearest points count where they are so near, mm, and their normals agree so well (cosine).
NEAR_MM, AGREE = 6.0, 0.6
#: What landmarks and rims weigh beside the surface, times their share of it.
LANDMARK_WEIGHT, RIM_WEIGHT = 20.0, 60.0
#: A map is trusted up to this distance from the source's surface, mm.
TRUST_MM = 4.0


@dataclass(frozen=True)
class Correspondence:
    """A dense map from the S vertices of a target's skin onto a source's skin.

    Attributes:
        points: on the source's skin, one for each target vertex.
        trust: [S] in [0, 1], 0 where the source has no such place (inside of a mouth, shoulders).
        warped: [S, 3] target skin laid on the source, mm.
        pairs: landmark names and their places, {name: [2, 3]}: on the target, on the source, mm.
    """

    points: SurfacePoints
    trust: np.ndarray
    warped: np.ndarray
    pairs: dict[str, np.ndarray]


def correspond(
    source: RetargetFace, target: RetargetFace, progress: Progress = silent
) -> Correspondence:
    """The dense map from the target's skin onto the source's.

    Raises:
        RetargetError: the faces share too few landmarks.
    """
    pairs = landmark_pairs(source, target)
    rims, rim_marks = rim_pairs(source, target)
    if len(pairs) < 6:
        raise RetargetError(
            f"'{source.mesh.name}' and '{target.mesh.name}' share only {len(pairs)} landmarks: set more by hand"
        )
    from_, to = (np.stack([pair[side] for pair in pairs.values()]) for side in (0, 1))
    sure = np.array([name in SURE for name in pairs])
    smoothing = np.where(sure, 0.3, 6.0)
    from_ = np.concatenate([from_, rims[:, 0]])
    to = np.concatenate([to, rims[:, 1]])
    smoothing = np.concatenate([smoothing, np.full(len(rims), 2.0)])
    rest = target.skin.vertices.astype(np.float64)
    # |r| in three dimensions is the thin plate; its affine part takes scale and orientation along.
    turn, scale, shift = fit_similarity(from_, to)
    start = scale * rest @ turn.T + shift
    anchors = scale * from_ @ turn.T + shift
    warp = RBFInterpolator(anchors, to - anchors, kernel="linear", degree=1, smoothing=smoothing)
    warped = start + _faded(start, anchors) * warp(start)
    marks = np.concatenate([cKDTree(rest).query(from_[: len(pairs)])[1], rim_marks])
    mark_weights = np.concatenate(
        [np.where(sure, LANDMARK_WEIGHT, 1.0), np.full(len(rims), RIM_WEIGHT)]
    )
    # A coarse mesh has no vertex where the mark is: the nearest one goes as far beside its goal.
    goals = to + scale * (rest[marks] - from_) @ turn.T
    spot = target.operator.area / 2000  # a landmark stands for so much skin
    for number, length in enumerate(LENGTHS_MM):
        progress("Finding which place is which", number / len(LENGTHS_MM), {})
        warped = warped + _round(source, target, warped, marks, goals, mark_weights * spot, length)
    normals = vertex_normals(warped, target.skin.triangles)
    points = _nearest(source, target, warped, normals)
    place = points.interpolate(source.skin.vertices)
    distance = np.linalg.norm(place - warped, axis=1)
    facing = np.einsum("nc,nc->n", points.interpolate(source.skin.normals), normals)
    trust = np.clip(2 - distance / TRUST_MM, 0, 1) * np.clip((facing + 0.2) / 0.4, 0, 1)
    for lining in target.linings.values():
        trust = trust * lining.known
    return Correspondence(points, trust, warped, pairs)


def landmark_pairs(source: RetargetFace, target: RetargetFace) -> dict[str, np.ndarray]:
    """Landmarks that both faces have, {name: [2, 3]}: on the target, on the source."""
    return {
        name: np.stack([point, source.landmarks[name]])
        for name, point in target.landmarks.items()
        if name in source.landmarks and not name.startswith(("eye_", "cheilion", "stomion"))
    }


def rim_pairs(source: RetargetFace, target: RetargetFace) -> tuple[np.ndarray, np.ndarray]:
    """Same places [N, 2, 3] on the rims of eyes and mouth, on the target and on the source.

    Returns:
        The places, and the target's vertex [N] nearest to each on its own lip or lid.
    """
    pairs, marks = [np.zeros((0, 2, 3))], [np.zeros(0, int)]
    rest = target.skin.vertices
    for name, target_rims in target.rims.items():
        source_rims = source.rims.get(name)
        if source_rims is None:
            continue
        lines = (target_rims.upper, target_rims.lower)
        for line, same, side in zip(
            lines, source_rims.at(target_rims.across), (1, -1), strict=True
        ):
            own = np.flatnonzero(target.linings[name].side != -side)
            pairs.append(np.stack([line, same], axis=1))
            marks.append(own[cKDTree(rest[own]).query(line)[1]])
    return np.concatenate(pairs), np.concatenate(marks)


def _faded(points: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """[N, 1] one near the landmarks, less far from all of them, where a warp would only be guessed."""
    distance = cKDTree(anchors).query(points)[0]
    return np.exp(-((np.maximum(distance - 60.0, 0) / 80.0) ** 2))[:, None]


def _round(
    source: RetargetFace,
    target: RetargetFace,
    warped: np.ndarray,
    marks: np.ndarray,
    goals: np.ndarray,
    mark_weights: np.ndarray,
    length: float,
) -> np.ndarray:
    """Smooth displacement [S, 3] that takes the warped skin nearer to the source's surface and landmarks."""
    normals = vertex_normals(warped, target.skin.triangles)
    points = _nearest(source, target, warped, normals)
    displacement = points.interpolate(source.skin.vertices) - warped
    facing = np.einsum("nc,nc->n", points.interpolate(source.skin.normals), normals)
    distance = np.linalg.norm(displacement, axis=1)
    weight = geman_mcclure((distance / NEAR_MM) ** 2, facing > AGREE)
    # On the source's border many points have the same nearest one: none of them is meant.
    weight = weight * ~_on_border(source, points)
    mass = target.operator.mass
    total = weight * mass
    pull = total[:, None] * displacement
    np.add.at(pull, marks, mark_weights[:, None] * (goals - warped[marks]))
    np.add.at(total, marks, mark_weights)
    values = pull / np.maximum(total, 1e-12)[:, None]
    return target.operator.fill(values, total / mass + 1e-6, length)


def _nearest(
    source: RetargetFace, target: RetargetFace, warped: np.ndarray, normals: np.ndarray
) -> SurfacePoints:
    """Nearest points [S] of the source's skin that look the same way, upper lips and lids on upper ones only."""
    points = nearest_points(source.skin, warped, normals)
    triangles = source.skin.triangles
    for name, lining in target.linings.items():
        if name not in source.linings:
            continue
        for side in (1, -1):
            other = (source.linings[name].side[triangles] == -side).all(axis=1)
            own = Mesh.from_triangles(source.skin.vertices, triangles[~other], source.skin.name)
            rows = np.flatnonzero(lining.side == side)
            found = nearest_points(own, warped[rows], normals[rows])
            points.corners[rows], points.weights[rows] = found.corners, found.weights
    return points


def _on_border(source: RetargetFace, points: SurfacePoints) -> np.ndarray:
    """[N] bool: the point lies on an open edge of the source's skin."""
    border = border_vertices(source.skin.triangles, len(source.skin.vertices))
    return (points.weights * border[points.corners]).sum(axis=1) > 0.999
