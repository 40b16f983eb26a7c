# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorded performance: solved with progress, cancelled and resumed, played by the rig, undone; then from tracks."""

import time
from pathlib import Path

import bpy
import faces
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
from mathutils.bvhtree import BVHTree

FRAMES = 100
TRACKED_FRAMES = 16
TRACKS = 90
PICTURE = (1920, 1080)


def drive(stage):
    stage.step("The Performance panel")
    yield from stage.open_file(faces.FILE)
    yield from faces.use_python(stage)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, FRAMES
    yield from stage.open_tab()
    faces.face().aim.animation.have = 'MESH'
    yield 0.5
    yield from stage.find("aim.solve")
    source = recording()
    faces.face().aim.take.object = source
    yield 0.5
    stage.picture("panel")
    stage.figures["setting the scene to a frame"] = f"{seconds_of_a_frame(scene):.3f} s"

    stage.step(
        "Cancelled while it reads or solves: the scene is where it was, the rig plays what it played"
    )
    before = faces.face().aim.armature.animation_data.action
    scene.frame_set(5)
    yield from stage.press("aim.solve")
    job = bpy.context.window_manager.aim_job
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    stage.watch_gaps()
    yield from stage.wait(lambda: job.fraction > 0.1, 300, "some frames that are read")
    assert scene.frame_current == 5, scene.frame_current
    yield from stage.wait(lambda: job.fraction >= 0.2, 300, "all frames to be read")
    stage.figures["longest gap while frames are read"] = stage.gap()
    stage.watch_gaps()
    yield from stage.wait(lambda: job.fraction > 0.45, 300, "some solved frames")
    stage.figures["longest gap while frames are solved"] = stage.gap()
    yield from stage.key('ESC')
    stage.picture("cancelling")
    yield from stage.wait(lambda: not faces.job_runs(), 20, "the end of the cancelled solve")
    yield 0.5
    stage.picture("cancelled")
    assert scene.frame_current == 5, scene.frame_current
    assert faces.face().aim.armature.animation_data.action == before

    stage.step("Resumed to the end: the rig plays the performance")
    yield from stage.press("resume=True")
    yield from stage.wait(lambda: job.fraction > 0.9, 400, "the end of the solve")
    stage.watch_gaps()
    yield from stage.wait(lambda: not faces.job_runs(), 400, "the solve")
    stage.figures["longest gap while the rig is animated"] = stage.gap()
    take = faces.face().aim.take
    assert take.solved_frames == FRAMES, take.solved_frames
    stage.figures["performance of sample actor"] = (
        f"{take.solve_error_mm:.3f} mm, {take.ms_per_frame:.0f} ms a frame, {take.correctives} correctives"
    )
    yield 0.5
    stage.picture("solved")
    yield from compare(source, (11, 41, 77), 1.0)

    stage.step("Undone, the rig plays the scans again")
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert faces.face().aim.take.solved_frames == 0

    stage.step("Tracks of a movie clip are bound through a camera and solved")
    scene = bpy.context.scene
    scene.frame_end = TRACKED_FRAMES
    source = recording()  # undo has taken the first away
    clip, camera = film(source)
    faces.face().aim.take.source = 'CAMERAS'
    yield 0.5
    yield from stage.press("aim.add_view")
    view = faces.face().aim.take.views[0]
    assert (view.clip, view.camera) == (clip, camera)
    yield from stage.press("aim.bind_markers")
    take = faces.face().aim.take
    assert len(take.bound) == TRACKS, len(take.bound)
    stage.picture("tracks")
    yield from stage.press("aim.solve")
    yield from stage.wait(faces.job_runs, 20, "the start of the solve")
    yield from stage.wait(lambda: not faces.job_runs(), 400, "the solve of tracks")
    assert take.solved_frames == TRACKED_FRAMES and take.error_in_pixels
    stage.figures["tracks of sample actor"] = (
        f"{take.solve_error_mm:.3f} pixels, {take.ms_per_frame:.0f} ms a frame"
    )
    stage.picture("tracks-solved")
    yield from compare(source, (2, 8, 14), 8.0)


def compare(source, frames, limit_mm):
    """The rig against the recording; 99 % of the skin are within a limit."""
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        yield 0.3
        shown = faces.shown_vertices(faces.face().aim.rig)
        off = 1000 * np.linalg.norm(shown - faces.shown_vertices(source), axis=1)
        assert np.quantile(off, 0.99) < limit_mm, (frame, off.mean(), off.max())


def seconds_of_a_frame(scene):
    """What Blender itself takes for going to another frame of this scene, without drawing."""
    start = time.perf_counter()
    for frame in (2, 3, 4, 5):
        scene.frame_set(frame)
    return (time.perf_counter() - start) / 4


def film(source):
    """A camera before the face, and a clip with tracks of points that it sees at the first frame."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = PICTURE
    scene.frame_set(1)
    points = faces.shown_vertices(source)
    camera = bpy.data.objects.new("Film Camera", bpy.data.cameras.new("Film Camera"))
    scene.collection.objects.link(camera)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    camera.location = middle + (0.12, -0.9, 0.05)
    aim = Vector(middle) - camera.location
    camera.rotation_euler = aim.to_track_quat('-Z', 'Y').to_euler()
    camera.data.lens = 70.0
    scene.camera = camera
    bpy.context.view_layer.update()
    path = str(Path.home() / "out" / "film.png")
    image = bpy.data.images.new("film", *PICTURE)
    image.filepath_raw, image.file_format = path, 'PNG'
    image.save()
    clip = bpy.data.movieclips.load(path)
    seen = visible(source, points, np.array(camera.location))
    chosen = np.random.default_rng(0).choice(seen, TRACKS, replace=False)
    tracks = [clip.tracking.tracks.new(name=f"point {n:03d}", frame=1) for n in range(TRACKS)]
    for frame in range(1, TRACKED_FRAMES + 1):
        scene.frame_set(frame)
        for track, place in zip(tracks, faces.shown_vertices(source)[chosen], strict=True):
            x, y, _depth = world_to_camera_view(scene, camera, Vector(place))
            track.markers.insert_frame(frame, co=(x, y))
    scene.frame_set(1)
    return clip, camera


def visible(source, points, eye):
    """Numbers of the vertices that nothing hides from a place, and that face it."""
    polygons = [list(polygon.vertices) for polygon in source.data.polygons]
    tree = BVHTree.FromPolygons(points.tolist(), polygons)
    found = []
    for number, point in enumerate(points):
        away = Vector(point - eye)
        _place, normal, _index, distance = tree.ray_cast(Vector(eye), away.normalized())
        if distance is not None and abs(distance - away.length) < 1e-3:
            if normal.dot(away.normalized()) < -0.4:
                found.append(number)
    return np.array(found)


def recording():
    """A mesh of its own that plays the scans, as a tracked performance would come."""
    rig = faces.face().aim.rig
    armature = faces.face().aim.armature
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        mesh = rig.copy()
        mesh.name = "Take 1"
        mesh.data = rig.data.copy()
        carrier = armature.copy()
        carrier.name = "Take 1 Armature"
        for obj in (mesh, carrier):
            bpy.context.scene.collection.objects.link(obj)
            obj.aim.face_object = None
        mesh.parent = carrier
        for modifier in mesh.modifiers:
            if modifier.type == 'ARMATURE':
                modifier.object = carrier
    mesh.location.x = 0.0
    return mesh
