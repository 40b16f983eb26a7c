# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a control's motion does at the places of others: a brow leaves the lids alone, a nose the lips.

Controls whose bones lie in one collection, such as those of the mouth, are of one kind and share their places.
"""

from collections.abc import Mapping

import numpy as np

from ..geometry.mesh import Mesh
from ..geometry.surface import SurfacePoints, nearest_points
from .places import Places
from .table import CONTROLS, REGIONS

#: Between these kinds a control moves the other's place by this share of its own reach and this far at most, mm.
_NEXT_TO_EACH_OTHER, _SHARE, _MOST_MM = {"Brows", "Lids"}, 1 / 3, 2.0
#: Controls of this kind draw cheeks and nose along, so all shapes count for them.
_DRAWS_ALONG = "Mouth"
#: What is left of a bound, as skin is moved a little more when it is held off eyes.
_KEPT = 0.9


class OtherPlaces:
    """The places of all controls on a skin, which skin is theirs, and what shapes [E, V, 3] mm do there."""

    def __init__(
        self, mesh: Mesh, places: Places, regions: Mapping[str, np.ndarray], shapes: np.ndarray
    ):
        self.scale, self.regions = places.scale, regions
        self.kinds = {
            name: REGIONS[control.group].title
            for control in CONTROLS
            for name in control.names()
            if name in places.points
        }
        self.at = {
            name: nearest_points(mesh, np.concatenate([places.points[name][None], source]))
            for name, source in places.sources.items()
        }
        self.shapes_mm = {
            name: np.array([np.linalg.norm(at.interpolate(shape), axis=1) for shape in shapes])
            for name, at in self.at.items()
        }

    def moved_mm(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """[E] mm: how far each of the shapes moves a place of another kind at most, within a control's skin, and
        how much of that costs reach: between brows and lids all, else what is more than at the control's own place.

        Nothing for controls of the mouth, which draw cheeks and nose along.
        """
        own = self.shapes_mm[name][:, 0]
        far, beyond = np.zeros(len(own)), np.zeros(len(own))
        if self.kinds[name] == _DRAWS_ALONG:
            return far, beyond
        for other, kind in self.kinds.items():
            if kind != self.kinds[name]:
                share = self.at[other].interpolate(self.regions[name][:, None])[:, 0]
                there = (share * self.shapes_mm[other]).max(axis=1)
                is_next = {kind, self.kinds[name]} == _NEXT_TO_EACH_OTHER
                far = np.maximum(far, there)
                beyond = np.maximum(beyond, there if is_next else there - own)
        return far, beyond

    def spared(self, name: str, moved: np.ndarray, reach: float) -> np.ndarray:
        """A motion [V, 3] mm of a control that leaves other kinds' skin behind where it moves their places too far.

        Args:
            name: of the control; its own place moves as before.
            moved: what it does at its limit.
            reach: mm.
        """
        for other, kind in self.kinds.items():
            if kind == self.kinds[name]:
                continue
            most = reach
            if {kind, self.kinds[name]} == _NEXT_TO_EACH_OTHER:
                most = min(_SHARE * reach, _MOST_MM * self.scale)
            far = _farthest(self.at[other], moved)
            if far > most:
                theirs = self._theirs(other, name)
                moved = (1 - (1 - _KEPT * most / far) * theirs)[:, None] * moved
        return moved

    def _theirs(self, other: str, name: str) -> np.ndarray:
        """[V] one at the place of ``other``, zero at that of ``name`` and beyond."""
        share = self.regions[other]
        here = float(self.at[name].interpolate(share[:, None])[0, 0])
        there = float(self.at[other].interpolate(share[:, None]).min())
        return np.clip((share - here) / max(there - here, 1e-3), 0.0, 1.0)


def _farthest(at: SurfacePoints, moved: np.ndarray) -> float:
    return float(np.linalg.norm(at.interpolate(moved), axis=1).max())
