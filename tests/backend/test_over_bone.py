# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edges and faces over bone, with known answers: a ridge, a plate as thin as a tooth, and what rests in bone."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from aim_blender_addon.backend.contact.bone_field import Bones
from aim_blender_addon.backend.contact.off_bone import OffBone, kept_bones
from aim_blender_addon.backend.contact.over_bone import DEEP_MM, KnownRoom, SkinOverBone
from aim_blender_addon.backend.contact.rough import roughly_deep
from aim_blender_addon.backend.editing.drag import Drag
from aim_blender_addon.backend.editing.handles import Handles
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.retargeting.performance import Frame
from aim_blender_addon.backend.retargeting.player import prepare
from tests.backend import edit_face
from tests.backend.retarget_faces import plain_face, same_map

#: Vertices of the sheet are this far apart, mm: farther than the ridge is wide.
APART = 6.0
STILL = np.eye(4)


def box(extents: tuple, centre: tuple, name: str) -> Mesh:
    made = trimesh.creation.box(extents).subdivide().subdivide()
    return Mesh.from_triangles(made.vertices + centre, made.faces, name)


def sheet(height: float) -> tuple[np.ndarray, np.ndarray]:
    """A flat skin at z = ``height`` whose columns lie beside the ridge at x = 3 and -3; and its triangles."""
    steps = APART * (np.arange(8) - 3.5)
    x, y = np.meshgrid(steps, steps, indexing="ij")
    points = np.stack([x.ravel(), y.ravel(), np.full(64, height)], axis=1)
    corner = (8 * np.arange(7)[:, None] + np.arange(7)).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + 8, corner + 9], 1),
            np.stack([corner, corner + 9, corner + 1], 1),
        ]
    )
    return points, faces


def bones_of(skull: Mesh) -> Bones:
    far = box((5, 5, 5), (0, 0, -60), "jaw")
    return Bones.of(skull, far, sheet(3.0)[0])


@pytest.fixture(scope="module")
def ridge() -> Bones:
    """A round bone along the sheet whose crest is at z = 2."""
    turn = trimesh.transformations.rotation_matrix(np.pi / 2, (1, 0, 0))
    turn[2, 3] = -2.0
    rod = trimesh.creation.cylinder(4.0, 70, sections=256, transform=turn)
    return bones_of(Mesh.from_triangles(rod.vertices, rod.faces, "skull"))


@pytest.fixture(scope="module")
def plate() -> Bones:
    """Bone 1.2 mm thick, from z = 0.4 to 1.6, below all of the sheet: a tooth."""
    return bones_of(box((60, 60, 1.2), (0, 0, 1.0), "skull"))


def depth(bones: Bones, points: np.ndarray, faces: np.ndarray) -> float:
    """Deepest point of a skin in the first bone, looked for everywhere."""
    i, j = np.meshgrid(np.arange(25), np.arange(25), indexing="ij")
    i, j = i[i + j <= 24], j[i + j <= 24]
    weights = np.stack([24 - i - j, i, j], axis=1) / 24
    at = np.einsum("mk,tkc->tmc", weights, points[faces]).reshape(-1, 3)
    return float(-bones.skull.surface.distances(at).min())


def test_an_edge_between_corners_beside_a_ridge_is_found_and_lifted(ridge):
    rest, faces = sheet(3.0)
    low = sheet(1.2)[0]
    assert (ridge.skull.surface.distances(low) > 0.3).all()  # all corners are outside
    assert depth(ridge, low, faces) == pytest.approx(0.8, abs=0.02)
    found = SkinOverBone(ridge, rest, faces).too_deep(low, STILL)
    assert found.worst_mm == pytest.approx(0.8, abs=0.02)
    held = OffBone(ridge, rest, faces).held(low, STILL, rest)
    assert depth(ridge, held, faces) < DEEP_MM + 0.02
    lifted = (held - low)[:, 2]
    beside = np.abs(low[:, 0]) < 4
    np.testing.assert_allclose(lifted[beside], 0.8, atol=0.1)
    assert np.abs((held - low)[:, :2]).max() < 0.2


