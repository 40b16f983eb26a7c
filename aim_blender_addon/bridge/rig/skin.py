# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh of a rig: a copy of the neutral that carries the model as shape keys, vertex groups and attributes."""

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree

from ...backend.errors import RigError
from ...backend.geometry.mesh import Mesh
from ...backend.model.aim import AimModel, Evaluated
from ..data import attributes, shape_keys
from ..data.evaluating import evaluated
from ..data.same_mesh import same_polygons
from . import weights

#: Attributes: millimetres, 0 to 1, millimetres, true or false, 0 to 1.
THICKNESS = "aim_thickness"
JAW_WEIGHT = "aim_jaw_weight"
BONE_DISTANCE = "aim_bone_distance"
ON_BONE = "aim_on_bone"
CONFIDENCE = "aim_confidence"

#: The neutral may be larger or smaller than the fitted one by this fraction: sliders that are on change it a little.
SIZE_TOLERANCE = 0.05


def check_topology(neutral: Mesh, fitted: Mesh, name: str) -> None:
    """Make sure that the neutral has the polygons and the size the model was fitted to.

    Raises:
        RigError: it has not.
    """
    have, need = len(neutral.vertices), len(fitted.vertices)
    if have != need:
        raise RigError(
            f"{name} has {have} vertices and its model {need}; undo the change to the mesh "
            "or its modifiers, or fit again."
        )
    if not same_polygons(neutral, fitted):
        raise RigError(
            f"The faces of {name} are not those of its model; undo the change to the mesh "
            "or its modifiers, or fit again."
        )
    have, need = (np.linalg.norm(np.ptp(mesh.vertices, axis=0)) for mesh in (neutral, fitted))
    if abs(have / need - 1) > SIZE_TOLERANCE:
        raise RigError(
            f"{name} is now {have:.4g} mm across and was {need:.4g} mm when it was fitted; "
            "set its scale, the Scan Unit and the scene's unit back, or fit again."
        )


def copy_of_neutral(face: bpy.types.Object, context: bpy.types.Context) -> bpy.types.Mesh:
    """The neutral as it is seen, as a new mesh with its UVs and materials but without the model."""
    with evaluated(context, [face]) as (twin,):
        data = bpy.data.meshes.new_from_object(twin)
        if twin.matrix_world.determinant() < 0:
            data.flip_normals()
    for name in [name for name in data.keys() if name.startswith("aim_")]:
        del data[name]
    return data


def write_skin(
    obj: bpy.types.Object,
    armature: bpy.types.Object,
    model: AimModel,
    baked: Evaluated,
    mm_per_unit: float,
) -> None:
    """Write shape keys, vertex groups and attributes of a model to a mesh with its polygons.

    The groups are called what the bones of ``armature`` are called.
    """
    shapes = (baked.skin + baked.displacements) / np.float32(mm_per_unit)
    shape_keys.write_shape_keys(
        obj, baked.skin / np.float32(mm_per_unit), model.expression_names, shapes
    )
    weights.write_weights(obj, armature, baked.jaw_weight, JAW_WEIGHT)
    values = {
        THICKNESS: baked.thickness,
        JAW_WEIGHT: baked.jaw_weight,
        BONE_DISTANCE: _bone_distance(baked.skin, model.skull, model.jaw),
        ON_BONE: baked.on_bone,
        CONFIDENCE: model.bone_below.astype(np.float32),
    }
    for name, value in values.items():
        attributes.write_attribute(obj.data, name, value)


def _bone_distance(skin: np.ndarray, skull: Mesh, jaw: Mesh) -> np.ndarray:
    """[V] float32 mm from skin [V, 3] to the nearest point of a bone."""
    points = np.concatenate([skull.vertices, jaw.vertices])
    triangles = np.concatenate([skull.triangles, jaw.triangles + len(skull.vertices)])
    tree = BVHTree.FromPolygons(points.tolist(), triangles.tolist(), all_triangles=True)
    nearest = tree.find_nearest
    return np.array([nearest(point)[3] for point in skin.tolist()], np.float32)
