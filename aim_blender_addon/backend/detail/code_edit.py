# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of codes: between two, coarse bands of one and fine ones of another, by region, stronger and weaker."""

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..errors import AimError
from .codes import BANDS, Code, bands_of, squares

if TYPE_CHECKING:
    from .generator_model import LayerCode

#: Lines of two codes that have nothing in common are so much weaker half way between, and are made good for.
MOST_GAIN = float(np.sqrt(2))

AnyCode: TypeAlias = "Code | LayerCode"


def blend(one: AnyCode, other: AnyCode, weight: np.ndarray | float) -> AnyCode:
    """Between two codes: 0 is the first and 1 the other.

    A mean of two textures is weaker than both. So each place and band is made as strong as the mean of their strengths.

    Args:
        one, other: of one size, or of one generator, whose codes have bands and no places.
        weight: a number, or one for each place and band, [R, C, 4] or what broadcasts to it.

    Raises:
        AimError: the codes have not one size, or are of two kinds.
    """
    if not isinstance(one, Code):
        return one.blended(other, weight)
    _check_alike(one, other)
    band = bands_of(one.block, one.texel)
    weight = np.broadcast_to(np.asarray(weight, np.float32), one.grain.shape)
    each = weight[:, :, band]
    numbers = (1 - each) * one.numbers + each * other.numbers
    grain = (1 - weight) * one.grain + weight * other.grain
    own = np.sqrt(squares(numbers, band))
    wanted = (1 - weight) * one.norms() + weight * other.norms()
    gain = np.sqrt(np.maximum(wanted**2 - grain**2, 0)) / np.maximum(own, 1e-12)
    gain = np.where(np.abs(gain - 1) < 1e-4, 1, np.clip(gain, 1 / MOST_GAIN, MOST_GAIN))  # noqa: PLR2004
    return replace(one, numbers=(numbers * gain[:, :, band]).astype(np.float32), grain=grain)


def scaled(code: Code, factor: np.ndarray | float) -> Code:
    """The code made stronger or weaker by a factor, or one for each place and band as :func:`blend` has."""
    factor = np.broadcast_to(np.asarray(factor, np.float32), code.grain.shape)
    band = bands_of(code.block, code.texel)
    return replace(code, numbers=code.numbers * factor[:, :, band], grain=code.grain * factor)


def at_places(image: np.ndarray, mask: np.ndarray, block: int) -> np.ndarray:
    """[R, C] a picture's mean over the skin of each place, as weights for :func:`blend`; zero off it."""
    shape = (len(mask) // block, block, -1, block)
    weight = mask.astype(np.float32).reshape(shape).sum(axis=(1, 3))
    return np.where(mask, image, 0).reshape(shape).sum(axis=(1, 3)) / np.maximum(weight, 1)


def band_weight(bands: tuple[str, ...] | list[str], where: np.ndarray | float = 1.0) -> np.ndarray:
    """Weights for :func:`blend`, [4] or [R, C, 4]: ``where`` in these bands and 0 in the others.

    Raises:
        AimError: a band is none.
    """
    odd = [name for name in bands if name not in BANDS]
    if odd:
        raise AimError(f"There is no band '{odd[0]}': give some of {', '.join(BANDS)}")
    chosen = np.array([name in bands for name in BANDS], np.float32)
    return np.asarray(where, np.float32)[..., None] * chosen


def _check_alike(one: Code, other: AnyCode) -> None:
    if not isinstance(other, Code):
        raise AimError("The codes are of models of two kinds: encode both maps with one")
    if one.numbers.shape != other.numbers.shape:
        raise AimError(
            f"The codes are of maps of {one.size} and {other.size} pixels, or of other places: "
            "encode both maps at one size"
        )
    if one.skin and other.skin and one.skin != other.skin:
        raise AimError(
            "The codes are of two meshes or UV maps, where a place is not the same skin: "
            "encode maps of one"
        )