def test_skin_deep_in_a_broad_bone_comes_out_all_the_same():
    """So much of it that the first look takes few samples, and others have to follow."""
    rest, faces = sheet(3.0)
    ball = trimesh.creation.icosphere(5, 30.0)
    bones = bones_of(Mesh.from_triangles(ball.vertices - [0, 0, 28], ball.faces, "skull"))
    low = sheet(0.3)[0]
    over = SkinOverBone(bones, rest, faces)
    first = over.too_deep(low, STILL, corners=True, thin=True)
    every = over.too_deep(low, STILL, corners=True)
    assert first.thin and not every.thin
    assert 0 < len(first) < 0.5 * len(every)
    held = OffBone(bones, rest, faces).held(low, STILL, rest)
    assert depth(bones, held, faces) < 0.15
    # What one take needs for a jump, the next frame of it does not undo.
    holds = OffBone(bones, rest, faces)
    for height in (3.0, 0.3, 0.2, 0.3):
        held = holds.held(sheet(height)[0], STILL, rest)
        assert depth(bones, held, faces) < 0.15


def test_a_tip_between_all_edges_is_found():
    """A pin that pierces a face and meets none of its edges."""
    rest, faces = sheet(3.0)
    pin = box((0.8, 0.8, 20), (1.0, -1.2, -8), "skull")
    bones = bones_of(pin)
    low = sheet(1.4)[0]
    found = SkinOverBone(bones, rest, faces).too_deep(low, STILL)
    assert len(found) and (found.weights > 0.05).all()
    held = OffBone(bones, rest, faces).held(low, STILL, rest)
    assert depth(bones, held, faces) < 0.3


def test_nothing_changes_where_nothing_touches(ridge):
    rest, faces = sheet(3.0)
    holds = OffBone(ridge, rest, faces)
    waves = rest + np.sin(rest[:, [1, 2, 0]])
    waves[:, 2] = rest[:, 2] + 0.8 * np.sin(rest[:, 0])
    np.testing.assert_array_equal(holds.held(waves, STILL, rest), waves)


def test_skin_pushed_through_a_thin_plate_comes_back_on_its_own_side(plate):
    rest, faces = sheet(3.0)
    through = rest.copy()
    inner = np.abs(rest[:, :2]).max(axis=1) < 10
    through[inner, 2] = -0.8  # behind it, outside again
    held = OffBone(plate, rest, faces).held(through, STILL, rest)
    assert held[:, 2].min() > 1.6 - DEEP_MM - 0.02
    nearest = OffBone(plate, rest, faces).over.too_deep(through, STILL)
    assert (nearest.push[:, 2] < 0).any()  # without knowing where it came from


def test_what_rests_in_bone_is_counted_from(ridge):
    rest, faces = sheet(1.5)  # half a millimetre deep
    holds = OffBone(ridge, rest, faces)
    np.testing.assert_array_equal(holds.held(rest, STILL, rest), rest)
    lower = rest - [0, 0, 0.4]
    held = holds.held(lower, STILL, rest)
    beside = np.abs(rest[:, 0]) < 4
    np.testing.assert_allclose(held[beside, 2], 1.5, atol=0.1)


def test_what_is_known_changes_no_answer(ridge):
    rest, faces = sheet(3.0)
    over, known = SkinOverBone(ridge, rest, faces), KnownRoom(len(rest))
    random = np.random.default_rng(0)
    for height in (3.0, 2.5, 2.1, 1.5, 2.4, 0.5, 3.0):
        points = sheet(height)[0] + random.normal(0, 0.02, rest.shape)
        told, fresh = over.too_deep(points, STILL, known), over.too_deep(points, STILL)
        assert (len(told) > 0) == (len(fresh) > 0)
        assert told.worst_mm == pytest.approx(fresh.worst_mm, abs=0.02)
    again = over.too_deep(points, STILL, known)
    assert not len(again)


