# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/decisions/measured-performance.md: ``python -m bench.performance``.

Needs the folder shared/ beside the repository.

Solves are done by the command line in processes of their own; baselines are in ``bench.performance.baselines``.
"""

import argparse
import json
import subprocess
import sys

import numpy as np

from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.geometry.skinning import undo_jaw
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.io.takes import DENSE, POINTS, Take
from aim_blender_addon.backend.scans.head_motion import remove_head_motion
from aim_blender_addon.backend.solving import pose, views
from aim_blender_addon.backend.solving.solve import SolveSettings, solve_take
from aim_blender_addon.backend.solving.solving_face import FacePoints
from bench import actors
from bench.actors import ROOT
from bench.common import OUT, fit, machine
from bench.performance import baselines

FRAMES, MARKERS, LANDMARKS = 60, 150, 68
#: Frames of the performance without jaw motion, and the largest motion at the incisors that counts as none, mm.
STILL_FRAMES, STILL_MM = 30, 0.1
#: Patches of the patch blendshapes, and of the local model (Wu et al. have about a thousand).
PATCHES, LOCAL_PATCHES = 100, 1000
#: Ridges of which global blendshapes from markers get the one that turns out best.
RIDGES = (1e-5, 1e-4, 1e-3, 1e-2)


def main() -> None:
    """Measure, print, and leave ``out/bench/solve.md``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 3, 11, 7], help="actors")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    heads = (
        ("Dense", "| actor | method | mean mm | p99 | max | of global | ms a frame |", dense),
        (
            "Few points",
            "| actor | input | method | mean mm | p99 | of global | ms a frame |",
            sparse,
        ),
        ("Jaw at the lower incisors", "| actor | input | mean mm | p90 | max |", jaw),
        (
            "Jaw at the lower incisors where it does not move",
            "| actor | input | mean mm | p90 | max |",
            still_jaw,
        ),
        ("Noise", "| actor | what | mm |", noise),
        (
            "Mean error in mm against the number of functions",
            "| actor | functions | dense, weights alone | with remainder | at left-out vertices "
            "| noise 0.2 mm, weights alone | with remainder | 150 markers |",
            functions,
        ),
    )
    benches = [Bench(seed) for seed in options.seeds]
    text = [f"Measured on {machine()}."]
    for title, head, rows in heads:
        chosen = benches[:1] if rows is functions else benches  # that one takes minutes
        line = "|" + "---|" * (head.count("|") - 1)
        text.append(
            "\n".join([f"## {title}", "", head, line, *(r for b in chosen for r in rows(b))])
        )
    whole = "\n\n".join(text) + "\n"
    (OUT / "performance.md").write_text(whole, encoding="utf-8")
    sys.stdout.write(whole)


