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

from aim_blender_addon.backend.sample.head import (
    SampleHead,
    find_package,
    load_sample_head,
    site_folders,
    z_up,
)
from aim_blender_addon.bridge.meshes import HeadSpace, create_object
from tests.addon import faces

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
    bumps = [np.clip(1 - np.abs(time - middle) / 0.25, 0, 1) for middle in (0.2, 0.2, 0.5, 0.8, 0.8)]
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
