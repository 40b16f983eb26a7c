# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mouth and eyes for heads without: the free head's skin alone is given its own inside again, and bad input."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree
from trimesh import Trimesh
from trimesh.sample import sample_surface

from aim_blender_addon.backend.anatomy.eyes.estimate import ball_behind
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.anatomy.mouth_parts import Part, attach_parts
from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw
from aim_blender_addon.backend.inside.kinds import KINDS, eyes_missing, kinds_in, loose_pieces
from aim_blender_addon.backend.inside.lashes import lashes
from aim_blender_addon.backend.inside.lining import zipped
from aim_blender_addon.backend.inside.loops import in_order, lip_loop, open_loops
from aim_blender_addon.backend.inside.make import make_inside
from aim_blender_addon.backend.inside.room import Lips, Skin
from aim_blender_addon.backend.jobs.inside import InsideRequest
from aim_blender_addon.backend.jobs.wire import from_wire, to_wire
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head

HEAD = arkit_head()
FRONT = np.array([0.0, 0.0, 1.0])


def survey(skin: Mesh = HEAD.skin) -> FaceSurvey:
    """The free head, or a change of it, with the landmarks that it comes with."""
    return FaceSurvey(skin, HEAD.landmarks)


def filled(skin: Mesh, loop: np.ndarray) -> Mesh:
    """The skin with a hole closed by triangles about its middle."""
    middle = skin.vertices[loop].mean(axis=0, keepdims=True)
    fan = np.stack([loop, np.roll(loop, -1), np.full(len(loop), len(skin.vertices))], axis=1)
    return Mesh(
        np.concatenate([skin.vertices, middle]).astype(np.float32),
        np.concatenate([skin.face_vertices, fan.ravel()]).astype(np.int32),
        np.concatenate([skin.face_sizes, np.full(len(fan), 3)]).astype(np.int32),
        skin.name,
    )


@pytest.fixture(scope="module")
def made():
    return make_inside(survey(), HEAD.joint, False, KINDS)


def piece(made, name: str) -> Mesh:
    return next(one.mesh for one in made.pieces if one.mesh.name == name)


def test_a_head_without_a_mouth_gets_every_piece(made) -> None:
    assert made.notes == ()
    assert {one.kind for one in made.pieces} == set(KINDS)


def test_teeth_stand_behind_the_lips(made) -> None:
    lips = Lips(HEAD.skin)
    for name in ("upper teeth", "lower teeth"):
        points = piece(made, name).vertices
        near = points[(np.abs(points[:, 0]) < 14) & (points[:, 2] > points[:, 2].max() - 14)]
        assert lips.too_far(near.astype(float), FRONT, 1.0).max() < 0.3


def test_teeth_that_stand_in_a_lip_are_known(made) -> None:
    points = piece(made, "upper teeth").vertices
    near = points[(np.abs(points[:, 0]) < 5) & (points[:, 2] > points[:, 2].max() - 5)]
    lips = Lips(HEAD.skin)
    assert lips.too_far(near + [0, 0, 12.0], FRONT, 1.0).max() > 1
    assert lips.too_far(near + [0, 0, 20.0], FRONT, 1.0).max() > 5


def test_the_tongue_lies_below_the_palate_in_a_wide_open_mouth(made) -> None:
    tongue, teeth = piece(made, "tongue"), piece(made, "upper teeth").vertices
    far, nothing = np.full(len(tongue.vertices), 9.0), np.zeros(len(tongue.vertices))
    (attached,) = attach_parts([Part(tongue, far, nothing)], HEAD.joint)
    opened = HEAD.joint.pose(np.array([np.radians(25), 8.0, 0.0, 0.0]))
    posed = skin_with_jaw(tongue.vertices.astype(float), opened, attached.jaw_weight)
    edge = teeth[teeth[:, 2] > teeth[:, 2].max() - 10, 1].min()
    assert posed[:, 1].max() < edge - 3, "the palate shows above it"
    moved = np.linalg.norm(posed - tongue.vertices, axis=1)
    assert moved[tongue.vertices[:, 2].argmin()] < 0.5, "its root lies still"
    assert moved[tongue.vertices[:, 2].argmax()] > 15, "its tip goes with the jaw"


def test_the_lining_begins_on_the_edge_of_the_skin(made) -> None:
    lining = piece(made, "lining")
    rims = HEAD.rims["mouth"]
    loop = lip_loop(HEAD.skin, np.concatenate([rims.upper, rims.lower]), np.eye(3)[:2])
    count = len(loop.vertices)
    assert np.array_equal(lining.vertices[:count], HEAD.skin.vertices[loop.vertices])
    edge = max(open_loops(lining), key=len)
    assert set(edge.tolist()) == set(range(count))


