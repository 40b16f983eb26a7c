# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Baked expressions as pose assets: made by a command that F3 finds, applied by a click in the asset shelf."""

import bpy
import faces
import numpy as np


def drive(stage):
    stage.step("F3 finds Expressions to Asset Browser")
    yield from stage.open_file(faces.FILE)
    yield from stage.open_tab()
    yield from stage.search("Expressions to Asset", lambda: bool(assets()))
    names = [scan.name for scan in faces.face().aim.scans]
    assert {action.name for action in assets()} >= set(names) or len(assets()) >= len(names)

    stage.step("In Pose Mode the asset shelf shows their pictures")
    armature = faces.face().aim.armature
    armature.animation_data.action = None
    with stage.override():
        bpy.ops.object.select_all(action='DESELECT')
        bpy.context.view_layer.objects.active = armature
        armature.select_set(True)
        bpy.ops.object.mode_set(mode='POSE')
    yield 1.0
    stage.area().spaces.active.show_region_ui = False
    stage.area().spaces.active.show_region_asset_shelf = True
    yield 2.0
    if stage.region('ASSET_SHELF').height < 10:  # folded: a click on its arrow
        region = stage.region('WINDOW')
        yield from stage.click(region.x + region.width - 22, region.y + 10)
        yield 2.0
    stage.picture("asset-shelf")

    stage.step("A click on a picture gives the expression")
    shelf = stage.region('ASSET_SHELF')
    rest = faces.shown_vertices(faces.face().aim.rig)
    jaw = armature.pose.bones["jaw"]
    applied = ""
    for x in range(shelf.x + 40, shelf.x + 400, 60):
        yield from stage.click(x, shelf.y + shelf.height // 2)
        yield 0.5
        applied = next((name for name in names if jaw.get(name, 0.0) > 0.99), "")
        if applied:
            break
    assert applied, "no expression was applied"
    shown = faces.shown_vertices(faces.face().aim.rig)
    off = 1000 * np.linalg.norm(shown - faces.scan_vertices(applied), axis=1)
    moved = 1000 * np.linalg.norm(shown - rest, axis=1)
    assert moved.max() > 1.0, (applied, moved.max())
    assert off.mean() < 0.3 and off.max() < 5.0, (applied, off.mean(), off.max())
    stage.picture("applied")


def assets():
    """The actions that are assets."""
    return [action for action in bpy.data.actions if action.asset_data]
