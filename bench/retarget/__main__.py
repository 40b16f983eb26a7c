# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retargeting beside copying offsets or weights and deformation transfer: ``python -m bench.retarget``.

Route a: made actors whose truth is known. Route c: characters' neutrals alone, against the shapes their artists made.
"""

import argparse
import os
import sys
import time
from dataclasses import replace

# Before numpy is imported, as in the worker: two threads of small matrices wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.spatial import cKDTree

from aim_blender_addon.backend.geometry.skinning import skin_with_jaw
from aim_blender_addon.backend.retargeting.jaw_motion import carry_jaw
from aim_blender_addon.backend.retargeting.performance import Frame, Performance
from aim_blender_addon.backend.retargeting.player import PlayedFrame, Retargeter, prepare
from aim_blender_addon.backend.retargeting.retarget_face import (
    RetargetFace,
    face_of_model,
    face_of_neutral,
)
from aim_blender_addon.backend.retargeting.transfer import size_ratio
from aim_blender_addon.backend.shape_names import same_shape
from bench import actors
from bench.common import OUT, fitted
from bench.retarget.baselines import DeformationTransfer
from bench.retarget.cases import at_rest, characters, solved_actor, true_skins
from bench.retarget.contacts import EYES, MOUTH, contact_figures


def main() -> None:
    """Print the tables and write ``out/bench/retarget.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 3, 11, 7])
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    text = _identities(options.seeds) + _alone()
    (OUT / "retarget.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(text) + "\n")


def _identities(seeds: list[int]) -> list[str]:
    """Route a: every actor on the next one, and on itself."""
    errors = ["| from, to | method | mean mm | p99 | max |", "|---|---|---|---|---|"]
    other = [
        "| from, to | prepared s | ms a frame, median, p95 | incisors mm: carried mean, max | to the truth mean, max "
        "| with the source's true jaw | there and back mean, p99 | truth moved by the contacts, of transfer's error "
        "| lids: gap at touch p95, through p99, max | lips | lids of the truth | lips of the truth |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for first, second in zip(seeds, [*seeds[1:], seeds[0]], strict=True):
        for to in (first, second):  # on itself first
            rows, figures = _pair(first, to)
            sys.stderr.write("\n".join([*rows, figures, ""]))
            errors += rows
            other.append(figures)
    return ["## Actors", "", *errors, "", *other, ""]


def _pair(first: int, second: int) -> tuple[list[str], str]:
    (source, played), (target, _) = solved_actor(first), solved_actor(second)
    started = time.process_time()
    retargeter = prepare(source, target, played.functions)
    prepared = time.process_time() - started
    frames = list(played.frames(source))
    shown, milliseconds = _timed(retargeter, frames)
    ours = np.stack([at_rest(s.vertices, s.head) for s in shown])
    truth_file = np.load(actors.standard(OUT, second) / "truth.npz")
    truth = true_skins(second)
    here, there = (face.skin.vertices.astype(float) for face in (source, target))
    triangles = source.skin.triangles
    still = np.linalg.norm(source.displacements, axis=2).max(axis=0) < 0.05
    transfer = DeformationTransfer(
        here, triangles, there, triangles, np.arange(len(triangles)), still
    )
    found = DeformationTransfer(
        here, triangles, there, triangles, _nearest_triangles(retargeter), _held(retargeter, still)
    )
    shares = _shares(source, played)
    weights = np.stack([(f.weights * shares).sum(axis=1) for f in frames])
    copied = np.stack(
        [
            skin_with_jaw(
                there + np.tensordot(w, target.displacements, 1),
                target.joint.pose(carry_jaw(source.joint, target.joint, f.jaw_parameters)),
                target.jaw_weight,
            )
            for w, f in zip(weights, frames, strict=True)
        ]
    )
    methods = {
        "weight copy, one weight an expression": copied,
        "deformation transfer, true correspondence": np.stack([transfer(f.skin) for f in frames]),
        "deformation transfer, our correspondence": np.stack([found(f.skin) for f in frames]),
        "ours without contacts": np.stack(
            [
                at_rest(s.vertices, s.head)
                for s in map(replace(retargeter, contacts=None).play, frames)
            ]
        ),
        "ours": ours,
    }
    rows = []
    for name, result in methods.items():
        e = np.linalg.norm(result - truth, axis=2)
        rows.append(
            f"| {first}, {second} | {name} | {e.mean():.4f} | {np.percentile(e, 99):.3f} | {e.max():.2f} |"
        )
    back = prepare(target, source, retargeter.functions)
    again = Performance(
        retargeter.functions,
        [f.weights for f in frames],
        [s.jaw_parameters for s in shown],
        [s.head for s in shown],
        [s.vertices for s in shown],
    )
    returned = np.stack([at_rest(s.vertices, s.head) for s in map(back.play, again.frames(target))])
    round_trip = np.linalg.norm(returned - np.stack([f.skin for f in frames]), axis=2)
    ratio = target.joint.length / source.joint.length
    point = truth_file["incisor_neutral"]
    source_point = np.load(actors.standard(OUT, first) / "truth.npz")
    true_jaw = source_point["frame_jaw"]
    goal = ratio * (source_point["frame_incisor"] - source_point["incisor_neutral"])
    solved = [source.joint.incisor_motion(source.joint.pose(f.jaw_parameters)) for f in frames]
    moved = [target.joint.incisor_motion(s.jaw) for s in shown]
    size = [
        np.abs(np.linalg.norm(f) - ratio * np.linalg.norm(s))
        for f, s in zip(moved, solved, strict=True)
    ]
    at_point = np.stack([_moved(s.jaw, point) for s in shown])
    miss = np.linalg.norm(at_point - goal, axis=1)
    carried = [carry_jaw(source.joint, target.joint, source.joint.parameters(p)) for p in true_jaw]
    with_truth = np.stack([_moved(target.joint.pose(p), point) for p in carried])
    own = np.linalg.norm(with_truth - goal, axis=1)

    def measured(names: tuple[str, ...], shown: np.ndarray):  # noqa: ANN202
        return contact_figures(source, target, here, [f.skin for f in frames], shown, names)

    corrected = [retargeter.contacts.correct(f.skin, t) for f, t in zip(frames, truth, strict=True)]
    share = np.linalg.norm(np.stack(corrected) - truth, axis=2).mean()
    share /= np.linalg.norm(
        methods["deformation transfer, true correspondence"] - truth, axis=2
    ).mean()
    median, most = np.percentile(milliseconds, [50, 95])
    figures = (
        f"| {first}, {second} | {prepared:.1f} | {median:.0f}, {most:.0f} | {np.mean(size):.3f}, {np.max(size):.3f} "
        f"| {miss.mean():.2f}, {miss.max():.2f} | {own.mean():.2f}, {own.max():.2f} "
        f"| {round_trip.mean():.4f}, {np.percentile(round_trip, 99):.3f} "
        f"| {share:.2f} | {_contact(measured(EYES, ours))} | {_contact(measured(MOUTH, ours))} "
        f"| {_contact(measured(EYES, truth))} | {_contact(measured(MOUTH, truth))} |"
    )
    return rows, figures


def _contact(figures: tuple[float, float, float] | None) -> str:
    return "never shut" if figures is None else ", ".join(f"{f:.2f}" for f in figures)


def _alone() -> list[str]:
    """Route c: shapes made for a neutral alone beside its artist's."""
    source = face_of_model(fitted(actors.all_units(OUT)))
    text = [
        "## A neutral alone: 52 shapes against the artist's",
        "",
        "| character | method | correlation mean, median | size over the artist's, median | mean size error "
        "| prepared s | lids: gap at touch p95, through p99, max | lips |",
        "|---|---|---|---|---|---|---|---|",
    ]
    each = [
        "",
        "| character | shape | correlation ours, transfer, copy | size ours, transfer, copy |",
        "|---|---|---|---|",
    ]
    for name, mesh, shapes in characters():
        started = time.process_time()
        target = face_of_neutral(mesh)
        retargeter = prepare(source, target, np.ones((len(source.skin.vertices), 1)))
        prepared = time.process_time() - started
        methods = _made(source, retargeter)
        artist = _artist(source, target, shapes)
        seen = retargeter.map.trust > 0.5
        scores = {
            method: {k: _score(made[k][seen], artist[k][seen]) for k in artist}
            for method, made in methods.items()
        }
        played = _lids(source, retargeter)
        for method, score in scores.items():
            c, r = np.array(list(score.values())).T
            tail = f"{prepared:.1f} | {played}" if method == "ours" else "- | - | -"
            text.append(
                f"| {name} | {method} | {c.mean():.3f}, {np.median(c):.3f} | {np.median(r):.2f} "
                f"| {np.abs(np.log(r)).mean():.2f} | {tail} |"
            )
        sys.stderr.write("\n".join([*text[-3:], ""]))
        for shape in artist:
            three = [scores[m][shape] for m in ("ours", "deformation transfer", "offset copy")]
            each.append(
                f"| {name} | {shape} | {', '.join(f'{s[0]:.2f}' for s in three)} "
                f"| {', '.join(f'{s[1]:.2f}' for s in three)} |"
            )
    return text + each


def _made(source: RetargetFace, retargeter: Retargeter) -> dict[str, dict[str, np.ndarray]]:
    """Motion [S, 3] of every source expression by the three methods."""
    target, points = retargeter.target, retargeter.map.points
    rest, goal = source.skin.vertices.astype(float), target.skin.vertices.astype(float)
    pairs = _nearest_triangles(retargeter)
    still = np.linalg.norm(source.displacements, axis=2).max(axis=0) < 0.05
    held = _held(retargeter, still)
    ratio = size_ratio(source, target)
    transfer = DeformationTransfer(
        rest, source.skin.triangles, goal, target.skin.triangles, pairs, held
    )
    made: dict[str, dict] = {"ours": {}, "deformation transfer": {}, "offset copy": {}}
    for number, name in enumerate(source.expression_names):
        pose = source.jaw_poses[number]
        posed = skin_with_jaw(rest + source.displacements[number], pose, source.jaw_weight)
        parameters = carry_jaw(source.joint, target.joint, source.joint.parameters(pose))
        ours = skin_with_jaw(
            goal + retargeter.shapes[number], target.joint.pose(parameters), retargeter.jaw_weight
        )
        made["ours"][name] = ours - goal
        made["deformation transfer"][name] = transfer(posed) - goal
        made["offset copy"][name] = ratio * points.interpolate(posed - rest)
    return {method: _two_sided(shapes) for method, shapes in made.items()}


def _nearest_triangles(retargeter: Retargeter) -> np.ndarray:
    """The source's triangle [T] for each of the target's, by the correspondence that was found."""
    rest, triangles = retargeter.source.skin.vertices, retargeter.source.skin.triangles
    centres = retargeter.map.warped[retargeter.target.skin.triangles].mean(axis=1)
    return cKDTree(rest[triangles].astype(float).mean(axis=1)).query(centres)[1]


def _held(retargeter: Retargeter, still: np.ndarray) -> np.ndarray:
    """The target's skin [S] where the source's [S'] stays."""
    return retargeter.map.points.interpolate(still[:, None].astype(float))[:, 0] > 0.5


def _timed(retargeter: Retargeter, frames: list[Frame]) -> tuple[list[PlayedFrame], list[float]]:
    """All frames played, and the processor's milliseconds of each."""
    retargeter.play(frames[0])  # what is made once is not a frame's
    shown, milliseconds = [], []
    for frame in frames:
        started = time.process_time()
        shown.append(retargeter.play(frame))
        milliseconds.append(1000 * (time.process_time() - started))
    return shown, milliseconds


def _two_sided(shapes: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """ARKit's 52 of shapes with sides of their own."""
    result: dict[str, np.ndarray] = {}
    for name, motion in shapes.items():
        whole = name.removesuffix("_L").removesuffix("_R")
        if whole in ("browInnerUp", "cheekPuff"):
            result[whole] = result.get(whole, 0) + motion
        else:
            result[name] = motion
    return result


def _artist(
    source: RetargetFace, target: RetargetFace, shapes: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The artist's motion by the source's names; shapes that move no skin, and mouthClose (a corrective), left out."""
    names = dict.fromkeys(
        n.removesuffix("_L").removesuffix("_R") if n.startswith(("browInnerUp", "cheekPuff")) else n
        for n in source.expression_names
    )
    found = {}
    for name in names:
        for other, motion in shapes.items():
            skin = motion[target.rows] * target.scale
            if same_shape(name, other) and np.abs(skin).max() > 0.3 and name != "mouthClose":
                found[name] = skin
    return found


def _score(made: np.ndarray, artist: np.ndarray) -> tuple[float, float]:
    """Cosine of the motions and ratio of their sizes."""
    a, b = np.linalg.norm(made), np.linalg.norm(artist)
    return float((made * artist).sum() / max(a * b, 1e-9)), float(max(a, 1e-9) / b)


def _lids(source: RetargetFace, retargeter: Retargeter) -> str:
    """Contacts while the recorded performance plays on the character."""
    from aim_blender_addon.backend.io.curve_files import read_curves
    from aim_blender_addon.backend.retargeting.performance import drive

    curves = read_curves(actors.SHARED / "data" / "performance" / "alex_rom_3.csv").processed()
    curves = replace(
        curves, values=curves.values[::70], times=curves.times[::70], head=curves.head[::70]
    )
    frames = list(drive(source, curves)[0].frames(source))
    target = retargeter.target
    shown = [retargeter.play(frame) for frame in frames]
    skins = np.stack([at_rest(s.vertices, s.head)[target.rows] * target.scale for s in shown])
    laid = retargeter.map.warped
    played = [f.skin for f in frames]
    return " | ".join(
        _contact(contact_figures(source, target, laid, played, skins, names))
        for names in (EYES, MOUTH)
    )


def _shares(face: RetargetFace, played: Performance) -> np.ndarray:
    energy = (face.displacements.astype(float) ** 2).sum(axis=2)
    return energy / np.maximum(energy.sum(axis=1, keepdims=True), 1e-12) @ played.functions


def _moved(jaw: np.ndarray, point: np.ndarray) -> np.ndarray:
    return jaw[:3, :3] @ point + jaw[:3, 3] - point


if __name__ == "__main__":
    main()
