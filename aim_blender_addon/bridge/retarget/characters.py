# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces of any kind as retargeting reads them: an actor's model, or a character's mesh with its shape keys.

A character is read as it was modelled: without modifiers, bones and values of shape keys, in the space of its object
with location and rotation undone (head space, see ``data.head_space``).
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

import bpy
import numpy as np

from ... import words
from ...backend.errors import RetargetError
from ...backend.geometry.mesh import Mesh
from ...backend.io.model_file import StoredModel
from ...backend.retargeting.sources import FaceSource, MeshFace, ModelFace, SampleFace
from ..controls.keys import control_keys
from ..data import shape_keys, storage
from ..data.driven_keys import driver_of, handed_on
from ..data.evaluating import evaluated
from ..data.groups import read_group
from ..data.head_space import head_space
from ..data.meshes import read_data, transform
from ..face.landmarks import corrected_landmarks
from ..rig.objects import rig_of
from .pieces import face_of_piece


@dataclass(frozen=True)
class Character:
    """A mesh with shape keys, in millimetres of its head space.

    Attributes:
        mesh: at rest.
        matrix: [4, 4] from the object's own space to there.
        names: of the shape keys that can be used.
        shapes: [N, V, 3] float32 their displacements at one.
        limits: [N] largest values.
        channels: owner and data path to animate, of shape keys that one property drives.
        left_alone: shape keys that something else moves, or that are muted.
    """

    mesh: Mesh
    matrix: np.ndarray
    names: tuple[str, ...] = ()
    shapes: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 3), np.float32))
    limits: np.ndarray = field(default_factory=lambda: np.zeros(0))
    channels: dict[str, tuple[bpy.types.ID, str]] = field(default_factory=dict)
    left_alone: tuple[str, ...] = ()


def target_object(context: bpy.types.Context) -> bpy.types.Object | None:
    """What a performance is played on: the face the active object belongs to, or the active character's mesh.

    An eyeball, teeth, lashes or a control object stands for the face whose piece it is.
    """
    obj = context.active_object
    if obj is None:
        return None
    if (face := storage.face_of(obj)) is not None:
        return face
    owner = obj.aim.face_object  # of a landmark or an armature of ours
    if owner is not None and storage.in_scene(owner):
        return owner
    if obj.type == 'ARMATURE':
        return skinned_by(obj, context)
    if (whole := face_of_piece(obj, context.scene)) is not None:
        return whole
    return obj if obj.type == 'MESH' else None


def no_target_reason(context: bpy.types.Context) -> str:
    """What to do where nothing active can be played on."""
    return hidden_reason(context) or "Select the character to be animated first"


def hidden_reason(context: bpy.types.Context) -> str:
    """How to show a character that is hidden, so that nobody can select it; "" where there is none."""
    hidden = [
        obj
        for obj in context.scene.objects
        if obj.type == 'MESH' and not obj.visible_get() and has_shapes(obj)
    ]
    most = max(hidden, key=lambda obj: (_count(obj), len(obj.data.vertices)), default=None)
    if most is None:
        return ""
    text = "{name} is hidden: turn on its eye and screen in the Outliner, and its collection's, then select it"
    return words.report(text, name=most.name)


def played_on(target: bpy.types.Object) -> bpy.types.Object | None:
    """The mesh whose shape keys a performance moves: a character's own, or an actor's rig; None before it is baked."""
    return rig_of(target) if storage.is_actor(target) else target


def skinned_by(armature: bpy.types.Object, context: bpy.types.Context) -> bpy.types.Object | None:
    """The mesh of most shape keys, then vertices, that an armature moves."""
    found = [
        obj
        for obj in context.scene.objects
        if obj.type == 'MESH'
        and any(m.type == 'ARMATURE' and m.object == armature for m in obj.modifiers)
    ]
    return max(found, key=lambda obj: (_count(obj), len(obj.data.vertices)), default=None)


def has_shapes(obj: bpy.types.Object) -> bool:
    """Whether a mesh has shape keys beside its rest that no retargeting made; cheap enough for draw."""
    keys = obj.data.shape_keys
    return keys is not None and len(keys.key_blocks) > 1 + len(_ours(keys))


