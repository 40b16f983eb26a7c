# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones under translucent skin, colours with their legend, and teeth, tongue and eyes attached by one command."""

import bpy
import faces
import numpy as np
from mathutils import Matrix, Quaternion


def drive(stage):
    stage.step("Show Under Skin makes the skin translucent and brings skull and jaw to light")
    yield from stage.open_file(faces.FILE)
    faces.preferences().python_path = (
        faces.FITTING_PYTHON
    )  # the panel that asks for one is in the way
    yield from stage.wait(lambda: not bpy.types.AIM_PT_setup.poll(bpy.context), 60, "the check")
    yield from stage.open_tab()
    faces.hide_start_up()
    at_frame(1)
    look(stage, 0.5, 0.2)
    with stage.override():
        bpy.ops.ed.undo_push(message="Made ready")
    yield 0.5
    before = view(stage).shading.type, view(stage).shading.color_type, looks()
    stage.picture("before")
    plain = pixels(stage)
    yield from stage.press("aim.show_bones")
    assert faces.face().aim.bones_shown
    yield 0.5
    stage.picture("translucent")
    shown = pixels(stage)
    assert changed(shown, plain) > 0.05, "nothing is seen of the bones"
    assert len({tuple(obj.color) for obj in bones()}) == 2, "skull and jaw look alike"

    stage.step("Undo and redo bring the views along")
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    yield from stage.key('Z', ctrl=True)
    yield 0.5
    assert (view(stage).shading.type, view(stage).shading.color_type, looks()) == before
    assert changed(pixels(stage), plain) < 0.005
    yield from stage.key('Z', ctrl=True, shift=True)
    yield 0.5
    assert view(stage).shading.color_type == 'OBJECT'
    assert changed(pixels(stage), shown) < 0.005

    stage.step("The jaw is seen to move in a scan")
    at_frame(bpy.context.scene.timeline_markers["mouth_stretch"].frame)
    yield 0.5
    stage.picture("jaw-open-translucent")
    at_frame(1)

    stage.step("Saved and opened again, the same button brings everything back")
    path = str(faces.FILE).replace(".blend", "-shown.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    yield from stage.open_file(path)
    yield from stage.open_tab()
    look(stage, 0.5, 0.2)
    yield from stage.press("aim.show_bones")
    yield 0.5
    assert not faces.face().aim.bones_shown
    assert (view(stage).shading.type, view(stage).shading.color_type, looks()) == before
    stage.picture("back")
    assert changed(pixels(stage), plain) < 0.005

    stage.step("Update Rig keeps the bones in sight")
    yield from stage.press("aim.show_bones")
    yield from stage.press("aim.bake")
    yield from stage.wait(
        lambda: "aim_confidence" in faces.face().aim.rig.data.attributes, 20, "the update"
    )
    yield 0.5
    assert faces.face().aim.bones_shown and view(stage).shading.color_type == 'OBJECT'

    stage.step("Colours come with a legend, and the bones give way to them")
    for mode in ("THICKNESS", "JAW_WEIGHT", "BONE_DISTANCE", "CONFIDENCE"):
        yield from stage.press(mode)
        yield 0.5
        assert faces.face().aim.rig.aim.colour_mode == mode
        assert view(stage).shading.color_type == 'VERTEX' and not faces.face().aim.bones_shown
        stage.picture(mode.lower().replace("_", "-"))
    with_legend = pixels(stage)
    view(stage).overlay.show_overlays = False
    yield 0.5
    corner = np.abs(pixels(stage) - with_legend)[:120, -320:]
    assert corner.mean() > 0.05, "no legend in the corner"
    view(stage).overlay.show_overlays = True

    stage.step("The legend is read on a light background and in large letters")
    view(stage).shading.background_type = 'VIEWPORT'
    view(stage).shading.background_color = (0.9, 0.9, 0.9)
    bpy.context.preferences.view.ui_scale = 1.5
    yield 1.0
    stage.picture("light-and-large")
    bpy.context.preferences.view.ui_scale = 1.0
    view(stage).shading.background_type = 'THEME'
    yield 0.5
    yield from stage.press("'OFF'")

    stage.step("One command attaches teeth, tongue, eyes and the lining of the mouth")
    rest = {obj.name: faces.shown_vertices(obj) for obj in inside()}
    assert len(rest) == 6, sorted(rest)
    yield from stage.search(
        "Attach Teeth", lambda: all(obj.parent == faces.face().aim.armature for obj in inside())
    )
    yield 0.5
    for obj in inside():
        assert np.abs(faces.shown_vertices(obj) - rest[obj.name]).max() < 1e-5, obj.name
    at_frame(bpy.context.scene.timeline_markers["mouth_stretch"].frame)
    yield 0.5
    jaw = jaw_motion()
    for obj in inside():
        moved = faces.shown_vertices(obj)
        if "Lower" in obj.name:
            wanted = np.c_[rest[obj.name], np.ones(len(moved))] @ np.array(jaw)[:3].T
            assert np.abs(moved - wanted).max() < 1e-5, obj.name
        elif "Upper" in obj.name or "Eye" in obj.name:
            assert np.abs(moved - rest[obj.name]).max() < 1e-5, obj.name
        else:
            assert np.linalg.norm(moved - rest[obj.name], axis=1).max() > 0.005, obj.name
    stage.area().spaces.active.show_region_ui = False
    for bone in (faces.face().aim.skull, faces.face().aim.jaw, *bones()):
        bone.hide_set(True)  # only what belongs into a mouth is to be seen in it
    look(stage, 0.35, 0.1)
    yield 0.5
    view(stage).shading.color_type = 'MATERIAL'
    yield 0.5
    stage.picture("jaw-open-attached")
    yield from stage.search("Show Bones Under", lambda: faces.face().aim.bones_shown)
    look(stage, 0.9, 0.17)
    yield 0.5
    stage.picture("jaw-open-attached-translucent")


def view(stage):
    """The 3D view."""
    return stage.area().spaces.active


def look(stage, turn, distance):
    """Look at the rig, ``turn`` radians from its left, from so far that ``distance`` metres fill the view."""
    points = faces.shown_vertices(faces.face().aim.rig)
    region = view(stage).region_3d
    region.view_location = (points.min(0) + points.max(0)) / 2 + (
        0,
        0,
        0.0 if distance > 0.15 else -0.045,
    )
    front = Quaternion((1, 0, 0), np.pi / 2)
    region.view_rotation = Quaternion((0, 0, 1), turn) @ front
    region.view_distance = 2.2 * distance
    region.view_perspective = 'ORTHO'


def at_frame(frame):
    """Show a frame of the timeline."""
    bpy.context.scene.frame_set(frame)


def looks():
    """What the skin and the bones of the face look like."""
    face = faces.face()
    return [
        (obj.name, tuple(obj.color), obj.hide_get(), obj.hide_viewport)
        for obj in (face, face.aim.rig, face.aim.skull, face.aim.jaw, *bones())
    ]


def bones():
    """The bone meshes of the rig."""
    return [obj for obj in faces.face().aim.armature.children if "aim_bone" in obj]


def inside():
    """What the sample actor has inside its head."""
    return [obj for obj in bpy.data.objects if "aim_sample_part" in obj]


def jaw_motion():
    """How the jaw bone has moved, in the world."""
    armature = faces.face().aim.armature
    bone = armature.pose.bones["jaw"]
    there = armature.matrix_world @ bone.matrix
    rest: Matrix = armature.matrix_world @ bone.bone.matrix_local
    return there @ rest.inverted()


def changed(one, other):
    """The share of pixels that differ between two pictures."""
    return float((np.abs(one - other).max(axis=2) > 0.1).mean())


def pixels(stage):
    """What the 3D view shows; the picture is not kept."""
    return stage.seen("look", keep=False)
