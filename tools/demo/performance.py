# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A short performance on a baked rig, keyed as an animator would: shape keys, jaw bone, head bone."""

import math
from collections.abc import Mapping

import bpy

from aim_blender_addon.bridge.rig.actions import scan_frame
from aim_blender_addon.bridge.rig.own_bones import JAW, SKULL

NAME = "Performance"
LAST_FRAME = 216
#: Frame: how much of each scan is there, and how the head turns (nod, turn, tilt in degrees).
KEYS: tuple[tuple[int, Mapping[str, float], tuple[float, float, float]], ...] = (
    (1, {}, (0, 0, 0)),
    (20, {"smile": 0.9}, (-3, 10, 3)),
    (34, {"smile": 1.0, "brow_raiser": 0.4}, (-3, 14, 4)),
    (48, {"brow_raiser": 0.9}, (-4, 4, 0)),
    (62, {"mouth_stretch": 1.0, "brow_raiser": 0.7}, (-6, -4, 0)),
    (76, {"mouth_stretch": 0.45, "lip_funneler": 0.4}, (-3, -10, -2)),
    (88, {"lip_puckerer": 0.9}, (0, -12, -3)),
    (100, {"jaw_left": 1.0, "lip_funneler": 0.5}, (0, -6, -2)),
    (112, {"jaw_right": 1.0, "lip_funneler": 0.5}, (0, 2, 2)),
    (124, {"jaw_forward": 0.8, "brow_lower": 0.8}, (4, 6, 2)),
    (140, {"anger": 1.0}, (6, 0, 0)),
    (152, {"anger": 0.9, "mouth_stretch": 0.6}, (3, -6, -2)),
    (168, {"sadness": 0.9}, (8, -8, -4)),
    (182, {"cheek_blowing": 0.9}, (0, 6, 0)),
    (198, {"grin": 0.9, "brow_raiser": 0.3}, (-3, 12, 4)),
    (LAST_FRAME, {}, (0, 0, 0)),
)
BLINKS = (12, 44, 84, 132, 174, 206)


def add_performance(neutral: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """Key the performance on the face's rig as new Actions; the Action of the scans is kept."""
    rig, armature = neutral.aim.rig, neutral.aim.armature
    names = [key.name for key in rig.data.shape_keys.key_blocks[1:]]
    jaw_poses = _jaw_poses(armature, names, scene)
    for owner in (armature, rig.data.shape_keys):
        owner.animation_data.action.use_fake_user = True
        owner.animation_data.action = None
    for frame, mixture, turn in KEYS:
        _key_shapes(rig, names, mixture, frame)
        _key_jaw(armature, jaw_poses, mixture, frame)
        _key_head(armature, turn, frame)
    _key_blinks(rig)
    for owner in (armature, rig.data.shape_keys):
        owner.animation_data.action.name = NAME
    for marker in list(scene.timeline_markers):
        scene.timeline_markers.remove(marker)
    scene.frame_start, scene.frame_end = 1, LAST_FRAME
    scene.frame_set(1)


def _jaw_poses(
    armature: bpy.types.Object, names: list[str], scene: bpy.types.Scene
) -> dict[str, tuple[tuple, tuple]]:
    """Location and rotation of the jaw bone in each scan, as the baked Action plays them."""
    poses, bone = {}, armature.pose.bones[JAW]
    for number, name in enumerate(names):
        scene.frame_set(scan_frame(number))
        poses[name] = (tuple(bone.location), tuple(bone.rotation_euler))
    return poses


def _key_shapes(
    rig: bpy.types.Object, names: list[str], mixture: Mapping[str, float], frame: int
) -> None:
    used = {name for _frame, other, _turn in KEYS for name in other}
    for name in names:
        if name in used:
            key = rig.data.shape_keys.key_blocks[name]
            key.value = mixture.get(name, 0.0)
            key.keyframe_insert("value", frame=frame)


def _key_jaw(
    armature: bpy.types.Object, poses: Mapping[str, tuple], mixture: Mapping[str, float], frame: int
) -> None:
    bone = armature.pose.bones[JAW]
    for channel, number in (("location", 0), ("rotation_euler", 1)):
        value = [
            sum(w * poses[name][number][axis] for name, w in mixture.items()) for axis in range(3)
        ]
        setattr(bone, channel, value)
        bone.keyframe_insert(channel, frame=frame)


def _key_head(armature: bpy.types.Object, turn: tuple[float, float, float], frame: int) -> None:
    bone = armature.pose.bones[SKULL]
    nod, side, tilt = map(math.radians, turn)
    bone.rotation_euler = (nod, side, tilt)  # local Y runs up the neck
    bone.keyframe_insert("rotation_euler", frame=frame)


def _key_blinks(rig: bpy.types.Object) -> None:
    key = rig.data.shape_keys.key_blocks["eye_closed"]
    for frame in BLINKS:
        for offset, value in ((-3, 0.0), (0, 1.0), (2, 1.0), (6, 0.0)):
            key.value = value
            key.keyframe_insert("value", frame=frame + offset)
    key.value = 0.0
