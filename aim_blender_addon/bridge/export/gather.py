# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a rig goes out, read as arrays, and what does not. The rig is only read."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import bpy
import numpy as np

from ...backend.errors import RigError
from ...backend.shape_names import ARKIT, same_sided
from ..controls.keys import control_keys
from ..data import shape_keys
from ..data.driven_keys import reads
from ..data.groups import read_groups
from ..data.meshes import transform
from ..rig import lids
from ..rig.attaching import at_rest
from ..rig.moved import is_helper, is_seen, moved_by, parts_of
from ..rig.objects import armature_of, rig_of
from ..rig.own_bones import EYES, JAW, SKULL, bone_name, find_bone


@dataclass(frozen=True)
class Piece:
    """A mesh that goes out, in the armature's space at rest.

    Attributes:
        obj: the object it was read from.
        points: [V, 3].
        keys: [V, 3] displacements of the shapes it has, by the names they go out under.
        weights: [V] by bone; they sum to one.
    """

    obj: bpy.types.Object
    points: np.ndarray
    keys: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]


@dataclass(frozen=True)
class Shapes:
    """Which shapes of a skin go out.

    Attributes:
        arkit: names of its keys by ARKit's names.
        correctives: those that stay, the largest first, then those of face controls.
        dropped: correctives that do not.
        own: other shapes, which do not either.
        controls: those of the face controls that do not stay: what they show goes into ARKit's.
    """

    arkit: dict[str, str]
    correctives: list[str]
    dropped: list[str]
    own: list[str]
    controls: list[str]

    def with_controls(self, names: Iterable[str]) -> "Shapes":
        """The same, but these keys of face controls go out as shapes of their own."""
        more = list(names)
        left = [name for name in self.controls if name not in more]
        return replace(self, correctives=[*self.correctives, *more], controls=left)

    @property
    def sources(self) -> dict[str, str]:
        """Names of keys by the names they go out under."""
        return {**self.arkit, **{name: name for name in self.correctives}}


def choose_shapes(rig: bpy.types.Object, most: int) -> Shapes:
    """The shapes of a skin that go out; at most ``most`` correctives.

    Raises:
        RigError: it has none of ARKit's.
    """
    keys = rig.data.shape_keys
    names = [block.name for block in keys.key_blocks[1:]] if keys else []
    found = same_sided(ARKIT, names)
    arkit = {name: names[n] for name, n in zip(ARKIT, found, strict=True) if n is not None}
    if not arkit:
        raise RigError(
            f"{rig.name} has none of ARKit's shapes: press Make ARKit Shapes in the panel Shapes first."
        )
    listed = {
        name
        for prop in (shape_keys.CORRECTIVES, shape_keys.RETARGETED)
        for name in shape_keys.listed_names(keys, prop)
    }
    listed |= set(lids.lid_keys(keys).values())
    listed -= set(arkit.values())
    of_controls = set(control_keys(keys).values()) - set(arkit.values()) - listed

    def size(name: str) -> float:
        return float(np.linalg.norm(shape_keys.difference(keys.key_blocks[name]), axis=1).max())

    correctives, controls = (
        sorted((name for name in names if name in some), key=size, reverse=True)
        for some in (listed, of_controls)
    )
    own = [name for name in names if name not in {*arkit.values(), *listed, *of_controls}]
    for_controls = max(most - len(correctives), 0)
    return Shapes(
        arkit,
        [*correctives[:most], *controls[:for_controls]],
        correctives[most:],
        own,
        controls[for_controls:],
    )


def piece_objects(face: bpy.types.Object) -> list[bpy.types.Object]:
    """The skin and the meshes that move with its rig and are to be seen; the skin first."""
    return [rig_of(face), *filter(is_seen, parts_of(face))]


def read_pieces(
    objects: Iterable[bpy.types.Object], armature: bpy.types.Object, shapes: Shapes
) -> list[Piece]:
    """Points, shapes and weights of meshes, without their modifiers.

    Raises:
        RigError: the skin's shape keys are absolute.
    """
    pieces = []
    with at_rest(armature):
        carrier = np.linalg.inv(np.array(armature.matrix_world, np.float64))
        for obj in objects:
            if shape_keys.is_absolute(obj):
                raise RigError(
                    f"The shape keys of {obj.name} are absolute: press Make Keys Relative first."
                )
            space = carrier @ np.array(obj.matrix_world, np.float64)
            pieces.append(_piece(obj, armature, shapes, space))
    return pieces


