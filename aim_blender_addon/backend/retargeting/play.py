# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames played one by one into a file, so that a take of any length needs the memory of a few."""

import time
from pathlib import Path

import numpy as np

from ..errors import SolveError
from ..io.output_lock import locked_output
from ..progress import Progress, silent
from ..solving.result_file import ResultHeader, ResultWriter
from .map_file import map_arrays
from .performance import Performance
from .player import Retargeter, ShapePlayer

#: Frames between two reports of the progress.
_REPORT_EVERY = 16


def play_to_file(
    output: Path,
    player: Retargeter | ShapePlayer,
    played: Performance,
    metadata: dict,
    progress: Progress = silent,
    times: np.ndarray | None = None,
) -> float:
    """Plays all frames into ``output`` (docs/reference/files.md); the seconds it took.

    Args:
        output: ``.npz``; nothing remains of it when the job is cancelled.
        player: prepared.
        played: on its source.
        metadata: plain values about the request; ``performance`` names the take.
        progress: called every few frames, and may raise ``JobCancelled``.
        times: [T] seconds of the frames from the first, where they are known.

    Raises:
        SolveError: the disk has too little room for the frames, or another job writes them.
    """
    output = Path(output)
    base = player.retargeter if isinstance(player, ShapePlayer) else player
    target = base.target
    names, functions, shapes = _shared(player)
    count = len(target.mesh.vertices)
    sizes = {"V": count, "E": len(names), "K": functions.shape[1]}
    job = ResultHeader(
        target.mesh.name, str(metadata.get("performance", "")), metadata, 0, len(played), sizes
    )
    shared = {
        "functions": functions,
        "expression_names": np.array(names),
        "shapes": shapes,
        **map_arrays(base.map, base.source, target),
        **({} if times is None else {"times": times}),
    }
    room = sum(array.nbytes for array in shared.values()) + len(played) * len(names) * 4
    with locked_output(output, SolveError):
        writer = ResultWriter(output, job, shared_bytes=room)
        started = time.perf_counter()
        try:
            curves = _write_frames(writer, player, played, progress)
            seconds = time.perf_counter() - started
            writer.finish(**shared, curves=np.array(curves, np.float32))
        except BaseException:
            writer.discard()
            raise
    return seconds


def _write_frames(
    writer: ResultWriter,
    player: Retargeter | ShapePlayer,
    played: Performance,
    progress: Progress,
) -> list[np.ndarray]:
    """Play and write all frames; their curves, T rows [N]."""
    base = player.retargeter if isinstance(player, ShapePlayer) else player
    curves = []
    for number, frame in enumerate(played.frames(base.source)):
        if number % _REPORT_EVERY == 0:
            progress("Playing", number / len(played), {})
        shown = player.play(frame)
        curves.append(shown.curves)
        writer.write(
            number,
            vertices=shown.vertices,
            head=shown.head,
            jaw=shown.jaw,
            jaw_parameters=shown.jaw_parameters,
            weights=shown.curves[:, None] if isinstance(player, ShapePlayer) else frame.weights,
            solved=True,
        )
    return curves


def _shared(player: Retargeter | ShapePlayer) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Names of the weights, their functions [V, K], and the shapes [E, V, 3] in the mesh's units."""
    if isinstance(player, ShapePlayer):
        count = len(player.retargeter.target.mesh.vertices)
        return player.names, np.ones((count, 1), np.float32), player.shapes
    target = player.target
    moved = player.gain[:, None] * player.shapes / target.scale  # [E, S, 3]
    shapes = target.spread(moved.transpose(1, 0, 2)).transpose(1, 0, 2)
    names = player.source.expression_names
    return names, target.spread(player.functions), np.ascontiguousarray(shapes, np.float32)
