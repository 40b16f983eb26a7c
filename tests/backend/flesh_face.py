# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flesh of the made-up head with known muscles, built once for all tests of one run."""

import functools

import numpy as np

from aim_blender_addon.backend.muscles.curves import MuscleCurve
from aim_blender_addon.backend.muscles.flesh import Flesh, make_flesh
from aim_blender_addon.backend.muscles.settings import FleshSettings
from aim_blender_addon.backend.muscles.sliding import slide_jaw
from aim_blender_addon.backend.muscles.tracks import make_tracks
from tests.backend import edit_face

COARSE = FleshSettings(edge_mm=14.0)
#: Places on the left skin, mm, and shares of the depth, from origin to insertion.
KNOWN = {
    "lifts": [((45.0, 0.0, 60.0), 0.1), ((26.0, -42.0, 75.0), 0.6)],
    "lowers": [((30.0, -78.0, 60.0), 0.1), ((26.0, -46.0, 75.0), 0.6)],
    "widens": [((62.0, -40.0, 30.0), 0.1), ((28.0, -44.0, 74.0), 0.6)],
    "purses": [((0.0, -45.0, 95.0), 0.5), ((26.0, -44.0, 75.0), 0.5)],
    "raises_brow": [((15.0, 75.0, 60.0), 0.3), ((20.0, 42.0, 75.0), 0.7)],
}


def known_muscles() -> list[MuscleCurve]:
    """The muscles of ``KNOWN`` on both sides."""
    anatomy = edit_face.model().evaluate()
    muscles = []
    for name, nodes in KNOWN.items():
        for side, sign in (("left", 1.0), ("right", -1.0)):
            points = []
            for place, depth in nodes:
                vertex = edit_face.vertex_near(np.array(place) * [sign, 1, 1])
                bone, skin = anatomy.bone[vertex], anatomy.skin[vertex]
                points.append(bone + depth * (skin - bone))
            muscles.append(MuscleCurve(f"{name}_{side}", np.array(points, float), 7.0))
    return muscles


@functools.cache
def flesh() -> Flesh:
    """With tracks."""
    model = edit_face.model()
    made = make_tracks(make_flesh(model, COARSE, given=known_muscles()), model)
    return slide_jaw(made, model)
