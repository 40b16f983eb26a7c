# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small head that moves about its mouth alone, so that its flesh is built in seconds."""

import functools
from collections.abc import Sequence
from dataclasses import replace

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.jobs.flesh import FleshResult
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.face.landmarks import show_landmarks
from aim_blender_addon.bridge.muscles import store

from . import faces, stand_in

NAMES = ("jaw_open", "smile", "pucker")
#: Edge of the flesh's cubes, mm.
EDGE = 15.0


def on_skin(across: float, up: float) -> np.ndarray:
    """[3] mm: the place of the skin in front, beside the head's middle."""
    unit = np.array([across / stand_in.RADII[0], 0.0, up / stand_in.RADII[2]])
    unit[1] = -np.sqrt(1 - unit @ unit)
    return stand_in.CENTRE + unit * stand_in.RADII


#: As a user sets them by hand: an egg shows no face.
LANDMARKS = {
    "cheilion_left": on_skin(25, -35),
    "cheilion_right": on_skin(-25, -35),
    "nasion": on_skin(0, 40),
    "pronasale": on_skin(0, 0),
    "pogonion": on_skin(0, -70),
}


def make_model() -> AimModel:
    """The jaw opens by 6 degrees, the mouth's corners go up, and its middle comes forward."""
    model = stand_in.named(stand_in.make_model(3), NAMES)
    points = model.neutral.vertices.astype(float)

    def near(place: np.ndarray, reach: float) -> np.ndarray:
        return np.exp(-((points - place) ** 2).sum(axis=1) / reach**2)[:, None]

    corners = near(LANDMARKS["cheilion_left"], 22) + near(LANDMARKS["cheilion_right"], 22)
    moved = [
        np.zeros_like(points),
        corners * [0, 1.0, 5.0],
        near(on_skin(0, -35), 22) * [0, -5.0, 0],
    ]
    coordinates = model.coordinates.copy()
    coordinates[:, 5:] = np.stack(moved, axis=1).reshape(len(points), -1)
    jaws = np.tile(np.eye(4), (3, 1, 1))
    jaws[0] = model.joint.pose(np.array([np.radians(6.0), 0, 0, 0]))
    return replace(model, coordinates=coordinates, jaw_poses=jaws)


def make(scale_length: float = 1.0, matrix: Sequence | None = None) -> bpy.types.Object:
    """A baked face whose rig rests, with its landmarks."""
    model = make_model()
    face = stand_in.add_neutral(model, scale_length, matrix)
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    space = head_space(face, bpy.context)
    show_landmarks(face, LANDMARKS, space, bpy.context)
    for entry in face.aim.landmarks:
        entry.by_hand = True
    face.aim.muscles.size, face.aim.muscles.edge_mm = 'CUSTOM', EDGE
    faces.select([face])
    return face


@functools.cache
def built() -> FleshResult:
    """The flesh of the head, built once by the operator in the real worker; the file is empty afterwards."""
    face, kept, keep = make(), [], store.keep
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "keep", lambda face, result: (kept.append(result), keep(face, result)))
        assert bpy.ops.aim.build_flesh() == {'FINISHED'}
    assert store.flesh_bytes(face) == kept[0].flesh
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.addons.new().module = "aim_blender_addon"
    return kept[0]


def with_flesh() -> bpy.types.Object:
    """A baked face with flesh."""
    result = built()
    face = make()
    store.keep(face, result)
    return face
