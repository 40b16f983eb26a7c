# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solve a recorded performance onto the actor, frame by frame, in the memory of a few frames.

Poses are found frame by frame and smoothed over time. The skin is then solved under the smoothed poses
and smoothed itself. A frame depends on a window around it alone, so that any range of a take can be solved
apart and the ranges fit together without a seam.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from ..anatomy.jaw.from_skin import JawTracker
from ..errors import FitError, SolveError
from ..io.takes import DENSE, POINTS, VIEWS, Seen, Take
from ..model.aim import AimModel
from ..progress import Progress, section, silent
from .dense import RIDGE, DenseFrames, FrameSolution, posed
from .gaps import fill_gaps, mixed_rotation
from .jaw_tracker import tracker_of_model
from .points import MIN_POINTS, PointFrames, marked_points
from .pose import FramePose, TooLittleSeenError
from .result_file import ResultHeader, ResultWriter
from .settings import SolveSettings
from .smoothing import reach, smooth
from .solving_face import SolvingFace, prepare_face
from .sparse_field import FieldPrior
from .tuning import Choice, Frames, choose_detail, choose_misfit, choose_smoothing
from .views import ViewFrames

#: Steps in which distances are counted; they grow with the distance, and are 0.01 mm wide at 1 mm.
_STEPS = 1000
#: Distances beyond this count as this, mm.
_FARTHEST_MM = 20.0
#: A take that is this many times as large as the actor is in another unit: no expression stretches a face so.
_LARGEST_RATIO = 2.5
#: The same for a smaller one.
_SMALLEST_RATIO = 0.4
#: Frames in which enough points are looked for, to compare sizes.
_FRAMES_FOR_SIZE = 100


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
) -> dict:
    """Solve a take, or a range of it, into ``output`` (``.npz``); the figures, ready for JSON.

    The file holds, with T frames of the range: ``vertices`` [T, V, 3] mm in the take's space, ``head``
    and ``jaw`` [T, 4, 4], ``jaw_parameters`` [T, 4], ``weights`` [T, E, K], ``functions`` [V, K] by
    which they vary over the skin, ``solved`` [T], ``error_mm`` [T], ``frames`` [T] their numbers.

    Args:
        model: the actor.
        take: the performance; checked by ``io.takes``.
        output: file to write. Until it is whole its frames are in the folder ``output.part``.
        settings: None for the defaults.
        progress: called after every frame; when it raises ``JobCancelled`` the frames done stay.
        resume: go on with what is in ``output.part``.

    Raises:
        SolveError: what is wrong, in one sentence.
    """
    settings = settings or SolveSettings()
    start, stop = _range(take, settings)
    progress("Preparing the actor", 0.0, {})
    face = prepare_face(model, settings.functions)
    check_size(face, take)
    frames, choice = prepare_frames(model, face, take, settings, section(progress, 0.02, 0.1))
    sizes = {"V": len(face.skin), "E": face.expressions, "K": face.functions}
    writer = ResultWriter(output, _header(model, take, settings, choice, sizes), resume)
    first, started = writer.next_frame, time.perf_counter()
    tally = _solve_frames(frames, take, choice, writer, section(progress, 0.1, 0.98))
    seconds = time.perf_counter() - started
    progress("Writing the result", 0.98, {})
    gaps = fill_gaps(face, writer)
    writer.finish(
        functions=np.ascontiguousarray(face.skin.functions, np.float32),
        expression_names=np.array(face.expression_names),
    )
    progress("Done", 1.0, {})
    return {
        "frames": stop - start,
        "start": start,
        "unsolved_frames": gaps,
        "kind": take.kind,
        "error_mm": tally.figures(),
        "seconds_per_frame": round(seconds / max(stop - first, 1), 5),
        "chosen": asdict(choice),
    }


def _header(
    model: AimModel, take: Take, settings: SolveSettings, choice: Choice, sizes: dict
) -> ResultHeader:
    """What the result is of; settings without the range, so that ranges of a take agree."""
    fingerprint = hashlib.sha256(model.heads.tobytes() + model.neutral.vertices.tobytes())
    start, stop = _range(take, settings)
    return ResultHeader(
        model=fingerprint.hexdigest()[:16],
        take=f"{take.name}, {len(take)} frames, {take.kind}",
        settings={**asdict(replace(settings, start=0, count=None)), "chosen": asdict(choice)},
        start=start,
        count=stop - start,
        sizes=sizes,
    )


