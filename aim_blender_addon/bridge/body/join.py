# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A face joined to a body, and separated again.

The face keeps its own armature, so takes, controls and updates of the rig go on as before. What changes: the armature
object hangs on the body's, the skull bone on a carrier of the body's head bone, and the neck of the skin gets carriers
of the body's neck bones by weights. The body is only read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import bpy
import numpy as np
from mathutils import Matrix

from ... import compat
from ...backend.anatomy.jaw.joint import JawJoint
from ...backend.body import seam as seams
from ...backend.body.names import SIDES, neck_chain
from ...backend.errors import RigError
from ...backend.geometry.mesh import Mesh
from ...backend.geometry.topology import border_vertices, component_labels, triangle_edges
from ..data.head_space import mm_per_unit
from ..data.meshes import read_data
from ..rig.armature import rest_matrix
from ..rig.attaching import at_rest
from ..rig.objects import armature_of, check_can_write, check_mode, rig_of
from ..rig.own_bones import EYES, JAW, SKULL, TARGET, bone_data_path, bone_name, find_bone
from ..rig.parts import to_head
from . import bodies, carriers, neck, skin
from .carriers import CHEST, HEAD, Carried, Carrier

#: A face may be so far from its body, in radii of its neck: with a mesh, and by bones alone.
_FAR, _FAR_BONES = 0.5, 1.5
#: Necks that differ by more than this factor are not of the same unit.
_UNLIKE = 2.0
#: Shape keys that move the border by less than this, mm, leave no gap that shows.
_STILL = 0.1


@dataclass(frozen=True)
class JoinOptions:
    """How a face is joined to a body.

    Attributes:
        body: the armature.
        mesh: the only mesh that is read, or None for all that the armature moves.
        bones: of the body.
        width: over which the neck goes from the body's to the face's, mm.
        jaw: the body's jaw bone moves the face's.
        eyes: and its eyes the face's.
        move: the face goes to where the body's neck is.
    """

    body: bpy.types.Object
    mesh: bpy.types.Object | None
    bones: bodies.BodyBones
    width: float
    jaw: bool
    eyes: bool
    move: bool


@dataclass(frozen=True)
class Joined:
    """A face as it was joined.

    Attributes:
        head: the body's bone that carries it.
        necks: the body's bones that move its neck.
        meshes: how many meshes of the body were read.
        gap_mm: largest distance of the neck's border from the body's skin.
        moved_mm: how far the face went.
        is_open: its neck has a border.
        moving: shape keys that move the border, and by how many mm.
        plays_head: its Action moves the skull bone.
    """

    head: str
    necks: tuple[str, ...]
    meshes: int
    gap_mm: float
    moved_mm: float
    is_open: bool
    moving: Mapping[str, float] = field(default_factory=dict)
    plays_head: bool = False


def is_joined(armature: bpy.types.Object | None) -> bool:
    """Whether a face's armature is on a body, or was on one that is gone; cheap enough for draw and poll."""
    return armature is not None and bool(carriers.find_carriers(armature))


def body_of(armature: bpy.types.Object) -> bpy.types.Object | None:
    """The body that a face's armature is joined to, unless it was deleted."""
    body = armature.aim.body_join.body
    return body if body is not None and body.users_scene else None


def join(
    face: bpy.types.Object, joint: JawJoint, options: JoinOptions, context: bpy.types.Context
) -> Joined:
    """Join a face to a body, or anew with other settings.

    Args:
        face: the neutral.
        joint: of its jaw: which way is up.
        options: see there.
        context: to work in.

    Raises:
        RigError: it cannot be; then nothing is changed.
    """
    rig, armature, body = rig_of(face), armature_of(face), options.body
    check_mode(context.active_object)
    check_can_write(rig, armature)
    _check_body(body, armature, context)
    _check_mapping(armature, options)
    context.view_layer.update()
    with at_rest(armature):
        space = to_head(face, context)
        mesh = read_data(rig, space)
    seam = seams.find_seam(mesh, joint.head_axes[2], max(options.width, 1.0))
    meshes = [options.mesh] if options.mesh is not None else bodies.meshes_of(body, context)
    there = neck.read_body(body, meshes, options.bones.head, space)
    step = np.zeros(3)
    if options.move:
        step = _step(face, body, mesh, seam, there, options.bones.head, space)
        space = space @ _shift(-step)
        there = neck.read_body(body, meshes, options.bones.head, space)
    weights = neck.weigh(mesh, seam, options.width, body, options.bones.head, there, space)
    _check_near(face, body, mesh, seam, weights.gap, options.bones.head, space)

    moving = skin.moving_the_border(rig, seam.border, mm_per_unit(face, context.scene), _STILL)
    plays_head = _plays_head(armature)
    if is_joined(armature):
        separate(face, context)
    _hang(armature, body, step, context)
    wanted = _carriers(armature, body, options, weights)
    eyes = tuple(side for side in SIDES if f"{EYES[side]} within" in wanted)
    carried = Carried(f"{JAW} within" in wanted, eyes, CHEST in wanted)
    named = carriers.write_carriers(armature, body, wanted, carried, context)
    named.setdefault(skin.key_of(options.bones.head, 0), named[HEAD])
    skin.write_neck(rig, armature, weights, named)
    armature.aim.body_join.body = body
    context.view_layer.update()
    return Joined(
        options.bones.head,
        tuple(dict.fromkeys(bone for bone, _joint in weights.weights)),
        len(meshes) if there is not None else 0,
        seams.worst_and_middle(weights.gap)[0],
        float(np.linalg.norm(step)) * _mm_of_world(space),
        seam.is_open,
        moving,
        plays_head,
    )


