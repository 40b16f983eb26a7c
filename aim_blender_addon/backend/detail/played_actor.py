# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An actor whose detail is played: its shapes in, channels, heights and normal maps out (numpy only)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..geometry.mesh import Mesh
from .normal_map import OPENGL, normal_map
from .player import DetailPlayer, RichPlayer
from .uv import UvMap


@dataclass(frozen=True)
class PlayedActor:
    """What is needed to make maps of any shape of an actor.

    Attributes:
        neutral: mm.
        uv: with the tile of the maps at [0, 1].
        player: of its maps.
        channels: gives [V, 4] of a shape [V, 3] mm.
        strength: of all heights, one number or [V].
        at_rest: of D0.
        strain: gives [V, 3] of a shape [V, 3] mm, and
        rich: the richer model that plays it in place of the rig; None for the rig.
    """

    neutral: Mesh
    uv: UvMap
    player: DetailPlayer
    channels: Callable[[np.ndarray], np.ndarray]
    strength: np.ndarray | float = 1.0
    at_rest: float = 1.0
    strain: Callable[[np.ndarray], np.ndarray] | None = None
    rich: RichPlayer | None = None

    def height(self, vertices: np.ndarray) -> np.ndarray:
        """[S, S] mm of a shape [V, 3] mm."""
        if self.rich is not None and self.strain is not None:
            return self.rich.height(self.strain(vertices), self.strength, self.at_rest)
        return self.player.height(self.channels(vertices), self.strength, self.at_rest)

    def normals(
        self, vertices: np.ndarray, height: np.ndarray, convention: str = OPENGL
    ) -> np.ndarray:
        """[S, S, 3] unit normals in tangent space of heights [S, S] mm on a shape [V, 3] mm."""
        shape = self.neutral.with_vertices(np.asarray(vertices))
        return normal_map(height, self.player.skin, shape, self.uv, convention)

    def amount(self, vertices: np.ndarray) -> np.ndarray:
        """[S, S] 0 to 1: how far lines are open, of all four channels."""
        total = self.channels(vertices).sum(axis=1, keepdims=True)
        skin = self.player.skin
        return skin.image(np.clip(skin.at(total)[:, 0], 0, 1))
