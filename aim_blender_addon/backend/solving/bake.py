# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape keys of a result on disk."""

from pathlib import Path

from ..io.takes import NpzRows
from ..model.aim import AimModel
from ..progress import Progress, silent
from .correctives import BakedPerformance, compress_performance, unposed_chunks
from .solving_face import prepare_face


def bake_result(
    model: AimModel,
    result: Path,
    tolerance_mm: float,
    measure: str = "p99",
    progress: Progress = silent,
) -> BakedPerformance:
    """Curves and corrective shapes of a result of ``solve``; see :mod:`.correctives`."""
    face = prepare_face(model, 1)
    rows = [NpzRows(result, name) for name in ("vertices", "head", "jaw")]
    chunks = unposed_chunks(face, *rows)
    return compress_performance(face, chunks, tolerance_mm, measure, progress=progress)
