# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fitted faces whose teeth are known in any mixture of ARKit's shapes: made actors and the demo head."""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.geometry.rigid import move_rigidly
from aim_blender_addon.backend.io.obj import write_obj
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.sample.head import (
    find_package,
    load_sample_head,
    rigid_motion,
    sample_actor,
    unit_weights,
)
from bench import actors
from bench.common import OUT, fitted

#: The scan that opens the mouth widest, in both families.
WIDEST = "mouth_stretch"
#: What closes the lips of an open jaw, in the generator's way.
CLOSE, OPEN = "mouthClose", "jawOpen"


@dataclass(frozen=True)
class KnownFace:
    """A fitted face and its truth.

    Attributes:
        name: for the table.
        folder: of the actor, for what is found once.
        model: of the actor.
        incisor: [3] mm edge of the lower incisors, true.
        lower, upper: [N, 3], [M, 3] mm all vertices of the teeth at rest.
        truth: of names and values [T, C] of curves the jaws [T, 4, 4] and skins [T, S, 3].
        held_back: [3] mm from the incisors in jawOpen at one to where they are in the widest scan.
    """

    name: str
    folder: Path
    model: AimModel
    incisor: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    truth: Callable[[Sequence[str], np.ndarray], tuple[np.ndarray, np.ndarray]]
    held_back: np.ndarray


