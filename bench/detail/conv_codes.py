# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small convolutional coder of height maps, the rival of waves: as many numbers for every place of 16 pixels.

It begins as the strongest waves of the training maps, so that it can only better them, and learns filters of coding
and decoding and a net that mends the result.
"""

import time

import numpy as np
import torch
from torch import nn

from aim_blender_addon.backend.detail.lapped import compose

BLOCK, CROP, BATCH, WIDTH = 16, 128, 8, 24


class ConvCoder(nn.Module):
    """Maps [N, 1, S, S] and back, over ``count`` numbers a place."""

    def __init__(self, kept: np.ndarray) -> None:
        super().__init__()
        count = len(kept)
        self.into = nn.Conv2d(1, count, 2 * BLOCK, BLOCK, BLOCK // 2, bias=False)
        self.out = nn.ConvTranspose2d(count, 1, 2 * BLOCK, BLOCK, BLOCK // 2, bias=False)
        with torch.no_grad():
            for filters in (self.into.weight, self.out.weight):
                filters.copy_(torch.from_numpy(_waves(kept))[:, None])
        self.mend = nn.Sequential(
            *(nn.Conv2d(1, WIDTH, 3, padding=1), nn.LeakyReLU(0.1)),
            *(nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.LeakyReLU(0.1)),
            *(nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.LeakyReLU(0.1)),
            nn.Conv2d(WIDTH, 1, 3, padding=1),
        )
        nn.init.zeros_(self.mend[-1].weight)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """What comes back."""
        first = self.out(self.into(image))
        return first + self.mend(first)


def _waves(kept: np.ndarray) -> np.ndarray:
    """[K, 32, 32] the waves ``kept`` [K] of a place, counted row by row."""
    numbers = np.zeros((len(kept), 4, 4, BLOCK, BLOCK), np.float32)
    numbers.reshape(len(kept), 16, -1)[np.arange(len(kept)), 5, kept] = 1
    half = BLOCK // 2
    return compose(numbers, BLOCK)[:, half : half + 2 * BLOCK, half : half + 2 * BLOCK].copy()


def train(maps: np.ndarray, kept: np.ndarray, seconds: float) -> tuple[ConvCoder, int]:
    """A coder trained on maps [N, S, S] for so many seconds of the processor, and its steps."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    coder = ConvCoder(kept)
    unit = float(np.sqrt(np.mean(maps[::7] ** 2)))
    descent = torch.optim.Adam(coder.parameters(), 1e-3)
    ends, steps = time.process_time() + seconds, 0
    while time.process_time() < ends:
        part = (ends - time.process_time()) / seconds
        for group in descent.param_groups:
            group["lr"] = 1e-3 * min(1, steps / 50) * max(part, 0.02)
        which = rng.integers(0, len(maps), BATCH)
        rows, columns = rng.integers(0, maps.shape[1] - CROP, (2, BATCH))
        pieces = np.stack(
            [
                maps[k, y : y + CROP, x : x + CROP]
                for k, y, x in zip(which, rows, columns, strict=True)
            ]
        )
        image = torch.from_numpy(pieces / unit)[:, None]
        error = (coder(image) - image)[:, :, BLOCK:-BLOCK, BLOCK:-BLOCK].square().mean()
        descent.zero_grad()
        error.backward()
        descent.step()
        steps += 1
    coder.unit = unit
    return coder.eval(), steps


@torch.no_grad()
def coded(coder: ConvCoder, maps: np.ndarray) -> np.ndarray:
    """[N, S, S] maps through the code and back."""
    out = [coder(torch.from_numpy(m / coder.unit)[None, None])[0, 0].numpy() for m in maps]
    return np.stack(out) * np.float32(coder.unit)
