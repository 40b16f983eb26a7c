# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solve a recorded performance onto the actor, frame by frame, in the memory of a few frames.

Poses are found frame by frame and smoothed over time. The skin is then solved under the smoothed poses
and smoothed itself. A frame depends on a window around it alone, so that any range of a take can be solved
apart and the ranges fit together without a seam.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from ..anatomy.jaw.from_skin import JawTracker
from ..errors import FitError, SolveError
from ..io.output_lock import locked_output
from ..io.takes import DENSE, POINTS, VIEWS, Seen, Take
from ..model.aim import AimModel
from ..progress import Progress, section, silent
from .dense import RIDGE, DenseFrames, FrameSolution, posed
from .eyes_apart import eye_vertices, eyes_stamp, without_eyes
from .gaps import fill_gaps, mixed_rotation
from .jaw_tracker import tracker_of_model
from .look import SeenEye, look_of_take
from .points import MIN_POINTS, PointFrames, marked_points
from .pose import FramePose, TooLittleSeenError
from .ranges import frame_range
from .result_file import (
    ResultHeader,
    ResultWriter,
    check_room,
    fingerprint,
    finished_figures,
    take_title,
)
from .settings import SolveSettings
from .smoothing import reach, smooth
from .solving_face import SolvingFace, prepare_face
from .sparse_field import FieldPrior
from .steady import STEADY, steady
from .take_stamp import take_stamp
from .tally import counted, figures
from .tuning import Choice, Frames, choose_detail, choose_misfit, choose_smoothing
from .views import ViewFrames

#: A take that is this many times as large as the actor is in another unit: no expression stretches a face so.
_LARGEST_RATIO = 2.5
#: The same for a smaller one.
_SMALLEST_RATIO = 0.4
#: Frames in which enough points are looked for, to compare sizes, and those of another size after which it is one.
_FRAMES_FOR_SIZE, _FRAMES_OF_OTHER_SIZE = 100, 10
#: No two units differ so much (a kilometre and a millimetre do not occur): such frames are no faces.
_NO_UNIT_RATIO = 1e-5


@dataclass(frozen=True)
class _Posed:
    seen: Seen
    pose: FramePose


@dataclass(frozen=True)
class _Solved:
    seen: Seen
    solution: FrameSolution


def solve_take(
    model: AimModel,
    take: Take,
    output: Path,
    settings: SolveSettings | None = None,
    progress: Progress = silent,
    resume: bool = False,
    eyes: tuple[SeenEye, ...] = (),
) -> dict:
    """Solve a take, or a range of it, into ``output`` (``.npz``); the figures, ready for JSON.

    The file holds, with T frames of the range: ``vertices`` [T, V, 3] mm in the take's space, ``head``
    and ``jaw`` [T, 4, 4], ``jaw_parameters`` [T, 4], ``weights`` [T, E, K], ``functions`` [V, K] by
    which they vary over the skin, ``solved`` [T], ``error_mm`` [T], ``frames`` [T] their numbers.
    Of a take that shows the eyes it also holds ``look`` [T, 2, 2], see :class:`.look.TakeLook`.

    Args:
        model: the actor.
        take: the performance; checked by ``io.takes``.
        output: file to write; no other job may be writing it. Until it is whole its frames are in the folder
            ``output.part``.
        settings: None for the defaults.
        progress: called after every frame; when it raises ``JobCancelled`` the frames done stay.
        resume: go on with what is in ``output.part``.
        eyes: whose vertices or points in the take tell the look, and are no skin.

    Raises:
        SolveError: what is wrong, in one sentence.
    """
    settings = checked_settings(settings or SolveSettings())
    _range(take, settings)
    with locked_output(output, SolveError):
        return _solve_alone(model, take, output, settings, progress, resume, eyes)


def _solve_alone(
    model: AimModel,
    take: Take,
    output: Path,
    settings: SolveSettings,
    progress: Progress,
    resume: bool,
    eyes: tuple[SeenEye, ...],
) -> dict:
    """As :func:`solve_take`, where nobody else writes ``output``."""
    whole_take, take = take, without_eyes(take, eyes)
    start, stop = _range(take, settings)
    progress("Preparing the actor", 0.0, {})
    face = prepare_face(model, settings.functions)
    check_size(face, take)
    sizes = {"V": len(face.skin), "E": face.expressions, "K": face.functions}
    functions = np.ascontiguousarray(face.skin.functions, np.float32)
    check_room(output, stop - start, sizes, functions.nbytes, resume)
    apart = eye_vertices(eyes)
    frames, choice = prepare_frames(
        model, face, take, settings, section(progress, 0.02, 0.1), apart
    )
    header = _header(model, whole_take, settings, choice, sizes, eyes)
    about = {
        "kind": take.kind,
        "chosen": asdict(choice),
        "seconds_per_frame": 0.0,
        "notes": list(take.notes),
    }
    if resume and (whole := finished_figures(output, header)) is not None:
        progress("Done", 1.0, {})
        return whole | about
    writer = ResultWriter(output, header, resume, functions.nbytes)
    first, started = writer.next_frame, time.perf_counter()
    _solve_frames(frames, take, choice, writer, section(progress, 0.1, 0.98))
    seconds = time.perf_counter() - started
    error_mm = figures(writer.row)
    progress("Writing the result", 0.98, {})
    look = None
    if eyes:
        heads, seen = (np.asarray(writer.row(name)) for name in ("head", "solved"))
        look = look_of_take(
            eyes, whole_take, model.neutral, heads, seen, start, settings.smoothness
        )
    gaps = fill_gaps(face, writer)
    writer.finish(
        functions=functions,
        expression_names=np.array(face.expression_names),
        **({} if look is None else {"look": look.angles}),
    )
    progress("Done", 1.0, {})
    return about | {
        "frames": stop - start,
        "start": start,
        "unsolved_frames": gaps,
        "look_frames": 0 if look is None else int(look.seen.sum()),
        "error_mm": error_mm,
        "seconds_per_frame": round(seconds / max(stop - first, 1), 5),
    }


