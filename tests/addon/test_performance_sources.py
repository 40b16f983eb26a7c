# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances as tracks of movie clips, as vertices of another object and from caches: bound, read and solved."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.io.takes import NpzRows
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.performance import cameras, chosen, sources
from aim_blender_addon.bridge.performance.reading import Reading

from . import faces
from .recordings import (
    FRAMES,
    add_camera,
    add_clip,
    add_cloud,
    front,
    new_face,
    recorded,
    track,
)


@pytest.fixture
def face(one_worker: None, tmp_path: Path) -> bpy.types.Object:
    """A baked face whose rig plays a performance."""
    return new_face(tmp_path)


def add_view(face: bpy.types.Object, clip: bpy.types.MovieClip, camera: bpy.types.Object) -> None:
    """Through the operator, as the panel does it."""
    faces.select([face])
    assert bpy.ops.aim.add_view() == {'FINISHED'}
    view = face.aim.take.views[-1]
    view.clip, view.camera = clip, camera


def read(face: bpy.types.Object, folder: Path) -> dict[str, np.ndarray]:
    """What the worker would be given of the chosen performance."""
    reading = begin_reading(face, folder)
    shares = list(reading.steps)
    assert shares == sorted(shares) and shares[-1] == 1.0
    return {name: part for name, part in vars(reading.taken()).items() if part is not None}


def begin_reading(face: bpy.types.Object, folder: Path) -> Reading:
    """The chosen performance, about to be read."""
    space = head_space(face, bpy.context)
    source = sources.solved(face.aim.take)
    return source.read(face, space, folder / "take.npz", bpy.context)


