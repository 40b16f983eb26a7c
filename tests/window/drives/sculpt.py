# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face pulled by handles with the mouse, sculpted freely and constrained; Esc, undo, saving, and the time of a step."""

import importlib
import time

import bpy
import faces
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Quaternion, Vector


def drive(stage):
    stage.step("Edit Face makes the face ready, with progress, and picks the tool")
    yield from stage.open_file(faces.FILE)
    yield from faces.use_python(stage)
    for obj in bpy.context.scene.objects:
        if obj.name in {"Cube", "Camera", "Light"}:
            obj.hide_set(True)
    with stage.override():
        bpy.ops.screen.animation_cancel()
    bpy.context.scene.frame_set(1)
    select(rig())
    look(stage, 0.35, 0.11)
    with stage.override():
        bpy.ops.ed.undo_push(message="Made ready")
    yield from stage.open_tab()
    yield from stage.open_panel("aim.expressions_to_assets", 3)
    yield from stage.press("aim.edit_face")
    yield 2.0
    stage.picture("preparing")
    yield from stage.wait(lambda: editing().is_open(faces.face()), 120, "the face ready")
    yield 1.0
    tool = bpy.context.workspace.tools.from_space_view3d_mode('OBJECT')
    assert tool.idname == "aim.handles", tool.idname
    stage.picture("ready")

    stage.step("A click on the skin places a handle; one on the other corner pins it")
    corners = mouth_corners()
    yield from stage.click(*on_screen(stage, corners[0]))
    yield 0.5
    assert len(handles()) == 1 and near(handles()[0].vertex, corners[0]) < 6.0
    settings().kind = 'PIN'
    yield from stage.click(*on_screen(stage, corners[1]))
    yield 0.5
    assert len(handles()) == 2 and handles()[1].kind == 'PIN', len(handles())
    settings().kind = 'TARGET'
    stage.picture("placed")

    stage.step("Dragging the corner of the mouth takes the face along")
    before = faces.shown_vertices(rig())
    place = on_screen(stage, handles()[0].vertex)
    end = (place[0] + 40, place[1] + 30)
    yield from drag_slowly(stage, place, end, "dragging")
    yield from stage.wait(lambda: handles()[0].reason != 'NEW', 5, "the end of the drag")
    yield 0.5
    moved = np.linalg.norm(faces.shown_vertices(rig()) - before, axis=1) * 1000
    assert moved[handles()[0].vertex] > 2.0, moved[handles()[0].vertex]
    assert moved[handles()[1].vertex] < 0.5, moved[handles()[1].vertex]
    assert "Sculpt" in rig().data.shape_keys.key_blocks
    stage.picture("dragged")

    stage.step("Undo and redo")
    after = faces.shown_vertices(rig())
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert off(before) < 0.01, off(before)
    assert len(handles()) == 2
    yield from stage.key('Z', ctrl=True, shift=True)
    yield 0.5
    assert off(after) < 0.01, off(after)

    stage.step("Esc in the middle of a drag brings everything back exactly")
    place = on_screen(stage, handles()[0].vertex)
    yield from press_and_move(stage, place, (place[0] - 50, place[1] - 10))
    yield 0.5
    assert off(after) > 1.0
    yield from stage.key('ESC')
    stage.send('LEFTMOUSE', 'RELEASE')
    yield 0.5
    assert off(after) < 1e-3, off(after)

    stage.step("Along an axis and along the normal; what holds a handle back is seen")
    brow = upper_lip(corners)
    yield from stage.click(*on_screen(stage, brow))
    yield 0.3
    assert len(handles()) == 3
    place = on_screen(stage, handles()[2].vertex)
    yield from press_and_move(stage, place, (place[0] + 6, place[1] + 2))
    yield from stage.key('N')
    for number in range(1, 12):
        yield from stage.move(place[0] - 14 * number, place[1] - 2 * number)
    yield 0.6
    stage.picture("along-the-normal")
    stage.send('LEFTMOUSE', 'RELEASE')
    yield 0.8
    pushed = handles()[2]
    assert pushed.reason not in {'NEW', 'REACHED'}, (pushed.reason, list(pushed.offset))
    stage.picture("held-back")

    stage.step("Numbers are typed, and symmetry does the same on the other side")
    yield from stage.press("aim.reset_edit")
    yield 0.5
    assert off(before) < 0.01, off(before)
    with stage.override():
        bpy.ops.aim.keep_edit()
    yield from stage.click(*on_screen(stage, corners[0]))
    settings().use_symmetry = True
    handles()[0].offset = (4.0, -1.0, 3.0)
    yield 0.5
    moved = np.linalg.norm(faces.shown_vertices(rig()) - before, axis=1) * 1000
    assert moved[corners[1]] > 2.5, moved[corners[1]]
    stage.picture("symmetric")

    stage.step("How long a step takes, from the mouse to the picture")
    yield from measure(stage)

    stage.step("Saved and opened again")
    edited = faces.shown_vertices(rig())
    path = str(faces.FILE).replace(".blend", "-sculpt.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    yield from stage.open_file(path)
    assert off(edited) < 1e-3, off(edited)
    assert not editing().is_open(faces.face()) and len(handles()) == 1
    yield 0.5
    stage.picture("reopened")

    stage.step("A stroke in Sculpt Mode is constrained there, compared, and undone")
    yield from sculpt_stroke(stage)


def sculpt_stroke(stage):
    """Draw into the cheek, constrain, compare, undo."""
    with stage.override():
        bpy.ops.aim.reset_edit()
        bpy.ops.aim.keep_edit()
    select(rig())
    block = rig().shape_key_add(name="Stroke", from_mix=False)
    rig().active_shape_key_index = rig().data.shape_keys.key_blocks.find(block.name)
    block.value = 1.0
    with stage.override():
        bpy.ops.object.mode_set(mode='SCULPT')
        bpy.ops.ed.undo_push(message="Sculpt Mode")
    yield 1.0
    with stage.override():
        bpy.ops.wm.tool_set_by_id(
            name="builtin_brush.Grab" if bpy.app.version < (4, 3) else "builtin.brush"
        )
        bpy.ops.brush.asset_activate(
            asset_library_type='ESSENTIALS',
            relative_asset_identifier="brushes/essentials_brushes-mesh_sculpt.blend/Brush/Grab",
        )
    bpy.context.scene.tool_settings.unified_paint_settings.size = 45
    yield 0.5
    cheek = on_screen(stage, cheek_vertex())
    plain = stroke_points()
    yield from stage.drag(cheek, (cheek[0] - 70, cheek[1] + 10))
    yield 0.5
    sculpted = stroke_points()
    stage.picture("stroke")
    assert np.abs(sculpted - plain).max() * 1000 > 3.0, np.abs(sculpted - plain).max()
    yield from stage.search("Constrain Sculpt", lambda: settings().before_key == "Stroke")
    yield from stage.wait(lambda: not faces.job_runs(), 60, "Constrain")
    yield 0.5
    valid = stroke_points()
    assert rig().mode == 'SCULPT'
    assert np.abs(valid - sculpted).max() * 1000 > 0.5
    stage.picture("constrained")
    yield from stage.search("Compare Sculpt", lambda: settings().shows_before)
    yield 0.5
    assert np.abs(stroke_points() - sculpted).max() < 1e-6
    stage.picture("compared")
    yield from stage.away()
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert np.abs(stroke_points() - valid).max() < 1e-6, "undo of Compare"
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert np.abs(stroke_points() - sculpted).max() < 1e-6, "undo of Constrain"
    stage.picture("undone")
    yield from stage.drag(cheek, (cheek[0] - 20, cheek[1] + 30))
    assert np.abs(stroke_points() - sculpted).max() > 1e-4, "a stroke after undo"


def measure(stage):
    """Forty places of the mouse; each is waited for until it is drawn."""
    solve = importlib.import_module(f"{faces.ADDON}.operators.handle_solve")
    handle = handles()[0]
    goal = np.array(handle.goal)
    live = solve.LiveSolve(bpy.context, faces.face())
    random = np.random.default_rng(0)
    answered, drawn = [], []
    for _ in range(41):
        began = time.perf_counter()
        handle.goal = goal + random.normal(0, 1.5, 3)
        while not live.settled:
            live.step()
            time.sleep(0.0005)
        answered.append(1000 * (time.perf_counter() - began))
        with stage.override():
            bpy.ops.wm.redraw_timer(type='DRAW_WIN_SWAP', iterations=1)
        drawn.append(1000 * (time.perf_counter() - began))
        yield 0.02
    live.cancel()
    count = len(rig().data.vertices)
    for name, times in (
        ("drag step to the shape key", answered),
        ("drag step to the picture", drawn),
    ):
        middle, slow = np.quantile(times[1:], [0.5, 0.95])
        stage.figures[f"{name}, {count} vertices"] = f"{middle:.0f} ms (p95 {slow:.0f})"


def drag_slowly(stage, start, end, name):
    """Drag, and take a picture on the way."""
    yield from press_and_move(stage, start, end)
    yield 0.6
    stage.picture(name)
    stage.send('LEFTMOUSE', 'RELEASE')
    yield 0.5


def press_and_move(stage, start, end):
    """Press, and move in small steps without release."""
    yield from stage.move(*start)
    yield 0.4
    stage.send('LEFTMOUSE', 'PRESS')
    yield 0.1
    for number in range(1, 13):
        part = number / 12
        yield from stage.move(*(a + (b - a) * part for a, b in zip(start, end, strict=True)))


def editing():
    """Which face the worker has ready."""
    return importlib.import_module(f"{faces.ADDON}.jobs.editing")


def rig():
    """The baked mesh."""
    return faces.face().aim.rig


def settings():
    """What the face keeps about sculpting."""
    return faces.face().aim.sculpt


def handles():
    """The handles of the face."""
    return settings().handles


def select(obj):
    """Make an object the active one."""
    for other in bpy.context.view_layer.objects:
        other.select_set(other == obj)
    bpy.context.view_layer.objects.active = obj


def stroke_points():
    """[V, 3] of the key that is sculpted."""
    points = rig().data.shape_keys.key_blocks["Stroke"].points
    flat = np.empty(3 * len(points), np.float32)
    points.foreach_get("co", flat)
    return flat.reshape(-1, 3)


def off(points):
    """How far the rig is from points [V, 3], mm at most."""
    return float(np.linalg.norm(faces.shown_vertices(rig()) - points, axis=1).max() * 1000)


def near(one, other):
    """Millimetres between two vertices of the rig."""
    points = faces.shown_vertices(rig())
    return float(np.linalg.norm(points[one] - points[other]) * 1000)


def landmarks():
    """The landmarks of the face, in metres of the world."""
    return {mark.name: np.array(mark.co) / 1000 for mark in faces.face().aim.landmarks}


def vertex_at(place):
    """The vertex of the rig nearest to a place."""
    return int(np.linalg.norm(faces.shown_vertices(rig()) - place, axis=1).argmin())


def mouth_corners():
    """The vertices at the corners of the mouth, the left one first."""
    marks = landmarks()
    out = {}
    for side, sign in (("left", 1), ("right", -1)):
        corner = marks[f"cheilion_{side}"]
        out[side] = vertex_at(corner + np.array([0.004 * sign, 0, 0]))
    return out["left"], out["right"]


def upper_lip(corners):
    """The vertex above the upper lip."""
    return vertex_at(landmarks()["subnasale"] + np.array([0.006, 0, -0.006]))


def cheek_vertex():
    """A vertex of the left cheek."""
    marks = landmarks()
    middle = (marks["cheilion_left"] + marks["malar_left"]) / 2
    return vertex_at(middle)


def on_screen(stage, vertex):
    """Where a vertex of the rig is in the window."""
    region = stage.region('WINDOW')
    place = Vector(faces.shown_vertices(rig())[vertex])
    at = location_3d_to_region_2d(region, stage.area().spaces.active.region_3d, place)
    return int(region.x + at.x), int(region.y + at.y)


def look(stage, turn, distance):
    """Look at the face from the front, ``turn`` radians from its left."""
    marks = landmarks()
    region = stage.area().spaces.active.region_3d
    region.view_location = Vector(marks["cheilion_left"] + marks["cheilion_right"]) / 2
    region.view_rotation = Quaternion((0, 0, 1), turn) @ Quaternion((1, 0, 0), np.pi / 2)
    region.view_distance = 2.2 * distance
    region.view_perspective = 'ORTHO'
