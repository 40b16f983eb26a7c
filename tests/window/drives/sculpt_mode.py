# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stroke in Sculpt Mode, constrained without leaving it, compared, undone, and sculpted on."""

import bpy
import faces
import numpy as np
from editing import MARKS, begin, look, on_screen, rig, select, settings, vertex_at


def drive(stage):
    stage.step("A grab stroke in Sculpt Mode presses the forehead into the skull")
    yield from begin(stage)
    rig().shape_key_add(name="Stroke", from_mix=False).value = 1.0
    rig().active_shape_key_index = rig().data.shape_keys.key_blocks.find("Stroke")
    select(rig())
    with stage.override():
        bpy.ops.object.mode_set(mode='SCULPT')
        bpy.ops.wm.tool_set_by_id(name="builtin.brush")
    yield from take_grab_brush(stage)
    with stage.override():
        bpy.ops.ed.undo_push(message="Sculpt Mode")
    yield 1.0
    look(stage, 1.25, 0.13)
    yield 0.5
    brow = on_screen(stage, vertex_at(MARKS["frontal_eminence_left"]))
    plain = points()
    stage.picture("brush")
    yield from stage.drag(brow, (brow[0] + 45, brow[1]))
    yield 0.5
    sculpted = points()
    assert np.abs(sculpted - plain).max() * 1000 > 3.0, np.abs(sculpted - plain).max()
    stage.picture("stroke")

    stage.step("Constrain brings the shape back, in Sculpt Mode")
    yield from stage.search("Constrain Sculpt", faces.job_runs)
    yield from stage.wait(lambda: settings().before_key == "Stroke", 180, "Constrain")
    yield 0.5
    valid = points()
    assert rig().mode == 'SCULPT'
    assert np.abs(valid - sculpted).max() * 1000 > 0.5
    stage.picture("constrained")

    stage.step("Compare shows the sculpt as it was")
    yield from stage.search("Compare Sculpt", lambda: settings().shows_before)
    yield 0.5
    assert np.abs(points() - sculpted).max() < 1e-6
    stage.picture("compared")

    stage.step("Undo takes back Compare, then Constrain, and sculpting goes on")
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert np.abs(points() - valid).max() < 1e-6, "undo of Compare"
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert np.abs(points() - sculpted).max() < 1e-6, "undo of Constrain"
    stage.picture("undone")
    yield from stage.drag(brow, (brow[0] + 10, brow[1] + 20))
    yield 0.5
    assert np.abs(points() - sculpted).max() > 1e-4, "a stroke after undo"
    with stage.override():
        bpy.ops.object.mode_set(mode='OBJECT')
    yield 0.5
    stage.picture("object-mode")
    shown = faces.shown_vertices(rig())
    assert np.linalg.norm(shown - points(), axis=1).max() < 1e-5, "Blender shows another shape"

    stage.step("Constrain comes by itself when Sculpt Mode is left")
    settings().constrain_on_leaving = True
    settings().before_key = ""
    with stage.override():
        bpy.ops.object.mode_set(mode='SCULPT')
    yield 1.0
    yield from stage.drag(brow, (brow[0] + 40, brow[1] - 10))
    with stage.override():
        bpy.ops.object.mode_set(mode='OBJECT')
    yield from stage.wait(lambda: settings().before_key == "Stroke", 180, "Constrain on leaving")
    assert rig().mode == 'OBJECT'


def take_grab_brush(stage):
    """Debian's Blender comes without the asset library's brushes: make one, as an asset of the file."""
    brush = bpy.data.brushes.new("Grab", mode='SCULPT')
    brush.sculpt_tool = 'GRAB'
    brush.size = 45
    brush.asset_mark()
    bpy.context.scene.tool_settings.unified_paint_settings.size = 45
    for _ in range(50):  # assets are listed in their own time
        try:
            with stage.override():
                bpy.ops.brush.asset_activate(
                    asset_library_type='LOCAL', relative_asset_identifier="Brush/Grab"
                )
            break
        except RuntimeError:
            yield 0.2
    paint = bpy.context.scene.tool_settings.sculpt
    if paint.brush is None:
        paint.brush = brush
    assert paint.brush == brush, paint.brush


def points():
    """[V, 3] of the key that is sculpted."""
    found = rig().data.shape_keys.key_blocks["Stroke"].points
    flat = np.empty(3 * len(found), np.float32)
    found.foreach_get("co", flat)
    return flat.reshape(-1, 3)
