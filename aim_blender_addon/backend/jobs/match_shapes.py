# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that matches a character's shapes with what a source does."""

from dataclasses import dataclass

import numpy as np

from ..progress import Progress, section
from ..retargeting.shape_table import Match
from ..retargeting.sources import RetargetSettings
from .face_pair import FacePair, FoundMap, prepare_pair
from .wire import Request


@dataclass(frozen=True)
class MatchShapesRequest(Request):
    """Find which shapes of the target show what the source does.

    Attributes:
        faces: source and target.
        by_curves: the performance is of curves or shapes that hold the jaw's motion.
        jaw_weight: [V] of the target's jaw bone, or None.
    """

    faces: FacePair
    by_curves: bool = False
    jaw_weight: np.ndarray | None = None


@dataclass(frozen=True)
class MatchShapesResult:
    """The table, whose likeness is the cosine of both motions; and the correspondence unless it was known."""

    rows: tuple[Match, ...]
    found: FoundMap | None


def run(request: MatchShapesRequest, progress: Progress) -> MatchShapesResult:
    """Match the shapes; raises as :func:`.face_pair.prepare_pair`."""
    from ..retargeting.performance import Performance
    from ..retargeting.pipeline import make_player
    from ..retargeting.player import ShapePlayer, with_likeness

    pair = prepare_pair(request.faces, section(progress, 0.0, 0.8))
    progress("Matching shapes", 0.8, {})
    ones = np.ones((len(pair.source.face.skin.vertices), 1))
    still = Performance(ones, (), (), (), None)
    player = make_player(
        pair.source.face,
        pair.target,
        still,
        RetargetSettings(contacts=False),
        pair.mapped,
        request.by_curves,
        jaw_weight=request.jaw_weight,
    )
    rows = with_likeness(player, request.by_curves) if isinstance(player, ShapePlayer) else []
    return MatchShapesResult(tuple(rows), pair.found)
