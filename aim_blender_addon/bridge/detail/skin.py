# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rig's mesh carries of its detail: vectors of the rest shape, where lines open, strengths of regions."""

import bpy
import numpy as np

from ... import words
from ...backend.detail.compression import SkinStrain
from ...backend.geometry.mesh import Mesh
from ..data import attributes
from ..data.kept import read_bytes
from ..data.meshes import read_polygons
from ..data.shape_keys import read_points
from ..rig.objects import rig_of
from .nodes import CHANNELS, COLOURS, START, VECTORS, WIDTH

#: Attribute of the points: what heights are multiplied by.
STRENGTH = "aim_detail_strength"
#: Custom properties of the mesh: the start [V] float32 as it was fitted, and shares of regions [V, R] uint8 of 255.
_START, _SHARES = "aim_detail_start", "aim_detail_shares"


def rest_mesh(obj: bpy.types.Object) -> Mesh:
    """The mesh of an object at rest, without modifiers, in its own space and units."""
    corners, sizes = read_polygons(obj.data)
    keys = obj.data.shape_keys
    if keys is not None:
        points = read_points(keys.reference_key)
    else:
        points = np.empty((len(obj.data.vertices), 3), np.float32)
        obj.data.attributes["position"].data.foreach_get("vector", points.ravel())
    return Mesh(points, corners, sizes, obj.name)


def write_skin(
    obj: bpy.types.Object, axis: np.ndarray, start: np.ndarray, shares: np.ndarray
) -> None:
    """Write what stays as it is while the face moves.

    Args:
        obj: the rig's mesh.
        axis: [3] the direction of 0 degrees, in the object's space.
        start: [V] compression at which lines open.
        shares: [V, R] how much each vertex belongs to each region.
    """
    vectors = SkinStrain.of(rest_mesh(obj), axis).vectors
    for number, name in enumerate(VECTORS):
        attributes.write_attribute(obj.data, name, vectors[:, number].astype(np.float32), 'FACE')
    remove_kept(obj.data)  # Blender cuts bytes at the first zero when they replace other bytes
    obj.data[_START] = np.ascontiguousarray(start, np.float32).tobytes()
    obj.data[_SHARES] = np.round(np.clip(shares, 0, 1) * 255).astype(np.uint8).tobytes()


def write_regions(
    obj: bpy.types.Object, width: float, strengths: np.ndarray, responses: np.ndarray
) -> bool:
    """Write strength, start and width at each point, for strengths [R] and responses [R] of the regions.

    A response r opens lines at 1 / r of the compression: start and width are divided by it.

    Returns:
        Whether the mesh still has the vertices that its regions are known of.
    """
    start, shares = read_kept(obj.data, len(strengths))
    if start is None or shares is None or len(start) != len(obj.data.vertices):
        return False
    response = np.exp(shares @ np.log(np.maximum(responses, 1e-3)))
    values = {
        STRENGTH: shares @ strengths,
        START: start / response,
        WIDTH: width / response,
    }
    for name, value in values.items():
        attributes.write_attribute(obj.data, name, value.astype(np.float32))
    obj.data.update()
    return True


def edited(face: bpy.types.Object) -> str:
    """A sentence where the mesh of a face's rig is no longer the one its detail was made for, or nothing."""
    settings, mesh = face.aim.detail, rig_of(face).data
    if (len(mesh.polygons), len(mesh.vertices)) == (settings.faces, settings.vertices):
        return ""
    text = "{rig} had {before} faces when its detail was made and has {now} now: make the detail again, or undo"
    return words.report(text, rig=rig_of(face).name, before=settings.faces, now=len(mesh.polygons))


def read_kept(mesh: bpy.types.Mesh, regions: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Start [V] and shares [V, R] as they were made; None where they are missing or not of one length."""
    start, shares = read_bytes(mesh, _START), read_bytes(mesh, _SHARES)
    if start is None or shares is None or len(start) % 4 or not regions:
        return None, None
    known = np.frombuffer(start, np.float32).astype(np.float64)
    if len(shares) != len(known) * regions:
        return None, None
    parts = np.frombuffer(shares, np.uint8).reshape(-1, regions) / 255.0
    return known, parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-9)


def remove_kept(mesh: bpy.types.Mesh) -> None:
    """Forget start and shares."""
    for key in (_START, _SHARES):
        if key in mesh:
            del mesh[key]


def remove_skin(mesh: bpy.types.Mesh) -> None:
    """Take everything of the detail off a mesh."""
    remove_kept(mesh)
    for name in (*VECTORS, START, WIDTH, STRENGTH, CHANNELS, COLOURS):
        attributes.remove_attribute(mesh, name)
