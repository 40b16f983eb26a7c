# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Thicker tissue and moved bones: known answers, locality, and expressions that follow."""

from dataclasses import replace

import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.tissue.range import TISSUE_RANGE
from aim_blender_addon.backend.anatomy.tissue.regions import PLACES, region_weights
from aim_blender_addon.backend.contact.bone_surface import BoneSurface
from aim_blender_addon.backend.editing.anatomy_edit import (
    AnatomyEdit,
    affine,
    as_fitted,
    edit_anatomy,
)
from aim_blender_addon.backend.editing.keep_out import keep_out
from aim_blender_addon.backend.errors import EditError, ModelFileError
from aim_blender_addon.backend.io import model_file
from aim_blender_addon.backend.io.model_file import model_from_bytes, model_to_bytes
from aim_blender_addon.backend.model.aim import AimModel
from tests.backend import edit_face


@pytest.fixture(scope="module")
def model() -> AimModel:
    return edit_face.model()


@pytest.fixture
def nothing(model: AimModel) -> np.ndarray:
    return np.zeros(len(model.neutral.vertices))


def bump(model: AimModel, place: tuple, width: float) -> np.ndarray:
    """[V] 1 at a place, exactly 0 beyond two widths."""
    distance = np.linalg.norm(model.neutral.vertices - place, axis=1) / width
    return np.clip(1 - distance / 2, 0, 1) ** 2


def test_two_millimetres_move_the_skin_two_along_the_normal(model: AimModel) -> None:
    at = model.evaluate()
    added = 2 * bump(model, (40, -30, 70), 30)
    edited = edit_anatomy(model, AnatomyEdit(added))
    moved = edited.neutral.vertices - model.neutral.vertices
    assert added.max() > 1
    np.testing.assert_allclose(moved, added[:, None] * at.normal, atol=1e-3)
    np.testing.assert_allclose(moved[added == 0], 0, atol=1e-4)
    np.testing.assert_allclose(edited.evaluate().thickness, at.thickness + added, atol=1e-3)


def test_bone_thickness_and_normal_still_make_the_skin(model: AimModel) -> None:
    turn = np.eye(3) + 0.1 * np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 0]])
    edit = AnatomyEdit(bump(model, (0, -60, 70), 40), jaw=model.jaw.vertices @ turn.T)
    at = edit_anatomy(model, edit).evaluate()
    np.testing.assert_allclose(at.bone + at.thickness[:, None] * at.normal, at.skin, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(at.normal, axis=1), 1, atol=1e-4)


def test_no_edit_changes_nothing(model: AimModel, nothing: np.ndarray) -> None:
    at, same = model.evaluate(), edit_anatomy(model, AnatomyEdit(nothing)).evaluate()
    np.testing.assert_allclose(same.skin, at.skin, atol=1e-4)
    np.testing.assert_allclose(same.displacements, at.displacements, atol=1e-4)


def test_thickness_stays_plausible(model: AimModel) -> None:
    before = model.evaluate().thickness
    for added in (-1000.0, 1000.0):
        edited = edit_anatomy(model, AnatomyEdit(np.full(len(before), added)))
        after = edited.evaluate().thickness
        assert (after >= TISSUE_RANGE.lower_bound(before) - 1e-3).all()
        assert (after <= TISSUE_RANGE.upper_bound(before) + 1e-3).all()


def test_tissue_may_be_half_as_thick_or_a_good_deal_thicker() -> None:
    known = np.array([0.3, 0.8, 10.0])
    np.testing.assert_allclose(TISSUE_RANGE.lower_bound(known), [0.3, 0.5, 5])
    np.testing.assert_allclose(TISSUE_RANGE.upper_bound(known), [2.48, 3.28, 18])