def project(camera: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Pixels [N, 2] of points [N, 3] through P [3, 4]."""
    image = points @ camera[:, :3].T + camera[:, 3]
    return image[:, :2] / image[:, 2:]


# ------------------------------------------------------------------------------------- cameras


def test_tracks_of_two_moving_cameras_are_solved(face: bpy.types.Object, tmp_path: Path) -> None:
    before, seen = recorded(face), front(face)
    for number, side in enumerate((-0.35, 0.3)):
        camera = add_camera((side, -0.9, 1.65), f"Camera {number}")
        camera.keyframe_insert("location", frame=1)
        camera.location.x += 0.05
        camera.keyframe_insert("location", frame=FRAMES)
        clip = add_clip(tmp_path, f"shot {number}.png")
        track(clip, camera, face, before, seen)
        add_view(face, clip, camera)
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    take = face.aim.take
    assert take.bound_source == 'CAMERAS' and len(take.bound) == 2 * len(seen)
    assert bpy.ops.aim.solve() == {'FINISHED'}
    assert take.solved_frames == FRAMES and take.error_in_pixels and take.solve_error_mm < 1.0
    off = np.linalg.norm(recorded(face) - before, axis=2)[:, seen]
    assert off.mean() < 1.0, off.mean()


def test_muted_markers_weightless_tracks_and_the_clips_start_count(
    face: bpy.types.Object, tmp_path: Path
) -> None:
    before, seen = recorded(face), front(face, 5)
    camera, clip = add_camera((0.1, -0.9, 1.7)), add_clip(tmp_path)
    track(clip, camera, face, before, seen)
    clip.frame_start = 5
    tracks = clip.tracking.tracks
    tracks[0].markers.find_frame(10).mute = True  # frame 14 of the scene
    tracks[1].weight = 0.0
    tracks[2].markers.delete_frame(11)
    bpy.context.scene.frame_set(5)
    add_view(face, clip, camera)
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 3, FRAMES + 4
    given = read(face, tmp_path)
    assert given["kind"] == "image_points"
    assert given["frames"].shape == (FRAMES + 2, 1, len(seen), 2)
    gone = np.isnan(given["frames"][:, 0]).any(axis=2)
    assert gone[:2].all() and gone[:, 1].all()
    gone[:, 1] = False
    np.testing.assert_array_equal(np.argwhere(gone[2:]), [[9, 0], [10, 2]])


def test_projections_agree_with_blender(face: bpy.types.Object, tmp_path: Path) -> None:
    before, seen = recorded(face), front(face, 5)
    camera = add_camera((0.3, -1.1, 1.9))
    camera.scale = (2.0, 2.0, 2.0)
    for lens, frame in ((60.0, 1), (75.0, FRAMES)):
        camera.data.lens = lens
        camera.data.keyframe_insert("lens", frame=frame)
    clip = add_clip(tmp_path)
    track(clip, camera, face, before, seen)
    camera.hide_viewport = True
    add_view(face, clip, camera)
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    given = read(face, tmp_path)
    by_name = {entry.name: number for number, entry in enumerate(face.aim.take.bound)}
    for frame in (0, 13, FRAMES - 1):
        shown = project(given["cameras"][frame, 0], before[frame, seen].astype(np.float64))
        rows = [by_name[f"v{vertex}"] for vertex in seen]
        np.testing.assert_allclose(given["frames"][frame, 0, rows], shown, atol=0.02)


def test_tracks_sit_where_they_were_seen_and_the_background_is_left_out(
    face: bpy.types.Object, tmp_path: Path
) -> None:
    before, seen = recorded(face), front(face, 5)
    camera, clip = add_camera((0.1, -0.9, 1.7)), add_clip(tmp_path)
    track(clip, camera, face, before, seen)
    clip.tracking.tracks.new(name="wall", frame=1).markers.insert_frame(1, co=(0.02, 0.98))
    other = clip.tracking.objects.new(name="Face")
    other.tracks.new(name=f"v{seen[0]}", frame=1).markers.insert_frame(1, co=(0.5, 0.5))
    add_view(face, clip, camera)
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    skin = storage.load_model(face).neutral.vertices
    names = {entry.name: entry for entry in face.aim.take.bound}
    assert "wall" not in names and f"Face: v{seen[0]}" in names
    for vertex in seen:
        entry = names[f"v{vertex}"]
        place = np.array(entry.barycentric) @ skin[list(entry.corners)]
        assert np.linalg.norm(place - skin[vertex]) < 0.2, vertex
    assert bpy.ops.aim.remove_view() == {'FINISHED'}
    assert not face.aim.take.bound and not face.aim.take.views


def test_tracks_named_as_landmarks_sit_on_them(face: bpy.types.Object, tmp_path: Path) -> None:
    before, seen = recorded(face), front(face, 5)
    camera, clip = add_camera((0.1, -0.9, 1.7)), add_clip(tmp_path)
    track(clip, camera, face, before, seen)
    clip.tracking.tracks[0].name = "Pronasale"
    skin = storage.load_model(face).neutral.vertices
    entry = face.aim.landmarks.add()
    entry.name, entry.co = "pronasale", skin[seen[7]] * (1, 1, 1)
    add_view(face, clip, camera)
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    named = face.aim.take.bound["Pronasale"]
    place = np.array(named.barycentric) @ skin[list(named.corners)]
    np.testing.assert_allclose(place, skin[seen[7]], atol=1e-2)


def test_a_bent_lens_is_undone(face: bpy.types.Object, tmp_path: Path) -> None:
    clip = add_clip(tmp_path)
    lens = clip.tracking.camera
    lens.units, lens.sensor_width, lens.focal_length = 'MILLIMETERS', 32.0, 60.0
    lens.k1 = -0.1
    one = clip.tracking.tracks.new(name="a", frame=1)
    one.markers.insert_frame(1, co=(0.9, 0.8))
    (pixel,) = cameras.track_pixels(clip, one, range(1, 2))
    middle = np.array([480.0, 270.0])
    away = (pixel - middle) / 1800.0  # a focal length of 60 mm on 32 mm and 960 pixels
    bent = away * (1 - 0.1 * (away**2).sum())
    np.testing.assert_allclose(bent * 1800 + middle, [0.9 * 960, 0.8 * 540], atol=1e-3)


def test_views_that_cannot_be_solved_through_are_named(
    face: bpy.types.Object, tmp_path: Path
) -> None:
    before, seen = recorded(face), front(face, 5)
    faces.select([face])
    face.aim.take.source = 'CAMERAS'
    with pytest.raises(RuntimeError, match="Add a camera view first"):
        bpy.ops.aim.bind_markers()
    camera, clip = add_camera((0.1, -0.9, 1.7)), add_clip(tmp_path)
    add_view(face, clip, None)
    with pytest.raises(RuntimeError, match=r"shot.png has no camera"):
        bpy.ops.aim.bind_markers()
    view = face.aim.take.views[0]
    view.clip, view.camera = None, camera
    with pytest.raises(RuntimeError, match="Camera has no movie clip"):
        bpy.ops.aim.bind_markers()
    view.clip = clip
    with pytest.raises(RuntimeError, match=r"shot.png has no tracks"):
        bpy.ops.aim.bind_markers()
    track(clip, camera, face, before, seen)
    camera.data.type = 'ORTHO'
    with pytest.raises(RuntimeError, match="Camera is orthographic"):
        bpy.ops.aim.bind_markers()
    camera.data.type = 'PERSP'
    camera.rotation_euler.z += 3.0
    with pytest.raises(RuntimeError, match=f"0 of {len(seen)} tracks lie on Head"):
        bpy.ops.aim.bind_markers()
    camera.rotation_euler.z -= 3.0
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    assert len(face.aim.take.bound) == len(seen)
    clip.tracking.tracks[0].name = "renamed"
    with pytest.raises(RuntimeError, match="track v.* of shot.png is gone"):
        bpy.ops.aim.solve()
    add_view(face, clip, camera)
    with pytest.raises(RuntimeError, match=r"shot.png is in two views"):
        bpy.ops.aim.bind_markers()


def test_adding_binding_and_removing_a_view_are_undo_steps(
    face: bpy.types.Object, tmp_path: Path
) -> None:
    before, seen = recorded(face), front(face, 5)
    camera, clip = add_camera((0.1, -0.9, 1.7)), add_clip(tmp_path)
    track(clip, camera, face, before, seen)
    bpy.context.scene.camera = camera
    faces.select([face])
    bpy.ops.ed.undo_push(message="before")

    def counts() -> tuple[int, int]:
        take = bpy.data.objects["Head"].aim.take
        return len(take.views), len(take.bound)

    assert not bpy.ops.aim.remove_view.poll()
    for operator in (bpy.ops.aim.add_view, bpy.ops.aim.bind_markers, bpy.ops.aim.remove_view):
        assert operator() == {'FINISHED'}
        bpy.ops.ed.undo_push(message="done")
    assert counts() == (0, 0)
    for expected in ((1, len(seen)), (1, 0), (0, 0)):
        bpy.ops.ed.undo()
        assert counts() == expected


# ------------------------------------------------------------------- vertices of another object


def test_vertices_of_an_object_are_markers(face: bpy.types.Object) -> None:
    before, picked = recorded(face), np.arange(0, len(face.data.vertices), 9)
    cloud = add_cloud(face, before, picked)
    cloud.data.vertices[3].hide = True
    for frame, hidden in ((1, False), (7, True), (10, False)):
        cloud.hide_viewport = hidden
        cloud.keyframe_insert("hide_viewport", frame=frame)
    bpy.context.scene.frame_set(1)
    faces.select([face])
    take = face.aim.take
    take.source, take.cloud = 'VERTICES', cloud
    with pytest.raises(RuntimeError, match="Bind the markers"):
        bpy.ops.aim.solve()
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    assert len(take.bound) == len(picked)
    assert bpy.ops.aim.solve() == {'FINISHED'}
    assert (take.solved_frames, take.unsolved_frames) == (FRAMES - 3, 3)
    seen = NpzRows(chosen.output_path(face), "solved").whole()
    np.testing.assert_array_equal(np.flatnonzero(~seen), [6, 7, 8])
    off = np.linalg.norm(recorded(face) - before, axis=2)[seen]
    assert off.mean() < 1.0, off.mean()


def test_hidden_and_missing_vertices_are_unseen(face: bpy.types.Object, tmp_path: Path) -> None:
    before, picked = recorded(face), np.arange(0, len(face.data.vertices), 40)
    cloud = add_cloud(face, before, picked)
    cloud.data.vertices[3].hide = True
    point = cloud.data.shape_keys.key_blocks["frame 5"].points[4]
    point.co = (float("nan"),) * 3
    faces.select([face])
    take = face.aim.take
    take.source, take.cloud = 'VERTICES', cloud
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    numbers = [entry.vertex for entry in take.bound]
    places = read(face, tmp_path)["frames"]
    gone = np.isnan(places).any(axis=2)
    assert gone[:, numbers.index(4)].any() and not gone[0, numbers.index(4)]
    if 3 in numbers:
        assert gone[:, numbers.index(3)].all()
    there = [number for number in numbers if number not in (3, 4)]
    rows = [numbers.index(number) for number in there]
    np.testing.assert_allclose(places[:, rows], before[:, picked[there]], atol=0.01)


def test_vertices_that_come_and_go_or_are_too_many_are_named(face: bpy.types.Object) -> None:
    before = recorded(face)
    cloud = add_cloud(face, before, np.arange(0, len(face.data.vertices), 40))
    faces.select([face])
    take = face.aim.take
    take.source = 'VERTICES'
    with pytest.raises(RuntimeError, match="Choose the object whose vertices"):
        bpy.ops.aim.bind_markers()
    take.cloud = cloud
    assert bpy.ops.aim.bind_markers() == {'FINISHED'}
    mask = cloud.modifiers.new("Mask", 'MASK')
    mask.vertex_group = cloud.vertex_groups.new(name="none").name
    with pytest.raises(RuntimeError, match="Cloud has 0 vertices at frame 1, but vertex"):
        bpy.ops.aim.solve()
    data = bpy.data.meshes.new("Dense")
    data.from_pydata(np.zeros((1001, 3)).tolist(), [], [])
    take.cloud = bpy.data.objects.new("Dense", data)
    bpy.context.scene.collection.objects.link(take.cloud)
    with pytest.raises(RuntimeError, match="Dense has 1,001 vertices, too many"):
        bpy.ops.aim.bind_markers()
    with pytest.raises(RuntimeError, match="Another object is chosen"):
        bpy.ops.aim.solve()


# ------------------------------------------------------------------------- caches and shape keys


def test_an_alembic_cache_is_read_frame_by_frame(face: bpy.types.Object, tmp_path: Path) -> None:
    before = recorded(face)
    path = str(tmp_path / "take.abc")
    faces.select([face.aim.rig])
    assert bpy.ops.wm.alembic_export(
        filepath=path, selected=True, start=1, end=FRAMES, uvs=False
    ) == {'FINISHED'}
    there = set(bpy.data.objects)
    assert bpy.ops.wm.alembic_import(filepath=path, as_background_job=False) == {'FINISHED'}
    (cached,) = [obj for obj in set(bpy.data.objects) - there if obj.type == 'MESH']
    assert any(modifier.type == 'MESH_SEQUENCE_CACHE' for modifier in cached.modifiers)
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, FRAMES
    bpy.context.scene.frame_set(3)
    faces.select([face])
    face.aim.take.object = cached
    given = read(face, tmp_path)
    assert given["kind"] == "vertices" and bpy.context.scene.frame_current == 3
    np.testing.assert_allclose(given["frames"], before, atol=0.01)


def test_a_mesh_with_a_shape_key_a_frame_is_read(face: bpy.types.Object, tmp_path: Path) -> None:
    before = recorded(face)
    mesh = face.data.copy()
    obj = bpy.data.objects.new("Keys", mesh)
    obj.matrix_world = face.matrix_world
    bpy.context.scene.collection.objects.link(obj)
    obj.shape_key_add(name="Basis")
    obj.data.shape_keys.use_relative = False
    for number in range(FRAMES):
        key = obj.shape_key_add(name=str(number), from_mix=False)
        key.points.foreach_set("co", (before[number] / 1000).astype(np.float32).ravel())
        key.interpolation = 'KEY_LINEAR'
    keys = obj.data.shape_keys
    for number in range(FRAMES):
        keys.eval_time = keys.key_blocks[number + 1].frame
        keys.keyframe_insert("eval_time", frame=number + 1)
    faces.select([face])
    face.aim.take.object = obj
    given = read(face, tmp_path)
    np.testing.assert_allclose(given["frames"], before, atol=0.02)


# ------------------------------------------------------------------------------ how it is read


def test_the_scene_that_is_shown_stays_where_it_is(face: bpy.types.Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.frame_set(7)
    face.aim.take.object = face.aim.rig
    reading = begin_reading(face, tmp_path)
    next(reading.steps)
    assert scene.frame_current == 7 and len(bpy.data.scenes) == 2
    reading.steps.close()
    assert len(bpy.data.scenes) == 1 and not any(o.is_runtime_data for o in bpy.data.objects)


def test_what_a_handler_swaps_is_read_in_the_scene_that_is_shown(
    face: bpy.types.Object, tmp_path: Path
) -> None:
    """As add-ons for sequences of OBJ files do it."""
    before = recorded(face)
    swapped = bpy.data.objects.new("Swapped", face.data.copy())
    swapped.matrix_world = face.matrix_world
    bpy.context.scene.collection.objects.link(swapped)

    def swap(scene: bpy.types.Scene, _depsgraph: object = None) -> None:
        points = (before[scene.frame_current - 1] / 1000).astype(np.float32)
        swapped.data.attributes["position"].data.foreach_set("vector", points.ravel())
        swapped.data.update()

    bpy.app.handlers.frame_change_pre.append(swap)
    try:
        faces.select([face])
        face.aim.take.object = swapped
        np.testing.assert_allclose(read(face, tmp_path)["frames"], before, atol=0.01)
    finally:
        bpy.app.handlers.frame_change_pre.remove(swap)
    assert bpy.context.scene.frame_current == 1
