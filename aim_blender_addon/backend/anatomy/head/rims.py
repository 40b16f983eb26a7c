# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rims of eyes and mouth, from the skin's relief alone: what closes in a blink, what touches in a word.

Seen from the front an opening is a pit or a groove. At stations from corner to corner its upper and lower edge
are where the pit begins. Stations are counted alike on every face, so that they also show which place of one
face is which of another.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .skin_view import SkinView

#: Openings by name: landmarks of their corners, and how far above and below the line between them the rims may be, mm.
OPENINGS = {
    "mouth": ("cheilion_right", "cheilion_left", 14.0),
    "eye_left": ("eye_inner_left", "eye_outer_left", 13.0),
    "eye_right": ("eye_inner_right", "eye_outer_right", 13.0),
}
#: Places between the corners where the rims are sought.
STATIONS = 21
#: Between the rays up and down, mm of an average face.
STEP_MM = 0.25
#: Least depth of a pit, mm of an average face.
LEAST_PIT_MM = 0.25
#: The rim is where a pit reaches this fraction of its depth (lips and lids curve inwards first),
EDGE_FRACTION = 0.6
#: or this depth, mm of an average face.
EDGE_MM = 4.0
#: Skin this far behind the line between an opening's corners is no lid or lip, mm of an average face.
BEHIND_MM = 3.0
#: Share of a correction that the upper side takes: lower lids hardly move.
UPPER_SHARE = {"mouth": 0.5, "eye_left": 0.85, "eye_right": 0.85}
#: Share of the stations that has to show the opening.
ENOUGH = 0.5


@dataclass(frozen=True)
class Rims:
    """Upper and lower edge of an opening.

    Attributes:
        across: [N] place of each station between the corners, 0 to 1.
        upper: [N, 3] mm.
        lower: [N, 3] mm.
    """

    across: np.ndarray
    upper: np.ndarray
    lower: np.ndarray

    def at(self, across: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Upper and lower edge [N, 3] mm at other places [N] between the corners, 0 to 1."""
        return tuple(
            np.stack([np.interp(across, self.across, c) for c in edge.T], axis=1)
            for edge in (self.upper, self.lower)
        )

    def evenly(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Upper and lower edge [count, 3] mm at evenly spread stations."""
        return self.at(np.linspace(self.across[0], self.across[-1], count))


def find_rims(view: SkinView, landmarks: dict[str, np.ndarray]) -> dict[str, Rims]:
    """The openings that show, by name; mesh coordinates.

    Args:
        view: the skin.
        landmarks: the skin's, mesh coordinates; corners of the openings.
    """
    found = {}
    for name, (first, last, reach) in OPENINGS.items():
        if first in landmarks and last in landmarks:
            corners = view.frame.to_local(np.stack([landmarks[first], landmarks[last]]))
            rims = _rims(view, corners, reach)
            if rims is not None:
                found[name] = rims
    return found


def _rims(view: SkinView, corners: np.ndarray, reach: float) -> Rims | None:
    """Rims between two corners [2, 3] in face coordinates."""
    scale = view.frame.scale
    across = np.linspace(0.05, 0.95, STATIONS)
    line = corners[0] + across[:, None] * (corners[1] - corners[0])
    up = np.arange(-reach, reach + 1e-6, STEP_MM) * scale
    height = line[:, 1:2] + up
    depth = view.front_depth(line[:, :1], height)
    holes = np.isnan(depth)
    depth = np.where(holes, np.nanmin(depth, initial=0.0) - 10 * scale, depth)
    lids = ndimage.grey_closing(depth, (1, int(reach / STEP_MM)))
    # An opening too tall for that (a toon's eye) still lies behind the line between its corners.
    lids = np.maximum(lids, line[:, 2:3] - BEHIND_MM * scale)
    pit = (lids - depth) / scale
    # The groove of one station goes on in the next: pits elsewhere (a chin's, a lid's crease) do not.
    near = pit * np.exp(-((up / (0.6 * reach * scale)) ** 2))
    path = _path(near)
    upper, lower, kept = [], [], []
    for row, column in enumerate(path):
        deepest = pit[row, column]
        if deepest < LEAST_PIT_MM:
            continue
        edge = min(EDGE_FRACTION * deepest, EDGE_MM)
        outside = np.flatnonzero(pit[row] < edge)
        above, below = outside[outside > column], outside[outside < column]
        if not len(above) or not len(below):
            continue
        kept.append(row)
        for side, at in ((upper, above[0]), (lower, below[-1])):
            side.append([line[row, 0], height[row, at], depth[row, at]])
    if len(kept) < ENOUGH * STATIONS:
        return None
    return Rims(
        across[kept], view.frame.to_mesh(np.array(upper)), view.frame.to_mesh(np.array(lower))
    )


def _path(value: np.ndarray) -> np.ndarray:
    """Column [N] of the path through rows of ``value`` [N, C] with the largest sum and no jumps."""
    step = 4
    total = value.copy()
    back = np.zeros(value.shape, int)
    for row in range(1, len(value)):
        padded = np.pad(total[row - 1], step, constant_values=-np.inf)
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * step + 1)
        best = windows.argmax(axis=1)
        back[row] = np.arange(value.shape[1]) + best - step
        total[row] += windows.max(axis=1)
    path = [int(total[-1].argmax())]
    for row in range(len(value) - 1, 0, -1):
        path.append(int(back[row, path[-1]]))
    return np.array(path[::-1])
