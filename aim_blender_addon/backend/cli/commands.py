# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each command of the shell does with its options (:mod:`__main__` reads them).

What a command needs is imported when it runs, so that the others and ``--help`` start at once.
"""

import argparse
import json
import sys
from pathlib import Path

from ..errors import AimError
from ..progress import Progress, silent
from ..scans.units import MM_PER_UNIT


def fit(options: argparse.Namespace) -> None:
    """Fit the model to an actor's scans."""
    from ..fitting.fit import FitSettings, fit_actor
    from ..io.actor_folder import read_actor
    from ..io.model_file import check_writable, write_model

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


def solve(options: argparse.Namespace) -> None:
    """Solve a performance."""
    from ..io.model_file import check_writable, read_model
    from ..io.takes import read_take
    from ..solving.solve import SolveSettings, solve_take

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


def edit(options: argparse.Namespace) -> None:
    """Edit a face by handles."""
    from ..editing.drag import Drag
    from ..editing.editable_face import EditableFace
    from ..editing.handle_files import describe_edit, read_handles, write_edit
    from ..editing.settings import EditSettings
    from ..io.model_file import check_writable, read_model

    check_writable(options.output)
    model = read_model(options.model)
    handles, given = read_handles(options.handles, model)
    if options.symmetric:
        handles = handles.mirrored(model.neutral, model.joint)
    face = EditableFace(model)
    initial = face.initial_state(given.get("weights"), given.get("jaw_parameters"))
    edit = Drag(face, handles, initial, EditSettings.of_falloff(options.falloff)).solve()
    write_edit(options.output, edit, face.joint.pose(edit.jaw))
    about = describe_edit(handles, edit)
    _write_json(options.json, about)
    _say(f"{options.output}: {about['reached']} of {len(handles)} handles reached")
    for one in about["handles"]:
        _say(f"vertex {one['vertex']}: {one['left_mm']} mm left, {one['why']}")


def merge(options: argparse.Namespace) -> None:
    """Merge ranges of a solved performance."""
    from ..io.model_file import check_writable, read_model
    from ..solving.merge import merge_results

    check_writable(options.output)
    report = merge_results(
        read_model(options.model), options.parts, options.output, _print_progress()
    )
    _write_json(options.json, report)
    _say(f"{options.output}: {report['frames']} frames")


def retarget(options: argparse.Namespace) -> None:
    """Play a performance on another face."""
    from ..io.model_file import check_writable
    from ..retargeting.gains import Gains
    from ..retargeting.pipeline import RetargetSettings, retarget_files

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


def estimate_bones(options: argparse.Namespace) -> None:
    """Estimate skull and jaw from the skin."""
    import numpy as np

    from ..anatomy.bones.estimate import estimate_bones
    from ..anatomy.bones.template import fit_template
    from ..io.mesh_files import read_mesh
    from ..io.obj import write_obj
    from ..scans.checks import check_neutral
    from ..scans.units import check_face_size

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


def info(options: argparse.Namespace) -> None:
    """Say what a model holds."""
    from ..io.model_file import describe_model, read_model

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
