# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be wrong with a rig, its UV map and the folders: one sentence each, and nothing is changed."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.detail.skin_regions import REGIONS
from aim_blender_addon.backend.jobs.detail_extract import DetailExtractRequest
from aim_blender_addon.backend.jobs.detail_fit import DetailFitRequest
from aim_blender_addon.bridge.detail import gather, images, mend, nodes, played
from aim_blender_addon.bridge.rig.objects import armature_of, rig_of
from tests.addon import detail_face, faces
from tests.addon.models import FakeWorker, finished
from tests.addon.test_detail import channels, evaluated, expected, pose


def refused(text: str, operator: str = "make_generic_skin") -> None:
    """The button says so, and the face has no detail."""
    with pytest.raises(RuntimeError, match=text):
        getattr(bpy.ops.aim, operator)()
    face = bpy.data.objects["Head"]
    assert face.aim.detail.kind == 'NONE' and nodes.modifier_of(rig_of(face)) is None


def set_uv(rig: bpy.types.Object, change) -> None:
    """Change the UV [L, 2] of a rig."""
    layer = rig.data.uv_layers.active
    uv = gather.uv_of(rig)
    layer.uv.foreach_set("vector", np.ascontiguousarray(change(uv), np.float32).ravel())


# ----------------------------------------------------------------------------------------------------------- the UV


def test_no_uv_map(monkeypatch) -> None:
    face = detail_face.make()
    detail_face.worker(monkeypatch)
    layers = rig_of(face).data.uv_layers
    while layers:
        layers.remove(layers[0])
    refused("Unwrap the rig first, with a seam from the crown to the nape")


def test_the_tile_of_the_face_can_be_another(monkeypatch) -> None:
    """Then other tiles get nothing, and the UV is moved to the maps."""
    face = detail_face.make()
    set_uv(rig_of(face), lambda uv: uv + [1, 0])
    face.aim.detail.tile = 1002
    detail_face.worker(monkeypatch, detail_face.made(rig_of(face)))
    assert bpy.ops.aim.make_generic_skin() == {'FINISHED'}
    pictures = [n for n in face.aim.detail.group.nodes if n.type == 'TEX_IMAGE']
    assert {one.extension for one in pictures} == {'CLIP'}


def test_the_worker_says_what_is_wrong_with_a_uv_map_and_makes_skin_where_nothing_is(
    monkeypatch, one_worker
) -> None:
    """Without a stand-in: the button, the wire, the worker's own check, and its skin on the rig."""
    face = detail_face.make()
    rig = rig_of(face)
    whole = gather.uv_of(rig)
    set_uv(rig, lambda uv: np.column_stack([0.5 - np.abs(uv[:, 0] - 0.475), uv[:, 1]]))
    refused("Both halves of 'Head' lie mirrored on one place")
    set_uv(rig, lambda uv: whole + [1, 0])
    refused("lies in UDIM tile 1002, not in 1001: ask for that tile, or move its UV")
    face.aim.detail.tile = 1002
    face.aim.detail.size = '256'
    assert bpy.ops.aim.make_generic_skin() == {'FINISHED'}
    assert {region.name for region in face.aim.detail.regions} == {*REGIONS}
    assert np.abs(images.read_maps(face)[1]).max() > 0.05
    pose(face)
    assert channels(evaluated(rig)).max() > 0.05
    face.aim.detail.tile = 1001  # the next detail takes it; what is there is still played
    played.played_actor(face)


def test_two_faces_that_share_a_mesh_are_told_apart(monkeypatch) -> None:
    """A linked duplicate of the rig itself plays along; a second face has to have a mesh of its own."""
    face = detail_face.with_detail(monkeypatch)
    rig, second = rig_of(face), face.copy()
    bpy.context.scene.collection.objects.link(second)
    twin, armature = rig.copy(), armature_of(face).copy()
    for obj in (twin, armature):
        bpy.context.scene.collection.objects.link(obj)
    pose(face)
    assert np.abs(channels(evaluated(twin)) - channels(evaluated(rig))).max() < 1e-6
    second.aim.rig, second.aim.armature = twin, armature
    twin.aim.face_object = armature.aim.face_object = second
    second.aim.detail.kind = 'NONE'
    faces.select([second])
    with pytest.raises(RuntimeError, match="shares its mesh with Head Rig, .* single user first"):
        bpy.ops.aim.make_generic_skin()
    faces.select([face])
    assert bpy.ops.aim.remove_detail() == {'FINISHED'}
    assert nodes.modifier_of(rig) is None and channels(evaluated(twin)).max() > 0.05


# ---------------------------------------------------------------------------------------------------------- the mesh


def test_a_mesh_edited_afterwards(monkeypatch) -> None:
    face = detail_face.with_detail(monkeypatch)
    rig = rig_of(face)
    before = len(rig.data.polygons)
    face.aim.detail.faces += 1
    text = f"had {before + 1} faces when its detail was made and has {before} now"
    assert any(text in one for one in mend.troubles(face))
    with pytest.raises(RuntimeError, match="make the detail again, or undo"):
        bpy.ops.aim.mend_detail()


def test_a_mesh_that_differs_from_the_neutral(monkeypatch) -> None:
    face = detail_face.make()
    detail_face.worker(monkeypatch)
    mesh = face.data
    mesh.vertices.add(1)
    refused("press Update Rig, or undo the change to the mesh")


