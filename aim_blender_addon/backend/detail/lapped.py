# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture as local waves: overlapping blocks, as many numbers as pixels, and no seam between blocks (numpy only).

It is the modified discrete cosine transform of [Princen1987] with the sine window, along rows and columns. It is
orthonormal: the inverse is the transpose, and squared errors of the numbers are those of the picture. Pictures go on
at the other side.
"""

from functools import cache

import numpy as np


@cache
def _waves(block: int) -> np.ndarray:
    """[block, 2 block] float32, a wave in each row."""
    n, k = np.arange(2 * block), np.arange(block)[:, None]
    window = np.sin(np.pi * (n + 0.5) / (2 * block))
    phase = np.pi / block * (n + 0.5 + block / 2) * (k + 0.5)
    return (np.sqrt(2 / block) * window * np.cos(phase)).astype(np.float32)


def _forward(image: np.ndarray, block: int) -> np.ndarray:
    """[..., N] -> [..., N / block, block] along the last axis."""
    half = block // 2
    padded = np.concatenate([image[..., -half:], image, image[..., :half]], axis=-1)
    first = padded.reshape(*image.shape[:-1], -1, block)
    return np.concatenate([first[..., :-1, :], first[..., 1:, :]], axis=-1) @ _waves(block).T


def _backward(numbers: np.ndarray, block: int) -> np.ndarray:
    """[..., N / block, block] -> [..., N]."""
    parts = numbers @ _waves(block)
    early, late = parts[..., :block], parts[..., block:]
    summed = early + np.roll(late, 1, axis=-2)
    return np.roll(summed.reshape(*summed.shape[:-2], -1), -(block // 2), axis=-1)


def analyse(image: np.ndarray, block: int) -> np.ndarray:
    """[..., S / block, S / block, block, block] float32 waves of pictures [..., S, S].

    The last two axes count half waves in a block, down and to the right. S is a multiple of ``block``, which is even.
    """
    rows = _forward(np.asarray(image, np.float32), block)  # [..., S, C, kx]
    both = _forward(np.moveaxis(rows, -3, -1), block)  # [..., C, kx, R, ky]
    return np.moveaxis(both, (-2, -1, -4, -3), (-4, -2, -3, -1))


def compose(numbers: np.ndarray, block: int) -> np.ndarray:
    """[..., S, S] float32, the picture of :func:`analyse`'s numbers."""
    both = np.moveaxis(numbers, (-4, -2, -3, -1), (-2, -1, -4, -3))
    rows = np.moveaxis(_backward(both, block), -1, -3)
    return _backward(rows, block)
