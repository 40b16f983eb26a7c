#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what the product computes, and compares two recordings bit for bit.

    .venv/bin/python tools/record_results.py record DIR [--only PART ...] [--seeds 0 3]
    .venv/bin/python tools/record_results.py compare DIR OTHER [--only PART ...] [--seeds 0 3]

A rebuild of the code that claims to change no result is recorded before and after. Nothing is imported from the
product: it runs by its command line, with one thread, so that the script outlives a rebuild. Numbers are equal
only between recordings of one machine with one environment. Lengths are in millimetres.

Needs the folder ``shared`` beside the repository, or ``AIM_SHARED``, for the actors and characters.
"""

import argparse
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from recording.comparison import compare
from recording.inputs import FRAMES, SHARED, make_actor, make_characters

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("inputs", "models", "bones", "solve", "edit", "retarget", "demo", "zip")
#: The file list of a zip changes when code moves, so that it is compared only when asked for.
COMPARED = PARTS[:-1]
SEEDS = (0, 3)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main() -> int:
    """Record or compare; 1 where a recording differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, folders, parts in (
        ("record", ("folder",), PARTS),
        ("compare", ("folder", "other"), COMPARED),
    ):
        command = commands.add_parser(name)
        for folder in folders:
            command.add_argument(folder, type=Path)
        command.add_argument("--only", nargs="+", choices=PARTS, default=parts, metavar="PART")
        command.add_argument("--seeds", nargs="+", type=int, default=SEEDS, help="actors")
    options = parser.parse_args()
    if options.command == "record":
        record(options.folder.resolve(), options.only, options.seeds)
        return 0
    return compare(options.folder, options.other, options.only, options.seeds)


def record(folder: Path, parts: Sequence[str], seeds: Sequence[int]) -> None:
    """Run the product and leave its results in ``folder``, one folder a part.

    Args:
        folder: new, or with the parts that earlier calls recorded: ``solve``, ``edit`` and ``retarget`` need
            ``models`` (``retarget`` of both actors), and ``retarget`` needs ``solve``.
        parts: some of ``PARTS``.
        seeds: the actors; ``retarget`` plays each on the first other one.
    """
    for name in ("inputs", *parts):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        make_actor(folder / "inputs", seed)
    make_characters(folder / "inputs")
    of_an_actor = {
        "models": record_models,
        "bones": record_bones,
        "solve": record_solve,
        "edit": record_edit,
    }
    for name in [name for name in of_an_actor if name in parts]:
        for seed in seeds:
            of_an_actor[name](folder, seed)
    if "retarget" in parts:
        for seed in seeds:
            record_retarget(folder, seed, next((other for other in SEEDS if other != seed), seed))
        record_characters(folder)
    if "demo" in parts:
        record_demo(folder)
    if "zip" in parts:
        record_zip(folder)


def record_models(folder: Path, seed: int) -> None:
    """Fit an actor to his scans and bones."""
    backend("fit", actor(folder, seed), "--device", "cpu", "--seed", 0, to=model(folder, seed))


def record_bones(folder: Path, seed: int) -> None:
    """Estimate bones from the skin, and fit the shared skull into it."""
    neutral, out = actor(folder, seed) / "neutral.obj", folder / "bones"
    backend("estimate-bones", neutral, to=out / f"seed{seed}_skin")
    template = (f"--template-{part}" for part in ("skull", "jaw"))
    bones = (SHARED / "data" / "skull" / f"{bone}.obj" for bone in ("cranium", "mandible"))
    given = [word for pair in zip(template, bones, strict=True) for word in pair]
    backend("estimate-bones", neutral, *given, to=out / f"seed{seed}_template")


def record_solve(folder: Path, seed: int) -> None:
    """Solve meshes, noisy markers, landmarks in a picture, and two ranges that are merged."""
    inputs, out = folder / "inputs", folder / "solve"
    for kind in ("dense", "markers", "image"):
        frames = inputs / f"seed{seed}_{kind}.npz"
        backend("solve", model(folder, seed), frames, to=solved(folder, seed, kind))
    frames, half = inputs / f"seed{seed}_markers.npz", FRAMES // 2
    parts = [out / f"seed{seed}_part{number}.npz" for number in (0, 1)]
    for start, part in zip((0, half), parts, strict=True):
        backend("solve", model(folder, seed), frames, "--start", start, "--count", half, to=part)
    backend("merge", model(folder, seed), *parts, to=solved(folder, seed, "merged"))


