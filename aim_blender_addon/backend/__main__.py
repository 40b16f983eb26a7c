# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's jobs from a shell: ``python -m aim_blender_addon.backend COMMAND ...``."""

import argparse
import os
import sys
from pathlib import Path

# Before numpy is imported: its matrices are small here, and two threads wait for each other (a frame of a solve takes
# 26 ms with one and 114 with two on two cores). torch keeps its threads.
if "OPENBLAS_NUM_THREADS" not in os.environ:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"

from .cli import commands
from .errors import AimError
from .scans.units import MM_PER_UNIT


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0, or 2 after one sentence on standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except AimError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m aim_blender_addon.backend",
        description="Anatomical face models: fit, estimate bones, look inside. Lengths in millimetres.",
    )
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")

    fit = parsers.add_parser("fit", help="fit the anatomical model to an actor's scans")
    fit.add_argument(
        "actor",
        type=Path,
        metavar="ACTOR_DIR",
        help="folder with neutral.obj, expressions/*.obj and, where known, skull.obj and jaw.obj",
    )
    fit.add_argument("-o", "--output", type=Path, required=True, metavar="MODEL.safetensors")
    fit.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    fit.add_argument("--seed", type=int, default=0, help="same seed, same model (default 0)")
    _add_unit(fit)
    _add_json(fit)
    fit.set_defaults(run=commands.fit)

    bones = parsers.add_parser("estimate-bones", help="estimate skull and jaw from the skin alone")
    bones.add_argument("neutral", type=Path, metavar="NEUTRAL.obj")
    bones.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    bones.add_argument(
        "--landmarks",
        type=Path,
        metavar="F.json",
        help="skin landmarks by name, to override those found",
    )
    for part, what in (("skull", "cranium"), ("jaw", "mandible")):
        bones.add_argument(
            f"--template-{part}",
            type=Path,
            metavar="F.obj",
            help=f"{what} of somebody else, any units, to be fitted into the head",
        )
    _add_unit(bones)
    _add_json(bones)
    bones.set_defaults(run=commands.estimate_bones)

    _add_solve(parsers)
    _add_retarget(parsers)

    _add_edit(parsers)

    info = parsers.add_parser("info", help="what a model holds")
    info.add_argument("model", type=Path, metavar="MODEL.safetensors")
    _add_json(info)
    info.set_defaults(run=commands.info)
    return parser


def _add_solve(parsers: argparse._SubParsersAction) -> None:
    solve = parsers.add_parser("solve", help="solve a recorded performance onto a model")
    solve.add_argument("model", type=Path, metavar="MODEL.safetensors")
    solve.add_argument(
        "frames",
        type=Path,
        metavar="FRAMES",
        help=".npz with meshes, marked points or image points (docs/reference/files.md), or a folder of meshes",
    )
    solve.add_argument("-o", "--output", type=Path, required=True, metavar="RESULT.npz")
    solve.add_argument("--start", type=int, default=0, help="first frame of a range (default 0)")
    solve.add_argument("--count", type=int, help="frames of the range (default: to the end)")
    solve.add_argument("--resume", action="store_true", help="go on with a solve that was stopped")
    solve.add_argument(
        "--smoothness",
        type=float,
        default=1.0,
        help="times the usual smoothing over time; 0 is none",
    )
    solve.add_argument(
        "--prior", type=float, default=1.0, help="times the usual pull to small weights"
    )
    solve.add_argument(
        "--detail", type=float, metavar="MM", help="finest detail beside the weights; 0 is none"
    )
    _add_unit(solve)
    _add_json(solve)
    solve.set_defaults(run=commands.solve)

    merge = parsers.add_parser("merge", help="put results of neighbouring frame ranges together")
    merge.add_argument("model", type=Path, metavar="MODEL.safetensors")
    merge.add_argument("parts", type=Path, nargs="+", metavar="RESULT.npz")
    merge.add_argument("-o", "--output", type=Path, required=True, metavar="WHOLE.npz")
    _add_json(merge)
    merge.set_defaults(run=commands.merge)


def _add_edit(parsers: argparse._SubParsersAction) -> None:
    edit = parsers.add_parser("edit", help="pull a face by handles within what anatomy allows")
    edit.add_argument("model", type=Path, metavar="MODEL.safetensors")
    edit.add_argument(
        "handles",
        type=Path,
        metavar="HANDLES.npz",
        help="vertex_indices, positions and, where wanted, kinds, normals and a start (docs/reference/files.md)",
    )
    edit.add_argument("-o", "--output", type=Path, required=True, metavar="RESULT.npz")
    edit.add_argument("--symmetric", action="store_true", help="do the same on the other side")
    edit.add_argument(
        "--falloff",
        type=float,
        metavar="MM",
        default=10.0,
        help="length over which a local bulge fades (default 10); 0 leaves it to the expressions",
    )
    _add_json(edit)
    edit.set_defaults(run=commands.edit)


def _add_retarget(parsers: argparse._SubParsersAction) -> None:
    retarget = parsers.add_parser("retarget", help="play a performance on another face")
    retarget.add_argument(
        "source", type=Path, metavar="SOURCE_MODEL", help="a model, or a folder with named shapes"
    )
    retarget.add_argument(
        "target",
        type=Path,
        metavar="TARGET",
        help="a model, a folder with neutral.obj and maybe expressions/, or a neutral mesh",
    )
    retarget.add_argument(
        "performance",
        type=Path,
        metavar="RESULT.npz",
        help="a solved performance, or ARKit curves (.csv of Live Link Face, .json)",
    )
    retarget.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.npz")
    for name in ("gain", "mouth", "brows", "eyes"):
        retarget.add_argument(
            f"--{name}", type=float, default=1.0, help="times the motion (default 1)"
        )
    retarget.add_argument(
        "--no-contacts", action="store_true", help="leave blinks and lip contacts as they come"
    )
    retarget.add_argument(
        "--neutral-only", action="store_true", help="do not use the target's own shapes"
    )
    retarget.add_argument("--table", type=Path, metavar="F.csv", help="table of shapes, edited")
    retarget.add_argument(
        "--write-table", type=Path, metavar="F.csv", help="write the table of shapes found"
    )
    retarget.add_argument(
        "--map", type=Path, metavar="F.npz", help="a correspondence that was found earlier"
    )
    retarget.add_argument(
        "--write-map", type=Path, metavar="F.npz", help="write the correspondence that was used"
    )
    retarget.add_argument("--fps", type=float, help="of curves, where their file does not tell")
    retarget.add_argument(
        "--smoothing", type=float, default=0.0, metavar="SECONDS", help="of curves (default 0)"
    )
    retarget.add_argument(
        "--tolerance", type=float, metavar="MM", help="also give corrective shapes to this error"
    )
    for name in ("source", "target"):
        retarget.add_argument(
            f"--{name}-landmarks",
            type=Path,
            metavar="F.json",
            help=f"skin landmarks of the {name} by name, to override those found",
        )
    _add_json(retarget)
    retarget.set_defaults(run=commands.retarget)


def _add_unit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--unit", default="mm", choices=tuple(MM_PER_UNIT), help="of the meshes (default mm)"
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", type=Path, metavar="F", help="also write the figures to this file"
    )


if __name__ == "__main__":
    sys.exit(main())
