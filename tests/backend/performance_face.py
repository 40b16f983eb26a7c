# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small model of the made-up head and performances of it with a known answer."""

import functools
from dataclasses import dataclass

import numpy as np

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.model.network import SineNetwork
from aim_blender_addon.backend.solving.dense import posed
from aim_blender_addon.backend.solving.solving_face import SolvingFace, prepare_face
from tests.backend import synthetic_head

JOINT = JawJoint(np.array([50.0, -5, 15]), np.array([-50.0, -5, 15]), np.array([0.0, -45, 85]))
FUNCTIONS = 20


@functools.cache
def model() -> AimModel:
    """The head with its expressions but the jaw's; the jaw opens in one scan and swings in another."""
    neutral = synthetic_head.head()
    rest = neutral.vertices.astype(np.float64)
    names = ("smile", "brow_up", "pucker", "cheeks", "jaw_open", "jaw_left")
    moves = {s.name: s.vertices - rest for s in synthetic_head.expressions(names[:4])}
    share = np.clip(-(rest[:, 1] + 20) / 40, 0, 1) * np.clip((rest[:, 2] + 10) / 50, 0, 1)
    still = np.zeros_like(rest)
    columns = np.column_stack([moves.get(name, still) for name in names])
    random = np.random.default_rng(0)
    places = rest / 100
    network = SineNetwork(
        (
            random.normal(size=(3, 60)).astype(np.float32) * 2,
            random.normal(size=(60, 500)).astype(np.float32) * 0.2,
        ),
        tuple(random.uniform(0, 6, size).astype(np.float32) for size in (60, 500)),
    )
    targets = np.column_stack([np.full(len(rest), 8.0), neutral.normals, share, columns])
    features = network.features(places.astype(np.float32)).astype(np.float64)
    gram = features.T @ features + 1e-6 * np.eye(features.shape[1])
    heads = np.linalg.solve(gram, features.T @ targets).astype(np.float32)
    jaws = np.tile(np.eye(4), (6, 1, 1))
    jaws[4], jaws[5] = JOINT.pose([0.3, 2, 0, 0]), JOINT.pose([0, 0, 7, 0])
    bone = Mesh.from_triangles(neutral.vertices * 0.9, neutral.triangles, "bone")
    below = (rest[:, 1] < -20) & (rest[:, 2] > -10)
    return AimModel(
        name="made up",
        neutral=neutral,
        coordinates=places.astype(np.float32),
        network=network,
        heads=heads,
        bone_below=np.ones(len(rest), np.float32),
        expression_names=names,
        jaw_poses=jaws,
        head_poses=np.tile(np.eye(4), (6, 1, 1)),
        joint=JOINT,
        skull=synthetic_head.cut(bone, ~below),
        jaw=synthetic_head.cut(bone, below),
        bones_estimated=False,
    )


@functools.cache
def face() -> SolvingFace:
    """The model made ready, with few functions."""
    return prepare_face(model(), FUNCTIONS)


@dataclass(frozen=True)
class Performance:
    """Frames [T, V, 3] and what made them: heads [T, 4, 4], jaws [T, 4], local weights [T, E, K]."""

    vertices: np.ndarray
    heads: np.ndarray
    jaws: np.ndarray
    weights: np.ndarray


@functools.cache
def performance(frames: int = 20) -> Performance:
    """A smooth performance with weights that vary over the skin, head and jaw in motion."""
    ready, time = face(), np.arange(frames) / 10
    heads, jaws, weights = np.tile(np.eye(4), (frames, 1, 1)), np.zeros((frames, 4)), []
    for t, second in enumerate(time):
        heads[t, :3, :3] = synthetic_head.rotation([0.2, 1, 0.1], 8 * np.sin(second))
        heads[t, :3, 3] = 5 * np.sin([0.7 * second, second, 1.3 * second + 1])
        jaws[t] = [0.12 * (1 - np.cos(2 * second)), 1 - np.cos(2 * second), 2 * np.sin(second), 0]
        local = np.zeros((ready.expressions, ready.functions))
        local[:4, 0] = 0.3 + 0.25 * np.sin(second + np.arange(4))
        local[:4, 1:6] = 0.06 * np.sin(1.5 * second + np.arange(20).reshape(4, 5))
        weights.append(local)
    vertices = [
        posed(ready, ready.displacement(w), jaw, head)
        for w, jaw, head in zip(weights, jaws, heads, strict=True)
    ]
    return Performance(np.stack(vertices), heads, jaws, np.stack(weights))


def distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Distances of points [..., 3]."""
    return np.linalg.norm(np.asarray(first, np.float64) - second, axis=-1)