def _header(
    model: AimModel,
    take: Take,
    settings: SolveSettings,
    choice: Choice,
    sizes: dict,
    eyes: tuple[SeenEye, ...],
) -> ResultHeader:
    """What the result is of; settings without the range, so that ranges of a take agree."""
    start, stop = _range(take, settings)
    seen_eyes = {"eyes": eyes_stamp(eyes)} if eyes else {}
    return ResultHeader(
        model=fingerprint(model),
        take=take_title(take.name, len(take), take.kind),
        settings={
            **asdict(replace(settings, start=0, count=None)),
            "chosen": asdict(choice),
            **seen_eyes,
        },
        start=start,
        count=stop - start,
        sizes=sizes,
        content=take_stamp(take),
    )


def _solve_frames(
    frames: Frames, take: Take, choice: Choice, writer: ResultWriter, progress: Progress
) -> None:
    """Write the frames of the writer's range that are not done.

    Raises:
        SolveError: no frame of the whole take can be solved.
    """
    in_mm = take.kind != VIEWS
    start, count = writer.job.start, writer.job.count
    for number, item in _solutions(frames, take, choice, writer.next_frame, start + count):
        error = _write_frame(writer, frames, number, item)
        progress(
            "Solving the performance",
            (number + 1 - start) / count,
            {"skin_error_mm": error} if in_mm and np.isfinite(error) else {},
        )
    # A range of a take may lie in a gap, which merging bridges.
    if count == len(take) and not np.asarray(writer.row("solved")).any():
        writer.discard()
        raise SolveError(
            f"'{take.name}' shows too little of the face in every frame: at least "
            "six points that hold the head are needed"
        )


def _write_frame(
    writer: ResultWriter, frames: Frames, number: int, item: "_Solved | None"
) -> float:
    """Put one frame into the result; a gap (None) is bridged at the end. Its mean distance, NaN for none."""
    if item is None:
        writer.write(number, solved=False, error_mm=np.nan)
        return np.nan
    face, solution = frames.face, item.solution
    vertices = posed(face, frames.field(solution), solution.jaw, solution.head)
    distances = frames.distances(item.seen, solution, vertices)
    error = distances.mean() if len(distances) else np.nan
    writer.write(
        number,
        vertices=vertices,
        head=solution.head,
        jaw=face.joint.pose(solution.jaw),
        jaw_parameters=solution.jaw,
        weights=solution.weights,
        error_mm=error,
        solved=True,
        **counted(distances),
    )
    return float(error)


def checked_settings(settings: SolveSettings) -> SolveSettings:
    """The settings themselves, if a solve can be told so.

    Raises:
        SolveError: a number is missing, negative, or nothing is left of what it scales.
    """
    wrong = {
        "prior": not (np.isfinite(settings.prior) and settings.prior > 0),
        "smoothness": not (np.isfinite(settings.smoothness) and settings.smoothness >= 0),
        "detail": settings.detail_mm is not None
        and not (np.isfinite(settings.detail_mm) and settings.detail_mm >= 0),
    }
    for name in (name for name, is_wrong in wrong.items() if is_wrong):
        value = settings.detail_mm if name == "detail" else getattr(settings, name)
        least = "greater than zero" if name == "prior" else "zero or greater"
        raise SolveError(f"The {name} of a solve is {value}: give a number that is {least}")
    return settings


def check_size(face: SolvingFace, take: Take) -> None:
    """Refuse a take whose unit is wrong, before it is solved in vain.

    Raises:
        SolveError: its first frame with enough points is not of about the actor's size.
    """
    if take.kind == VIEWS:
        return
    rest = face.skin.rest if take.kind == DENSE else marked_points(face, take).rest
    other, compared = None, 0
    for number in range(min(len(take), _FRAMES_FOR_SIZE)):
        positions = take.seen(number).places
        seen_points = np.isfinite(positions).all(axis=1)
        if seen_points.sum() < MIN_POINTS:
            continue
        ratio = positions[seen_points].std(axis=0).max() / rest[seen_points].std(axis=0).max()
        if _SMALLEST_RATIO < ratio < _LARGEST_RATIO:
            return
        if ratio <= _NO_UNIT_RATIO:  # a lost face, whose points lie in one place
            continue
        other, compared = other or ratio, compared + (ratio < 1 / _NO_UNIT_RATIO)
        if compared >= _FRAMES_OF_OTHER_SIZE:
            break
    if other is not None:
        raise SolveError(
            f"'{take.name}' is {other:.2g} times as large as the actor: set its unit so that "
            "its lengths become millimetres"
        )


