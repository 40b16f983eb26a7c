# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which point of one face is which of another: landmarks first, then a smooth dense map.

The target's skin is brought onto the source's in three steps: a similarity by landmarks, a smooth warp of space
through them (thin plates), and rounds of nearest points. The displacement of a round is smooth along the target's skin
(bending energy). The skin between upper and lower lip, which touch in space, therefore separates them.
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

#: Landmarks that are read off the relief. The others lie at their usual position, which is less sure.
READ_OFF = (
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


@dataclass(frozen=True)
class CorrespondenceSettings:
    """How two faces are laid on each other; lengths hold for an adult's face.

    Attributes:
        min_landmarks: that both faces have; fewer do not determine the warp.
        read_off_smoothing, usual_smoothing, rim_smoothing: of the thin plates at landmarks that are read off the
            relief, at the others, and at rims: the surer, the smaller (scipy's RBFInterpolator).
        warp_mm: the warp is used within this distance of a landmark,
        warp_fade_mm: and fades over this length (scale of a Gaussian) farther off, where it would be a guess.
        lengths_mm: bending lengths of the rounds, stiff first.
        near_mm: scale of the robust cost of the distance between nearest points.
        min_agreement: nearest points count if the cosine of their normals is above this.
        read_off_weight, usual_weight, rim_weight: of a mark beside the surface, times the area it stands for.
        marks_per_face: the area a mark stands for is the skin's over this.
        trusted_mm: the map is trusted up to this distance from the source's surface, and not beyond twice it.
        facing: the map is trusted if the cosine of the normals is above this, and not below its negative.
        border_weight: a point lies on an open edge if vertices of the border have more weight in it than this.
    """

    min_landmarks: int = 6
    read_off_smoothing: float = 0.3
    usual_smoothing: float = 6.0
    rim_smoothing: float = 2.0
    warp_mm: float = 60.0
    warp_fade_mm: float = 80.0
    lengths_mm: tuple[float, ...] = (40.0, 20.0, 10.0, 6.0, 4.0)
    near_mm: float = 6.0
    min_agreement: float = 0.6
    read_off_weight: float = 20.0
    usual_weight: float = 1.0
    rim_weight: float = 60.0
    marks_per_face: float = 2000.0
    trusted_mm: float = 4.0
    facing: float = 0.2
    border_weight: float = 0.999


CORRESPONDENCE = CorrespondenceSettings()


@dataclass(frozen=True)
class Correspondence:
    """A dense map from the S vertices of a target's skin onto a source's skin.

    Attributes:
        points: on the source's skin, one for each target vertex.
        trust: [S] in [0, 1], 0 where the source has no such skin (inside of a mouth, shoulders).
        warped: [S, 3] target skin laid on the source, mm.
        pairs: landmarks {name: [2, 3]}, on the target and on the source, mm.
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
    settings = CORRESPONDENCE
    pairs = landmark_pairs(source, target)
    rims, rim_marks = rim_pairs(source, target)
    if len(pairs) < settings.min_landmarks:
        raise RetargetError(
            f"'{source.mesh.name}' and '{target.mesh.name}' share only {len(pairs)} landmarks: set more by hand"
        )
    from_, to = (np.stack([pair[side] for pair in pairs.values()]) for side in (0, 1))
    read_off = np.array([name in READ_OFF for name in pairs])
    smoothing = np.where(read_off, settings.read_off_smoothing, settings.usual_smoothing)
    from_ = np.concatenate([from_, rims[:, 0]])
    to = np.concatenate([to, rims[:, 1]])
    smoothing = np.concatenate([smoothing, np.full(len(rims), settings.rim_smoothing)])
    rest = target.skin.vertices.astype(np.float64)
    turn, scale, shift = fit_similarity(from_, to)
    start = scale * rest @ turn.T + shift
    warped = _warped(start, scale * from_ @ turn.T + shift, to, smoothing)
    marks = np.concatenate([cKDTree(rest).query(from_[: len(pairs)])[1], rim_marks])
    mark_weights = np.concatenate(
        [
            np.where(read_off, settings.read_off_weight, settings.usual_weight),
            np.full(len(rims), settings.rim_weight),
        ]
    )
    # A coarse mesh has no vertex at the mark. The nearest vertex keeps its offset from it.
    goals = to + scale * (rest[marks] - from_) @ turn.T
    mark_area = target.operator.area / settings.marks_per_face
    for number, length in enumerate(settings.lengths_mm):
        progress("Finding which place is which", number / len(settings.lengths_mm), {})
        warped = warped + _round(
            source, target, warped, marks, goals, mark_weights * mark_area, length
        )
    normals = vertex_normals(warped, target.skin.triangles)
    points = _nearest(source, target, warped, normals)
    trust = _trust(source, target, points, warped, normals)
    return Correspondence(points, trust, warped, pairs)


def landmark_pairs(source: RetargetFace, target: RetargetFace) -> dict[str, np.ndarray]:
    """Landmarks that both faces have, {name: [2, 3]}: on the target, on the source."""
    return {
        name: np.stack([point, source.landmarks[name]])
        for name, point in target.landmarks.items()
        if name in source.landmarks and not name.startswith(("eye_", "cheilion", "stomion"))
    }


def rim_pairs(source: RetargetFace, target: RetargetFace) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of points [N, 2, 3] on the rims of eyes and mouth, on the target and on the source.

    Returns:
        The pairs, and the target's vertex [N] nearest to each on its own lip or lid.
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


def _warped(
    start: np.ndarray, anchors: np.ndarray, to: np.ndarray, smoothing: np.ndarray
) -> np.ndarray:
    """Points ``start`` [N, 3] under the thin-plate warp that takes ``anchors`` [M, 3] near to ``to`` [M, 3]."""
    # |r| in three dimensions is the thin plate. Its affine part corrects scale and orientation.
    warp = RBFInterpolator(anchors, to - anchors, kernel="linear", degree=1, smoothing=smoothing)
    return start + _faded(start, anchors) * warp(start)


def _faded(points: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Weight [N, 1] of the warp: one near the landmarks, less far from all of them."""
    distance = cKDTree(anchors).query(points)[0]
    beyond = np.maximum(distance - CORRESPONDENCE.warp_mm, 0)
    return np.exp(-((beyond / CORRESPONDENCE.warp_fade_mm) ** 2))[:, None]


def _round(
    source: RetargetFace,
    target: RetargetFace,
    warped: np.ndarray,
    marks: np.ndarray,
    goals: np.ndarray,
    mark_weights: np.ndarray,
    length: float,
) -> np.ndarray:
    """Smooth displacement [S, 3] of the warped skin towards the source's surface and landmarks."""
    normals = vertex_normals(warped, target.skin.triangles)
    points = _nearest(source, target, warped, normals)
    displacement = points.interpolate(source.skin.vertices) - warped
    cosine = np.einsum("nc,nc->n", points.interpolate(source.skin.normals), normals)
    distance = np.linalg.norm(displacement, axis=1)
    agree = cosine > CORRESPONDENCE.min_agreement
    weight = geman_mcclure((distance / CORRESPONDENCE.near_mm) ** 2, agree)
    # Many points beyond the source's border have the same nearest point on it, and none corresponds to it.
    weight = weight * ~_on_border(source, points)
    mass = target.operator.mass
    total = weight * mass
    pull = total[:, None] * displacement
    np.add.at(pull, marks, mark_weights[:, None] * (goals - warped[marks]))
    np.add.at(total, marks, mark_weights)
    values = pull / np.maximum(total, 1e-12)[:, None]
    return target.operator.fill(values, total / mass + 1e-6, length)


def _trust(
    source: RetargetFace,
    target: RetargetFace,
    points: SurfacePoints,
    warped: np.ndarray,
    normals: np.ndarray,
) -> np.ndarray:
    """Trust [S] in [0, 1] of the map, by distance and normals [S, 3] of the warped skin [S, 3]."""
    distance = np.linalg.norm(points.interpolate(source.skin.vertices) - warped, axis=1)
    cosine = np.einsum("nc,nc->n", points.interpolate(source.skin.normals), normals)
    near = np.clip(2 - distance / CORRESPONDENCE.trusted_mm, 0, 1)
    facing = CORRESPONDENCE.facing
    trust = near * np.clip((cosine + facing) / (2 * facing), 0, 1)
    for lining in target.linings.values():
        trust = trust * lining.known
    return trust


def _nearest(
    source: RetargetFace, target: RetargetFace, warped: np.ndarray, normals: np.ndarray
) -> SurfacePoints:
    """Nearest points [S] of the source's skin that face alike; upper lips and lids lie on upper ones only."""
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
    return (points.weights * border[points.corners]).sum(axis=1) > CORRESPONDENCE.border_weight