class Bench:
    """One actor: model, unseen frames, truth, and inputs made of them."""

    def __init__(self, seed: int):
        self.seed, self.folder = seed, actors.standard(OUT, seed, FRAMES, name="solve")
        if not (self.folder / "model.safetensors").exists():
            fit(self.folder)
        self.model = read_model(self.folder / "model.safetensors")
        self.at = self.model.evaluate()
        self.rest = self.at.skin.astype(np.float64)
        self.frames = np.load(self.folder / "frames.npz")["vertices"].astype(np.float64)
        self.truth = np.load(self.folder / "truth.npz")
        actor = read_actor(self.folder)
        scans, _ = remove_head_motion(
            actor.neutral, np.stack([scan.vertices for scan in actor.expressions])
        )
        self.scans = (scans - self.rest).transpose(1, 2, 0).astype(np.float64)  # [V, 3, E]
        motion = np.linalg.norm(self.scans, axis=1).max(axis=1)
        self.by_motion = baselines.spread(self.rest, MARKERS, np.sqrt(motion))
        moving = motion > 2.0
        self.evenly = baselines.spread(self.rest, MARKERS, moving.astype(float))
        other = int(np.random.default_rng(seed).choice(np.flatnonzero(moving)))
        self.evenly_too = baselines.spread(self.rest, MARKERS, moving.astype(float), other)
        self.landmarks = baselines.spread(self.rest, LANDMARKS, np.sqrt(motion))
        head = self.truth["frame_head"]
        self.in_head = np.stack(
            [move_rigidly(f, np.linalg.inv(h)) for f, h in zip(self.frames, head, strict=True)]
        )

    def solve(self, name: str, **arrays: np.ndarray) -> tuple[dict, dict]:
        """Result arrays and figures of the command line for an input."""
        source, result = self.folder / f"{name}.npz", self.folder / f"{name}.solved.npz"
        np.savez(source, **arrays)
        figures = self.folder / f"{name}.json"
        command = [sys.executable, "-m", "aim_blender_addon.backend", "solve"]
        command += [str(self.folder / "model.safetensors"), str(source)]
        command += ["-o", str(result), "--json", str(figures)]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        with np.load(result) as file:
            arrays = {key: file[key] for key in ("vertices", "head", "jaw")}
        return arrays, json.loads(figures.read_text(encoding="utf-8"))

    def incisor_error(self, jaws: np.ndarray, truth: np.ndarray | None = None) -> np.ndarray:
        """Error [T] mm of jaw poses [T, 4, 4] at the lower incisors; the take's own truth when None is given."""
        point = np.r_[self.truth["incisor_neutral"], 1.0]
        truth = self.truth["frame_jaw"] if truth is None else truth
        return np.linalg.norm(((jaws - truth) @ point)[:, :3], axis=1)


def dense(bench: Bench) -> list[str]:
    """Ours beside the three baselines on the same frames."""
    solved, figures = bench.performance("dense", vertices=bench.frames.astype(np.float32))
    bench.dense = solved
    local = np.stack(
        [
            move_rigidly(f, np.linalg.inv(h))
            for f, h in zip(bench.frames, solved["head"], strict=True)
        ]
    )
    moved = local - bench.rest
    unposed = np.stack(
        [undo_jaw(f, j, bench.at.jaw_weight) for f, j in zip(local, solved["jaw"], strict=True)]
    )
    unposed -= bench.rest
    patches = baselines.make_patches(bench.model.neutral, PATCHES)
    small = baselines.make_patches(bench.model.neutral, LOCAL_PATCHES)
    plain = moved - baselines.global_blendshapes(bench.scans, moved)
    whole = _errors(plain).mean()
    rows = {
        "global blendshapes": plain,
        "patch blendshapes": moved - baselines.patch_blendshapes(patches, bench.scans, moved),
        "anatomical local model": unposed
        - baselines.anatomical_local_model(small, bench.at, unposed),
        "ours": solved["vertices"] - bench.frames,
    }
    lines = []
    for name, left in rows.items():
        e = np.linalg.norm(left, axis=2)
        speed = f"{1000 * figures['seconds_per_frame']:.0f}" if name == "ours" else "-"
        lines.append(
            f"| {bench.seed} | {name} | {e.mean():.4f} | {np.percentile(e, 99):.3f} | {e.max():.2f} "
            f"| {e.mean() / whole:.3f} | {speed} |"
        )
    return lines


