# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The anatomy edited: fuller cheeks and a stronger chin by sliders, a moved jaw, Apply, undo and Reset."""

import bpy
import faces
import numpy as np


def shown() -> np.ndarray:
    return faces.shown_vertices(faces.face().aim.rig)


def drive(stage):
    stage.step("Sliders show on the rig at once")
    yield from stage.open_file(faces.FILE)
    faces.preferences().python_path = faces.FITTING_PYTHON
    yield from stage.wait(lambda: not bpy.types.AIM_PT_setup.poll(bpy.context), 60, "the check")
    yield from stage.open_tab()
    yield from stage.press("aim.bake")
    yield 1.0
    faces.hide_start_up()
    face = faces.face()
    face.aim.armature.animation_data.action = None
    face.aim.rig.data.shape_keys.animation_data_clear()
    for block in face.aim.rig.data.shape_keys.key_blocks:
        block.value = 0.0
    with stage.override():
        bpy.ops.view3d.view_axis(type='FRONT')
        bpy.ops.view3d.view_selected()
        bpy.ops.ed.undo_push(message="Made ready")
    yield 0.5
    yield from stage.open_panel("anatomy")
    before = shown()
    stage.picture("fitted")
    for name, text in (("cheeks", "5"), ("chin", "4")):
        place = yield from stage.find(f"anatomy.{name}")
        yield from stage.click(*place, ctrl=True)
        yield from stage.key('A', ctrl=True)
        yield from stage.type_text(text)
        yield from stage.key('RET')
    moved = np.linalg.norm(shown() - before, axis=1).max()
    assert 0.004 < moved < 0.0065, moved
    stage.picture("fuller")

    stage.step("Apply changes the model; undo takes it back")
    yield from stage.press("aim.apply_anatomy")
    yield 1.0
    applied = shown()
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    yield from stage.key('Z', ctrl=True, shift=True)
    yield 0.5
    np.testing.assert_allclose(shown(), applied, atol=1e-6)

    stage.step("A jaw moved forward takes chin and lower lip along")
    faces.face().aim.jaw.location.y -= 0.006
    faces.face().aim.jaw.location.z -= 0.003
    yield from stage.press("aim.apply_anatomy")
    yield 1.0
    with stage.override():
        bpy.ops.view3d.view_axis(type='RIGHT')
    yield 0.5
    stage.picture("jaw-forward")
    assert np.linalg.norm(shown() - applied, axis=1).max() > 0.005

    stage.step("Reset brings the fitted face back")
    yield from stage.press("aim.reset_anatomy")
    yield 1.0
    np.testing.assert_allclose(shown(), before, atol=1e-6)
    stage.picture("reset")
