# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hangs on a made-up skin follows it: cards turn with their roots, a lining follows its own lip."""

from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.hanging.binding import Places, carry
from aim_blender_addon.backend.anatomy.hanging.roots import bind
from aim_blender_addon.backend.geometry.mesh import Mesh

LENGTH = 95.0


def sheet(points) -> Mesh:
    """Quads over [R, C, 3] points."""
    rows, columns = points.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], -1)
    quads = quads.reshape(-1, 4)
    return Mesh(
        points.reshape(-1, 3).astype(np.float32),
        quads.ravel().astype(np.int32),
        np.full(len(quads), 4, np.int32),
    )


def joined(*meshes) -> Mesh:
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    corners = [m.face_vertices + s for m, s in zip(meshes, starts, strict=False)]
    return Mesh(
        np.concatenate([m.vertices for m in meshes]),
        np.concatenate(corners).astype(np.int32),
        np.concatenate([m.face_sizes for m in meshes]),
    )


def dome(size=40.0, count=21) -> Mesh:
    """Skin that bulges to the front, z."""
    x, y = np.meshgrid(np.linspace(-size, size, count), np.linspace(-size, size, count))
    return sheet(np.stack([x, y, 60 - (x**2 + y**2) / 150], -1))


def card(root, way, wide=2.0, rows=5) -> Mesh:
    """A strip of quads from a root on, mm."""
    along = np.linspace(0, 1, rows)[:, None, None] * np.asarray(way, float)
    across = np.array([-wide / 2, wide / 2])[None, :, None] * np.array([1.0, 0, 0])
    return sheet(np.asarray(root, float) + along + across)


def places(points, skin) -> Places:
    """The nearest vertices; enough where these lie close."""
    far = np.linalg.norm(points[:, None].astype(float) - skin.vertices[None], axis=2)
    nearest = far.argmin(axis=1)
    weights = np.tile((1.0, 0.0, 0.0), (len(points), 1))
    return Places(np.repeat(nearest[:, None], 3, axis=1), weights, far.min(axis=1))


def bound(mesh, skin, lining=False):
    every, none = np.ones(len(mesh.vertices), bool), np.zeros(len(mesh.vertices), bool)
    kinds = (none, every) if lining else (every, none)
    return bind(mesh, skin, places(mesh.vertices, skin), kinds, LENGTH)


def carried(binding, mesh, skin, moves):
    return carry(binding, mesh.vertices.astype(float), skin.vertices, moves)


def test_a_card_moves_as_a_whole_when_its_skin_turns():
    skin = dome()
    mesh = card((8, 4, 60.0), (0, 3, 12))
    angle = np.radians(50)
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    centre = np.array([0, 0, 40.0])
    rest = skin.vertices.astype(float)
    moves = (rest - centre) @ turn.T + centre - rest
    binding = bound(mesh, skin)
    assert np.all(binding.follow == 1)
    wanted = (mesh.vertices - centre) @ turn.T + centre
    moved = mesh.vertices + carried(binding, mesh, skin, moves)
    np.testing.assert_allclose(moved, wanted, atol=1e-3)


def test_cards_are_not_sheared_where_skin_stretches():
    skin = dome()
    mesh = joined(*(card((x, 0, 60.2 - x * x / 150), (0, 8, 8)) for x in (-20, 0, 20)))
    moves = skin.vertices * (0.3, 0, 0)
    moved = mesh.vertices + carried(bound(mesh, skin), mesh, skin, moves)
    for number, x in enumerate((-20, 0, 20)):
        own = slice(10 * number, 10 * number + 10)
        shift = (moved - mesh.vertices)[own]
        assert np.abs(shift[:, 0] - 0.3 * x).max() < 0.7
        assert np.ptp(shift[2:], axis=0).max() < 0.4, "tips follow their roots"


