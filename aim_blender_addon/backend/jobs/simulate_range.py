# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that simulates a frame range into a file: frames done are kept, and correctives can be made of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SolveError
from ..progress import Progress, section
from .simulate import Begun, SimulateRequest
from .wire import Request


@dataclass(frozen=True)
class SimulateRangeRequest(Request):
    """Simulate a range of frames.

    When the job is cancelled, its frames stay in ``output`` + ".part".

    Attributes:
        take: the poses.
        heads: [T, 4, 4] mm, head space to where the take has the head.
        output: the ``.npz`` file to write; it is one as a solve makes.
        resume: go on with the frames of a simulation that was stopped.
        tolerance_mm: of correctives that play what the simulation adds; None for none.
        start: first frame of a range; each range gives what the whole take gives there.
        count: frames of the range; None: to the end.
        activations: the file also says how far each muscle contracts, to first order.
    """

    take: SimulateRequest
    heads: np.ndarray
    output: Path
    resume: bool = False
    tolerance_mm: float | None = None
    start: int = 0
    count: int | None = None
    activations: bool = False

    def clear_up(self) -> None:
        """Also: the frames done stay, for the next time."""
        from ..io.output_lock import clear_up

        clear_up(self.output)


@dataclass(frozen=True)
class SimulateRangeResult:
    """What came of it, beside the file.

    Attributes:
        report: as of ``simulate``, of the frames of this run.
        corrective_shapes: [C, V, 3] mm, before the jaw moves them; None where none were wanted.
        corrective_curves: [T, C].
        error_mm: what correctives leave, by measure.
        reached: whether the tolerance was.
    """

    report: dict[str, Any]
    corrective_shapes: np.ndarray | None = None
    corrective_curves: np.ndarray | None = None
    error_mm: dict[str, Any] | None = None
    reached: bool = True


def run(request: SimulateRangeRequest, progress: Progress) -> SimulateRangeResult:
    """Simulate the range; raises ModelFileError, SolveError and AimError, in one sentence."""
    progress("starting", 0.0, {})
    from ..io.output_lock import locked_output
    from ..muscles.kept_take import KeptTake
    from ..solving.ranges import frame_range

    take = request.take
    begun = Begun.of(take)
    count = len(begun.poses.weights)
    heads = np.asarray(request.heads, float)
    if heads.shape != (count, 4, 4):
        raise SolveError(f"{take.take_name} has {count} frames, but the head {len(heads)}")
    frames = frame_range(take.take_name.strip("'"), count, request.start, request.count)
    end = 1.0 if request.tolerance_mm is None else 0.85
    with locked_output(request.output, SolveError):
        kept = KeptTake(
            request.output,
            begun.model,
            begun.poses,
            heads,
            take.take_name,
            take.settings(),
            take.actor.flesh,
            request.resume,
            frames,
        )
        part = section(progress, 0.0, end)
        for number in range(kept.next_frame, frames.stop):
            skin = begun.frame(number, part)
            kept.write(number, skin, begun.frames[-1].converged)
        kept.finish(_activations(request, begun) if request.activations else None)
        report = begun.report() | {"frames": len(frames), "frames_now": len(begun.frames)}
        if request.tolerance_mm is None:
            return SimulateRangeResult(report)
        weights = begun.poses.weights[frames.start : frames.stop]
        return _with_correctives(request, begun, weights, report, section(progress, end, 1.0))


def _activations(request: SimulateRangeRequest, begun: Begun):  # noqa: ANN202 - a reader
    """What tells a frame's activations: those that are played, or what its skin shows."""
    from ..muscles.first_activations import FirstActivations
    from ..muscles.kept_take import Played

    if request.take.activations is not None:
        return Played(begun.simulation.activations, begun.simulation.muscle_names)
    return FirstActivations(request.take.actor.read_flesh(begun.model), begun.model)


def _with_correctives(
    request: SimulateRangeRequest,
    begun: Begun,
    weights: np.ndarray,
    report: dict[str, Any],
    progress: Progress,
) -> SimulateRangeResult:
    """As few shapes as play what the simulation adds to the expressions."""
    from ..io.takes import NpzRows
    from ..solving.correctives import compress_performance, unposed_chunks
    from ..solving.solving_face import prepare_face

    face = prepare_face(begun.model, 1)
    rows = [NpzRows(request.output, name) for name in ("vertices", "head", "jaw")]
    found = compress_performance(
        face,
        unposed_chunks(face, *rows),
        request.tolerance_mm,
        progress=progress,
        given=weights,
    )
    return SimulateRangeResult(report, found.shapes, found.curves, found.error_mm, found.reached)
