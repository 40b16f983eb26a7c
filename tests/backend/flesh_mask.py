# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mask of few triangles with bone below it, to be damaged: no neck, no back, no lips."""

import functools

import numpy as np

from aim_blender_addon.backend.anatomy.head.frame import FaceFrame
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.model.network import SineNetwork
from aim_blender_addon.backend.muscles.flesh import Flesh, make_flesh
from aim_blender_addon.backend.muscles.settings import FleshSettings
from tests.backend import synthetic_head

JOINT = JawJoint(np.array([50.0, -5, 15]), np.array([-50.0, -5, 15]), np.array([0.0, -45, 85]))
NAMES = ("smile", "open")
_SIDE = 13


def grid(low: float = -70.0, high: float = 60.0) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [V, 3] mm and triangles [T, 3] of a bent sheet between two heights, its front towards +z."""
    x, y = np.meshgrid(np.linspace(-60, 60, _SIDE), np.linspace(low, high, _SIDE), indexing="ij")
    points = np.stack([x, y, 80 - 0.008 * (x**2 + y**2)], axis=-1).reshape(-1, 3)
    number = np.arange(_SIDE**2).reshape(_SIDE, _SIDE)
    a, b, c, d = (
        corner.ravel()
        for corner in (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:])
    )
    return points, np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])


def make(  # noqa: PLR0913
    points: np.ndarray,
    triangles: np.ndarray,
    thickness: float = 10.0,
    *,
    opening: float = 0.3,
    raised: float = 0.0,
    move: np.ndarray | None = None,
) -> AimModel:
    """An actor with this skin.

    Args:
        points, triangles: [V, 3] mm, [T, 3].
        thickness: mm, of all flesh.
        opening: radians, of the jaw's scan.
        raised: mm by which the bones stand nearer to the skin than the thickness says.
        move: [V, 3] mm, of the smile.
    """
    skin = Mesh.from_triangles(points, triangles, "mask")
    if move is None:
        near = np.exp(-((points[:, 0] / 30) ** 2) - ((points[:, 1] + 30) / 25) ** 2)
        move = near[:, None] * [0.0, 6.0, 2.0]
    share = np.clip(-(points[:, 1] + 20) / 40, 0, 1)
    random = np.random.default_rng(0)
    weights = random.normal(size=(3, 60)) * 2, random.normal(size=(60, 300)) * 0.2
    network = SineNetwork(
        tuple(w.astype(np.float32) for w in weights),
        tuple(random.uniform(0, 6, n).astype(np.float32) for n in (60, 300)),
    )
    targets = np.column_stack(
        [np.full(len(points), thickness), skin.normals, share, move, np.zeros_like(move)]
    )
    places = (points / 100).astype(np.float32)
    features = network.features(places).astype(float)
    gram = features.T @ features + 1e-6 * np.eye(features.shape[1])
    jaws = np.tile(np.eye(4), (2, 1, 1))
    jaws[1] = JOINT.pose([opening, 0, 0, 0])
    bone = Mesh.from_triangles(points - (thickness - raised) * skin.normals, triangles, "bone")
    below = points[:, 1] < -20
    return AimModel(
        name="mask",
        neutral=skin,
        coordinates=places,
        network=network,
        heads=np.linalg.solve(gram, features.T @ targets).astype(np.float32),
        bone_below=np.ones(len(points), np.float32),
        expression_names=NAMES,
        jaw_poses=jaws,
        head_poses=np.tile(np.eye(4), (2, 1, 1)),
        joint=JOINT,
        skull=synthetic_head.cut(bone, ~below),
        jaw=synthetic_head.cut(bone, below),
        bones_estimated=False,
    )


@functools.cache
def model() -> AimModel:
    """The mask as it should be."""
    return make(*grid())


def survey(actor: AimModel) -> FaceSurvey:
    """Of the mask, whose directions are known."""
    left, up, front = np.eye(3)
    frame = FaceFrame(left, up, front, np.array([0.0, 0.0, 80.0]))
    return FaceSurvey(actor.neutral, known_frame=frame)


def flesh(actor: AimModel, edge: float = 15.0) -> Flesh:
    """Without tracks."""
    return make_flesh(actor, FleshSettings(edge_mm=edge), survey=survey(actor))
