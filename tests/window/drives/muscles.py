# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flesh built and cut open, muscles under the skin, a pose and a range simulated, stopped, resumed and compared."""

import bpy
import faces
import numpy as np
from mathutils import Matrix, Quaternion, Vector

FRAMES = 12


def drive(stage):
    stage.step("Build Flesh keeps flesh with the face")
    yield from stage.open_file(faces.FILE)
    faces.preferences().python_path = faces.FITTING_PYTHON
    yield from stage.wait(lambda: not bpy.types.AIM_PT_setup.poll(bpy.context), 60, "the check")
    yield from stage.open_tab()
    faces.hide_start_up()
    settings().size, settings().edge_mm = 'CUSTOM', 15.0
    rest()
    look(stage, 0.5, 0.2)
    with stage.override():
        bpy.ops.ed.undo_push(message="Made ready")
    yield 0.5
    yield from stage.open_panel("muscles")
    yield from stage.press("aim.build_flesh")
    yield from stage.wait(faces.job_runs, 20, "the build")
    yield 3.0
    stage.picture("building")
    yield from stage.wait(lambda: not faces.job_runs(), 500, "the flesh")
    assert settings().tetrahedra > 1500, settings().tetrahedra
    stage.figures["tetrahedra"] = f"{settings().tetrahedra}, {settings().seconds:.0f} s"
    yield 0.5
    stage.picture("built")

    stage.step("Undo takes the flesh alone, and Redo brings it back")
    kept = (len(keys().key_blocks), faces.has_model(), settings().edge_mm)
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert not settings().tetrahedra and not len(settings().muscles)
    assert kept == (len(keys().key_blocks), faces.has_model(), settings().edge_mm)
    yield from stage.key('Z', ctrl=True, shift=True)
    yield 0.5
    assert settings().tetrahedra > 1500 and len(settings().muscles) > 30
    assert kept == (len(keys().key_blocks), faces.has_model(), settings().edge_mm)

    stage.step("The flesh is seen cut open")
    yield from stage.press("muscles.show_flesh")
    assert settings().show_flesh
    settings().cut_axis, settings().cut = 'SIDE', 0.55
    look(stage, 1.0, 0.2)
    yield 0.5
    stage.picture("cut-open")
    settings().cut_axis, settings().cut = 'FRONT', 0.75
    look(stage, 0.0, 0.12)
    yield 0.5
    stage.picture("cut-open-front")
    settings().show_flesh = False

    stage.step("Muscles are seen under translucent skin")
    yield from stage.press("aim.show_muscles")
    assert settings().shown and len(bpy.data.collections["Muscles"].objects) > 30
    look(stage, 0.6, 0.2)
    yield 0.5
    stage.picture("muscles")
    look(stage, 0.2, 0.1)
    yield 0.5
    stage.picture("muscles-mouth")
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert not settings().shown
    yield from stage.key('Z', ctrl=True, shift=True)
    yield 0.5
    assert settings().shown and len(bpy.data.collections["Muscles"].objects) > 30
    yield from stage.press("aim.show_muscles")
    yield 0.5
    assert not settings().shown

    stage.step("Simulate Pose shows the simulation, and Compare the plain shapes")
    names = used()
    for name in names:
        keys().key_blocks[name].value = 0.85
    look(stage, 0.15, 0.09)
    yield 0.5
    plain = shown()
    stage.picture("pose-plain")
    yield from stage.scroll_to_end()
    yield from stage.press("aim.simulate_pose")
    yield from stage.wait(
        lambda: any(b.name.startswith("sim ") for b in keys().key_blocks), 300, "the pose"
    )
    yield 0.5
    simulated = shown()
    moved = np.linalg.norm(simulated - plain, axis=1).max()
    assert moved > 3e-4, moved
    stage.figures["pose"] = f"{' + '.join(names)}: up to {1000 * moved:.1f} mm"
    stage.picture("pose-simulated")
    yield from stage.press("aim.compare_simulation")
    yield 0.3
    np.testing.assert_allclose(shown(), plain, atol=1e-6)
    yield from stage.press("aim.compare_simulation")
    yield 0.3
    np.testing.assert_allclose(shown(), simulated, atol=1e-6)
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield from stage.key('Z', ctrl=True)
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert not any(b.name.startswith("sim ") for b in keys().key_blocks)

    stage.step("Settle Shape lets the flesh correct a sculpted shape, and Undo takes it back")
    sculpt(names[0])
    with stage.override():
        bpy.ops.ed.undo_push(message="Sculpted")
    look(stage, 0.15, 0.09)
    yield 0.5
    stage.picture("shape-sculpted")
    before = shown()
    yield from stage.scroll_to_end()
    yield from stage.press("aim.settle_shape")
    yield from stage.wait(faces.job_runs, 20, "the settling")
    yield from stage.wait(lambda: not faces.job_runs(), 300, "the settled shape")
    yield 0.5
    moved = np.linalg.norm(shown() - before, axis=1).max()
    assert moved > 1e-4, moved
    stage.figures["settled"] = f"up to {1000 * moved:.1f} mm"
    stage.picture("shape-settled")
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    np.testing.assert_allclose(shown(), before, atol=1e-6)
    keys().key_blocks["Sculpted"].value = 0.0
    with stage.override():
        bpy.ops.ed.undo_push(message="At rest")

    stage.step("Points of a picture pose the rig through its muscles")
    add_camera()
    with stage.override():
        assert bpy.ops.aim.find_landmarks() == {"FINISHED"}
    with stage.override():
        bpy.ops.ed.undo_push(message="Camera")
    yield from stage.scroll_to_end()
    x, y = yield from stage.find("aim.read_activations")
    yield from stage.move(x, y - 30 * bpy.context.preferences.system.ui_scale)
    yield 0.3
    yield from stage.key('A')
    yield 0.5
    yield from stage.scroll_to_end()
    yield from stage.press("aim.add_picture_points")
    yield 0.5
    points = list(settings().picture_points.objects)
    assert len(points) > 20, len(points)
    through_camera(stage)
    yield 0.5
    stage.picture("points-added")
    keys().key_blocks[names[0]].value = 0.9
    yield 0.3
    places = {point.name: place_of(point) for point in settings().picture_points.objects}
    keys().key_blocks[names[0]].value = 0.0
    for point in settings().picture_points.objects:
        point.location = (places[point.name] + 1e-4).tolist()
    with stage.override():
        bpy.ops.ed.undo_push(message="Moved onto the picture")
    yield 0.5
    stage.picture("points-moved")
    yield from stage.scroll_to_end()
    yield from stage.press("aim.pose_from_points")
    yield from stage.wait(faces.job_runs, 20, "the search")
    yield from stage.wait(lambda: not faces.job_runs(), 500, "the pose")
    yield 0.5
    value = keys().key_blocks[names[0]].value
    stage.figures["picture"] = f"{names[0]} {value:.2f}, the picture's has 0.90"
    stage.picture("posed-from-picture")
    assert value > 0.5, value
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert keys().key_blocks[names[0]].value == 0.0
    stage.area().spaces.active.region_3d.view_perspective = 'PERSP'

    stage.step("A range is stopped by Esc, and Resume goes on")
    key_range(names)
    settings().range, settings().range_start, settings().range_end = 'CUSTOM', 1, FRAMES
    with stage.override():
        bpy.ops.ed.undo_push(message="Keyed")
    yield from stage.scroll_to_end()
    yield from stage.press("aim.simulate_range")
    job = bpy.context.window_manager.aim_job
    yield from stage.away()
    yield from stage.wait(lambda: job.fraction > 0.15, 300, "the first frames")
    yield from stage.key('ESC')
    yield from stage.wait(lambda: not faces.job_runs(), 60, "the end")
    assert not any(b.name.startswith("sim ") for b in keys().key_blocks)
    yield 0.5
    stage.picture("range-stopped")
    yield from stage.press("aim.simulate_range")
    yield from stage.wait(
        lambda: any(b.name.startswith("sim ") for b in keys().key_blocks), 300, "the range"
    )
    bpy.context.scene.frame_set(FRAMES)
    yield 0.5
    stage.picture("range")
    assert settings().frames == FRAMES
    bpy.context.scene.frame_set(1)

    stage.step("Saved and opened again, flesh and simulation are there")
    path = str(faces.FILE).replace(".blend", "-muscles.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    yield from stage.open_file(path)
    yield from stage.open_tab()
    assert settings().tetrahedra > 1500
    bpy.context.scene.frame_set(FRAMES)
    yield 0.5
    look(stage, 0.15, 0.09)
    yield 0.5
    stage.picture("opened")
    assert any(b.name.startswith("sim ") and b.value for b in keys().key_blocks)


def settings() -> bpy.types.PropertyGroup:
    return faces.face().aim.muscles


def keys() -> bpy.types.Key:
    return faces.face().aim.rig.data.shape_keys


def shown() -> np.ndarray:
    return faces.shown_vertices(faces.face().aim.rig)


def rest() -> None:
    """No Action plays, and nothing is in use."""
    face = faces.face()
    face.aim.armature.animation_data.action = None
    keys().animation_data_clear()
    for block in keys().key_blocks:
        block.value = 0.0
    bpy.context.scene.frame_set(1)


def used() -> list[str]:
    """Two shapes that move the mouth: the names of scans differ from sample to sample."""
    names = [block.name for block in keys().key_blocks]
    wanted = ("smile", "pucker", "kiss", "funnel", "grin")
    found = [name for want in wanted for name in names if want in name.lower()]
    return list(dict.fromkeys(found))[:2]


def sculpt(name: str) -> None:
    """A new shape, picked and shown: twice what another one does, and the skin pushed in beside it."""
    rig, blocks = faces.face().aim.rig, keys().key_blocks
    points = np.empty((2, 3 * len(rig.data.vertices)), np.float32)
    blocks[0].points.foreach_get("co", points[0])
    blocks[name].points.foreach_get("co", points[1])
    rest, moved = points.reshape(2, -1, 3)
    moved = rest + 2.0 * (moved - rest)
    block = rig.shape_key_add(name="Sculpted", from_mix=False)
    block.points.foreach_set("co", moved.ravel())
    block.value = 1.0
    rig.active_shape_key_index = blocks.find("Sculpted")
    rig.data.update()


def add_camera() -> None:
    """A camera before the face, a little aside."""
    points = shown()
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    middle = Vector(((points.min(0) + points.max(0)) / 2).tolist())
    place = middle + Vector((0.15, -0.9, 0.05))
    turn = (middle - place).to_track_quat('-Z', 'Y')
    camera.matrix_world = Matrix.Translation(place) @ turn.to_matrix().to_4x4()
    camera.data.lens = 60


def through_camera(stage) -> None:
    stage.area().spaces.active.region_3d.view_perspective = 'CAMERA'


def place_of(point: bpy.types.Object) -> np.ndarray:
    """Where the skin shows a point's place now."""
    points = shown()
    return sum(
        points[c] * s for c, s in zip(point["aim_corners"], point["aim_shares"], strict=True)
    )


def key_range(names: list[str]) -> None:
    """The shapes come over the range."""
    for frame in (1, FRAMES):
        for name in names:
            block = keys().key_blocks[name]
            block.value = 0.85 * (frame == FRAMES)
            block.keyframe_insert("value", frame=frame)
    bpy.context.scene.frame_set(1)


def look(stage, turn: float, distance: float) -> None:
    """Look at the rig, ``turn`` radians from its front, at the mouth where the view is narrow."""
    points = shown()
    region = stage.area().spaces.active.region_3d
    middle = (points.min(0) + points.max(0)) / 2
    if distance < 0.15:
        middle = middle + (0.0, 0.0, -0.03)
    region.view_location = middle
    region.view_rotation = Quaternion((0, 0, 1), turn) @ Quaternion((1, 0, 0), np.pi / 2)
    region.view_distance = 2.5 * distance
    region.view_perspective = 'PERSP'
