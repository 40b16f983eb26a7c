# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bands of a height map by millimetres of skin, inside the mask of its chart."""

import numpy as np
from scipy import ndimage

#: What is wider than this belongs to the base and not to the detail, sigma in mm.
WIDEST_MM = 4.0
#: Sigmas in mm that part a map in four bands: fine pores, pores, fine lines, wrinkles.
EDGES_MM = (0.35, 0.8, 1.6)
#: Blurs of fixed width between which a blur in mm is mixed, ratio of neighbours.
_STEP = 1.5
#: Share of a blur's weight that must lie on the skin.
_LEAST = 1e-3


def blur(height: np.ndarray, mask: np.ndarray, texel: np.ndarray, sigma_mm: float) -> np.ndarray:
    """A map blurred by a width in mm of skin; only what lies on the mask counts.

    Args:
        height: [S, S] or [K, S, S] mm.
        mask: [S, S] bool, pixels on the skin.
        texel: [S, S] mm of skin in a pixel, or one number for all.
        sigma_mm: of the Gaussian.
    """
    many = height.reshape(-1, *mask.shape)
    pixel = np.broadcast_to(np.asarray(texel, np.float32), mask.shape)
    sigma = sigma_mm / np.where(mask & (pixel > 0), pixel, np.float32(1))
    on = sigma[mask]
    if not on.size:
        return np.zeros_like(height)
    low, high = np.quantile(on, [0.02, 0.98])
    count = max(int(np.ceil(np.log(high / low) / np.log(_STEP))), 0) + 1
    widths = np.geomspace(low, high, count) if count > 1 else np.array([np.median(on)])
    # position of each pixel among the widths
    at = np.interp(np.log(sigma), np.log(widths), np.arange(count)) if count > 1 else None
    out = np.zeros_like(many, np.float32)
    weight = mask.astype(np.float32)
    for k, width in enumerate(widths):
        share = weight if at is None else np.clip(1 - np.abs(at - k), 0, 1) * weight
        if not share.any():
            continue
        total = np.maximum(ndimage.gaussian_filter(weight, width, mode="constant"), _LEAST)
        for layer, image in zip(out, many, strict=True):
            part = ndimage.gaussian_filter(
                np.where(mask, image, 0).astype(np.float32), width, mode="constant"
            )
            layer += share * part / total
    return out.reshape(height.shape)


def detail_band(
    height: np.ndarray, mask: np.ndarray, texel: np.ndarray, widest_mm: float = WIDEST_MM
) -> np.ndarray:
    """What is narrower than ``widest_mm``; zero off the mask. Arguments as for :func:`blur`."""
    return np.where(mask, height - blur(height, mask, texel, widest_mm), 0).astype(np.float32)


def split(
    height: np.ndarray,
    mask: np.ndarray,
    texel: np.ndarray,
    edges_mm: tuple[float, ...] = EDGES_MM,
) -> list[np.ndarray]:
    """The bands of a map from fine to coarse; they sum to the map on the mask."""
    bands, rest = [], np.where(mask, height, 0).astype(np.float32)
    for edge in edges_mm:
        wider = np.where(mask, blur(rest, mask, texel, edge), 0)
        bands.append(rest - wider)
        rest = wider
    return [*bands, rest]


def texel_map(position: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """[S, S] mm of skin in a pixel, from the skin's point at each pixel [S, S, 3]; zero off the mask.

    It is the root of the area that the pixel's neighbours span. Where a neighbour lies on another chart, or none
    is there, the value of the nearest sound pixel stands.
    """
    size = mask.shape[0]
    out = np.zeros(mask.shape, np.float32)
    right, down = np.zeros_like(position), np.zeros_like(position)
    right[:, :-1] = position[:, 1:] - position[:, :-1]
    down[:-1] = position[1:] - position[:-1]
    sound = mask.copy()
    sound[:, :-1] &= mask[:, 1:]
    sound[:-1] &= mask[1:]
    sound[-1] = sound[:, -1] = False
    out[sound] = np.sqrt(np.linalg.norm(np.cross(right[sound], down[sound]), axis=1))
    if not sound.any():
        return out
    typical = float(np.median(out[sound]))
    sound &= (out > typical / 8) & (
        out < typical * 8
    )  # beyond lie folds, and steps to another chart
    if size > 1:
        _, nearest = ndimage.distance_transform_edt(~sound, return_indices=True)
        out = out[tuple(nearest)]
    return np.where(mask, out, 0)


def area_mean(values: np.ndarray, weight: np.ndarray, times: int) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean over blocks of ``times`` x ``times`` pixels, and the blocks' mean weight.

    Args:
        values: [S, S] or [S, S, D].
        weight: [S, S]; blocks without any give zero.
        times: a divisor of S.
    """
    size = weight.shape[0] // times
    blocks = weight.reshape(size, times, size, times)
    total = blocks.sum(axis=(1, 3))
    extra = values.shape[2:]
    weighted = values * weight.reshape(*weight.shape, *(1,) * len(extra))
    summed = weighted.reshape(size, times, size, times, *extra).sum(axis=(1, 3))
    safe = np.maximum(total, 1e-12).reshape(size, size, *(1,) * len(extra))
    return summed / safe, total / times**2


def band_energies(
    height: np.ndarray, mask: np.ndarray, texel: np.ndarray, where: np.ndarray | None = None
) -> np.ndarray:
    """[4] root mean squares in mm of the four bands over ``where`` [S, S] bool, or the mask."""
    where = mask if where is None else where
    return np.array(
        [
            float(np.sqrt(np.mean(np.square(band[where], dtype=np.float64))))
            for band in split(height, mask, texel)
        ]
    )


def continued(height: np.ndarray, mask: np.ndarray, pixels: int) -> np.ndarray:
    """The map carried on by ``pixels`` beyond its mask, so that no filter sees the edge; zero farther out."""
    apart, nearest = ndimage.distance_transform_edt(~mask, return_indices=True)
    return np.where(apart <= pixels, height[..., nearest[0], nearest[1]], 0).astype(np.float32)