def _piece(
    obj: bpy.types.Object, armature: bpy.types.Object, shapes: Shapes, space: np.ndarray
) -> Piece:
    keys = obj.data.shape_keys
    count = len(obj.data.vertices)
    if keys is not None:
        points = shape_keys.read_points(keys.reference_key)
    else:
        points = np.empty((count, 3), np.float32)
        obj.data.attributes["position"].data.foreach_get("vector", points.ravel())
    moved = {}
    for name, source in shapes.sources.items():
        block = keys.key_blocks.get(source) if keys is not None else None
        if block is not None:
            moved[name] = shape_keys.difference(block) @ space[:3, :3].T
    return Piece(obj, transform(points, space), moved, _weights(obj, armature, count))


def _weights(
    obj: bpy.types.Object, armature: bpy.types.Object, count: int
) -> dict[str, np.ndarray]:
    """[V] by bone: groups of deforming bones, or the bone that an object hangs on; what is left goes to the skull."""
    skull = bone_name(armature, SKULL)
    if not any(m.type == 'ARMATURE' and m.object == armature for m in obj.modifiers):
        on = obj.parent_bone if obj.parent == armature and obj.parent_type == 'BONE' else skull
        return {on or skull: np.ones(count)}
    names = [
        bone.name
        for bone in armature.data.bones
        if bone.use_deform and bone.name in obj.vertex_groups
    ]
    values = read_groups(obj, names).astype(np.float64)
    total = values.sum(axis=0)
    values /= np.where(total > 1e-6, total, 1.0)
    weights = {name: row for name, row in zip(names, values, strict=True) if row.any()}
    if (total <= 1e-6).any():
        weights[skull] = weights.get(skull, np.zeros(count)) + (total <= 1e-6)
    return weights


def limited(weights: dict[str, np.ndarray], most: int) -> dict[str, np.ndarray]:
    """The same weights with at most ``most`` bones at a vertex, the largest, which sum to one."""
    if len(weights) <= most:
        return weights
    values = np.stack(list(weights.values()))
    rank = np.argsort(np.argsort(-values, axis=0, kind="stable"), axis=0, kind="stable")
    values = np.where(rank < most, values, 0.0)
    values /= values.sum(axis=0)
    return dict(zip(weights, values, strict=True))


def bones_that_go(armature: bpy.types.Object, pieces: Iterable[Piece]) -> list[str]:
    """Skull, jaw, eyes, and whatever else moves a vertex; parents first."""
    used = {bone for piece in pieces for bone, row in piece.weights.items() if row.any()}
    used |= {bone_name(armature, bone) for bone in (SKULL, JAW)}
    used |= {name for eye in EYES.values() if (name := find_bone(armature, eye))}
    return [bone.name for bone in armature.data.bones if bone.name in used]


def _has_own_drivers(keys: bpy.types.Key, skin: bpy.types.Key | None) -> bool:
    """Whether shape keys have drivers beside those that follow the skin's keys, which become one with these."""
    drivers = keys.animation_data.drivers if keys.animation_data else ()
    return any(skin is None or keys == skin or not reads(curve, skin) for curve in drivers)


def lost_of(
    face: bpy.types.Object, pieces: Iterable[Piece], shapes: Shapes, bones: Iterable[str]
) -> dict[str, list[str]]:
    """What does not go out: names by kind."""
    armature = armature_of(face)
    pieces = list(pieces)
    lost: dict[str, list[str]] = {
        "missing": [name for name in ARKIT if name not in shapes.arkit],
        "own": shapes.own,
        "correctives": shapes.dropped,
    }
    for piece in pieces:
        obj, keys = piece.obj, piece.obj.data.shape_keys
        for modifier in obj.modifiers:
            if modifier.type == 'PARTICLE_SYSTEM':
                lost.setdefault("hair", []).append(modifier.particle_system.name)
            elif lids.slides_lids(modifier):
                lost.setdefault("lids", []).append(modifier.name)
            elif modifier.type != 'ARMATURE':
                lost.setdefault("modifiers", []).append(f"{obj.name}: {modifier.name}")
        if keys is not None and _has_own_drivers(keys, rig_of(face).data.shape_keys):
            lost.setdefault("drivers", []).append(obj.name)
        if len(obj.data.uv_layers) > 1:
            lost.setdefault("uvs", []).append(obj.name)
    if armature.animation_data and armature.animation_data.drivers:
        lost.setdefault("drivers", []).append(armature.name)
    kept = set(bones)
    lost["controls"] = [bone.name for bone in armature.data.bones if bone.name not in kept]
    lost["constraints"] = [bone.name for bone in armature.pose.bones if len(bone.constraints)]
    mine = {piece.obj for piece in pieces}
    for obj in moved_by(armature):
        if obj.type in {'CURVES', 'CURVE'}:
            lost.setdefault("hair", []).append(obj.name)
        elif obj.type == 'MESH' and obj not in mine and obj != face and not is_helper(obj):
            lost.setdefault("objects", []).append(obj.name)
    return {kind: names for kind, names in lost.items() if names}
