# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sculpts brought to the nearest feasible shape, on a made-up head with known answers."""

from types import SimpleNamespace

import numpy as np
import pytest

from aim_blender_addon.backend.editing.constrain import (
    constrain,
    sculpted_patches,
    tissue_volume,
    volume_between,
    volume_kept,
)
from aim_blender_addon.backend.editing.limits import mean_of_neighbours
from aim_blender_addon.backend.errors import EditError
from aim_blender_addon.backend.geometry.laplacian import SurfaceOperator
from tests.backend import edit_face
from tests.backend.edit_face import BROW, CHEEK


@pytest.fixture(scope="module")
def face():
    return edit_face.face()


def test_the_rest_stays(face):
    done = constrain(face, face.rest)
    assert done.moved_mm.max() < 0.01
    assert np.abs(done.jaw).max() < 1e-3


def test_skin_pushed_into_bone_comes_out(face):
    place = face.rest[edit_face.vertex_near(BROW)]
    dent = np.exp(-(np.linalg.norm(face.rest - place, axis=1) ** 2) / 400)
    sculpted = face.rest - 25 * dent[:, None] * face.model.neutral.normals
    assert face.bones.distances(sculpted, np.eye(4)).min() < -5
    done = constrain(face, sculpted)
    edit_face.assert_feasible(face, done.vertices, done.jaw)
    half = constrain(face, sculpted, strength=0.5)
    np.testing.assert_allclose(half.moved_mm, done.moved_mm / 2, atol=1e-6)
    assert constrain(face, sculpted, strength=0).moved_mm.max() == 0


def test_masked_skin_is_not_moved(face):
    sculpted = face.rest * 0.9
    mask = (face.rest[:, 0] > 0).astype(float)
    done = constrain(face, sculpted, mask=mask)
    assert done.moved_mm[mask == 1].max() == 0
    assert done.moved_mm[mask == 0].max() > 1


def test_the_jaw_of_a_sculpt_is_found(face):
    truth = np.array([0.25, 2.0, 0, 0])
    done = constrain(face, face.posed(face.initial_state(np.array([0.3, 0, 0, 0, 0, 0]), truth)))
    incisor = np.append(face.joint.incisor, 1)
    miss = (face.joint.pose(done.jaw) - face.joint.pose(truth)) @ incisor
    assert np.linalg.norm(miss[:3]) < 1.5


def test_the_volume_changes_by_no_more_than_allowed(face):
    swollen = face.rest + 6 * face.model.neutral.normals
    far = constrain(face, swollen, volume_share=2.0)
    little = constrain(face, swollen, volume_share=0.05)
    assert far.volume_change > 0.1
    assert little.volume_change < 0.06
    assert 0 < little.kept < far.kept


def test_the_volume_is_that_of_the_sculpted_patch(face):
    def dab(place, height):
        far = np.linalg.norm(face.rest - face.rest[edit_face.vertex_near(place)], axis=1)
        return height * np.clip(1 - far / 20, 0, 1)[:, None] * face.model.neutral.normals

    high, low = dab(CHEEK, 9.0), dab((-60, 0, 50), 0.3)
    both = constrain(face, face.rest + high + low, volume_share=0.1)
    alone = constrain(face, face.rest + high, volume_share=0.1)
    assert 0 < alone.kept < 0.9  # of the whole face it would be nothing
    assert abs(both.kept - alone.kept) < 0.01
    kept = np.linalg.norm(both.vertices - face.rest, axis=1)[edit_face.vertex_near((-60, 0, 50))]
    assert abs(kept - 0.3) < 0.03  # the other patch pays nothing for it


def test_the_volume_between_two_balls(face):
    grown = face.rest * 1.01
    patch = sculpted_patches(face, grown - face.rest)
    found = volume_between(face, face.rest, grown, patch).sum()
    corners = face.rest[face.model.neutral.triangles]
    inside = np.linalg.det(corners).sum() / 6  # the open neck is a cone to the middle
    assert abs(found / (inside * (1.01**3 - 1)) - 1) < 0.01
    assert (tissue_volume(face, patch) > 0).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s[:-1], "topology"),
        (lambda s: s * np.nan, "not numbers"),
    ],
)
def test_bad_sculpts_are_named(face, change, words):
    with pytest.raises(EditError, match=words):
        constrain(face, change(face.rest))


def test_a_mask_that_does_not_fit_is_named(face):
    with pytest.raises(EditError, match="mask"):
        constrain(face, face.rest, mask=np.ones(3))


def slab(thickness: float = 4.0):
    """A flat skin of 10 by 10 mm over flat bone, in two parts that do not hang together."""
    x, y = np.meshgrid(np.arange(11.0), np.arange(11.0), indexing="ij")
    flat = np.stack([x.ravel(), y.ravel(), np.full(x.size, thickness)], axis=1)
    corner = (11 * np.arange(10)[:, None] + np.arange(10)).ravel()
    one = np.stack([corner, corner + 11, corner + 12, corner, corner + 12, corner + 1], axis=1)
    triangles = np.concatenate([one.reshape(-1, 3), one.reshape(-1, 3) + 121])
    rest = np.concatenate([flat, flat + [50, 0, 0]])
    return SimpleNamespace(
        rest=rest,
        model=SimpleNamespace(neutral=SimpleNamespace(triangles=triangles)),
        operator=SurfaceOperator.of(rest, triangles),
        limits=SimpleNamespace(neighbour_mean=mean_of_neighbours(triangles, len(rest))),
        bones=SimpleNamespace(distances=lambda points, pose: np.tile(points[:, 2:], (1, 2))),
    )


def test_patches_are_what_hangs_together_and_moves():
    face = slab()
    moved = np.zeros_like(face.rest)
    moved[:121, 2] = 1.0
    moved[121:132, 2] = 0.5  # one row of the other part
    moved[200, 2] = 0.04  # too little to be sculpted
    patch = sculpted_patches(face, moved)
    assert (patch[:121] == patch[0]).all() and (patch[121:132] == patch[121]).all()
    assert {patch[0], patch[121]} == {0, 1}
    assert (patch[132:] == -1).all()


def test_the_volume_of_a_slab_and_of_what_was_added():
    face = slab(4.0)
    patch = np.where(np.arange(242) < 121, 0, -1)
    np.testing.assert_allclose(tissue_volume(face, patch), [400], rtol=0.01)
    raised = face.rest + np.where(patch == 0, 1.5, 0.0)[:, None] * [0, 0, 1]
    np.testing.assert_allclose(volume_between(face, face.rest, raised, patch), [150])
    lowered = face.rest - np.where(patch == 0, 1.5, 0.0)[:, None] * [0, 0, 1]
    np.testing.assert_allclose(volume_between(face, face.rest, lowered, patch), [-150])


def test_deep_tissue_counts_up_to_a_depth():
    patch = np.zeros(242, int)
    shallow, deep = (tissue_volume(slab(depth), patch)[0] for depth in (20.0, 90.0))
    assert shallow == pytest.approx(deep)


@pytest.mark.parametrize(("share", "kept"), [(0.1, 0.4 / 1.5), (0.2, 0.8 / 1.5), (0.5, 1.0)])
def test_what_the_volume_allows_is_a_fraction_of_the_sculpt(share, kept):
    face = slab(4.0)
    patch = np.where(np.arange(242) < 121, 0, -1)
    raised = face.rest + np.where(patch == 0, 1.5, 0.0)[:, None] * [0, 0, 1]
    found = volume_kept(face, face.rest, raised, patch, share)
    np.testing.assert_allclose(found, [kept], atol=0.01)
