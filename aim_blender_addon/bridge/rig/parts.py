# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects inside a head: which they are, where they lie under the skin, and hanging them on the rig with weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree

from ...backend.anatomy.eyes.find import find_eyes
from ...backend.anatomy.hanging.binding import Binding, Places
from ...backend.anatomy.hanging.roots import bind
from ...backend.anatomy.jaw.joint import JawJoint
from ...backend.anatomy.mouth_parts import BOTH, Attachment, Part, attach_parts
from ...backend.anatomy.worn import OverSkin
from ...backend.errors import RigError
from ...backend.geometry.mesh import Mesh
from ...backend.model.aim import AimModel
from ..data.head_space import mm_per_unit
from ..data.linked import is_foreign, is_linked
from ..data.meshes import read_data, transform
from ..data.shape_keys import is_absolute
from ..data.storage import face_of
from . import carried, hair
from .attaching import HARD, at_rest, attach_to_bone
from .objects import armature_of, check_mode, rig_of
from .own_bones import JAW

#: An object further from the skin than this is none of the head's, as a fraction of the head's size.
_FAR = 0.5
#: An object whose space is smaller than this has no inside.
_FLAT = 1e-24


def loose_parts(
    face: bpy.types.Object, context: bpy.types.Context, linked: bool = False
) -> list[bpy.types.Object]:
    """The mesh objects inside the head of a baked face that are to be seen and hang on nothing but its neutral.

    Those that are linked from another file are not among them; with ``linked`` these alone.
    """
    space = to_head(face, context)
    skin = _points(face.aim.rig, space)
    low, high = skin.min(axis=0), skin.max(axis=0)
    found = []
    for obj in context.view_layer.objects:
        if face_of(obj) or obj.type != 'MESH' or not obj.visible_get():
            continue
        if is_linked(obj) != linked:
            continue
        is_tied = obj.parent not in {None, face} or any(m.type == 'ARMATURE' for m in obj.modifiers)
        if is_tied or not len(obj.data.vertices):
            continue
        points = _points(obj, space)
        if (points > low).all() and (points < high).all():
            found.append(obj)
    return found


def attach_objects(
    face: bpy.types.Object,
    objects: Sequence[bpy.types.Object],
    model: AimModel,
    context: bpy.types.Context,
    carries: bool = True,
) -> list[Attachment]:
    """Let mesh objects move with the rig of ``face`` as anatomy has it, by weights for each vertex.

    What hangs on the skin also follows its shapes, and hair curves are held by it. All this takes the place of whatever
    attached the objects to this rig before.

    Args:
        face, objects, model, context: the neutral, what is attached, the face's model, and where.
        carries: at once; without, :func:`carried.carry_keys` has to follow.

    Raises:
        RigError: an object cannot be attached; then none is.
    """
    armature, rig = armature_of(face), rig_of(face)
    curves = [obj for obj in objects if obj.type == 'CURVES']
    objects = [obj for obj in objects if obj not in curves]
    for obj in curves:
        hair.check_hair(obj, rig)
    for obj in objects:
        check_part(obj, armature)
    _check_skin(rig, model, face)
    seen = _see(face, objects, model, context)
    for obj, mesh in zip(objects, seen.meshes, strict=True):
        _check_near(obj, mesh, model.neutral, face)
    with at_rest(armature):
        for obj in curves:
            hair.attach_hair(obj, rig)
    found, bindings = seen.attachments, seen.bindings()
    for obj, attachment, binding, space in zip(objects, found, bindings, seen.spaces, strict=True):
        own, share = attachment.jaw_weight, binding.follow
        of_skin = np.clip(binding.of_skin(seen.jaw_weight), 0, 1)
        carried.release(obj)
        attach_to_bone(obj, armature, JAW, (1 - share) * own + share * of_skin)
        obj[HARD] = not (attachment.pieces[BOTH] or share.any())
        if share.any():
            carried.hang(obj, binding, space, seen.skin_space)
    if carries:
        carried.carry_keys(rig)
    return found