def record_edit(folder: Path, seed: int) -> None:
    """Pull by handles: from the rest, on both sides without a bulge, and from another expression."""
    handles = folder / "inputs" / f"seed{seed}_handles"
    for name, file, words in (
        ("plain", f"{handles}.npz", ()),
        ("symmetric", f"{handles}.npz", ("--symmetric", "--falloff", 0)),
        ("start", f"{handles}_start.npz", ()),
    ):
        backend(
            "edit", model(folder, seed), file, *words, to=folder / "edit" / f"seed{seed}_{name}.npz"
        )


def record_retarget(folder: Path, seed: int, other: int) -> None:
    """Play an actor's take on another actor, a character with shapes and a neutral alone."""
    inputs = folder / "inputs"
    out = f"{folder / 'retarget' / f'seed{seed}'}_to"
    source, dense = model(folder, seed), solved(folder, seed, "dense")
    play = partial(backend, "retarget", source)
    play(model(folder, other), dense, "--gain", 1.1, "--mouth", 0.9, to=Path(f"{out}_actor.npz"))
    table = ("--write-table", f"{out}_character.csv")
    play(inputs / "character", inputs / "scans.csv", *table, to=Path(f"{out}_character.npz"))
    words = ("--tolerance", 0.5, "--write-map", f"{out}_neutral.map.npz")
    play(inputs / "neutral.obj", dense, *words, to=Path(f"{out}_neutral.npz"))


def record_characters(folder: Path) -> None:
    """Play recorded curves of a character with shapes on a neutral alone."""
    inputs = folder / "inputs"
    faces = (inputs / "character", inputs / "neutral.obj", inputs / "take.csv")
    words = ("--smoothing", 0.02, "--tolerance", 1.0)
    backend("retarget", *faces, *words, to=folder / "retarget" / "character_to_neutral.npz")


def record_demo(folder: Path) -> None:
    """Make the demo without its large pictures, and read its file in a Blender of its own."""
    tools, out = ROOT / "tools", folder / "demo"
    _run("demo", tools / "demo" / "make_demo.py", "--quick", "--out", out / "made")
    _run(
        "demo read",
        tools / "recording" / "read_blend.py",
        out / "made" / "actor.blend",
        out / "actor.npz",
    )


def record_zip(folder: Path) -> None:
    """Names of the files in the extension's zip."""
    out = folder / "zip"
    for older in out.glob("*.zip"):
        older.unlink()
    _run("zip", ROOT / "tools" / "build.py", "--output-dir", out)
    with zipfile.ZipFile(next(out.glob("*.zip"))) as packed:
        names = sorted(packed.namelist())
    (folder / "zip.txt").write_text("\n".join(names) + "\n", encoding="utf-8")


def backend(command: str, *words: object, to: Path) -> None:
    """Run a command of the product, its figures beside the result, its seconds on the terminal."""
    figures = ("--json", to.with_name(f"{to.stem}.json"))
    _run(
        f"{command} {to.stem}",
        "-m",
        "aim_blender_addon.backend",
        command,
        *words,
        "-o",
        to,
        *figures,
    )


def _run(what: str, *words: object) -> None:
    started = time.perf_counter()
    command = [sys.executable, *map(str, words)]
    environment = os.environ | ONE_THREAD
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{what} failed:\n{' '.join(command)}\n{done.stdout}{done.stderr}")
    sys.stdout.write(f"{what}: {time.perf_counter() - started:.1f} s\n")
    sys.stdout.flush()


def actor(folder: Path, seed: int) -> Path:
    """Folder of an actor."""
    return folder / "inputs" / f"seed{seed}"


def model(folder: Path, seed: int) -> Path:
    """File of an actor's model."""
    return folder / "models" / f"seed{seed}.safetensors"


def solved(folder: Path, seed: int, kind: str) -> Path:
    """File of a solved take."""
    return folder / "solve" / f"seed{seed}_{kind}.npz"


if __name__ == "__main__":
    sys.exit(main())