def sparse(bench: Bench) -> list[str]:
    """Markers and landmarks: error over the whole skin, beside global blendshapes from the same."""
    lines = []
    bench.few = {}
    for name, chosen in (
        ("by motion", bench.by_motion),
        ("evenly", bench.evenly),
        ("evenly, another draw", bench.evenly_too),
    ):
        places = bench.frames[:, chosen]
        tries = []
        for ridge in RIDGES:
            there = bench.in_head[:, chosen] - bench.rest[chosen]
            weights = baselines.weights_of(bench.scans[chosen], there, ridge)
            shown = np.einsum("vce,te->tvc", bench.scans, weights)
            tries.append(_errors(shown - (bench.in_head - bench.rest)))
        plain = min(tries, key=np.mean)
        text = f"{MARKERS} markers spread {name}"
        lines.append(_line(bench, text, "global, head known, best ridge", plain, plain))
        lines.append(_solved_line(bench, text, f"markers {name}", plain, chosen, positions=places))
        if chosen is bench.by_motion:
            by_motion = plain
    plain = by_motion
    bad = _spoilt(bench.frames[:, bench.by_motion])
    lines.append(
        _solved_line(
            bench,
            "20 % missing, 5 % wrong by 20 mm",
            "spoilt",
            plain,
            bench.by_motion,
            positions=bad,
        )
    )
    camera = front_camera()
    image = bench.frames[:, bench.landmarks] @ camera[:, :3].T + camera[:, 3]
    pixels = image[..., :2] / image[..., 2:]
    plain = _errors(global_from_image(bench, camera, pixels) - bench.frames)
    text = f"{LANDMARKS} landmarks in one view"
    lines.append(_line(bench, text, "global", plain, plain))
    lines.append(
        _solved_line(
            bench,
            text,
            "landmarks",
            plain,
            bench.landmarks,
            image_points=pixels[:, None],
            cameras=camera[None],
        )
    )
    return lines


def jaw(bench: Bench) -> list[str]:
    """The jaw of the dense and the sparse solves."""
    lines = []
    for name, solved in (("dense", bench.dense), *bench.few.items()):
        lines.append(_jaw_line(bench, name, bench.incisor_error(solved["jaw"])))
    return lines


def still_jaw(bench: Bench) -> list[str]:
    """The same performance with the jaw's channels at zero: all that moves it is wrong."""
    folder = actors.still_jaw(OUT, bench.seed, STILL_FRAMES)
    frames = np.load(folder / "frames.npz")["vertices"]
    truth = np.load(folder / "truth.npz")["frame_jaw"]
    still = bench.incisor_error(np.broadcast_to(np.eye(4), truth.shape), truth) < STILL_MM
    chosen = bench.by_motion
    lines = []
    for name, seen in (
        ("dense", {"vertices": frames}),
        (
            f"{MARKERS} markers spread by motion",
            {"vertex_indices": chosen, "positions": frames[:, chosen]},
        ),
    ):
        solved, _ = bench.performance(f"still jaw {name}", **seen)
        e = bench.incisor_error(solved["jaw"], truth)[still]
        lines.append(_jaw_line(bench, f"{name}, {still.sum()} frames", e))
    return lines


def noise(bench: Bench) -> list[str]:
    """A still face with noise of 0.2 mm in every coordinate: what is left of it, and of the shape."""
    random = np.random.default_rng(0)
    still = np.repeat(bench.frames[7:8], 60, axis=0)
    lines = []
    for name, chosen in (("dense", None), (f"{MARKERS} markers", bench.by_motion)):
        seen = still if chosen is None else still[:, chosen]
        seen = seen + random.normal(0, 0.2, seen.shape)
        given = {"vertices": seen.astype(np.float32)}
        if chosen is not None:
            given = {"vertex_indices": chosen, "positions": seen}
        solved, _ = bench.performance(f"still {name}", **given)
        jitter = np.sqrt(((solved["vertices"] - solved["vertices"].mean(axis=0)) ** 2).mean())
        lines.append(f"| {bench.seed} | {name}: jitter in a coordinate, of 0.2 | {jitter:.4f} |")
        lines.append(
            f"| {bench.seed} | {name}: mean error to the face without noise "
            f"| {_errors(solved['vertices'] - still).mean():.4f} |"
        )
    return lines


