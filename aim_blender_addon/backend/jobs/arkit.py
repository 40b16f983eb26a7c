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
    """ARKit's shapes.

    Attributes:
        names: 52.
        origins: where each comes from.
        skins: [52, V, 3] mm with the jaw's motion in them.
        tissue: [52, V, 3] mm the same without it.
        jaws: [52, 4] that motion, as parameters of the jaw's joint.
    """

    names: tuple[str, ...]
    origins: tuple[str, ...]
    skins: np.ndarray
    tissue: np.ndarray
    jaws: np.ndarray


def run(request: ArkitRequest, progress: Progress) -> ArkitResult:
    """Make the shapes.

    Raises:
        ModelFileError: the model cannot be read.
    """
    progress("Starting", 0.0, {})
    from ..retargeting.arkit_shapes import make_arkit_shapes

    model = request.model.read()
    made = make_arkit_shapes(model, progress, request.use_scans)
    tissue = model.neutral.vertices + made.displacements
    return ArkitResult(
        tuple(made.names), tuple(made.origins), made.skins, tissue, made.jaw_parameters
    )
