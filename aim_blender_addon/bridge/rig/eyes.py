# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes of a rig: found among its meshes or guessed, hung on bones of their own, with lids that follow.

An eyeball may be an object of its own, a piece of a mesh that is attached to the rig, or a piece of the skin's mesh.
The balls are kept on the armature, so that an update of the rig makes the same eyes again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.anatomy.eyes.ball import Ball
from ...backend.anatomy.eyes.find import SIDES, FoundEyes, find_eyes, vertices_of
from ...backend.anatomy.eyes.lids import facets_mm
from ...backend.anatomy.eyes.outside import outside_of
from ...backend.anatomy.jaw.joint import JawJoint
from ...backend.errors import RigError
from ...backend.geometry.mesh import Mesh
from ...backend.model.aim import AimModel
from ..data import groups, shape_keys
from ..data.head_space import mm_per_unit
from ..data.meshes import read_data
from . import eye_bones, lid_keys, lids
from .attaching import at_rest, attach_to_bone
from .carried import carry_keys
from .moved import parts_of
from .objects import (
    armature_of,
    check_can_write,
    check_mode,
    part_collection,
    rig_collection,
    rig_of,
)
from .own_bones import EYES, JAW, SKULL, bone_name, find_bone
from .parts import check_part, loose_parts, to_head
from .still_eyes import hold_still
from .weights import weights_of_others

#: A ball whose points are off by more than this fraction of its radius is not round.
_ROUND = 0.02


@dataclass(frozen=True)
class MadeEyes:
    """Eyes of a rig as they were made.

    Attributes:
        balls: by side.
        objects: names of the objects that hold an eyeball.
        guessed: sides whose ball was guessed from the lids.
        shut: sides whose lids are shut at rest or not there, so that they do not follow.
        not_round: sides whose eyeball is no ball.
        held: shapes of the rig that moved eyeballs of its own mesh, and do no more.
    """

    balls: Mapping[str, Ball]
    objects: Sequence[str]
    guessed: Sequence[str]
    shut: Sequence[str]
    not_round: Sequence[str]
    held: Sequence[str] = ()


def make_eyes(
    face: bpy.types.Object,
    model: AimModel,
    objects: Sequence[bpy.types.Object],
    context: bpy.types.Context,
    guessed: Mapping[str, Ball] | None = None,
) -> MadeEyes:
    """Give the rig of a face bones that turn its eyes, and lids that follow them.

    Args:
        face: the neutral.
        model: its model.
        objects: in which eyeballs are looked for; empty for all that are attached or loose in the head.
        context: to work in.
        guessed: balls for sides without an eyeball, mm, head space.

    Raises:
        RigError: there is no eye, or something cannot be changed; then nothing is.
    """
    rig, armature = rig_of(face), armature_of(face)
    check_mode(context.active_object)
    check_can_write(rig, armature)
    looked_at = list(objects) or [*parts_of(face), *loose_parts(face, context)]
    for obj in objects:
        check_part(obj, armature)
    for obj in looked_at:
        check_mode(obj)
    with at_rest(armature):
        space = to_head(face, context)
        meshes = [read_data(obj, space) for obj in (rig, *looked_at)]
    found = find_eyes(meshes, model.joint)
    if not objects and len(found.balls) < len(SIDES):
        _refuse_linked(face, model.joint, found, context)
    balls = {**{s: b for s, b in (guessed or {}).items() if s not in found.balls}, **found.balls}
    if not balls:
        raise RigError(
            f"No eyeball was found in {face.name}: select the objects with its eyes, or press Estimate from Lids"
        )
    for obj, vertices in zip(looked_at, found.vertices[1:], strict=True):
        if any(len(some) for some in vertices.values()):
            check_part(obj, armature)
    _keep(armature, balls, found)
    return _write(face, model.joint, balls, found, [rig, *looked_at], meshes, context)


def update_eyes(
    face: bpy.types.Object, model: AimModel, context: bpy.types.Context
) -> MadeEyes | None:
    """Make the eyes of a rig again, as after an update of its mesh; None where it has none.

    Eyeballs that are there are found anew; for the others the ball that is kept counts.
    """
    armature = armature_of(face)
    if armature is None or not eye_bones.has_eyes(armature):
        return None
    return make_eyes(face, model, (), context, kept_balls(armature))


def kept_balls(armature: bpy.types.Object) -> dict[str, Ball]:
    """The balls of a rig's eyes by side, mm, head space."""
    kept = {side: getattr(armature.aim, f"{EYES[side]}_ball") for side in SIDES}
    return {
        side: Ball(np.array(values[:3], np.float64), values[3], values[4])
        for side, values in kept.items()
        if values[3] > 0
    }


def _keep(armature: bpy.types.Object, balls: Mapping[str, Ball], found: FoundEyes) -> None:
    for side in SIDES:
        ball = balls.get(side)
        values = (*ball.centre, ball.radius, ball.error_mm) if ball is not None else (0.0,) * 5
        setattr(armature.aim, f"{EYES[side]}_ball", values)


