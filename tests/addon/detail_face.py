# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small baked head with a UV map, and a detail for it as the worker would make one."""

import bpy
import numpy as np
import pytest

from aim_blender_addon.backend.jobs.detail_skin import DetailResult
from aim_blender_addon.bridge.rig.objects import rig_of
from aim_blender_addon.jobs import environment
from tests.addon import models, muscle_face

SIZE = 64
REGIONS = ("forehead", "lips")


def make(**options: object) -> bpy.types.Object:
    """A baked face whose rig has a UV map without overlaps."""
    face = muscle_face.make(**options)
    unwrap(rig_of(face))
    for slot in rig_of(face).material_slots:
        if slot.material.node_tree is None:  # before Blender 5.0 a new material has none
            slot.material.use_nodes = True
    return face


def unwrap(rig: bpy.types.Object) -> None:
    """A cylinder's UV map, cut at the back; the poles get a row of their own."""
    mesh = rig.data
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    points -= (points.max(axis=0) + points.min(axis=0)) / 2
    turn = np.arctan2(points[:, 0], -points[:, 1]) / (2 * np.pi)
    height = (points[:, 2] - points[:, 2].min()) / np.ptp(points[:, 2])
    layer = mesh.uv_layers.new(name="UVMap")
    mesh.uv_layers.active = layer
    for face in mesh.polygons:
        corners = [mesh.loops[k].vertex_index for k in face.loop_indices]
        u = np.array([turn[v] for v in corners])
        flat = np.hypot(*points[corners, :2].T) < 1e-6
        if np.ptp(u[~flat]) > 0.5:
            u[u < 0] += 1
        u[flat] = u[~flat].mean()
        for k, at, v in zip(face.loop_indices, u, corners, strict=True):
            layer.uv[k].vector = (0.05 + 0.85 * (at + 0.5), 0.02 + 0.96 * height[v])


def made(rig: bpy.types.Object, seed: int = 0) -> DetailResult:
    """A made-up detail for a rig."""
    points = np.empty((len(rig.data.vertices), 3), np.float32)
    rig.data.vertices.foreach_get("co", points.ravel())
    return made_up(points, seed)


def made_up(points: np.ndarray, seed: int = 0) -> DetailResult:
    """A made-up detail of maps without any sense, for vertices [V, 3]."""
    random = np.random.default_rng(seed)
    height = (points[:, 2] - points[:, 2].min()) / np.ptp(points[:, 2])
    share = np.clip(2 * height - 0.5, 0, 1)
    maps = 0.1 * random.standard_normal((5, SIZE, SIZE)).astype(np.float32)
    return DetailResult(
        constant=maps[0],
        compressed=maps[1:],
        start=random.uniform(0.0, 0.06, len(points)).astype(np.float32),
        width=0.12,
        axis=np.array([1.0, 0.0, 0.0]),
        regions=REGIONS,
        shares=np.stack([share, 1 - share], axis=1).astype(np.float32),
        report={"maps": 0, "notes": []},
    )


def worker(monkeypatch: pytest.MonkeyPatch, *results: DetailResult) -> models.FakeWorker:
    """A worker that answers with these."""
    found = models.FakeWorker(*[models.finished(result) for result in results])
    monkeypatch.setattr(environment, "worker", lambda context: found)
    monkeypatch.setattr(environment, "disabled_reason", lambda context: "")
    return found


def with_detail(monkeypatch: pytest.MonkeyPatch, **options: object) -> bpy.types.Object:
    """A face with a made-up generic skin."""
    face = make(**options)
    worker(monkeypatch, made(rig_of(face)))
    assert bpy.ops.aim.make_generic_skin() == {'FINISHED'}
    return face
