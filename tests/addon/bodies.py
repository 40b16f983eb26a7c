# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A baked face with an open neck, and bodies that meet it there: armatures with documented bones, a tube of skin."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import bpy
import numpy as np
from mathutils import Matrix

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.bridge.data import groups, meshes, storage
from aim_blender_addon.bridge.data.head_space import HeadSpace

import addon_utils
from . import faces, stand_in

#: Where the neck of the face ends, mm, and the joints of the body along the spine, metres.
CUT = stand_in.CENTRE[2] - 95.0
CHEST, NECK, UPPER, HEAD, TOP = 1.30, 1.44, 1.49, 1.545, 1.75
_Y, _X = -0.01, 0.003

#: Bones by name: parent, head and tail above the ground, and whether it deforms.
Bones = Mapping[str, tuple[str, float, float, bool]]
MPFB: Bones = {
    "root": ("", 0.9, 1.0, True),
    "spine01": ("root", 1.0, NECK, True),
    "neck01": ("spine01", NECK, UPPER, True),
    "neck02": ("neck01", UPPER, 1.52, True),
    "neck03": ("neck02", 1.52, HEAD, True),
    "head": ("neck03", HEAD, TOP, True),
    "jaw": ("head", 1.575, 1.54, True),
    "special04": ("jaw", 1.54, 1.55, True),
    "eye.L": ("head", 1.608, 1.62, True),
    "eye.R": ("head", 1.608, 1.62, True),
}
AUTO_RIG: Bones = {
    "c_traj": ("", 0.0, 0.3, False),
    "c_spine_02.x": ("c_traj", 1.0, NECK, False),
    "spine_02.x": ("c_spine_02.x", 1.0, NECK, True),
    "c_neck.x": ("spine_02.x", NECK, HEAD, False),
    "neck.x": ("c_neck.x", NECK, HEAD, True),
    "c_head.x": ("neck.x", HEAD, TOP, False),
    "head.x": ("c_head.x", HEAD, TOP, True),
    "c_jawbone.x": ("head.x", 1.575, 1.54, False),
    "jawbone.x": ("c_jawbone.x", 1.575, 1.54, True),
    "c_eye.l": ("head.x", 1.608, 1.62, True),
    "c_eye.r": ("head.x", 1.608, 1.62, True),
}
MIXAMO: Bones = {
    "mixamorig:Hips": ("", 0.9, 1.1, True),
    "mixamorig:Spine2": ("mixamorig:Hips", 1.1, NECK, True),
    "mixamorig:Neck": ("mixamorig:Spine2", NECK, HEAD, True),
    "mixamorig:Head": ("mixamorig:Neck", HEAD, TOP, True),
    "mixamorig:HeadTop_End": ("mixamorig:Head", TOP, 1.8, True),
}
#: The bones of each that bend and turn a neck, from below.
NECKS = {
    "MPFB": ("neck01", "neck02", "neck03", "head"),
    "Auto-Rig Pro": ("c_neck.x", "c_head.x"),
    "Mixamo": ("mixamorig:Neck", "mixamorig:Head"),
}
RIGS = {"MPFB": MPFB, "Auto-Rig Pro": AUTO_RIG, "Mixamo": MIXAMO}


def open_model(expressions: int = 3) -> AimModel:
    """The stand-in head, cut open at its neck."""
    model = stand_in.make_model(expressions)
    kept = model.neutral.vertices[:, 2] >= CUT
    number = np.cumsum(kept) - 1
    ends = np.cumsum(model.neutral.face_sizes)
    corners, sizes = [], []
    for end, size in zip(ends, model.neutral.face_sizes, strict=True):
        face = model.neutral.face_vertices[end - size : end]
        if kept[face].all():
            corners.append(number[face])
            sizes.append(size)
    neutral = Mesh(
        model.neutral.vertices[kept],
        np.concatenate(corners).astype(np.int32),
        np.array(sizes, np.int32),
        "Head",
    )
    values = model.coordinates[kept]
    values[:, 5:] *= np.clip(
        (neutral.vertices[:, 2:] - CUT - 20) / 40, 0, 1
    )  # shapes leave the neck alone
    names = ("jaw_open", "smile", "brows")[:expressions]
    return replace(
        stand_in.named(model, names),
        neutral=neutral,
        coordinates=values,
        bone_below=model.bone_below[kept],
    )


