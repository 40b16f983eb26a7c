# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouths and eyes that a rig was given: what it has of its own, the new objects and their colours."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.geometry.mesh import Mesh
from ..data.head_space import mm_per_unit
from ..data.linked import is_linked
from ..data.meshes import fill_mesh, flipped, read_data, transform
from . import lids
from .attaching import at_rest
from .objects import armature_of, check_mode, part_collection, rig_collection
from .parts import loose_parts, to_head

#: Custom property of an object and of its mesh: the kind of piece that was made.
KIND = "aim_inside"
#: Colour (scene-linear) and roughness of what the faces of a kind show.
_LOOKS = {
    "teeth": (("Teeth", (0.80, 0.74, 0.62), 0.25),),
    "gums": (("Gums", (0.52, 0.16, 0.15), 0.35),),
    "tongue": (("Tongue", (0.50, 0.14, 0.13), 0.45),),
    "lining": (("Mouth Lining", (0.26, 0.05, 0.05), 0.5),),
    "eyes": (
        ("Sclera", (0.80, 0.77, 0.74), 0.1),
        ("Iris", (0.10, 0.17, 0.20), 0.1),
        ("Pupil", (0.004, 0.004, 0.004), 0.1),
    ),
    "lashes": (("Lashes", (0.02, 0.013, 0.01), 0.7),),
}


@dataclass(frozen=True)
class NewPiece:
    """A piece to be made an object: its ``kind``, ``mesh`` (mm, head space) and what each face ``shows`` [F]."""

    kind: str
    mesh: Mesh
    shows: np.ndarray


def meshes_of_others(face: bpy.types.Object, context: bpy.types.Context) -> list[Mesh]:
    """What hangs on a rig or lies loose in its head, but was not made here; mm, head space.

    Raises:
        RigError: one is in a mode in which its mesh cannot be read.
    """
    armature = armature_of(face)
    others = [
        obj for obj in [*_attached(face), *loose_parts(face, context)] if made_kind(obj) is None
    ]
    for obj in others:
        check_mode(obj)
    with at_rest(armature):
        space = to_head(face, context)
        return [read_data(obj, space) for obj in others]


def made_pieces(face: bpy.types.Object) -> list[bpy.types.Object]:
    """The objects that were made here for a face or its rig, or for a character, and are still there."""
    armature = armature_of(face)
    return [
        obj
        for obj in (*(armature.children if armature else ()), *face.children)
        if made_kind(obj) is not None and obj.users_collection and not is_linked(obj)
    ]


def made_kind(obj: bpy.types.Object) -> str | None:
    """The kind of an object that was made here; None for any other, and where its mesh was replaced."""
    kind = obj.get(KIND)
    return kind if obj.type == 'MESH' and kind is not None and obj.data.get(KIND) == kind else None


def replace_pieces(
    face: bpy.types.Object,
    pieces: Sequence[NewPiece],
    kinds: Collection[str],
    context: bpy.types.Context,
) -> list[bpy.types.Object]:
    """New objects for pieces, instead of those of the ``kinds`` that were made before; not attached yet."""
    remove_pieces(made_pieces(face), kinds)
    armature = armature_of(face)
    collection = part_collection(
        rig_collection(face, context), "inside", f"{face.name} Mouth and Eyes"
    )
    with at_rest(armature):
        carrier = armature.matrix_world.copy()
    mm = mm_per_unit(face, context.scene)
    made = []
    for piece in pieces:
        obj = new_object(piece, face.name, np.diag([1 / mm, 1 / mm, 1 / mm, 1.0]), collection)
        obj.matrix_world = carrier
        made.append(obj)
    return made


def remove_pieces(objects: Sequence[bpy.types.Object], kinds: Collection[str]) -> None:
    """Take pieces of the ``kinds`` away that were made before."""
    for obj in objects:
        if made_kind(obj) in kinds:
            data = obj.data
            bpy.data.objects.remove(obj)
            if data.users == 0:
                bpy.data.meshes.remove(data)


def new_object(
    piece: NewPiece, owner: str, to_own: np.ndarray, collection: bpy.types.Collection
) -> bpy.types.Object:
    """A new object of a piece for the face named ``owner``; ``to_own`` [4, 4] leads from the piece to its own space."""
    name = f"{owner} {piece.mesh.name.title()}"
    data = bpy.data.meshes.new(name)
    mesh = piece.mesh.with_vertices(transform(piece.mesh.vertices, to_own))
    fill_mesh(data, flipped(mesh) if np.linalg.det(to_own[:3, :3]) < 0 else mesh)
    for look in _LOOKS[piece.kind]:
        data.materials.append(_material(*look))
    if len(data.polygons) == len(piece.shows):
        data.polygons.foreach_set("material_index", np.ascontiguousarray(piece.shows, np.int32))
    obj = bpy.data.objects.new(name, data)
    obj[KIND] = data[KIND] = piece.kind
    collection.objects.link(obj)
    return obj


def _attached(face: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes that hang on the rig of a face and are neither its own nor hidden helpers."""
    own = {face, face.aim.rig}
    return [
        obj
        for obj in armature_of(face).children
        if obj.type == 'MESH'
        and obj not in own
        and obj.aim.face_object != face
        and lids.OUTSIDE not in obj
        and obj.users_collection
        and len(obj.data.vertices)
    ]


def _material(
    name: str, colour: tuple[float, float, float], roughness: float
) -> bpy.types.Material:
    """The material ``name``, as the user may have changed it; a new one shows its colour in every view."""
    name = f"AIM {name}"
    material = bpy.data.materials.get(name)
    if material is not None:
        return material
    material = bpy.data.materials.new(name)
    material.diffuse_color = (*colour, 1)
    material.roughness = roughness
    if material.node_tree is None:
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    return material
