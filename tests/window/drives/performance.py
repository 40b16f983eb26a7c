# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorded performance: solved with progress, cancelled and resumed, played by the rig, undone."""

import bpy
import faces
import numpy as np

FRAMES = 190


def drive(stage):
    stage.step("The Performance panel")
    yield from stage.open_file(faces.FILE)
    yield from faces.use_python(stage)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, FRAMES
    yield from stage.open_tab()
    yield from stage.open_panel("aim.expressions_to_assets", 2)
    source = recording()
    faces.face().aim.take.object = source
    yield 0.5
    stage.picture("panel")

    stage.step(
        "Cancelled while it reads or solves: the scene is where it was, the rig plays what it played"
    )
    before = faces.face().aim.armature.animation_data.action
    scene.frame_set(5)
    yield from stage.press("aim.solve")
    job = bpy.context.window_manager.aim_job
    stage.watch_gaps()
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    yield from stage.wait(lambda: job.fraction > 0.45, 300, "some solved frames")
    yield from stage.key('ESC')
    stage.picture("cancelling")
    yield from stage.wait(lambda: not faces.job_runs(), 20, "the end of the cancelled solve")
    assert scene.frame_current == 5, scene.frame_current
    assert faces.face().aim.armature.animation_data.action == before

    stage.step("Resumed to the end: the rig plays the performance")
    yield from stage.press("resume=True")
    yield from stage.wait(lambda: not faces.job_runs(), 400, "the solve")
    stage.figures["longest gap while solving"] = f"{stage.longest_gap:.3f} s"
    take = faces.face().aim.take
    assert take.solved_frames == FRAMES, take.solved_frames
    stage.figures["performance of sample actor"] = (
        f"{take.solve_error_mm:.3f} mm, {take.ms_per_frame:.0f} ms a frame, {take.correctives} correctives"
    )
    yield 0.5
    stage.picture("solved")
    for frame in (11, 41, 77):
        scene.frame_set(frame)
        yield 0.3
        shown = faces.shown_vertices(faces.face().aim.rig)
        off = 1000 * np.linalg.norm(shown - faces.shown_vertices(source), axis=1)
        assert np.quantile(off, 0.99) < 1.0, (frame, off.mean(), off.max())

    stage.step("Undone, the rig plays the scans again")
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert faces.face().aim.take.solved_frames == 0


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