def functions(bench: Bench) -> list[str]:
    """Every fifth frame with more and more functions; a fifth of the vertices is left out in one column."""
    random = np.random.default_rng(0)
    frames = bench.frames[::5].astype(np.float32)
    noisy = frames + random.normal(0, 0.2, frames.shape).astype(np.float32)
    holes = random.random(len(bench.rest)) < 0.2
    holed = frames.copy()
    holed[:, holes] = np.nan
    marked = bench.frames[::5, bench.by_motion]
    chosen = {"vertex_indices": bench.by_motion}
    lines = []
    for count in (1, 10, 20, 50, 100, 150):
        cells = []
        for kind, seen, detail, given, rows in (
            (DENSE, frames, 0.0, {}, slice(None)),
            (DENSE, frames, None, {}, slice(None)),
            (DENSE, holed, None, {}, holes),
            (DENSE, noisy, 0.0, {}, slice(None)),
            (DENSE, noisy, None, {}, slice(None)),
            (POINTS, marked, None, chosen, slice(None)),
        ):
            settings = SolveSettings(functions=count, detail_mm=detail, smoothness=0.0)
            path = bench.folder / "functions.npz"
            solve_take(bench.model, Take("bench", kind, seen, **given), path, settings)
            with np.load(path) as file:
                cells.append(f"{_errors(file['vertices'] - frames)[:, rows].mean():.4f}")
        lines.append(f"| {bench.seed} | {count} | " + " | ".join(cells) + " |")
    return lines


def front_camera() -> np.ndarray:
    """Projection [3, 4] of a camera 700 mm before the face, 1920 x 1080 pixels."""
    inside = np.array([[1800.0, 0, 960], [0, 1800, 540], [0, 0, 1]])
    turn = np.diag([1.0, -1, -1])
    return inside @ np.column_stack([turn, -turn @ np.array([0.0, -30, 700])])


def global_from_image(bench: Bench, camera: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Baseline: head and global blendshapes of the raw scans from the same image points, [T, V, 3]."""
    chosen = bench.landmarks
    count = len(chosen)
    points = FacePoints(
        bench.rest[chosen],
        bench.scans[chosen],
        np.zeros(count),
        np.ones((count, 1)),
        np.zeros(count),
    )
    settings = pose.PoseSettings(noise=1.0)
    shown = []
    for seen in pixels:
        observe = views.seen_in_images(np.broadcast_to(camera, (count, 3, 4)), seen)
        start = views.place_head(camera, seen, points.rest)
        jaws = np.zeros((bench.scans.shape[2], 4))
        found = pose.solve_pose(points, bench.model.joint, jaws, observe, start, settings)
        shown.append(move_rigidly(bench.rest + bench.scans @ found.weights, found.head))
    return np.stack(shown)


def _spoilt(places: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(0)
    places = places.copy()
    way = random.normal(size=places.shape)
    way *= 20 / np.linalg.norm(way, axis=2, keepdims=True)
    wrong = random.random(places.shape[:2]) < 0.05
    places[wrong] += way[wrong]
    places[random.random(places.shape[:2]) < 0.2] = np.nan
    return places


def _jaw_line(bench: Bench, text: str, e: np.ndarray) -> str:
    return (
        f"| {bench.seed} | {text} | {e.mean():.2f} | {np.percentile(e, 90):.2f} | {e.max():.2f} |"
    )


def _errors(left: np.ndarray) -> np.ndarray:
    return np.linalg.norm(left, axis=2)


def _line(
    bench: Bench, text: str, method: str, e: np.ndarray, plain: np.ndarray, ms: str = "-"
) -> str:
    return (
        f"| {bench.seed} | {text} | {method} | {e.mean():.4f} | {np.percentile(e, 99):.2f} "
        f"| {e.mean() / plain.mean():.3f} | {ms} |"
    )


def _solved_line(
    bench: Bench, text: str, name: str, plain: np.ndarray, chosen: np.ndarray, **seen: np.ndarray
) -> str:
    solved, figures = bench.performance(name, vertex_indices=chosen, **seen)
    bench.few[text] = solved
    speed = f"{1000 * figures['seconds_per_frame']:.0f}"
    return _line(bench, text, "ours", _errors(solved["vertices"] - bench.frames), plain, speed)


if __name__ == "__main__":
    main()