def made_actor(seed: int, frames: int, pinned: bool = False, teeth: bool = False) -> KnownFace:
    """The generator's actor.

    Args:
        seed: of the actor.
        frames: of his recording.
        pinned: his incisors are marked in his widest scan, and in his neutral.
        teeth: his scans bring gums, tongue and teeth along.
    """
    sys.path.insert(0, str(actors.SHARED / "tools"))
    import ict_face as ict
    import make_actor as made

    folder = actors.standard(OUT, seed, frames, name="curves")
    scans = np.load(folder / "truth.npz")
    if pinned:
        folder = _with_marks(folder, OUT / f"pinned{seed}", scans)
    face = ict.load_ict_face(actors.SHARED / "data" / "ict" / "ict_face.npz")
    neutral = face.identity(made.identity_coefficients(seed, len(face.identity_modes)))
    incisor = made.incisor_point(neutral)
    if teeth:
        shaped = {
            str(name): neutral + face.expression_offset(weights)
            for name, weights in zip(
                scans["expression_names"], scans["expression_weights"], strict=True
            )
        }
        inside = slice(ict.GUMS_TONGUE.start, ict.LOWER_TEETH.stop)
        held = ((face.faces < 0) | (face.faces >= inside.start)).all(axis=1)
        triangles = ict.triangulate(face.faces[held & (face.faces < inside.stop).all(axis=1)])
        folder = _copied(folder, OUT / f"teeth{seed}")
        _write_teeth(folder / "teeth", {"neutral": neutral, **shaped}, inside, triangles)

    def truth(names: Sequence[str], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        known = [n for n, name in enumerate(names) if name not in ict.MISSING_CHANNELS]
        used = [names[n] for n in known]
        weights = made.performance_weights(face, used, values[:, known])
        shaped = [neutral + face.expression_offset(w) for w in weights]
        jaws = np.array([made.jaw_truth(neutral, shape)[0] for shape in shaped])
        return jaws, np.array([shape[: ict.SKIN_VERTICES] for shape in shaped])

    whole = move_rigidly(incisor, truth([OPEN], np.ones((1, 1)))[0][0])
    widest = scans["expression_incisor"][list(scans["expression_names"]).index(WIDEST)]
    return KnownFace(
        f"actor {seed}{', marked' if pinned else ''}{', with teeth' if teeth else ''}",
        folder,
        fitted(folder),
        incisor,
        neutral[ict.LOWER_TEETH],
        neutral[ict.UPPER_TEETH],
        truth,
        widest - whole,
    )


def _copied(actor: Path, folder: Path) -> Path:
    """A copy of an actor's folder, without his model."""
    if not (folder / "truth.npz").exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(actor / "expressions", folder / "expressions", dirs_exist_ok=True)
        for path in ("neutral.obj", "skull.obj", "jaw.obj", "actor.json", "truth.npz"):
            shutil.copy(actor / path, folder / path)
    found = actor / "map.npz"  # the neutral is the same
    if found.exists():
        shutil.copy(found, folder / "map.npz")
    return folder


def _write_teeth(folder: Path, heads: dict, inside: slice, triangles: np.ndarray) -> None:
    """Gums, tongue and teeth of the heads [V, 3] by name, as an actor's folder has them."""
    folder.mkdir(exist_ok=True)
    for name, head in heads.items():
        write_obj(
            folder / f"{name}.obj", Mesh.from_triangles(head[inside], triangles - inside.start)
        )


def _with_marks(actor: Path, folder: Path, scans: np.lib.npyio.NpzFile) -> Path:
    """A copy of an actor's folder with marks of the incisors' edges; the upper ones rest."""
    _copied(actor, folder)
    if not (folder / "jaw_pins.json").exists():
        rest = scans["incisor_neutral"]
        widest = scans["expression_incisor"][list(scans["expression_names"]).index(WIDEST)]
        upper = (rest + [0.0, -2.5, 2.5]).tolist()
        marks = {
            name: {"lower_incisor": lower.tolist(), "upper_incisor": upper}
            for name, lower in ((WIDEST, widest), ("neutral", rest))
        }
        (folder / "jaw_pins.json").write_text(json.dumps(marks), encoding="utf-8")
    return folder


def demo_actor(teeth: bool = False) -> KnownFace | None:
    """The demo head fitted from its 19 scans, bones estimated; None where its data are not installed.

    Args:
        teeth: the scans bring the lower teeth along.
    """
    package = find_package()
    if not package:
        return None
    head = load_sample_head(package)
    folder, sample = OUT / ("demo_teeth" if teeth else "demo_actor"), sample_actor(head)
    if not (folder / "neutral.obj").exists():
        (folder / "expressions").mkdir(parents=True, exist_ok=True)
        for scan in sample.actor.expressions:
            write_obj(folder / "expressions" / f"{scan.name}.obj", scan)
        write_obj(folder / "neutral.obj", sample.actor.neutral)
    if teeth:
        row = head.parts["lower teeth"].mesh
        places = row.vertices.astype(float)
        truths = zip(sample.actor.expressions, sample.jaw_truth, strict=True)
        shown = {scan.name: move_rigidly(places, jaw) for scan, jaw in truths}
        inside = slice(0, len(places))
        _write_teeth(folder / "teeth", {"neutral": places, **shown}, inside, row.triangles)
    rest, skin = head.lower_teeth.astype(float), head.skin.vertices.astype(float)
    names, moves = head.unit_names, head.lower_teeth_units.astype(float)

    def truth(curves: Sequence[str], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mixtures = [dict(zip(curves, row, strict=True)) for row in values]
        for mixture in mixtures:
            if CLOSE in mixture:
                mixture[CLOSE] = min(mixture[CLOSE], mixture.get(OPEN, 0.0))
        weights = np.stack(
            [unit_weights(names, {k: v for k, v in m.items() if k in names}) for m in mixtures]
        )
        jaws = [rigid_motion(rest, rest + np.tensordot(w, moves, 1)) for w in weights]
        return np.array(jaws), skin + np.tensordot(weights, head.units.astype(float), 1)

    incisor = np.asarray(head.incisor, float)
    widest = [scan.name for scan in sample.actor.expressions].index(WIDEST)
    whole = move_rigidly(incisor, truth([OPEN], np.ones((1, 1)))[0][0])
    return KnownFace(
        f"demo head, fitted{', with teeth' if teeth else ''}",
        folder,
        fitted(folder),
        incisor,
        head.parts["lower teeth"].mesh.vertices.astype(float),
        head.parts["upper teeth"].mesh.vertices.astype(float),
        truth,
        move_rigidly(incisor, sample.jaw_truth[widest]) - whole,
    )
