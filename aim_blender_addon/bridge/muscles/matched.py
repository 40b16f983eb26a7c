# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pose that was found through the muscles, shown by a rig: sliders of the actor's shapes and the jaw bone."""

import bpy
import numpy as np

from ...backend.errors import EditError
from ...backend.jobs.match import MatchResult
from ...backend.jobs.pose_from_points import PoseFromPointsResult
from ...backend.model.aim import AimModel
from ..data import shape_keys
from ..data.driven_keys import driver_of
from ..rig import jaw_controls
from ..rig.objects import rig_of
from ..sculpt.rig_parts import RigParts
from . import take


def scans_beside(face: bpy.types.Object, context: bpy.types.Context) -> list[bpy.types.Object]:
    """Selected meshes that may be scans to match; those as large as the face where there are. Cheap enough for poll."""
    own = {face, rig_of(face), take.cache_of(face)}
    found = [obj for obj in context.selected_objects if obj.type == 'MESH' and obj not in own]
    count = len(face.data.vertices)
    return [obj for obj in found if len(obj.data.vertices) == count] or found


def require_free(rig: RigParts, model: AimModel) -> None:
    """Refuse a rig whose sliders cannot be set.

    Raises:
        EditError: drivers move them.
    """
    led = [name for name in model.expression_names if driver_of(rig.keys, name) is not None]
    if led:
        raise EditError(
            f"Drivers move sliders of {rig.mesh.name}, such as '{led[0]}': remove its face controls or drivers first."
        )


def show(rig: RigParts, model: AimModel, result: MatchResult | PoseFromPointsResult) -> None:
    """Pose the rig as it was found; the head stays where it is.

    Args:
        rig: of the face.
        model: of the face.
        result: weights and jaw.
    """
    names = model.expression_names
    shape_keys.widen(rig.keys, names, np.asarray(result.weights, float))
    for name, value in zip(names, result.weights.tolist(), strict=True):
        block = rig.keys.key_blocks.get(name)
        if block is not None:
            block.mute, block.value = False, value
    pose = model.joint.pose(np.asarray(result.jaw_parameters, float))
    jaw_controls.show_pose(rig.armature, pose)
    rig.mesh.data.update_tag()


def is_played(rig: RigParts) -> bool:
    """Whether an Action plays the rig, so that a pose that is not keyed is gone at the next frame."""
    animation = rig.keys.animation_data
    plays = animation is not None and animation.action is not None
    return plays or jaw_controls.is_animated(rig.armature)
