# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face pulled by handles with the mouse: placed, dragged, held back, Esc, undo, symmetry, saving, time of a step."""

import importlib
import time

import bpy
import faces
import numpy as np
from editing import (
    begin,
    handles,
    mouth_corners,
    near,
    off,
    on_screen,
    rig,
    settings,
    upper_lip,
    worker_state,
)


def drive(stage):
    stage.step("Edit Face makes the face ready, with progress, and picks the tool")
    yield from begin(stage)
    yield from stage.open_tab()
    yield from stage.open_panel("sculpt")
    yield from stage.press("aim.edit_face")
    yield 2.0
    stage.picture("preparing")
    yield from stage.wait(lambda: worker_state().is_open(faces.face()), 120, "the face ready")
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
        yield from stage.move(place[0] - 20 * number, place[1] - 2 * number)
    yield 0.6
    stage.picture("along-the-normal")
    stage.send('LEFTMOUSE', 'RELEASE')
    yield 0.8
    pushed = handles()[2]
    assert pushed.reason not in {'NEW', 'REACHED'}, (pushed.reason, list(pushed.offset))
    stage.picture("held-back")

    stage.step("Numbers are typed, and symmetry does the same on the other side")
    # By the command: on a busy machine the button below the list was not always found.
    with stage.override():
        bpy.ops.aim.reset_edit()
    yield 0.5
    assert off(before) < 0.01, off(before)
    with stage.override():
        bpy.ops.aim.keep_edit()
    yield from stage.click(*on_screen(stage, corners[0]))
    yield 0.3
    place = on_screen(stage, handles()[0].vertex)
    yield from press_and_move(stage, place, (place[0] + 20, place[1] + 5))
    yield from stage.key('X')
    yield from stage.type_text("2")
    yield 0.5
    stage.picture("typed")
    yield from stage.key('RET')
    stage.send('LEFTMOUSE', 'RELEASE')
    yield from stage.wait(lambda: handles()[0].reason != 'NEW', 5, "the end of the typed drag")
    assert np.abs(np.array(handles()[0].offset) - (2.0, 0.0, 0.0)).max() < 1e-3, list(
        handles()[0].offset
    )
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
    assert not worker_state().is_open(faces.face()) and len(handles()) == 1
    yield 0.5
    stage.picture("reopened")


def measure(stage):
    """Forty places of the mouse; each is waited for until it is drawn."""
    solve = importlib.import_module(f"{faces.ADDON}.operators.sculpt.handle_solve")
    handle = handles()[0]
    goal = np.array(handle.goal)
    live = solve.LiveSolve(bpy.context, faces.face())
    random = np.random.default_rng(0)
    count, steps = len(rig().data.vertices), {"answer": [], "with depsgraph": [], "picture": []}
    steps["picture of a face that rests"] = []
    for _ in range(41):
        began = time.perf_counter()
        handle.goal = goal + random.normal(0, 1.5, 3)
        while not live.settled:
            live.step()
            time.sleep(0.0005)
        steps["answer"].append(time.perf_counter() - began)
        bpy.context.view_layer.update()
        steps["with depsgraph"].append(time.perf_counter() - began)
        with stage.override():
            bpy.ops.wm.redraw_timer(type='DRAW_WIN_SWAP', iterations=1)
        steps["picture"].append(time.perf_counter() - began)
        began = time.perf_counter()
        with stage.override():
            bpy.ops.wm.redraw_timer(type='DRAW_WIN_SWAP', iterations=1)
        steps["picture of a face that rests"].append(time.perf_counter() - began)
        yield 0.02
    live.cancel()
    for name, times in steps.items():
        middle, slow = 1000 * np.quantile(times[1:], [0.5, 0.95])
        stage.figures[f"drag step, {count} vertices: {name}"] = f"{middle:.0f} ms (p95 {slow:.0f})"


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
