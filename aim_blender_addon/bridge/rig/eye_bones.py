# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bones of a rig's eyes: one that turns each eye, and what they look at.

An eye's bone lies at the centre of its ball and points to the front, Z up. So a positive X rotation looks up and a
positive Z rotation looks to the person's left. The target stands before the face. It has no parent, so that the eyes
stay on it while the head turns. Within it each eye has a target of its own, straight before it: at rest nothing turns.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.anatomy.eyes.ball import Ball
from ...backend.anatomy.eyes.find import SIDES
from ..data.drivers import follow
from .armature import editing_bones, set_bone, set_handle
from .own_bones import (
    EYES,
    LOOK_BONES,
    SKULL,
    TARGET,
    TARGETS,
    bone_data_path,
    bone_name,
    find_bone,
    mark_bone,
    pose_bone,
)

#: Custom properties of the target's bone, 0 to 1: how much the eyes look at it, how much lids follow the eyes, and how
#: much what a blink leaves open is shut.
LOOK_AT = "look_at_target"
LIDS = "lids_follow"
SHUT = "blinks_shut"
_DESCRIPTIONS = {
    LOOK_AT: "How much the eyes look at this target; at 0 they turn freely",
    LIDS: "How much the lids follow the look",
    SHUT: "How much of what a blink leaves open is shut as well; at 0 shapes are as they were scanned",
}
#: Custom properties of the target's bone, -1 to 1: where shut lids meet, by side.
BLINK_LINES = {side: f"blink_line_{side}" for side in SIDES}
_LINE_DESCRIPTION = "Where shut lids meet: above or below where the blink has them"
_TRACK, _RANGE = "AIM Look At", "AIM Eye Limits"
_COLLECTION = "Eyes"
_PALETTES = {"left": 'THEME04', "right": 'THEME01'}
_MIDDLE_PALETTE = 'THEME09'


@dataclass(frozen=True)
class EyeBoneSettings:
    """Where the bones of eyes lie and how far eyes turn.

    Attributes:
        target_radii: how far the target stands before the eyes.
        sideways: how far an eye turns to each side, radians.
        up, down: and up and down. People's eyes reach about 50 degrees.
    """

    target_radii: float = 36.0
    sideways: float = np.radians(50.0)
    up: float = np.radians(45.0)
    down: float = np.radians(50.0)


EYE_BONES = EyeBoneSettings()


def has_eyes(armature: bpy.types.Object | None) -> bool:
    """Whether an armature object has a bone of ours for an eye; cheap enough for draw and poll."""
    return (
        armature is not None
        and armature.type == 'ARMATURE'
        and any(find_bone(armature, bone) for bone in EYES.values())
    )


def shuts_blinks(armature: bpy.types.Object) -> bool:
    """Whether an armature has the control that shuts what blinks leave open."""
    return bool(find_bone(armature, TARGET)) and SHUT in pose_bone(armature, TARGET)


def sides(armature: bpy.types.Object) -> list[str]:
    """The sides whose eye has a bone."""
    return [side for side in SIDES if find_bone(armature, EYES[side])]


def write_bones(
    armature: bpy.types.Object,
    balls: Mapping[str, Ball],
    axes: np.ndarray,
    mm_per_unit: float,
    context: bpy.types.Context,
) -> None:
    """Give an armature the bones of its eyes, or bring them to their places; those of an eye that is gone go.

    Args:
        armature: the rig's.
        balls: of the eyes by side, mm, head space.
        axes: [3, 3] left, front and up of the head.
        mm_per_unit: millimetres in a Blender unit.
        context: to edit in.
    """
    _left, front, up = axes
    radius = float(np.mean([ball.radius for ball in balls.values()])) / mm_per_unit
    centres = {side: ball.centre / mm_per_unit for side, ball in balls.items()}
    far = EYE_BONES.target_radii * radius
    middle = np.mean(list(centres.values()), axis=0)
    places = {TARGET: (middle + far * front, TARGET)}
    for side, centre in centres.items():
        places[EYES[side]] = (centre, SKULL)
        places[TARGETS[side]] = (centre + far * front, TARGET)
    present = {bone: name for bone in LOOK_BONES if (name := find_bone(armature, bone))}
    named: dict[str, str] = {}
    for bone in [bone for bone in present if bone not in places]:
        track = pose_bone(armature, bone).constraints.get(_TRACK)
        if track is not None:  # the driver would stay behind without its bone
            track.driver_remove("influence")
    with editing_bones(armature, context) as edited:
        for bone in [bone for bone in present if bone not in places]:
            edited.remove(edited[present[bone]])
        for bone, (place, _parent) in places.items():
            length = 2 * radius if bone in EYES.values() else radius
            name = (
                present.get(bone) or edited.new(bone).name
            )  # another number where that name is taken
            set_bone(edited, name, place, place + length * front, up, bone in EYES.values())
            named[bone] = name
        for bone, (_place, parent) in places.items():
            if parent != bone:
                of_ours = named.get(parent) or bone_name(armature, parent)
                edited[named[bone]].parent = edited[of_ours]
    for bone, name in named.items():
        mark_bone(armature, name, bone)
    _set_up(armature, list(balls))


