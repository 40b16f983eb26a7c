# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Getting scans in: from selected objects, from shape keys, from files."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon.bridge.data.storage import face_object
from aim_blender_addon.bridge.face import scans as scan_list
from tests.addon import faces
from tests.backend.characters import split_head


def refusal(operator: object, **arguments: object) -> str:
    """What a script is told when the operator does not run."""
    with pytest.raises(RuntimeError) as caught:
        operator(**arguments)
    return str(caught.value)


def names(face: bpy.types.Object) -> list[str]:
    return [scan.name for scan in face.aim.scans]


# -- selected objects ------------------------------------------------------------------------------


def test_selected_objects_become_scans_of_the_active_one() -> None:
    face, scans = faces.new_scans()
    faces.select([*scans, face])
    assert bpy.ops.aim.add_scans() == {'FINISHED'}
    assert names(face) == sorted(faces.EXPRESSIONS)
    assert face.aim.scan_source == 'OBJECTS' and face.aim.scan_unit == 'SCENE'
    assert [scan.object.name for scan in face.aim.scans] == sorted(faces.EXPRESSIONS)
    read = scan_list.read_face(face, bpy.context)
    for scan in read.expressions:
        truth = faces.expression(scan.name).vertices
        np.testing.assert_allclose(scan.vertices, truth, atol=2e-3)


def test_further_scans_are_added_to_those_that_are_there() -> None:
    face, scans = faces.new_scans()
    faces.select([scans[0], face])
    bpy.ops.aim.add_scans()
    faces.select([*scans, face])
    bpy.ops.aim.add_scans()
    assert sorted(names(face)) == sorted(faces.EXPRESSIONS)
    assert "in the list" in refusal(bpy.ops.aim.add_scans)


def test_adding_scans_needs_a_selection_with_the_neutral_last() -> None:
    assert "Select the scans" in refusal(bpy.ops.aim.add_scans)
    face, scans = faces.new_scans()
    faces.select([face])
    assert not bpy.ops.aim.add_scans.poll()
    faces.select([*scans, face])
    bpy.ops.object.mode_set(mode='EDIT')
    assert "Object Mode" in refusal(bpy.ops.aim.add_scans)


def test_scans_of_another_vertex_count_are_refused_and_nothing_changes() -> None:
    face, scans = faces.new_scans()
    other = faces.new_object(faces.skull(), "otherTopology")
    faces.select([*scans, other, face])
    assert "otherTopology" in refusal(bpy.ops.aim.add_scans)
    assert not len(face.aim.scans) and not face.aim.is_face


def test_shuffled_vertices_are_refused_by_name() -> None:
    face, scans = faces.new_scans()
    points = np.empty((len(scans[0].data.vertices), 3), np.float32)
    position = scans[0].data.attributes["position"].data
    position.foreach_get("vector", points.ravel())
    np.random.default_rng(0).shuffle(points)
    position.foreach_set("vector", points.ravel())
    faces.select([*scans, face])
    assert scans[0].name in refusal(bpy.ops.aim.add_scans)


def test_a_unit_that_makes_a_face_of_the_numbers_is_set_and_told() -> None:
    face, scans = faces.new_scans(scale=1.0)  # millimetres in a scene of metres
    faces.select([*scans, face])
    assert bpy.ops.aim.add_scans() == {'FINISHED'}
    assert face.aim.scan_unit == 'MM'
    np.testing.assert_allclose(
        scan_list.read_face(face, bpy.context).neutral.vertices, faces.neutral().vertices, atol=2e-3
    )


def test_a_neutral_with_broken_positions_or_without_faces_is_named() -> None:
    face, scans = faces.new_scans()
    faces.select([*scans, face])
    face.data.attributes["position"].data[3].vector.x = np.nan
    assert "'neutral' has 1 vertex without a valid position" in refusal(bpy.ops.aim.add_scans)
    face.data.clear_geometry()
    assert "neutral" in refusal(bpy.ops.aim.add_scans)


def test_a_unit_the_user_has_chosen_is_not_changed() -> None:
    face, scans = faces.new_scans(scale=1.0)
    face.aim.scan_unit = 'CM'
    faces.select([*scans, face])
    assert "millimetres" in refusal(bpy.ops.aim.add_scans)
    assert face.aim.scan_unit == 'CM'


def test_a_scan_of_a_face_cannot_be_its_neutral() -> None:
    face = faces.new_face()
    scan = face.aim.scans[0].object
    faces.select([faces.new_object(faces.expression("smile"), "new"), scan])
    assert "already belongs to" in refusal(bpy.ops.aim.add_scans)


