# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads with 52 shapes and what lies in them, and rigs of them without a fit; for benches of the rig in Blender."""

import sys
from dataclasses import dataclass, replace

import bpy
import numpy as np

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw, undo_jaw
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.sample.head import (
    find_package,
    load_sample_head,
    rigid_motion,
    z_up,
)
from aim_blender_addon.bridge.data import meshes, shape_keys, storage
from aim_blender_addon.bridge.data.head_space import HeadSpace
from aim_blender_addon.bridge.rig.objects import rig_of
from aim_blender_addon.bridge.shapes import shapes as rig_shapes
from bench.actors import SHARED
from tests.addon import stand_in


@dataclass(frozen=True)
class Head:
    """A head, mm, Z up, facing -Y.

    Attributes:
        skin: in rest.
        shapes: [V, 3] by ARKit's names, before the jaw moves the skin.
        jaws: [4, 4] by the name of each shape, what the lower teeth do.
        jaw_weight: [V] how much the skin follows them.
        eyes: eyeballs by side.
        inside: what else lies in the head, by name: ``upper teeth``, ``lower teeth``, ``tongue`` ...
        joint: of the jaw.
    """

    skin: Mesh
    shapes: dict[str, np.ndarray]
    jaws: dict[str, np.ndarray]
    jaw_weight: np.ndarray
    eyes: dict[str, Mesh]
    inside: dict[str, Mesh]
    joint: JawJoint


def sample() -> Head:
    """The sample head, about 13,600 vertices."""
    head = z_up(load_sample_head(find_package(), 1))
    hinge = np.array([53.0, -2, 107])
    moved = {n: np.asarray(unit) for n, unit in zip(head.unit_names, head.units, strict=True)}
    jaws = {
        name: rigid_motion(head.lower_teeth, head.lower_teeth + unit)
        for name, unit in zip(head.unit_names, head.lower_teeth_units, strict=True)
    }
    eyes = {side: head.parts[f"{side} eye"].mesh for side in ("left", "right")}
    inside = {name: part.mesh for name, part in head.parts.items() if "eye" not in name}
    joint = JawJoint(hinge, hinge * (-1, 1, 1), head.incisor)
    return Head(head.skin, *_unposed(head.skin, moved, jaws), eyes, inside, joint)


def made(seed: int) -> Head:
    """A head of the generator, 11,248 vertices; needs the folder ``shared``."""
    sys.path.insert(0, str(SHARED / "tools"))
    import ict_face as ict

    stored = np.load(SHARED / "data" / "ict" / "ict_face.npz")
    random = np.random.default_rng(seed)
    identity = np.clip(0.7 * random.standard_normal(100), -1.5, 1.5) * (seed > 0)
    points = 10 * (stored["neutral"] + np.tensordot(identity, stored["identity_modes"], 1))
    turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
    points, polygons = points @ turn, stored["faces"]
    moved = 10 * stored["expression_deltas"] @ turn
    shapes, jaws, teeth = {}, {}, points[ict.LOWER_TEETH]
    for name, delta in zip(map(str, stored["expression_names"]), moved, strict=True):
        if not name.startswith(("PupilDilate", "cheekRaiser")):  # these move no skin
            full = name.replace("_L", "Left").replace("_R", "Right")
            shapes[full] = delta[: ict.SKIN_VERTICES]
            jaws[full] = rigid_motion(teeth, teeth + delta[ict.LOWER_TEETH])
    parts = {"left": ict.EYEBALL_LEFT, "right": ict.EYEBALL_RIGHT}
    eyes = {side: part(points, polygons, rows) for side, rows in parts.items()}
    inside = {
        "teeth": part(points, polygons, ict.TEETH),
        "gums and tongue": part(points, polygons, ict.GUMS_TONGUE),
    }
    middle = (eyes["left"].vertices.mean(0) + eyes["right"].vertices.mean(0)) / 2
    hinge = middle + (52.0, 68.0, -32.0)
    # A guessed edge may lie so far off that teeth are taken for skin's.
    front = points[ict.LOWER_CENTRAL_INCISORS]
    joint = JawJoint(hinge, hinge - (104.0, 0, 0), front[front[:, 2].argmax()])
    skin = part(points, polygons, slice(0, ict.SKIN_VERTICES))
    return Head(skin, *_unposed(skin, shapes, jaws), eyes, inside, joint)


