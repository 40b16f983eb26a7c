# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw against the truth that lower teeth tell: ``python -m bench.jaw [--seeds 0 3 ...]``.

Made actors with given and with estimated bones, the characters of shared/data, the sample head; scans and frames of
the recorded performance; beside a rigid fit to the chin's skin. Frames come with the head's motion taken out as it
was put in, so that only the jaw is measured.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.anatomy.bones.estimate import estimate_bones
from aim_blender_addon.backend.anatomy.jaw.from_skin import JawTracker, solve_jaw_poses
from aim_blender_addon.backend.anatomy.tissue.measured import bones_below
from aim_blender_addon.backend.fitting.fit import jaw_joint
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.sample.head import (
    find_package,
    load_sample_head,
    rigid_motion,
    sample_actor,
    unit_weights,
)
from aim_blender_addon.backend.scans.head_motion import remove_head_motion
from bench import actors

ROOT = Path(__file__).resolve().parents[1]
FRAMES = 30
CHARACTERS = ("male_caucasian", "toon_child")
CHIN_MM = 25.0


@dataclass(frozen=True)
class Truth:
    """Faces whose jaw is known: scans or frames [N, V, 3] in head space and jaws [N, 4, 4]."""

    faces: np.ndarray
    jaws: np.ndarray


@dataclass(frozen=True)
class Case:
    """One head; bones None to have them estimated."""

    name: str
    neutral: Mesh
    bones: tuple[Mesh, Mesh] | None
    incisor: np.ndarray
    scans: Truth
    frames: Truth


