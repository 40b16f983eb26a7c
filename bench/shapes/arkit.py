# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's 52 shapes made for actors, beside their true ones: ``python -m bench.shapes.arkit --model MODEL ...``.

The truth of a made actor are the generator's own shapes, of a character its artist's. Characters are fitted to
scans mixed from the artist's shapes.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from aim_blender_addon.backend.fitting.actor import Actor
from aim_blender_addon.backend.fitting.fit import FitSettings, fit_actor
from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.model_file import read_model
from aim_blender_addon.backend.model.aim import AimModel
from aim_blender_addon.backend.retargeting.arkit_shapes import ArkitShapes, make_arkit_shapes
from aim_blender_addon.backend.retargeting.retarget_face import skin_part
from aim_blender_addon.backend.sample.head import EXPRESSIONS
from aim_blender_addon.backend.shape_names import same_shape
from bench import actors

CHARACTERS = ("male_caucasian", "toon_child")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, nargs="*", default=[], help="models of made actors")
    parser.add_argument(
        "--characters", nargs="*", default=[], help="names, of " + ", ".join(CHARACTERS)
    )
    parser.add_argument(
        "--nameless", action="store_true", help="scans are called scan 1, scan 2, ..."
    )
    options = parser.parse_args()
    total = [
        "| face | from | shapes | cosine mean, median | size over the true, median | mean size error (log) | s |",
        "|---|---|---|---|---|---|---|",
    ]
    each = [
        "| face | shape | from | cosine: with scans, without | size: with scans, without |",
        "|---|---|---|---|---|",
    ]
    for name, model, truth in _faces(options):
        if options.nameless:
            numbered = [f"scan {i}" for i in range(len(model.expression_names))]
            model = replace(model, expression_names=tuple(numbered))
        started = time.perf_counter()
        ours = make_arkit_shapes(model)
        seconds = time.perf_counter() - started
        alone = make_arkit_shapes(model, use_scans=False)
        rows, summary = _compared(name, model, truth, ours, alone, seconds)
        total += summary
        each += rows
        sys.stderr.write("\n".join([*summary, ""]))
    sys.stdout.write("\n".join([*total, "", *each, ""]))


def _faces(options: argparse.Namespace) -> Iterator[tuple[str, AimModel, dict[str, np.ndarray]]]:
    """Name, model and true motions [V, 3] by ARKit's names."""
    for path in options.model:
        yield path.stem, read_model(path), _generator_shapes()
    for name in options.characters:
        yield name, *_character(name)


def _generator_shapes() -> dict[str, np.ndarray]:
    """The generator's shapes; all its actors share them."""
    sys.path.insert(0, str(actors.SHARED / "tools"))
    import ict_face

    face = ict_face.load_ict_face(actors.SHARED / "data" / "ict" / "ict_face.npz")
    moved = face.expression_deltas[:, : ict_face.SKIN_VERTICES]
    return dict(zip(map(str, face.expression_names), moved, strict=True))


def _character(name: str) -> tuple[AimModel, dict[str, np.ndarray]]:
    """A character's skin fitted to 19 mixtures of its artist's shapes, and those shapes."""
    with np.load(actors.SHARED / "data" / "characters" / f"{name}.npz") as file:
        mesh = Mesh.from_triangles(1000 * file["V"], file["F"], name)
        shapes = dict(zip(map(str, file["names"]), 1000 * file["D"], strict=True))
    rows, skin = skin_part(mesh)
    shapes = {shape: motion[rows] for shape, motion in shapes.items()}
    scans = []
    for scan, mixture in EXPRESSIONS.items():
        moved = sum(
            weight * motion
            for word, weight in mixture.items()
            for shape, motion in shapes.items()
            if shape in (word, f"{word}Left", f"{word}Right")
        )
        scans.append(skin.with_vertices(skin.vertices + moved, scan))
    model = fit_actor(Actor(skin, tuple(scans)), FitSettings(), name=name).model
    return model, shapes


def _compared(
    name: str,
    model: AimModel,
    truth: dict[str, np.ndarray],
    ours: ArkitShapes,
    alone: ArkitShapes,
    seconds: float,
) -> tuple[list[str], list[str]]:
    rest = model.neutral.vertices.astype(float)
    rows, scores = [], []
    for i, shape in enumerate(ours.names):
        true = [
            motion
            for other, motion in truth.items()
            if same_shape(shape, other) and not _pupil(other)
        ]
        if not true or np.abs(sum(true)).max() < 0.3:
            continue
        two = [_score(made.skins[i] - rest, sum(true)) for made in (ours, alone)]
        scores.append((ours.origins[i], *two))
        cosine, size = (", ".join(f"{score[k]:.2f}" for score in two) for k in (0, 1))
        rows.append(f"| {name} | {shape} | {ours.origins[i]} | {cosine} | {size} |")
    summary = []
    for label, chosen, which in (
        ("all, with scans", None, 1),
        ("all, without scans", None, 2),
        *((origin, origin, 1) for origin in sorted({o for o, *_ in scores})),
    ):
        c, r = np.array([s[which] for s in scores if chosen in (None, s[0])]).T
        tail = f"{seconds:.1f}" if label == "all, with scans" else ""
        summary.append(
            f"| {name} | {label} | {len(c)} | {c.mean():.3f}, {np.median(c):.3f} | {np.median(r):.2f} "
            f"| {np.abs(np.log(np.maximum(r, 1e-3))).mean():.2f} | {tail} |"
        )
    return rows, summary


def _pupil(name: str) -> bool:
    return name.lower().startswith("pupil")


def _score(made: np.ndarray, true: np.ndarray) -> tuple[float, float]:
    """Cosine of the motions and ratio of their sizes."""
    a, b = np.linalg.norm(made), np.linalg.norm(true)
    return float((made * true).sum() / max(a * b, 1e-9)), float(a / b)


if __name__ == "__main__":
    main()
