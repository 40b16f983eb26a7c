# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given bones: where the jaw turns and bites, and what is refused."""

import functools

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.anatomy.bones.check import check_bones, inside_skin, outside_skin
from aim_blender_addon.backend.anatomy.bones.joint_landmarks import joint_landmarks
from aim_blender_addon.backend.anatomy.head.frame import FaceFrame
from aim_blender_addon.backend.errors import BonesError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.mesh_files import read_mesh
from tests.backend.synthetic_head import cut, rotation
from tests.shared_data import make_actor, requires_shared

#: Of the generic head's mandible, as its maker states it.
CONDYLE = np.array([53.9, -6.2, 20.1])
AXES = FaceFrame(*np.eye(3), np.zeros(3))


@functools.cache
def _actor(seed: int) -> tuple[Mesh, Mesh, Mesh]:
    folder = make_actor(seed)
    return tuple(read_mesh(folder / f"{name}.obj") for name in ("neutral", "skull", "jaw"))


def _ball(radius: float, centre: tuple = (0, 0, 0), name: str = "ball") -> Mesh:
    ball = trimesh.creation.icosphere(4, radius)
    return Mesh.from_triangles(ball.vertices + centre, ball.faces, name)


def _moved(mesh: Mesh, by: tuple = (0, 0, 0), scale: float = 1.0) -> Mesh:
    return mesh.with_vertices(mesh.vertices * scale + np.array(by, np.float32))


@requires_shared
def test_condyles_and_incisors_of_the_generic_mandible():
    neutral, skull, jaw = _actor(0)
    found = joint_landmarks(neutral, skull, jaw)
    assert np.linalg.norm(found["condyle_left"] - CONDYLE) < 3
    assert np.linalg.norm(found["condyle_right"] - CONDYLE * [-1, 1, 1]) < 3
    truth = np.load(make_actor(0) / "truth.npz")["incisor_neutral"]
    assert np.linalg.norm(found["lower_incisor"] - truth) < 3


@requires_shared
def test_joint_turns_with_the_head():
    neutral, skull, jaw = _actor(0)
    turn = rotation([1, -2, 1], 75)
    frame = FaceFrame(*turn.T, np.zeros(3))
    turned = joint_landmarks(neutral, skull, jaw.with_vertices(jaw.vertices @ turn.T), frame)
    for name, point in joint_landmarks(neutral, skull, jaw, AXES).items():
        assert np.linalg.norm(turned[name] @ turn - point) < 0.05, name


@requires_shared
def test_half_a_mandible_is_refused():
    neutral, skull, jaw = _actor(0)
    # A few loose points on the other side are no half.
    half = cut(jaw, jaw.vertices[:, 0] > 45)
    lopsided = half.with_vertices(np.abs(half.vertices) * [0.01, 1, 1])
    with pytest.raises(BonesError, match="whole mandible"):
        joint_landmarks(neutral, skull, lopsided, AXES)


@requires_shared
@pytest.mark.parametrize("seed", [0, 3])
def test_bones_of_the_actors_are_accepted(seed):
    check_bones(*_actor(seed))


@requires_shared
@pytest.mark.parametrize("by", [(0, -120, 0), (0, 0, 15), (30, 0, 0)])
def test_a_jaw_elsewhere_is_outside(by):
    neutral, skull, jaw = _actor(0)
    with pytest.raises(BonesError, match="outside the skin"):
        check_bones(neutral, skull, _moved(jaw, by))


@requires_shared
def test_swapped_and_doubled_bones_are_told():
    neutral, skull, jaw = _actor(0)
    with pytest.raises(BonesError, match="swapped"):
        check_bones(neutral, jaw, skull)
    with pytest.raises(BonesError, match="as skull and as jaw"):
        check_bones(neutral, skull, skull)


@requires_shared
@pytest.mark.parametrize("scale", [0.001, 0.1, 10, 1000])
def test_other_units_are_told(scale):
    neutral, skull, jaw = _actor(0)
    with pytest.raises(BonesError, match="same units"):
        check_bones(neutral, _moved(skull, scale=scale), _moved(jaw, scale=scale))


@requires_shared
def test_open_broken_and_empty_bones_are_told():
    neutral, skull, jaw = _actor(0)
    with pytest.raises(BonesError, match="not closed"):
        check_bones(neutral, skull, Mesh.from_triangles(jaw.vertices, jaw.triangles[9:], "jaw"))
    broken = jaw.vertices.copy()
    broken[7] = np.nan
    with pytest.raises(BonesError, match="not numbers"):
        check_bones(neutral, skull, jaw.with_vertices(broken))
    with pytest.raises(BonesError, match="no faces"):
        check_bones(neutral, skull, Mesh.from_triangles(np.zeros((3, 3)), np.zeros((0, 3)), "jaw"))


def test_inside_of_a_ball_with_a_hole_and_a_cavity():
    ball = _ball(60)
    skin = cut(ball, ball.vertices[:, 1] > -50)  # open below
    points = np.array([[0, 0, 0], [0, 0, 55], [0, 0, 64], [0, 70, 0], [0, -45.0, 0]])
    assert inside_skin(skin, points).tolist() == [True, True, False, False, True]
    assert outside_skin(skin, points)[[2, 3]] == pytest.approx([4, 10], abs=0.5)
    # A modelled mouth: a pocket in the skin whose walls face into it. What is in there is inside.
    pocket = _ball(20, (0, 0, 35))
    walls = np.concatenate([skin.triangles, pocket.triangles[:, ::-1] + len(skin.vertices)])
    skin = Mesh.from_triangles(np.concatenate([skin.vertices, pocket.vertices]), walls)
    assert inside_skin(skin, np.array([[0, 0, 30.0], [0, 0, 50]])).all()


def test_inside_of_a_mask_without_a_back():
    ball = _ball(80)
    mask = cut(ball, ball.vertices[:, 2] > 20)
    behind = np.array([[0, 0, 60], [0, 0, -40], [30, 20, -60.0]])
    assert inside_skin(mask, behind).all()
    assert not inside_skin(mask, np.array([[0, 0, 90.0], [0, 0, 400], [0, 0, -400]])).any()
