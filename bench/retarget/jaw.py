# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw of curves beside its truth, the new way and the old: ``python -m bench.retarget.jaw``.

Curves play from the generic face on made actors, whose teeth are known, and on characters, whose jaw shapes say what
their artists meant. The old way left the jaw's motion in the shapes, so that the bone of an actor stayed at rest.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw
from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.retargeting.arkit_head import arkit_head
from aim_blender_addon.backend.retargeting.correspondence import Correspondence, correspond
from aim_blender_addon.backend.retargeting.jaw_in_shapes import lower_teeth
from aim_blender_addon.backend.retargeting.map_file import map_from_bytes, map_to_bytes
from aim_blender_addon.backend.retargeting.performance import drive
from aim_blender_addon.backend.retargeting.pipeline import with_shapes
from aim_blender_addon.backend.retargeting.player import prepare, shape_player
from aim_blender_addon.backend.retargeting.retarget_face import (
    RetargetFace,
    face_of_model,
    face_of_neutral,
)
from aim_blender_addon.backend.sample.head import find_package, load_sample_head
from bench import actors
from bench.common import OUT
from bench.retarget.cases import at_rest, characters
from bench.retarget.inner_mouth import BeforeSkin, InnerMouth
from bench.retarget.known_faces import KnownFace, demo_actor, made_actor

FRAMES = 61
#: The second recording: frames a second, gain, noise, which of its rows are lost.
FPS, GAIN, NOISE, LOST, START = 60.0, 1.15, 0.01, (20, 21, 22, 40), 2265
#: The jaw's motion in the shapes; apart from them; and the shapes taught by the actor's scans, too.
WAYS = ("old", "names", "new")


def main() -> None:
    """Print the tables and write ``out/bench/retarget_jaw.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 3, 11, 7, 5])
    parser.add_argument(
        "--contacts", action="store_true", help="contacts and what is before lips, too"
    )
    parser.add_argument("--pinned", action="store_true", help="incisors marked in the widest scan")
    parser.add_argument("--teeth", action="store_true", help="the scans bring their teeth along")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    parser.add_argument("--smoothing", type=float, default=0.0, help="of the curves, seconds")
    parser.add_argument("--skip-characters", action="store_true")
    options = parser.parse_args()
    text = [
        "| target | recording | way | incisor moves, max mm | off the truth: mean, p95, max | off the scans "
        "| skin off: mean, p99 | lower teeth, upper teeth, lining out |",
        "|---|---|---|---|---|---|---|---|",
    ]
    takes = {"shared": None, "made": made_recording(OUT / "made_curves.csv")}
    faces = (made_actor(seed, FRAMES, options.pinned, options.teeth) for seed in options.seeds)
    for known in faces:
        text += _fitted(known, takes, options.ways, options.contacts, options.smoothing)
    if not options.skip_characters:
        if known := demo_actor(options.teeth):
            text += _fitted(known, takes, options.ways, options.contacts, options.smoothing)
        for case in characters():
            text += _character(*case, takes, options.contacts)
    (OUT / "retarget_jaw.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(text) + "\n")


def made_recording(path: Path) -> tuple[Path, np.ndarray]:
    """A piece of the shared recording at 60 frames a second, louder, noisy, with gaps; and its rows [T] before that."""
    with _shared().open(newline="") as stream:
        head, *rows = csv.reader(stream)
    values = np.array([[float(cell) for cell in row[2:]] for row in rows[START : START + 32]])
    place = np.arange(FRAMES + len(LOST)) / 2
    clean = np.stack([np.interp(place, np.arange(len(values)), column) for column in values.T], 1)
    clean[:, :52] = np.clip(GAIN * clean[:, :52], 0, 1)
    noisy = clean + NOISE * np.random.default_rng(0).normal(size=clean.shape)
    kept = np.setdiff1d(np.arange(len(place)), LOST)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(head)
        for number in kept:
            seconds, frame = divmod(int(number), int(FPS))
            stamp = f"13:13:{seconds:02d}:{frame:02d}.000"
            writer.writerow([stamp, "61", *(f"{value:.6f}" for value in noisy[number])])
    return path, clean[kept]


def _shared() -> Path:
    return actors.SHARED / "data" / "performance" / "alex_rom_3.csv"


def _curves(take: tuple[Path, np.ndarray] | None, smoothing: float = 0.0):  # noqa: ANN202
    """Curves of the take as the product reads them, and its true rows [T, 52] by channel."""
    if take is not None:
        curves, clean = read_curves(take[0]).processed(smoothing), take[1]
        return curves, dict(zip(_channels(), clean.T, strict=False))
    curves = read_curves(_shared()).processed()
    picked = np.unique(np.linspace(0, len(curves.values) - 1, FRAMES).round().astype(int))
    curves = replace(
        curves,
        values=curves.values[picked],
        times=curves.times[picked],
        head=curves.head[picked],
    )
    return curves, dict(zip(curves.names, curves.values.T, strict=True))


def _channels() -> list[str]:
    with _shared().open(newline="") as stream:
        head = next(csv.reader(stream))[2:54]
    return [name[0].lower() + name[1:] for name in head]


def _old(face: RetargetFace) -> RetargetFace:
    """The generic face as it was: the jaw's motion in its shapes."""
    rest = face.skin.vertices.astype(np.float64)
    moved = [
        skin_with_jaw(rest + shape, pose, face.jaw_weight) - rest
        for shape, pose in zip(face.displacements, face.jaw_poses, strict=True)
    ]
    still = np.tile(np.eye(4), (len(moved), 1, 1))
    return replace(face, displacements=np.array(moved, np.float32), jaw_poses=still)


