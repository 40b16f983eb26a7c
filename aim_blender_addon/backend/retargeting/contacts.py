# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that close and lips that touch on the source do so on the target.

The source's gaps, set against its own at rest, say which gaps the target shall have; :mod:`..contact.closing` brings
the target to them. A face that plays on itself stays as it is.

Skin of two lips or lids that lies in each other on the source is left so on the same face, and by the shapes that an
artist made for the target. What is made for another face is kept apart.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.spatial import cKDTree

from ..anatomy.head.rims import UPPER_SHARE
from ..contact.closing import ClosingOpening, RimStations, WantedGaps, finite
from ..contact.joining import JoinedOpenings, join_openings
from ..contact.settings import SHEET
from ..contact.sheets import Sheet, make_sheets
from ..contact.touching import TwoSheets
from ..geometry.rigid import fit_similarity
from ..geometry.smooth import falling
from .correspondence import Correspondence
from .retarget_face import RetargetFace
from .transfer import size_ratio


@dataclass(frozen=True)
class ContactSettings:
    """Which gaps of the source the target follows.

    Attributes:
        lids: fractions of the gap at rest. The source's lids decide alone below the first, and not above the second.
        own_lids: the same where the target's own expressions move its lids: these know how a half shut eye looks.
        neighbours: stations to either side that count for a lid (sigma of a Gaussian).
        least_rest_mm: smaller gaps of lids at rest count as this.
        passed_mm: lids whose rims have passed each other by more than this slide over each other.
        lips_mm: gaps. The source's surfaces decide alone below the first, and not above the second. It is not above
            ``touching_mm``, so that a neutral stays what it is.
        touching_mm: sheets that rest nearer than this touch. The source's motion is then added to the target's rest.
        sealed_mm: motion of the source's lips. That holds below the first; beyond the second they close for good.
        same_mm: distances of both faces about an opening, laid on each other. They are the same below the first, and
            two faces above the second.
        same_share: of the skin there that has to be so near.
        deepest_mm: so deep in each other lips and lids of the source are looked for.
    """

    lids: tuple[float, float] = (0.3, 0.8)
    own_lids: tuple[float, float] = (0.1, 0.3)
    passed_mm: float = 0.5
    neighbours: float = 2.0
    least_rest_mm: float = 0.5
    lips_mm: tuple[float, float] = (0.1, 0.3)
    touching_mm: float = 0.5
    sealed_mm: tuple[float, float] = (1.0, 4.0)
    same_mm: tuple[float, float] = (0.05, 0.3)
    same_share: float = 0.9
    deepest_mm: float = 4.0


@dataclass(frozen=True)
class _LidRests:
    """The source's stations of two lids, and the heights [N] mm of the gaps at rest on source and target."""

    stations: RimStations
    source_rest: np.ndarray
    target_rest: np.ndarray


@dataclass(frozen=True)
class _Opening:
    """One opening on both faces.

    Attributes:
        source: its sheets on the source.
        same: [N] for each point of the target's sheets the one of the source's.
        source_rest: [N] mm, gaps of the latter at rest; infinite where there is none.
        lids: heights at rest; None for lips.
        target: the opening on the target.
        stations: [N] for each point of the target's sheets the lid's station next to it; None for lips.
        sameness: in [0, 1], whether both faces are one there.
        overlaps: in [0, 1], fraction of the source's overlaps that is left on the target.
        slides: in [0, 1], not below ``overlaps``: how far the target's own expressions tell how its lids move. One
            lid then may slide over the other as far as the source's do.
    """

    source: TwoSheets
    same: np.ndarray
    source_rest: np.ndarray
    lids: _LidRests | None
    target: ClosingOpening
    stations: np.ndarray | None
    sameness: float
    overlaps: float
    slides: float


