# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One half of a pose: what lies on one side stays, what lies on the other goes, and what lies on both is cut.

All that is cut goes into one shape key of the pose's own: its motion fades across the middle of the face. The jaw is
one bone and stays as it is; so does the look.
"""

from collections.abc import Mapping

import bpy
import numpy as np
from mathutils import Euler, Matrix

from ...backend.geometry.mirror import Mirror, side_weight
from ..controls.keys import shown_by
from ..data import shape_keys
from ..rig import controls, pose_channels, shape_jaw
from ..rig.objects import armature_of, rig_of
from ..shapes.making import mirror_of
from . import sliders
from .pose import Pose

#: Width of the strip about the middle in which a half fades, mm.
SEAM_MM = 16.0
#: A shape with less than this share of its motion on a side lies on the other.
_NONE = 0.03
LEFT, RIGHT = "LEFT", "RIGHT"


def half(face: bpy.types.Object, pose: Pose, side: str, name: str) -> Pose:
    """The left or right half of a pose.

    Args:
        face: the neutral.
        pose: of its rig.
        side: LEFT or RIGHT, the person's.
        name: of the shape key that is made for what lies on both sides; one that was made so before is written anew.
    """
    rig, armature = rig_of(face), armature_of(face)
    keys = rig.data.shape_keys
    seam = SEAM_MM / armature.aim.jaw_measures[4]
    mirror = mirror_of(face)
    weight = side_weight(mirror.heights if side == LEFT else -mirror.heights, seam)
    values = {shape: value for shape, value in pose.sliders.items() if value}
    sides = {shape: _side(keys, shape, mirror) for shape in values}
    cut = {shape: value for shape, value in values.items() if sides[shape] == ""}
    kept = {shape: value for shape, value in values.items() if sides[shape] == side}
    bones, middle = _bones(armature, keys, pose, side)
    moved = weight[:, None] * (sliders.motion_of(keys, cut) + sliders.motion_of(keys, middle))
    if np.abs(moved).max(initial=0.0) > 0:
        own = _own_shape(face, name, moved)
        kept[own] = 1.0
    bones |= _jaw(armature, pose, values, kept)
    if pose.is_whole:
        kept = {**dict.fromkeys(controls.driven(keys), 0.0), **kept}
    return Pose(bones, kept, pose.is_whole)


def _side(keys: bpy.types.Key, shape: str, mirror: Mirror) -> str:
    """LEFT, RIGHT, or "" for a shape that moves both sides."""
    squares = (shape_keys.difference(keys.key_blocks[shape]).astype(np.float64) ** 2).sum(axis=1)
    share = float(squares[mirror.heights > 0].sum() / max(squares.sum(), 1e-20))
    if share < _NONE:
        return RIGHT
    return LEFT if share > 1 - _NONE else ""


def _bones(
    armature: bpy.types.Object, keys: bpy.types.Key, pose: Pose, side: str
) -> tuple[dict[pose_channels.Channel, float], dict[str, float]]:
    """Channels of the half, and what controls in the middle show: values of their shape keys."""
    side_of = pose_channels.sides(armature)
    bones = {}
    middle: dict[pose_channels.Channel, float] = {}
    for place, value in pose.bones.items():
        own = side_of(place)
        if own == "":
            middle[place] = value
        if own in (None, side.lower()):
            bones[place] = value
        elif pose.is_whole:
            bones[place] = pose_channels.rest_value(*place)
    both, one = pose_channels.seal_of(armature), pose_channels.seal_of(armature, side.lower())
    if bones.get(both):  # the lips' seal of both sides is that of one
        bones[one] = max(bones[both], bones.get(one, 0.0))
        bones[both] = 0.0
    return bones, shown_by(keys, middle)


def _own_shape(face: bpy.types.Object, name: str, motion: np.ndarray) -> str:
    """The shape key that holds what is cut."""
    rig = rig_of(face)
    keys = rig.data.shape_keys
    if sliders.is_made(keys, name):
        sliders.write_motion(rig, name, motion)
        return name
    return sliders.new_shape(face, name, motion)


def _jaw(
    armature: bpy.types.Object, pose: Pose, before: Mapping[str, float], after: Mapping[str, float]
) -> dict[pose_channels.Channel, float]:
    """The jaw bone's channels so that the jaw stays where the shapes had it that are cut."""
    turned = shape_jaw.poses(armature)
    if not set(turned) & set(before):
        return {}
    places = pose_channels.of_jaw(armature)
    own = [pose.bones.get(place, 0.0) for place in places]
    one, two = (
        _basis(sum((value * turned[s] for s, value in values.items() if s in turned), np.zeros(6)))
        for values in (before, after)
    )
    basis = two.inverted() @ one @ _basis(own)
    channels = [*basis.to_translation(), *basis.to_euler('XYZ')]
    return dict(zip(places, channels, strict=True))


def _basis(pose: np.ndarray) -> Matrix:
    return Matrix.Translation(pose[:3]) @ Euler(pose[3:]).to_matrix().to_4x4()