def test_adding_scans_is_one_undo_step() -> None:
    face, scans = faces.new_scans()
    faces.select([*scans, face])
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.aim.add_scans('EXEC_DEFAULT', True)
    assert len(bpy.data.objects["neutral"].aim.scans) == len(faces.EXPRESSIONS)
    bpy.ops.ed.undo()
    assert len(bpy.data.objects["neutral"].aim.scans) == 0
    assert not bpy.data.objects["neutral"].aim.is_face


def test_linked_scans_can_be_read_and_a_linked_neutral_is_refused(tmp_path: Path) -> None:
    faces.new_scans()
    library = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=library, copy=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(library, link=True) as (source, target):
        target.objects = source.objects
    linked = {obj.name: obj for obj in target.objects}
    for obj in linked.values():
        bpy.context.scene.collection.objects.link(obj)
    scans = [obj for name, obj in linked.items() if name != "neutral"]
    own = faces.new_object(faces.neutral(), "own")
    faces.select([*scans, own])
    assert bpy.ops.aim.add_scans() == {'FINISHED'}
    assert len(scan_list.read_face(own, bpy.context).expressions) == 3
    faces.select([*scans, linked["neutral"]])
    assert "make it local" in refusal(bpy.ops.aim.add_scans)


# -- shape keys ------------------------------------------------------------------------------------


def test_shape_keys_become_scans() -> None:
    obj = faces.new_shape_keys()
    assert bpy.ops.aim.scans_from_shape_keys() == {'FINISHED'}
    assert names(obj) == list(faces.EXPRESSIONS)
    assert obj.aim.scan_source == 'SHAPE_KEYS'
    read = scan_list.read_face(obj, bpy.context)
    np.testing.assert_allclose(
        read.expressions[0].vertices, faces.expression("jawOpen").vertices, atol=2e-3
    )


def test_scene_separator_keys(capfd: pytest.CaptureFixture) -> None:
    """Headings among shape keys move nothing: they are passed over and named, the others become scans."""
    obj = faces.new_shape_keys()
    for name in ("----- ARKit -----", "Visemes"):
        obj.shape_key_add(name=name, from_mix=False)
    assert bpy.ops.aim.scans_from_shape_keys() == {'FINISHED'}
    assert names(obj) == list(faces.EXPRESSIONS)
    assert "----- ARKit -----, Visemes" in capfd.readouterr().out
    for key in list(obj.data.shape_keys.key_blocks)[1:]:
        if key.name in faces.EXPRESSIONS:
            obj.shape_key_remove(key)
    assert "moves anything" in refusal(bpy.ops.aim.scans_from_shape_keys)


def test_shape_keys_of_a_mesh_with_split_seams_become_scans() -> None:
    """Seams as games have them: their vertices count as one point where all keys move them alike."""
    rest = faces.neutral()
    split, of = split_head(rest)
    obj = faces.new_object(split, "split")
    obj.shape_key_add(name="Basis")
    opened = faces.expression("jawOpen", rest).vertices[of] * 0.001
    obj.shape_key_add(name="jawOpen").points.foreach_set("co", opened.ravel())
    faces.select([obj])
    assert bpy.ops.aim.scans_from_shape_keys() == {'FINISHED'}
    assert names(obj) == ["jawOpen"]
    assert len(scan_list.read_face(obj, bpy.context).neutral.vertices) == len(of)


def test_shape_keys_are_needed() -> None:
    assert "Select the mesh" in refusal(bpy.ops.aim.scans_from_shape_keys)
    faces.select([faces.new_object(faces.neutral())])
    assert "no shape keys" in refusal(bpy.ops.aim.scans_from_shape_keys)


def test_taking_shape_keys_is_one_undo_step() -> None:
    faces.new_shape_keys()
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.aim.scans_from_shape_keys('EXEC_DEFAULT', True)
    bpy.ops.ed.undo()
    assert len(bpy.data.objects["neutral"].aim.scans) == 0


def test_objects_are_not_added_to_a_face_of_shape_keys() -> None:
    obj = faces.new_shape_keys()
    bpy.ops.aim.scans_from_shape_keys()
    faces.select([faces.new_object(faces.expression("smile"), "more"), obj])
    assert "shape keys" in refusal(bpy.ops.aim.add_scans)


# -- the list --------------------------------------------------------------------------------------


