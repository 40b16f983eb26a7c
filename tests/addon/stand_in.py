# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A head that needs no fit: an ellipsoid of quads with a skull, a jaw and made-up expressions.

Its model is a real ``AimModel`` whose network hands the wanted values through, as the coordinates of the vertices.
:func:`skin` is the model's formula once more, in float64.
"""

from collections.abc import Sequence
from dataclasses import replace

import bpy
import numpy as np

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint, JawLimits
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.model.network import SineNetwork
from aim_blender_addon.bridge.data import meshes
from aim_blender_addon.bridge.data.head_space import HeadSpace

RINGS, COLUMNS = 20, 32
RADII = np.array([75.0, 95.0, 115.0])
#: The head is where a person's is whose feet are at the origin; Z up, facing -Y, millimetres.
CENTRE = np.array([3.0, -20.0, 1600.0])


def make_model(
    expressions: int = 5, rings: int = RINGS, columns: int = COLUMNS, seed: int = 0
) -> AimModel:
    """A stand-in with that many expressions; the first opens the jaw, the second brings it forward."""
    random = np.random.default_rng(seed)
    neutral = ellipsoid(RADII, rings, columns, "Head")
    unit = (neutral.vertices - CENTRE) / RADII
    normal = unit / RADII / np.linalg.norm(unit / RADII, axis=1, keepdims=True)
    thickness = 8 + 5 * np.sin(3 * unit[:, 0]) + 3 * unit[:, 2]
    jaw_weight = np.clip((-unit[:, 2] - 0.15) * 3, 0, 1) * np.clip(-unit[:, 1] * 2 + 0.4, 0, 1)
    names = ["jaw open", "jaw_forward", 'quote"d', "Ärger ✓"]
    names += [f"shape {number}" for number in range(4, expressions)]
    moved = _waves(unit, expressions, random).transpose(1, 0, 2).reshape(len(unit), -1)
    values = np.column_stack([thickness, normal, jaw_weight, moved]).astype(np.float32)
    return AimModel(
        name="Head",
        neutral=neutral,
        coordinates=values,
        network=_handing_through(values.shape[1]),
        heads=np.vstack(
            [np.zeros(values.shape[1]), np.eye(values.shape[1]), np.zeros(values.shape[1])]
        ).astype(np.float32),
        bone_below=(thickness < 9).astype(np.float32),
        expression_names=tuple(names[:expressions]),
        jaw_poses=_jaw_poses(expressions, random),
        head_poses=np.stack(
            [pose(random.normal(0, 3, 3), random.normal(0, 4, 3)) for _ in range(expressions)]
        ),
        joint=JawJoint(
            CENTRE + (52, 5, -25), CENTRE + (-52, 5, -25), CENTRE + (0, -78, -68), JawLimits()
        ),
        skull=ellipsoid(RADII * 0.85, 8, 12, "Skull"),
        jaw=ellipsoid(RADII * (0.5, 0.6, 0.2), 6, 8, "Jaw", CENTRE + (0, -25, -60)),
        bones_estimated=False,
    )


def named(model: AimModel, names: Sequence[str]) -> AimModel:
    """The same model with other names for its expressions."""
    return replace(model, expression_names=tuple(names))


def _handing_through(columns: int) -> SineNetwork:
    """A network whose features are one idle sine, the coordinates and one."""
    return SineNetwork(
        (np.zeros((columns, 1), np.float32), np.zeros((1, 1), np.float32)),
        (np.zeros(1, np.float32), np.zeros(1, np.float32)),
    )


def skin(model: AimModel, weights: np.ndarray, jaw: np.ndarray, head: np.ndarray) -> np.ndarray:
    """[V, 3] float64 mm: the model's skin, head . LBS(rest + sum w e; jaw, k)."""
    parts = model.evaluate()
    rest = parts.bone.astype(np.float64) + parts.thickness[:, None] * parts.normal.astype(
        np.float64
    )
    rest = rest + np.einsum("e,evc->vc", weights, parts.displacements.astype(np.float64))
    share = parts.jaw_weight[:, None].astype(np.float64)
    moved = (1 - share) * rest + share * (rest @ jaw[:3, :3].T + jaw[:3, 3])
    return moved @ head[:3, :3].T + head[:3, 3]


