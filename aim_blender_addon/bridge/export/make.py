# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One mesh and one plain armature made of a rig, which stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.errors import RigError
from ..data import groups, shape_keys
from ..data.head_space import mm_per_unit
from ..data.meshes import transform
from ..data.name_lists import read_names, write_names
from ..rig import shape_jaw
from ..rig.armature import editing_bones, rest_matrix, set_bone
from ..rig.objects import armature_of, rig_of
from ..rig.own_bones import EYES, JAW, SKULL, bone_name, find_bone
from . import take
from .baked_controls import BakedControls, bake
from .gather import (
    Piece,
    Shapes,
    bones_that_go,
    choose_shapes,
    limited,
    lost_of,
    piece_objects,
    read_pieces,
)
from .names import VRM, Mix, visemes
from .presets import IN_KEYS, Preset

#: Custom properties: of a collection, the face whose export it holds; of the mesh, what is lost, a line each.
_EXPORT_OF = "aim_export_of"
_LOST = "aim_export_lost"
_UV = "UVMap"
#: The scale of a rig may differ by this between its axes.
_UNEVEN = 1e-3
#: A face control of a take has a shape of its own where ARKit's miss it by more, mm.
_MISSED_MM = 0.5


@dataclass(frozen=True)
class ExportOptions:
    """How a face goes out.

    Attributes:
        preset: of the engine.
        visemes: under whose names, see ``names``.
        jaw: where the jaw's part of ARKit's shapes goes, see ``presets``.
        weights: most bones at a vertex.
        correctives: most correctives that stay.
        with_take: an Action plays what the rig plays.
        control_shapes: face controls of the take have shapes of their own where ARKit's miss them.
    """

    preset: Preset
    visemes: str
    jaw: str
    weights: int
    correctives: int
    with_take: bool
    control_shapes: bool = True


@dataclass(frozen=True)
class Exported:
    """What was made.

    Attributes:
        mesh, armature: the objects.
        shapes: how many shape keys it has.
        correctives: names of those that stayed.
        lost: names of what does not go out, by kind.
        height_mm: of the mesh.
        controls: shape keys of face controls; what they show is in ARKit's shapes of a baked take alone.
        controls_off_mm: by how much it is not, of those that a take moves or, without one, of all; the largest first.
    """

    mesh: bpy.types.Object
    armature: bpy.types.Object
    shapes: int
    correctives: list[str]
    lost: dict[str, list[str]]
    height_mm: float
    controls: list[str]
    controls_off_mm: dict[str, float]


def prepare(face: bpy.types.Object, options: ExportOptions, context: bpy.types.Context) -> Exported:
    """Make the mesh and armature that an engine takes; those of an earlier time go.

    Raises:
        RigError: the rig has none of ARKit's shapes, is scaled unevenly or has absolute keys; nothing is changed.
    """
    rig, armature = rig_of(face), armature_of(face)
    shapes = choose_shapes(rig, options.correctives)
    to_export = export_space(face, options.preset, context)
    pieces = read_pieces(piece_objects(face), armature, shapes)
    bones = bones_that_go(armature, pieces)
    named = _bone_names(armature, bones, options.preset)
    lost = lost_of(face, pieces, shapes, bones)
    mm = mm_per_unit(face, context.scene)
    controls, peaks, frames = _bake(shapes, face), None, None
    if options.with_take:
        frames = take.read(armature, rig, shapes.sources, shapes.controls, bones, context)
        peaks = take.peaks(frames, shapes.controls)
        if options.control_shapes and controls is not None:
            shapes = shapes.with_controls(controls.beyond(_MISSED_MM / mm, peaks))
            pieces = read_pieces(piece_objects(face), armature, shapes)
            controls = _bake(shapes, face)
        frames = take.with_controls(frames, controls)
    mixes = {**(VRM if options.preset.vrm else {}), **visemes(options.visemes)}

    remove(face)
    collection = bpy.data.collections.new(f"{face.name} Export")
    collection[_EXPORT_OF] = face
    context.scene.collection.children.link(collection)
    out = _armature(f"{face.name} Export Bones", armature, named, to_export, collection, context)
    order = [*shapes.sources, *mixes]
    made = []
    for piece in pieces:
        keys = _keys(piece, armature, shapes.sources, mixes, options.jaw)
        made.append(_mesh(piece, keys, order, named, to_export, options.weights, collection))
    mesh = _joined(made, f"{face.name} Export", context)
    mesh.parent = out
    mesh.modifiers.new("Armature", 'ARMATURE').object = out
    if frames is not None:
        take.write(frames, out, mesh, named, to_export, options.jaw == IN_KEYS)
    context.view_layer.update()
    height = np.ptp([corner[2] for corner in mesh.bound_box])
    metre = 1.0 if options.preset.metres else context.scene.unit_settings.scale_length
    missed = controls.beyond(_MISSED_MM / mm, peaks) if controls is not None else {}
    off = {name: value * mm for name, value in missed.items()}
    size = float(height) * metre * 1000
    return Exported(mesh, out, len(order), shapes.correctives, lost, size, shapes.controls, off)