def test_a_rig_changed_while_the_worker_works(monkeypatch) -> None:
    face = detail_face.make()
    result = detail_face.made(rig_of(face))

    def answer() -> object:
        rig_of(face).data.vertices.add(1)
        return finished(result)

    found = FakeWorker(answer)
    monkeypatch.setattr("aim_blender_addon.jobs.environment.worker", lambda context: found)
    monkeypatch.setattr("aim_blender_addon.jobs.environment.disabled_reason", lambda context: "")
    refused("was changed meanwhile, so the detail was dropped")
    assert not bpy.data.images


def test_a_rig_scaled_unevenly(monkeypatch) -> None:
    face = detail_face.make()
    detail_face.worker(monkeypatch)
    rig_of(face).scale = (1, 1, 1.2)
    bpy.context.view_layer.update()
    refused("is scaled unevenly, .* apply its scale first")


def test_a_rig_in_another_mode(monkeypatch) -> None:
    face = detail_face.make()
    detail_face.worker(monkeypatch)
    faces.select([rig_of(face)])
    bpy.ops.object.mode_set(mode='SCULPT')
    refused("is in Sculpt Mode")
    bpy.ops.object.mode_set(mode='OBJECT')


# ------------------------------------------------------------------------------------------------------ the modifier


def test_a_modifier_moved_behind_the_subdivision_or_before_the_armature(monkeypatch) -> None:
    face = detail_face.with_detail(monkeypatch)
    rig = rig_of(face)
    rig.modifiers.new("Finer", 'SUBSURF').uv_smooth = 'NONE'
    assert not mend.troubles(face)
    own = nodes.modifier_of(rig)
    for place, text in ((len(rig.modifiers) - 1, "behind Finer"), (0, "before Armature")):
        rig.modifiers.move([*rig.modifiers].index(own), place)
        assert any(text in one for one in mend.troubles(face))
        assert bpy.ops.aim.mend_detail() == {'FINISHED'}
        assert not mend.troubles(face)
    pose(face)
    rig.modifiers["Finer"].show_viewport = False
    assert np.abs(channels(evaluated(rig)) - expected(rig)).max() <= 5e-4


def test_a_modifier_that_was_removed_comes_back(monkeypatch) -> None:
    face = detail_face.with_detail(monkeypatch)
    rig = rig_of(face)
    rig.modifiers.remove(nodes.modifier_of(rig))
    assert any("is gone: press Mend Detail" in one for one in mend.troubles(face))
    bpy.ops.aim.mend_detail()
    assert nodes.modifier_of(rig) is not None


def test_subdivision_that_smooths_the_uv_map_is_said(monkeypatch) -> None:
    face = detail_face.with_detail(monkeypatch)
    assert any("Add a Subdivision Surface" in one for one in mend.troubles(face))
    finer = rig_of(face).modifiers.new("Finer", 'SUBSURF')
    assert any("Set UV Smooth of Finer to None" in one for one in mend.troubles(face))
    finer.uv_smooth = 'NONE'
    assert not mend.troubles(face)


# --------------------------------------------------------------------------------------------------- scans and maps


def test_scans_are_asked_for_in_the_axes_of_their_files(monkeypatch, tmp_path) -> None:
    face, worker = _with_scans(monkeypatch)
    rig = rig_of(face)
    face.aim.detail.folder = str(tmp_path)
    result = detail_face.made(rig)
    result.report.update(left_out_mm=0.03, zero_mm=0.05)
    worker.answers = [finished(result)] * 3
    assert bpy.ops.aim.extract_detail() == {'FINISHED'}
    (asked,) = worker.requests
    assert isinstance(asked, DetailExtractRequest) and asked.scans == tmp_path
    assert set(asked.actor.shapes) == set(faces.EXPRESSIONS) and asked.size == 1024
    own = gather.skin_actor(face, rig, bpy.context, scans=True)
    up = np.ptp(own.neutral.vertices[:, 2])
    assert np.isclose(np.ptp(asked.actor.neutral.vertices[:, 1]), up)
    face.aim.detail.y_up = False
    bpy.ops.aim.extract_detail()
    assert np.allclose(worker.requests[-1].actor.neutral.vertices, own.neutral.vertices)
    face.aim.detail.source, face.aim.detail.png_mm, face.aim.detail.fill = 'MAPS', 2.0, True
    bpy.ops.aim.extract_detail()
    asked = worker.requests[-1]
    assert isinstance(asked, DetailFitRequest) and (asked.png_mm, asked.fill.age) == (2.0, 40.0)
    assert face.aim.detail.kind == 'SCANS'


def test_folders_that_are_not_there(monkeypatch, tmp_path) -> None:
    face, _worker = _with_scans(monkeypatch)
    with pytest.raises(RuntimeError, match="Choose the folder of the scans or height maps first"):
        bpy.ops.aim.extract_detail()
    face.aim.detail.folder = str(tmp_path / "none")
    with pytest.raises(RuntimeError, match="is not there: choose the one of the scans"):
        bpy.ops.aim.extract_detail()


def _with_scans(monkeypatch) -> tuple[bpy.types.Object, FakeWorker]:
    """A baked face with its scans, and a worker without an answer."""
    from aim_blender_addon.backend.io.model_file import model_to_bytes
    from aim_blender_addon.bridge.data import storage
    from tests.addon import models

    face = faces.new_face()
    storage.store_model(face, model_to_bytes(models.make_model()))
    faces.select([face])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    detail_face.unwrap(rig_of(face))
    return face, detail_face.worker(monkeypatch)