def model_of(head: Head) -> AimModel:
    """A stand-in for a fit; its skin follows the jaw as the shape *jawOpen* moves it."""
    count = len(head.skin.vertices)
    values = np.column_stack(
        [np.full(count, 8.0), head.skin.normals, head.jaw_weight, np.zeros((count, 3))]
    ).astype(np.float32)
    columns = values.shape[1]
    return replace(
        stand_in.make_model(1),
        neutral=head.skin,
        coordinates=values,
        network=stand_in._handing_through(columns),
        heads=np.vstack([np.zeros(columns), np.eye(columns), np.zeros(columns)]).astype(np.float32),
        bone_below=np.ones(count, np.float32),
        joint=head.joint,
    )


def boneless(model: AimModel) -> AimModel:
    """The model without the stand-in's bones, which hold no skin."""
    nothing = Mesh(np.zeros((0, 3), np.float32), np.zeros(0, np.int32), np.zeros(0, np.int32))
    return replace(model, skull=nothing, jaw=nothing)


def rig(head: Head, model: AimModel, name: str) -> bpy.types.Object:
    """A baked face whose rig has the head's shapes as ARKit's."""
    scene = bpy.context.scene
    space = HeadSpace.at_origin(scene)
    face = meshes.create_object(name, head.skin, space, scene.collection)
    storage.make_face(face, bpy.context)
    storage.store_model(face, model_to_bytes(model))
    bpy.context.view_layer.objects.active = face
    bpy.ops.aim.bake(use_action=False)
    obj = rig_of(face)
    rest = shape_keys.read_points(obj.data.shape_keys.reference_key)
    for shape, moved in head.shapes.items():
        key = obj.shape_key_add(name=shape, from_mix=False)
        key.value = 0.0
        shape_keys.write_points(key, rest + moved / space.mm_per_unit)
        rig_shapes.record_jaw(obj.data.shape_keys, shape, head.jaws[shape])
    rig_shapes.keep_arkit_names(obj.data.shape_keys, list(head.shapes))
    for other in bpy.context.selected_objects:
        other.select_set(False)
    return face


def add_parts(face: bpy.types.Object, head: Head) -> None:
    """The eyeballs as objects beside a rig."""
    space = HeadSpace.at_origin(bpy.context.scene)
    for name, mesh in head.eyes.items():
        meshes.create_object(f"{face.name} {name} eye", mesh, space, bpy.context.scene.collection)


def attach(face: bpy.types.Object, head: Head) -> None:
    """Teeth and tongue on the rig's bones."""
    space = HeadSpace.at_origin(bpy.context.scene)
    for name, mesh in head.inside.items():
        obj = meshes.create_object(f"{face.name} {name}", mesh, space, bpy.context.scene.collection)
        obj.select_set(True)
    bpy.context.view_layer.objects.active = face
    bpy.ops.aim.attach_parts()


def _unposed(
    skin: Mesh, moved: dict[str, np.ndarray], jaws: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], np.ndarray]:
    """Shapes without what the jaw does, the poses of the jaw, and how much the skin follows it in *jawOpen*."""
    rest = skin.vertices.astype(np.float64)
    ride = skin_with_jaw(rest, jaws["jawOpen"], np.ones(len(rest))) - rest
    weight = (moved["jawOpen"] * ride).sum(axis=1) / np.maximum((ride**2).sum(axis=1), 1e-9)
    weight = np.clip(weight, 0, 1)
    shapes = {
        name: undo_jaw(rest + shape, jaws[name], weight) - rest for name, shape in moved.items()
    }
    return shapes, jaws, weight


def part(points: np.ndarray, polygons: np.ndarray, rows: slice) -> Mesh:
    """The faces of some rows of points as a mesh of their own."""
    inside = ((polygons >= rows.start) & (polygons < rows.stop)) | (polygons < 0)
    own = polygons[inside.all(axis=1)]
    corners = own[own >= 0] - rows.start
    return Mesh(
        points[rows].astype(np.float32),
        corners.astype(np.int32),
        (own >= 0).sum(1).astype(np.int32),
    )
