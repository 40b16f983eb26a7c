# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small made-up head for tests: about 600 vertices, with expressions, skull and jaw, in millimetres, Z up."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.bridge.data.storage import face_object

WIDTH, DEPTH, HEIGHT = 150.0, 190.0, 230.0
#: Middle between the condyles; the face looks along -Y.
HINGE = np.array([0.0, 10.0, -20.0])
EXPRESSIONS = ("jawOpen", "smile", "browUp")


def ellipsoid(
    size: Iterable[float], centre: Iterable[float], rings: int = 20, around: int = 32
) -> Mesh:
    """A closed ellipsoid of quads with a fan at each end, faces to the outside."""
    polar = np.pi * np.arange(1, rings) / rings
    angle = 2 * np.pi * np.arange(around) / around
    height, turn = np.meshgrid(polar, angle, indexing="ij")
    unit = np.stack(
        [np.sin(height) * np.cos(turn), np.sin(height) * np.sin(turn), np.cos(height)], 2
    )
    unit = np.concatenate([unit.reshape(-1, 3), [[0, 0, 1], [0, 0, -1]]])
    top, bottom = len(unit) - 2, len(unit) - 1
    faces = [
        [ring * around + i, (ring + 1) * around + i, (ring + 1) * around + j, ring * around + j]
        for ring in range(rings - 2)
        for i, j in ((i, (i + 1) % around) for i in range(around))
    ]
    last = (rings - 2) * around
    for i, j in ((i, (i + 1) % around) for i in range(around)):
        faces += [[top, i, j], [bottom, last + j, last + i]]
    vertices = unit * np.array(list(size)) / 2 + np.array(list(centre))
    return Mesh(
        vertices.astype(np.float32),
        np.array([corner for face in faces for corner in face], np.int32),
        np.array([len(face) for face in faces], np.int32),
        "head",
    )


def neutral(rings: int = 20, around: int = 32) -> Mesh:
    """The head at rest: an egg with a nose and a chin."""
    mesh = ellipsoid((WIDTH, DEPTH, HEIGHT), (0, 0, 0), rings, around)
    points = mesh.vertices.astype(np.float64)
    for centre, radius, length in (((0, -95, 5), 16, 22), ((0, -60, -85), 28, 18)):
        near = np.exp(-np.sum((points - centre) ** 2, 1) / (2 * radius**2))
        points[:, 1] -= length * near
    return mesh.with_vertices(points, "neutral")


def skull() -> Mesh:
    """A closed cranium under the skin."""
    return replace(ellipsoid((120, 155, 150), (0, 8, 25), 12, 20), name="skull")


def jaw() -> Mesh:
    """A closed mandible under the chin."""
    return replace(ellipsoid((90, 100, 44), (0, -36, -72), 12, 24), name="jaw")


def jaw_weight(points: np.ndarray) -> np.ndarray:
    """[V] how much each point of the made-up skin follows the jaw."""
    low = 1 / (1 + np.exp((points[:, 2] + 45) / 10))
    return low / (1 + np.exp((points[:, 1] - 0) / 12))


def jaw_pose(degrees: float) -> np.ndarray:
    """[4, 4] the jaw opened about the hinge."""
    angle = np.radians(degrees)
    pose = np.eye(4)
    pose[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    pose[:3, 3] = HINGE - pose[:3, :3] @ HINGE
    return pose


def expression(name: str, rest: Mesh | None = None) -> Mesh:
    """One of ``EXPRESSIONS``."""
    rest = rest or neutral()
    points = rest.vertices.astype(np.float64)
    if name == "jawOpen":
        pose = jaw_pose(12.0)
        moved = points @ pose[:3, :3].T + pose[:3, 3]
        points = points + jaw_weight(points)[:, None] * (moved - points)
    else:
        centre, offset = {
            "smile": ((0, -80, -45), (0, 4, 9)),
            "browUp": ((0, -75, 50), (0, 0, 7)),
        }[name]
        near = np.exp(-np.sum((points - centre) ** 2, 1) / (2 * 25**2))
        points = points + near[:, None] * offset
    return rest.with_vertices(points, name)


def new_object(mesh: Mesh, name: str = "", scale: float = 0.001) -> bpy.types.Object:
    """A mesh object in the scene; 0.001 for the default scene, whose unit is a metre."""
    data = bpy.data.meshes.new(name or mesh.name)
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    faces = [
        mesh.face_vertices[start : start + size].tolist()
        for start, size in zip(starts, mesh.face_sizes, strict=True)
    ]
    data.from_pydata((mesh.vertices * scale).tolist(), [], faces)
    obj = bpy.data.objects.new(name or mesh.name, data)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def new_scans(
    scale: float = 0.001, rest: Mesh | None = None
) -> tuple[bpy.types.Object, list[bpy.types.Object]]:
    """Neutral and expressions as objects."""
    rest = rest or neutral()
    scans = [new_object(expression(name, rest), scale=scale) for name in EXPRESSIONS]
    return new_object(rest, scale=scale), scans


def new_face(rest: Mesh | None = None) -> bpy.types.Object:
    """A face made by the operator from :func:`new_scans`."""
    face, scans = new_scans(rest=rest)
    select([*scans, face])
    assert bpy.ops.aim.add_scans() == {'FINISHED'}
    return face


def face_settings() -> bpy.types.PropertyGroup:
    """What the active face keeps."""
    return face_object(bpy.context).aim


def new_shape_keys() -> bpy.types.Object:
    """The neutral with the expressions as shape keys."""
    rest = neutral()
    obj = new_object(rest)
    obj.shape_key_add(name="Basis")
    for name in EXPRESSIONS:
        key = obj.shape_key_add(name=name)
        key.points.foreach_set("co", (expression(name, rest).vertices * 0.001).ravel())
    select([obj])
    return obj


def pick_bones(face: bpy.types.Object) -> None:
    """Skull and jaw as objects, picked."""
    face.aim.skull = new_object(skull(), "Skull")
    face.aim.jaw = new_object(jaw(), "Jaw")


def select(objects: list[bpy.types.Object]) -> None:
    """Select these alone; the last one is active."""
    bpy.context.view_layer.update()
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj in objects)
    bpy.context.view_layer.objects.active = objects[-1]


def write_obj(path: Path, mesh: Mesh, scale: float = 1.0, y_up: bool = True) -> None:
    """An OBJ file as other programs write it."""
    points = mesh.vertices * scale
    if y_up:
        points = np.stack([points[:, 0], points[:, 2], -points[:, 1]], 1)
    starts = np.cumsum(mesh.face_sizes) - mesh.face_sizes
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in points]
    for start, size in zip(starts, mesh.face_sizes, strict=True):
        corners = mesh.face_vertices[start : start + size] + 1
        lines.append("f " + " ".join(str(corner) for corner in corners))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_folder(folder: Path, **options: object) -> Path:
    """A folder of scan files with bones."""
    folder.mkdir(parents=True, exist_ok=True)
    rest = neutral()
    for mesh in (rest, *(expression(name, rest) for name in EXPRESSIONS), skull(), jaw()):
        write_obj(folder / f"{mesh.name}.obj", mesh, **options)
    return folder
