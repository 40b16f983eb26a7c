# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig model of detail at a frame: heights of a map from the four channels of the skin (numpy only)."""

from dataclasses import dataclass

import numpy as np

from ..errors import ScanError
from .compression import CHANNELS
from .plain_skin import PlainSkin
from .process import Process, ProcessPlayer


@dataclass(frozen=True)
class DetailPlayer:
    """What plays the detail of an actor.

    Attributes:
        constant: [S, S] mm, D0.
        compressed: [4, S, S] mm, W_k.
        skin: at the pixels of these maps.
    """

    constant: np.ndarray
    compressed: np.ndarray
    skin: PlainSkin

    def __post_init__(self) -> None:
        size = self.skin.size
        if self.constant.shape != (size, size) or self.compressed.shape != (CHANNELS, size, size):
            raise ScanError(
                f"Maps of {len(self.constant)} pixels do not fit a skin of {size}: make the detail again"
            )

    def height(
        self, channels: np.ndarray, strength: np.ndarray | float = 1.0, at_rest: float = 1.0
    ) -> np.ndarray:
        """[S, S] float32 mm: strength (at_rest D0 + sum_k w_k W_k), a little beyond the skin too.

        Args:
            channels: [V, 4] ``aim_w`` of the frame.
            strength: of all heights, one number or [V].
            at_rest: of D0.
        """
        rows = self.skin.rows
        values = np.asarray(channels, np.float64)
        factor = np.broadcast_to(np.asarray(strength, np.float64), len(values))
        weights = self.skin.at(np.column_stack([values, factor]))
        height = at_rest * self.constant.ravel()[rows]
        for k in range(CHANNELS):
            height = height + weights[:, k] * self.compressed[k].ravel()[rows]
        return self.skin.image((height * weights[:, CHANNELS]).astype(np.float32))


class RichPlayer:
    """What plays the richer model of an actor's detail, which a detail file may hold beside the rig."""

    def __init__(self, process: Process, pores: np.ndarray | None, skin: PlainSkin) -> None:
        """Of a process, the pores [S, S] mm that D0 has and the process lacks, and the skin at these pixels.

        Raises:
            ScanError: they do not fit.
        """
        if process.pulls.shape[1:] != (skin.size, skin.size):
            raise ScanError(
                f"Maps of {process.pulls.shape[1]} pixels do not fit a skin of {skin.size}: make the detail again"
            )
        self._player, self._skin = ProcessPlayer(process, skin), skin
        self._pores = 0.0 if pores is None else pores
        vertices = process.strains.shape[1]
        self._rest = self._player.height(np.zeros((vertices, 3), np.float32))

    def height(
        self, strain: np.ndarray, strength: np.ndarray | float = 1.0, at_rest: float = 1.0
    ) -> np.ndarray:
        """[S, S] float32 mm at the strain [V, 3] of a frame; the rest as for :class:`DetailPlayer`."""
        height = self._player.height(strain)
        height = height + (at_rest - 1) * self._rest + at_rest * self._pores
        factor = np.broadcast_to(np.asarray(strength, np.float64), len(strain))
        return (height * self._skin.image(self._skin.at(factor[:, None])[:, 0])).astype(np.float32)
