# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/decisions/measured-sculpt.md: ``python -m bench.sculpt``.

Needs the folder shared/ beside the repository.

Penetration is measured by the bones themselves (nearest triangles, rays for the side) wherever skin is within
2 mm of one; the edits know only their distance fields until skin touches.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import trimesh

from aim_blender_addon.backend.editing.drag import Drag
from aim_blender_addon.backend.editing.editable_face import EditableFace
from aim_blender_addon.backend.editing.handle_states import STATE_TEXTS, HandleState
from aim_blender_addon.backend.editing.handles import Handles
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.io.model_file import read_model
from bench import actors
from bench.common import OUT, fit, machine
from bench.performance.baselines import spread
from bench.sculpt import baselines

HANDLES = 20
#: Of the frames so many are recovered: as rigid as possible takes seconds a frame.
EVERY = 3
#: Skin that the scans move less than this is not pulled, mm.
MOVES_MM = 2.0
#: Handles on each lip; an edge is folded where its triangles turn against each other by this, radians.
LIP_HANDLES, FOLDED = 100, np.radians(100)
#: Skin nearer to a bone than this is measured exactly, mm.
NEAR_MM = 2.0


def main() -> None:
    """Measure, print, and leave ``out/bench/edit.md``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 3], help="made actors")
    parser.add_argument("--edits", type=int, default=1000, help="random edits of each face")
    parser.add_argument("--random-seed", type=int, default=0, help="of the random edits")
    parser.add_argument("--model", type=Path, nargs="*", default=[], help="further fitted models")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    benches = [Bench(f"seed {seed}", _fitted(seed)) for seed in options.seeds]
    benches += [Bench(path.parent.name, path.parent) for path in options.model]
    tables = (
        (
            "Drag to picture, ms (limit 33); CPU time in brackets",
            "| face | vertices | prepare s | handles | grab | moving, median | p95 | at rest, median | p95 |",
            speed,
        ),
        (
            "Random edits, a third of them straight into the head, half from another expression",
            "| face | edits | deepest in bone mm | of them over 0.1 | worst out of range mm | over 0.1 "
            "| median CPU ms | p95 | what the handles said |",
            lambda bench: random_edits(bench, options.edits, options.random_seed),
        ),
        (
            "Single handles on the rims of the lips, pulled 5 to 25 mm forwards, up, down or aside",
            "| face | lip | handles | jaw moves, mean mm | p95 | folded edges, mean | p95 | lips pass, worst mm "
            "| reached to 0.1 mm | what the handles said |",
            lip_handles,
        ),
        (
            "Feasible handles: points of feasible faces; and a pull at a mouth corner",
            "| face | handles | reached to 0.1 mm | worst left mm | other eye moves at most, mm (each corner) |",
            feasible,
        ),
        (
            f"{HANDLES} points of unseen frames: error of the whole skin",
            "| face | method | mean mm | p95 | max | of the better baseline |",
            recovery,
        ),
    )
    text = [f"Measured on {machine()}."]
    for title, head, rows in tables:
        line = "|" + "---|" * (head.count("|") - 1)
        lines = [row for bench in benches for row in rows(bench)]
        text.append("\n".join([f"## {title}", "", head, line, *lines]))
        sys.stdout.write(text[-1] + "\n\n")
        sys.stdout.flush()
    (OUT / "sculpt.md").write_text("\n\n".join(text) + "\n", encoding="utf-8")


def _fitted(seed: int) -> Path:
    folder = actors.standard(OUT, seed)
    if not (folder / "model.safetensors").exists():
        fit(folder)
    return folder


class Bench:
    """One face, and unseen frames of it where there are any."""

    def __init__(self, name: str, folder: Path):
        self.name, model = name, read_model(folder / "model.safetensors")
        started, worked = time.perf_counter(), time.process_time()
        self.face = EditableFace(model)
        self.prepare = time.perf_counter() - started
        self.prepare_cpu = time.process_time() - worked
        self.rest = self.face.rest
        self.motion = np.linalg.norm(self.face.displacements, axis=1).max(axis=1)
        self.normals = model.neutral.normals.astype(np.float64)
        self.frames = None
        if (folder / "frames.npz").exists():
            frames = np.load(folder / "frames.npz")["vertices"].astype(np.float64)
            heads = np.load(folder / "truth.npz")["frame_head"]
            back = [move_rigidly(f, np.linalg.inv(h)) for f, h in zip(frames, heads, strict=True)]
            self.frames = np.stack(back)
        self.away = self.exact(self.rest, np.eye(4))

    def exact(self, points: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """Distances [V, 2] mm to the bones, exact where skin is near."""
        return self.face.bones.measured(points, jaw, NEAR_MM)

    def marked(self, count: int) -> np.ndarray:
        """Vertices [count] spread over what moves."""
        return spread(self.rest, count, np.sqrt(self.motion))


def speed(bench: Bench) -> list[str]:
    """A drag of 40 mouse positions with one, six and twenty handles."""
    lines, random = [], np.random.default_rng(0)
    for count in (1, 6, HANDLES):
        vertices = bench.marked(count)
        goals = bench.rest[vertices] + random.normal(0, 3, (count, 3))
        started = time.perf_counter()
        drag = Drag(bench.face, Handles.of(vertices, goals))
        grab = time.perf_counter() - started
        rows = []
        for quick in (True, False):
            times, work = [], []
            for share in np.linspace(0, 1, 40):
                started, worked = time.perf_counter(), time.process_time()
                drag.solve(bench.rest[vertices] + share * (goals - bench.rest[vertices]), quick)
                times.append(1000 * (time.perf_counter() - started))
                work.append(1000 * (time.process_time() - worked))
            pairs = zip(np.percentile(times, [50, 95]), np.percentile(work, [50, 95]), strict=True)
            rows += [f"{wall:.0f} ({cpu:.0f})" for wall, cpu in pairs]
        prepare = f"{bench.prepare:.1f} ({bench.prepare_cpu:.1f})" if count == 1 else ""
        lines.append(
            f"| {bench.name} | {len(bench.rest)} | {prepare} | {count} | {1000 * grab:.0f} | {' | '.join(rows)} |"
        )
    return lines


def random_edits(bench: Bench, edits: int, seed: int) -> list[str]:
    """One to six handles pulled up to 30 mm anywhere, or straight inwards."""
    face, random = bench.face, np.random.default_rng(seed)
    candidates = np.flatnonzero(bench.motion > MOVES_MM)
    deepest, ranges, times, said = [], [], [], Counter()
    for index in range(edits):
        count = random.integers(1, 7)
        vertices = random.choice(candidates, count, replace=False)
        if index % 3 == 0:
            ways = -bench.normals[vertices] * random.uniform(5, 30, (count, 1))
        else:
            ways = random.normal(size=(count, 3))
            ways *= random.uniform(0, 30, (count, 1)) / np.linalg.norm(ways, axis=1, keepdims=True)
        weights = np.zeros(len(face.scan_jaws))
        if index % 2:
            weights[random.integers(len(weights))] = random.uniform(0, 1)
        start = face.initial_state(weights)
        drag = Drag(face, Handles.of(vertices, face.posed(start)[vertices] + ways), start)
        worked = time.process_time()
        edit = drag.solve()
        times.append(time.process_time() - worked)
        away = bench.exact(edit.vertices, face.joint.pose(edit.jaw))
        deepest.append((np.minimum(bench.away, 0) - away).max())
        rows = np.arange(len(away))
        ranges.append(np.abs(face.limits.excess(away, rows).amount).max())
        said.update(STATE_TEXTS[HandleState(int(reason))] for reason in edit.states)
    deepest, ranges = np.array(deepest), np.array(ranges)
    reasons = ", ".join(f"{number} {reason}" for reason, number in said.most_common())
    return [
        f"| {bench.name} | {edits} | {max(deepest.max(), 0):.3f} | {(deepest > 0.1).sum()} "
        f"| {ranges.max():.3f} | {(ranges > 0.1).sum()} "
        f"| {1000 * np.median(times):.0f} | {1000 * np.percentile(times, 95):.0f} | {reasons} |"
    ]


def lip_handles(bench: Bench) -> list[str]:
    """One handle on a lip: does the jaw stay, does the skin stay smooth, do the lips meet?"""
    face, random = bench.face, np.random.default_rng(2)
    mouth = next((rim for rim in face.openings.rims if rim.name == "mouth"), None)
    if mouth is None:
        return []
    triangles = face.model.neutral.triangles
    pairs = trimesh.Trimesh(face.rest, triangles, process=False).face_adjacency
    before, lines = _bends(face.rest, triangles, pairs), []
    for lip, rows in (("upper", mouth.upper), ("lower", mouth.lower)):
        jaws, folds, passed, left, said = [], [], [], [], Counter()
        for _ in range(LIP_HANDLES):
            vertex, way = random.choice(rows), random.normal(size=3)
            way *= random.uniform(5, 25) / np.linalg.norm(way)
            way += max(-2 * way @ mouth.front, 0.0) * mouth.front  # never into the head
            edit = Drag(face, Handles.of(np.array([vertex]), face.rest[[vertex]] + way)).solve()
            pose = face.joint.pose(edit.jaw)
            jaws.append(np.linalg.norm(face.joint.incisor_motion(pose)))
            bends = _bends(edit.vertices, triangles, pairs)
            folds.append(((bends > FOLDED) & (bends > before + FOLDED / 2)).sum())
            passed.append(max(mouth.overlap(edit.vertices).max(), 0.0))
            left.append(edit.residual_mm[0])
            said[STATE_TEXTS[HandleState(int(edit.states[0]))]] += 1
        reasons = ", ".join(f"{number} {reason}" for reason, number in said.most_common())
        lines.append(
            f"| {bench.name} | {lip} | {LIP_HANDLES} | {np.mean(jaws):.2f} | {np.percentile(jaws, 95):.1f} "
            f"| {np.mean(folds):.1f} | {np.percentile(folds, 95):.0f} | {max(passed):.1f} "
            f"| {100 * np.mean(np.array(left) <= 0.1):.0f} % | {reasons} |"
        )
    return lines


def _bends(points: np.ndarray, triangles: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Angles [N] between the normals of ``pairs`` [N, 2] of triangles, radians."""
    corner = points[triangles]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    cosine = np.einsum("nc,nc->n", normal[pairs[:, 0]], normal[pairs[:, 1]])
    return np.arccos(np.clip(cosine, -1, 1))


