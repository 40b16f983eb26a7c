# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of a few vertices, so that thousands of damaged copies are read in seconds."""

import functools

import numpy as np

from aim_blender_addon.backend.anatomy.jaw.joint import JawJoint
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.model.aim import AimModel, FittedAnatomy
from aim_blender_addon.backend.model.network import SineNetwork

NAMES = ("smile", "jaw öffnen", "brow_up")
JOINT = JawJoint(np.array([50.0, -5, 15]), np.array([-50.0, -5, 15]), np.array([0.0, -45, 85]))


@functools.cache
def small_mesh(rings: int = 7, around: int = 8) -> Mesh:
    """A sphere of 100 mm with a triangle or quad a face."""
    vertices = [[0, 0, 100.0]]
    for ring in range(1, rings):
        for step in range(around):
            angle, turn = np.pi * ring / rings, 2 * np.pi * step / around
            x, y = np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn)
            vertices.append([100 * x, 100 * y, 100 * np.cos(angle)])
    vertices.append([0, 0, -100.0])
    last, faces = len(vertices) - 1, []
    for step in range(around):
        after = (step + 1) % around
        faces.append([0, 1 + step, 1 + after])
        for ring in range(rings - 2):
            low = 1 + ring * around
            faces.append([low + step, low + around + step, low + around + after, low + after])
        low = 1 + (rings - 2) * around
        faces.append([low + step, last, low + after])
    return Mesh(
        np.array(vertices, np.float32),
        np.array(sum(faces, []), np.int32),
        np.array([len(face) for face in faces], np.int32),
        "small",
    )


@functools.cache
def small_model(edited: bool = False) -> AimModel:
    """A model with random functions on the sphere, or one whose anatomy was edited."""
    random, neutral = np.random.default_rng(0), small_mesh()
    count = len(neutral.vertices)
    network = SineNetwork(
        (
            random.normal(size=(3, 5)).astype(np.float32),
            random.normal(size=(5, 6)).astype(np.float32),
        ),
        tuple(random.normal(size=size).astype(np.float32) for size in (5, 6)),
    )
    heads = random.normal(size=(network.feature_count, 5 + 3 * len(NAMES))).astype(np.float32)
    bone = neutral.with_vertices(neutral.vertices * 0.8, "bone")
    jaws = np.stack([np.eye(4), JOINT.pose([0.3, 1, 2, 0]), np.eye(4)])
    fitted = FittedAnatomy(
        neutral.vertices,
        bone.vertices,
        bone.vertices,
        JOINT,
        jaws,
        np.zeros((count, 4), np.float32),
    )
    figures = {"mean": 0.1, "p99": 0.4, "max": 0.5, "jaw_disagreement_mm": 0.3, "jaw_pinned": False}
    return AimModel(
        name="Anna",
        neutral=neutral,
        coordinates=(neutral.vertices / 100).astype(np.float32),
        network=network,
        heads=heads,
        bone_below=(neutral.vertices[:, 1] > 0).astype(np.float32),
        expression_names=NAMES,
        jaw_poses=jaws,
        head_poses=np.tile(np.eye(4), (len(NAMES), 1, 1)),
        joint=JOINT,
        skull=bone,
        jaw=bone,
        bones_estimated=True,
        report={
            "seconds": 1.5,
            "skin_error_mm": {"mean": 0.02, "p99": 0.1, "max": 0.3},
            "per_expression": {name: figures for name in NAMES},
            "anatomy": {"chin": 1.0},
        },
        anatomy_detail=random.normal(size=(count, 4)).astype(np.float32),
        carry=np.tile(np.eye(3, dtype=np.float32), (count, 1, 1)) if edited else None,
        fitted=fitted if edited else None,
    )