def _write(
    face: bpy.types.Object,
    joint: JawJoint,
    balls: Mapping[str, Ball],
    found: FoundEyes,
    objects: Sequence[bpy.types.Object],
    meshes: Sequence[Mesh],
    context: bpy.types.Context,
) -> MadeEyes:
    rig, armature = objects[0], armature_of(face)
    axes, mm = joint.head_axes, mm_per_unit(face, context.scene)
    collection = rig_collection(face, context)
    widgets = part_collection(collection, "handles", f"{rig.name} Handles")
    with at_rest(armature):
        eye_bones.write_bones(armature, balls, axes, mm, context)
        eye_bones.set_handles(armature, balls, mm, widgets)
        holding = [
            (obj, vertices)
            for obj, vertices in zip(objects, found.vertices, strict=True)
            if any(len(some) for some in vertices.values())
        ]
        for obj, vertices in holding:
            _hang(obj, rig, armature, vertices)
        held = hold_still(rig, armature, _made_shapes(rig))
        is_skin = np.ones(len(meshes[0].vertices), bool)
        for some in found.vertices[0].values():
            is_skin[some] = False
        own = np.array(rig.matrix_world, np.float64)
        skin = lids.RigSkin(rig, meshes[0], is_skin, to_head(face, context) @ own)
        shut = []
        for side, ball in balls.items():
            mesh, vertices = vertices_of(found, meshes, side)
            outside = outside_of(ball, mesh, vertices, axes)
            eye = lids.Eye(side, ball, outside, facets_mm(mesh, vertices, ball))
            if not lids.write_lids(skin, armature, eye, axes, mm, widgets):
                shut.append(side)
        for side in set(SIDES) - set(balls):
            lid_keys.remove_keys(rig, side)
            lid_keys.write_shut(armature, None, side, [])
            lids.remove_lids(rig, side)
    carry_keys(rig)
    context.view_layer.update()
    return MadeEyes(
        balls,
        [obj.name for obj, _vertices in holding],
        [side for side in balls if side not in found.balls],
        shut,
        [side for side, ball in found.balls.items() if ball.error_mm > _ROUND * ball.radius],
        held,
    )


def _refuse_linked(
    face: bpy.types.Object, joint: JawJoint, found: FoundEyes, context: bpy.types.Context
) -> None:
    """Name an eyeball of a side without one that cannot turn, as it is linked from another file.

    Raises:
        RigError: there is one.
    """
    linked = loose_parts(face, context, linked=True)
    space = to_head(face, context)
    also = find_eyes([read_data(obj, space) for obj in linked], joint)
    for obj, vertices in zip(linked, also.vertices, strict=True):
        if any(len(some) for side, some in vertices.items() if side not in found.balls):
            raise RigError(
                f"{obj.name} is an eyeball that is linked from another file: Object > Relations > Make Local > "
                "Selected Objects and Data, then press Make Eyes again"
            )


def _made_shapes(rig: bpy.types.Object) -> list[str]:
    """The shape keys of a rig that are none of the user's: of scans, of ARKit, and correctives of takes."""
    keys = rig.data.shape_keys
    more = (
        shape_keys.listed_names(keys, kind) for kind in (shape_keys.ARKIT, shape_keys.CORRECTIVES)
    )
    return [name for names in (shape_keys.baked_names(rig.data), *more) for name in names]


def _hang(
    obj: bpy.types.Object,
    rig: bpy.types.Object,
    armature: bpy.types.Object,
    vertices: Mapping[str, np.ndarray],
) -> None:
    """Let the vertices of eyes turn with their bones; all others move with what moved them before."""
    skull, jaw = bone_name(armature, SKULL), bone_name(armature, JAW)
    count = len(obj.data.vertices)
    has_weights = any(m.type == 'ARMATURE' and m.object == armature for m in obj.modifiers)
    if obj != rig and not has_weights:
        on_jaw = obj.parent_type == 'BONE' and obj.parent_bone == jaw
        attach_to_bone(obj, armature, JAW, np.full(count, float(on_jaw)))
    weights = dict(zip((skull, jaw), groups.read_groups(obj, (skull, jaw)), strict=True))
    for side, name in ((side, find_bone(armature, EYES[side])) for side in SIDES):
        if not name:
            continue
        turned = np.zeros(count, np.float32)
        turned[vertices.get(side, [])] = 1.0
        weights[name] = turned
        for bone in (skull, jaw):
            weights[bone] = weights[bone] * (1 - turned)
    others = weights_of_others(obj, armature, set(weights))  # such as those of a body at the neck
    left_over = 1 - others - sum(weights.values())  # of vertices that were an eye's before
    weights[skull] = weights[skull] + np.clip(left_over, 0, 1)
    groups.write_groups(obj, weights)
