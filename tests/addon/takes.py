# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A take on the rig of the stand-in, and what the scene shows of it: measured by the test itself, too."""

import bpy
import numpy as np

from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.bridge.performance import writing
from aim_blender_addon.bridge.performance.shown import making
from aim_blender_addon.bridge.performance.shown.findings import Reason, Shown
from aim_blender_addon.bridge.performance.shown.look import look
from aim_blender_addon.bridge.performance.shown.made import Left, Made
from aim_blender_addon.bridge.rig import bake
from tests.addon import stand_in

COUNT = 12
FRAMES = np.arange(1.0, COUNT + 1)


def add_face(expressions: int = 5) -> bpy.types.Object:
    """A baked face that plays nothing."""
    model = stand_in.make_model(expressions)
    face = stand_in.add_neutral(model)
    bake.bake_rig(face, model, bpy.context, bake.BakeOptions(action=False))
    return face


def model() -> AimModel:
    """The model of that face."""
    return stand_in.make_model()


def poses() -> np.ndarray:
    """[T, 4, 4] mm: head and jaw nod by up to 0.2 radians."""
    return np.stack(
        [stand_in.pose((np.degrees(a), 0, 0), (0, 0, 0)) for a in np.linspace(0, 0.2, COUNT)]
    )


def curves() -> np.ndarray:
    """[T, 2] of the first two expressions."""
    return np.stack([np.linspace(0, 0.8, COUNT), np.linspace(0.5, 0, COUNT)], axis=1)


def vertices() -> np.ndarray:
    """[T, V, 3] mm: what is to be seen."""
    return between(np.arange(COUNT))


def between(rows: np.ndarray) -> np.ndarray:
    """[N, V, 3] mm: the same at rows that may lie between two."""
    made, found = model(), []
    for row in rows:
        share, before = row - int(row), int(row)
        after = min(before + 1, COUNT - 1)
        weights = np.zeros(len(made.expression_names))
        weights[:2] = (1 - share) * curves()[before] + share * curves()[after]
        angle = np.degrees(0.2 * row / (COUNT - 1))
        nod = stand_in.pose((angle, 0, 0), (0, 0, 0))
        found.append(stand_in.skin(made, weights, nod, nod))
    return np.stack(found)


def write(
    face: bpy.types.Object, layered: bool, name: str = "Take", frames: np.ndarray = FRAMES
) -> writing.Written:
    """The take on the rig of ``face``, written as a solve or a retargeting writes it."""
    keys = face.aim.rig.data.shape_keys
    count = len(keys.reference_key.points)
    take = writing.Performance(
        name,
        frames,
        np.ones(COUNT, bool),
        model().expression_names[:2],
        poses(),
        poses(),
        curves(),
        np.zeros((0, count, 3)),
        np.zeros((COUNT, 0)),
        layered=layered,
    )
    return writing.write_performance(face.aim.rig, face.aim.armature, take, 1000.0)


def made_of(written: writing.Written, frames: np.ndarray, rows: np.ndarray) -> Made:
    """What was made: rows [T, V, 3] at ``frames``."""
    heads = np.tile(np.eye(4), (len(frames), 1, 1))
    space, every = making.actor_space(1000.0), np.ones(len(frames), bool)
    return making.of_take(written, frames, every, rows, heads, space, "skull", Left())


def seen(face: bpy.types.Object, written: writing.Written, frames: np.ndarray = FRAMES) -> Shown:
    """What the extension says of it."""
    made = made_of(written, frames, vertices())
    rig, armature = face.aim.rig, face.aim.armature
    return look(rig, armature, written.actions, made, bpy.context, written.locked)


def hidden(face: bpy.types.Object, written: writing.Written) -> dict[Reason, tuple[str, ...]]:
    """What keeps it from showing as it was made, by reason."""
    return {part.reason: part.names for part in seen(face, written).hidden}


def truth(
    face: bpy.types.Object, frames: np.ndarray = FRAMES, carried: np.ndarray | None = None
) -> np.ndarray:
    """[T, V] mm: how far the skin in the world is from what was made, without the extension.

    ``carried`` [4, 4] is where the body has the head, in the world's units.
    """
    scene, rig = bpy.context.scene, face.aim.rig
    before, found = scene.frame_current, []
    stretch = scene.render.frame_map_old / scene.render.frame_map_new
    back = np.eye(4) if carried is None else np.linalg.inv(carried)
    for frame, made in zip(frames / stretch, vertices(), strict=True):
        scene.frame_set(int(np.floor(frame)), subframe=float(frame - np.floor(frame)))
        twin = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        matrix = back @ np.array(twin.matrix_world)
        points = stand_in.evaluated_mm(rig)[: len(made)] / 1000
        points = 1000 * (points @ matrix[:3, :3].T + matrix[:3, 3])
        found.append(np.linalg.norm(points - made, axis=1))
    scene.frame_set(before)
    return np.stack(found)