def _bake(shapes: Shapes, face: bpy.types.Object) -> BakedControls | None:
    """What stands for the face controls that have no shapes of their own."""
    keys, jaws = rig_of(face).data.shape_keys, shape_jaw.poses(armature_of(face))
    return bake(keys, shapes.controls, shapes.arkit, jaws)


def export_space(face: bpy.types.Object, preset: Preset, context: bpy.types.Context) -> np.ndarray:
    """[4, 4] from the space of a rig's armature to that of the export, real size and as the rig stands.

    Raises:
        RigError: the rig is scaled unevenly.
    """
    armature = armature_of(face)
    world = np.array(armature.matrix_world, np.float64)
    sizes = np.linalg.svd(world[:3, :3], compute_uv=False)
    if sizes.min() < (1 - _UNEVEN) * sizes.max() or not sizes.max():
        raise RigError(
            f"{armature.name} is scaled unevenly, which bones cannot be: set its scale to the same on all axes."
        )
    unit = 1000.0 if preset.metres else context.scene.unit_settings.scale_length * 1000.0
    factor = mm_per_unit(face, context.scene) / unit
    return np.diag([factor, factor, factor, 1.0]) @ world


def collection_of(face: bpy.types.Object) -> bpy.types.Collection | None:
    """The collection of the scene with what was made for export of a face."""
    for collection in bpy.context.scene.collection.children_recursive:
        if collection.get(_EXPORT_OF) == face:
            return collection
    return None


def export_of(face: bpy.types.Object) -> bpy.types.Object | None:
    """The mesh made for export of a face, unless the user has deleted it."""
    found = collection_of(face)
    objects = found.objects if found is not None else ()
    return next((obj for obj in objects if obj.type == 'MESH'), None)


def keep_lost(mesh: bpy.types.Object, lines: Sequence[str]) -> bpy.types.Text:
    """Keep what is lost with the mesh, and as a text of the file."""
    write_names(mesh, _LOST, lines)
    name = f"{mesh.name} Lost"
    text = bpy.data.texts.get(name) or bpy.data.texts.new(name)
    text.clear()
    text.write("\n".join(lines) + "\n")
    return text


def lost_lines(mesh: bpy.types.Object) -> list[str]:
    """What is lost, as it was kept."""
    return read_names(mesh, _LOST)


def remove(face: bpy.types.Object) -> None:
    """Take away what an earlier time has made."""
    collection = collection_of(face)
    if collection is None:
        return
    data = [obj.data for obj in collection.objects if obj.type in {'MESH', 'ARMATURE'}]
    for obj in list(collection.objects):
        bpy.data.objects.remove(obj)
    bpy.data.batch_remove([block for block in data if not block.users])
    bpy.data.collections.remove(collection)


def _bone_names(armature: bpy.types.Object, bones: Sequence[str], preset: Preset) -> dict[str, str]:
    """What each bone is called there; a bone of the user's that has such a name gets a number."""
    ours = {
        find_bone(armature, bone) or bone_name(armature, bone): preset.bones.get(bone, bone)
        for bone in (SKULL, JAW, *EYES.values())
    }
    named, taken = {}, {ours[bone] for bone in bones if bone in ours}
    for bone in bones:
        name, number = ours.get(bone, bone), 0
        while bone not in ours and name in taken:
            number += 1
            name = f"{bone}.{number:03d}"
        named[bone] = name
        taken.add(name)
    return named