def _set_up(armature: bpy.types.Object, with_eyes: list[str]) -> None:
    """Rotation modes, locks, colours, properties and constraints."""
    target = pose_bone(armature, TARGET)
    for name, description in _DESCRIPTIONS.items():
        if name not in target:
            target[name] = 1.0
        target.id_properties_ui(name).update(min=0.0, max=1.0, description=description)
        target.property_overridable_library_set(f'["{name}"]', True)
    for name in (BLINK_LINES[side] for side in with_eyes):
        if name not in target:
            target[name] = 0.0
        ends = {"min": -1.0, "max": 1.0, "default": 0.0}
        target.id_properties_ui(name).update(**ends, description=_LINE_DESCRIPTION)
        target.property_overridable_library_set(f'["{name}"]', True)
    group = armature.data.collections.get(_COLLECTION) or armature.data.collections.new(_COLLECTION)
    for bone in (*EYES.values(), TARGET, *TARGETS.values()):
        posed = pose_bone(armature, bone) if find_bone(armature, bone) else None
        if posed is None:
            continue
        group.assign(posed.bone)
        posed.color.palette = _MIDDLE_PALETTE
    for side in with_eyes:
        eye, own = pose_bone(armature, EYES[side]), pose_bone(armature, TARGETS[side])
        if not eye.constraints.get(_RANGE):  # new: a mode that the user has chosen since stays
            eye.rotation_mode = 'XYZ'
        eye.lock_location = eye.lock_scale = (True, True, True)
        eye.color.palette = own.color.palette = _PALETTES[side]
        _look_at(armature, eye, own.name)
        _limit(eye)
    armature.update_tag()


def _look_at(armature: bpy.types.Object, eye: bpy.types.PoseBone, target: str) -> None:
    track = eye.constraints.get(_TRACK) or eye.constraints.new('DAMPED_TRACK')
    track.name, track.track_axis = _TRACK, 'TRACK_Y'
    track.target, track.subtarget = armature, target
    track.driver_remove("influence")
    follow(track.driver_add("influence"), armature, property_path(armature, LOOK_AT))


def _limit(eye: bpy.types.PoseBone) -> None:
    if eye.constraints.get(_RANGE):
        return
    limit = eye.constraints.new('LIMIT_ROTATION')
    limit.name, limit.owner_space = _RANGE, 'LOCAL'
    limit.use_limit_x = limit.use_limit_z = True
    limit.min_x, limit.max_x = -EYE_BONES.down, EYE_BONES.up
    limit.min_z, limit.max_z = -EYE_BONES.sideways, EYE_BONES.sideways


def property_path(armature: bpy.types.Object, name: str) -> str:
    """The path from an armature object to a custom property of the target's bone."""
    return f'{bone_data_path(armature, TARGET)}["{name}"]'


def set_handles(
    armature: bpy.types.Object,
    balls: Mapping[str, Ball],
    mm_per_unit: float,
    collection: bpy.types.Collection,
) -> None:
    """Rings to grab: before each eye, about each eye's target, and about both."""
    radius = float(np.mean([ball.radius for ball in balls.values()])) / mm_per_unit
    apart = 0.0
    if len(balls) == 2:
        one, two = (ball.centre for ball in balls.values())
        apart = float(np.linalg.norm(one - two)) / 2 / mm_per_unit
    for side, ball in balls.items():
        own = ball.radius / mm_per_unit
        set_handle(armature, EYES[side], _ring(0.4 * own, 1.5 * own), collection)
        set_handle(armature, TARGETS[side], _ring(0.8 * radius, 0.0), collection)
    set_handle(armature, TARGET, _ring(1.3 * radius, 0.0, apart), collection)


def _ring(radius: float, ahead: float, apart: float = 0.0) -> np.ndarray:
    """A ring [N, 3] across a bone, or two half rings ``apart`` on both sides of it."""
    angle = np.linspace(0.0, 2 * np.pi, 32, endpoint=False)
    side = radius * np.cos(angle)
    side = side + apart * np.sign(np.round(side, 9))
    return np.stack([side, np.full_like(angle, ahead), radius * np.sin(angle)], axis=1)
