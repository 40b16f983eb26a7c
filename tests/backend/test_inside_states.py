# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mouth and eyes for heads that do not rest closed: parted lips, an open jaw, shut lids; and teeth in expressions."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw
from aim_blender_addon.backend.inside.kinds import missing, parts_beside
from aim_blender_addon.backend.inside.make import Inside, make_inside
from aim_blender_addon.backend.inside.poses import Posed, with_open_jaw
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head

HEAD = arkit_head()


def with_shapes(**values: float) -> tuple[Mesh, np.ndarray]:
    """The free head with some of its shapes in it, and what its jaw does [4, 4]."""
    weights = np.array([values.get(name, 0.0) for name in HEAD.expression_names])
    jaw = np.eye(4)
    for pose, weight in zip(HEAD.jaw_poses, weights, strict=True):
        jaw = jaw + weight * (pose - np.eye(4))
    points = HEAD.skin.vertices + np.tensordot(weights, HEAD.displacements, 1)
    moved = skin_with_jaw(points.astype(float), jaw, HEAD.jaw_weight)
    return HEAD.skin.with_vertices(moved.astype(np.float32)), jaw


def fit(skin: Mesh, *kinds: str, poses: tuple[Posed, ...] = ()) -> Inside:
    """What a skin gets; its landmarks went with it."""
    near = cKDTree(HEAD.skin.vertices).query(np.array(list(HEAD.landmarks.values())))[1]
    moves = skin.vertices[near] - HEAD.skin.vertices[near]
    marks = {
        name: point + move
        for (name, point), move in zip(HEAD.landmarks.items(), moves, strict=True)
    }
    return make_inside(FaceSurvey(skin, marks), HEAD.joint, False, kinds, poses=poses)


def points_of(made: Inside, name: str) -> np.ndarray:
    return next(one.mesh.vertices for one in made.pieces if one.mesh.name == name).astype(float)


@pytest.fixture(scope="module")
def closed() -> Inside:
    return fit(HEAD.skin, "teeth", "eyes")


def test_lips_that_are_a_little_apart_change_nothing(closed) -> None:
    skin, _jaw = with_shapes(jawOpen=0.08)
    made = fit(skin, "teeth")
    assert made.notes == ()
    assert np.abs(points_of(made, "upper teeth") - points_of(closed, "upper teeth")).max() < 3


def test_lower_teeth_stand_with_the_lower_lip_of_a_mouth_open_at_rest(closed) -> None:
    skin, jaw = with_shapes(jawOpen=0.7)
    made = fit(skin, "teeth")
    assert "is open at rest" in made.notes[0]
    upper, lower = (points_of(made, name).mean(axis=0) for name in ("upper teeth", "lower teeth"))
    upper_closed, lower_closed = (
        points_of(closed, name).mean(axis=0) for name in ("upper teeth", "lower teeth")
    )
    assert np.linalg.norm(upper - upper_closed) < 4
    opened = jaw[:3, :3] @ lower_closed + jaw[:3, 3]
    assert np.linalg.norm(lower - opened) < 6  # its jaw slides as well, which lips do not tell


def test_eyes_are_guessed_behind_lids_that_are_shut_at_rest(closed) -> None:
    skin, _jaw = with_shapes(eyeBlinkLeft=1.0)
    made = fit(skin, "eyes")
    middle, before = (points_of(one, "left eye").mean(axis=0) for one in (made, closed))
    assert np.linalg.norm(middle - before) < 4
    assert made.notes == (
        "The left lids of 'ARKit head' are shut at rest: its eye is guessed behind them.",
    )


def test_teeth_go_back_behind_lips_that_are_drawn_over_them(closed) -> None:
    moved = HEAD.skin.vertices.copy()
    front = points_of(closed, "upper teeth")[:, 2].max()
    lips = (np.abs(moved[:, 0]) < 30) & (moved[:, 2] > front) & (moved[:, 1] < 100)
    moved[lips, 2] -= (moved[lips, 2] - front + 2).clip(0, 20)  # pressed flat before the teeth
    made = fit(HEAD.skin, "teeth", poses=(Posed(moved, np.eye(4)),))
    assert 0.5 <= made.pushed_mm <= 7
    assert "further back than usual" in made.notes[0]


def test_expressions_are_looked_at_on_an_open_jaw_too() -> None:
    rest = HEAD.skin.vertices
    smile, _still = with_shapes(mouthSmileLeft=1.0)
    opened, jaw = with_shapes(jawOpen=1.0)
    poses = with_open_jaw(rest, [Posed(smile.vertices, np.eye(4)), Posed(opened.vertices, jaw)])
    assert len(poses) == 3
    both = poses[-1].skin - smile.vertices
    assert np.allclose(both, 0.7 * (opened.vertices - rest), atol=1e-3)


def test_teeth_in_the_mesh_of_the_skin_are_kept(closed) -> None:
    """Joined teeth and one joined eye: only what is missing is made, for the side that lacks it."""
    own = [one.mesh for one in closed.pieces if one.mesh.name != "right eye"]
    count = len(HEAD.skin.vertices)
    vertices, triangles = [HEAD.skin.vertices], [HEAD.skin.triangles]
    for mesh in own:
        triangles.append(mesh.triangles + sum(map(len, vertices)))
        vertices.append(mesh.vertices)
    joined = Mesh.from_triangles(np.concatenate(vertices), np.concatenate(triangles))
    is_skin = np.arange(len(joined.vertices)) < count
    wanted, sides = missing(parts_beside(joined, is_skin), HEAD.joint, ("teeth", "tongue", "eyes"))
    assert wanted == ["tongue", "eyes"]
    assert sides == ("right",)