def test_a_rough_look_finds_about_the_same(ridge):
    rest, faces = sheet(3.0)
    over, known = SkinOverBone(ridge, rest, faces), KnownRoom(len(rest))
    assert not len(roughly_deep(over, rest, STILL, known, rest))
    for height in (1.5, 1.0):
        points = sheet(height)[0]
        found, exact = roughly_deep(over, points, STILL, known, rest), over.too_deep(points, STILL)
        assert found.worst_mm == pytest.approx(exact.worst_mm, abs=0.3)
        assert (found.push[:, 2] > 0).all()
    posed = np.linalg.inv(trimesh.transformations.rotation_matrix(0.3, (0, 1, 0)))
    over = SkinOverBone(Bones(ridge.jaw, ridge.skull), rest, faces)
    local, turned = sheet(1.5)[0], posed[:3, :3]
    in_jaw = roughly_deep(over, local @ turned.T, posed, KnownRoom(len(rest)), rest @ turned.T)
    out = in_jaw.push @ turned
    assert len(in_jaw) and (out[:, 2] > 0).all()


def test_the_jaws_bone_is_met_where_it_is_now(ridge):
    """The ridge as a jaw that has come 5 mm up to a sheet that stayed."""
    rest, faces = sheet(8.0)
    bones = Bones(ridge.jaw, ridge.skull)
    pose = STILL.copy()
    pose[2, 3] = 5.0
    over = SkinOverBone(bones, rest, faces)
    skin = sheet(6.2)[0]
    assert not len(over.too_deep(skin, STILL))
    found = over.too_deep(skin, pose)
    assert found.worst_mm == pytest.approx(0.8, abs=0.02)
    held = OffBone(bones, rest, faces).held(skin, pose, rest)
    np.testing.assert_allclose(held[np.abs(skin[:, 0]) < 4, 2], 7.0, atol=0.1)


def test_no_edge_of_a_wild_drag_lies_in_bone():
    face = edit_face.face()
    faces = face.model.neutral.triangles
    random = np.random.default_rng(3)
    for _ in range(3):
        vertices = random.choice(len(face.rest), 3, replace=False)
        ways = -face.model.neutral.normals[vertices] * random.uniform(10, 30, (3, 1))
        edit = Drag(face, Handles.of(vertices, face.rest[vertices] + ways)).solve()
        pose = face.joint.pose(edit.jaw)
        assert not len(SkinOverBone(face.bones, face.rest, faces).too_deep(edit.vertices, pose))


def test_a_frame_played_on_another_face_stays_off_its_bone():
    names = ("smile",)
    source, target = plain_face(names=names), plain_face(1.2, names=names)
    moved = target.displacements[0]
    at = int(np.linalg.norm(moved, axis=1).argmax())
    way = moved[at] / np.linalg.norm(moved[at])
    rest = target.skin.vertices.astype(float)
    # A ball where the smile takes the skin: 1 mm of room.
    bone = edit_face.ellipsoid(tuple(rest[at] + 7 * way), (6, 6, 6), "skull")
    far = edit_face.ellipsoid((0, -300, 0), (5, 5, 5), "jaw")
    ones = np.ones((len(rest), 1))
    player = prepare(source, target, ones, contacts=False, mapped=same_map(source, target))
    bones = Bones.of(bone, far, rest)
    frame = Frame(
        np.full((1, 1), 2.0),
        np.zeros(4),
        STILL,
        None,
        source.skin.vertices + 2 * source.displacements[0],
    )
    faces = target.skin.triangles
    free = player.play(frame).vertices.astype(float)
    over = SkinOverBone(bones, rest, faces)
    assert over.too_deep(free, STILL, corners=True).worst_mm > 0.5
    held = replace(player, off_bone=OffBone(bones, rest, faces)).play(frame).vertices.astype(float)
    assert over.too_deep(held, STILL, corners=True).worst_mm < 0.1
    still = np.linalg.norm(free - rest[at], axis=1) > 100
    np.testing.assert_array_equal(held[still], free[still])


def test_bones_are_made_ready_once_and_a_model_without_has_none():
    small = [edit_face.ellipsoid((0, 0, 50), (8, 8, 8), name) for name in ("skull", "jaw")]
    model = replace(edit_face.model(), skull=small[0], jaw=small[1])
    assert kept_bones(model) is kept_bones(model)
    nothing = Mesh(np.zeros((0, 3), np.float32), np.zeros(0, np.int32), np.zeros(0, np.int32))
    assert kept_bones(replace(model, skull=nothing)) is None
