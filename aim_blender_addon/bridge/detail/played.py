# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig whose detail is played into maps: what its images, UV and attributes say, in millimetres."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np

from ...backend.detail.compression import Response, SkinStrain
from ...backend.detail.plain_skin import PlainSkin
from ...backend.detail.played_actor import PlayedActor
from ...backend.detail.player import DetailPlayer
from ...backend.detail.uv import Chart, UvMap, tile_of
from ...backend.errors import RigError
from ...backend.geometry.mesh import Mesh
from ...backend.shape_names import ARKIT
from ..data.attributes import read_attribute, read_uv
from ..data.groups import read_groups
from ..data.meshes import transform
from ..data.playing import play
from ..data.shape_keys import read_points
from ..rig import shape_jaw
from ..rig.objects import armature_of, rig_of
from ..rig.own_bones import JAW, bone_name
from . import images, nodes, regions, skin


@dataclass(frozen=True)
class PlayedFrame:
    """The rig at a frame.

    Attributes:
        number: of the scene.
        vertices: [V, 3] float32 mm, in the rig's own space.
        channels: [V, 4] directed compression.
        strength: [V] of the regions, as they are keyed.
    """

    number: int
    vertices: np.ndarray
    channels: np.ndarray
    strength: np.ndarray


def played_actor(face: bpy.types.Object) -> PlayedActor:
    """The rig of a face as its detail is played now, with the strengths that are set.

    Raises:
        AimError: the mesh was edited since, an image or the UV map is gone, or the UV cannot be used.
    """
    settings, rig = face.aim.detail, rig_of(face)
    if changed := skin.edited(face):
        raise RigError(f"{changed}.")
    constant, compressed = images.read_maps(face)
    rest = skin.rest_mesh(rig)
    neutral = rest.with_vertices(rest.vertices / np.float32(settings.units_per_mm))
    chart = Chart.of(
        neutral, UvMap.of(neutral, _uv(rig, settings.uv_map)), None, tile_of(settings.tile_made)
    )
    strength, response = _of_regions(rig)
    strain = _strain(rig, rest)
    per_mm = np.float32(settings.units_per_mm)
    return PlayedActor(
        neutral,
        chart.uv,
        DetailPlayer(constant, compressed, PlainSkin.of(neutral, chart, len(constant))),
        lambda vertices: strain.channels(vertices * per_mm, response),
        strength * settings.strength,
        settings.pores,
    )


def read_frames(
    face: bpy.types.Object, numbers: Sequence[int], context: bpy.types.Context
) -> Iterator[PlayedFrame]:
    """The rig frame by frame, as Blender evaluates it, while the scene that is shown stays where it is.

    Raises:
        AimError: the modifier is gone or does not compute, or the scene was replaced meanwhile.
    """
    rig, settings = rig_of(face), face.aim.detail
    if nodes.modifier_of(rig) is None:
        raise RigError(f"The modifier AIM Detail of {rig.name} is gone: press Mend Detail first.")
    per_mm = np.float32(settings.units_per_mm)
    for row, (twin,) in play([rig], numbers, context, change=_only_skin):
        mesh = twin.data
        attribute = mesh.attributes.get(nodes.CHANNELS)
        if attribute is None or len(mesh.vertices) != settings.vertices:
            raise RigError(
                f"The modifier AIM Detail of {rig.name} does not see its skin: press Mend Detail first."
            )
        channels = np.empty((len(mesh.vertices), 4), np.float32)
        attribute.data.foreach_get("color", channels.ravel())
        points = np.empty((len(mesh.vertices), 3), np.float32)
        mesh.attributes["position"].data.foreach_get("vector", points.ravel())
        strength = read_attribute(mesh, regions.STRENGTH)
        yield PlayedFrame(
            numbers[row], points / per_mm, channels, strength * np.float32(settings.strength)
        )


