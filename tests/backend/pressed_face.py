# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The made-up head with a jaw so near to its skin that expressions press skin into it; built once for one run."""

import functools
from dataclasses import replace

import numpy as np

from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.muscles.flesh import Flesh, make_flesh
from aim_blender_addon.backend.muscles.settings import FleshSettings
from aim_blender_addon.backend.muscles.touch_make import make_touching
from aim_blender_addon.backend.muscles.touching import Touching
from aim_blender_addon.backend.muscles.tracks import make_tracks
from tests.backend import edit_face

#: A pose that presses the chin's skin into the jaw of ``model``.
PRESSED = np.array([0.826, 0.467, 0.062, 0.066, 0.03, 0.172]), np.array([0.3, 5.0, 6.0, 0.2])


@functools.cache
def model() -> AimModel:
    """The head."""
    jaw = edit_face.ellipsoid((0.0, -60.0, 42.0), (30.0, 18.0, 44.0), "jaw")
    return replace(edit_face.model(), jaw=jaw)


@functools.cache
def flesh() -> Flesh:
    return make_tracks(make_flesh(model(), FleshSettings(edge_mm=14.0)), model())


@functools.cache
def touching() -> Touching:
    return make_touching(flesh(), model())
