# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bag behind a made-up mouth: found, told apart by lips, and moved with the bone it lies on."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from aim_blender_addon.backend.anatomy.head.landmarks import frame_of
from aim_blender_addon.backend.anatomy.head.rims import Rims, find_rims
from aim_blender_addon.backend.anatomy.head.skin_view import SkinView
from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.contact.lining import find_lining, hang, opening_notes
from aim_blender_addon.backend.contact.settings import LINING
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.curves import Curves
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head
from aim_blender_addon.backend.retargeting.correspondence import correspond
from aim_blender_addon.backend.retargeting.performance import drive
from aim_blender_addon.backend.retargeting.player import prepare
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace
from aim_blender_addon.backend.retargeting.transfer import make_transfer

AXES = np.eye(3)  # left, up, front
AROUND = 48
#: Half width and half height of the lips' gap, depth of the bag, half its height, mm.
WIDE, GAP, DEEP, TALL = 20.0, 0.3, 40.0, 18.0
#: The plate is bent as a bowl, mm.
BENT = 150.0
OUTER, INNER = np.linspace(1, 0, 14), np.linspace(0, 1, 16)[1:]


def mouth(closed: str = "bag", lift: float = 0.0) -> Mesh:
    """A plate with a slit for a mouth, mm: behind it a "bag", a "hole", or the "sheet" goes on from lip to lip.

    Args:
        closed: which.
        lift: how far up the middle of the slit lies, mm: a mouth that curves.
    """
    turned = np.arange(AROUND) / AROUND * 2 * np.pi
    rings = [(WIDE + 50 * u, GAP + 60 * u, 0.0) for u in OUTER]
    if closed == "bag":
        swell = np.sin(np.pi * INNER)
        rings += [
            (WIDE * np.cos(v * 1.5) + 8 * s, GAP + TALL * s, -DEEP * v)
            for v, s in zip(INNER, swell, strict=True)
        ]
    points = np.stack(
        [[a * np.cos(turned), b * np.sin(turned), np.full(AROUND, z)] for a, b, z in rings]
    )
    points = points.transpose(0, 2, 1).reshape(-1, 3)
    points[:, 1] += lift * np.clip(1 - (points[:, 0] / WIDE) ** 2, 0, 1)
    points[:, 2] -= (points[:, :2] ** 2).sum(axis=1) / BENT
    ring = np.arange(len(points)).reshape(len(rings), AROUND)
    right = np.roll(ring, -1, axis=1)
    quads = np.stack([ring[:-1], right[:-1], right[1:], ring[1:]], axis=-1).reshape(-1, 4)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    if closed != "hole":
        middle = points[ring[-1]].mean(axis=0)
        cap = np.stack([ring[-1], right[-1], np.full(AROUND, len(points))], axis=1)
        points, triangles = np.concatenate([points, [middle]]), np.concatenate([triangles, cap])
    return Mesh.from_triangles(points.astype(np.float32), triangles, closed)


def rims(lift: float = 0.0) -> Rims:
    across = np.linspace(0.05, 0.95, 21)
    x = WIDE * (2 * across - 1)
    high = GAP * np.sqrt(1 - (x / WIDE) ** 2)
    middle = lift * (1 - (x / WIDE) ** 2)
    edges = [
        np.stack([x, y, -(x**2 + y**2) / BENT], axis=1) for y in (middle + high, middle - high)
    ]
    return Rims(across, *edges)


def behind_the_rim(mesh: Mesh) -> np.ndarray:
    """[V] bool."""
    return np.arange(len(mesh.vertices)) >= len(OUTER) * AROUND


