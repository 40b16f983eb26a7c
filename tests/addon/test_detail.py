# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrinkles and pores on a rig: channels and heights against the backend, settings, undo, files, and all taken off."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.detail.compression import Response, SkinStrain
from aim_blender_addon.bridge.detail import nodes, skin
from aim_blender_addon.bridge.rig.objects import armature_of, rig_of
from tests.addon import detail_face


@pytest.fixture
def face(monkeypatch) -> bpy.types.Object:
    """A baked face with a made-up detail."""
    return detail_face.with_detail(monkeypatch)


def evaluated(rig: bpy.types.Object) -> bpy.types.Mesh:
    """The mesh as it is seen."""
    bpy.context.view_layer.update()
    return rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).data


def channels(mesh: bpy.types.Mesh) -> np.ndarray:
    """[V, 4] ``aim_w``."""
    values = np.empty((len(mesh.vertices), 4), np.float32)
    mesh.attributes[nodes.CHANNELS].data.foreach_get("color", values.ravel())
    return values


def expected(rig: bpy.types.Object, response: float = 1.0) -> np.ndarray:
    """[V, 4] the same by the backend, of the mesh as it is seen."""
    rest = skin.rest_mesh(rig)
    result = detail_face.made(rig)
    points = np.empty((len(rest.vertices), 3), np.float32)
    evaluated(rig).vertices.foreach_get("co", points.ravel())
    opened = Response(result.start / response, result.width / response)
    return SkinStrain.of(rest, result.axis).channels(points, opened)


def pose(rig: bpy.types.Object, face: bpy.types.Object) -> None:
    """Show shape keys and an open jaw."""
    for key in rig.data.shape_keys.key_blocks[1:]:
        key.value = 1.0
    bone = armature_of(face).pose.bones["jaw"]
    bone.rotation_mode = 'XYZ'
    bone.rotation_euler.x += 0.3


# ---------------------------------------------------------------------------------------------------------- channels


def test_channels_are_those_of_the_backend(face: bpy.types.Object) -> None:
    rig = rig_of(face)
    assert np.abs(channels(evaluated(rig))).max() < 5e-4
    pose(rig, face)
    own = channels(evaluated(rig))
    assert own.max() > 0.05
    assert np.abs(own - expected(rig)).max() <= 5e-4
