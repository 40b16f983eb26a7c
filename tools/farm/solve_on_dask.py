# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solve a performance in ranges of frames on the machines of a Dask cluster, and merge them.

    python tools/farm/solve_on_dask.py MODEL FRAMES -o RESULT.npz [--scheduler ADDRESS] [--ranges 8] [-- OPTIONS]

OPTIONS are those of ``solve``, such as ``--unit cm``. With ``--flesh FLESH`` the ranges go through the muscles: FRAMES
is then a take as ``simulate`` reads it, and OPTIONS are those of ``simulate``.

Every machine needs this project, its Python and the files at the same places. Without ``--scheduler`` a cluster of
this machine's own runs for as long as the solve. A range that a machine lost is given to another, which goes on
after the frames that are there.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from distributed import Client, LocalCluster, as_completed

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from aim_blender_addon.backend.errors import AimError, SolveError  # noqa: E402
from aim_blender_addon.backend.io.model_file import read_model  # noqa: E402
from aim_blender_addon.backend.io.takes import read_take  # noqa: E402
from aim_blender_addon.backend.muscles.take import read_poses  # noqa: E402
from aim_blender_addon.backend.solving.merge import merge_results  # noqa: E402

_COMMAND = (sys.executable, "-m", "aim_blender_addon.backend")


def main(arguments: list[str]) -> int:
    """Solve and merge; 0, or 2 after one sentence on standard error."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    options = _parser().parse_args(arguments[:split])
    try:
        solve(options, arguments[split + 1 :])
    except AimError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def solve(options: argparse.Namespace, more: list[str]) -> None:
    """Solve all ranges on the cluster, then make one result of theirs.

    Raises:
        SolveError: a range could not be solved; the others stay for the next try.
    """
    model = read_model(options.model)
    files = [options.model, options.take]
    if options.flesh is None:
        name, frames = "solve", len(read_take(options.take, model.neutral))
    else:
        name, frames = "simulate", len(read_poses(options.take)[0])
        files.insert(1, options.flesh)
    folder = options.output.with_name(f"{options.output.name}.ranges")
    folder.mkdir(parents=True, exist_ok=True)
    parts = [
        (folder / f"{start:06d}.npz", start, count) for start, count in cut(frames, options.ranges)
    ]
    commands = {
        part: [
            *_COMMAND, name, *(str(path.resolve()) for path in files), "-o", str(part.resolve()),
            "--start", str(start), "--count", str(count), "--resume", *more,
        ]
        for part, start, count in parts
        if not part.exists()
    }  # fmt: skip
    with _cluster(options) as client:
        # What runs is a command of the shell: machines need nothing of this script.
        futures = {
            client.submit(
                subprocess.run, command, cwd=ROOT, capture_output=True, text=True, pure=False, retries=2
            ): part
            for part, command in commands.items()
        }  # fmt: skip
        for future in as_completed(futures):
            done = future.result()
            if done.returncode:
                raise SolveError(f"{futures[future].name}: {done.stderr.strip()}")
            sys.stdout.write(f"{futures[future].name} is solved\n")
    merge_results(model, [part for part, _, _ in parts], options.output)
    for part, _, _ in parts:
        part.unlink()
    folder.rmdir()


def cut(frames: int, ranges: int) -> Iterator[tuple[int, int]]:
    """Start and count of each of so many ranges, about as long as each other."""
    edges = [round(frames * number / ranges) for number in range(ranges + 1)]
    return (
        (start, stop - start)
        for start, stop in zip(edges[:-1], edges[1:], strict=True)
        if stop > start
    )


def _cluster(options: argparse.Namespace) -> Client:
    if options.scheduler:
        return Client(options.scheduler)
    return Client(
        LocalCluster(n_workers=options.workers, threads_per_worker=1, dashboard_address=None)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, metavar="MODEL.safetensors")
    parser.add_argument("take", type=Path, metavar="FRAMES", help="as for solve")
    parser.add_argument("--flesh", type=Path, metavar="FLESH.safetensors", help="simulate the take")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RESULT.npz")
    parser.add_argument(
        "--scheduler", help="address of a Dask scheduler, e.g. tcp://farm:8786 (default: none)"
    )
    parser.add_argument("--ranges", type=int, default=8, help="into how many the take is cut")
    parser.add_argument("--workers", type=int, default=2, help="processes without a scheduler")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
