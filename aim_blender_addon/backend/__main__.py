# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's jobs from a shell: ``python -m aim_blender_addon.backend COMMAND ...``."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from .errors import AimError
from .progress import Progress, silent
from .registration.units import MM_PER_UNIT


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
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    fit = commands.add_parser("fit", help="fit the anatomical model to an actor's scans")
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
    fit.set_defaults(run=_fit)

    bones = commands.add_parser("estimate-bones", help="estimate skull and jaw from the skin alone")
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
    bones.set_defaults(run=_estimate_bones)

    _add_solve(commands)
    _add_retarget(commands)

    _add_edit(commands)

    info = commands.add_parser("info", help="what a model holds")
    info.add_argument("model", type=Path, metavar="MODEL.safetensors")
    _add_json(info)
    info.set_defaults(run=_info)
    return parser


def _add_solve(commands: argparse._SubParsersAction) -> None:
    solve = commands.add_parser("solve", help="solve a recorded performance onto a model")
    solve.add_argument("model", type=Path, metavar="MODEL.safetensors")
    solve.add_argument(
        "frames",
        type=Path,
        metavar="FRAMES",
        help=".npz with meshes, marked points or image points (docs/solve.md), or a folder of meshes",
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
    solve.set_defaults(run=_solve)

    merge = commands.add_parser("merge", help="put results of neighbouring frame ranges together")
    merge.add_argument("model", type=Path, metavar="MODEL.safetensors")
    merge.add_argument("parts", type=Path, nargs="+", metavar="RESULT.npz")
    merge.add_argument("-o", "--output", type=Path, required=True, metavar="WHOLE.npz")
    _add_json(merge)
    merge.set_defaults(run=_merge)


def _add_edit(commands: argparse._SubParsersAction) -> None:
    edit = commands.add_parser("edit", help="pull a face by handles within what anatomy allows")
    edit.add_argument("model", type=Path, metavar="MODEL.safetensors")
    edit.add_argument(
        "handles",
        type=Path,
        metavar="HANDLES.npz",
        help="vertex_indices, positions and, where wanted, kinds, normals and a start (docs/edit.md)",
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
    edit.set_defaults(run=_edit)


def _add_retarget(commands: argparse._SubParsersAction) -> None:
    retarget = commands.add_parser("retarget", help="play a performance on another face")
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
    retarget.set_defaults(run=_retarget)


def _add_unit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--unit", default="mm", choices=tuple(MM_PER_UNIT), help="of the meshes (default mm)"
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", type=Path, metavar="F", help="also write the figures to this file"
    )


def _fit(options: argparse.Namespace) -> None:
    from .io.actor_folder import read_actor
    from .io.model_file import check_writable, write_model
    from .solving.fit import FitSettings, fit_actor

    check_writable(options.output)
    actor = read_actor(options.actor, MM_PER_UNIT[options.unit])
    settings = FitSettings(device=options.device, seed=options.seed)
    fitted = fit_actor(actor, settings, _print_progress(), name=options.actor.resolve().name)
    write_model(options.output, fitted.model)
    _write_json(options.json, fitted.report)
    error = fitted.report["skin_error_mm"]
    _say(
        f"{options.output}: {fitted.report['expressions']} expressions, "
        f"{fitted.report['vertices']} vertices in {fitted.report['seconds']:.1f} s; "
        f"skin error mean {error['mean']} mm, p99 {error['p99']}, max {error['max']}"
    )


def _solve(options: argparse.Namespace) -> None:
    from .io.model_file import check_writable, read_model
    from .io.takes import read_take
    from .performance.take import SolveSettings, solve_take

    check_writable(options.output)
    model = read_model(options.model)
    take = read_take(options.frames, model.neutral, MM_PER_UNIT[options.unit])
    settings = SolveSettings(
        detail_mm=options.detail,
        smoothness=options.smoothness,
        prior=options.prior,
        start=options.start,
        count=options.count,
    )
    report = solve_take(model, take, options.output, settings, _print_progress(), options.resume)
    _write_json(options.json, report)
    _say(
        f"{options.output}: {report['frames']} frames, {1000 * report['seconds_per_frame']:.0f} ms each, "
        f"error mean {report['error_mm']['mean']}, p99 {report['error_mm']['p99']}, "
        f"max {report['error_mm']['max']}"
    )


def _edit(options: argparse.Namespace) -> None:
    from .editing.files import describe_edit, read_handles, write_edit
    from .editing.solve import EditableFace, EditSettings
    from .io.model_file import check_writable, read_model

    check_writable(options.output)
    model = read_model(options.model)
    handles, start = read_handles(options.handles, model)
    if options.symmetric:
        handles = handles.mirrored(model.neutral, model.joint)
    settings = EditSettings(remainder=options.falloff > 0)
    if settings.remainder:
        settings = replace(settings, remainder_mm=options.falloff)
    face = EditableFace(model, settings)
    begun = face.start(start.get("weights"), start.get("jaw_parameters"))
    edit = face.grab(handles, begun).solve()
    write_edit(options.output, edit, face.joint.pose(edit.jaw))
    about = describe_edit(handles, edit)
    _write_json(options.json, about)
    _say(f"{options.output}: {about['reached']} of {len(handles)} handles reached")
    for one in about["handles"]:
        _say(f"vertex {one['vertex']}: {one['left_mm']} mm left, {one['why']}")


def _merge(options: argparse.Namespace) -> None:
    from .io.model_file import check_writable, read_model
    from .performance.merge import merge_results

    check_writable(options.output)
    report = merge_results(
        read_model(options.model), options.parts, options.output, _print_progress()
    )
    _write_json(options.json, report)
    _say(f"{options.output}: {report['frames']} frames")


def _retarget(options: argparse.Namespace) -> None:
    from .io.model_file import check_writable
    from .retargeting.gains import Gains
    from .retargeting.job import RetargetSettings, retarget_files

    check_writable(options.output)
    settings = RetargetSettings(
        gains=Gains(options.gain, options.mouth, options.brows, options.eyes),
        contacts=not options.no_contacts,
        own_shapes=not options.neutral_only,
        smoothing_seconds=options.smoothing,
        fps=options.fps,
        table=options.table,
        write_table=options.write_table,
        tolerance_mm=options.tolerance,
        map=options.map,
        write_map=options.write_map,
        source_landmarks=_read_landmarks(options.source_landmarks, 1.0),
        target_landmarks=_read_landmarks(options.target_landmarks, 1.0),
    )
    report = retarget_files(
        options.source,
        options.target,
        options.performance,
        options.output,
        settings,
        _print_progress(),
    )
    _write_json(options.json, report)
    for note in report["notes"]:
        _say(f"{options.performance}: {note}")
    _say(
        f"{options.output}: {report['frames']} frames, {1000 * report['seconds_per_frame']:.0f} ms each "
        f"after {report['prepare_seconds']:.1f} s of preparation"
    )


def _estimate_bones(options: argparse.Namespace) -> None:
    import numpy as np

    from .anatomy.estimate import estimate_bones
    from .anatomy.template import fit_template
    from .io.mesh_files import read_mesh, write_obj
    from .registration.checks import check_neutral
    from .registration.units import check_face_size

    if (options.template_skull is None) != (options.template_jaw is None):
        raise AimError(
            "A template is a skull and a jaw: give both --template-skull and --template-jaw"
        )
    neutral = read_mesh(options.neutral)
    neutral = neutral.with_vertices(neutral.vertices * MM_PER_UNIT[options.unit])
    check_neutral(neutral)
    check_face_size(neutral)
    landmarks = _read_landmarks(options.landmarks, MM_PER_UNIT[options.unit])
    if options.template_skull is None:
        bones = estimate_bones(neutral, landmarks, _print_progress())
    else:
        template = [read_mesh(path) for path in (options.template_skull, options.template_jaw)]
        bones = fit_template(neutral, *template, landmarks, _print_progress())
    _make_folder(options.output)
    back = 1 / MM_PER_UNIT[options.unit]
    for name, bone in (("skull", bones.skull), ("jaw", bones.jaw)):
        write_obj(options.output / f"{name}.obj", bone.with_vertices(bone.vertices * back))
    _write_json(
        options.json,
        {
            "expected_error_mm": bones.expected_error_mm,
            "expected_spread_mm": {
                "skull": [round(float(s), 2) for s in bones.skull_spread],
                "jaw": [round(float(s), 2) for s in bones.jaw_spread],
            },
            "landmarks_mm": {k: np.asarray(v).tolist() for k, v in bones.landmarks.items()},
        },
    )
    _say(
        f"{options.output}: skull.obj and jaw.obj, expected to be right to {bones.expected_error_mm} mm"
    )


def _info(options: argparse.Namespace) -> None:
    from .io.model_file import describe_model, read_model

    about = describe_model(read_model(options.model))
    _write_json(options.json, about)
    for key, value in about.items():
        _say(f"{key}: {', '.join(value) if isinstance(value, list) else value}")


def _read_landmarks(path: Path | None, mm_per_unit: float) -> dict | None:
    """Landmarks {name: [3] mm} of a JSON file, or None."""
    import numpy as np

    if path is None:
        return None
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        points = {name: np.asarray(point, float) * mm_per_unit for name, point in given.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise AimError(
            f"'{path}' holds no landmarks ({error}); write {{\"name\": [x, y, z], ...}}"
        ) from error
    if any(point.shape != (3,) for point in points.values()):
        raise AimError(f"'{path}' holds a landmark that is not [x, y, z]")
    return points


def _print_progress() -> Progress:
    """Stages, one line each as they begin, for a person who watches; a script's errors stay one sentence."""
    last = ""
    if not sys.stderr.isatty():
        return silent

    def tell(stage: str, fraction: float, figures: dict) -> None:
        nonlocal last
        if stage != last:
            last = stage
            sys.stderr.write(f"{100 * fraction:3.0f} % {stage}\n")
            sys.stderr.flush()

    return tell


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AimError(f"The folder '{path}' cannot be made: {error.strerror}") from error


def _write_json(path: Path | None, figures: dict) -> None:
    if path is None:
        return
    try:
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise AimError(f"'{path}' cannot be written: {error.strerror}") from error


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
