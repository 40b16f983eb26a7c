# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What curves move on a rig: shape keys by their names, the jaw bone under them, and the bones of head and eyes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.anatomy.eyes.look import look_of_curves, turned_like
from ...backend.errors import LiveError
from ...backend.io.curves import Curves
from ...backend.live.stream import Frame
from ..data import shape_keys, storage
from ..data.linked import is_linked
from ..performance.companions import find_companions
from ..retarget.character_rig import armature_of
from ..retarget.characters import no_target_reason, target_object
from ..retarget.turned_bones import TurnedBone, find_turned_bones, look_angles
from ..rig import eye_bones
from ..rig.objects import armature_of as rig_armature_of
from ..rig.objects import rig_of
from ..rig.own_bones import TARGET, find_bone, pose_bone
from ..shapes import shape_sets
from .channels import Channel, Ref, find_channels, known_curves, set_value
from .jaw import ShapesJaw, jaw_of_shapes

#: Modes in which a mesh is worked on, and its shape keys are left alone.
_BUSY_MODES = {'EDIT', 'SCULPT'}


@dataclass(frozen=True)
class Target:
    """A rig that curves move.

    Attributes:
        name: what messages call it.
        face: the actor's neutral, or the character's mesh.
        mesh: with the shape keys.
        armature: None without any.
        channels: shape keys, sliders and driven properties.
        head: the bone of the head, or None.
        eyes: the bones of the left and the right eye, or None.
        jaw: how the values of channels pose the jaw bone, or None.
        is_ours: the armature is that of a bake, so that a take keys head and jaw.
        left_alone: shape keys that something else moves, or that are muted.
    """

    name: str
    face: Ref
    mesh: Ref
    armature: Ref | None
    channels: tuple[Channel, ...]
    head: TurnedBone | None
    eyes: tuple[TurnedBone, TurnedBone] | None
    jaw: ShapesJaw | None = None
    is_ours: bool = False
    left_alone: tuple[str, ...] = ()

    def show(self, frame: Frame) -> None:
        """Move the rig to a frame.

        Raises:
            LiveError: the rig is gone.
        """
        mesh = self.mesh.find()
        if mesh is None or not mesh.users_scene:
            raise LiveError(f"{self.name} was removed, so nothing is received any more")
        if mesh.mode in _BUSY_MODES:
            return
        shown = self._show_channels(frame.values)
        armature = self.armature.find() if self.armature else None
        if armature is None:
            return
        if self.head is not None and frame.head is not None:
            self.head.turn(armature, frame.head)
        if self.jaw is not None:
            self.jaw.pose(armature, [shown.get(label, 0.0) for label in self.jaw.labels])
        eyes = frame.eyes or _eyes_of(frame.values)
        if self.eyes is not None and eyes is not None:
            _free_from_target(armature)
            for bone, angles in zip(self.eyes, eyes, strict=True):
                bone.turn(armature, angles)

    def _show_channels(self, values: dict[str, float]) -> dict[str, float]:
        """Set what curves move; the values by label."""
        owners: dict[Ref, bpy.types.ID | None] = {}
        shown = {}
        for channel in self.channels:
            value = channel.value(values)
            if value is None:
                continue
            if channel.owner not in owners:
                owners[channel.owner] = channel.owner.find()
            owner = owners[channel.owner]
            if owner is not None:
                set_value(owner, channel.path, value)
                shown[channel.label] = value
        for owner in filter(None, owners.values()):
            if not isinstance(owner, bpy.types.Key):  # a custom property tells nobody by itself
                owner.update_tag(refresh={'DATA'} if isinstance(owner, bpy.types.Object) else set())
        return shown


def reason(context: bpy.types.Context) -> str:
    """Why nothing can be moved now, as a tooltip says it; "" where something can. Cheap."""
    face = target_object(context)
    if face is None:
        return no_target_reason(context)
    mesh = rig_of(face) if storage.is_actor(face) else face
    if mesh is None:
        return "Bake the rig first: curves move its shape keys"
    keys = mesh.data.shape_keys
    if keys is None:
        return "This character has no shape keys: retarget onto it, or make ARKit's shapes first"
    if is_linked(keys):
        return "This rig is linked from another file: make a library override of it first"
    return ""


def without_names(context: bpy.types.Context) -> str:
    """Also: no shape key has one of ARKit's names. Cheap."""
    if text := reason(context):
        return text
    face = target_object(context)
    mesh = rig_of(face) if storage.is_actor(face) else face
    if known_curves(mesh.data.shape_keys):
        return ""
    if storage.is_actor(face):
        return "This rig has its own expressions only: Make ARKit Shapes gives it those that curves play on"
    return "No shape key is named like ARKit's (jawOpen, eyeBlinkLeft, ...): retarget onto this character"


def find_target(context: bpy.types.Context) -> Target:
    """The rig of the active object; one that has ARKit's shapes beside the actor's own now plays those.

    Raises:
        LiveError: nothing of it can be moved by ARKit's names.
    """
    if text := reason(context):
        raise LiveError(text)
    face = target_object(context)
    is_actor = storage.is_actor(face)
    if is_actor and shape_sets.has_both(face):
        shape_sets.show(face, shape_sets.ARKIT)
    mesh = rig_of(face) if is_actor else face
    armature = rig_armature_of(face) if is_actor else armature_of(mesh)
    channels, left_alone = find_channels(mesh)
    if is_actor and shape_sets.has_both(face):  # the actor's own are muted on purpose
        own = shape_keys.baked_names(mesh.data)
        left_alone = [name for name in left_alone if name not in own]
    beside, _left_out = find_companions(mesh, armature, context.scene)
    taken = {(channel.owner, channel.path) for channel in channels}
    for other in beside:
        more, _ = find_channels(other, f"{other.name}/")
        channels += [c for c in more if (c.owner, c.path) not in taken]
    if not channels:
        raise LiveError(
            f"No shape key of {mesh.name} is named like ARKit's (jawOpen, eyeBlinkLeft, ...): make ARKit's shapes, or "
            "retarget a recording onto it"
        )
    is_ours = is_actor or (armature is not None and armature == face.aim.retarget.armature)
    head, eyes = find_turned_bones(mesh, armature, is_ours, beside)
    keyed = is_actor and armature is not None and not is_linked(armature)
    return Target(
        mesh.name,
        Ref.of(face),
        Ref.of(mesh),
        Ref.of(armature) if armature else None,
        tuple(channels),
        head,
        eyes,
        jaw_of_shapes(face, mesh, channels, context.scene) if keyed else None,
        keyed,
        tuple(left_alone),
    )


def eyes_of_curves(curves: Curves) -> np.ndarray | None:
    """Turns [T, 2, 3] of both eyes as a recording tells them, by columns of its own or the curves of the look."""
    told = look_of_curves(curves.names, curves.values)
    if curves.eyes is None:
        return None if told is None else look_angles(told)
    return look_angles(turned_like(curves.eyes, told))


def _eyes_of(values: Mapping[str, float]) -> Sequence[Sequence[float]] | None:
    """Turns [2, 3] of both eyes by the curves of the look, where a frame has no turns of its own."""
    look = look_of_curves([*values], np.array([[*values.values()]], float).reshape(1, -1))
    return None if look is None else look_angles(look[0])


def _free_from_target(armature: bpy.types.Object) -> None:
    """Let the eyes turn by themselves, not to their target; what shapes of the look show, lids do not show twice."""
    if not find_bone(armature, TARGET):
        return
    target = pose_bone(armature, TARGET)
    if target.get(eye_bones.LOOK_AT, 0.0) != 0.0:
        target[eye_bones.LOOK_AT] = 0.0