def _armature(
    name: str,
    armature: bpy.types.Object,
    named: Mapping[str, str],
    to_export: np.ndarray,
    collection: bpy.types.Collection,
    context: bpy.types.Context,
) -> bpy.types.Object:
    """A plain armature with the bones that go out, where they rest."""
    out = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    collection.objects.link(out)
    with editing_bones(out, context) as edited:
        for bone, called in named.items():
            rest = to_export @ rest_matrix(armature, bone)
            axis = rest[:3, 1] * armature.data.bones[bone].length
            set_bone(edited, called, rest[:3, 3], rest[:3, 3] + axis, rest[:3, 2])
            above = armature.data.bones[bone].parent
            while above is not None and above.name not in named:
                above = above.parent
            if above is not None:
                edited[called].parent = edited[named[above.name]]
    for posed in out.pose.bones:
        posed.rotation_mode = 'QUATERNION'
    return out


def _keys(
    piece: Piece,
    armature: bpy.types.Object,
    sources: Mapping[str, str],
    mixes: Mapping[str, Mix],
    jaw: str,
) -> dict[str, np.ndarray]:
    """[V, 3] displacements of all shapes that move a piece, in the armature's space.

    Mixes hold the jaw's motion always, as no bone makes it for them.
    """
    poses = shape_jaw.poses(armature)
    on_jaw = share_of(piece, armature, bone_name(armature, JAW))
    found = {}
    for name, mix in {**{name: {name: 1.0} for name in sources}, **mixes}.items():
        moved = sum(
            (weight * piece.keys[part] for part, weight in mix.items() if part in piece.keys),
            np.zeros_like(piece.points),
        )
        if jaw == IN_KEYS or name in mixes:
            none = np.zeros(6)
            pose = sum(
                (w * poses.get(sources.get(part, ""), none) for part, w in mix.items()), none
            )
            if pose.any():
                motion = shape_jaw.motion_of(armature, pose)
                there = piece.points + moved
                carried = transform(there, motion)
                moved = moved + on_jaw[:, None] * (carried - there)
        if np.any(moved):
            found[name] = moved
    return found


def share_of(piece: Piece, armature: bpy.types.Object, bone: str) -> np.ndarray:
    """[V] how much a bone and those below it move each vertex."""
    below = armature.data.bones[bone]
    names = {bone, *(child.name for child in below.children_recursive)}
    rows = [row for name, row in piece.weights.items() if name in names]
    return np.sum(rows, axis=0) if rows else np.zeros(len(piece.points))


def _mesh(
    piece: Piece,
    keys: Mapping[str, np.ndarray],
    order: Sequence[str],
    named: Mapping[str, str],
    to_export: np.ndarray,
    most: int,
    collection: bpy.types.Collection,
) -> bpy.types.Object:
    """A piece as an object of its own, with every shape key, so that joining keeps their order."""
    data = piece.obj.data.copy()
    obj = bpy.data.objects.new("AIM Export Piece", data)
    collection.objects.link(obj)
    shape_keys.clear_keys(obj)
    obj.vertex_groups.clear()
    _tidy(data)
    points = transform(piece.points, to_export)
    data.attributes["position"].data.foreach_set("vector", points.astype(np.float32).ravel())
    if np.linalg.det(to_export[:3, :3]) < 0:
        data.flip_normals()
    weights = limited(piece.weights, most)
    groups.write_groups(obj, {named[bone]: row for bone, row in weights.items() if row.any()})
    obj.shape_key_add(name="Basis", from_mix=False)
    for name in order:
        block = obj.shape_key_add(name=name, from_mix=False)
        block.value = 0.0
        if name in keys:
            shape_keys.write_points(block, points + keys[name] @ to_export[:3, :3].T)
    data.update()
    return obj


def _tidy(data: bpy.types.Mesh) -> None:
    """One UV map under one name, and none of our attributes and properties."""
    active = data.uv_layers.active.name if data.uv_layers.active else ""
    for name in [layer.name for layer in data.uv_layers if layer.name != active]:
        data.uv_layers.remove(data.uv_layers[name])
    if active:
        data.uv_layers[active].name = _UV
    for name in [a.name for a in data.attributes if a.name.startswith("aim_")]:
        data.attributes.remove(data.attributes[name])
    for name in [name for name in data.keys() if name.startswith("aim_")]:
        del data[name]


def _joined(
    objects: Sequence[bpy.types.Object], name: str, context: bpy.types.Context
) -> bpy.types.Object:
    mesh = objects[0]
    joined = [obj.data for obj in objects[1:]]
    if joined:
        with context.temp_override(
            active_object=mesh,
            object=mesh,
            selected_objects=objects,
            selected_editable_objects=objects,
        ):
            bpy.ops.object.join()
        bpy.data.batch_remove(joined)
    mesh.name = mesh.data.name = name
    mesh.data.shape_keys.name = name
    mesh.active_shape_key_index = 0
    return mesh
