# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scans of a face: its list in the .blend, and what they are as meshes in head space."""

from collections.abc import Iterable
from dataclasses import dataclass

import bpy

from ...backend.errors import AimError, BonesError, ScanError
from ...backend.geometry.mesh import Mesh
from ..data import storage
from ..data.head_space import HeadSpace, head_space
from ..data.linked import is_foreign, is_linked
from ..data.meshes import read_objects, read_shape_keys


@dataclass(frozen=True)
class FaceMeshes:
    """A face as it is read: the frame, the neutral, and the scans in use, in the list's order."""

    space: HeadSpace
    neutral: Mesh
    expressions: tuple[Mesh, ...]


def read_face(
    face: bpy.types.Object, context: bpy.types.Context, space: HeadSpace | None = None
) -> FaceMeshes:
    """The neutral and all scans that are in use.

    Raises:
        ScanError: a scan was deleted or is in Edit Mode.
    """
    require_object_mode(face)
    space = space or head_space(face, context)
    scans = [scan for scan in face.aim.scans if scan.use]
    names = [scan.name for scan in scans]
    if face.aim.scan_source == 'SHAPE_KEYS':
        neutral, meshes = read_shape_keys(face, [scan.shape_key for scan in scans], space, context)
    else:
        objects = [_scan_object(scan) for scan in scans]
        neutral, *meshes = read_objects([face, *objects], space, context)
    expressions = [
        mesh.with_vertices(mesh.vertices, name) for mesh, name in zip(meshes, names, strict=True)
    ]
    return FaceMeshes(space, neutral, tuple(expressions))


def read_neutral(face: bpy.types.Object, context: bpy.types.Context, space: HeadSpace) -> Mesh:
    """The neutral alone."""
    require_object_mode(face)
    if face.aim.scan_source == 'SHAPE_KEYS':
        return read_shape_keys(face, [], space, context)[0]
    return read_objects([face], space, context)[0]


def read_bones(
    face: bpy.types.Object, context: bpy.types.Context, space: HeadSpace
) -> tuple[Mesh, Mesh] | None:
    """Skull and jaw as picked, or None when neither is.

    Raises:
        BonesError: one of the two is missing, was deleted, or both are the same object.
    """
    skull, jaw = face.aim.skull, face.aim.jaw
    if skull is None and jaw is None:
        return None
    if skull is None or jaw is None:
        missing = "skull" if skull is None else "jaw"
        raise BonesError(
            f"The {missing} of {face.name} is not picked: pick it, or press Estimate Bones."
        )
    if skull == jaw:
        raise BonesError(
            f"Skull and jaw of {face.name} are the same object: separate cranium and mandible into two."
        )
    for bone in (skull, jaw):
        if not storage.in_scene(bone):
            raise BonesError(
                f"The bone {bone.name} was deleted, or was not brought along from another file: pick another, or undo."
            )
        require_object_mode(bone)
    skull_mesh, jaw_mesh = read_objects([skull, jaw], space, context)
    return skull_mesh, jaw_mesh


def require_object_mode(obj: bpy.types.Object) -> None:
    """Refuse an object in Edit Mode: its changes are not in the mesh yet, and what is written would be lost."""
    if obj.mode == 'EDIT':
        raise ScanError(f"{obj.name} is in Edit Mode: leave it first.")


def require_alive(face: bpy.types.Object) -> None:
    """Refuse a face that was deleted: pointers to it keep its data, but nobody sees it."""
    if not storage.in_scene(face):
        raise AimError(f"{face.name} was deleted meanwhile, so the result was dropped.")


def require_own_data(obj: bpy.types.Object) -> None:
    """Refuse an object or mesh that comes from another file, as what is written to it is not saved."""
    if is_foreign(obj):
        raise AimError(
            f"{obj.name} is linked from another file: make it local first "
            "(Object > Relations > Make Local > Selected Objects and Data)."
        )


def add_object_scans(
    face: bpy.types.Object,
    scans: Iterable[tuple[str, bpy.types.Object]],
    context: bpy.types.Context,
) -> None:
    """Append scans, given as name and mesh object, to a face; the face becomes one."""
    storage.make_face(face, context)
    face.aim.scan_source = 'OBJECTS'
    for name, obj in scans:
        entry = face.aim.scans.add()
        entry.name = name
        entry.object = obj
        storage.own(face, obj)
    face.aim.active_scan = max(len(face.aim.scans) - 1, 0)


def set_shape_key_scans(
    face: bpy.types.Object, names: Iterable[str], context: bpy.types.Context
) -> None:
    """Let the shape keys ``names`` be the scans of ``face``, in place of the list it had."""
    clear_scans(face)
    storage.make_face(face, context)
    face.aim.scan_source = 'SHAPE_KEYS'
    for name in names:
        entry = face.aim.scans.add()
        entry.name = name
        entry.shape_key = name


def remove_scan(face: bpy.types.Object, index: int) -> None:
    """Take one scan off the list; its object stays where it is."""
    disown(face, face.aim.scans[index].object)
    face.aim.scans.remove(index)
    face.aim.active_scan = min(face.aim.active_scan, max(len(face.aim.scans) - 1, 0))


def clear_scans(face: bpy.types.Object) -> None:
    """Empty the list; a face without a model is then none any more."""
    for scan in face.aim.scans:
        disown(face, scan.object)
    face.aim.scans.clear()
    face.aim.active_scan = 0
    face.aim.is_face = storage.has_model(face)


def disown(face: bpy.types.Object, part: bpy.types.Object | None) -> None:
    """Undo :func:`storage.own`."""
    if part is not None and not is_linked(part) and part.aim.face_object == face:
        part.aim.face_object = None


def is_missing(scan: bpy.types.PropertyGroup, face: bpy.types.Object) -> bool:
    """Whether what the list entry names is gone; cheap enough for draw."""
    if face.aim.scan_source == 'SHAPE_KEYS':
        keys = face.data.shape_keys
        return keys is None or scan.shape_key not in keys.key_blocks
    return not storage.in_scene(scan.object)


def _scan_object(scan: bpy.types.PropertyGroup) -> bpy.types.Object:
    if not storage.in_scene(scan.object):
        raise ScanError(
            f"The object of scan {scan.name} was deleted, or was not brought along from another file: remove it from "
            "the list, undo, or bring it in too."
        )
    require_object_mode(scan.object)
    return scan.object