def test_a_moved_jaw_takes_the_chin_along_with_its_thickness(
    model: AimModel, nothing: np.ndarray
) -> None:
    at = model.evaluate()
    moved = np.float32([0, 0, 5])
    edited = edit_anatomy(model, AnatomyEdit(nothing, jaw=model.jaw.vertices + moved))
    after = edited.evaluate()
    way = after.skin - at.skin
    chin = int(np.argmin(np.linalg.norm(at.skin - (0, -70, 90), axis=1)))
    np.testing.assert_allclose(way[chin], moved, atol=0.5)
    top = at.skin[:, 1] > 60
    assert np.abs(way[top]).max() < 0.05
    np.testing.assert_allclose(after.thickness, at.thickness, atol=1e-3)
    np.testing.assert_allclose(edited.joint.pivot - model.joint.pivot, moved, atol=1e-3)


def test_the_jaw_turns_about_its_moved_joint(model: AimModel, nothing: np.ndarray) -> None:
    moved = model.jaw.vertices + np.float32([0, -4, 5])
    edited = edit_anatomy(model, AnatomyEdit(nothing, jaw=moved))
    for before, after in zip(model.jaw_poses, edited.jaw_poses, strict=True):
        np.testing.assert_allclose(
            edited.joint.parameters(after), model.joint.parameters(before), atol=1e-6
        )


def test_a_larger_skull_carries_all_in_proportion(model: AimModel, nothing: np.ndarray) -> None:
    at, size = model.evaluate(), 1.1
    edit = AnatomyEdit(nothing, size * model.skull.vertices, size * model.jaw.vertices)
    after = edit_anatomy(model, edit).evaluate()
    np.testing.assert_allclose(after.bone, size * at.bone, atol=2e-2)
    np.testing.assert_allclose(after.displacements, size * at.displacements, atol=2e-2)


def test_expressions_grow_off_the_bone_with_the_tissue(model: AimModel) -> None:
    at = model.evaluate()
    share = bump(model, (40, -30, 70), 30)
    after = edit_anatomy(model, AnatomyEdit(0.3 * share * at.thickness)).evaluate()
    off, along = ([np.einsum("evc,vc->ev", e.displacements, at.normal)] for e in (at, after))
    np.testing.assert_allclose(along[0], (1 + 0.3 * share) * off[0], atol=1e-2)


def test_a_sculpted_bone_moves_only_what_lies_over_it(model: AimModel, nothing: np.ndarray) -> None:
    at = model.evaluate()
    jaw = model.jaw.vertices.astype(float)
    tip = jaw[:, 2].argmax()
    near = np.exp(-(np.linalg.norm(jaw - jaw[tip], axis=1) ** 2) / 50)
    near[near < 0.01] = 0
    edited = edit_anatomy(model, AnatomyEdit(nothing, jaw=jaw + near[:, None] * [0, 0, 4]))
    way = np.linalg.norm(edited.neutral.vertices - at.skin, axis=1)
    assert way.max() > 1.5
    assert way[np.linalg.norm(at.skin - jaw[tip], axis=1) > 90].max() < 0.1


def test_edits_do_not_pile_up_and_are_taken_back(model: AimModel, nothing: np.ndarray) -> None:
    first = edit_anatomy(model, AnatomyEdit(nothing + 1, jaw=model.jaw.vertices + 3))
    again = edit_anatomy(first, AnatomyEdit(nothing + 1, jaw=model.jaw.vertices + 3))
    np.testing.assert_array_equal(again.neutral.vertices, first.neutral.vertices)
    back = as_fitted(again)
    np.testing.assert_array_equal(back.neutral.vertices, model.neutral.vertices)
    np.testing.assert_array_equal(back.evaluate().displacements, model.evaluate().displacements)
    np.testing.assert_array_equal(back.jaw.vertices, model.jaw.vertices)


def test_the_file_holds_the_edit_and_the_way_back(model: AimModel, nothing: np.ndarray) -> None:
    edited = edit_anatomy(model, AnatomyEdit(nothing + 1, jaw=model.jaw.vertices + 3))
    read = model_from_bytes(model_to_bytes(edited), "here")
    np.testing.assert_array_equal(read.evaluate().displacements, edited.evaluate().displacements)
    np.testing.assert_allclose(read.joint.pivot, edited.joint.pivot)
    np.testing.assert_array_equal(as_fitted(read).neutral.vertices, model.neutral.vertices)
    np.testing.assert_allclose(as_fitted(read).joint.pivot, model.joint.pivot)