@dataclass(frozen=True)
class Contacts:
    """All openings that show on both faces.

    Attributes:
        openings: eyes and mouth.
        source_up: [3] unit, up of the source's face.
        size: target's size over the source's.
        source_rest: [S', 3] the source's skin at rest, mm.
        joined: the target's openings as they are closed, both eyes together.
        settings: which gaps are followed.
    """

    openings: tuple[_Opening, ...]
    source_up: np.ndarray
    size: float
    source_rest: np.ndarray
    joined: tuple[JoinedOpenings, ...]
    settings: ContactSettings = ContactSettings()

    def of_own_shapes(self) -> "Contacts":
        """The contacts of a target that plays the shapes its artist made: what overlaps on the source may do so."""
        return replace(
            self, openings=tuple(replace(o, overlaps=1.0, slides=1.0) for o in self.openings)
        )

    def correct(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Target skin [S, 3] whose contacts follow the source's skin [S', 3]; both posed, heads at rest, mm."""
        result = np.array(target, np.float64)
        for group in self.joined:
            openings = [self.openings[number] for number in group.numbers]
            lids = [self._wanted_of_lids(o, source) if o.lids else None for o in openings]
            surfaces = [
                None
                if led is not None and not led.weight.any() and not opening.overlaps
                else self._wanted_of_surfaces(opening, source, led)
                for opening, led in zip(openings, lids, strict=True)
            ]
            result = group.closed(result, surfaces, lids)
        return result

    def _wanted_of_surfaces(
        self, opening: _Opening, source: np.ndarray, lids: WantedGaps | None
    ) -> WantedGaps:
        """Gaps of the target's points, as the source's surfaces [S', 3] have them.

        Lids that slide over each other have no gap in places, so that their stations tell of the overlap, too.
        """
        settings, same = self.settings, opening.same
        deepest = settings.deepest_mm if opening.overlaps else SHEET.largest_gap_mm
        gap = opening.source.touch(source, deepest, up_to=settings.lips_mm[1]).gap[same]
        weight = falling(gap, settings.lips_mm)
        overlap = opening.overlaps * self.size * np.maximum(-finite(gap), 0.0)
        if lids is not None:
            overlap = np.maximum(overlap, opening.overlaps * lids.overlap[opening.stations])
        gap = np.maximum(finite(gap), 0.0)  # lips that pass through each other are shut
        # Lips that touch at rest on the source and not on the target stay as they are, until they move.
        points = opening.source.points[same]
        moved = np.linalg.norm(source[points] - self.source_rest[points], axis=1)
        source_rest = opening.source_rest
        touches = source_rest < settings.touching_mm
        sealed = touches * falling(moved, settings.sealed_mm)
        # What lies in each other at rest stays as deep on the same face.
        deep = np.maximum(source_rest, opening.sameness * np.minimum(source_rest, 0.0))
        source_rest = np.where(touches, deep, 0.0)
        added = sealed * (opening.target.resting - self.size * source_rest)
        sliding = None
        if lids is not None and opening.slides > opening.overlaps:
            sliding = lids.overlap[opening.stations] > settings.passed_mm
        return WantedGaps(self.size * gap + added, weight, overlap, sliding)

    def _wanted_of_lids(self, opening: _Opening, source: np.ndarray) -> WantedGaps:
        """Heights of the target's stations, as the source's lids [S', 3] have them."""
        settings, lids = self.settings, opening.lids
        heights = lids.stations.heights(source, self.source_up)
        gap = np.maximum(heights, 0.0)
        # Stations near the corners have hardly a gap at rest: neighbours say which fraction of it is open.
        even, rest = (
            gaussian_filter1d(values, settings.neighbours, mode="nearest")
            for values in (gap, lids.source_rest)
        )
        fraction = even / np.maximum(rest, settings.least_rest_mm)
        # On the same face each station has its own gap, whatever the neighbours say.
        uneven = opening.sameness * self.size * (gap - fraction * lids.source_rest)
        wanted = np.maximum(fraction * lids.target_rest + uneven, 0.0)
        near = maximum_filter1d(-heights, 1 + 2 * round(settings.neighbours), mode="nearest")
        overlap = opening.slides * self.size * np.maximum(near, 0.0)
        limits = (1 - opening.slides) * np.array(settings.lids)
        limits = tuple(limits + opening.slides * np.array(settings.own_lids))
        return WantedGaps(wanted, falling(fraction, limits), overlap)


def make_contacts(
    source: RetargetFace,
    target: RetargetFace,
    mapped: Correspondence,
    shapes: np.ndarray | None = None,
    own: np.ndarray | None = None,
) -> Contacts:
    """Sheets and stations of all openings; those that one of the faces does not show are omitted.

    Args:
        source, target: the faces.
        mapped: their correspondence.
        shapes: [E, S, 3] the target's expressions, if it has any of its own,
        own: [E] bool, and which they are.
    """
    openings = []
    for name in target.rims:
        if name not in source.rims:
            continue
        sheets, target_sheets = (
            make_sheets(face.skin, face.rims[name]) for face in (source, target)
        )
        if not all(len(sheet.points) for sheet in (*sheets, *target_sheets)):
            continue
        upper, lower = (
            cKDTree(source.skin.vertices[a.points]).query(mapped.warped[b.points])[1]
            for a, b in zip(sheets, target_sheets, strict=True)
        )
        both = TwoSheets.of(sheets)
        same = np.concatenate([upper, both.first + lower])
        source_rest = both.touch(source.skin.vertices.astype(np.float64)).gap[same]
        lids, stations, nearest = None, None, None
        if name != "mouth":
            stations = RimStations.of(target.skin, target.rims[name])
            lids = _lid_rests(source, target, name, stations)
            nearest = _nearest_stations(target, target_sheets, stations)
        upper_share = UPPER_SHARE[name]
        closing = ClosingOpening.of(
            target.skin,
            target.operator,
            target_sheets,
            stations,
            upper_share,
            target.up,
            target.front,
            target.linings[name].inside if name in target.linings else None,
        )
        points = np.concatenate([sheet.points for sheet in target_sheets])
        one = _sameness(target.skin.vertices[points], mapped.warped[points])
        slides = one if own is None else max(one, _own_share(shapes[:, points], own))
        openings.append(_Opening(both, same, source_rest, lids, closing, nearest, one, one, slides))
    size = size_ratio(source, target)
    joined = tuple(join_openings([opening.target for opening in openings]))
    rest = source.skin.vertices.astype(np.float64)
    return Contacts(tuple(openings), source.up, size, rest, joined)


def _sameness(target: np.ndarray, source: np.ndarray) -> float:
    """In [0, 1], whether points [N, 3] of the target are those [N, 3] of the source in another place and size, mm."""
    settings = ContactSettings()
    turn, size, shift = fit_similarity(source.astype(np.float64), target.astype(np.float64))
    apart = np.linalg.norm(size * source @ turn.T + shift - target, axis=1)
    return float(falling(np.quantile(apart, settings.same_share), settings.same_mm))


def _own_share(shapes: np.ndarray, own: np.ndarray) -> float:
    """In [0, 1], how much of the motion of expressions [E, N, 3] those make that are the target's own [E] bool."""
    motion = (shapes.astype(np.float64) ** 2).sum(axis=(1, 2))
    return float(motion[own].sum() / max(motion.sum(), 1e-12))


def _nearest_stations(
    face: RetargetFace, sheets: tuple[Sheet, Sheet], stations: RimStations
) -> np.ndarray:
    """[N] for each point of the sheets of two lids the number of the station on its own rim that is nearest."""
    rest = face.skin.vertices
    return np.concatenate(
        [
            cKDTree(rim.interpolate(rest)).query(rest[sheet.points])[1]
            for sheet, rim in zip(sheets, (stations.upper, stations.lower), strict=True)
        ]
    )


def _lid_rests(
    source: RetargetFace, target: RetargetFace, name: str, stations: RimStations
) -> _LidRests:
    """Heights of the lids of the opening ``name`` at rest; ``stations`` of the target's."""
    of_source = RimStations.of(source.skin, source.rims[name])
    return _LidRests(
        of_source,
        of_source.open_heights(source.skin.vertices, source.up),
        stations.open_heights(target.skin.vertices, target.up),
    )
