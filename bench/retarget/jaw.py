# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jaw of curves beside its truth, the new way and the old: ``python -m bench.retarget.jaw``.

Curves play from the generic face on made actors, whose teeth are known, and on characters, whose jaw shapes say what
their artists meant. The old way left the jaw's motion in the shapes, so that the bone of an actor stayed at rest.
"""

import argparse
import csv
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import trimesh

from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.geometry.skinning import skin_with_jaw
from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.model.aim import AimModel
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
from bench import actors
from bench.common import OUT, fitted
from bench.retarget.cases import at_rest, characters

FRAMES = 61
#: The second recording: frames a second, gain, noise, which of its rows are lost.
FPS, GAIN, NOISE, LOST, START = 60.0, 1.15, 0.01, (20, 21, 22, 40), 2265
#: The jaw's motion in the shapes; apart from them; and the shapes taught by the actor's scans, too.
WAYS = ("old", "names", "new")
#: A tooth is in front of a lip when skin that looks forward lies behind it within this, mm.
BEHIND_MM = 15.0


def main() -> None:
    """Print the tables and write ``out/bench/retarget_jaw.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 3, 11, 7, 5])
    parser.add_argument("--contacts", action="store_true", help="look for teeth before lips, too")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    parser.add_argument("--skip-characters", action="store_true")
    options = parser.parse_args()
    text = [
        "| target | recording | way | incisor moves, max mm | off the truth: mean, p95, max | off the scans "
        "| skin off: mean, p99 | teeth out |",
        "|---|---|---|---|---|---|---|---|",
    ]
    takes = {"shared": None, "made": made_recording(OUT / "made_curves.csv")}
    for seed in options.seeds:
        text += _actor(seed, takes, options.ways, options.contacts)
    for case in () if options.skip_characters else characters():
        text += _character(*case, takes)
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


def _curves(take: tuple[Path, np.ndarray] | None):  # noqa: ANN202
    """Curves of the take as the product reads them, and its true rows [T, 52] by channel."""
    if take is not None:
        curves, clean = read_curves(take[0]).processed(), take[1]
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


def _actor(seed: int, takes: dict, names: list[str], look_at_teeth: bool) -> list[str]:
    sys.path.insert(0, str(actors.SHARED / "tools"))
    import ict_face as ict
    import make_actor as made

    folder = actors.standard(OUT, seed, FRAMES, name="curves")
    model = fitted(folder)
    target, head = face_of_model(model), arkit_head()
    mapped = _map(folder / "map.npz", head, target)
    face = ict.load_ict_face(actors.SHARED / "data" / "ict" / "ict_face.npz")
    neutral = face.identity(made.identity_coefficients(seed, len(face.identity_modes)))
    incisor, teeth = made.incisor_point(neutral), neutral[ict.LOWER_TEETH]
    skin = slice(0, ict.SKIN_VERTICES)
    ways = dict(zip(WAYS, [(_old(head), None), (head, None), (head, model)], strict=True))
    ways = {name: ways[name] for name in names}
    rows = []
    for label, take in takes.items():
        curves, true = _curves(take)
        known = [name for name in true if name not in ict.MISSING_CHANNELS]
        values = np.stack([true[name] for name in known], axis=1)
        weights = made.performance_weights(face, known, values)
        shaped = [neutral + face.expression_offset(w) for w in weights]
        jaws = [made.jaw_truth(neutral, shape)[0] for shape in shaped]
        goal = np.array([move_rigidly(incisor, jaw) for jaw in jaws])
        by_scans = goal + true["jawOpen"][:, None] * _held_back(folder, face, neutral, incisor)
        truth = np.array([shape[skin] for shape in shaped])
        for way, (source, scanned) in ways.items():
            player = prepare(source, target, _ones(source), mapped=mapped, scanned=scanned)
            player = replace(player, contacts=player.contacts if look_at_teeth else None)
            shown = [player.play(f) for f in drive(source, curves)[0].frames(source)]
            at = np.array([move_rigidly(incisor, s.jaw) for s in shown])
            skins = np.array([at_rest(s.vertices, s.head) for s in shown])
            out = "-"
            if look_at_teeth:
                moved = [move_rigidly(teeth, s.jaw) for s in shown]
                out = _teeth_out(model, target.front, skins, moved)
            off = np.linalg.norm(skins - truth, axis=2)
            misses = (at - goal, at - by_scans)
            rows.append(_row(f"actor {seed}", label, way, goal - incisor, misses, off, out))
            sys.stderr.write(rows[-1] + "\n")
    return rows


def _held_back(folder: Path, face, neutral: np.ndarray, incisor: np.ndarray) -> np.ndarray:  # noqa: ANN001
    """[3] mm from where the incisors are in the generator's jawOpen to where they are in the actor's widest scan.

    That scan shows 0.9 of jawOpen, which nobody can know from it: it counts as all.
    """
    import make_actor as made

    truth = np.load(folder / "truth.npz")
    scan = list(truth["expression_names"]).index("mouth_stretch")
    opened = neutral + face.expression_offset(face.weights({"jawOpen": 1.0}))
    whole = move_rigidly(incisor, made.jaw_truth(neutral, opened)[0])
    return truth["expression_incisor"][scan] - whole


def _character(name: str, mesh, shapes: dict, takes: dict) -> list[str]:  # noqa: ANN001
    """A character's own shapes: the bone beside what its artist's teeth do, or the chin where it has none."""
    target, head = face_of_neutral(mesh), arkit_head()
    mapped = _map(OUT / f"{name}.map.npz", head, target)
    names, values = tuple(shapes), np.stack(list(shapes.values()))
    shaped = with_shapes(target, names, values)
    teeth, rest = _teeth(name, target, names, values)
    incisor = rest[np.argsort(-(rest @ target.front + rest @ target.up))[:6]].mean(axis=0)
    picked = np.argsort(-(rest @ target.front + rest @ target.up))[:6]
    rows = []
    for label, take in takes.items():
        curves, _true = _curves(take)
        for way, source in {"old": _old(head), "new": head}.items():
            base = prepare(
                source, target, _ones(source), contacts=False, mapped=mapped, own_expressions=False
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
            rows.append(_row(name, label, way, goal - incisor, (at - goal,), None, "-"))
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
    from aim_blender_addon.backend.sample.head import find_package, load_sample_head

    head = load_sample_head(find_package())  # the demo's teeth are objects of their own
    return head.lower_teeth_units.astype(float), head.lower_teeth.astype(float)


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


def _teeth_out(
    model: AimModel, front: np.ndarray, skins: np.ndarray, teeth: list[np.ndarray]
) -> str:
    """How many vertices of the lower teeth have skin that looks forward behind them, at most of all frames."""
    most = 0
    for skin, points in zip(skins, teeth, strict=True):
        surface = trimesh.Trimesh(skin, model.neutral.triangles, process=False)
        origins = points[::4]
        _places, rays, faces = surface.ray.intersects_location(
            origins, np.tile(-front, (len(origins), 1)), multiple_hits=True
        )
        near = np.linalg.norm(_places - origins[rays], axis=1) < BEHIND_MM
        looks = surface.face_normals[faces] @ front > 0
        most = max(most, len(np.unique(rays[near & looks])))
    return str(most)


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
