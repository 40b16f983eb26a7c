# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A look at what plays along with a head: whether its shape keys show what was keyed on them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import bpy
import numpy as np

from ...data.playing import play
from . import settings
from .channels import Channels
from .findings import Hidden, Reason
from .made import sample, scene_frames


def look_along(
    objects: Sequence[bpy.types.Object],
    actions: Iterable[bpy.types.Action],
    frames: np.ndarray,
    context: bpy.types.Context,
) -> tuple[Hidden, ...]:
    """What keeps objects from showing a take, with the names of the objects before those of their shape keys.

    An object that is hidden plays all the same, and nothing is said of it.

    Args:
        objects: that play along.
        actions: of the take.
        frames: [T] of the Action.
        context: for the scene, which is where it was afterwards.
    """
    if not objects:
        return ()
    actions = tuple(actions)
    looks = [Channels(obj, None, actions) for obj in objects]
    frames = frames[sample(len(frames))]
    for number, twins in play(objects, scene_frames(frames, context.scene), context):
        for channels, twin in zip(looks, twins, strict=True):
            channels.look(frames[number], twin, None)
    found = []
    for obj, channels in zip(objects, looks, strict=True):
        found += [
            hidden
            for hidden in settings.of_rig(obj, None)
            if hidden.reason is not Reason.OUT_OF_SIGHT
        ]
        for hidden in channels.findings(1.0):
            names = tuple(f"{obj.name}: {name}" for name in hidden.names)
            found.append(replace(hidden, names=names, mm=None))
    return tuple(found)
