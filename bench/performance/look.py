# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How exactly a solve tells the look: ``python -m bench.performance.look MODEL ACTOR_FOLDER``.

The model is of the generator's actor in the folder. Its frames give head, jaw and skin. Its eyeballs turn by known
angles within them. Skin, eyeballs and pupils have 0.1 mm of noise, pictures 0.3 pixels. Prints a line of JSON a source.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.anatomy.eyes.ball import Ball, fit_ball
from aim_blender_addon.backend.anatomy.eyes.look import rotation
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.io.takes import DENSE, POINTS, VIEWS, Take
from aim_blender_addon.backend.solving.look import SeenEye, look_of_take
from aim_blender_addon.backend.solving.solve import SolveSettings, solve_take
from bench.actors import SHARED

NOISE_MM, NOISE_PIXELS, MARKERS = 0.1, 0.3, 150
NONE = np.zeros(0, np.int64)


def main(model_file: Path, folder: Path, count: int = 30) -> None:
    """Print errors in degrees of the three sources, where the head is solved from the same noisy frames."""
    model = read_model(model_file)
    with np.load(folder / "frames.npz") as file:
        frames = file["vertices"][:count].astype(np.float64)
    with np.load(folder / "truth.npz") as file:
        heads, identity = file["frame_head"][:count], file["identity_coefficients"]
    axes, eyeballs = model.joint.head_axes, _eyeballs(identity)
    # The actor's neutral is where the generator has it.
    balls = {side: fit_ball(points) for side, points in eyeballs.items()}
    random = np.random.default_rng(0)
    time = np.arange(len(frames)) / 5
    yaw, pitch = 0.45 * np.sin(time), 0.3 * np.sin(0.6 * time + 1)
    looks = np.stack([np.stack([yaw + v, pitch], axis=1) for v in (-0.05, 0.05)], axis=1)
    noisy = frames + NOISE_MM * random.standard_normal(frames.shape)
    rest = model.neutral.vertices.astype(np.float64)
    ahead = rest @ axes[1] > np.quantile(rest @ axes[1], 0.5)
    bound = np.sort(random.choice(np.flatnonzero(ahead), MARKERS, replace=False))
    cameras = _cameras(rest.mean(axis=0), axes)
    images = _seen(frames[:, bound], cameras)
    images += NOISE_PIXELS * random.standard_normal(images.shape)
    for name, take in (
        ("mesh", Take("mesh", DENSE, noisy)),
        ("markers", Take("markers", POINTS, noisy[:, bound], vertex_indices=bound)),
        ("tracks", Take("tracks", VIEWS, images, vertex_indices=bound, cameras=cameras)),
    ):
        solved = _heads(model, take)
        shown, neutral, eyes = _eyes(name, eyeballs, balls, axes, looks, heads, cameras, random)
        told = look_of_take(eyes, shown, neutral, solved, np.ones(len(frames), bool))
        exact = look_of_take(eyes, shown, neutral, heads, np.ones(len(frames), bool))
        turn = np.einsum("tij,tkj->tik", solved[:, :3, :3], heads[:, :3, :3])
        angle = np.degrees(np.arccos(np.clip((np.trace(turn, axis1=1, axis2=2) - 1) / 2, -1, 1)))
        found = {
            "source": name,
            "look": _figures(told.angles - looks),
            "look_with_true_head": _figures(exact.angles - looks),
            "head_degrees": {
                "mean": round(float(angle.mean()), 2),
                "max": round(float(angle.max()), 2),
            },
        }
        print(json.dumps(found), flush=True)  # noqa: T201


def _figures(error: np.ndarray) -> dict:
    off = np.degrees(np.linalg.norm(error, axis=2))
    return {"mean": round(float(off.mean()), 2), "max": round(float(off.max()), 2)}


def _heads(model, take: Take) -> np.ndarray:  # noqa: ANN001 - AimModel
    """[T, 4, 4] mm as they are solved."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "r.npz"
        solve_take(model, take, output, SolveSettings())
        with np.load(output) as file:
            return file["head"]


def _eyeballs(identity: np.ndarray) -> dict[str, np.ndarray]:
    """[N, 3] mm of the actor's eyeballs."""
    sys.path.insert(0, str(SHARED / "tools"))
    import ict_face as ict

    stored = np.load(SHARED / "data" / "ict" / "ict_face.npz")
    points = 10 * (stored["neutral"] + np.tensordot(identity, stored["identity_modes"], 1))
    parts = {"left": ict.EYEBALL_LEFT, "right": ict.EYEBALL_RIGHT}
    return {side: points[rows].astype(np.float64) for side, rows in parts.items()}


def _eyes(
    name: str,
    eyeballs: dict[str, np.ndarray],
    balls: dict[str, Ball],
    axes: np.ndarray,
    looks: np.ndarray,
    heads: np.ndarray,
    cameras: np.ndarray,
    random: np.random.Generator,
) -> tuple[Take, Mesh, tuple[SeenEye, ...]]:
    """A take of the eyes alone, what it is bound to, and the eyes. A pupil lies foremost on the eyeball."""
    rest = {
        side: points if name == "mesh" else points[[int((points @ axes[1]).argmax())]]
        for side, points in eyeballs.items()
    }
    parts, eyes, first = [], [], 0
    for number, (side, points) in enumerate(rest.items()):
        ball = balls[side]
        turns = np.stack([rotation(look, axes) for look in looks[:, number]])
        local = ball.centre + np.einsum("tij,nj->tni", turns, points - ball.centre)
        parts.append(np.stack([move_rigidly(p, h) for p, h in zip(local, heads, strict=True)]))
        rows = np.arange(first, first + len(points))
        first += len(points)
        is_mesh = name == "mesh"
        eyes.append(SeenEye(side, ball, axes, rows if is_mesh else NONE, NONE if is_mesh else rows))
    moved = np.concatenate(parts, axis=1)
    neutral = Mesh.from_triangles(np.concatenate([*rest.values()]), np.zeros((0, 3), int), "eyes")
    kind, numbers = (DENSE, None) if name == "mesh" else (POINTS, np.arange(first))
    if name == "tracks":
        seen = _seen(moved, cameras)
        seen += NOISE_PIXELS * random.standard_normal(seen.shape)
        take = Take("eyes", VIEWS, seen, vertex_indices=numbers, cameras=cameras)
        return take, neutral, tuple(eyes)
    noisy = moved + NOISE_MM * random.standard_normal(moved.shape)
    return Take("eyes", kind, noisy, vertex_indices=numbers), neutral, tuple(eyes)


def _cameras(middle: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Two cameras 900 mm before the face, 25 degrees to both sides, [2, 3, 4]; 0.45 mm a pixel there."""
    inside = np.array([[2000.0, 0, 960], [0, 2000, 540], [0, 0, 1]])
    found = []
    for side in (-1, 1):
        angle = side * np.radians(25)
        back = np.cos(angle) * axes[1] + np.sin(angle) * axes[0]
        right = np.cross(axes[2], back)
        view = np.stack([right, -axes[2], -back])
        found.append(inside @ np.column_stack([view, -view @ (middle + 900 * back)]))
    return np.stack(found)


def _seen(points: np.ndarray, cameras: np.ndarray) -> np.ndarray:
    """Pixels [T, C, M, 2] of points [T, M, 3]."""
    image = np.einsum("cij,tmj->tcmi", cameras[:, :, :3], points) + cameras[:, None, :, 3]
    return image[..., :2] / image[..., 2:]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
