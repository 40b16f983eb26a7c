# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks at random through all operators of the extension, with undo and redo, in Blender's Python module.

    AIM_PYTHON=.venv/bin/python .venv/blender-4.5/bin/python tools/undo_walk.py [--seed 0] [--walks 1] [--calls 200]

Calls are those of operators; undo, redo and what a user does between them come on top. After an undo the scene is
what it was before the step, and after a redo what it was after. ``tools/walking`` says what is compared.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="aim-blender-"))

import bpy  # noqa: E402

import aim_blender_addon  # noqa: E402
from tools.walking import acts, stage, walk  # noqa: E402


def main() -> int:
    """Walk, and print what was found; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0, help="of the first walk")
    parser.add_argument("--calls", type=int, default=200, help="of operators, a walk")
    parser.add_argument("--walks", type=int, default=1, help="one seed after the other")
    parser.add_argument(
        "--slow", type=int, default=2, help="calls of each operator that takes seconds"
    )
    parser.add_argument("--no-character", action="store_true", help="retarget to nobody")
    options = parser.parse_args()
    aim_blender_addon.register()
    faults = 0
    refusals: Counter = Counter()
    with stage.workers():
        for seed in range(options.seed, options.seed + options.walks):
            started = time.perf_counter()
            outcome = walk_once(seed, options.calls, options.slow, not options.no_character)
            ended = Counter(name.split()[1] for name in outcome.counts.elements())
            faults += len(outcome.faults)
            refusals += outcome.refusals
            line = (
                f"{bpy.app.version_string} seed {seed}: {outcome.calls} calls ({ended['finished']} finished, "
                f"{ended['refused']} refused), {outcome.undone} undone, {outcome.redone} redone, "
                f"{len(outcome.faults)} faults, {len(outcome.lost)} losses of Blender's own, "
                f"{time.perf_counter() - started:.0f} s\n"
            )
            found = (*outcome.faults, *outcome.lost)
            sys.stderr.write(line + "".join(f"  {text}\n" for text in found))
    for text, count in sorted(refusals.items()):
        sys.stderr.write(f"{count:5} {text}\n")
    sys.stderr.flush()
    return 1 if faults else 0


def walk_once(seed: int, calls: int, slow: int, character: bool) -> walk.Outcome:
    """One walk through a new file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.addons.new().module = aim_blender_addon.__name__
    with tempfile.TemporaryDirectory() as folder:
        built = stage.build(Path(folder), character)
        walking = walk.Walk(seed, slow)
        acts.begin(walking, built)
        return walking.run(acts.acts_of(built), calls)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # without Blender's own tidying, in which 4.5 may hang
