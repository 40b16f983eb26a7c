# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The eyes of a rig as a recording may show them: by the mesh's own vertices, or by points that are named pupils."""

import re
from collections.abc import Sequence

import bpy
import numpy as np

from ...backend.anatomy.eyes.ball import Ball
from ...backend.anatomy.eyes.find import SIDES
from ...backend.anatomy.jaw.joint import JawJoint
from ...backend.solving.look import SeenEye
from ..data.groups import read_group
from ..rig.eye_bones import has_eyes
from ..rig.eyes import kept_balls
from ..rig.objects import armature_of, rig_of
from ..rig.own_bones import EYES, find_bone

_PUPIL_WORDS = ("pupille", "pupil", "iris")
_EYE_WORDS = ("eye", "auge")
_SIDE_WORDS = {"left": {"left", "l", "lft", "links"}, "right": {"right", "r", "rgt", "rechts"}}
_NO_NUMBERS = np.zeros(0, np.int64)


def pupil_side(name: str) -> str:
    """The side of the eye whose pupil or iris a name means; "" for any other name, and for one without a side."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).lower()
    is_pupil, rest = False, []
    for word in re.findall(r"[a-z]+", plain):
        for known in _PUPIL_WORDS:
            if known in word:
                is_pupil, word = True, word.replace(known, " ", 1)
                break
        for known in _EYE_WORDS:
            word = word.replace(known, " ", 1)
        rest += word.split()
    sides = [side for side, words in _SIDE_WORDS.items() if words & {*rest}]
    return sides[0] if is_pupil and len(sides) == 1 else ""


def balls_of(face: bpy.types.Object) -> dict[str, Ball]:
    """The balls of the eyes that a face's rig has, by side, mm, head space."""
    armature = armature_of(face)
    if not has_eyes(armature):
        return {}
    balls = kept_balls(armature)
    return {side: balls[side] for side in balls if find_bone(armature, EYES[side])}


def eyes_of_mesh(face: bpy.types.Object, joint: JawJoint) -> tuple[SeenEye, ...]:
    """The eyes whose balls are part of the rig's own mesh, and so of a recording in the actor's topology."""
    rig, armature, found = rig_of(face), armature_of(face), []
    if rig is None or len(rig.data.vertices) != len(face.data.vertices):
        return ()  # the user has given the rig another mesh
    for side, ball in balls_of(face).items():
        turned = read_group(rig, find_bone(armature, EYES[side]))
        if turned is not None and (turned > 0.5).any():
            vertices = np.flatnonzero(turned > 0.5)
            found.append(SeenEye(side, ball, joint.head_axes, vertices, _NO_NUMBERS))
    return tuple(found)


def eyes_of_points(
    face: bpy.types.Object, joint: JawJoint, sides: Sequence[str]
) -> tuple[SeenEye, ...]:
    """The eyes that bound points show; without a ball where the rig has no such eye.

    Args:
        face: the neutral.
        joint: of its jaw.
        sides: of each bound point, "" for one on the skin.
    """
    balls = balls_of(face)
    return tuple(
        SeenEye(
            side,
            balls.get(side),
            joint.head_axes,
            _NO_NUMBERS,
            np.flatnonzero([one == side for one in sides]),
        )
        for side in SIDES
        if side in sides
    )