def test_a_mouth_bag_of_the_skin_gets_no_lining_and_a_sentence(made) -> None:
    lining, rims = piece(made, "lining"), HEAD.rims["mouth"]
    loop = lip_loop(HEAD.skin, np.concatenate([rims.upper, rims.lower]), np.eye(3)[:2]).vertices
    new = len(HEAD.skin.vertices) + np.arange(len(lining.vertices) - len(loop))
    bag = Mesh(
        np.concatenate([HEAD.skin.vertices, lining.vertices[len(loop) :]]).astype(np.float32),
        np.concatenate(
            [HEAD.skin.face_vertices, np.concatenate([loop, new])[lining.face_vertices]]
        ),
        np.concatenate([HEAD.skin.face_sizes, lining.face_sizes]),
        "Bag",
    )
    found = make_inside(survey(bag), HEAD.joint, False, ("tongue", "lining"))
    assert {one.kind for one in found.pieces} == {"tongue"}
    assert [note for note in found.notes if "'Bag'" in note and "no other lining" in note]


def test_skin_covers_all_of_the_lining(made) -> None:
    points = piece(made, "lining").vertices[38:].astype(float)
    lips = Lips(HEAD.skin)
    # straight to the front it shows between the lips, which are parted at the corners
    for way in ([1, 0, 0.3], [-1, 0, 0.3], [0, 0.3, 1], [0, -0.3, 1]):
        assert lips.covered(points, np.array(way, float)).all()


def test_eyes_lie_where_the_free_head_has_them(made) -> None:
    for side, sign in (("left", 1), ("right", -1)):
        points = piece(made, f"{side} eye").vertices
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        assert np.linalg.norm(middle - [sign * 28.7, 141.5, 59.9]) < 4


def test_lashes_root_on_the_lids_and_stand_out(made) -> None:
    points = piece(made, "left lashes").vertices.reshape(-1, 6, 2, 3).mean(axis=2)
    root, tip = points[:, 0], points[:, -1]
    away = np.linalg.norm(root[:, None] - HEAD.skin.vertices[None], axis=2).min(axis=1)
    assert away.max() < 4  # of vertices that are 5 mm apart
    assert ((tip - root) @ FRONT).min() > 0.3


def test_lashes_stand_before_lids_that_are_hooded() -> None:
    rim = HEAD.rims["eye_left"]
    skin = HEAD.skin.vertices.astype(float)
    off = skin - rim.at(np.full(1, 0.5))[0][0]
    above = np.clip((off[:, 1] - 1.0) / 3, 0, 1) * np.clip((14 - off[:, 1]) / 5, 0, 1)
    hood = above * np.clip((22 - np.abs(off[:, 0])) / 8, 0, 1) * (off[:, 2] > -16)
    mesh = Trimesh(skin + 4.0 * hood[:, None] * FRONT, HEAD.skin.triangles, process=False)
    middle = mesh.triangles_center
    near_eye = np.linalg.norm(middle - rim.at(np.full(1, 0.5))[0][0], axis=1) < 40
    mesh.update_faces(near_eye & (mesh.face_normals[:, 2] > 0.1))
    places, faces = sample_surface(mesh, 60_000, seed=1)
    outer = Skin(np.asarray(places), mesh.face_normals[faces])
    made = lashes(rim, outer, ball_behind(rim, FRONT), np.eye(3), 1.0, "lashes")
    points = made.vertices.reshape(-1, 6, 2, 3).mean(axis=2)[:, 2:]
    near = cKDTree(outer.points).query(points)[1]
    before = ((points - outer.points[near]) * outer.normals[near]).sum(axis=2)
    assert (before > -0.1).mean() > 0.99


def test_a_turned_head_gets_the_same_pieces_turned(made) -> None:
    turn = np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]])
    skin = HEAD.skin.with_vertices(HEAD.skin.vertices @ turn)
    landmarks = {name: point @ turn for name, point in HEAD.landmarks.items()}
    joint = JawJoint(
        HEAD.joint.hinge_left @ turn, HEAD.joint.hinge_right @ turn, HEAD.joint.incisor @ turn
    )
    again = make_inside(FaceSurvey(skin, landmarks), joint, False, ("teeth", "tongue"))
    for name in ("upper teeth", "tongue"):
        off = piece(again, name).vertices - piece(made, name).vertices @ turn
        assert np.abs(off).max() < 0.5


def test_a_known_incisor_gives_the_place_of_the_lower_teeth() -> None:
    moved = replace(HEAD.joint, incisor=HEAD.joint.incisor - [0, 3.0, 4.0])
    found = make_inside(survey(), moved, True, ("teeth",))
    points = piece(found, "lower teeth").vertices
    front = points[(np.abs(points[:, 0]) < 4) & (points[:, 2] > points[:, 2].max() - 8)]
    edge = front[front[:, 1] > front[:, 1].max() - 0.7].mean(axis=0)
    assert np.linalg.norm(edge - moved.incisor) < 1.5


