# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What steps of drags take with edges held off bone, and without: ``python -m bench.contact.pace FACE ...``.

Each drag goes to its goal in twelve steps, as a mouse does, and is let go there. Both ways take each step one after
the other, so that the load of the machine is the same. Processor time of one thread, ms.
"""

import argparse
import copy
import os
import sys
import time
from dataclasses import dataclass, replace

import numpy as np

from aim_blender_addon.backend.editing.drag import Drag
from aim_blender_addon.backend.editing.editable_face import EditableFace, EditState
from aim_blender_addon.backend.editing.handles import Handles
from bench.contact.cases import pulled_at_random
from bench.contact.depth import Referee
from bench.contact.faces import model_of

STEPS = 12
HEAD = "| face | drags | steps | without edges: median, p95 | with | median of the ratios | deepest, mm |"


@dataclass(frozen=True)
class Pull:
    """Vertices [M], where they start and go [M, 3] mm, and the state that they are pulled from."""

    vertices: np.ndarray
    start: np.ndarray
    goals: np.ndarray
    initial: EditState


def random_pulls(face: EditableFace, count: int) -> list[Pull]:
    """As :func:`bench.contact.cases.drags`: one to six handles, every third straight into the head."""
    random, made = np.random.default_rng(0), []
    for index, (vertices, ways) in enumerate(pulled_at_random(face, random, count)):
        made.append(_pull(face, vertices, ways, _weights(face, random, index)))
    return made


def pressed_lips(face: EditableFace, count: int) -> list[Pull]:
    """One to three points on the rims of the mouth pressed 5 to 20 mm into the teeth, straight or aslant."""
    random, made = np.random.default_rng(1), []
    mouth = next((rims for rims in face.openings.rims if rims.name == "mouth"), None)
    for index in range(count if mouth else 0):
        vertices = random.choice(
            np.concatenate([mouth.upper, mouth.lower]), random.integers(1, 4), replace=False
        )
        ways = -mouth.front + random.normal(0, 0.4, (len(vertices), 3))
        ways *= random.uniform(5, 20, (len(vertices), 1))
        made.append(_pull(face, vertices, ways, _weights(face, random, index)))
    return made


def _weights(face: EditableFace, random: np.random.Generator, index: int) -> np.ndarray:
    weights = np.zeros(len(face.scan_jaws))
    if index % 2:
        weights[random.integers(len(weights))] = random.uniform(0, 1)
    return weights


def _pull(face: EditableFace, vertices: np.ndarray, ways: np.ndarray, weights: np.ndarray) -> Pull:
    initial = face.initial_state(weights)
    start = face.posed(initial)[vertices]
    return Pull(vertices, start, start + ways, initial)


def measured(face: EditableFace, pulls: list[Pull], referee: Referee | None) -> list[np.ndarray]:
    """Times [N, 2] ms without and with edges, of steps and of letting go; deepest [N] mm of both, where asked."""
    plain = copy.copy(face)
    plain.limits = replace(face.limits, over=None)
    moving, resting, deep = [], [], ([], [])
    for pull in pulls:
        handles = Handles.of(pull.vertices, pull.start)
        both = [Drag(one, handles, pull.initial) for one in (plain, face)]
        for step in range(1, STEPS + 2):
            share, quick = min(step / STEPS, 1.0), step <= STEPS
            goals = pull.start + share * (pull.goals - pull.start)
            times = []
            for drag in both:
                started = time.process_time()
                edit = drag.solve(goals, quick)
                times.append(1000 * (time.process_time() - started))
            (moving if quick else resting).append(times)
            if referee and (not quick or step == STEPS):
                found = referee.depth(edit.vertices, face.joint.pose(edit.jaw))
                deep[not quick].append(found.worst)
    return [np.array(each) for each in (moving, resting, *deep)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faces", nargs="+", help="seeds of actors, or sample")
    parser.add_argument("--drags", type=int, default=24)
    parser.add_argument("--deep", action="store_true", help="look how deep the skin lies, too")
    options = parser.parse_args()
    sys.stdout.write(f"load {os.getloadavg()[0]:.1f}\n{HEAD}\n|{'---|' * (HEAD.count('|') - 1)}\n")
    for name in options.faces:
        face = EditableFace(model_of(name))
        referee = Referee(face.bones, face.rest, face.model.neutral.triangles)
        for kind, make in (("random", random_pulls), ("pressed lips", pressed_lips)):
            found = measured(face, make(face, options.drags), referee if options.deep else None)
            for steps, times, deep in zip(("moving", "at rest"), found[:2], found[2:], strict=True):
                sys.stdout.write(_row(name, kind, steps, times, deep))
                sys.stdout.flush()


def _row(name: str, kind: str, steps: str, times: np.ndarray, deep: np.ndarray) -> str:
    pairs = [np.percentile(column, [50, 95]) for column in times.T]
    cells = [name, kind, steps, *(f"{low:.1f}, {high:.0f}" for low, high in pairs)]
    cells.append(f"{np.median(times[:, 1] / times[:, 0]):.2f}")
    cells.append(f"{deep.max():.2f} ({(deep > 0.3).sum()})" if len(deep) else "-")
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    main()
