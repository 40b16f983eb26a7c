# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that makes ARKit's shapes."""

from dataclasses import dataclass

import numpy as np

from ..io.model_file import StoredModel
from ..progress import Progress
from .wire import Request


@dataclass(frozen=True)
class ArkitRequest(Request):
    """Make ARKit's 52 shapes of an actor.

    Attributes:
        model: of the actor.
        use_scans: learn from the actor's scans; else a generic head's shapes alone are carried over.
    """

    model: StoredModel
    use_scans: bool = True


@dataclass(frozen=True)
class ArkitResult:
    """ARKit's shapes: 52 names, where each comes from, and skins [52, V, 3] mm with the jaw's motion in them."""

    names: tuple[str, ...]
    origins: tuple[str, ...]
    skins: np.ndarray


def run(request: ArkitRequest, progress: Progress) -> ArkitResult:
    """Make the shapes.

    Raises:
        ModelFileError: the model cannot be read.
    """
    progress("Starting", 0.0, {})
    from ..retargeting.arkit_shapes import make_arkit_shapes

    made = make_arkit_shapes(request.model.read(), progress, request.use_scans)
    return ArkitResult(tuple(made.names), tuple(made.origins), made.skins)
