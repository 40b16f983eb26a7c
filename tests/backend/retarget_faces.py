# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The made-up head as retargeting sees it, in any size and orientation, and maps between such faces."""

from dataclasses import replace

import numpy as np

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.surface import SurfacePoints
from aim_blender_addon.backend.retargeting.correspondence import Correspondence
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace
from tests.backend import synthetic_head
from tests.backend.performance_face import JOINT

#: Places of landmarks on the head, mm.
LANDMARKS = {
    "nasion": (0, 25, 90),
    "pronasale": (0, -8, 112),
    "subnasale": (0, -20, 100),
    "gnathion": (0, -85, 75),
    "alare_left": (12, -12, 98),
    "alare_right": (-12, -12, 98),
    "tragion_left": (70, 0, 0),
    "tragion_right": (-70, 0, 0),
}


def plain_face(
    size: float = 1.0,
    axis: tuple[float, float, float] = (0, 1, 0),
    degrees: float = 0.0,
    names: tuple[str, ...] = (),
    unit: float = 1.0,
) -> RetargetFace:
    """The head times ``size``, turned about ``axis``.

    Args:
        size: of the face, in those of the made-up head.
        axis, degrees: of the turn.
        names: expressions, of those of :func:`.synthetic_head.expressions`.
        unit: millimetres in a unit of the mesh.
    """
    head, turn = synthetic_head.head(), synthetic_head.rotation(axis, degrees)

    def placed(points: np.ndarray) -> np.ndarray:
        return size * np.asarray(points, float) @ turn.T

    skin = head.with_vertices(placed(head.vertices))
    rest = head.vertices.astype(float)
    shapes = np.zeros((len(names), *rest.shape), np.float32)
    for number, scan in enumerate(synthetic_head.expressions(names)):
        shapes[number] = placed(scan.vertices - rest)
    low, front = -(rest[:, 1] + 20) / 40, (rest[:, 2] + 10) / 50
    return RetargetFace(
        mesh=skin.with_vertices(skin.vertices / np.float32(unit)),
        rows=np.arange(len(rest)),
        skin=skin,
        scale=unit,
        thickness=np.full(len(rest), 8.0 * size),
        jaw_weight=np.clip(low, 0, 1) * np.clip(front, 0, 1),
        joint=JawJoint(*(placed(p) for p in (JOINT.hinge_left, JOINT.hinge_right, JOINT.incisor))),
        landmarks={name: placed(point) for name, point in LANDMARKS.items()},
        left_up_front=turn.T,
        rims={},
        part_jaw=np.zeros(len(rest)),
        expression_names=names,
        displacements=shapes,
        jaw_poses=np.tile(np.eye(4), (len(names), 1, 1)),
    )


def same_map(source: RetargetFace, target: RetargetFace) -> Correspondence:
    """Every vertex of the target on that of the same number."""
    count = len(source.skin.vertices)
    corners = np.repeat(np.arange(count, dtype=np.int32)[:, None], 3, axis=1)
    points = SurfacePoints(corners, np.tile([1.0, 0, 0], (count, 1)))
    pairs = {name: np.stack([target.landmarks[name], source.landmarks[name]]) for name in LANDMARKS}
    return Correspondence(points, np.ones(count), source.skin.vertices.astype(float), pairs)


def some_map(source: RetargetFace, target: RetargetFace) -> Correspondence:
    """Vertices of the target on points of the source's triangles near them, trusted by chance."""
    random, triangles = np.random.default_rng(1), source.skin.triangles
    first = np.zeros(len(source.skin.vertices), int)
    first[triangles.ravel()] = np.repeat(np.arange(len(triangles)), 3)
    weights = random.dirichlet([1, 1, 1], len(first))
    points = SurfacePoints(triangles[first], weights)
    mapped = same_map(source, target)
    warped = points.interpolate(source.skin.vertices)
    return Correspondence(points, random.random(len(first)), warped, mapped.pairs)


def with_teeth(face: RetargetFace) -> RetargetFace:
    """The face with a triangle of lower teeth in its mesh, which is no skin."""
    incisor = face.joint.incisor / face.scale
    tooth = incisor + np.array([[0, 0, 0], [1, 0, 0], [0, -1, 0]]) / face.scale
    count = len(face.mesh.vertices)
    triangles = np.concatenate([face.mesh.triangles, [[count, count + 1, count + 2]]])
    mesh = Mesh.from_triangles(np.concatenate([face.mesh.vertices, tooth]), triangles, "teeth")
    return replace(face, mesh=mesh, part_jaw=np.r_[np.zeros(count), np.ones(3)])
