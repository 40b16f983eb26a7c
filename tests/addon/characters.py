# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters for tests of retargeting: the sample head as a mesh with or without shape keys, and files of curves."""

import functools
import os
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.geometry.skinning import undo_jaw
from aim_blender_addon.backend.io.model_file import model_to_bytes
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.model.network import SineNetwork
from aim_blender_addon.backend.sample.head import (
    SampleHead,
    find_package,
    load_sample_head,
    site_folders,
    z_up,
)
from aim_blender_addon.bridge.data import storage
from aim_blender_addon.bridge.data.head_space import HeadSpace
from aim_blender_addon.bridge.data.meshes import create_object
from tests.addon import faces, stand_in

#: Channels of the curves that tests write.
CHANNELS = ("EyeBlinkLeft", "EyeBlinkRight", "JawOpen", "MouthSmileLeft", "MouthSmileRight")


@functools.cache
def head() -> SampleHead:
    """The sample head as it stands in Blender."""
    package = find_package(site_folders(Path(os.environ.get("AIM_PYTHON", sys.executable))))
    if package is None:
        pytest.skip("the sample head is not installed")
    return z_up(load_sample_head(package))


def add(
    name: str = "Hero", shapes: tuple[str, ...] = (), matrix: np.ndarray | None = None
) -> bpy.types.Object:
    """The head as a character, moved by ``matrix`` [3, 3] in its own mesh, with these of its units as shape keys."""
    made = head()
    turn = np.eye(3) if matrix is None else matrix
    skin = made.skin.with_vertices(made.skin.vertices @ turn.T.astype(np.float32), name)
    scene = bpy.context.scene
    obj = create_object(name, skin, HeadSpace.at_origin(scene), scene.collection)
    if shapes:
        obj.shape_key_add(name="Basis", from_mix=False)
    scale = scene.unit_settings.scale_length * 1000
    for shape in shapes:
        moved = made.units[made.unit_names.index(shape)] @ turn.T
        key = obj.shape_key_add(name=shape, from_mix=False)
        points = (skin.vertices + moved) / scale
        key.points.foreach_set("co", points.astype(np.float32).ravel())
    faces.select([obj])
    return obj


def write_curves(path: Path, frames: int = 12, delimiter: str = ",", start: str = "") -> Path:
    """A recording as Live Link Face writes it: a blink, then the mouth opens, then a smile."""
    time = np.linspace(0, 1, frames)
    bumps = [
        np.clip(1 - np.abs(time - middle) / 0.25, 0, 1) for middle in (0.2, 0.2, 0.5, 0.8, 0.8)
    ]
    rows = [delimiter.join(("Timecode", "BlendShapeCount", *CHANNELS))]
    for number, values in enumerate(np.array(bumps).T):
        stamp = f"01:00:{number // 60:02d}:{number % 60:02d}.000"
        rows.append(delimiter.join((stamp, "61", *(f"{value:.4f}" for value in values))))
    path.write_text(start + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def shown(obj: bpy.types.Object) -> np.ndarray:
    """[V, 3] what a mesh is in the world now."""
    bpy.context.view_layer.update()
    twin = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = twin.to_mesh()
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    matrix = np.array(twin.matrix_world)
    twin.to_mesh_clear()
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def play(obj: bpy.types.Object, frames: range) -> np.ndarray:
    """[T, V, 3] what it is at each frame."""
    shapes = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        shapes.append(shown(obj))
    return np.stack(shapes)


def add_actor(shapes: tuple[str, ...]) -> bpy.types.Object:
    """The head as an actor with a model: these units as its expressions, the jaw opening in ``jawOpen``."""
    made = head()
    rest = made.skin.vertices.astype(np.float64)
    joint = JawJoint(
        made.incisor + np.array([48.0, 80.0, 45.0]),
        made.incisor + np.array([-48.0, 80.0, 45.0]),
        made.incisor,
    )
    opened = joint.pose(np.array([0.3, 2.0, 0.0, 0.0]))
    units = made.units[[made.unit_names.index(shape) for shape in shapes]]
    weight = np.clip(
        np.linalg.norm(made.units[made.unit_names.index("jawOpen")], axis=1) / 30, 0, 1
    )
    moved = [
        undo_jaw(rest + u, opened, weight) - rest if s == "jawOpen" else u
        for s, u in zip(shapes, units, strict=True)
    ]
    thickness = np.full(len(rest), 8.0)
    values = np.column_stack([thickness, made.skin.normals, weight, *moved]).astype(np.float32)
    jaws = np.stack([opened if shape == "jawOpen" else np.eye(4) for shape in shapes])
    bone = made.skin.with_vertices(made.skin.vertices * np.float32(0.85), "bone")
    model = AimModel(
        name="Actor",
        neutral=made.skin,
        coordinates=values,
        network=SineNetwork(
            (np.zeros((values.shape[1], 1), np.float32), np.zeros((1, 1), np.float32)),
            (np.zeros(1, np.float32), np.zeros(1, np.float32)),
        ),
        heads=np.vstack(
            [np.zeros(values.shape[1]), np.eye(values.shape[1]), np.zeros(values.shape[1])]
        ).astype(np.float32),
        bone_below=np.ones(len(rest), np.float32),
        expression_names=shapes,
        jaw_poses=jaws,
        head_poses=np.tile(np.eye(4), (len(shapes), 1, 1)),
        joint=joint,
        skull=bone,
        jaw=bone,
        bones_estimated=False,
    )
    face = stand_in.add_neutral(model)
    face.name = "Actor"
    storage.store_model(face, model_to_bytes(model))
    faces.select([face])
    return face