def pose(degrees: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """[4, 4] rotation by a rotation vector about the head's middle, then an offset in mm."""
    vector = np.radians(np.asarray(degrees, np.float64))
    angle = max(np.linalg.norm(vector), 1e-12)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    made = np.eye(4)
    made[:3, :3] = rotation
    made[:3, 3] = CENTRE - rotation @ CENTRE + np.asarray(offset, np.float64)
    return made


def add_neutral(
    model: AimModel,
    scale_length: float = 1.0,
    matrix: "list[list[float]] | None" = None,
) -> bpy.types.Object:
    """A face object whose mesh is the model's neutral, in a scene of that unit scale."""
    scene = bpy.context.scene
    scene.unit_settings.scale_length = scale_length
    space = HeadSpace(np.array(matrix if matrix is not None else np.eye(4)), scale_length * 1000)
    face = meshes.create_object("Head", model.neutral, space, scene.collection)
    face.data.uv_layers.new(name="Texture")
    face.data.materials.append(bpy.data.materials.new("Skin"))
    face.aim.is_face = True
    bpy.context.view_layer.objects.active = face
    face.select_set(True)
    return face


def evaluated_mm(rig: bpy.types.Object) -> np.ndarray:
    """[V, 3] float64: a baked mesh as Blender evaluates it now, in head space and millimetres."""
    bpy.context.view_layer.update()
    twin = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    twin.to_mesh_clear()
    return points.astype(np.float64) * bpy.context.scene.unit_settings.scale_length * 1000


def ellipsoid(
    radii: np.ndarray, rings: int, columns: int, name: str, centre: np.ndarray = CENTRE
) -> Mesh:
    """A closed ellipsoid of quads with triangles at both poles, facing out."""
    polar = np.pi * np.arange(1, rings) / rings
    around = 2 * np.pi * np.arange(columns) / columns
    ring = np.stack(
        [
            np.outer(np.sin(polar), np.cos(around)),
            np.outer(np.sin(polar), np.sin(around)),
            np.outer(np.cos(polar), np.ones(columns)),
        ],
        axis=-1,
    ).reshape(-1, 3)
    points = np.concatenate([ring, [[0, 0, 1], [0, 0, -1]]]) * radii + centre
    index = np.arange(len(ring)).reshape(rings - 1, columns)
    following = np.roll(index, -1, axis=1)
    quads = np.stack([index[:-1], index[1:], following[1:], following[:-1]], axis=-1).reshape(-1, 4)
    top = np.stack([np.full(columns, len(ring)), index[0], following[0]], axis=-1)
    bottom = np.stack([np.full(columns, len(ring) + 1), following[-1], index[-1]], axis=-1)
    corners = np.concatenate([quads.ravel(), top.ravel(), bottom.ravel()])
    sizes = np.concatenate([np.full(len(quads), 4), np.full(2 * columns, 3)])
    return Mesh(points.astype(np.float32), corners.astype(np.int32), sizes.astype(np.int32), name)


def _waves(unit: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """[E, V, 3] float32: smooth displacements of up to about 10 mm."""
    direction = random.normal(size=(count, 3, 3))
    phase = random.uniform(0, 6, (count, 1, 3))
    return (4 * np.sin(2 * np.einsum("vc,ecd->evd", unit, direction) + phase)).astype(np.float32)


def _jaw_poses(count: int, random: np.random.Generator) -> np.ndarray:
    poses = [pose((28, 2, -3), (1, -6, -5)), pose((0, 0, 0), (0, -9, -3)), np.eye(4)]
    poses += [pose(random.normal(0, 4, 3), random.normal(0, 3, 3)) for _ in range(count)]
    return np.stack(poses[:count])
