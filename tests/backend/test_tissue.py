# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usual soft-tissue depths between the landmarks of the face."""

import functools

import numpy as np

from aim_blender_addon.backend.anatomy.head.usual import usual_face
from aim_blender_addon.backend.anatomy.head.usual_thickness import (
    DEPTHS,
    OuterSkin,
    landmark_places,
    usual_depths,
)
from aim_blender_addon.backend.anatomy.survey import FaceSurvey
from aim_blender_addon.backend.io.mesh_files import read_mesh
from tests.shared_data import make_actor, requires_shared


@functools.cache
def _skin() -> tuple[OuterSkin, dict[str, np.ndarray], np.ndarray]:
    neutral = read_mesh(make_actor(0) / "neutral.obj")
    survey = FaceSurvey(neutral)
    local = {name: survey.frame.to_local(point) for name, point in survey.landmarks.items()}
    skin = survey.outer_skin
    places = landmark_places(skin, usual_face(survey.view, local).warp, local)
    return skin, places, usual_depths(skin, places)


def _at(name: str) -> float:
    skin, places, depths = _skin()
    return float(depths[skin.tree.query(places[name], k=5)[1]].mean())


def test_depths_are_those_of_adults():
    assert all(2 < depth <= 26 for depth, _, _ in DEPTHS.values())
    assert DEPTHS["supra_m2"][0] > 2 * DEPTHS["gonion"][0] > 2 * DEPTHS["glabella"][0]


@requires_shared
def test_depths_at_the_landmarks_are_the_tabulated_ones():
    growth = _skin()[0].view.frame.scale
    for name in (
        "glabella",
        "nasion",
        "frontal_eminence_left",
        "zygion_right",
        "gonion_left",
        "vertex",
    ):
        usual = DEPTHS[name.removesuffix("_left").removesuffix("_right")][0] * growth
        assert abs(_at(name) - usual) < 2.5, name


@requires_shared
def test_cheeks_are_thick_and_the_forehead_is_thin():
    assert 16 < _at("supra_m2_left") < 26
    assert 13 < _at("mid_ramus_right") < 22
    assert _at("supraglabella") < 7
    depths = _skin()[2]
    assert depths.min() >= 2.5 and depths.max() <= 28


@requires_shared
def test_depths_are_smooth_and_the_same_on_both_sides():
    skin, _, depths = _skin()
    distance, near = skin.tree.query(skin.points, k=4)
    assert (
        np.quantile(np.abs(depths[near] - depths[:, None]) / np.maximum(distance, 1.0), 0.99) < 1.0
    )
    mirrored = skin.points * [-1, 1, 1]
    distance, twin = skin.tree.query(mirrored)
    assert np.abs(depths[twin] - depths)[distance < 2.5].mean() < 0.5


@requires_shared
def test_outer_skin_sees_the_sky():
    skin = _skin()[0]
    start = skin.points + 0.5 * skin.normals
    blocked = ~np.isnan(skin.view.first_hits(start, skin.normals)).any(axis=1)
    assert len(skin.points) > 5000
    assert blocked.mean() < 0.15