def _fitted(
    known: KnownFace, takes: dict, names: Sequence[str], contacts: bool, smoothing: float
) -> list[str]:
    """A fitted face: the bone beside its true teeth, and beside what the true jaw of its widest scan says."""
    target, head = face_of_model(known.model), arkit_head()
    mapped = _map(known.folder / "map.npz", head, target)
    looked = BeforeSkin(target, InnerMouth(known.lower, known.upper, _lining(target)))
    ways = {"old": (_old(head), None), "names": (head, None), "new": (head, known.model)}
    rows = []
    for label, take in takes.items():
        curves, true = _curves(take, smoothing)
        channels = list(true)
        jaws, truth = known.truth(channels, np.stack([true[name] for name in channels], axis=1))
        goal = np.array([move_rigidly(known.incisor, jaw) for jaw in jaws])
        by_scans = goal + true["jawOpen"][:, None] * known.held_back
        for way in names:
            source, scanned = ways[way]
            player = prepare(source, target, _ones(source), mapped=mapped, scanned=scanned)
            player = replace(player, contacts=player.contacts if contacts else None)
            shown = [player.play(f) for f in drive(source, curves)[0].frames(source)]
            at = np.array([move_rigidly(known.incisor, s.jaw) for s in shown])
            skins = np.array([at_rest(s.vertices, s.head) for s in shown])
            out = looked.figures(skins, [s.jaw for s in shown]) if contacts else "-"
            off = np.linalg.norm(skins - truth, axis=2)
            misses = (at - goal, at - by_scans)
            rows.append(_row(known.name, label, way, goal - known.incisor, misses, off, out))
            sys.stderr.write(rows[-1] + "\n")
    return rows


def _lining(face: RetargetFace) -> np.ndarray:
    """Numbers of the skin's vertices that line the mouth."""
    lining = face.linings.get("mouth")
    return np.flatnonzero(lining.inside) if lining is not None else np.zeros(0, int)


