# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made actors as meshes, and bones estimated for them: read and found once for all tests of a run."""

import functools

from aim_blender_addon.backend.anatomy.bones.estimate import EstimatedBones, estimate_bones
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.mesh_files import read_mesh
from tests.shared_data import make_actor


@functools.cache
def person(seed: int) -> tuple[Mesh, Mesh, Mesh]:
    """Neutral, skull and jaw of an actor, mm."""
    folder = make_actor(seed)
    return tuple(read_mesh(folder / f"{name}.obj") for name in ("neutral", "skull", "jaw"))


@functools.cache
def estimated(seed: int) -> tuple[Mesh, EstimatedBones]:
    """Neutral of an actor, and what is estimated from it alone."""
    neutral = person(seed)[0]
    return neutral, estimate_bones(neutral)
