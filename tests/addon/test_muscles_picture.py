# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose from Picture: points moved onto a picture, read from a table, and met through the muscles."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector

from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.muscles import picture
from aim_blender_addon.bridge.muscles.pose import shown_pose, simulated_rig
from aim_blender_addon.bridge.rig import jaw_controls
from tests.addon import muscle_face, stand_in
from tests.addon.recorder import draw

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture
def face() -> bpy.types.Object:
    """A baked face with flesh, and a camera before it."""
    face = muscle_face.with_flesh()
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    look_at(camera, Vector((0.12, -0.75, 0.05)))
    camera.data.lens = 70
    bpy.context.view_layer.update()
    return face


def look_at(camera: bpy.types.Object, place: Vector) -> None:
    middle = Vector((stand_in.CENTRE / 1000).tolist())
    turn = (middle - place).to_track_quat('-Z', 'Y')
    camera.matrix_world = Matrix.Translation(place) @ turn.to_matrix().to_4x4()


def pose(face: bpy.types.Object, opening: float, smile: float) -> None:
    face.aim.rig.data.shape_keys.key_blocks["smile"].value = smile
    joint = storage.load_model(face).joint
    jaw_controls.show_pose(face.aim.armature, joint.pose(np.array([np.radians(opening), 0, 0, 0])))
    bpy.context.view_layer.update()


def front(face: bpy.types.Object, count: int = 70) -> list[int]:
    """Vertices of the front about the mouth."""
    points = storage.load_model(face).neutral.vertices
    mouth = (muscle_face.LANDMARKS["cheilion_left"] + muscle_face.LANDMARKS["cheilion_right"]) / 2
    near = np.argsort(np.linalg.norm(points - mouth, axis=1))
    return sorted(near[: 4 * count : 4].tolist())


def moved_to(face: bpy.types.Object, seen_mm: np.ndarray) -> None:
    """A point at each of the vertices, moved to where these are on the picture."""
    rig = face.aim.rig
    for vertex in rig.data.vertices:
        vertex.select = False
    numbers = front(face)
    for number in numbers:
        rig.data.vertices[number].select = True
    assert bpy.ops.aim.add_picture_points(at='VERTICES') == {'FINISHED'}
    for empty in picture.points_of(face):
        number = empty["aim_corners"][0]
        empty.location = (seen_mm[number] / 1000 + [0.0, 1e-4, 0.0]).tolist()
    bpy.context.view_layer.update()


def parameters(face: bpy.types.Object) -> np.ndarray:
    model = storage.load_model(face)
    return shown_pose(simulated_rig(face, model), model, bpy.context).jaw


def pixels_of(face: bpy.types.Object, world: np.ndarray) -> np.ndarray:
    model = storage.load_model(face)
    rig = simulated_rig(face, model)
    return picture.View.of(bpy.context.scene.camera, rig, bpy.context).pixels(world)


def simulated_and_rested(face: bpy.types.Object) -> np.ndarray:
    """[V, 3] mm: what a simulated pose shows; the rig rests afterwards."""
    pose(face, 4.0, 0.8)
    assert bpy.ops.aim.simulate_pose() == {'FINISHED'}
    seen = stand_in.evaluated_mm(face.aim.rig)
    pose(face, 0.0, 0.0)
    return seen


def test_the_pixels_are_those_that_the_camera_renders(face: bpy.types.Object) -> None:
    """The middle of the view is the picture's middle, and pixels lead back to the world."""
    render, camera = bpy.context.scene.render, bpy.context.scene.camera
    render.resolution_x, render.resolution_y, render.pixel_aspect_x = 1000, 400, 2.0
    camera.data.sensor_fit = 'VERTICAL'
    middle = camera.matrix_world @ Vector((0, 0, -0.5))
    from bpy_extras.object_utils import world_to_camera_view

    for place in (middle, Vector((0.03, 0.0, 0.02))):
        found = pixels_of(face, np.array(place)[None])[0]
        wanted = world_to_camera_view(bpy.context.scene, camera, place)
        np.testing.assert_allclose(found, [wanted[0] * 2000, wanted[1] * 400], atol=0.05)
    model = storage.load_model(face)
    view = picture.View.of(camera, simulated_rig(face, model), bpy.context)
    back = view.world(np.array([[300.0, 100.0]]), 600.0)
    np.testing.assert_allclose(view.pixels(back), [[300, 100]], atol=1e-3)