def new_face(matrix: list | None = None, scale_length: float = 1.0) -> bpy.types.Object:
    """A baked face with an open neck."""
    model = open_model()
    face = stand_in.add_neutral(model, scale_length, matrix)
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    assert bpy.ops.aim.bake(use_action=False) == {'FINISHED'}
    faces.select([face.aim.rig])
    return face


def border(face: bpy.types.Object) -> np.ndarray:
    """Vertex numbers of the neck's border, around."""
    data = face.aim.rig.data
    points = np.array([vertex.co for vertex in data.vertices])
    lowest = np.flatnonzero(points[:, 2] < points[:, 2].min() + 1e-3 * np.ptp(points[:, 2]))
    off = points[lowest] - points[lowest].mean(axis=0)
    return lowest[np.argsort(np.arctan2(off[:, 1], off[:, 0]))]


def add_armature(bones: Bones, name: str = "Body") -> bpy.types.Object:
    """An armature with bones along the spine."""
    data = bpy.data.armatures.new(name)
    obj = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode='EDIT')
    for bone, (parent, low, high, deforms) in bones.items():
        made = data.edit_bones.new(bone)
        aside = {"L": 0.034, "l": 0.034, "R": -0.028, "r": -0.028}.get(bone.rpartition(".")[2], _X)
        front = 0.06 if "eye" in bone else 0.0
        made.head, made.tail = (aside, _Y - front, low), (aside, _Y - front - 0.02, high)
        made.use_deform = deforms
        if parent:
            made.parent = data.edit_bones[parent]
    bpy.ops.object.mode_set(mode='OBJECT')
    return obj


def add_skin(
    face: bpy.types.Object,
    body: bpy.types.Object,
    chain: Sequence[str],
    name: str = "Body Skin",
    wave: float = 0.1,
    per_metre: float = 1.0,
) -> bpy.types.Object:
    """A tube whose upper border is the face's, moved by bones along the spine by height, a little unevenly around."""
    world = np.array(face.aim.rig.matrix_world)
    points = np.array([v.co for v in face.aim.rig.data.vertices]) @ world[:3, :3].T + world[:3, 3]
    up = np.array(body.matrix_world.col[2].xyz.normalized())
    ring = points[border(face)]
    count, rows = len(ring), 8
    middle = ring.mean(axis=0)
    made = [
        middle + (ring - middle) * (1 + 0.15 * row) - 0.025 * per_metre * row * up
        for row in range(rows)
    ]
    flat = np.concatenate(made)
    a = np.arange(count * (rows - 1))
    b = a - a % count + (a + 1) % count
    quads = np.stack([a, b, b + count, a + count], axis=1)
    mesh = Mesh(
        (1000 * flat).astype(np.float32),
        quads.ravel().astype(np.int32),
        np.full(len(quads), 4, np.int32),
        name,
    )
    obj = meshes.create_object(
        name, mesh, HeadSpace(np.eye(4), 1000.0), bpy.context.scene.collection
    )
    middles = np.array([np.mean(_ends(body, bone) @ up) for bone in chain])
    around = np.arctan2(flat[:, 1] - middle[1], flat[:, 0] - middle[0])
    height = flat @ up + wave * per_metre * 0.02 * np.sin(2 * around)
    place = np.interp(height, middles, np.arange(len(chain)))
    groups.write_groups(
        obj,
        {
            bone: np.clip(1 - abs(place - n), 0, 1).astype(np.float32)
            for n, bone in enumerate(chain)
        },
    )
    obj.parent = body
    obj.matrix_parent_inverse = body.matrix_world.inverted()
    obj.modifiers.new("Armature", 'ARMATURE').object = body
    bpy.context.view_layer.update()
    return obj