def _character(name: str, mesh, shapes: dict, takes: dict, contacts: bool) -> list[str]:  # noqa: ANN001
    """A character's own shapes: the bone beside what its artist's teeth do, or the chin where it has none."""
    target, head = face_of_neutral(mesh), arkit_head()
    mapped = _map(OUT / f"{name}.map.npz", head, target)
    names, values = tuple(shapes), np.stack(list(shapes.values()))
    shaped = with_shapes(target, names, values)
    teeth, rest = _teeth(name, target, names, values)
    incisor = rest[np.argsort(-(rest @ target.front + rest @ target.up))[:6]].mean(axis=0)
    picked = np.argsort(-(rest @ target.front + rest @ target.up))[:6]
    looked = BeforeSkin(target, InnerMouth(rest, _upper_teeth(name, target), _lining(target)))
    rows = []
    for label, take in takes.items():
        curves, _true = _curves(take)
        for way, source in {"old": _old(head), "new": head}.items():
            base = prepare(
                source, target, _ones(source), None, contacts, mapped, own_expressions=False
            )
            poses = None if way == "old" else shaped.jaw_poses
            player = shape_player(base, names, values, by_curves=True, jaw_poses=poses)
            shown = [player.play(f) for f in drive(source, curves)[0].frames(source)]
            goal = np.array(
                [(rest + np.tensordot(s.curves, teeth, 1))[picked].mean(axis=0) for s in shown]
            )
            jaws = np.array([s.jaw for s in shown])
            jaws[:, :3, 3] *= target.scale
            at = np.array([move_rigidly(incisor, jaw) for jaw in jaws])
            skins = [at_rest(s.vertices, s.head)[target.rows] * target.scale for s in shown]
            out = looked.figures(skins, jaws) if contacts else "-"
            rows.append(_row(name, label, way, goal - incisor, (at - goal,), None, out))
            sys.stderr.write(rows[-1] + "\n")
    return rows


def _teeth(
    name: str, target: RetargetFace, names: tuple[str, ...], values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What an artist's shapes do to the lower teeth [N, T, 3] mm, and the teeth at rest [T, 3]."""
    found = lower_teeth(target, values)
    if len(found):
        rest = target.mesh.vertices[found].astype(float) * target.scale
        return values[:, found].astype(float) * target.scale, rest
    head = load_sample_head(find_package())  # the demo's teeth are objects of their own
    return head.lower_teeth_units.astype(float), head.lower_teeth.astype(float)


def _upper_teeth(name: str, target: RetargetFace) -> np.ndarray:
    """[M, 3] mm, at rest."""
    path = actors.SHARED / "data" / "characters" / f"{name}.npz"
    if not path.exists():
        head = load_sample_head(find_package())
        return head.parts["upper teeth"].mesh.vertices.astype(float)
    with np.load(path) as file:
        group = list(file["group_names"]).index("helper-upper-teeth")
        used = np.unique(file["F"][file["group"] == group])
    return target.mesh.vertices[used].astype(float) * target.scale


def _ones(source: RetargetFace) -> np.ndarray:
    return np.ones((len(source.skin.vertices), 1))


def _map(path: Path, source: RetargetFace, target: RetargetFace) -> Correspondence:
    """The correspondence, which takes longest, found once."""
    if path.exists():
        return map_from_bytes(path.read_bytes(), source, target, path.name)
    mapped = correspond(source, target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(map_to_bytes(mapped, source, target))
    return mapped


def _row(  # noqa: ANN001
    target: str, take: str, way: str, moves, misses: tuple, skin, out: str
) -> str:
    moved = np.linalg.norm(moves, axis=1)
    cells = []
    for miss in misses:
        far = np.linalg.norm(miss, axis=1)
        cells.append(f"{far.mean():.2f}, {np.percentile(far, 95):.2f}, {far.max():.2f}")
    off = " | ".join((*cells, "-")[:2])
    tail = "-" if skin is None else f"{skin.mean():.3f}, {np.percentile(skin, 99):.2f}"
    return f"| {target} | {take} | {way} | {moved.max():.1f} | {off} | {tail} | {out} |"


if __name__ == "__main__":
    main()
