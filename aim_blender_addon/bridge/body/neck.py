# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the bones of a body move the neck of a face: read off the body's meshes, in the face's millimetres.

A body is read as it rests, whatever its pose: its rest bones, its meshes without modifiers, its shape keys as they
stand.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree

from ...backend.body import seam as seams
from ...backend.body.names import neck_chain
from ...backend.geometry.mesh import Mesh, fan_triangles
from ...backend.geometry.mirror import barycentric
from ..data import groups, shape_keys
from ..data.meshes import read_polygons, transform
from ..rig.armature import tip_matrix
from . import bodies

#: Bones that hold less than this of every vertex are left out.
_NOTHING = 1e-5


@dataclass(frozen=True)
class BodySkin:
    """All meshes of a body as one, at rest.

    Attributes:
        points: [B, 3] mm, head space of the face.
        triangles: [T, 3].
        weights: [G, B] of the body's bones, which sum to one.
        bones: their G names.
        preserves: the body keeps its volume when it twists (dual quaternions).
    """

    points: np.ndarray
    triangles: np.ndarray
    weights: np.ndarray
    bones: tuple[str, ...]
    preserves: bool


@dataclass(frozen=True)
class NeckWeights:
    """How bones of a body move the skin of a face.

    Attributes:
        share: [V] of the body; the rest is the face's own.
        weights: [V] by bone of the body, and joint of a bending bone; they sum to one where there is a share.
        gap: [N] mm from each vertex of the border to the body's skin; empty without a mesh.
        preserves: as in :class:`BodySkin`.
    """

    share: np.ndarray
    weights: dict[tuple[str, int], np.ndarray]
    gap: np.ndarray
    preserves: bool


def read_body(
    body: bpy.types.Object,
    meshes: list[bpy.types.Object],
    head: str,
    to_head: np.ndarray,
) -> BodySkin | None:
    """The skin of a body; None where it has no mesh with faces.

    Args:
        body: its armature.
        meshes: moved by it.
        head: bone that moves vertices without weights.
        to_head: [4, 4] from the world to the face's head space, mm.
    """
    bones = tuple(bone.name for bone in body.data.bones if bone.use_deform or bone.name == head)
    row_of = {name: row for row, name in enumerate(bones)}
    points, triangles, weights, preserves, start = [], [], [], False, 0
    for obj in meshes:
        corners, sizes = read_polygons(obj.data)
        if not len(corners):
            continue
        some = transform(_rest_points(obj), to_head @ _rest_world(obj, body))
        points.append(some)
        triangles.append(fan_triangles(corners, sizes) + start)
        weights.append(_weights(obj, body, row_of, head))
        modifier = bodies.modifier_of(obj, body)
        preserves |= modifier is not None and modifier.use_deform_preserve_volume
        start += len(some)
    if not points:
        return None
    return BodySkin(
        np.concatenate(points).astype(np.float64),
        np.concatenate(triangles),
        np.concatenate(weights, axis=1),
        bones,
        preserves,
    )