def new_body(
    face: bpy.types.Object, rig: str = "MPFB", name: str = "Body"
) -> tuple[bpy.types.Object, bpy.types.Object]:
    """Armature and skin of a body of some kind under a face."""
    body = add_armature(RIGS[rig], name)
    bones = RIGS[rig]
    chain = [bone for bone in bones if bones[bone][3] and is_spine(bone)]
    return body, add_skin(face, body, chain)


def is_spine(bone: str) -> bool:
    return any(part in bone.lower() for part in ("spine", "neck", "head")) and "Top" not in bone


def _ends(body: bpy.types.Object, bone: str) -> np.ndarray:
    found = body.data.bones[bone]
    world = body.matrix_world
    return np.array([world @ found.head_local, world @ found.tail_local])


def poses(count: int = 20, most: float = 40.0, seed: int = 3) -> np.ndarray:
    """[count, 3] turns in degrees about X, Y and Z of a neck's bones; the first are the ends of each way."""
    made = np.random.default_rng(seed).uniform(-most, most, (count, 3))
    ends = np.concatenate([most * np.eye(3), -most * np.eye(3)])
    made[: min(count, 6)] = ends[: min(count, 6)]
    return made


def turn(body: bpy.types.Object, bones: Sequence[str], degrees: Sequence[float]) -> None:
    """Turn bones of a body, each by its part of the angles."""
    for bone in bones:
        posed = body.pose.bones[bone]
        posed.rotation_mode = 'XYZ'
        posed.rotation_euler = np.radians(degrees) / len(bones)
    bpy.context.view_layer.update()


def shown(obj: bpy.types.Object) -> np.ndarray:
    """[V, 3] of the world, as Blender shows a mesh object."""
    bpy.context.view_layer.update()
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.attributes["position"].data.foreach_get("vector", points.ravel())
    world = np.array(twin.matrix_world)
    twin.to_mesh_clear()
    return points.astype(float) @ world[:3, :3].T + world[:3, 3]


def seam_gap(face: bpy.types.Object, skin: bpy.types.Object, numbers: np.ndarray) -> float:
    """Largest distance between the face's border and the upper ring of a body's tube, in the scene's units."""
    return float(
        np.linalg.norm(shown(face.aim.rig)[numbers] - shown(skin)[: len(numbers)], axis=1).max()
    )


def scaled(obj: bpy.types.Object, factors: Sequence[float]) -> None:
    """Scale an object and what its data hold against each other, so that it looks the same."""
    matrix = Matrix.Diagonal((*factors, 1.0))
    obj.data.transform(matrix.inverted())
    obj.matrix_world = obj.matrix_world @ matrix
    bpy.context.view_layer.update()


def add_rigify(with_face: bool = True) -> bpy.types.Object:
    """The human of Rigify without limbs, generated, at the size and place of the stand-in face.

    Its face takes most of the time.
    """
    addon_utils.enable("rigify", default_set=True)
    there = set(bpy.data.objects)
    bpy.ops.object.armature_human_metarig_add()
    metarig = bpy.context.object
    bpy.ops.object.mode_set(mode='EDIT')
    edited = metarig.data.edit_bones
    face = (
        {bone.name for bone in edited["face"].children_recursive} | {"face"} if with_face else set()
    )
    for name in [bone.name for bone in edited if "spine" not in bone.name]:
        if name not in face:
            edited.remove(edited[name])
    bpy.ops.object.mode_set(mode='OBJECT')
    bpy.ops.pose.rigify_generate()
    made = [obj for obj in bpy.data.objects if obj.type == 'ARMATURE' and obj not in there]
    rig = next(obj for obj in made if obj != metarig)
    bpy.data.objects.remove(metarig)
    low, high = (rig.data.bones[name].head_local for name in ("DEF-spine.004", "DEF-spine.006"))
    size = (HEAD - NECK) / (high[2] - low[2])
    rig.scale = (size,) * 3
    rig.location = (_X, _Y - size * low[1], NECK - size * low[2])
    bpy.context.view_layer.update()
    return rig