def _solve_frames(
    frames: Frames, take: Take, choice: Choice, writer: ResultWriter, progress: Progress
) -> "_Tally":
    """Write the frames of the writer's range that are not done; their distances.

    Raises:
        SolveError: no frame of the whole take can be solved.
    """
    tally, in_mm = _Tally(), take.kind != VIEWS
    start, count = writer.job.start, writer.job.count
    for number, item in _solutions(frames, take, choice, writer.next_frame, start + count):
        _write_frame(writer, frames, number, item, tally)
        progress(
            "Solving the performance",
            (number + 1 - start) / count,
            tally.last() if in_mm else {},
        )
    # A range of a take may lie in a gap, which merging bridges.
    if count == len(take) and not writer.row("solved").any():
        raise SolveError(
            f"'{take.name}' shows too little of the face in every frame: at least "
            "six points that hold the head are needed"
        )
    return tally


def _write_frame(
    writer: ResultWriter, frames: Frames, number: int, item: "_Solved | None", tally: "_Tally"
) -> None:
    """Put one frame into the result; a gap (None) is bridged at the end."""
    if item is None:
        writer.write(number, solved=False, error_mm=np.nan)
        return
    face, solution = frames.face, item.solution
    vertices = posed(face, frames.field(solution), solution.jaw, solution.head)
    distances = frames.distances(item.seen, solution, vertices)
    tally.add(distances)
    writer.write(
        number,
        vertices=vertices,
        head=solution.head,
        jaw=face.joint.pose(solution.jaw),
        jaw_parameters=solution.jaw,
        weights=solution.weights,
        error_mm=distances.mean() if len(distances) else np.nan,
        solved=True,
    )


def check_size(face: SolvingFace, take: Take) -> None:
    """Refuse a take whose unit is wrong, before it is solved in vain.

    Raises:
        SolveError: its first frame with enough points is not of about the actor's size.
    """
    if take.kind == VIEWS:
        return
    rest = face.skin.rest if take.kind == DENSE else marked_points(face, take).rest
    for number in range(min(len(take), _FRAMES_FOR_SIZE)):
        positions = take.seen(number).places
        seen_points = np.isfinite(positions).all(axis=1)
        if seen_points.sum() < MIN_POINTS:
            continue
        ratio = positions[seen_points].std(axis=0).max() / rest[seen_points].std(axis=0).max()
        if not _SMALLEST_RATIO < ratio < _LARGEST_RATIO:
            raise SolveError(
                f"'{take.name}' is {ratio:.2g} times as large as the actor: set its unit so that "
                "its lengths become millimetres"
            )
        return


def prepare_frames(
    model: AimModel,
    face: SolvingFace,
    take: Take,
    settings: SolveSettings,
    progress: Progress,
) -> tuple[Frames, Choice]:
    """The solver for a take's kind, and what was chosen for the take."""
    if take.kind == DENSE:
        ridge, detail = RIDGE * settings.prior, settings.detail_mm
        frames: Frames = DenseFrames(face, _tracker(model), ridge=ridge)
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
    total = len(take)
    stop = total if settings.count is None else settings.start + settings.count
    if not 0 <= settings.start < stop <= total:
        raise SolveError(
            f"'{take.name}' has frames 0 to {total - 1}: the range {settings.start} to {stop - 1} is not in it"
        )
    return settings.start, stop


def _solutions(
    frames: Frames, take: Take, choice: Choice, start: int, stop: int
) -> Iterator[tuple[int, _Solved | None]]:
    """Solved frames of a range. Frames around it are solved too if the smoothing needs them."""
    far = max(reach(choice.head_smoothing), reach(choice.jaw_smoothing))
    near = reach(choice.skin_smoothing)
    low, high = max(0, start - far - near), min(len(take), stop + far + near)
    poses = (_posed(frames, take.seen(number)) for number in range(low, high))
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


class _Tally:
    """Mean, percentiles and maximum of distances that are not kept."""

    def __init__(self):
        self._counts = np.zeros(_STEPS + 1, np.int64)
        self._sum, self._number, self._largest, self._latest = 0.0, 0, 0.0, 0.0

    def add(self, distances: np.ndarray) -> None:
        if not len(distances):
            return
        steps = np.minimum(_STEPS * np.sqrt(distances / _FARTHEST_MM), _STEPS).astype(np.int64)
        self._counts += np.bincount(steps, minlength=_STEPS + 1)
        self._sum += float(distances.sum())
        self._number += len(distances)
        self._largest = max(self._largest, float(distances.max()))
        self._latest = float(distances.mean())

    def last(self) -> dict:
        return {"skin_error_mm": self._latest}

    def figures(self) -> dict:
        if not self._number:
            return {}
        fractions = np.cumsum(self._counts) / self._number

        def percentile(fraction: float) -> float:
            return float(_FARTHEST_MM * (np.searchsorted(fractions, fraction) + 1) ** 2 / 1e6)

        return {
            "mean": round(self._sum / self._number, 4),
            "p95": round(min(percentile(0.95), self._largest), 4),
            "p99": round(min(percentile(0.99), self._largest), 4),
            "max": round(self._largest, 4),
        }