def face(mesh: Mesh, lift: float = 0.0) -> RetargetFace:
    """The mouth as a face whose lower half follows the jaw."""
    points = mesh.vertices.astype(float)
    corners = {
        f"mark {x} {y}": np.array([x, y, -(x**2 + y**2) / BENT])
        for x in (-60, -30, 30, 60)
        for y in (-30, 30)
    }
    corners |= {
        name: np.array([x, 0.0, -(x**2) / BENT])
        for name, x in (("tragion_left", 65), ("tragion_right", -65))
    }
    return RetargetFace(
        mesh=mesh,
        rows=np.arange(len(points)),
        skin=mesh,
        scale=1.0,
        thickness=np.full(len(points), 10.0),
        jaw_weight=(points[:, 1] < 0).astype(float),
        # The bite lies behind the slit: the Balkwill angle of 25 degrees is in the joint's own frame.
        joint=JawJoint(
            np.array([50.0, 34, -80]), np.array([-50.0, 34, -80]), np.array([0.0, 0, -8])
        ),
        landmarks=corners,
        left_up_front=AXES,
        rims={"mouth": rims(lift)},
        part_jaw=np.zeros(len(points)),
    )


@pytest.mark.parametrize("lift", [0.0, 6.0])
def test_the_bag_behind_the_lips_is_found_and_has_two_sides(lift: float) -> None:
    mesh = mouth("bag", lift)
    lining = find_lining(mesh, rims(lift), AXES)
    assert lining.parted
    behind = behind_the_rim(mesh)
    missed = np.linalg.norm(mesh.vertices[lining.inside != behind] - [0, lift, 0], axis=1)
    assert len(missed) <= 4 and (missed > WIDE - 5).all()  # the corners themselves
    up = mesh.vertices[:, 1] - lift * np.clip(1 - (mesh.vertices[:, 0] / WIDE) ** 2, 0, 1)
    lips = (np.abs(mesh.vertices[:, 0]) < 15) & (np.abs(up) < 10) & (np.abs(up) > 0.01) & ~behind
    assert lips.sum() > 40
    np.testing.assert_array_equal(lining.side[lips], np.sign(up[lips]))


@pytest.mark.parametrize("closed", ["hole", "sheet"])
def test_skin_that_ends_at_the_lips_or_goes_on_between_them_has_no_lining(closed: str) -> None:
    lining = find_lining(mouth(closed), rims(), AXES)
    assert not lining.inside.any()
    assert (lining.known == 1).all()
    assert lining.parted == (closed == "hole")


def test_what_hangs_on_the_rim_follows_it_less_and_less() -> None:
    x, y = np.meshgrid(np.arange(0, 61, 2.0), np.arange(0, 9, 2.0), indexing="ij")
    number = np.arange(x.size).reshape(x.shape)
    a, b, c, d = (
        n.ravel() for n in (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:])
    )
    triangles = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    points = np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3)
    free = points[:, 0] > 0
    sheet = Mesh.from_triangles(points.astype(np.float32), triangles, "sheet")
    across = hang(SurfaceOperator.of(points, triangles), sheet, free, np.zeros(len(points), int))
    edge = replace(across, firm=0 * across.firm)
    moved = edge.matrix() @ np.where(free, 7.0, 1.0)
    truth = np.cosh((60 - points[:, 0]) / LINING.hangs_mm) / np.cosh(60 / LINING.hangs_mm)
    np.testing.assert_allclose(moved, truth, atol=0.01)
    alone = edge.film(moved[:, None], 0 * truth, moved[:, None])
    np.testing.assert_allclose(alone, 1.0, atol=1e-6)  # nothing holds it: all as the rim


def test_the_back_of_a_lip_moves_with_its_front() -> None:
    mesh = mouth("bag")
    rest = mesh.vertices.astype(float)
    behind = behind_the_rim(mesh)
    side = find_lining(mesh, rims(), AXES).side
    hanging = hang(SurfaceOperator.of(rest, mesh.triangles), mesh, behind, side)
    near, far = behind & (rest[:, 2] > -6), behind & (rest[:, 2] < -35)
    pushed = np.where(behind, 0.0, rest[:, 1] < 0) * 5.0  # the lower lip, and all below it, by 5 mm
    moved = hanging.matrix() @ pushed
    low = near & (rest[:, 1] < -3)
    assert low.sum() > 10 and moved[low].min() > 3.0
    assert moved[near & (rest[:, 1] > 3)].max() < 1.0
    assert moved[far].max() < 3.0