def hang_again(face: bpy.types.Object, model: AimModel, context: bpy.types.Context) -> list[str]:
    """Bind what hangs on a rig's skin again, as after an update of its mesh; names of what cannot follow any more."""
    rig = rig_of(face)
    objects = [obj for obj in carried.pieces(rig) if not is_foreign(obj)]
    if objects:
        seen = _see(face, objects, model, context)
        for obj, binding, space in zip(objects, seen.bindings(), seen.spaces, strict=True):
            carried.hang(obj, binding, space, seen.skin_space)
    return carried.carry_keys(rig)


@dataclass(frozen=True)
class Seen:
    """Objects on a head in rest.

    Attributes:
        meshes: of the objects; mm, head space.
        skin: of the rig.
        jaw_weight: [S] of the skin.
        joint: of the jaw.
        spaces: [4, 4] from each object's own space to head space.
        skin_space: the same of the skin.
    """

    meshes: Sequence[Mesh]
    skin: Mesh
    jaw_weight: np.ndarray
    joint: JawJoint
    spaces: Sequence[np.ndarray]
    skin_space: np.ndarray

    @cached_property
    def places(self) -> list[Places]:
        """The nearest places of the skin to the vertices of each object."""
        tree = tree_of(self.skin)
        return [nearest_places(mesh.vertices, self.skin, tree) for mesh in self.meshes]

    @cached_property
    def attachments(self) -> list[Attachment]:
        """What the objects move with."""
        parts, over_skin = [], OverSkin(self.skin, self.joint.head_axes, self.joint.length)
        for mesh, at in zip(self.meshes, self.places, strict=True):
            weight = (at.weights * self.jaw_weight[at.corners]).sum(axis=1)
            parts.append(Part(mesh, at.distance, weight, over_skin))
        return attach_parts(parts, self.joint)

    def bindings(self) -> list[Binding]:
        """How the objects hang on the skin; eyes do not."""
        eyes = find_eyes(self.meshes, self.joint).vertices
        bindings = []
        for mesh, at, found, of_eyes in zip(
            self.meshes, self.places, self.attachments, eyes, strict=True
        ):
            outside = found.outside.copy()
            for vertices in of_eyes.values():
                outside[vertices] = False
            kinds = outside, found.soft
            bindings.append(bind(mesh, self.skin, at, kinds, self.joint.length))
        return bindings


def _see(
    face: bpy.types.Object,
    objects: Sequence[bpy.types.Object],
    model: AimModel,
    context: bpy.types.Context,
) -> Seen:
    rig, armature = rig_of(face), armature_of(face)
    with at_rest(armature):
        space = to_head(face, context)
        spaces = [space @ np.array(obj.matrix_world, np.float64) for obj in (rig, *objects)]
        skin, *meshes = (read_data(obj, space) for obj in (rig, *objects))
    return Seen(meshes, skin, model.evaluate().jaw_weight, model.joint, spaces[1:], spaces[0])


