# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the error of retargeting comes from, part by part made true: ``python -m bench.retarget.exchange``.

Without contacts. Each row exchanges one part for the generator's truth, in the measurement only.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from aim_blender_addon.backend.geometry.skinning import undo_jaw
from aim_blender_addon.backend.geometry.surface import SurfacePoints
from aim_blender_addon.backend.io.actor_folder import read_actor
from aim_blender_addon.backend.retargeting.correspondence import Correspondence
from aim_blender_addon.backend.retargeting.performance import Frame
from aim_blender_addon.backend.retargeting.player import Retargeter, prepare
from aim_blender_addon.backend.retargeting.retarget_face import RetargetFace
from bench import actors
from bench.common import OUT
from bench.retarget.baselines import DeformationTransfer
from bench.retarget.cases import at_rest, solved_actor, true_skins


def main() -> None:
    """Print the table: mean error, and as a share of deformation transfer's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 3, 11, 7])
    seeds = parser.parse_args().seeds
    columns = [
        _errors(first, second) for first, second in zip(seeds, [*seeds[1:], seeds[0]], strict=True)
    ]
    for name in columns[0]:
        cells = [f"{c[name]:.4f} ({c[name] / c['deformation transfer']:.2f})" for c in columns]
        sys.stdout.write(f"| {name} | {' | '.join(cells)} |\n")


def _errors(first: int, second: int) -> dict[str, float]:
    """Mean distance to the truth, mm, with one part after the other made true."""
    (source, played), (target, _) = solved_actor(first), solved_actor(second)
    frames = list(played.frames(source))
    goal, true = true_skins(second), true_skins(first)
    here, there = (face.skin.vertices.astype(float) for face in (source, target))
    triangles = source.skin.triangles
    still = np.linalg.norm(source.displacements, axis=2).max(axis=0) < 0.05
    transfer = DeformationTransfer(
        here, triangles, there, triangles, np.arange(len(triangles)), still
    )
    with_truth = [_with_skin(source, f, skin) for f, skin in zip(frames, true, strict=True)]
    scans = replace(target, displacements=_scans(target, second))
    found = prepare(source, target, played.functions, contacts=False)
    same = _same_vertices(found)
    mapped = prepare(source, target, played.functions, contacts=False, mapped=same)
    scanned = prepare(source, scans, played.functions, contacts=False, mapped=found.map)
    both = prepare(source, scans, played.functions, contacts=False, mapped=same)
    carried = prepare(
        source, target, played.functions, contacts=False, mapped=same, own_expressions=False
    )
    still_jaw = replace(found, own_jaw=np.zeros_like(found.own_jaw))

    def off(skins: Sequence[np.ndarray]) -> float:
        return float(np.linalg.norm(np.stack(list(skins)) - goal, axis=2).mean())

    return {
        "deformation transfer": off(transfer(f.skin) for f in frames),
        "ours": off(_played(found, frames)),
        "source's take": off(_played(found, with_truth)),
        "correspondence": off(_played(mapped, frames)),
        "target's expressions: its scans, not its model's": off(_played(scanned, frames)),
        "all three": off(_played(both, with_truth)),
        "the solve's own: its skin with the truth's offsets": off(
            there + f.skin - here for f in frames
        ),
        "worse: without the target's own expressions, true correspondence": off(
            _played(carried, frames)
        ),
        "worse: without the target's own jaw": off(_played(still_jaw, frames)),
    }


def _played(retargeter: Retargeter, frames: list[Frame]) -> list[np.ndarray]:
    shown = [retargeter.play(frame) for frame in frames]
    return [at_rest(s.vertices, s.head) for s in shown]


def _with_skin(source: RetargetFace, frame: Frame, skin: np.ndarray) -> Frame:
    """The frame with another skin [S, 3]; weights and jaw stay, what they leave changes."""
    jaw = source.joint.pose(frame.jaw_parameters)
    change = undo_jaw(skin, jaw, source.jaw_weight) - undo_jaw(frame.skin, jaw, source.jaw_weight)
    return replace(frame, skin=skin, residual=frame.residual + change)


def _scans(target: RetargetFace, seed: int) -> np.ndarray:
    """Displacements [E, S, 3] of the scans themselves, freed of the jaw as the model found it."""
    scans = {s.name: s.vertices for s in read_actor(actors.standard(OUT, seed)).expressions}
    return np.stack(
        [
            undo_jaw(scans[name], jaw, target.jaw_weight) - target.skin.vertices
            for name, jaw in zip(target.expression_names, target.jaw_poses, strict=True)
        ]
    ).astype(np.float32)


def _same_vertices(retargeter: Retargeter) -> Correspondence:
    """Made actors have the same vertices at the same places."""
    rest = retargeter.source.skin.vertices.astype(float)
    corners = np.repeat(np.arange(len(rest), dtype=np.int32)[:, None], 3, axis=1)
    points = SurfacePoints(corners, np.tile([1.0, 0.0, 0.0], (len(rest), 1)))
    return Correspondence(points, np.ones(len(rest)), rest, retargeter.map.pairs)


if __name__ == "__main__":
    main()
