# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where shut lids meet: shapes that move their line up or down on the ball (numpy only).

Skin of both lids turns about the ball's centre by the same angle, most at the rims, so lids stay shut and on the ball.
"""

from dataclasses import dataclass

import numpy as np

from ...geometry.mesh import Mesh
from ...geometry.smooth import falling
from .ball import Ball
from .lids import Opening, angles, front_share, rim_vertices
from .shutting import raised

UP, DOWN = "up", "down"


@dataclass(frozen=True)
class LineSettings:
    """How far the line goes; angles at the ball's centre in radians.

    Attributes:
        up: at most, over what lies between the line and the upper rim at rest.
        down: at most, over the height of the opening.
        fades: skin moves wholly up to the first beyond its rim, and no more at the second.
    """

    up: float = 0.6
    down: float = 0.15
    fades: tuple[float, float] = (np.radians(4.0), np.radians(32.0))


LINE = LineSettings()


def line_shapes(
    skin: Mesh,
    is_skin: np.ndarray,
    ball: Ball,
    opening: Opening,
    axes: np.ndarray,
    shut: np.ndarray,
    settings: LineSettings = LINE,
) -> dict[str, np.ndarray]:
    """[V, 3] mm for the line up and down, added to shut lids.

    Args:
        skin: in rest, mm.
        is_skin: [V] bool, vertices that are no eyeball's.
        ball: of the eye.
        opening: between its lids at rest.
        axes: [3, 3] left, front and up of the head.
        shut: [V, 3] mm, what shuts the lids.
        settings: how far it goes.
    """
    start = skin.vertices.astype(np.float64) + shut
    aside, up, far = angles(skin.vertices, ball, axes)
    upper, _lower = rim_vertices(skin, is_skin, ball, opening, axes)
    at, height, _far = angles(start[upper], ball, axes)
    order = np.argsort(at)
    at, height = at[order], height[order]
    here = angles(start, ball, axes)[0]
    line = np.interp(here, at, height)
    top, bottom = (np.interp(here, opening.aside, rim) for rim in (opening.upper, opening.lower))
    share = falling(opening.beyond(aside, up), settings.fades)
    share *= front_share(is_skin, aside, far, ball)
    inside = (here > opening.aside[0]) & (here < opening.aside[-1])
    share = np.where(inside, share, 0.0)
    some = np.flatnonzero(share > 0)
    ways = {
        UP: settings.up * np.maximum(top - line, 0.0),
        DOWN: -settings.down * np.maximum(top - bottom, 0.0),
    }
    found = {}
    for way, by in ways.items():
        moved = np.zeros_like(start)
        turned = raised(start[some], ball, axes, (share * by)[some])
        moved[some] = turned - start[some]
        found[way] = moved
    return found