def test_lips_stay_apart_and_the_bag_lies_on_its_bones() -> None:
    source, target = face(mouth("hole")), face(mouth("bag", 3.0), 3.0)
    mapped = correspond(source, target)
    rest = target.skin.vertices
    lining = target.linings["mouth"]
    place = mapped.points.interpolate(source.skin.vertices)
    lips = np.abs(rest[:, 0]) < 16
    for side in (1, -1):
        assert (side * place[lips & (lining.side == side)][:, 1] > -GAP).all()
    weight = make_transfer(source, target, mapped).jaw_weight()
    deep = lining.inside & (lining.depth > 10) & (rest[:, 2] > -25)
    assert (
        weight[deep & (rest[:, 1] > 10)].max() < 0.4 < 0.6 < weight[deep & (rest[:, 1] < -10)].min()
    )
    edges = np.sort(target.skin.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    length = np.linalg.norm(rest[edges[:, 0]] - rest[edges[:, 1]], axis=1)
    jump = np.abs(weight[edges[:, 0]] - weight[edges[:, 1]])
    assert jump[lining.inside[edges].all(axis=1) & (length > 2)].max() < 0.35


def sealed_head() -> RetargetFace:
    """The generic head with its lips grown together: nothing behind them, a patch between."""
    head = arkit_head()
    mesh = head.skin
    kept = mesh.triangles[~head.linings["mouth"].inside[mesh.triangles].any(axis=1)]
    edges = np.concatenate([kept[:, [0, 1]], kept[:, [1, 2]], kept[:, [2, 0]]])
    _, number, uses = np.unique(
        np.sort(edges, axis=1), axis=0, return_inverse=True, return_counts=True
    )
    border = edges[uses[number.ravel()] == 1]
    rim = head.rims["mouth"].lower.mean(axis=0)
    border = border[np.linalg.norm(mesh.vertices[border[:, 0]] - rim, axis=1) < 40]
    onwards = dict(border.tolist())
    loop = [int(border[mesh.vertices[border[:, 0]][:, 0].argmin(), 0])]
    while len(loop) < len(border):
        loop.append(onwards[loop[-1]])
    seam = range(len(loop) // 2)  # from one corner to the other, each vertex to the one across
    quads = np.array([[loop[-k - 1], loop[k + 1], loop[k], loop[-k]] for k in seam])
    patch = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    patch = patch[[len(set(corners)) == 3 for corners in patch.tolist()]]
    rows, triangles = np.unique(np.concatenate([kept, patch]), return_inverse=True)
    skin = Mesh.from_triangles(mesh.vertices[rows], triangles.reshape(-1, 3), "doll")
    frame = frame_of(skin, head.landmarks)
    return replace(
        head,
        mesh=skin,
        rows=np.arange(len(rows)),
        skin=skin,
        thickness=head.thickness[rows],
        jaw_weight=head.jaw_weight[rows],
        rims=find_rims(SkinView(skin, frame), head.landmarks),
        part_jaw=np.zeros(len(rows)),
        expression_names=(),
        displacements=np.zeros((0, 0, 3), np.float32),
        jaw_poses=np.zeros((0, 4, 4)),
    )


def test_a_target_without_a_mouth_opening_plays_and_says_so() -> None:
    source, target = arkit_head(), sealed_head()
    assert opening_notes("head", source.linings) == []
    (note,) = opening_notes("doll", target.linings)
    assert note.startswith("'doll' has no opening between the lips")
    retargeter = prepare(source, target, np.ones((len(source.skin.vertices), 1)))
    curves = Curves(
        ("jawOpen",), np.array([[0.0], [0.5]]), np.arange(2) / 30, np.zeros((2, 3)), 30.0
    )
    neutral, opened = (retargeter.play(f).vertices for f in drive(source, curves)[0].frames(source))
    np.testing.assert_allclose(neutral, target.mesh.vertices, atol=0.01)
    chin = cKDTree(neutral).query(target.landmarks["gnathion"])[1]
    same = cKDTree(source.skin.vertices).query(target.landmarks["gnathion"])[1]
    posed = list(drive(source, curves)[0].frames(source))[1].skin[same] - source.skin.vertices[same]
    np.testing.assert_allclose(
        opened[chin] - neutral[chin], posed, atol=0.1 * np.linalg.norm(posed)
    )
