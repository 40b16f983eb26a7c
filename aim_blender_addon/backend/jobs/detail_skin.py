# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actor of the jobs for detail, the generic skin that they are asked for, and what they give back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..geometry.mesh import Mesh

if TYPE_CHECKING:
    from ..detail.detail_actor import DetailActor
    from ..detail.detail_file import Detail
    from ..detail.prior import PriorSettings


@dataclass(frozen=True)
class SkinActor:
    """A neutral with its UV map, and the registered meshes of its expressions.

    Attributes:
        neutral: mm.
        uv: [L, 2] of its corners.
        shapes: [V, 3] mm by name, without the neutral; may be empty.
        landmarks: set by hand, [3] mm each; the others are found around them.
        tile: UDIM number of the tile that shows the face.
    """

    neutral: Mesh
    uv: np.ndarray
    shapes: dict[str, np.ndarray]
    landmarks: dict[str, np.ndarray] | None = None
    tile: int = 1001

    def read(self) -> "DetailActor":
        """The actor of ``backend/detail/detail_actor.py``.

        Raises:
            ScanError: the UV cannot be used.
        """
        from ..anatomy.survey import FaceSurvey
        from ..detail.detail_actor import DetailActor
        from ..detail.map_files import NEUTRAL
        from ..detail.uv import UvMap, tile_of

        uv = UvMap.of(self.neutral, np.asarray(self.uv))
        shapes = {NEUTRAL: self.neutral.vertices, **self.shapes}
        survey = FaceSurvey(self.neutral, self.landmarks or {})
        return DetailActor(self.neutral, uv, shapes, survey, tile_of(self.tile))


@dataclass(frozen=True)
class GenericSkin:
    """Generic skin as it is asked for; see ``backend/detail/prior.py``.

    Attributes:
        age: years.
        seed: whose lines.
        spacing: of lines and pores, times usual.
        spacings: the same by region, on top.
    """

    age: float = 40.0
    seed: int = 0
    spacing: float = 1.0
    spacings: dict[str, float] = field(default_factory=dict)

    def settings(self) -> "PriorSettings":
        """The same for ``make_prior``."""
        from ..detail.prior import PriorSettings

        return PriorSettings(
            age=self.age, seed=self.seed, spacing=self.spacing, spacings=self.spacings
        )


@dataclass(frozen=True)
class DetailResult:
    """The detail of an actor, and what its skin is divided into.

    Attributes:
        constant: [S, S] float32 mm, D0, row 0 at v = 1.
        compressed: [4, S, S] float32 mm, W_k.
        start: [V] compression at which lines open.
        width: compression over which they do.
        axis: [3] the direction of 0 degrees, in the neutral's coordinates.
        regions: names of the regions.
        shares: [V, R] float32 how much each vertex belongs to them, one in sum.
        report: figures of how it was made, and notes.
    """

    constant: np.ndarray
    compressed: np.ndarray
    start: np.ndarray
    width: float
    axis: np.ndarray
    regions: tuple[str, ...]
    shares: np.ndarray
    report: dict[str, Any]


def detail_result(
    actor: "DetailActor", detail: "Detail", report: Mapping[str, Any]
) -> DetailResult:
    """What Blender needs of a detail."""
    count = len(actor.neutral.vertices)
    shares = actor.shares()
    start = np.asarray(detail.response.start, np.float32).reshape(-1)
    return DetailResult(
        detail.constant,
        detail.compressed,
        np.ascontiguousarray(np.broadcast_to(start, (count,))),
        float(detail.response.width),
        np.asarray(detail.axis, np.float64),
        tuple(shares),
        np.stack([*shares.values()], axis=1).astype(np.float32),
        dict(report),
    )
