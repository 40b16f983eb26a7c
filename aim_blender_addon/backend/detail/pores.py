# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pores that make up for what a fit smooths away: a still texture with the spectrum of the actor's own residual.

A fit is a mean and so smoother than skin. What it misses of each scan is mixed with random signs: the mixture has the
residual's covariance at each place, so its grain, direction and depth are the actor's own. Each of four bands is then
made so strong that heights have the scans' energy. Nothing of it is known to lie where it is put: it is looks.
"""

import numpy as np

from .bands import split
from .compression import Response, principal
from .skin_pixels import SkinPixels

#: Compression that opens so much of a line counts a scan's residual less, as misses of wrinkles are no pores.
_RELAXED = 0.15


def residual_pores(
    scans: np.ndarray,
    foretold: np.ndarray,
    strains: np.ndarray,
    response: Response,
    pixels: SkinPixels,
    seed: int = 0,
) -> tuple[np.ndarray, dict[str, list[float]]]:
    """A texture [S, S] mm to add to D0, and energies of bands over the scans', fine pores first, without and with it.

    Args:
        scans: [E, S, S] mm the maps, slid as they were fitted.
        foretold: [E, S, S] mm each as the others foretell it.
        strains: [E, V, 3] of the scans.
        response: how compression opens lines.
        pixels: of the maps.
        seed: of the signs.
    """
    mask, texel = pixels.mask, pixels.texel
    compression, _, _ = principal(strains)
    amount = 1 - np.exp(-np.maximum(compression - response.start, 0) / response.width)
    relaxed = np.exp(-pixels.at(amount.T) / _RELAXED)  # [N, E]
    relaxed /= np.sqrt(np.maximum(np.square(relaxed).sum(axis=1, keepdims=True), 1e-12))
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], len(scans)).astype(np.float32)
    missed = (scans - foretold).reshape(len(scans), -1)[:, pixels.rows]
    texture = pixels.image(np.einsum("ne,en->n", relaxed, signs[:, None] * missed))
    own, other = (
        np.mean([_energies(split(height, mask, texel), mask) for height in heights], axis=0)
        for heights in (scans, foretold)
    )
    bands = split(texture, mask, texel)
    gains = np.sqrt(np.maximum(own - other, 0) / np.maximum(_energies(bands, mask), 1e-12))
    pores = np.tensordot(gains.astype(np.float32), np.stack(bands), 1)
    # bands overlap, so what they add up to is measured and not foretold
    with_pores = np.mean(
        [_energies(split(height + pores, mask, texel), mask) for height in foretold], axis=0
    )
    safe = np.maximum(own, 1e-12)
    return np.where(mask, pores, 0).astype(np.float32), {
        "without": [float(v) for v in np.sqrt(other / safe)],
        "with": [float(v) for v in np.sqrt(with_pores / safe)],
    }


def _energies(bands: list[np.ndarray], mask: np.ndarray) -> np.ndarray:
    """[4] mean squares on the mask."""
    return np.array([np.mean(np.square(band[mask], dtype=np.float64)) for band in bands])
