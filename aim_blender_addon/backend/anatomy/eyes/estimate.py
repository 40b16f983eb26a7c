# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ball of an eye guessed from the rims of its lids, where a head has no eyeball.

Lids lie on the ball, and on the cornea in the middle. So the ball is the sphere whose distances from the rims are as
wanted, among those of a usual size behind the opening.
"""

from dataclasses import dataclass

import numpy as np

from ..head.rims import Rims
from .ball import Ball


@dataclass(frozen=True)
class EstimateSettings:
    """How lids lie on a ball; measured on 8 made heads and the sample head (docs/method/eyes.md).

    Attributes:
        stations: places along each rim.
        at_corners: distance of the rims from the centre next to the corners, radii,
        bulge: and how much more in the middle, where the cornea is.
        size: usual radius over the width of the opening,
        size_sigma: and how much it varies, as a fraction.
        off_mm: how far aside of the opening's middle the centre lies, one sigma.
        rim_mm: how well a rim tells its distance, one sigma.
        alike: so many neighbouring stations tell about the same.
        rounds: of least squares.
        error_mm: what the centre is off, in the root mean square.
    """

    stations: int = 21
    at_corners: float = 1.0
    bulge: float = 0.11
    size: float = 0.62
    size_sigma: float = 0.15
    off_mm: float = 5.0
    rim_mm: float = 0.7
    alike: float = 6.0
    rounds: int = 30
    error_mm: float = 1.2


ESTIMATE = EstimateSettings()


def ball_behind(rims: Rims, front: np.ndarray, settings: EstimateSettings = ESTIMATE) -> Ball:
    """The ball behind the lids of an eye.

    Args:
        rims: of its opening, mm.
        front: [3] unit vector out of the face.
        settings: how lids lie on a ball.
    """
    upper, lower = rims.evenly(settings.stations)
    along = np.linspace(-1.0, 1.0, settings.stations)
    points = np.concatenate([upper, lower])
    wanted = np.tile(settings.at_corners + settings.bulge * (1 - along**2), 2)
    middle = (upper[len(upper) // 2] + lower[len(lower) // 2]) / 2
    width = np.linalg.norm((upper[0] + lower[0]) - (upper[-1] + lower[-1])) / 2
    usual = settings.size * width
    aside = np.eye(3) - np.outer(front, front)
    told = np.sqrt(1 / settings.alike)
    centre, radius = middle - usual * front, usual
    for _ in range(settings.rounds):
        offset = points - centre
        far = np.maximum(np.linalg.norm(offset, axis=1), 1e-9)
        off = np.concatenate([
            told * (far - radius * wanted) / settings.rim_mm,
            aside @ (centre - middle) / settings.off_mm,
            [0.3 * (radius / usual - 1) / settings.size_sigma],
        ])  # fmt: skip
        slope = np.vstack([
            told * np.column_stack([-offset / far[:, None], -wanted]) / settings.rim_mm,
            np.column_stack([aside / settings.off_mm, np.zeros(3)]),
            [0, 0, 0, 0.3 / (settings.size_sigma * usual)],
        ])  # fmt: skip
        step = np.linalg.lstsq(slope, -off, rcond=None)[0]
        centre, radius = centre + step[:3], radius + step[3]
    return Ball(centre, float(radius), settings.error_mm)
