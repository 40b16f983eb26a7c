# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth signed distances to what skin touches: bones with their teeth, and eyes.

A bone's grid (``contact.bone_field``) is read by cubic splines, so that forces have slopes everywhere.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import spline_filter

from ..anatomy.eyes.ball import Ball
from ..contact.bone_field import BoneField
from ..contact.skin_pairs import off_ball

#: Distance of places beyond a field, mm.
FAR_MM = 1e3
#: A field reaches this far around the skin that may touch it, mm.
AROUND_MM = 6.0


@dataclass(frozen=True)
class Near:
    """N signed distances [N] mm, unit slopes [N, 3] about, and second slopes [N, 3, 3] 1/mm or None."""

    distance: np.ndarray
    slope: np.ndarray
    bend: np.ndarray | None


@dataclass(frozen=True)
class SmoothField:
    """Distances to one bone, in the space of its rest.

    Attributes:
        field: the grid.
        first: [3] node at which the splines begin.
        coefficients: [X, Y, Z] of cubic splines.
    """

    field: BoneField
    first: np.ndarray
    coefficients: np.ndarray

    @classmethod
    def of(cls, field: BoneField, skin: np.ndarray) -> "SmoothField":
        """Of a bone's grid, where skin [T, 3] mm in rest lies."""
        low = (skin.min(axis=0) - AROUND_MM - field.origin) / field.spacing
        high = (skin.max(axis=0) + AROUND_MM - field.origin) / field.spacing
        first = np.clip(np.floor(low).astype(int), 0, np.array(field.values.shape) - 5)
        last = np.clip(np.ceil(high).astype(int), first + 4, np.array(field.values.shape) - 1)
        cut = field.values[tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))]
        return cls(field, first, spline_filter(cut.astype(np.float64), order=3))

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distances [N] mm of points [N, 3] mm, by the grid alone."""
        return self.field.distance(points)

    def near(self, points: np.ndarray, bent: bool) -> Near:
        """Smooth distances of points [N, 3] mm, with second slopes where ``bent``."""
        spacing = self.field.spacing
        at = (points - self.field.origin) / spacing - self.first
        size = np.array(self.coefficients.shape)
        inside = ((at >= 1) & (at < size - 2)).all(axis=1)
        at = np.where(inside[:, None], at, 1.0)
        cell = np.floor(at).astype(int)
        weights = _splines(at - cell)  # three of [N, 3 axes, 4]
        near = cell[:, :, None] + np.arange(-1, 3)
        values = self.coefficients[
            near[:, 0, :, None, None], near[:, 1, None, :, None], near[:, 2, None, None, :]
        ]

        x, y, z = ([weight[:, axis] for weight in weights] for axis in range(3))
        along_z = [_mixed(values, z[k]) for k in range(3 if bent else 2)]
        plane = {
            (j, k): _mixed(along_z[k], y[j])
            for k in range(len(along_z))
            for j in range(len(along_z) - k)
        }

        def total(i: int, j: int, k: int) -> np.ndarray:
            return np.einsum("ni,ni->n", plane[j, k], x[i]) / spacing ** (i + j + k)

        distance = np.where(inside, total(0, 0, 0), FAR_MM)
        slope = np.stack([total(1, 0, 0), total(0, 1, 0), total(0, 0, 1)], axis=1)
        bend = None
        if bent:
            bend = np.empty((len(points), 3, 3))
            for i in range(3):
                for j in range(i, 3):
                    order = [0, 0, 0]
                    order[i] += 1
                    order[j] += 1
                    bend[:, i, j] = bend[:, j, i] = total(*order)
        return Near(distance, slope, bend)


def _mixed(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Values [N, ..., 4] by weights [N, 4]."""
    many = (len(values), int(np.prod(values.shape[1:-1])), 4)
    return (values.reshape(many) @ weights[:, :, None]).reshape(values.shape[:-1])


def _splines(t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cubic B-splines [..., 4] at places from 0 to 1 between two nodes, their slopes and second slopes."""
    value = [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]
    slope = [-((1 - t) ** 2), 3 * t**2 - 4 * t, -3 * t**2 + 2 * t + 1, t**2]
    bend = [1 - t, 3 * t - 2, 1 - 3 * t, t]
    return np.stack(value, -1) / 6, np.stack(slope, -1) / 2, np.stack(bend, -1)


@dataclass(frozen=True)
class RoundField:
    """Distances to an eye, a ball that stands still."""

    ball: Ball

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distances [N] mm of points [N, 3] mm."""
        return off_ball(self.ball, points)[0]

    def near(self, points: np.ndarray, bent: bool) -> Near:
        """See ``SmoothField``."""
        distance, slope = off_ball(self.ball, points)
        bend = None
        if bent:
            far = np.maximum(distance + self.ball.radius, 1e-6)
            bend = (np.eye(3) - slope[:, :, None] * slope[:, None, :]) / far[:, None, None]
        return Near(distance, slope, bend)
