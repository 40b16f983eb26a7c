# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is recorded from: actors of the shared generator, takes, handles, curves and characters, in millimetres.

Made with numpy alone. Same seed, same files.
"""

import csv
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("AIM_SHARED", ROOT.parent / "shared")).resolve()
FRAMES, MARKERS, LANDMARKS = 12, 150, 68
#: Skin that the scans move less than this carries no marker, mm.
MOVES_MM = 2.0
#: Which of the recorded frames of curves a character plays.
CURVE_FRAMES = slice(300, 3900, 300)
#: Every third shape of the character has a name that tells nothing, so that it is matched by motion.
HIDDEN_EVERY = 3


def make_actor(inputs: Path, seed: int) -> None:
    """An actor by the shared generator, his takes and handles, where they are not there yet."""
    out = inputs / f"seed{seed}"
    if (inputs / f"seed{seed}_handles_start.npz").exists():
        return
    _generate(out, seed)
    _generate(piece := out.with_name(f"seed{seed}_piece"), seed, "--start", "600", "--step", "4")
    rest = read_obj(out / "neutral.obj")
    scans = [read_obj(path) for path in sorted((out / "expressions").glob("*.obj"))]
    motion = np.linalg.norm(np.stack(scans) - rest, axis=2).max(axis=0)
    moving = np.flatnonzero(motion > MOVES_MM)
    random = np.random.default_rng(seed)
    frames, later = (
        np.load(path / "frames.npz")["vertices"].astype(float) for path in (out, piece)
    )
    save = partial(_save, inputs, seed)
    save("dense", vertices=frames.astype(np.float32))
    chosen = moving[spread(rest[moving], MARKERS)]
    seen = later[:, chosen] + random.normal(0, 0.1, (len(later), MARKERS, 3))
    seen[random.random(seen.shape[:2]) < 0.05] = np.nan
    save("markers", vertex_indices=chosen, positions=seen)
    chosen = moving[spread(rest[moving], LANDMARKS)]
    camera = front_camera()
    image = frames[:, chosen] @ camera[:, :3].T + camera[:, 3]
    pixels = (image[..., :2] / image[..., 2:])[:, None]
    save("image", vertex_indices=chosen, image_points=pixels, cameras=camera[None])
    names = [path.stem for path in sorted((out / "expressions").glob("*.obj"))]
    handles = _handles(rest, moving, scans[names.index("smile")])
    save("handles", **handles)
    weights = np.zeros(len(names))
    weights[names.index("mouth_stretch")] = 0.5
    save("handles_start", **handles, weights=weights)
    write_scan_curves(inputs / "scans.csv", names)


def _handles(rest: np.ndarray, moving: np.ndarray, goal: np.ndarray) -> dict[str, np.ndarray]:
    """Four points to a scan, one 15 mm into the head, a pin and a plane."""
    chosen = moving[spread(rest[moving], 7)]
    positions, normals = goal[chosen].copy(), np.tile([0.0, 0.0, 1.0], (7, 1))
    positions[4:] = rest[chosen[4:]]
    positions[4, 2] -= 15.0
    positions[6, 2] += 2.0
    kinds = np.array([0, 0, 0, 0, 0, 1, 2])
    return {"vertex_indices": chosen, "positions": positions, "kinds": kinds, "normals": normals}


def make_characters(inputs: Path) -> None:
    """A character with shapes, another's neutral, and a piece of the recorded curves."""
    if (inputs / "take.csv").exists():
        return
    data = SHARED / "data"
    with np.load(data / "characters" / "male_caucasian.npz") as file:
        rest, faces = 1000 * file["V"], file["F"]
        shapes = zip(map(str, file["names"]), 1000 * file["D"], strict=True)
    shapes = {name: motion for name, motion in shapes if not name.startswith("viseme")}
    write_obj(inputs / "character" / "neutral.obj", rest, faces)
    for number, (name, motion) in enumerate(shapes.items()):
        file = name if number % HIDDEN_EVERY else f"shape_{number}"
        write_obj(inputs / "character" / "expressions" / f"{file}.obj", rest + motion, faces)
    with np.load(data / "characters" / "toon_child.npz") as file:
        write_obj(inputs / "neutral.obj", 1000 * file["V"], file["F"])
    head, *rows = (data / "performance" / "alex_rom_3.csv").read_text("utf-8").splitlines()
    text = "\n".join([head, *rows[CURVE_FRAMES], ""])
    (inputs / "take.csv").write_text(text, encoding="utf-8")


def write_scan_curves(path: Path, names: Sequence[str]) -> None:
    """Curves that play each scan in turn and mix it with the next."""
    times = np.linspace(0, len(names) - 1, FRAMES)
    values = np.clip(1 - np.abs(times[:, None] - np.arange(len(names))) / 2, 0, 1)
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["Timecode", *names, "HeadYaw", "HeadPitch", "HeadRoll"])
        for number, row in enumerate(values):
            turns = [f"{0.02 * number:.4f}", "-0.05", "0.01"]
            table.writerow(
                [f"01:00:00:{2 * number:02d}.000", *(f"{value:.4f}" for value in row), *turns]
            )


def spread(points: np.ndarray, count: int) -> np.ndarray:
    """Indices [count] of points [N, 3] that are far from each other."""
    chosen = [int(points[:, 2].argmax())]
    far = np.full(len(points), np.inf)
    while len(chosen) < count:
        far = np.minimum(far, np.linalg.norm(points - points[chosen[-1]], axis=1))
        chosen.append(int(far.argmax()))
    return np.array(chosen)


def front_camera() -> np.ndarray:
    """Projection [3, 4] of a camera 700 mm before the face, 1920 x 1080 pixels."""
    inside = np.array([[1800.0, 0, 960], [0, 1800, 540], [0, 0, 1]])
    turn = np.diag([1.0, -1, -1])
    return inside @ np.column_stack([turn, -turn @ np.array([0.0, -30, 700])])


def read_obj(path: Path) -> np.ndarray:
    """Vertices [V, 3] of an OBJ file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return np.array([line.split()[1:4] for line in lines if line.startswith("v ")], float)


def write_obj(path: Path, vertices: np.ndarray, triangles: np.ndarray) -> None:
    """Write vertices [V, 3] and triangles [F, 3] as an OBJ file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        np.savetxt(stream, vertices, "v %.6f %.6f %.6f")
        np.savetxt(stream, triangles + 1, "f %d %d %d")


def _generate(out: Path, seed: int, *words: str) -> None:
    tool = SHARED / "tools" / "make_actor.py"
    asked = ("--identity-seed", seed, "--frames", FRAMES, *words, "--no-truth", "--out", out)
    command = [sys.executable, *map(str, (tool, *asked))]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _save(folder: Path, seed: int, name: str, **arrays: np.ndarray) -> None:
    np.savez(folder / f"seed{seed}_{name}.npz", **arrays)
