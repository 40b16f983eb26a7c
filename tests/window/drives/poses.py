# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses of the user's own: saved with a dialog, mirrored and halved by buttons, applied in the asset shelf."""

import bpy
import faces
import numpy as np


def drive(stage):
    stage.step("Save as Expression asks for a name")
    yield from stage.open_file(faces.FILE)
    faces.hide_start_up()
    yield from stage.open_tab()
    yield from stage.press("aim.bake")
    yield 1.0
    armature = faces.face().aim.armature
    armature.animation_data.action = None
    yield from stage.press("aim.attach_parts")
    yield from stage.search("Make Eyes", lambda: "eye_left" in armature.data.bones)
    rig = faces.face().aim.rig
    smile = next(k for k in rig.data.shape_keys.key_blocks if "smile" in k.name.lower())
    smile.value = 1.0
    armature.pose.bones["jaw"].rotation_euler[0] = 0.08
    armature.pose.bones["eye_target"].location = (0.15, 0.0, 0.03)
    armature.update_tag()
    stage.area().spaces.active.shading.type = 'SOLID'
    with stage.override():
        bpy.ops.view3d.view_axis(type='FRONT')
        bpy.ops.view3d.view_selected()
    yield 1.0
    yield from stage.open_panel("poses")
    stage.picture("panel")
    whole = faces.shown_vertices(rig)
    yield from stage.press("aim.save_expression")
    yield 1.0
    stage.picture("dialog")
    yield from stage.key('RET')
    yield from stage.wait(lambda: faces.face().aim.pose is not None, 20, "the pose")
    assert faces.face().aim.pose.name == "Expression", faces.face().aim.pose.name
    assert np.abs(faces.shown_vertices(rig) - whole).max() < 1e-5

    stage.step("Mirror and both halves are made of it")
    action = faces.face().aim.pose
    made = [action]
    yield from stage.press("aim.mirror_expression")
    yield from stage.wait(lambda: faces.face().aim.pose != action, 30, "the mirror image")
    made.append(faces.face().aim.pose)
    for side in ("LEFT", "RIGHT"):
        faces.face().aim.pose = action
        yield 0.5
        yield from stage.press(f'side=\'{side}\'')
        yield from stage.wait(lambda: faces.face().aim.pose != action, 30, side)
        made.append(faces.face().aim.pose)
    assert [pose.name for pose in made] == [
        "Expression",
        "Expression mirrored",
        "Expression left",
        "Expression right",
    ]
    stage.picture("made")

    stage.step("The asset shelf shows them, and a click applies one")
    with stage.override():
        bpy.ops.object.select_all(action='DESELECT')
        bpy.context.view_layer.objects.active = armature
        armature.select_set(True)
        bpy.ops.object.mode_set(mode='POSE')
    yield 1.0
    space = stage.area().spaces.active
    space.show_region_ui = False
    space.show_region_asset_shelf = True
    yield 2.0
    if stage.region('ASSET_SHELF').height < 10:  # folded: a click on its arrow
        region = stage.region('WINDOW')
        yield from stage.click(region.x + region.width - 22, region.y + 10)
        yield 2.0
    stage.picture("asset-shelf")
    look_close(stage, rig)
    seen = set()
    shelf = stage.region('ASSET_SHELF')
    for x in range(shelf.x + 40, shelf.x + 420, 70):
        yield from stage.click(x, shelf.y + shelf.height // 2)
        yield 0.8
        shown = faces.shown_vertices(rig)
        for pose in made:
            if pose.name not in seen and matches(armature, pose):
                seen.add(pose.name)
                stage.picture(pose.name.lower().replace(" ", "-"))
        assert np.isfinite(shown).all()
    assert len(seen) >= 3, seen


def look_close(stage, rig):
    """The face from the front, filling the view."""
    with stage.override():
        bpy.ops.view3d.view_axis(type='FRONT')
        bpy.ops.view3d.view_selected()
    stage.area().spaces.active.region_3d.view_distance *= 0.5


def matches(armature, action):
    """Whether the jaw bone's sliders are those of a pose."""
    curves = (
        [
            curve
            for layer in action.layers
            for strip in layer.strips
            for bag in strip.channelbags
            for curve in bag.fcurves
        ]
        if hasattr(action, "layers")
        else list(action.fcurves)
    )
    return all(
        abs(armature.path_resolve(curve.data_path) - curve.evaluate(1)) < 1e-4
        for curve in curves
        if curve.data_path.endswith('"]')
    )
