# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route b: characters with shapes whose names are hidden, matched by motion: ``python -m bench.retarget.shapes``.

Of an actor the truth is known: the generator's identities share their offsets. Of the characters it is what their
own shapes of ARKit's names play.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from aim_blender_addon.backend.geometry.mesh import Mesh
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.io.curve_files import read_curves
from aim_blender_addon.backend.retargeting.performance import drive
from aim_blender_addon.backend.retargeting.player import prepare, shape_player
from aim_blender_addon.backend.retargeting.retarget_face import face_of_model, face_of_neutral
from aim_blender_addon.backend.shape_names import same_shape
from bench import actors
from bench.common import OUT, fitted
from bench.retarget.cases import characters

EVERY = 70


def main() -> None:
    """Print the table and write ``out/bench/retarget_shapes.md``."""
    source = face_of_model(fitted(actors.all_units(OUT)))
    curves = read_curves(actors.SHARED / "data" / "performance" / "alex_rom_3.csv").processed()
    curves = replace(
        curves,
        values=curves.values[::EVERY],
        times=curves.times[::EVERY],
        head=0 * curves.head[::EVERY],
    )
    frames = list(drive(source, curves)[0].frames(source))
    text = [
        "| character | names | matched | rightly | error mean mm | p99 | of the motion |",
        "|---|---|---|---|---|---|---|",
    ]
    for label, mesh, shapes in _targets():
        target = face_of_neutral(mesh)
        functions = np.ones((len(source.skin.vertices), 1))
        retargeter = prepare(source, target, functions, contacts=False, own_expressions=False)
        names, values = list(shapes), np.stack(list(shapes.values()))
        hidden = [f"shape {number}" for number in range(len(names))]
        shown = {}
        for kind, given in (("known", names), ("hidden", hidden)):
            player = shape_player(retargeter, given, values, by_curves=True)
            true_names = dict(zip(given, names, strict=True))
            best = {}
            for row in player.table:
                if row.source not in best or row.weight > best[row.source].weight:
                    best[row.source] = row
            there = [n for n in source.expression_names if any(same_shape(n, o) for o in names)]
            right = [n in best and same_shape(n, true_names[best[n].target]) for n in there]
            shown[kind] = np.stack([player.play(f).vertices[target.rows] for f in frames])
            truth = (
                _played_truth(mesh, names, values, curves) if label.startswith("actor") else None
            )
            truth = shown["known"] if truth is None else truth[:, target.rows]
            error = target.scale * np.linalg.norm(shown[kind] - truth, axis=2)
            motion = target.scale * np.linalg.norm(truth - mesh.vertices[target.rows], axis=2)
            text.append(
                f"| {label} | {kind} | {len([n for n in there if n in best])} of {len(there)} | {sum(right)} "
                f"| {error.mean():.3f} | {np.percentile(error, 99):.2f} | {error.mean() / motion.mean():.2f} |"
            )
            sys.stderr.write(text[-1] + "\n")
    (OUT / "retarget_shapes.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(text) + "\n")


def _targets() -> Iterator[tuple[str, Mesh, dict[str, np.ndarray]]]:
    """Name, mesh and shapes [V, 3] by name: an actor with ARKit's shapes, then the characters."""
    units = read_actor(actors.all_units(OUT))
    offsets = {s.name: s.vertices - units.neutral.vertices for s in units.expressions}
    # Scanned on an open jaw; as a shape it closes the lips of the jaw that jawOpen opens, as the characters' do.
    offsets["mouthClose"] = offsets["mouthClose"] - offsets["jawOpen"]
    yield "actor 3", read_actor(actors.standard(OUT, 3)).neutral, offsets
    yield from characters()


def _played_truth(mesh: Mesh, names: list[str], shapes: np.ndarray, curves) -> np.ndarray:  # noqa: ANN001
    """[T, V, 3] what the curves play on shapes of their names."""
    weights = np.zeros((len(curves.values), len(names)))
    for column, channel in zip(curves.values.T, curves.names, strict=True):
        for number, name in enumerate(names):
            if same_shape(re.sub("^_", "", channel), name):
                weights[:, number] = column
    return mesh.vertices + np.tensordot(weights, shapes, 1)


if __name__ == "__main__":
    main()