def test_older_readers_refuse_an_edited_model_only(
    model: AimModel, nothing: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = model_to_bytes(model)
    edited = model_to_bytes(edit_anatomy(model, AnatomyEdit(nothing + 1)))
    monkeypatch.setattr(model_file, "VERSION", 1)
    assert model_from_bytes(plain, "here").fitted is None
    with pytest.raises(ModelFileError, match="newer version"):
        model_from_bytes(edited, "here")


def test_places_between_vertices_are_edited_too(model: AimModel, nothing: np.ndarray) -> None:
    edited = edit_anatomy(model, AnatomyEdit(nothing + 1, jaw=model.jaw.vertices + 3))
    corners = model.neutral.triangles[::7]
    weights = np.tile([1.0, 0.0, 0.0], (len(corners), 1))
    between = edited.evaluate_at(corners, weights)
    at = edited.evaluate()
    np.testing.assert_allclose(between.skin, at.skin[corners[:, 0]], atol=1e-4)
    np.testing.assert_allclose(between.displacements, at.displacements[:, corners[:, 0]], atol=1e-3)


def test_bones_with_other_vertices_are_refused(model: AimModel, nothing: np.ndarray) -> None:
    with pytest.raises(EditError, match="jaw .* vertices now and"):
        edit_anatomy(model, AnatomyEdit(nothing, jaw=model.jaw.vertices[:-1]))
    broken = model.jaw.vertices.copy()
    broken[3] = np.nan
    with pytest.raises(EditError, match="without a place"):
        edit_anatomy(model, AnatomyEdit(nothing, jaw=broken))


def test_an_affine_motion_is_told_from_a_sculpted_tip() -> None:
    points = np.random.default_rng(0).normal(size=(50, 3))
    map_ = np.hstack([np.diag([1.1, 1, 1]), [[1], [2], [3]]])
    np.testing.assert_allclose(affine(points, points @ map_[:, :3].T + map_[:, 3]), map_, atol=1e-9)
    sculpted = points.copy()
    sculpted[:5] += 1
    np.testing.assert_array_equal(affine(points, sculpted), np.eye(3, 4))


def test_skin_comes_out_of_bone_that_was_pushed_into_it(
    model: AimModel, nothing: np.ndarray
) -> None:
    skull = model.skull.vertices.astype(float)
    nose = np.exp(-(((skull - (0, -8, 58)) / 20) ** 2).sum(axis=1))
    edited = edit_anatomy(model, AnatomyEdit(nothing, skull=skull))
    edited = replace(edited, skull=model.skull.with_vertices(skull + nose[:, None] * (0, 0, 60.0)))

    def measure_of(bone):
        return BoneSurface(bone, 1.0, 8).measure

    now, fitted = measure_of(edited.skull), measure_of(model.skull)
    before = now(edited.neutral.vertices.astype(float))[0]
    out = keep_out(edited, now, fitted)
    after = now(out.neutral.vertices.astype(float))[0]
    assert before.min() < -1
    assert after.min() > -0.1
    far = before > 25
    np.testing.assert_allclose(out.neutral.vertices[far], edited.neutral.vertices[far], atol=0.1)


def test_regions_are_on_both_sides_and_apart(model: AimModel) -> None:
    at = model.evaluate()
    weights = region_weights(at.skin, model.neutral.normals, at.normal, model.joint)
    assert set(weights) == set(PLACES)
    for name in ("forehead", "chin", "cheeks", "lips"):
        share = weights[name]
        assert 0.8 < share.max() <= 1 and share.min() == 0, name
    left, right = at.skin[:, 0] > 10, at.skin[:, 0] < -10
    assert weights["cheeks"][left].max() > 0.5 and weights["cheeks"][right].max() > 0.5
    assert (weights["forehead"] * weights["chin"]).max() == 0