def table(seeds: list[int], out: Path) -> str:
    """The table of docs/decisions/measured-jaw.md and docs/development/bench.md."""
    rows = [
        "### Jaw, error at the lower incisors in mm (mean / max)",
        "",
        "| head | scans | no motion in truth: max | frames | frames, widest scan pinned "
        "| chin-skin rigid fit: scans | no motion: max | frames |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows += [_row(case) for case in cases(seeds, out)]
    return "\n".join(rows)


def cases(seeds: list[int], out: Path) -> Iterator[Case]:
    """All heads."""
    for seed in seeds:
        yield (given := _made(seed, out))
        if seed in seeds[:2]:
            yield replace(given, name=f"{given.name}, bones estimated", bones=None)
    yield from (_character(name) for name in CHARACTERS)
    if package := find_package():
        yield _sample(package)


def _row(case: Case) -> str:
    skull, jaw = case.bones or _estimated(case.neutral)
    hits, joint = bones_below(case.neutral, skull, jaw), jaw_joint(case.neutral, skull, jaw)
    truth = case.scans.jaws

    def solved(pins: dict[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        scans = solve_jaw_poses(case.neutral, case.scans.faces, hits, joint, pins=pins).matrices
        tracker = JawTracker(case.neutral, hits, joint, case.scans.faces, pins=pins)
        return scans, np.array([tracker.pose(face).matrix for face in case.frames.faces])

    def miss(jaws: np.ndarray, true: np.ndarray) -> np.ndarray:
        return np.linalg.norm(((jaws - true) @ np.r_[case.incisor, 1.0])[:, :3], axis=1)

    way = miss(np.broadcast_to(np.eye(4), truth.shape), truth)
    still, widest = way < 0.1, int(way.argmax())
    ours, frames = solved({})
    _, pinned = solved({widest: truth[widest]})
    near = _chin(case.neutral, jaw)
    rest = case.neutral.vertices[near].astype(float)
    chin = [
        np.stack([rigid_motion(rest, face[near]) for face in part.faces])
        for part in (case.scans, case.frames)
    ]
    errors = [
        miss(ours, truth),
        miss(ours, truth)[still],
        miss(frames, case.frames.jaws),
        miss(pinned, case.frames.jaws),
        miss(chin[0], truth),
        miss(chin[0], truth)[still],
        miss(chin[1], case.frames.jaws),
    ]
    cells = [
        f"{error.max():.2f}" if column in (1, 5) else f"{error.mean():.2f} / {error.max():.2f}"
        for column, error in enumerate(errors)
    ]
    return f"| {case.name} | " + " | ".join(cells) + " |"


def _made(seed: int, out: Path) -> Case:
    folder = actors.standard(out, seed)
    actor, truth = read_actor(folder), np.load(folder / "truth.npz")
    order = [str(name) for name in truth["expression_names"]]
    rows = [order.index(scan.name) for scan in actor.expressions]
    positions = np.stack([scan.vertices for scan in actor.expressions])
    world, heads = np.load(folder / "frames.npz")["vertices"].astype(float), truth["frame_head"]
    still = [(f - h[:3, 3]) @ h[:3, :3] for f, h in zip(world, heads, strict=True)]
    return Case(
        f"seed {seed}",
        actor.neutral,
        (actor.skull, actor.jaw),
        truth["incisor_neutral"],
        Truth(
            remove_head_motion(actor.neutral, positions)[0].astype(float),
            truth["expression_jaw"][rows],
        ),
        Truth(np.stack(still), truth["frame_jaw"]),
    )


def _character(name: str) -> Case:
    """A character of shared/data, in millimetres, with the generator's mixtures as scans."""
    with np.load(actors.SHARED / "data" / "characters" / f"{name}.npz") as data:
        groups = [str(group) for group in data["group_names"]]
        part = {group: data["F"][data["group"] == i] for i, group in enumerate(groups)}
        names, places = [str(n) for n in data["names"]], 1000.0 * data["V"].astype(float)
        moves = 1000.0 * data["D"].astype(float)
    skin, triangles = np.unique(part["body"], return_inverse=True)
    teeth = np.unique(part["helper-lower-teeth"])
    middle = teeth[np.abs(places[teeth, 0]) < 3.0]
    front = middle[places[middle, 2] > places[middle, 2].max() - 12.0]

    def truth(weights: np.ndarray) -> Truth:
        posed = [places + np.tensordot(w, moves, 1) for w in weights]
        return Truth(
            np.stack([p[skin] for p in posed]),
            np.stack([rigid_motion(places[teeth], p[teeth]) for p in posed]),
        )

    return Case(
        name.replace("_", " "),
        Mesh.from_triangles(places[skin], triangles.reshape(-1, 3), name),
        None,
        places[front[places[front, 1].argmax()]],
        truth(np.stack([unit_weights(names, m) for m in _generator().EXPRESSIONS.values()])),
        truth(np.stack([unit_weights(names, m) for m in _performance(names)])),
    )


def _sample(package: Path) -> Case:
    head = load_sample_head(package)
    sample = sample_actor(head)
    weights = np.stack([unit_weights(head.unit_names, m) for m in _performance(head.unit_names)])
    moves = np.tensordot(weights, head.lower_teeth_units, 1)
    return Case(
        "demo head",
        head.skin,
        None,
        head.incisor,
        Truth(
            np.stack([scan.vertices for scan in sample.actor.expressions]).astype(float),
            sample.jaw_truth,
        ),
        Truth(
            head.skin.vertices + np.tensordot(weights, head.units.astype(float), 1),
            np.stack([rigid_motion(head.lower_teeth, head.lower_teeth + m) for m in moves]),
        ),
    )


def _generator():
    """The generator of made actors, as a module."""
    sys.path.insert(0, str(actors.SHARED / "tools"))
    import make_actor

    return make_actor


def _performance(units: list[str]) -> list[Mapping[str, float]]:
    """Frames of the recorded performance as mixtures of the units there are."""
    path = actors.SHARED / "data" / "performance" / "alex_rom_3.csv"
    names, values, _, _ = _generator().read_live_link(path, FRAMES)
    mixtures = [dict(zip(names, row, strict=True)) for row in values]
    for mixture in mixtures:  # it only corrects an opening
        mixture["mouthClose"] = min(mixture["mouthClose"], mixture["jawOpen"])
    return [{k: v for k, v in mixture.items() if k in units} for mixture in mixtures]


def _estimated(neutral: Mesh) -> tuple[Mesh, Mesh]:
    bones = estimate_bones(neutral)
    return bones.skull, bones.jaw


def _chin(neutral: Mesh, jaw: Mesh) -> np.ndarray:
    """Vertices [V] bool of the skin around the chin's front."""
    bone = jaw.vertices
    middle = bone[np.abs(bone[:, 0] - np.median(bone[:, 0])) < 4]
    chin = middle[middle[:, 2].argmax()] * [1, 0, 1] + [0, middle[:, 1].min() + 8, 0]
    return np.linalg.norm(neutral.vertices - chin, axis=1) < CHIN_MM


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 3, 7, 11, 13, 21])
    options = parser.parse_args()
    sys.stdout.write(table(options.seeds, ROOT / "out" / "bench") + "\n")


if __name__ == "__main__":
    main()