def test_the_rig_meets_the_picture_of_a_known_camera(face: bpy.types.Object) -> None:
    moved_to(face, simulated_and_rested(face))
    settings = face.aim.muscles
    settings.camera, settings.move_camera = 'KNOWN', True
    assert len(picture.counted(face)) == len(front(face))
    camera = bpy.context.scene.camera.matrix_world.copy()
    bpy.ops.ed.undo_push(message="Points")
    assert bpy.ops.aim.pose_from_points() == {'FINISHED'}
    face = storage.face_object(bpy.context)
    smile = face.aim.rig.data.shape_keys.key_blocks["smile"].value
    assert smile == pytest.approx(0.8, abs=0.06)
    assert np.degrees(parameters(face)[0]) == pytest.approx(4.0, abs=0.4)
    now = np.array(bpy.context.scene.camera.matrix_world)
    np.testing.assert_allclose(now, np.array(camera), atol=0.01)
    texts = draw(bpy.types.AIM_PT_muscles_picture).texts
    assert any("of" in text and str(len(front(face))) in text for text in texts)


@pytest.mark.one_blender
def test_an_unknown_lens_is_found_and_the_camera_goes_there(face: bpy.types.Object) -> None:
    """The lens and the place differ from the picture's before; afterwards the camera sees what the picture shows."""
    seen = simulated_and_rested(face)
    moved_to(face, seen)
    face.aim.muscles.camera = 'FOUND'
    on_picture = pixels_of(face, seen / 1000)
    camera = bpy.context.scene.camera
    true = camera.data.lens
    assert bpy.ops.aim.pose_from_points() == {'FINISHED'}
    face = storage.face_object(bpy.context)
    camera = bpy.context.scene.camera
    assert camera.data.lens == pytest.approx(true, rel=0.25)
    bpy.context.view_layer.update()
    shown = pixels_of(face, stand_in.evaluated_mm(face.aim.rig) / 1000)
    numbers = front(face)
    off = np.linalg.norm(shown[numbers] - on_picture[numbers], axis=1)
    assert np.median(off) < 2.0


def test_points_that_were_left_alone_do_not_count(face: bpy.types.Object) -> None:
    with pytest.raises(RuntimeError, match="move them onto the picture"):
        bpy.ops.aim.pose_from_points()
    assert bpy.ops.aim.add_picture_points() == {'FINISHED'}
    assert len(picture.points_of(face)) == len(muscle_face.LANDMARKS)
    assert not picture.counted(face)
    assert bpy.ops.aim.add_picture_points() == {'FINISHED'}
    assert len(picture.points_of(face)) == len(muscle_face.LANDMARKS)
    first, second, *_ = picture.points_of(face)
    first.location.x += 0.01
    second.location.x += 0.01
    second.hide_viewport = True
    assert picture.counted(face) == [first]
    with pytest.raises(RuntimeError, match="Only 1 points of .* are seen"):
        bpy.ops.aim.pose_from_points()
    bpy.context.scene.camera.data.type = 'ORTHO'
    with pytest.raises(RuntimeError, match="has no perspective"):
        bpy.ops.aim.pose_from_points()
    bpy.context.scene.camera = None
    with pytest.raises(RuntimeError, match="Give the scene a camera"):
        bpy.ops.aim.pose_from_points()


def test_a_table_of_points_is_read(face: bpy.types.Object, tmp_path: Path) -> None:
    """Pixels from the upper left of the picture behind the scene, of another resolution than the render."""
    render, camera = bpy.context.scene.render, bpy.context.scene.camera
    render.resolution_x, render.resolution_y = 1000, 500
    picture_of = bpy.data.images.new("Picture", 2000, 1000)
    background = camera.data.background_images.new()
    background.image = picture_of
    table = tmp_path / "points.csv"
    table.write_text("vertex,u,v,weight\n3,500,250,0.5\n5,1500,750,1\n7,,,1\n", encoding="utf-8")
    assert bpy.ops.aim.load_picture_points(filepath=str(table)) == {'FINISHED'}
    points = picture.counted(face)
    assert [list(point["aim_corners"]) for point in points] == [[3] * 3, [5] * 3]
    assert points[0]["aim_trust"] == 0.5
    bpy.context.view_layer.update()
    world = np.array([point.matrix_world.translation for point in points])
    np.testing.assert_allclose(pixels_of(face, world), [[250, 375], [750, 125]], atol=0.05)
    render.resolution_y = 700
    table.write_text("vertex,u,v\n9,500,250\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="set the resolution in Output"):
        bpy.ops.aim.load_picture_points(filepath=str(table))
    table.write_text("vertex,u,v\n99999999,500,250\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="names vertex 99999999"):
        bpy.ops.aim.load_picture_points(filepath=str(table))
    assert len(picture.points_of(face)) == 2


def test_too_many_or_no_vertices_are_refused(face: bpy.types.Object) -> None:
    rig = face.aim.rig
    for vertex in rig.data.vertices:
        vertex.select = True
    with pytest.raises(RuntimeError, match="select 1 to 200"):
        bpy.ops.aim.add_picture_points(at='VERTICES')
    face.aim.landmarks.clear()
    with pytest.raises(RuntimeError, match="no landmarks: press Find Landmarks"):
        bpy.ops.aim.add_picture_points()
    assert not picture.points_of(face)