def read_character(
    obj: bpy.types.Object,
    context: bpy.types.Context,
    with_shapes: bool = True,
    to_read: bool = False,
) -> Character:
    """A mesh object as it was modelled, with its shape keys or without.

    Args:
        obj: the mesh.
        context: to evaluate in.
        with_shapes: read its shape keys, too.
        to_read: they are only looked at, so that it does not matter what moves them.

    Raises:
        RetargetError: it is in Edit Mode or has no faces.
    """
    if obj.mode == 'EDIT':
        raise RetargetError(f"{obj.name} is in Edit Mode: leave it first")
    if not len(obj.data.polygons):
        raise RetargetError(f"{obj.name} has no faces: choose the character's face mesh")
    space = head_space(obj, context)
    with evaluated(context, [obj]) as (twin,):
        matrix = space.from_world() @ np.array(twin.matrix_world, np.float64)
    mesh = read_data(obj, matrix @ np.linalg.inv(np.array(obj.matrix_world, np.float64)))
    keys = obj.data.shape_keys
    if keys is None:
        return Character(mesh, matrix)
    rest = shape_keys.read_points(keys.reference_key)
    mesh = mesh.with_vertices(transform(rest, matrix))
    if not with_shapes:
        return Character(mesh, matrix)
    usable, channels, left_alone = usable_keys(keys, _ours(keys), to_read)
    shapes = [_displacement(obj, key) @ matrix[:3, :3].T for key in usable]
    return Character(
        mesh,
        matrix,
        tuple(key.name for key in usable),
        np.array(shapes, np.float32).reshape(len(usable), len(rest), 3),
        np.array([max(key.slider_max, 0.0) for key in usable]),
        channels,
        tuple(left_alone),
    )


def face_source(
    obj: bpy.types.Object,
    context: bpy.types.Context,
    with_shapes: bool = True,
    as_mesh: bool = False,
    to_read: bool = False,
) -> tuple[ModelFace | MeshFace, Character | None]:
    """A face as retargeting takes it, and the character it is.

    Args:
        obj: the neutral of an actor with a model, or a mesh.
        context: to evaluate in.
        with_shapes: of a character, send its shape keys too.
        as_mesh: an actor's neutral is no more than its mesh, too.
        to_read: a character's shape keys are only looked at.
    """
    landmarks = corrected_landmarks(obj, head_space(obj, context), context)
    if storage.is_actor(obj) and not as_mesh:
        model = StoredModel(storage.model_bytes(obj), obj.name)
        return ModelFace(model, landmarks, obj.name), None
    character = read_character(obj, context, with_shapes, to_read)
    shapes = character.shapes if character.names else None
    mesh = character.mesh.with_vertices(character.mesh.vertices, obj.name)
    return MeshFace(mesh, character.names, shapes, landmarks, obj.name), character


def fingerprint(source: FaceSource, target: FaceSource) -> str:
    """A short text that changes with what a correspondence depends on: both meshes, and landmarks moved by hand."""
    hashed = hashlib.sha256()
    for face in (source, target):
        landmarks = {} if isinstance(face, SampleFace) else face.landmarks
        for name in sorted(landmarks):
            hashed.update(f"{name} {np.round(landmarks[name], 2).tolist()}".encode())
        if isinstance(face, ModelFace):
            hashed.update(face.model.data)
        if isinstance(face, MeshFace):
            for array in (face.mesh.face_sizes, face.mesh.face_vertices, face.mesh.vertices):
                hashed.update(array.tobytes())
    return hashed.hexdigest()[:16]


def _count(obj: bpy.types.Object) -> int:
    return len(obj.data.shape_keys.key_blocks) if obj.data.shape_keys else 0


def _ours(keys: bpy.types.Key) -> set[str]:
    """Shape keys that retargeting or solving made, and those of face controls."""
    made = shape_keys.listed_names(keys, shape_keys.RETARGETED)
    return {
        *made,
        *control_keys(keys).values(),
        *shape_keys.listed_names(keys, shape_keys.CORRECTIVES),
    }


def usable_keys(
    keys: bpy.types.Key, left_out: Collection[str], to_read: bool = False
) -> tuple[list[bpy.types.ShapeKey], dict[str, tuple[bpy.types.ID, str]], list[str]]:
    """Shape keys to animate; where, of those that one property drives; and names of those left alone.

    Args:
        keys: of a mesh.
        left_out: names that do not count.
        to_read: they are only looked at, so that it does not matter what moves them.
    """
    usable, channels, left_alone = [], {}, []
    for key in keys.key_blocks:
        if key == keys.reference_key or key.name in left_out:
            continue
        curve = None if to_read else driver_of(keys, key.name)
        channel = handed_on(curve) if curve is not None else None
        if key.mute or (curve is not None and channel is None):
            left_alone.append(key.name)
            continue
        if channel is not None:
            channels[key.name] = channel
        usable.append(key)
    return usable, channels, left_alone


def _displacement(obj: bpy.types.Object, key: bpy.types.ShapeKey) -> np.ndarray:
    """[V, 3] what a shape key adds at one, in the object's own space."""
    moved = shape_keys.difference(key)
    weights = read_group(obj, key.vertex_group)
    return moved if weights is None else moved * weights[:, None]
