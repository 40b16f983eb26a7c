# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces and rigs from other files, whole or in parts: appended, linked, overridden, shown by an instance."""

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.jobs import environment
from tests.addon import faces, stand_in
from tools.walking.digest import differences, scene_state

MODEL = stand_in.make_model(3, rings=10, columns=14)
#: Operators that write to the neutral, its scans, its model or the skin of the rig.
WRITING = (
    "remove_scan",
    "clear_scans",
    "estimate_bones",
    "find_landmarks",
    "fit",
    "bake",
    "pin_jaw",
    "mark_incisors",
    "mark_bite",
    "add_view",
    "solve",
    "mirror_shape",
    "reset_shape",
    "shape_from_pose",
    "measure_shapes",
    "sculpt_shape",
    "combine_shapes",
    "make_arkit_shapes",
    "apply_anatomy",
    "reset_anatomy",
    "paint_tissue",
    "edit_face",
    "place_handle",
    "drag_handle",
    "solve_handles",
    "keep_edit",
    "reset_edit",
    "remove_handle",
    "constrain_key",
    "expressions_to_assets",
    "show_colours",
    "attach_parts",
    "remove_model",
    "show_bones",
)
#: Those that need the armature alone.
JAW = ("reset_jaw", "key_jaw")


@pytest.fixture(autouse=True)
def _python(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a Python for jobs were set up: none of them gets so far."""
    monkeypatch.setattr(environment, "disabled_reason", lambda _context: "")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with a face, its scans and its rig."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    face = stand_in.add_neutral(MODEL)
    storage.store_model(face, model_to_bytes(MODEL))
    scan = faces.new_object(MODEL.neutral.with_vertices(MODEL.scan(0), "jaw open"), "jaw open")
    face.aim.scans.add().name = "jaw open"
    face.aim.scans[0].object = scan
    storage.own(face, scan)
    faces.select([face])
    assert bpy.ops.aim.bake() == {'FINISHED'}
    path = str(tmp_path_factory.mktemp("other") / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    return path


def bring(library: str, names: tuple[str, ...], link: bool, kind: str = "objects") -> list:
    """Append or link blocks, and put them into the scene."""
    with bpy.data.libraries.load(library, link=link) as (source, target):
        setattr(target, kind, list(names or getattr(source, kind)))
    found = list(getattr(target, kind))
    top = bpy.context.scene.collection
    for block in found:
        (top.objects if kind == "objects" else top.children).link(block)
    return found


def said(name: str, **settings: object) -> str:
    """What an operator says instead of doing its work; "" where it does it. Nothing changes where it does not."""
    before = scene_state()
    try:
        assert getattr(bpy.ops.aim, name)(**settings) == {'FINISHED'}
    except RuntimeError as error:
        assert "Traceback" not in str(error), str(error)
        assert not differences(before, scene_state())
        return str(error)
    return ""


def override(blocks: list, name: str) -> bpy.types.Object:
    block = next(block for block in blocks if block.name == name)
    block.override_hierarchy_create(
        bpy.context.scene, bpy.context.view_layer, do_fully_editable=True
    )
    made = [obj for obj in bpy.data.objects if obj.override_library is not None]
    return next(obj for obj in made if obj.name == "Head Rig" or obj.name == name)


RIG_ALONE: dict[str, Callable[[str], bpy.types.Object]] = {
    "appended": lambda library: bring(library, ("Head Rig", "Head Armature"), False)[0],
    "linked": lambda library: bring(library, ("Head Rig", "Head Armature"), True)[0],
    "overridden": lambda library: override(
        bring(library, ("Head Rig",), True, "collections"), "Head Rig"
    ),
}


@pytest.mark.parametrize("how", RIG_ALONE)
def test_a_rig_without_its_face_names_it(library: str, how: str) -> None:
    faces.select([RIG_ALONE[how](library)])
    settings = {"place_handle": {"vertex": 3}}
    for name in WRITING:
        text = said(name, **settings.get(name, {}))
        assert "Head Rig belongs to Head, which is not in this scene" in text, (name, text)
    for name in JAW:
        text = said(name)
        assert ("make a library override" in text) == (how == "linked"), (name, text)
        assert how == "linked" or not text, (name, text)
    assert "which is not in this scene" in said("load_model", filepath="any.safetensors")


def test_the_panel_works_again_once_the_face_is_there(library: str) -> None:
    rig = bring(library, ("Head Rig", "Head Armature"), False)[0]
    faces.select([rig])
    bpy.context.scene.collection.objects.link(rig.aim.face_object)
    bpy.context.view_layer.update()
    assert said("measure_shapes") == "" and said("bake") == ""
    assert rig.aim.face_object.aim.rig == rig


def test_a_rig_without_its_face_is_not_taken_for_another_face(library: str) -> None:
    other = stand_in.add_neutral(MODEL)
    storage.make_face(other, bpy.context)
    faces.select([bring(library, ("Head Rig", "Head Armature"), False)[0]])
    assert storage.face_object(bpy.context) is None
    faces.select([other])
    assert storage.face_object(bpy.context) == other


def test_a_linked_face_is_refused_by_all_that_would_change_it(library: str) -> None:
    objects = {obj.name: obj for obj in bring(library, (), True)}
    for active in ("Head", "Head Rig"):
        faces.select([objects[active]])
        objects["Head Rig"].active_shape_key_index = 1
        for name in WRITING:
            text = said(name, **({"vertex": 3} if name == "place_handle" else {}))
            assert text, name
        for name in JAW:
            assert "make a library override" in said(name)
    faces.select([objects["Head"]])
    assert said("save_model", filepath=str(Path(library).with_name("saved.safetensors"))) == ""


def test_the_jaw_of_an_overridden_rig_can_be_posed(library: str) -> None:
    rig = override(bring(library, (), True), "Head Rig")
    armature = rig.modifiers[0].object
    assert armature.override_library is not None
    armature.animation_data_clear()
    bone = armature.pose.bones["jaw"]
    for active in (armature, rig):
        bone.rotation_euler.x = 0.2
        faces.select([active])
        assert said("reset_jaw") == "" and abs(bone.rotation_euler.x) < 1e-6
    armature.animation_data_create()
    assert said("key_jaw") == "" and armature.animation_data.action is not None


def test_an_overridden_face_is_refused_by_all_that_would_be_lost(library: str) -> None:
    face = override(bring(library, ("Head",), True), "Head")
    faces.select([face])
    for name in ("remove_scan", "clear_scans", "bake", "remove_model", "fit"):
        assert "linked from another file" in said(name), name
    assert "Head Rig" in said("solo_shape")


def test_an_appended_face_gets_a_rig_of_its_own(library: str) -> None:
    face = bring(library, ("Head",), False)[0]
    faces.select([face])
    assert "was not brought along" in said("fit") or "Python" in said("fit")
    assert said("bake") == ""
    assert face.aim.rig.users_scene
    np.testing.assert_array_equal(storage.load_model(face).neutral.vertices, MODEL.neutral.vertices)


def test_an_instance_of_a_rig_says_how_to_get_at_it(library: str) -> None:
    with bpy.data.libraries.load(library, link=True) as (_source, target):
        target.collections = ["Head Rig"]
    instance = bpy.data.objects.new("Shown", None)
    instance.instance_type, instance.instance_collection = 'COLLECTION', target.collections[0]
    bpy.context.scene.collection.objects.link(instance)
    faces.select([instance])
    assert "make it real by a library override" in said("bake")


def test_shape_keys_of_a_rig_are_no_scans(library: str) -> None:
    objects = {obj.name: obj for obj in bring(library, (), False)}
    faces.select([objects["Head Rig"]])
    assert "already belongs to Head" in said("scans_from_shape_keys")
    assert objects["Head"].aim.rig == objects["Head Rig"]


def test_scans_of_a_deleted_face_can_be_added_again(library: str) -> None:
    objects = {obj.name: obj for obj in bring(library, ("Head", "jaw open"), False)}
    twin = objects["Head"].copy()
    twin.aim.is_face, twin.aim.face_object = False, objects["Head"]
    bpy.context.scene.collection.objects.link(twin)
    bpy.context.scene.collection.objects.unlink(objects["Head"])
    faces.select([objects["jaw open"], twin])
    assert "already belongs to" not in said("add_scans")
