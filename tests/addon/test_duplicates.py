# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Duplicates of a face and its parts, linked or not: what is done to one takes nothing from the other."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import meshes, storage
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.face import bones, jaw_pins, landmarks
from aim_blender_addon.bridge.face.results import keep_model
from aim_blender_addon.bridge.rig import bake
from tests.addon import faces, models, stand_in


def duplicate(obj, linked):
    faces.select([obj])
    bpy.ops.object.duplicate(linked=linked)
    return bpy.context.view_layer.objects.active


@pytest.mark.parametrize("linked", [True, False])
def test_other_topology_leaves_the_duplicate_of_a_rig_its_mesh(linked):
    model = stand_in.make_model()
    face = stand_in.add_neutral(model)
    rig = bake.bake_rig(face, model, bpy.context, bake.BakeOptions()).mesh
    twin = duplicate(rig, linked)
    data, count = twin.data, len(twin.data.vertices)
    denser = stand_in.make_model(3, rings=24)
    face.data.clear_geometry()
    meshes.fill_mesh(face.data, denser.neutral, 0.001)
    assert bake.bake_rig(face, denser, bpy.context, bake.BakeOptions()).mesh == rig
    assert twin.data == data and len(twin.data.vertices) == count != len(rig.data.vertices)
    assert rig.data.users == 1 and twin.users_collection


def test_model_of_a_linked_duplicate_is_not_removed(tmp_path):
    face = faces.new_face()
    model = models.make_model()
    keep_model(face, model, model_to_bytes(model))
    file = tmp_path / "other.safetensors"
    file.write_bytes(model_to_bytes(model))
    twin = duplicate(face, linked=True)
    for obj in (twin, face):
        faces.select([obj])
        for operator, settings in (
            (bpy.ops.aim.remove_model, {}),
            (bpy.ops.aim.load_model, {"filepath": str(file)}),
        ):
            with pytest.raises(
                RuntimeError, match="shares its mesh, and so its model, with neutral"
            ):
                operator(**settings)
    assert storage.has_model(face)
    twin.data = twin.data.copy()
    faces.select([twin])
    assert bpy.ops.aim.remove_model() == {'FINISHED'}
    assert storage.has_model(face) and not storage.has_model(twin)


@pytest.mark.parametrize("linked", [True, False])
def test_landmarks_marks_and_bones_of_the_face_it_was_made_of_stay(linked):
    face = faces.new_face()
    space = head_space(face, bpy.context)
    points = {"nose": np.zeros(3), "chin": np.ones(3)}
    landmarks.show_landmarks(face, points, space, bpy.context)
    shown = bones.show_estimated_bones(face, faces.skull(), faces.jaw(), space)
    scan = face.aim.scans[0]
    marks = jaw_pins.mark(face, scan, {"upper": np.zeros(3), "lower": np.ones(3)}, space)
    twin = duplicate(face, linked)
    empties = [entry.empty for entry in face.aim.landmarks]
    before = set(bpy.data.objects)

    jaw_pins.unpin(twin.aim.scans[0])
    landmarks.hide_landmarks(twin, space, bpy.context)
    assert set(bpy.data.objects) == before and scan.upper_mark == marks[0]

    landmarks.show_landmarks(twin, points, space, bpy.context)
    again = bones.show_estimated_bones(twin, faces.skull(), faces.jaw(), space)
    assert all(empty.parent == face for empty in empties)
    assert not set(again) & set(shown) and (face.aim.skull, face.aim.jaw) == shown

    jaw_pins.unpin(scan)
    landmarks.hide_landmarks(face, space, bpy.context)
    assert not {*marks, *empties} & set(bpy.data.objects), "its own go"