def nearest_on(skin: BodySkin, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights [G, N] of a body's bones at the places nearest to points [N, 3] mm, and how far these are [N] mm."""
    tree = BVHTree.FromPolygons(skin.points.tolist(), skin.triangles.tolist(), all_triangles=True)
    found = [tree.find_nearest(point) for point in points.tolist()]
    corners = skin.triangles[[one[2] for one in found]]
    places = np.array([one[0] for one in found], np.float64)
    share = barycentric(skin.points[corners], places)
    far = np.array([one[3] for one in found], np.float64)
    return np.einsum("nk,gnk->gn", share, skin.weights[:, corners]), far


def weigh(
    mesh: Mesh,
    seam: seams.Seam,
    width: float,
    body: bpy.types.Object,
    head: str,
    skin: BodySkin | None,
    to_head: np.ndarray,
) -> NeckWeights:
    """How a body moves the neck of a face.

    Args:
        mesh: the face's skin, mm, head space.
        seam: of it.
        width: of the blend, mm.
        body: its armature.
        head: the bone that carries the skull.
        skin: of the body, or None.
        to_head: [4, 4] from the world to head space, mm.
    """
    share = seam.share(width)
    inside = np.flatnonzero(share > 0)
    points = mesh.vertices[inside].astype(np.float64)
    gap = np.zeros(0)
    if skin is not None:
        bones, preserves = skin.bones, skin.preserves
        found, far = nearest_on(skin, points)
        gap = far[seam.border[inside]]
    else:
        neck, chest = neck_chain(head, bodies.bones_of(body))
        bones, preserves = tuple(name for name in (chest, *neck, head) if name), False
        ends = np.array([_ends(body, name, to_head) for name in bones])
        found = seams.by_distance(points, ends[:, 0], ends[:, 1])
    weights = np.zeros((len(bones), len(share)))
    weights[:, inside] = found
    used = np.flatnonzero(weights.max(axis=1) > _NOTHING)
    weights = seams.smoothed(weights[used], seam, share)
    weights = weights / np.maximum(weights.sum(axis=0), 1e-9)
    split: dict[tuple[str, int], np.ndarray] = {}
    for row, number in enumerate(used):
        name = bones[number]
        start, end = _ends(body, name, to_head)
        parts = seams.on_segments(mesh.vertices, start, end, body.data.bones[name].bbone_segments)
        for joint, part in parts:
            if (weights[row] * part * (share > 0)).max() > _NOTHING:
                split[name, joint] = weights[row] * part
    return NeckWeights(share, split, gap, preserves)


def _ends(body: bpy.types.Object, name: str, to_head: np.ndarray) -> np.ndarray:
    """[2, 3] head and tail of a bone at rest, mm."""
    bone = body.data.bones[name]
    ends = np.array([bone.head_local, bone.tail_local], np.float64)
    matrix = to_head @ np.array(body.matrix_world, np.float64)
    return ends @ matrix[:3, :3].T + matrix[:3, 3]


def _rest_world(obj: bpy.types.Object, body: bpy.types.Object) -> np.ndarray:
    """[4, 4] the world matrix of a mesh object while its armature rests."""
    if not bodies.hangs_on(obj, body):
        return np.array(obj.matrix_world, np.float64)
    parts = (obj.matrix_parent_inverse, obj.matrix_basis)
    inverse, basis = (np.array(part, np.float64) for part in parts)
    return np.array(body.matrix_world) @ tip_matrix(body, obj.parent_bone) @ inverse @ basis


def _rest_points(obj: bpy.types.Object) -> np.ndarray:
    """[V, 3] a mesh without its modifiers, with its shape keys as they stand."""
    keys = obj.data.shape_keys
    if keys is None or shape_keys.is_absolute(obj):
        points = np.empty((len(obj.data.vertices), 3), np.float32)
        obj.data.attributes["position"].data.foreach_get("vector", points.ravel())
        return points
    points = shape_keys.read_points(keys.reference_key).astype(np.float64)
    for block in keys.key_blocks:
        if block == keys.reference_key or block.mute or not block.value:
            continue
        moved = block.value * shape_keys.difference(block).astype(np.float64)
        held = groups.read_group(obj, block.vertex_group)
        points += moved if held is None else moved * held[:, None]
    return points


def _weights(
    obj: bpy.types.Object, body: bpy.types.Object, row_of: dict[str, int], head: str
) -> np.ndarray:
    """[G, V] of the body's bones; they sum to one."""
    weights = np.zeros((len(row_of), len(obj.data.vertices)))
    if bodies.modifier_of(obj, body) is None:
        weights[row_of.get(obj.parent_bone, row_of[head])] = 1.0
        return weights
    names = [group.name for group in obj.vertex_groups if group.name in row_of]
    if names:
        weights[[row_of[name] for name in names]] = groups.read_groups(obj, names)
    total = weights.sum(axis=0)
    weights[row_of[head], total <= 1e-4] = 1.0
    return weights / np.where(total > 1e-4, total, 1.0)