def separate(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Take a face off its body; it stays where it stands, and its weights are what they were.

    Raises:
        RigError: the rig cannot be changed.
    """
    rig, armature = rig_of(face), armature_of(face)
    check_mode(context.active_object)
    check_can_write(rig, armature)
    kept = armature.aim.body_join
    if rig is not None:
        skin.restore(rig, armature)
    carriers.remove_carriers(armature, context)
    world = armature.matrix_world.copy()
    before = kept.parent if kept.parent is not None and kept.parent.users_scene else None
    armature.parent = before
    armature.parent_type = 'OBJECT'
    if before is not None and kept.parent_bone and kept.parent_bone in before.data.bones:
        armature.parent_type, armature.parent_bone = 'BONE', kept.parent_bone
    if before is not None:
        armature.matrix_parent_inverse = Matrix(np.reshape(kept.parent_inverse, (4, 4)).tolist())
    context.view_layer.update()
    armature.matrix_world = world
    kept.body = kept.parent = None
    kept.parent_bone = ""
    context.view_layer.update()


def _check_body(
    body: bpy.types.Object, armature: bpy.types.Object, context: bpy.types.Context
) -> None:
    if body.type != 'ARMATURE':
        raise RigError(f"{body.name} is no armature: pick the armature of the body.")
    if not bodies.can_be_body(body):
        raise RigError(f"{body.name} is the rig of a face: pick the armature of the body.")
    if context.scene not in body.users_scene:
        raise RigError(f"{body.name} is not in this scene: link it, or pick another body.")
    check_mode(body)
    above = body
    while above is not None:
        if above == armature:
            raise RigError(f"{body.name} hangs on {armature.name}: clear its parent first.")
        above = above.parent
    for obj in (body, armature):
        if abs(np.linalg.det(np.array(obj.matrix_world, np.float64)[:3, :3])) < 1e-18:
            raise RigError(f"{obj.name} is scaled to nothing: set its scale.")


def _check_mapping(armature: bpy.types.Object, options: JoinOptions) -> None:
    if options.jaw and not options.bones.jaw:
        raise RigError(
            f"{options.body.name} has no jaw bone that is known: pick one, or let the face's controls move the jaw."
        )
    if options.eyes and not any(find_bone(armature, bone) for bone in EYES.values()):
        raise RigError(
            "The face has no bones for its eyes: press Make Eyes first, or let the face's controls move the eyes."
        )
    if options.eyes and not options.bones.eyes:
        raise RigError(
            f"{options.body.name} has no eye bones that are known: pick them, or let the face's controls move the eyes."
        )


def _check_near(
    face: bpy.types.Object,
    body: bpy.types.Object,
    mesh: Mesh,
    seam: seams.Seam,
    gap: np.ndarray,
    head: str,
    space: np.ndarray,
) -> None:
    radius = seams.ring_radius(mesh.vertices[seam.border])
    if len(gap):
        far, most = seams.worst_and_middle(gap)[1], _FAR * radius
    else:
        far = float(
            np.linalg.norm(
                _at(body, head, space) - _at(armature_of(face), bodies.face_skull(face), space)
            )
        )
        most = _FAR_BONES * radius
    if far > most:
        raise RigError(
            f"The neck of {face.name} is {far:.0f} mm away from {body.name}: turn on Move to Body, or move one of them "
            "first."
        )


def _step(
    face: bpy.types.Object,
    body: bpy.types.Object,
    mesh: Mesh,
    seam: seams.Seam,
    there: neck.BodySkin | None,
    head: str,
    space: np.ndarray,
) -> np.ndarray:
    """[3] in the world: from the neck of a face to that of a body; by their bones where the body has no border."""
    ring = mesh.vertices[seam.border].astype(np.float64)
    at = _at(body, head, space)
    rings = _borders(there, seams.ring_radius(ring)) if there is not None and seam.is_open else []
    if rings:
        target = min(rings, key=lambda one: np.linalg.norm(one.mean(axis=0) - at))
        times = seams.ring_radius(target) / seams.ring_radius(ring)
        if not 1 / _UNLIKE < times < _UNLIKE:
            raise RigError(
                f"The neck of {body.name} is {times:.3g} times as wide as that of {face.name}: scale one of them first."
            )
        off = target.mean(axis=0) - ring.mean(axis=0)
    else:
        off = at - _at(armature_of(face), bodies.face_skull(face), space)
    return np.linalg.inv(space)[:3, :3] @ off


def _borders(there: neck.BodySkin, radius: float) -> list[np.ndarray]:
    """Borders [N, 3] of a body's meshes that are rings of some size, mm."""
    count = len(there.points)
    on_border = border_vertices(there.triangles, count)
    edges, uses = np.unique(triangle_edges(there.triangles), axis=0, return_counts=True)
    labels = component_labels(count, edges[uses == 1])
    rings = [there.points[on_border & (labels == loop)] for loop in np.unique(labels[on_border])]
    size = np.ptp(there.points, axis=0).max()
    return [
        one for one in rings if len(one) > 5 and seams.ring_radius(one) > 0.01 * min(size, radius)
    ]


def _at(armature: bpy.types.Object, bone: str, space: np.ndarray) -> np.ndarray:
    """[3] mm in head space: where a bone begins at rest."""
    point = np.append(rest_matrix(armature, bone)[:3, 3], 1.0)
    return (space @ np.array(armature.matrix_world, np.float64) @ point)[:3]


def _shift(step: np.ndarray) -> np.ndarray:
    made = np.eye(4)
    made[:3, 3] = step
    return made


def _mm_of_world(space: np.ndarray) -> float:
    return float(np.cbrt(abs(np.linalg.det(space[:3, :3]))))


def _hang(
    armature: bpy.types.Object,
    body: bpy.types.Object,
    step: np.ndarray,
    context: bpy.types.Context,
) -> None:
    """Let the face's armature object move with the body's, and keep what it hung on."""
    kept = armature.aim.body_join
    kept.parent = armature.parent
    is_bone = armature.parent is not None and armature.parent_type == 'BONE'
    kept.parent_bone = armature.parent_bone if is_bone else ""
    kept.parent_inverse = np.array(armature.matrix_parent_inverse).ravel().tolist()
    world = _shift(step) @ np.array(armature.matrix_world, np.float64)
    armature.parent, armature.parent_type, armature.parent_bone = body, 'OBJECT', ""
    armature.matrix_parent_inverse = body.matrix_world.inverted_safe()
    context.view_layer.update()
    armature.matrix_world = Matrix(world.tolist())
    context.view_layer.update()


def _carriers(
    armature: bpy.types.Object,
    body: bpy.types.Object,
    options: JoinOptions,
    weights: neck.NeckWeights,
) -> dict[str, Carrier]:
    """The carriers of a face on a body, by key."""
    to_armature = np.linalg.inv(np.array(armature.matrix_world, np.float64)) @ np.array(
        body.matrix_world, np.float64
    )
    rest, length = carriers.bone_rest(armature, bone_name(armature, SKULL))
    bones = options.bones
    wanted = {HEAD: Carrier(bones.head, rest, length, deforms=True)}
    for bone, joint in weights.weights:
        if bone == bones.head and body.data.bones[bone].bbone_segments == 1:
            continue  # the head's carrier does that
        wanted[skin.key_of(bone, joint)] = Carrier(
            bone, _joint_rest(body, bone, joint, to_armature, rest), 0.2 * length, deforms=True
        )
    chest = neck_chain(bones.head, bodies.bones_of(body))[1]
    target = find_bone(armature, TARGET)
    if chest and target:
        wanted[CHEST] = Carrier(chest, *carriers.bone_rest(armature, target))
    inner = {JAW: bones.jaw} if options.jaw else {}
    if options.eyes:
        inner |= {
            EYES[side]: bone for side, bone in bones.eyes.items() if find_bone(armature, EYES[side])
        }
    for own, bone in inner.items():
        place, size = carriers.bone_rest(armature, bone_name(armature, own))
        pivot = (to_armature @ np.append(rest_matrix(body, bone)[:3, 3], 1.0))[:3]
        place = carriers.within(place, pivot)
        wanted[own] = Carrier(bone, place, size)
        wanted[f"{own} within"] = Carrier("", place, size, lies_on=own)
    return wanted


def _joint_rest(
    body: bpy.types.Object, bone: str, joint: int, to_armature: np.ndarray, like: np.ndarray
) -> np.ndarray:
    """[4, 4] where a carrier of a bone's joint rests: at that joint, since there a bending bone moves as it does."""
    found = body.data.bones[bone]
    ends = np.array([found.head_local, found.tail_local], np.float64)
    place = ends[0] + (joint / max(found.bbone_segments, 1)) * (ends[1] - ends[0])
    rest = like.copy()
    rest[:3, 3] = (to_armature @ np.append(place, 1.0))[:3]
    return rest


def _plays_head(armature: bpy.types.Object) -> bool:
    """Whether an Action of the armature moves the skull bone."""
    animation = armature.animation_data
    if animation is None:
        return False
    playing = [animation.action] if animation.action else []
    playing += [s.action for t in animation.nla_tracks if not t.mute for s in t.strips if s.action]
    path = f"{bone_data_path(armature, SKULL)}."
    return any(
        curve.data_path.startswith(path) and len({p.co[1] for p in curve.keyframe_points}) > 1
        for action in playing
        for curve in compat.all_curves(action)
    )