def prepare_frames(
    model: AimModel,
    face: SolvingFace,
    take: Take,
    settings: SolveSettings,
    progress: Progress,
    apart: np.ndarray | None = None,
) -> tuple[Frames, Choice]:
    """The solver for a take's kind, and what was chosen for the take; vertices ``apart`` [N] are no skin."""
    if take.kind == DENSE:
        ridge, detail = RIDGE * settings.prior, settings.detail_mm
        frames: Frames = DenseFrames(face, _tracker(model), ridge=ridge, apart=apart)
        if detail is None:
            detail = choose_detail(frames, take, section(progress, 0.1, 0.5))
        frames.set_detail(detail)
        chosen = Choice(detail_mm=detail, ridge=ridge)
    else:
        kind = PointFrames if take.kind == POINTS else ViewFrames
        points = marked_points(face, take)
        local = FieldPrior().local_deviation / np.sqrt(settings.prior)
        prior = choose_misfit(
            kind.of(face, points, take, FieldPrior(local_deviation=local)),
            take,
            section(progress, 0.0, 0.5),
        )
        frames = kind.of(face, points, take, prior)
        chosen = Choice(misfit_mm=prior.misfit_mm)
    smoothing = choose_smoothing(frames, take, settings.smoothness, section(progress, 0.5, 1.0))
    return frames, replace(chosen, **smoothing)


def _tracker(model: AimModel) -> JawTracker | None:
    """The jaw's tracker; None where hardly any skin lies over the mandible, and the expressions alone give the jaw."""
    try:
        return tracker_of_model(model)
    except FitError:
        return None


def _range(take: Take, settings: SolveSettings) -> tuple[int, int]:
    frames = frame_range(take.name, len(take), settings.start, settings.count)
    return frames.start, frames.stop


def _solutions(
    frames: Frames, take: Take, choice: Choice, start: int, stop: int
) -> Iterator[tuple[int, _Solved | None]]:
    """Solved frames of a range. Frames around it are solved too if the smoothing needs them."""
    far = max(reach(choice.head_smoothing), reach(choice.jaw_smoothing))
    near = reach(choice.skin_smoothing)
    around = far + near + STEADY.reach
    low, high = max(0, start - around), min(len(take), stop + around)
    poses = (_posed(frames, take.seen(number)) for number in range(low, high))
    poses = steady(poses, lambda item: item.pose, partial(_posed_anew, frames))
    poses = smooth(poses, choice.head_smoothing, _mix_heads)
    poses = smooth(poses, choice.jaw_smoothing, _mix_jaws)
    solved = (None if item is None else _finished(frames, item) for item in poses)
    solved = smooth(solved, choice.skin_smoothing, _mix_skins)
    for number, item in enumerate(solved, low):
        if number >= stop:
            return
        if number >= start:
            yield number, item


def _posed(frames: Frames, seen: Seen) -> _Posed | None:
    try:
        return _Posed(seen, frames.pose(seen))
    except TooLittleSeenError:
        return None


def _posed_anew(frames: Frames, item: _Posed, head: np.ndarray) -> _Posed | None:
    """A frame of pictures posed from another first head [4, 4]; points in space need none."""
    if not isinstance(frames, ViewFrames):
        return None
    try:
        return replace(item, pose=frames.pose(item.seen, head))
    except TooLittleSeenError:
        return None


def _finished(frames: Frames, item: _Posed) -> _Solved:
    pose = item.pose
    return _Solved(item.seen, frames.finish(item.seen, pose.head, pose.jaw, pose.weights))


def _mix_heads(items: list[_Posed], weights: np.ndarray, middle: _Posed) -> _Posed:
    head = mixed_rotation([item.pose.head for item in items], weights)
    return replace(middle, pose=replace(middle.pose, head=head))


def _mix_jaws(items: list[_Posed], weights: np.ndarray, middle: _Posed) -> _Posed:
    jaw = sum(w * item.pose.jaw for w, item in zip(weights, items, strict=True))
    return replace(middle, pose=replace(middle.pose, jaw=jaw))


def _mix_skins(items: list[_Solved], weights: np.ndarray, middle: _Solved) -> _Solved:
    def mixed(value: Callable[[FrameSolution], np.ndarray]) -> np.ndarray:
        return sum(w * value(item.solution) for w, item in zip(weights, items, strict=True))

    solution = middle.solution
    remainder = None if solution.remainder is None else mixed(lambda s: s.remainder)
    return replace(
        middle, solution=replace(solution, weights=mixed(lambda s: s.weights), remainder=remainder)
    )
