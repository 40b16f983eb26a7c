# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that fits a face."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..fitting.actor import Actor
from ..progress import Progress
from .wire import Request


@dataclass(frozen=True)
class FitRequest(Request):
    """Fit a face.

    Attributes:
        actor: scans, bones where they are known, and pinned jaws; head space, mm.
        name: stored in the model.
        device, seed: see ``fitting.fit.FitSettings``.
        landmarks: [3] mm each, set by hand, for bones that are estimated; None to find them.
    """

    actor: Actor
    name: str
    device: str = "auto"
    seed: int = 0
    landmarks: Mapping[str, np.ndarray] | None = None


@dataclass(frozen=True)
class FitResult:
    """The bytes of a model file, and the figures of the fit."""

    model: bytes
    report: dict[str, Any]


def run(request: FitRequest, progress: Progress) -> FitResult:
    """Fit a face; raises as ``fitting.fit.fit_actor``."""
    progress("Starting torch", 0.0, {})
    from ..fitting.fit import FitSettings, fit_actor
    from ..io.model_file import model_to_bytes

    settings = FitSettings(device=request.device, seed=request.seed)
    fitted = fit_actor(request.actor, settings, progress, request.name, request.landmarks)
    return FitResult(model_to_bytes(fitted.model), fitted.report)
