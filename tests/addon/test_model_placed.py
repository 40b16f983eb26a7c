# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model made by the command line and loaded beside scans that have other axes, another origin or another unit.

The model's frame is that of its files. After Load Model and Bake the rig stands on the scans, or there is a sentence.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.model_file import model_to_bytes, read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.model.moved import moved_model
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.rig.actions import scan_frame
from tests.addon import faces, stand_in

NEAR_MM = 0.01
PER_MM = {"mm": 1.0, "cm": 0.1, "m": 0.001}
#: From Blender's axes to those of files.
TO_FILE = {"Y": np.eye(4)[[0, 2, 1, 3]] * [[1], [1], [-1], [1]], "Z": np.eye(4)}


@cache
def model(up: str) -> AimModel:
    """A small head in the frame of its files; its scans have no head motion."""
    made = stand_in.named(stand_in.make_model(3, rings=10, columns=14), ("open", "forth", "smile"))
    return moved_model(replace(made, head_poses=np.tile(np.eye(4), (3, 1, 1))), TO_FILE[up])


def write_scans(folder: Path, up: str, unit: str) -> Path:
    """The scans that the model was made of, as OBJ files with these axes and this unit."""
    folder.mkdir()
    face = model(up)
    scans = {"neutral": face.neutral.vertices}
    scans |= {name: face.scan(number) for number, name in enumerate(face.expression_names)}
    for name, points in scans.items():
        starts = np.cumsum(face.neutral.face_sizes) - face.neutral.face_sizes
        lines = [
            f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in points.astype(np.float64) * PER_MM[unit]
        ]
        for start, size in zip(starts, face.neutral.face_sizes, strict=True):
            corners = face.neutral.face_vertices[start : start + size] + 1
            lines.append("f " + " ".join(str(corner) for corner in corners))
        (folder / f"{name}.obj").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "command line.safetensors"
    path.write_bytes(model_to_bytes(model("Y")))
    return path


def by_blender(folder: Path, **settings: object) -> list[bpy.types.Object]:
    """The scans as Blender's own importer brings them in, the neutral last."""
    found = []
    for path in sorted(folder.glob("*.obj"), key=lambda path: (path.stem == "neutral", path.stem)):
        assert bpy.ops.wm.obj_import(filepath=str(path), **settings) == {'FINISHED'}
        found.append(bpy.context.active_object)
    return found


def points_of(obj: bpy.types.Object) -> np.ndarray:
    """[V, 3] float64: where an object's vertices are seen, in the world."""
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    matrix = np.array(twin.matrix_world, np.float64)
    twin.to_mesh_clear()
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def apart_mm(neutral: bpy.types.Object, scans: dict[str, bpy.types.Object]) -> float:
    """How far the rig of ``neutral`` is from the neutral, and in each scan's frame from that scan."""
    bpy.context.view_layer.update()
    size = 115.0 * 2 / float(np.ptp(points_of(neutral), axis=0).max())  # mm in a unit of the world
    worst, rig = 0.0, neutral.aim.rig
    for frame, shown in [(1, neutral)] + [
        (scan_frame(number), scans[name]) for number, name in enumerate(model("Y").expression_names)
    ]:
        bpy.context.scene.frame_set(frame)
        apart = np.linalg.norm(points_of(rig) - points_of(shown), axis=1).max()
        worst = max(worst, float(apart) * size)
    return worst


def load_and_bake(neutral: bpy.types.Object, file: Path) -> None:
    faces.select([neutral])
    assert bpy.ops.aim.load_model(filepath=str(file)) == {'FINISHED'}
    assert bpy.ops.aim.bake(hide_neutral=False) == {'FINISHED'}


def rotated(matrix: Matrix) -> "callable":
    def place(objects: list[bpy.types.Object]) -> None:
        for obj in objects:
            obj.matrix_world = matrix @ obj.matrix_world
        bpy.context.view_layer.update()

    return place


def applied(**what: bool) -> "callable":
    def place(objects: list[bpy.types.Object]) -> None:
        faces.select(objects)
        bpy.ops.object.transform_apply(**what)

    return place


def origins_to_geometry(objects: list[bpy.types.Object]) -> None:
    """What Set Origin does: every vertex stays where it is, about one origin for all."""
    middle = points_of(objects[-1]).mean(axis=0)
    for obj in objects:
        offset = obj.matrix_world.inverted() @ Matrix.Translation(middle)
        obj.data.transform(offset.inverted())
        obj.matrix_world = obj.matrix_world @ offset


