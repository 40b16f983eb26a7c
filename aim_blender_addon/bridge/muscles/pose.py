# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pose that a rig shows, as a simulation takes it."""

from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.errors import EditError
from ...backend.model.aim import AimModel
from ..data import shape_keys
from ..data.storage import face_object, load_model
from ..face.scans import require_own_data
from ..rig import jaw_controls
from ..rig.objects import check_can_write
from ..sculpt.edit_state import slider_weights
from ..sculpt.rig_parts import RigParts, check_model, missing_keys
from . import simulated
from .acting import head_in_world, motion

#: A shape counts as in use from this value on.
LEAST_WEIGHT = 0.02
#: The jaw counts as open from this angle on, radians, and as aside or forward from this way on, mm.
LEAST_OPEN, LEAST_WAY = np.radians(0.5), 0.3


@dataclass(frozen=True)
class ShownPose:
    """What the rig of a face shows.

    Attributes:
        weights: [E] of the model's expressions.
        jaw: [4] jaw parameters: radians, mm, mm, mm.
        missing: shape keys of the model that were renamed or removed.
        others: shape keys in use that are none of the model's.
        head: [4, 4] mm, head space to the world.
    """

    weights: np.ndarray
    jaw: np.ndarray
    missing: list[str]
    others: list[str]
    head: np.ndarray

    @property
    def in_use(self) -> np.ndarray:
        """[U] numbers of the expressions in use."""
        return np.flatnonzero(np.abs(self.weights) >= LEAST_WEIGHT)

    @property
    def jaw_moves(self) -> bool:
        """Whether the jaw is posed."""
        opening, *ways = np.abs(self.jaw)
        return bool(opening >= LEAST_OPEN or max(ways) >= LEAST_WAY)


def simulated_rig(face: bpy.types.Object, model: AimModel) -> RigParts:
    """The rig of a face, which is that of its model.

    Raises:
        EditError: it is not, or cannot be read as it is.
    """
    rig = RigParts.of(face)
    check_model(rig, model)
    return rig


def face_to_write(
    context: bpy.types.Context,
) -> tuple[bpy.types.Object, AimModel, RigParts]:
    """The face at work, its model and its rig, onto which a job will write.

    Raises:
        EditError: the rig is not that of the model, or it or the face cannot be changed.
        ModelFileError: the model cannot be read.
    """
    face = face_object(context)
    require_own_data(face)
    model = load_model(face)
    rig = simulated_rig(face, model)
    check_can_write(rig.mesh)
    return face, model, rig


def read_pose(face: bpy.types.Object, context: bpy.types.Context) -> ShownPose:
    """The pose that the rig shows now.

    Raises:
        EditError: there is none to simulate, or the rig is not that of the model.
        ModelFileError: the model cannot be read.
    """
    model = load_model(face)
    rig = simulated_rig(face, model)
    pose = shown_pose(rig, model, context)
    acts = motion(face, pose.head[None], context.scene, secondary=False) is not None
    if not len(pose.in_use) and not pose.jaw_moves and not acts:
        raise EditError(
            f"{rig.mesh.name} rests: pose it with the actor's own shapes or the jaw, then simulate."
        )
    return pose


def shown_pose(rig: RigParts, model: AimModel, context: bpy.types.Context) -> ShownPose:
    """The pose that a rig of a model shows now, at rest, too."""
    context.view_layer.update()
    jaw = model.joint.parameters(jaw_controls.shown_pose(rig.armature))
    ours = {*model.expression_names, *simulated.names(rig.keys)}
    others = [
        block.name
        for block in rig.keys.key_blocks
        if block != rig.keys.reference_key
        and block.name not in ours
        and not block.mute
        and abs(block.value) >= LEAST_WEIGHT
    ]
    head = head_in_world(rig.armature, rig.mm_per_unit)
    return ShownPose(slider_weights(rig), np.asarray(jaw, float), missing_keys(rig), others, head)


def reach_mm(rig: RigParts, name: str) -> float:
    """How far a shape key moves the skin at its full value, mm."""
    moved = shape_keys.difference(rig.keys.key_blocks[name])
    return float(np.linalg.norm(moved, axis=1).max(initial=0.0)) * rig.mm_per_unit