def test_what_is_far_from_the_skin_or_deep_below_it_stays():
    skin = dome()
    away, below = card((0, 0, 75.0), (0, 0, 8)), card((0, 0, 54.0), (0, 2, -20))
    for mesh in (away, below):
        binding = bound(mesh, skin)
        assert not binding.follow.any() and not len(binding.corners)
        assert not carried(binding, mesh, skin, np.ones((len(skin.vertices), 3))).any()
        assert not binding.of_skin(np.ones(len(skin.vertices))).any()


def lips() -> tuple[Mesh, Mesh]:
    """Two lips that meet at y = 0 and look to the front, and the lining that hangs on their edges."""
    x, across = np.linspace(-20, 20, 17)[None], np.linspace(0.2, 20, 12)[:, None]
    back = np.linspace(0.2, 20, 12)[:, None]
    upper = np.stack([x + 0 * across, across + 0 * x, 10 - across * 0.1 + 0 * x], -1)
    skin = joined(sheet(upper), sheet(upper[::-1] * (1, -1, 1)))
    inner = np.stack([x + 0 * back, 0.6 * back + 0.08 + 0 * x, 10.18 - back + 0 * x], -1)
    bag = np.concatenate([inner, inner[::-1] * (1, -1, 1)])
    return skin, sheet(bag)


def test_a_lining_follows_its_own_lip_and_not_the_other():
    skin, lining = lips()
    binding = bound(lining, skin, lining=True)
    is_upper = skin.vertices[:, 1] > 0
    moves = np.where(is_upper[:, None], (0, 5.0, 0), (0, -5.0, 0))
    moved = carried(binding, lining, skin, moves)
    near = lining.vertices[:, 2] > 0
    side = np.sign(lining.vertices[:, 1])
    assert np.all(binding.follow[near] > 0.9)
    np.testing.assert_allclose((moved[:, 1] * side)[near], 5 * binding.follow[near], atol=0.4)
    rim = np.abs(lining.vertices[:, 2] - lining.vertices[:, 2].max()) < 1e-3
    np.testing.assert_allclose(moved[rim], side[rim, None] * (0, 5.0, 0), atol=1e-6)


def test_a_bag_that_hangs_on_no_lip_stays():
    skin, lining = lips()
    lining = lining.with_vertices(lining.vertices - np.float32((0, 0, 12)))
    assert not bound(lining, skin, lining=True).follow.any()


@pytest.mark.parametrize(
    "damage",
    [
        {"roots": np.full((10, 6), 999, np.int32)},
        {"corners": np.zeros((1, 2), np.int32)},
        {"follow": np.ones(3, np.float32)},
        {"around": np.zeros((1, 4))},
    ],
)
def test_damaged_bindings_are_known(damage):
    skin = dome()
    binding = bound(card((0, 0, 60.0), (0, 0, 8)), skin)
    assert binding.is_valid(10, len(skin.vertices))
    assert not binding.is_valid(11, len(skin.vertices)) and not binding.is_valid(10, 5)
    assert not replace(binding, **damage).is_valid(10, len(skin.vertices))


def test_a_shell_before_both_lips_goes_with_each_of_them():
    skin, _bag = lips()
    x, y = np.meshgrid(np.linspace(-18, 18, 19), np.linspace(-16, 16, 33))
    mesh = sheet(np.stack([x, y, 13 - np.abs(y) * 0.1], -1))
    mesh.vertices[np.flatnonzero(np.abs(mesh.vertices[:, 1]) < 0.1)[:9], 2] -= 2.5
    moves = np.where(skin.vertices[:, 1:2] < 0, (0, -20.0, -5.0), (0, 0, 0))
    moved = carried(bound(mesh, skin), mesh, skin, moves)
    upper, lower = mesh.vertices[:, 1] > 8, mesh.vertices[:, 1] < -8
    assert np.abs(moved[upper]).max() < 0.1
    np.testing.assert_allclose(moved[lower], np.tile((0, -20.0, -5.0), (lower.sum(), 1)), atol=0.1)
