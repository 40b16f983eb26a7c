# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faces and performances that retargeting is measured on."""

from collections.abc import Iterator

import numpy as np

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.retargeting.performance import Performance, read_solved
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace, face_of_model
from aim_blender_addon.backend.sample.head import find_package, load_sample_head
from bench import actors
from bench.common import OUT, command, fitted

CHARACTERS = ("male_caucasian", "toon_child")


def characters() -> Iterator[tuple[str, Mesh, dict[str, np.ndarray]]]:
    """Name, mesh and shapes [V, 3] by name, of the characters and the demo head."""
    for name in CHARACTERS:
        with np.load(actors.SHARED / "data" / "characters" / f"{name}.npz") as file:
            mesh = Mesh.from_triangles(1000 * file["V"], file["F"], name)
            yield name, mesh, dict(zip(map(str, file["names"]), 1000 * file["D"], strict=True))
    if package := find_package():
        head = load_sample_head(package, 0)
        yield "demo head", head.skin, dict(zip(head.unit_names, head.units, strict=True))


def solved_actor(seed: int) -> tuple[RetargetFace, Performance]:
    """An actor's face and solved performance, made when they are not there."""
    folder = actors.standard(OUT, seed)
    source = face_of_model(fitted(folder))
    solved = folder / "dense.solved.npz"
    if not solved.exists():
        command("solve", folder / "model.safetensors", folder / "frames.npz", "-o", solved)
    return source, read_solved(solved, source)


def true_skins(seed: int) -> np.ndarray:
    """Skins [T, S, 3] of the generator's take, heads at rest."""
    folder = actors.standard(OUT, seed)
    posed, heads = np.load(folder / "frames.npz")["vertices"], np.load(folder / "truth.npz")
    return np.stack([at_rest(v, h) for v, h in zip(posed, heads["frame_head"], strict=True)])


def at_rest(vertices: np.ndarray, head: np.ndarray) -> np.ndarray:
    return move_rigidly(np.asarray(vertices, float), np.linalg.inv(head))
