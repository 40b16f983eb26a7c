# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes one by one: solo, sculpted with strokes of the mouse, kept and reverted, mirrored; undo across them."""

import bpy
import faces
import numpy as np


def points(name: str) -> np.ndarray:
    block = rig().data.shape_keys.key_blocks[name]
    flat = np.empty(len(block.points) * 3, np.float32)
    block.points.foreach_get("co", flat)
    return flat.reshape(-1, 3)


def rig() -> bpy.types.Object:
    return faces.face().aim.rig


def look_at_face(stage) -> None:
    """The face from the front, filling the view."""
    space = stage.area().spaces.active
    with stage.override():
        bpy.ops.view3d.view_axis(type='FRONT')
        bpy.ops.view3d.view_selected()
    space.region_3d.view_distance *= 0.7


def drive(stage):
    stage.step("The Shapes panel lists the rig's shape keys")
    yield from stage.open_file(faces.FILE)
    faces.preferences().python_path = faces.FITTING_PYTHON
    yield from stage.wait(lambda: not bpy.types.AIM_PT_setup.poll(bpy.context), 60, "the check")
    yield from stage.open_tab()
    yield from stage.press("aim.bake")
    yield 1.0
    faces.hide_start_up()
    face = faces.face()
    face.aim.armature.animation_data.action = None
    rig().data.shape_keys.animation_data_clear()
    for block in rig().data.shape_keys.key_blocks:
        block.value = 0.0
    bpy.context.scene.frame_set(1)
    rig().active_shape_key_index = rig().data.shape_keys.key_blocks.find("smile")
    look_at_face(stage)
    with stage.override():
        bpy.ops.ed.undo_push(message="Made ready")
    yield 0.5
    yield from stage.open_panel("shapes")
    stage.picture("panel")

    stage.step("Solo shows the smile alone, and all shapes again")
    yield from stage.press("aim.solo_shape")
    assert rig().show_only_shape_key
    yield 0.5
    stage.picture("solo")
    yield from stage.press("aim.solo_shape")
    assert not rig().show_only_shape_key

    stage.step("A stroke in Sculpt Mode is reverted, another one is kept")
    before = points("smile")
    for button, stays in (("aim.revert_shape", False), ("aim.commit_shape", True)):
        yield from stage.press("aim.sculpt_shape")
        assert bpy.context.mode == 'SCULPT', bpy.context.mode
        yield from take_grab_brush(stage)
        yield 1.0
        x, y = stage.middle(stage.region('WINDOW'))
        yield from stage.drag((x - 30, y), (x + 40, y - 10))
        yield 0.5
        stage.picture("sculpted" if stays else "stroke")
        assert np.abs(points("smile") - before).max() > 1e-5, "the stroke did nothing"
        yield from stage.press(button)
        assert bpy.context.mode == 'OBJECT', bpy.context.mode
        assert (np.abs(points("smile") - before).max() > 1e-5) == stays, button

    stage.step("Mirrored by F3, and undone")
    kept = points("smile")
    with stage.override():
        bpy.ops.aim.mirror_shape('EXEC_DEFAULT', True, how='FLIP')
    yield 0.5
    assert np.abs(points("smile") - kept).max() > 1e-4
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    np.testing.assert_allclose(points("smile"), kept, atol=1e-7)
    yield from stage.press("aim.reset_shape")
    np.testing.assert_allclose(points("smile"), before, atol=1e-6)
    stage.picture("reset")


def take_grab_brush(stage):
    """Debian's Blender comes without the asset library's brushes: make one, as an asset of the file."""
    brush = bpy.data.brushes.get("Grab") or bpy.data.brushes.new("Grab", mode='SCULPT')
    brush.sculpt_tool = 'GRAB'
    brush.size = 45
    brush.asset_mark()
    bpy.context.scene.tool_settings.unified_paint_settings.size = 45
    with stage.override():
        bpy.ops.wm.tool_set_by_id(name="builtin.brush")
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