def without_edge(skin: Mesh, loop: np.ndarray) -> Mesh:
    """The skin without the faces at an open edge; its vertices stay."""
    face = np.repeat(np.arange(len(skin.face_sizes)), skin.face_sizes)
    kept = np.ones(len(skin.face_sizes), bool)
    kept[face[np.isin(skin.face_vertices, loop)]] = False
    return replace(
        skin, face_vertices=skin.face_vertices[kept[face]], face_sizes=skin.face_sizes[kept]
    )


@pytest.mark.parametrize("rings", [0, 2])
def test_a_mouth_closed_by_skin_gets_eyes_only(rings: int) -> None:
    """Behind the lips, and from lip to lip."""
    rims = HEAD.rims["mouth"]
    skin = HEAD.skin
    for _ in range(rings + 1):
        loop = lip_loop(skin, np.concatenate([rims.upper, rims.lower]), np.eye(3)[:2]).vertices
        closed = filled(skin, loop)
        skin = without_edge(skin, loop)
    found = make_inside(survey(closed), HEAD.joint, False, ("teeth", "lining", "eyes"))
    assert {one.kind for one in found.pieces} == {"eyes"}
    assert "Skin closes the mouth" in found.notes[0]


def test_a_sealed_eye_is_left_out() -> None:
    hole = next(
        loop
        for loop in open_loops(HEAD.skin)
        if np.linalg.norm(HEAD.skin.vertices[loop].mean(axis=0) - [29, 140, 72]) < 12
    )
    skin = filled(HEAD.skin, hole)
    found = make_inside(survey(skin), HEAD.joint, False, ("eyes", "lashes"))
    assert {one.mesh.name for one in found.pieces} == {"right eye", "right lashes"}
    assert "left lids" in found.notes[0]


def test_pieces_that_are_there_are_told_by_their_place(made) -> None:
    meshes = [one.mesh for one in made.pieces]
    assert kinds_in(meshes, HEAD.joint) == set(KINDS)
    for kind in ("tongue", "teeth", "lining"):
        own = [one.mesh for one in made.pieces if one.kind == kind]
        assert kinds_in(own, HEAD.joint) - {"gums"} == {kind}
    assert eyes_missing(meshes, HEAD.joint) == ()
    assert eyes_missing([piece(made, "left eye")], HEAD.joint) == ("right",)
    assert kinds_in([], HEAD.joint) == set()


def test_eyes_joined_to_the_skin_are_there(made) -> None:
    eye = piece(made, "left eye")
    joined = Mesh(
        np.concatenate([HEAD.skin.vertices, eye.vertices]).astype(np.float32),
        np.concatenate(
            [HEAD.skin.face_vertices, eye.face_vertices + len(HEAD.skin.vertices)]
        ).astype(np.int32),
        np.concatenate([HEAD.skin.face_sizes, eye.face_sizes]).astype(np.int32),
    )
    assert loose_pieces(HEAD.skin) == []
    assert eyes_missing(loose_pieces(joined), HEAD.joint) == ("right",)


def test_rings_of_any_count_are_joined_without_a_hole() -> None:
    for first, second in ((7, 40), (40, 7), (12, 12)):
        one, two = (
            np.sort(np.linspace(0, 2, n, endpoint=False) + s)
            for n, s in ((first, 0), (second, 0.013))
        )
        triangles = zipped(one, two)
        assert len(triangles) == first + second
        edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        single = np.unique(edges, axis=0, return_counts=True)[1]
        assert (single <= 2).all() and (single == 1).sum() == first + second


def test_a_loop_runs_over_the_upper_lip_first() -> None:
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False) + 1
    points = np.stack([np.cos(turn), 0.3 * np.sin(turn), 0 * turn], axis=1)
    for numbers in (np.arange(24), np.arange(24)[::-1]):
        loop = in_order(numbers, points, np.eye(3)[:2])
        assert points[loop.vertices[0], 0] < -0.9
        assert (points[loop.vertices[1:11], 1] > -0.1).all()
        assert (np.diff(loop.along) > 0).all()


def test_the_request_comes_back_from_its_wire_form() -> None:
    posed = HEAD.skin.vertices[None]
    jaws = np.eye(4)[None]
    request = InsideRequest(HEAD.skin, {}, HEAD.joint, True, ["teeth"], ["left"], posed, jaws)
    again = from_wire(InsideRequest, *to_wire(request))
    assert again.posed.shape == posed.shape and again.jaws.shape == (1, 4, 4)
    assert again.wanted == ("teeth",) and again.joint.length == HEAD.joint.length