def check_part(obj: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Make sure that weights and shape keys can be written to an object, and that nothing else moves it.

    Raises:
        RigError: they cannot.
    """
    name = obj.name
    if obj.type != 'MESH':
        raise RigError(f"{name} is no mesh; attach it as a whole with Attach to Face Bone.")
    if not len(obj.data.vertices):
        raise RigError(f"{name} has no vertices; leave it out of the selection.")
    check_mode(obj)
    if is_foreign(obj):
        raise RigError(f"{name} is linked from another file; make it and its mesh local first.")
    if obj.data.users > 1:
        raise RigError(
            f"{name} shares its mesh with another object; make it a single user "
            "(Object > Relations), as the weights are kept on the mesh."
        )
    if is_absolute(obj):
        raise RigError(
            f"The shape keys of {name} are absolute, and take turns in time: turn on Relative in its shape keys first."
        )
    if abs(np.linalg.det(np.array(obj.matrix_world, np.float64)[:3, :3])) < _FLAT:
        raise RigError(f"{name} is scaled to nothing: give it a scale along each axis first.")
    for modifier in obj.modifiers:
        if modifier.type == 'ARMATURE' and modifier.object not in {armature, None}:
            raise RigError(
                f"{name} is moved by {modifier.object.name} already; remove its modifier "
                f"{modifier.name} first, or leave it out of the selection."
            )


def _check_skin(rig: bpy.types.Object, model: AimModel, face: bpy.types.Object) -> None:
    """Make sure that objects can hang on the skin of a rig as it is now."""
    check_mode(rig)
    if len(rig.data.vertices) != len(model.neutral.vertices):
        raise RigError(
            f"{rig.name} has other vertices than the model of {face.name}: press Update Rig first."
        )
    if is_absolute(rig):
        raise RigError(
            f"The shape keys of {rig.name} are absolute: press Make Keys Relative first."
        )


def _check_near(obj: bpy.types.Object, mesh: Mesh, neutral: Mesh, face: bpy.types.Object) -> None:
    low, high = neutral.vertices.min(axis=0), neutral.vertices.max(axis=0)
    middle = (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)) / 2
    off = np.linalg.norm(middle - np.clip(middle, low, high))
    if not off <= _FAR * np.linalg.norm(high - low):
        raise RigError(
            f"{obj.name} lies {off:.0f} mm away from {face.name}; move it to its place in the "
            "head first, or leave it out of the selection."
        )


def to_head(face: bpy.types.Object, context: bpy.types.Context) -> np.ndarray:
    """[4, 4] float64: world to the head space of the rig, in millimetres; the rig may have been moved as a whole."""
    mm = mm_per_unit(face, context.scene)
    carrier = np.array(armature_of(face).matrix_world, np.float64)
    return np.diag([mm, mm, mm, 1.0]) @ np.linalg.inv(carrier)


def _points(obj: bpy.types.Object, to_head: np.ndarray) -> np.ndarray:
    """[V, 3] float32 mm: the vertices of a mesh object without its modifiers; in Edit Mode as they were before it."""
    flat = np.empty((len(obj.data.vertices), 3), np.float32)
    if obj.data.is_editmode:  # its attributes are not there meanwhile
        obj.data.vertices.foreach_get("co", flat.ravel())
    else:
        obj.data.attributes["position"].data.foreach_get("vector", flat.ravel())
    return transform(flat, to_head @ np.array(obj.matrix_world))


def tree_of(skin: Mesh) -> BVHTree:
    """The tree in which :func:`nearest_places` looks; it takes longer to make than to ask."""
    return BVHTree.FromPolygons(skin.vertices.tolist(), skin.triangles.tolist(), all_triangles=True)


def nearest_places(points: np.ndarray, skin: Mesh, tree: BVHTree | None = None) -> Places:
    """The nearest places of a skin to points [N, 3] mm; ``tree`` is the skin's, where it was made already."""
    corners, triangles = skin.vertices.astype(np.float64), skin.triangles
    tree = tree or tree_of(skin)
    nearest = [tree.find_nearest(point) for point in points.tolist()]
    at = np.array([found[0] for found in nearest], np.float64).reshape(-1, 3)
    own = triangles[[found[2] for found in nearest]].reshape(-1, 3)
    first, second, third = (corners[own[:, k]] for k in range(3))
    across = np.cross(second - first, third - first)
    size = np.maximum((across**2).sum(axis=1), 1e-20)
    weights = np.stack(
        [
            (np.cross(third - second, at - second) * across).sum(axis=1) / size,
            (np.cross(first - third, at - third) * across).sum(axis=1) / size,
            (np.cross(second - first, at - first) * across).sum(axis=1) / size,
        ],
        axis=1,
    )
    weights = np.clip(weights, 0, 1) + 1e-9
    distance = np.array([found[3] for found in nearest], np.float64)
    return Places(own, weights / weights.sum(axis=1, keepdims=True), distance)
