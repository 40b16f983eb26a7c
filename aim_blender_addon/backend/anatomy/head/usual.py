# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things usually lie in a face, stretched to the landmarks that are known of this one."""

from dataclasses import dataclass

import numpy as np

from .skin_view import SkinView

#: Usual places (left, up, front of the nose tip) in an average adult, mm. Right ones are mirrored.
USUAL = {
    "nasion": (0, 33, -24),
    "pronasale": (0, 0, 0),
    "subnasale": (0, -14, -14),
    "stomion": (0, -36, -17),
    "menton": (0, -82, -32),
    "tragion": (74, 0, -116),
    "gonion": (55, -52, -98),
    "eye": (31, 26, -34),
}
#: Half width of the face before the ears, level with the nose tip, mm of an average adult.
HALF_WIDTH = 67.0
#: Most that a part of a face is wider or narrower than its height has it.
WIDTH_RANGE = (0.8, 1.25)


@dataclass(frozen=True)
class UsualFace:
    """An average face fitted to a few landmarks.

    Attributes:
        known: [3] landmarks in face coordinates.
        scale: of the face frame.
        width: how much wider than usual the face is for its height.
        heights: usual and actual height of landmarks on the profile, [2, K] mm, increasing.
        fronts: how much farther to the front than usual the profile lies there, [K] mm.
        length: distance from nose tip to ears over the usual one.
    """

    known: dict[str, np.ndarray]
    scale: float
    width: float
    heights: np.ndarray
    fronts: np.ndarray
    length: float

    def warp(self, usual: np.ndarray) -> np.ndarray:
        """Usual places [N, 3] -> places in this face [N, 3]."""
        usual = np.asarray(usual, np.float64)
        low, high = self.heights[0, 0], self.heights[0, -1]
        up = np.interp(usual[:, 1], *self.heights)
        up += self.scale * (np.minimum(usual[:, 1] - low, 0) + np.maximum(usual[:, 1] - high, 0))
        deep = np.clip(
            (usual[:, 2] + 100) / 70, 0, 1
        )  # the profile shows little of what is far behind it
        behind = np.clip((-usual[:, 2] - 30) / 90, 0, 1)
        front = self.scale * usual[:, 2] * (1 + (self.length - 1) * behind)
        front += deep * np.interp(usual[:, 1], self.heights[0], self.fronts)
        up = up + (1 - deep) * (self.scale * usual[:, 1] - up)
        return np.stack([usual[:, 0] * self.scale * self.width, up, front], axis=1)

    def at(self, name: str) -> np.ndarray:
        """Place [3] of a landmark of :data:`USUAL`, as known or as usual."""
        if name in self.known:
            return np.asarray(self.known[name], np.float64)
        sign = -1.0 if name.endswith("_right") else 1.0
        usual = USUAL[name.removesuffix("_left").removesuffix("_right")]
        return self.warp(np.array([usual]) * [sign, 1, 1])[0]

    def eye(self, side: str) -> np.ndarray:
        """Middle [3] of an eye's front, between its corners."""
        corners = [self.known.get(f"eye_{end}_{side}") for end in ("inner", "outer")]
        usual = self.at(f"eye_{side}")
        if any(corner is None for corner in corners):
            return usual
        middle = np.mean(corners, axis=0)
        return np.array([middle[0], middle[1] + 1.0 * self.scale, middle[2] + 4.0 * self.scale])


def usual_face(view: SkinView, known: dict[str, np.ndarray]) -> UsualFace:
    """The average face fitted to what is known of this one.

    Args:
        view: the skin, for the width of the face.
        known: landmarks in face coordinates [3]; those of :data:`USUAL` count.
    """
    scale = view.frame.scale
    profile = [n for n in ("menton", "stomion", "subnasale", "pronasale", "nasion") if n in known]
    heights = np.array([[USUAL[n][1] for n in profile], [known[n][1] for n in profile]], float)
    if len(profile) < 2 or (np.diff(heights[1]) <= 0).any():
        heights = np.array([[-82.0, 33.0], [-82.0 * scale, 33.0 * scale]])
        fronts = np.zeros(2)
    else:
        fronts = np.array([known[n][2] - scale * USUAL[n][2] for n in profile])
    ears = [known[n] for n in ("tragion_left", "tragion_right") if n in known]
    length = float(np.mean([p[2] for p in ears]) / (USUAL["tragion"][2] * scale)) if ears else 1.0
    return UsualFace(known, scale, _width(view, scale), heights, fronts, length)


def _width(view: SkinView, scale: float) -> float:
    """How much wider than usual the face is, from the skin in front of the ears."""
    start, reach = [], 200.0 * scale
    for up in (-6.0, 0.0, 6.0):
        for front in (-88.0, -80.0, -72.0):
            start += [(sign * reach, up * scale, front * scale) for sign in (1, -1)]
    start = np.array(start)
    hits = view.first_hits(start, -np.sign(start) * [1.0, 0, 0])
    found = np.abs(hits[~np.isnan(hits[:, 0]), 0])
    if len(found) < 6:
        return 1.0
    return float(np.clip(np.median(found) / (HALF_WIDTH * scale), *WIDTH_RANGE))