def test_a_scan_is_removed_from_the_list_and_stays_in_the_scene() -> None:
    face = faces.new_face()
    face.aim.active_scan = 2
    gone = face.aim.scans[2].object
    assert bpy.ops.aim.remove_scan() == {'FINISHED'}
    assert len(face.aim.scans) == 2 and face.aim.active_scan == 1
    assert gone.users_scene and gone.aim.face_object is None


def test_the_list_is_cleared_and_comes_back_with_undo() -> None:
    face = faces.new_face()
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.aim.clear_scans('EXEC_DEFAULT', True) == {'FINISHED'}
    assert not len(face.aim.scans) and not face.aim.is_face
    assert "Add scans first" in refusal(bpy.ops.aim.clear_scans)
    bpy.ops.ed.undo()
    assert len(bpy.data.objects["neutral"].aim.scans) == 3


def test_removing_needs_a_scan() -> None:
    assert not bpy.ops.aim.remove_scan.poll()


def test_scans_that_are_turned_off_are_not_read() -> None:
    face = faces.new_face()
    face.aim.scans[1].use = False
    read = scan_list.read_face(face, bpy.context)
    assert [scan.name for scan in read.expressions] == [
        face.aim.scans[0].name,
        face.aim.scans[2].name,
    ]


def test_a_deleted_scan_is_named() -> None:
    face = faces.new_face()
    gone = face.aim.scans[1].object
    with bpy.context.temp_override(selected_objects=[gone]):
        bpy.ops.object.delete()
    assert scan_list.is_missing(face.aim.scans[1], face)
    with pytest.raises(scan_list.ScanError, match="was deleted"):
        scan_list.read_face(face, bpy.context)


def test_a_scan_in_edit_mode_is_named() -> None:
    face = faces.new_face()
    faces.select([face.aim.scans[0].object])
    bpy.ops.object.mode_set(mode='EDIT')
    with pytest.raises(scan_list.ScanError, match="Edit Mode"):
        scan_list.read_face(face, bpy.context)
    bpy.ops.object.mode_set(mode='OBJECT')


def test_every_part_of_a_face_leads_to_it() -> None:
    face, other = faces.new_face(), faces.new_face()
    faces.pick_bones(face)
    for part in (face, face.aim.scans[0].object, face.aim.skull, face.aim.jaw):
        faces.select([part])
        bpy.context.scene.aim.face = other
        assert face_object(bpy.context) == face


def test_what_belongs_to_no_face_leaves_the_last_one_shown() -> None:
    face = faces.new_face()
    faces.select([faces.new_object(faces.neutral(), "stranger")])
    assert face_object(bpy.context) == face
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    bpy.context.scene.collection.objects.link(camera)
    faces.select([camera])
    assert face_object(bpy.context) == face


