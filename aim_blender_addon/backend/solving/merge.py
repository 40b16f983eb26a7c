# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of frame ranges, solved apart, put together."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import SolveError
from ..io.npz import NUMBERS, TEXTS, NpzRows, npz_names
from ..io.output_lock import locked_output
from ..model.aim import AimModel
from ..progress import Progress, silent
from .gaps import fill_gaps
from .result_file import ROWS, ResultHeader, ResultWriter, fingerprint, read_header
from .solving_face import prepare_face

#: The kind of takes that muscles have played: a frame that did not come to rest has its skin, and no gap is bridged.
MUSCLES = "muscles"


def merge_results(
    model: AimModel, parts: Sequence[Path], output: Path, progress: Progress = silent
) -> dict:
    """One result of results of neighbouring ranges of the same take; the figures, ready for JSON.

    Raises:
        SolveError: they are of different jobs, or frames are missing between them.
    """
    jobs = [(read_header(path), path) for path in parts]
    jobs.sort(key=lambda pair: pair[0].start)
    _check_follow(jobs)
    first = jobs[0][0]
    if first.model != fingerprint(model):
        raise SolveError(
            f"'{jobs[0][1].name}' was solved with another model than '{model.name}': give that model"
        )
    shared = {
        name: NpzRows(jobs[0][1], name, kinds).whole()
        for name, kinds in (("functions", NUMBERS), ("expression_names", TEXTS))
    }
    count = sum(job.count for job, _ in jobs)
    header = replace(first, count=count)
    with locked_output(output, SolveError):
        writer = ResultWriter(
            output, header, shared_bytes=sum(array.nbytes for array in shared.values())
        )
        try:
            _copy_frames(writer, jobs, progress)
            if first.kind == MUSCLES:  # their skin is that of the flesh
                gaps = int((~np.array(writer.row("solved"))).sum())
            else:
                gaps = fill_gaps(prepare_face(model, first.sizes["K"]), writer)
            error = np.asarray(writer.row("error_mm"))
            writer.finish(**shared, **_activations([path for _, path in jobs]))
        except BaseException:  # it can be merged again at any time
            writer.discard()
            raise
    return {
        "frames": count,
        "start": first.start,
        "unsolved_frames": gaps,
        "error_mm": {"mean": round(float(np.nanmean(error)), 4)},
    }


def _activations(parts: Sequence[Path]) -> dict[str, np.ndarray]:
    """Activations of muscles [T, M] and their names, where all parts tell them."""
    names = ("activations", "muscle_names")
    if not all(npz_names(path) >= set(names) for path in parts):
        return {}
    values = [NpzRows(path, "activations").whole() for path in parts]
    return {
        "activations": np.concatenate(values),
        "muscle_names": NpzRows(parts[0], "muscle_names", TEXTS).whole(),
    }


def _copy_frames(
    writer: ResultWriter, jobs: Sequence[tuple[ResultHeader, Path]], progress: Progress
) -> None:
    """All frames of the ranges, in their order.

    Raises:
        SolveError: none of them was solved.
    """
    done, count = 0, writer.job.count
    for job, path in jobs:
        rows = {name: NpzRows(path, name) for name in ROWS}
        for number in range(job.count):
            values = {name: row[number] for name, row in rows.items()}
            writer.write(writer.job.start + done, **values)
            done += 1
            progress("Merging", done / count, {})
    played = jobs[0][0].kind == MUSCLES
    if not played and not np.asarray(writer.row("solved")).any():
        raise SolveError(
            f"No frame of '{jobs[0][1].name}' and the others shows enough of the face: record it again"
        )


def _check_follow(jobs: Sequence[tuple[ResultHeader, Path]]) -> None:
    """Refuse ranges, in the order of their start, that are not neighbours of one take.

    Raises:
        SolveError: they are of different jobs, or frames are missing between them.
    """
    for (before, path), (after, other) in zip(jobs[:-1], jobs[1:], strict=True):
        alike = replace(after, start=before.start, count=before.count)
        if not (after.content and before.content):  # solved before this was stored
            alike = replace(alike, content=before.content)
        if alike != before:
            raise SolveError(
                f"'{other.name}' was solved with another model, performance or setting than '{path.name}': "
                "solve both alike"
            )
        if after.start != before.start + before.count:
            raise SolveError(
                f"'{path.name}' ends at frame {before.start + before.count - 1} and '{other.name}' begins at "
                f"{after.start}: give ranges that follow each other"
            )
