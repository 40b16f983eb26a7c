# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face controls: made on the skin, one grabbed with the mouse, its pose pasted flipped, put on a board, lips sealed."""

import bpy
import faces
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Quaternion

CORNERS = {"left": "mouth_corner.L", "right": "mouth_corner.R"}


def armature() -> bpy.types.Object:
    return faces.face().aim.armature


def shown() -> np.ndarray:
    return faces.shown_vertices(faces.face().aim.rig)


def look(stage, bone: str, size: float) -> None:
    """At a bone from the front, with so much of the face in sight."""
    region = stage.area().spaces.active.region_3d
    region.view_location = armature().matrix_world @ armature().pose.bones[bone].head
    region.view_rotation = Quaternion((1, 0, 0), np.pi / 2)
    region.view_distance, region.view_perspective = size, 'ORTHO'


def on_screen(stage, bone: str) -> tuple[int, int]:
    """Where the ring of a control is in the window."""
    posed = armature().pose.bones[bone]
    ring = posed.custom_shape.data.vertices[0].co * posed.custom_shape_scale_xyz[0]
    place = armature().matrix_world @ posed.matrix @ ring
    region = stage.region('WINDOW')
    at = location_3d_to_region_2d(region, stage.area().spaces.active.region_3d, place)
    return int(region.x + at.x), int(region.y + at.y)


def drive(stage):
    stage.step("Controls are made on the skin")
    yield from stage.open_file(faces.FILE)
    yield from faces.use_python(stage)
    yield from stage.open_tab()
    yield from stage.press("aim.bake")
    yield 1.0
    faces.hide_start_up()
    face = faces.face()
    armature().animation_data.action = None
    face.aim.rig.data.shape_keys.animation_data_clear()
    for block in face.aim.rig.data.shape_keys.key_blocks:
        block.value = 0.0
    yield from stage.open_panel("controls")
    yield from stage.press("aim.make_face_controls")
    yield from stage.wait(lambda: not faces.job_runs(), 400, "making the controls")
    yield 1.0
    missing = [name for name in CORNERS.values() if name not in armature().pose.bones]
    assert not missing, missing
    look(stage, "jaw", 0.75)
    yield 1.0
    stage.picture("on the skin")

    stage.step("A control is grabbed with the mouse and moves the skin")
    rest = shown()
    faces.face().select_set(False)
    with stage.override():
        bpy.context.view_layer.objects.active = armature()
        armature().select_set(True)
        bpy.ops.object.mode_set(mode='POSE')
        bpy.ops.pose.select_all(action='DESELECT')
    look(stage, CORNERS["left"], 0.35)
    yield 1.0
    x, y = on_screen(stage, CORNERS["left"])
    yield from stage.click(x, y)
    assert bpy.context.active_pose_bone.name == CORNERS["left"], bpy.context.active_pose_bone
    yield from stage.key('G')
    yield from stage.move(x + 10, y + 60)
    yield 0.3
    yield from stage.click(x + 20, y + 110)
    left = armature().pose.bones[CORNERS["left"]]
    assert left.location.z > 0, left.location
    limit = next(c for c in left.constraints if c.type == 'LIMIT_LOCATION')
    assert left.location.z <= limit.max_z + 1e-6, "no farther than the limit"
    moved = np.linalg.norm(shown() - rest, axis=1)
    assert moved.max() > 0.002, moved.max()
    stage.picture("corner up")

    stage.step("The pose is pasted flipped")
    yield from stage.move(*stage.middle(stage.region('WINDOW')))
    yield from stage.key('C', ctrl=True)
    yield from stage.key('V', ctrl=True, shift=True)
    right = armature().pose.bones[CORNERS["right"]]
    assert np.allclose(right.location, np.array(left.location) * (-1, 1, 1), atol=1e-5)
    look(stage, "jaw", 0.5)
    yield 1.0
    stage.picture("both corners up")
    with stage.override():
        bpy.ops.pose.select_all(action='SELECT')
        bpy.ops.pose.transforms_clear()
        bpy.ops.object.mode_set(mode='OBJECT')
        bpy.ops.ed.undo_push(message="At rest")

    stage.step("The open mouth is zipped from the corners")
    jaw = armature().pose.bones["jaw"]
    jaw.rotation_euler.x = np.radians(14)
    for value in (0.0, 0.5, 1.0):
        jaw["lip_seal"] = value
        armature().update_tag()
        look(stage, CORNERS["left"], 0.4)
        yield 0.7
        stage.picture(f"seal {value}")
    jaw["lip_seal"], jaw.rotation_euler.x = 0.0, 0.0

    stage.step("The same controls go to a board, and away")
    bpy.context.view_layer.objects.active = faces.face().aim.rig
    before = armature().data.bones[CORNERS["left"]].head_local.copy()
    yield from board(stage)
    yield 1.0
    yield from stage.wait(lambda: not faces.job_runs(), 400, "making the board")
    yield 1.0
    assert (armature().data.bones[CORNERS["left"]].head_local - before).length > 0.05
    look(stage, "jaw", 1.4)
    yield 1.0
    stage.picture("board")
    yield from stage.press("aim.remove_face_controls")
    assert CORNERS["left"] not in armature().data.bones


def board(stage):
    """Press the second of the two buttons that make controls: it lies below the first."""
    x, y = yield from stage.find("aim.make_face_controls")
    yield from stage.click(x, y - 20)
