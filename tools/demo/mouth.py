# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inside of the sample actor's mouth on its rig: teeth, tongue and eyes on bones, and the soft lining.

The lining is rigged as the skin is: displacements first, then the jaw with weights. At the lips it takes the skin's
own jaw weights, so that no gap opens whatever the jaw does.
"""

import bpy
import numpy as np

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.skinning import undo_jaw
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.sample.head import (
    SampleActor,
    SampleHead,
    rigid_motion,
    unit_weights,
)
from aim_blender_addon.backend.sample.mesh import quad_edges
from aim_blender_addon.bridge.data import attributes
from aim_blender_addon.bridge.face.sample import BONE, parts_of
from aim_blender_addon.bridge.rig.bake import attach_to_bone
from aim_blender_addon.bridge.rig.own_bones import JAW
from aim_blender_addon.bridge.rig.skin import JAW_WEIGHT

#: Over this way (mm) from the lips the lining's own jaw weights take over from the skin's.
BLEND_MM = 12.0


def attach_rigid_parts(neutral: bpy.types.Object) -> None:
    """Hang teeth, tongue and eyes on the rig's bones, with the operator a user has for it."""
    rig = neutral.aim.rig
    for bone in ("skull", "jaw"):
        bpy.ops.object.select_all(action='DESELECT')
        for obj in parts_of(neutral).values():
            if obj[BONE] == bone:
                obj.select_set(True)
        rig.select_set(True)
        bpy.context.view_layer.objects.active = rig
        done = bpy.ops.aim.attach_to_bone(bone=bone.upper())
        if done != {'FINISHED'}:
            raise RuntimeError(f"attaching to the {bone} ended with {done}")


def attach_lining(
    neutral: bpy.types.Object, head: SampleHead, sample: SampleActor, model: AimModel
) -> None:
    """Rig the lining of the mouth; its shape keys follow the skin's."""
    rig, obj = neutral.aim.rig, parts_of(neutral)["mouth lining"]
    part = head.parts["mouth lining"]
    points = part.mesh.vertices.astype(np.float64)
    skin_weight = attributes.read_attribute(rig.data, JAW_WEIGHT)
    weight = lining_weight(head, points, part.displacements, skin_weight)
    moved = points + np.tensordot(sample.unit_weights, part.displacements, 1)  # [E, V, 3]
    unit = np.abs(np.array(obj.data.vertices[0].co)).max() / np.abs(points[0]).max()
    obj.shape_key_add(name="Basis", from_mix=False)
    for name, jaw, target in zip(model.expression_names, model.jaw_poses, moved, strict=True):
        shape = undo_jaw(target, jaw, weight)
        key = obj.shape_key_add(name=name, from_mix=False)
        key.points.foreach_set("co", (shape * unit).astype(np.float32).ravel())
        key.slider_min, key.slider_max = -1.0, 2.0
        _follow(key, rig.data.shape_keys, name)
    attach_to_bone(obj, neutral.aim.armature, JAW, weight)


def lining_weight(
    head: SampleHead, points: np.ndarray, moves: np.ndarray, skin_weight: np.ndarray
) -> np.ndarray:
    """[V] jaw weight of the lining's points [V, 3], whose moves are [52, V, 3]; the skin's is given."""
    opening = unit_weights(head.unit_names, {"jawOpen": 1.0})
    teeth = head.lower_teeth + np.tensordot(opening, head.lower_teeth_units, 1)
    jaw = rigid_motion(head.lower_teeth, teeth)
    whole = points @ jaw[:3, :3].T + jaw[:3, 3] - points
    share = (np.tensordot(opening, moves, 1) * whole).sum(1) / (whole**2).sum(1)
    rim = _border(head.parts["mouth lining"].mesh)
    to_skin = np.linalg.norm(points[rim][:, None] - head.skin.vertices[None], axis=2)  # [R, S]
    to_rim = np.linalg.norm(points[:, None] - points[rim][None], axis=2)  # [V, R]
    at_rim = skin_weight[to_skin.argmin(axis=1)][to_rim.argmin(axis=1)]
    blend = np.clip(to_rim.min(axis=1) / BLEND_MM, 0, 1)
    blend = blend * blend * (3 - 2 * blend)
    return np.clip((1 - blend) * at_rim + blend * share, 0, 1)


def _border(mesh: Mesh) -> np.ndarray:
    """Vertices on the open border of a mesh of quads."""
    edges, _, uses = quad_edges(mesh.face_vertices.reshape(-1, 4))
    return np.unique(edges[uses == 1])


def _follow(key: bpy.types.ShapeKey, skin_keys: bpy.types.Key, name: str) -> None:
    """Let ``key`` have the value of the skin's key of that name."""
    driver = key.driver_add("value").driver
    driver.type = 'AVERAGE'  # no expression: plays where scripts may not run
    target = driver.variables.new().targets[0]
    target.id_type = 'KEY'
    target.id = skin_keys
    target.data_path = f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'