def feasible(bench: Bench) -> list[str]:
    """One to six points of unseen frames made feasible; and how far a mouth corner's pull goes."""
    face, random = bench.face, np.random.default_rng(1)
    left = []
    if bench.frames is not None:
        truth = np.load(OUT / f"actor{bench.name.split()[-1]}" / "truth.npz")["frame_jaw"]
        candidates = np.flatnonzero(bench.motion > MOVES_MM)
        for frame, jaw in zip(bench.frames, truth, strict=True):
            goal = face.feasible(frame, jaw)
            for _ in range(4):
                vertices = random.choice(candidates, random.integers(1, 7), replace=False)
                left.extend(Drag(face, Handles.of(vertices, goal[vertices])).solve().residual_mm)
    left = np.array(left)
    names = [name.lower() for name in face.model.expression_names]
    smile, blink = names.index("smile"), names.index("eye_closed")
    side = (bench.rest - face.joint.pivot) @ face.joint.left
    lids = np.linalg.norm(face.displacements[:, :, blink], axis=1)
    smiles = np.linalg.norm(face.displacements[:, :, smile], axis=1)
    moved = []
    for sign in (1, -1):
        corner = np.where(sign * side > 8, smiles, 0).argmax()
        other, most = (lids > 0.3 * lids.max()) & (sign * side < 0), 0.0
        for _ in range(60):
            way = random.normal(size=3)
            way *= random.uniform(2, 15) / np.linalg.norm(way)
            edit = Drag(face, Handles.of(np.array([corner]), bench.rest[[corner]] + way)).solve()
            most = max(most, np.linalg.norm(edit.vertices - bench.rest, axis=1)[other].max())
        moved.append(f"{most:.4f}")
    told = "- | - | -"
    if len(left):
        told = f"{len(left)} | {100 * (left <= 0.1).mean():.1f} % | {left.max():.2f}"
    return [f"| {bench.name} | {told} | {', '.join(moved)} |"]


def recovery(bench: Bench) -> list[str]:
    """Ours beside Laplacian and as-rigid-as-possible deformation by the same points."""
    if bench.frames is None:
        return []
    vertices, triangles = bench.marked(HANDLES), bench.face.model.neutral.triangles
    frames = bench.frames[::EVERY]
    goals = frames[:, vertices]
    drag = Drag(bench.face, Handles.of(vertices, goals[0]))
    skins = {
        "Laplacian": baselines.laplacian(bench.rest, triangles, vertices, goals),
        "as rigid as possible": baselines.as_rigid_as_possible(
            bench.rest, triangles, vertices, goals
        ),
        "ours": np.stack([drag.solve(goal).vertices for goal in goals]),
    }
    errors = {name: np.linalg.norm(skin - frames, axis=2) for name, skin in skins.items()}
    better = min(errors["Laplacian"].mean(), errors["as rigid as possible"].mean())
    return [
        f"| {bench.name} | {name} | {e.mean():.3f} | {np.percentile(e, 95):.2f} | {e.max():.1f} "
        f"| {e.mean() / better:.2f} |"
        for name, e in errors.items()
    ]


if __name__ == "__main__":
    main()
