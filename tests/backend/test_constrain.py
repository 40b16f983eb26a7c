# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sculpts brought to the nearest feasible shape, on a made-up head with known answers."""

import numpy as np
import pytest

from aim_blender_addon.backend.editing.constrain import (
    constrain,
    sculpted_patches,
    tissue_volume,
    volume_between,
)
from aim_blender_addon.backend.errors import EditError
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
