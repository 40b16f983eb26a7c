# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that builds an actor's flesh."""

import time
from dataclasses import dataclass
from typing import Any

from ..io.model_file import StoredModel
from ..progress import Progress, section
from .wire import Request

#: Larger cubes are wider than a face has lips; smaller ones fill the memory.
LEAST_EDGE_MM, LARGEST_EDGE_MM = 4.0, 15.0


@dataclass(frozen=True)
class FleshRequest(Request):
    """Build the flesh of an actor.

    Attributes:
        model: the actor's model file.
        edge_mm: of the flesh mesh's larger cubes.
    """

    model: StoredModel
    edge_mm: float = 7.5


@dataclass(frozen=True)
class FleshResult:
    """The bytes of a flesh file, and its figures."""

    flesh: bytes
    report: dict[str, Any]


def run(request: FleshRequest, progress: Progress) -> FleshResult:
    """Build it.

    Raises:
        ModelFileError: the model cannot be read.
        AimError: no scan moves the skin, or the cubes are too large or too small.
    """
    from ..errors import AimError
    from ..muscles.flesh import make_flesh
    from ..muscles.flesh_file import flesh_to_bytes
    from ..muscles.settings import FleshSettings
    from ..muscles.tracks import make_tracks

    if not LEAST_EDGE_MM <= request.edge_mm <= LARGEST_EDGE_MM:
        raise AimError(
            f"Cubes of {request.edge_mm:g} mm make no flesh: "
            f"choose from {LEAST_EDGE_MM:g} to {LARGEST_EDGE_MM:g} mm"
        )
    model = request.model.read()
    started = time.perf_counter()
    settings = FleshSettings(edge_mm=request.edge_mm)
    flesh = make_flesh(model, settings, progress=section(progress, 0.0, 0.3))
    built = time.perf_counter() - started
    flesh = make_tracks(flesh, model, section(progress, 0.3, 1.0))
    return FleshResult(
        flesh_to_bytes(flesh, model),
        flesh.figures() | {"mesh_seconds": built, "seconds": time.perf_counter() - started},
    )
