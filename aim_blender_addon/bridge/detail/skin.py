# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rig's mesh carries of its detail: vectors of the rest shape, where lines open, shares of regions."""

from collections.abc import Mapping

import bpy
import numpy as np

from ... import words
from ...backend.detail.compression import SkinStrain
from ...backend.detail.skin_regions import REGIONS
from ...backend.geometry.mesh import Mesh
from ..data import attributes
from ..data.meshes import read_polygons
from ..data.shape_keys import read_points
from ..rig.objects import rig_of
from .nodes import CHANNELS, COLOURS, START, VECTORS, WIDTH
from .regions import SHARES, STRENGTH


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
    obj: bpy.types.Object,
    axis: np.ndarray,
    start: np.ndarray,
    width: float,
    shares: Mapping[str, np.ndarray],
) -> None:
    """Write what stays as it is while the face moves.

    Args:
        obj: the rig's mesh.
        axis: [3] the direction of 0 degrees, in the object's space.
        start: [V] compression at which lines open.
        width: compression over which they open.
        shares: [V] by region, how much each vertex belongs to it.
    """
    vectors = SkinStrain.of(rest_mesh(obj), axis).vectors
    for number, name in enumerate(VECTORS):
        attributes.write_attribute(obj.data, name, vectors[:, number].astype(np.float32), 'FACE')
    count = len(obj.data.vertices)
    values = np.zeros((count, 3 * len(SHARES)), np.float32)
    for number, name in enumerate(REGIONS):
        values[:, number] = shares.get(name, 0.0)
    values /= np.maximum(values.sum(axis=1, keepdims=True), 1e-9)
    for number, name in enumerate(SHARES):
        attributes.write_attribute(obj.data, name, values[:, 3 * number : 3 * number + 3])
    attributes.write_attribute(obj.data, START, np.asarray(start, np.float32))
    attributes.write_attribute(obj.data, WIDTH, np.full(count, width, np.float32))
    obj.data.update()


def edited(face: bpy.types.Object) -> str:
    """A sentence where the mesh of a face's rig is no longer the one its detail was made for, or nothing."""
    settings, mesh = face.aim.detail, rig_of(face).data
    if (len(mesh.polygons), len(mesh.vertices)) == (settings.faces, settings.vertices):
        return ""
    text = "{rig} had {before} faces when its detail was made and has {now} now: make the detail again, or undo"
    return words.report(text, rig=rig_of(face).name, before=settings.faces, now=len(mesh.polygons))


def read_shares(mesh: bpy.types.Mesh) -> np.ndarray | None:
    """[V, R] shares of the regions in the order of ``REGIONS``; None where an attribute is missing."""
    parts = [attributes.read_vectors(mesh, name) for name in SHARES]
    if any(part is None for part in parts):
        return None
    return np.concatenate(parts, axis=1)[:, : len(REGIONS)].astype(np.float64)


def is_whole(mesh: bpy.types.Mesh) -> bool:
    """Whether a mesh still carries all of it; cheap enough for draw."""
    return all(name in mesh.attributes for name in (*VECTORS, *SHARES, START, WIDTH))


def remove_skin(mesh: bpy.types.Mesh) -> None:
    """Take everything of the detail off a mesh."""
    for name in (*VECTORS, *SHARES, START, WIDTH, STRENGTH, CHANNELS, COLOURS):
        attributes.remove_attribute(mesh, name)