def test_scans_survive_save_and_reopen(tmp_path: Path) -> None:
    faces.new_face()
    path = str(tmp_path / "face.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    face = bpy.data.objects["neutral"]
    assert face_object(bpy.context) == face
    assert len(scan_list.read_face(face, bpy.context).expressions) == 3


# -- files -----------------------------------------------------------------------------------------


def test_a_folder_becomes_a_face_with_bones(tmp_path: Path) -> None:
    folder = faces.write_folder(tmp_path / "Anna")
    assert bpy.ops.aim.import_scans(directory=str(folder)) == {'FINISHED'}
    face = bpy.context.active_object
    assert face.name == "Anna" and face.select_get()
    assert names(face) == sorted(faces.EXPRESSIONS, key=str.lower)
    assert face.aim.skull and face.aim.jaw and not face.aim.bones_estimated
    assert "Anna Scans" in bpy.data.collections
    assert all(scan.object.hide_viewport for scan in face.aim.scans)
    read = scan_list.read_face(face, bpy.context)
    np.testing.assert_allclose(read.neutral.vertices, faces.neutral().vertices, atol=2e-3)
    truth = faces.expression("jawOpen").vertices
    np.testing.assert_allclose(
        {scan.name: scan for scan in read.expressions}["jawOpen"].vertices, truth, atol=2e-3
    )
    skull, jaw = scan_list.read_bones(face, bpy.context, read.space)
    np.testing.assert_allclose(skull.vertices, faces.skull().vertices, atol=2e-3)
    np.testing.assert_allclose(jaw.vertices, faces.jaw().vertices, atol=2e-3)


def test_expressions_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    folder = faces.write_folder(tmp_path / "Anna")
    (folder / "expressions").mkdir()
    for name in faces.EXPRESSIONS:
        (folder / f"{name}.obj").rename(folder / "expressions" / f"{name}.obj")
    bpy.ops.aim.import_scans(directory=str(folder))
    assert len(bpy.context.active_object.aim.scans) == 3


@pytest.mark.parametrize(("scale", "unit"), [(1.0, 'MM'), (0.1, 'CM'), (0.001, 'M')])
def test_the_unit_of_files_is_found_by_size(tmp_path: Path, scale: float, unit: str) -> None:
    folder = faces.write_folder(tmp_path / "Anna", scale=scale)
    for chosen in ('AUTO', unit):
        bpy.ops.aim.import_scans(directory=str(folder), unit=chosen)
        face = bpy.context.active_object
        read = scan_list.read_face(face, bpy.context)
        np.testing.assert_allclose(read.neutral.vertices, faces.neutral().vertices, atol=0.01)
    wrong = {'MM': 'CM', 'CM': 'M', 'M': 'MM'}[unit]
    assert "wide" in refusal(bpy.ops.aim.import_scans, directory=str(folder), unit=wrong)


def test_files_with_z_up_are_not_turned(tmp_path: Path) -> None:
    folder = faces.write_folder(tmp_path / "Anna", y_up=False)
    bpy.ops.aim.import_scans(directory=str(folder), up_axis='Z')
    read = scan_list.read_face(bpy.context.active_object, bpy.context)
    np.testing.assert_allclose(read.neutral.vertices, faces.neutral().vertices, atol=2e-3)


def test_the_neutral_can_be_named(tmp_path: Path) -> None:
    folder = faces.write_folder(tmp_path / "Anna")
    (folder / "neutral.obj").rename(folder / "scan_001.obj")
    assert "Neutral" in refusal(bpy.ops.aim.import_scans, directory=str(folder))
    assert "No file is named" in refusal(
        bpy.ops.aim.import_scans, directory=str(folder), neutral="scan_002"
    )
    assert bpy.ops.aim.import_scans(directory=str(folder), neutral="scan_001.obj") == {'FINISHED'}
    assert len(bpy.context.active_object.aim.scans) == 3


def test_chosen_files_alone_are_read(tmp_path: Path) -> None:
    folder = faces.write_folder(tmp_path / "Anna")
    files = [{"name": "smile.obj"}, {"name": "neutral.obj"}]
    bpy.ops.aim.import_scans(directory=str(folder), files=files)
    face = bpy.context.active_object
    assert names(face) == ["smile"] and face.aim.skull is None


def test_files_without_a_neutral_are_added_to_the_active_face(tmp_path: Path) -> None:
    folder = faces.write_folder(tmp_path / "Anna")
    files = [{"name": "smile.obj"}, {"name": "neutral.obj"}]
    bpy.ops.aim.import_scans(directory=str(folder), files=files)
    face = bpy.context.active_object
    bpy.ops.aim.import_scans(directory=str(folder), files=[{"name": "browUp.obj"}])
    assert bpy.context.active_object == face
    assert names(face) == ["smile", "browUp"]


def test_a_folder_without_scans_and_a_lone_scan_are_refused(tmp_path: Path) -> None:
    assert "no OBJ or PLY" in refusal(bpy.ops.aim.import_scans, directory=str(tmp_path))
    faces.write_obj(tmp_path / "neutral.obj", faces.neutral())
    assert "only scan" in refusal(bpy.ops.aim.import_scans, directory=str(tmp_path))
    assert not bpy.data.objects


def test_a_damaged_file_is_named_and_nothing_is_imported(tmp_path: Path) -> None:
    folder = faces.write_folder(tmp_path / "Anna")
    (folder / "smile.obj").write_text("v 1 2\nf 1 2 3\n", encoding="utf-8")
    assert "smile" in refusal(bpy.ops.aim.import_scans, directory=str(folder))
    assert not bpy.data.objects and not bpy.data.collections


def test_importing_is_one_undo_step(tmp_path: Path) -> None:
    folder = faces.write_folder(tmp_path / "Anna")
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.aim.import_scans('EXEC_DEFAULT', True, directory=str(folder))
    assert len(bpy.data.objects) == 6
    bpy.ops.ed.undo()
    assert len(bpy.data.objects) == 0


def test_importing_needs_object_mode() -> None:
    faces.select([faces.new_object(faces.neutral())])
    bpy.ops.object.mode_set(mode='EDIT')
    assert "Object Mode" in refusal(bpy.ops.aim.import_scans, directory="/nowhere")
    bpy.ops.object.mode_set(mode='OBJECT')


def test_dropped_files_have_a_handler() -> None:
    handler = bpy.types.AIM_FH_import_scans
    assert handler.bl_import_operator == "aim.import_scans"
    assert handler.bl_file_extensions == ".obj;.ply"
