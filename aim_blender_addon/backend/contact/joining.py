# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Openings that are closed together, as both eyes are: one look for gaps serves both of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from ..geometry.surface import SurfacePoints
from .closing import ClosingOpening, RimStations, WantedGaps
from .sheets import Sheet
from .touching import TwoSheets
from .yielding import Conditions, YieldingSkin


@dataclass(frozen=True)
class SeveralSkins:
    """Skin around several openings, each of which yields alone."""

    parts: tuple[YieldingSkin, ...]

    def let_yield(self, skin: np.ndarray, conditions: Conditions) -> None:
        """Move a skin [S, 3] so that the conditions are met."""
        place = conditions.first.corners[:, 0]
        for part in self.parts:
            part.let_yield(skin, conditions.only(part.number[place] >= 0))


@dataclass(frozen=True)
class JoinedOpenings:
    """Openings of one skin that are closed together.

    Attributes:
        numbers: of the openings.
        counts: of the points of each.
        opening: all of them as one; its upper sheet are their upper sheets.
        order: [N] places of its points among those of the openings, one after the other.
    """

    numbers: tuple[int, ...]
    counts: tuple[int, ...]
    opening: ClosingOpening
    order: np.ndarray

    def closed(
        self,
        skin: np.ndarray,
        surfaces: Sequence[WantedGaps | None],
        lids: Sequence[WantedGaps | None],
    ) -> np.ndarray:
        """A skin [S, 3] mm, head at rest, whose gaps are as wanted.

        Args:
            skin: posed.
            surfaces, lids: for each opening what :meth:`.closing.ClosingOpening.closed` takes.
        """
        if len(self.numbers) == 1:
            return self.opening.closed(skin, surfaces[0], lids[0])
        stations = None if lids[0] is None else _all_gaps(lids, [len(led.gap) for led in lids])
        points = None
        if any(wanted is not None for wanted in surfaces):
            points = _in_order(_all_gaps(surfaces, self.counts), self.order)
        return self.opening.closed(skin, points, stations)


def join_openings(openings: Sequence[ClosingOpening]) -> list[JoinedOpenings]:
    """Openings of lids as one, where their skins have nothing in common; the others alone."""
    lids = [number for number, opening in enumerate(openings) if opening.lids is not None]
    touched = sum((openings[n].skin.number >= 0).astype(int) for n in lids)
    if len(lids) < 2 or np.max(touched) > 1:
        lids = []
    alone = [number for number in range(len(openings)) if number not in lids]
    groups = [_alone(number, openings[number]) for number in alone]
    return groups + ([_joined(tuple(lids), [openings[n] for n in lids])] if lids else [])


def _alone(number: int, opening: ClosingOpening) -> JoinedOpenings:
    count = len(opening.both.points)
    return JoinedOpenings((number,), (count,), opening, np.arange(count))


def _joined(numbers: tuple[int, ...], parts: list[ClosingOpening]) -> JoinedOpenings:
    first = parts[0]
    sheets = tuple(_one_sheet([part.sheets[side] for part in parts]) for side in (0, 1))
    both = TwoSheets.of(sheets)
    points = np.concatenate([part.both.points for part in parts])
    place = np.zeros(len(first.rest), int)
    place[points] = np.arange(len(points))
    order = place[both.points]
    beside, next_to = (
        sp.block_diag([getattr(part, name) for part in parts], "csr")[order][:, order]
        for name in ("beside", "next_to")
    )
    linings = [part.lining for part in parts if part.lining is not None]
    opening = replace(
        first,
        sheets=sheets,
        both=both,
        resting=np.concatenate([part.resting for part in parts])[order],
        least=np.concatenate([part.least for part in parts])[order],
        lids=RimStations(
            *(
                SurfacePoints(
                    np.concatenate([getattr(part.lids, side).corners for part in parts]),
                    np.concatenate([getattr(part.lids, side).weights for part in parts]),
                )
                for side in ("upper", "lower")
            )
        ),
        skin=SeveralSkins(tuple(part.skin for part in parts)),
        led=SeveralSkins(tuple(part.led for part in parts)),
        lining=np.any(linings, axis=0) if linings else None,
        normals=sum(part.normals for part in parts),
        beside=beside,
        next_to=next_to,
    )
    counts = tuple(len(part.both.points) for part in parts)
    return JoinedOpenings(numbers, counts, opening, order)


def _one_sheet(sheets: list[Sheet]) -> Sheet:
    """Sheets that have no vertex in common as one."""
    vertices = np.concatenate([sheet.vertices for sheet in sheets])
    order = np.argsort(vertices)
    before = np.cumsum([0, *(len(sheet.faces) for sheet in sheets)])
    fans = [sheet.fans + start for sheet, start in zip(sheets, before, strict=False)]
    return Sheet(
        np.sort(np.concatenate([sheet.points for sheet in sheets])),
        vertices[order],
        np.concatenate([sheet.faces for sheet in sheets]),
        np.concatenate(fans)[order],
        np.any([sheet.border for sheet in sheets], axis=0),
        sp.block_diag([sheet.collect for sheet in sheets], "csr")[order],
    )


def _all_gaps(parts: Sequence[WantedGaps | None], counts: list[int]) -> WantedGaps:
    """The gaps that are wanted of several openings, with so many points each; None: none are."""

    def column(name: str, kind: type) -> np.ndarray:
        values = [None if part is None else getattr(part, name) for part in parts]
        return np.concatenate(
            [np.zeros(n, kind) if v is None else v for v, n in zip(values, counts, strict=True)]
        )

    sliding = any(part is not None and part.sliding is not None for part in parts)
    return WantedGaps(
        column("gap", float),
        column("weight", float),
        column("overlap", float),
        column("sliding", bool) if sliding else None,
    )


def _in_order(gaps: WantedGaps, order: np.ndarray) -> WantedGaps:
    columns = (gaps.gap, gaps.weight, gaps.overlap, gaps.sliding)
    return WantedGaps(*(None if column is None else column[order] for column in columns))