def arkit_shapes(face: bpy.types.Object) -> dict[str, np.ndarray]:
    """[V, 3] mm of each of ARKit's shapes that the rig has, alone at one, with what it does to the jaw.

    Raises:
        RigError: the rig has none.
    """
    rig, armature = rig_of(face), armature_of(face)
    keys = rig.data.shape_keys
    blocks = keys.key_blocks if keys is not None else {}
    names = [name for name in ARKIT if name in blocks]
    if not names:
        raise RigError(f"{rig.name} has none of ARKit's shapes: press Make ARKit Shapes first.")
    per_mm = np.float32(face.aim.detail.units_per_mm)
    poses = shape_jaw.poses(armature) if shape_jaw.is_set_up(armature) else {}
    on_jaw = _on_jaw(rig, armature) if poses else None
    rest = read_points(keys.reference_key)
    found = {}
    for name in names:
        block = blocks[name]
        points = rest + read_points(block) - read_points(block.relative_key)
        pose = poses.get(name)
        if pose is not None and pose.any():
            motion = _in_space_of(rig, armature, shape_jaw.motion_of(armature, pose))
            points = points + on_jaw[:, None] * (transform(points, motion) - points)
        found[name] = (points / per_mm).astype(np.float32)
    return found


def _only_skin(copies: list[bpy.types.Object]) -> None:
    """Let a copy of the rig show its skin and channels, without modifiers that add faces."""
    for modifier in copies[0].modifiers:
        if modifier.type in nodes.ADDING:
            modifier.show_viewport = False
    own = nodes.modifier_of(copies[0])
    own.show_viewport = True


def _uv(rig: bpy.types.Object, name: str) -> np.ndarray:
    layer = rig.data.uv_layers.get(name)
    if layer is None:
        raise RigError(
            f"{rig.name} has lost the UV map {name} that its detail lies in: undo, or make the detail again."
        )
    return read_uv(layer)


def _strain(rig: bpy.types.Object, rest: Mesh) -> SkinStrain:
    """Strain by the vectors that the mesh carries."""
    vectors = []
    for name in nodes.VECTORS:
        attribute = rig.data.attributes.get(name)
        if attribute is None or attribute.domain != 'FACE' or attribute.data_type != 'FLOAT_VECTOR':
            raise RigError(f"{rig.name} has lost the attribute {name}: make the detail again.")
        values = np.empty((len(rig.data.polygons), 3), np.float32)
        attribute.data.foreach_get("vector", values.ravel())
        vectors.append(values.astype(np.float64))
    return replace(SkinStrain.of(rest), vectors=np.stack(vectors, axis=1))


def _of_regions(rig: bpy.types.Object) -> tuple[np.ndarray, Response]:
    """Strength [V] and response of the regions as they are now."""
    shares = skin.read_shares(rig.data)
    if shares is None:
        raise RigError(f"{rig.name} has lost the regions of its detail: make the detail again.")
    strength, response = regions.mixed_at(nodes.modifier_of(rig), shares)
    start, width = _attribute(rig, nodes.START), _attribute(rig, nodes.WIDTH)
    return strength, Response(start / response, np.maximum(width / response, 1e-6))


def _attribute(rig: bpy.types.Object, name: str) -> np.ndarray:
    values = read_attribute(rig.data, name)
    if values is None:
        raise RigError(f"{rig.name} has lost the attribute {name}: make the detail again.")
    return values.astype(np.float64)


def _on_jaw(rig: bpy.types.Object, armature: bpy.types.Object) -> np.ndarray:
    """[V] how much the jaw and the bones below it move each vertex."""
    jaw = armature.data.bones[bone_name(armature, JAW)]
    names = [jaw.name, *(bone.name for bone in jaw.children_recursive)]
    return np.minimum(read_groups(rig, names).sum(axis=0), 1)


def _in_space_of(
    rig: bpy.types.Object, armature: bpy.types.Object, motion: np.ndarray
) -> np.ndarray:
    """[4, 4] a motion in the armature's space, in the rig's."""
    to_armature = np.linalg.inv(np.array(armature.matrix_world)) @ np.array(rig.matrix_world)
    return np.linalg.inv(to_armature) @ motion @ to_armature