TURN = Matrix.Translation((0.3, -2.0, 0.7)) @ Euler((0.4, -0.9, 2.1)).to_matrix().to_4x4()
PLACES = {
    "as imported": [],
    "turned": [rotated(TURN)],
    "turned and applied": [
        rotated(TURN),
        applied(location=True, rotation=True, scale=False),
    ],
    "rotation applied": [applied(location=False, rotation=True, scale=False)],
    "another origin": [origins_to_geometry],
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("scene", ["as numbers", "metres", "metres, applied"])
@pytest.mark.parametrize("unit", PER_MM)
@pytest.mark.parametrize("up", ["Y", "Z"])
def test_scans_that_blender_imported(tmp_path, file, up, unit, scene, place):
    objects = by_blender(
        write_scans(tmp_path / "scans", up, unit),
        up_axis=up,
        forward_axis={'Y': 'NEGATIVE_Z', 'Z': 'Y'}[up],
    )
    if scene != "as numbers":
        rotated(Matrix.Scale(0.001 / PER_MM[unit], 4))(objects)
    if scene == "metres, applied":
        applied(location=True, rotation=False, scale=True)(objects)
    for step in PLACES[place]:
        step(objects)
    load_and_bake(objects[-1], file)
    assert apart_mm(objects[-1], {obj.name: obj for obj in objects}) < NEAR_MM


@pytest.mark.parametrize("unit", PER_MM)
@pytest.mark.parametrize("up", ["Y", "Z"])
@pytest.mark.parametrize("fitted", ["Y", "Z"])
def test_scans_that_this_extension_imported(tmp_path, up, unit, fitted):
    file = tmp_path / "model.safetensors"
    file.write_bytes(model_to_bytes(model(fitted)))
    folder = write_scans(tmp_path / "scans", up, unit)
    bpy.ops.aim.import_scans(directory=str(folder), up_axis=up, hide_expressions=False)
    face = storage.face_object(bpy.context)
    load_and_bake(face, file)
    assert all(scan.fitted for scan in face.aim.scans)
    assert apart_mm(face, {scan.name: scan.object for scan in face.aim.scans}) < NEAR_MM


@pytest.mark.parametrize("scale_length", [1.0, 0.01, 0.001])
@pytest.mark.parametrize("unit", PER_MM)
def test_the_unit_of_the_scene_and_that_of_the_scans(tmp_path, file, unit, scale_length):
    bpy.context.scene.unit_settings.scale_length = scale_length
    objects = by_blender(write_scans(tmp_path / "scans", "Y", unit))
    load_and_bake(objects[-1], file)
    assert apart_mm(objects[-1], {obj.name: obj for obj in objects}) < NEAR_MM


def test_a_model_in_its_place_is_kept_byte_for_byte(tmp_path, file):
    objects = by_blender(write_scans(tmp_path / "scans", "Y", "mm"))
    load_and_bake(objects[-1], file)
    assert storage.model_bytes(objects[-1]) == file.read_bytes()
    assert objects[-1].aim.scan_unit == 'MM'


def test_a_moved_model_can_be_saved_and_loaded_again(tmp_path, file):
    folder = write_scans(tmp_path / "scans", "Y", "mm")
    bpy.ops.aim.import_scans(directory=str(folder), up_axis='Y', hide_expressions=False)
    face = storage.face_object(bpy.context)
    load_and_bake(face, file)
    again = tmp_path / "again.safetensors"
    bpy.ops.aim.save_model(filepath=str(again))
    assert read_model(again).neutral.vertices[:, 2].max() > 1600, "Z up as the scene has it"
    bpy.ops.aim.load_model(filepath=str(again))
    assert storage.model_bytes(face) == again.read_bytes()


def refusal(neutral: bpy.types.Object, file: Path) -> str:
    faces.select([neutral])
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.aim.load_model(filepath=str(file))
    assert not storage.has_model(neutral) and not neutral.aim.is_face
    assert neutral.aim.scan_unit == 'SCENE'
    return str(caught.value)


def test_what_no_unit_explains_is_refused(file):
    head = faces.new_object(model("Z").neutral)
    head.scale = (1.03, 1.03, 1.03)
    assert "1.03 times as large" in refusal(head, file)
    head.scale = (1.0, 1.0, 1.03)
    assert "stretched unevenly" in refusal(head, file)
    head.scale = (-1.0, 1.0, 1.0)
    assert "mirror image" in refusal(head, file)
    head.scale = (0.0, 0.0, 0.0)
    assert "no size" in refusal(head, file)


def test_another_shape_that_stands_elsewhere_is_refused(file):
    rest = model("Z").neutral
    bumps = np.random.default_rng(0).normal(0, 1, rest.vertices.shape)
    other = Mesh(
        rest.vertices + bumps.astype(np.float32), rest.face_vertices, rest.face_sizes, "other"
    )
    head = faces.new_object(other)
    assert "turned by 90 degrees" in refusal(head, file)
    file.write_bytes(model_to_bytes(model("Z")))
    head.scale = (1.2, 1.2, 1.2)
    assert "another shape" in refusal(head, file) and "1.20" in refusal(head, file)


def test_a_sheared_face_is_refused(file):
    head = faces.new_object(model("Z").neutral)
    parent = faces.new_object(faces.skull(), "parent")
    parent.scale = (1.0, 2.0, 1.0)
    head.rotation_euler = (0.3, 0.2, 0.5)
    head.parent = parent
    assert "stretched unevenly" in refusal(head, file)
