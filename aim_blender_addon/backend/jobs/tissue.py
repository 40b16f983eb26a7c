# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that finds how stiff an actor's tissue is, from scans that hang in several ways."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..muscles.material import Tissue
from ..progress import Progress
from .fleshed_actor import FleshedActor
from .wire import Request

#: How a head lies, and where gravity points then: along left, up and front of the face.
POSTURES = {
    "on-back": (0, 0, -1),
    "face-down": (0, 0, 1),
    "on-left-side": (1, 0, 0),
    "on-right-side": (-1, 0, 0),
    "upside-down": (0, 1, 0),
}


@dataclass(frozen=True)
class TissueRequest(Request):
    """Find the stiffness of an actor's tissue.

    Attributes:
        actor: the actor with its flesh.
        scans: [P, V, 3] mm, the face at rest in other postures; the head's motion may be in.
        postures: P of ``POSTURES``.
    """

    actor: FleshedActor
    scans: np.ndarray
    postures: tuple[str, ...]


@dataclass(frozen=True)
class TissueResult:
    """The tissue, and figures ready for JSON."""

    tissue: Tissue
    report: dict[str, Any]


def run(request: TissueRequest, progress: Progress) -> TissueResult:
    """Find it.

    Raises:
        ModelFileError: model or flesh cannot be read.
        AimError: a posture is unknown, or the scans are of another topology or do not hang.
    """
    from ..errors import AimError
    from ..muscles.layers import Layers
    from ..muscles.mass import GRAVITY
    from ..muscles.sway import scanned_up
    from ..muscles.tissue_fit import HungScan, fit_tissue
    from ..scans.head_motion import remove_head_motion

    model = request.actor.model.read()
    flesh = request.actor.read_flesh(model)
    for posture in request.postures:
        if posture not in POSTURES:
            raise AimError(f"There is no posture '{posture}': choose one of {', '.join(POSTURES)}")
    count = len(model.neutral.vertices)
    scans = np.asarray(request.scans, np.float32)
    if scans.shape != (len(request.postures), count, 3):
        raise AimError(
            f"The scans have {scans.shape[1:2] or (0,)} vertices, but {model.name} has {count}: "
            "give scans in the neutral's topology"
        )
    frame = request.actor.survey(model).frame
    axes = np.stack([scanned_up(way) for way in frame.left_up_front])
    still, _ = remove_head_motion(model.neutral, scans)
    moved = (still - model.neutral.vertices)[:, flesh.skin].astype(float)
    hung = [
        HungScan(ways, GRAVITY * np.array(POSTURES[posture], float) @ axes)
        for ways, posture in zip(moved, request.postures, strict=True)
    ]
    layers = Layers.find(flesh, model)
    found = fit_tissue(flesh, layers, -GRAVITY * axes[1], hung, progress=progress)
    return TissueResult(
        found.tissue,
        {
            "error_mm": {"before": found.error_mm[0], "after": found.error_mm[1]},
            "unsure": found.unsure,
            "rounds": found.rounds,
        },
    )
