# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that solves a performance."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SolveError
from ..io.model_file import StoredModel
from ..io.takes import Take, TakeFile
from ..model.aim import AimModel
from ..progress import Progress, section
from ..solving.look import SeenEye
from ..solving.settings import SolveSettings
from .wire import Request


@dataclass(frozen=True)
class ShapesWanted:
    """Shape keys that play the solved frames.

    Attributes:
        tolerance_mm: how far they may be off.
        measure: "mean", "p99" or "max" of the errors, which the tolerance is for.
        largest: [E] values that the rig's shape keys can show; None for one each. Correctives make up for the rest.
    """

    tolerance_mm: float
    measure: str = "p99"
    largest: np.ndarray | None = None


@dataclass(frozen=True)
class SolveRequest(Request):
    """Solve a performance onto a model.

    Frames come as mapped arrays, and the solved ones go to files as they are done, so that neither side holds
    the take in memory. When the job is cancelled, its frames stay in ``output`` + ".part".

    Attributes:
        model: of the actor.
        take: the performance, or the file that holds it.
        output: the ``.npz`` file to write.
        settings: of the solve.
        resume: go on with the frames of a solve that was stopped.
        shapes: shape keys to be made of the frames, or None.
        eyes: that the take shows, at most one a side: they tell the look, and what shows them is not solved as skin.
    """

    model: AimModel | StoredModel
    take: Take | TakeFile
    output: Path
    settings: SolveSettings = SolveSettings()
    resume: bool = False
    shapes: ShapesWanted | None = None
    eyes: tuple[SeenEye, ...] = ()

    def clear_up(self) -> None:
        """Also: the frames done stay, for the next time."""
        from ..io.output_lock import clear_up

        clear_up(self.output)


@dataclass(frozen=True)
class SolvedShapes:
    """Shape keys of a solved performance.

    Attributes:
        curves: [T, E] of the model's shapes.
        corrective_shapes: [C, V, 3] mm.
        corrective_curves: [T, C].
        error_mm: what they leave, by measure.
        reached: whether the tolerance was reached.
    """

    curves: np.ndarray
    corrective_shapes: np.ndarray
    corrective_curves: np.ndarray
    error_mm: dict[str, float]
    reached: bool


@dataclass(frozen=True)
class SolveResult:
    """What a solve gives beside its file.

    Attributes:
        report: its figures.
        shapes: the shape keys where they were wanted.
        look: [T, 2, 2] yaw and pitch of the left and the right eye, radians; None where the take does not show it.
    """

    report: dict[str, Any]
    shapes: SolvedShapes | None = None
    look: np.ndarray | None = None


def run(request: SolveRequest, progress: Progress) -> SolveResult:
    """Solve the performance.

    Raises:
        ModelFileError, SolveError, FitError: what is wrong, in one sentence.
    """
    progress("Starting", 0.0, {})
    from ..io.output_lock import locked_output
    from ..io.takes import checked

    model, take = request.model, request.take
    if isinstance(model, StoredModel):
        model = model.read()
    take = take.read(model.neutral) if isinstance(take, TakeFile) else checked(take, model.neutral)
    with locked_output(
        request.output, SolveError
    ):  # the shapes are of this result, not of the next one
        return _solve(request, model, take, progress)


def _solve(request: SolveRequest, model: AimModel, take: Take, progress: Progress) -> SolveResult:
    from ..solving.correctives import compress_result
    from ..solving.result_file import solved_look
    from ..solving.solve import solve_take

    end = 1.0 if request.shapes is None else 0.8
    report = solve_take(
        model,
        take,
        request.output,
        request.settings,
        section(progress, 0.0, end),
        request.resume,
        request.eyes,
    )
    look = solved_look(request.output)
    if request.shapes is None:
        return SolveResult(report, look=look)
    wanted = request.shapes
    compressed = compress_result(
        model,
        request.output,
        wanted.tolerance_mm,
        wanted.measure,
        section(progress, end, 1.0),
        1.0 if wanted.largest is None else wanted.largest,
    )
    return SolveResult(
        report,
        SolvedShapes(
            compressed.weights,
            compressed.shapes,
            compressed.curves,
            compressed.error_mm,
            compressed.reached,
        ),
        look,
    )
