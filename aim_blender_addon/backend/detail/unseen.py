# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Height maps of a person who was never scanned, from those of others in one UV (numpy and scipy).

Lines do not carry over between people, so most of the others' maps says nothing. Each band of a foretold map is a
share of the others' mean of the same expression, and one of the person's own neutral where it is known. The shares
are those with which people who are left out are missed least. So they shrink to nothing where nothing carries over.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import ScanError
from .bands import split

#: People that shares are learned from at least: two others, for each that is left out.
LEAST_PEOPLE = 3

Maps = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Foretold:
    """Maps of a person whom nobody scanned.

    Attributes:
        maps: [S, S] float32 mm by expression, without the neutral.
        left_out_mm: root mean square by which people who were left out are missed, with shares of the others.
        zero_mm: the same of no detail at all.
        shares: [B, 2] of the person's own neutral and of the others' mean, by band, fine ones first.
    """

    maps: dict[str, np.ndarray]
    left_out_mm: float
    zero_mm: float
    shares: np.ndarray


def neutral_of(maps: Maps) -> str | None:
    """The name of the neutral's map: the one that has the word in it."""
    return next((name for name in sorted(maps) if "neutral" in name.casefold()), None)


def foretell(
    people: Callable[[], Iterable[Maps]],
    mask: np.ndarray,
    texel: float,
    neutral: np.ndarray | None = None,
) -> Foretold:
    """Maps of each expression that two people or more have.

    Args:
        people: gives the maps of one person after the other, [S, S] mm by expression, in one UV; it is asked twice.
        mask: [S, S] bool, pixels on the skin.
        texel: mm of skin in a pixel.
        neutral: [S, S] mm of the person; none where nothing is known.

    Raises:
        ScanError: there are too few people, or they have no expression in common.
    """
    sums, counts, number = {}, {}, 0
    for maps in people():
        number += 1
        if neutral is not None and neutral_of(maps) is None:
            raise ScanError(
                "One of the people has no map of the neutral: give it, or leave out the neutral of the new person"
            )
        for name in set(maps) - {neutral_of(maps)}:
            bands = _bands(maps[name], mask, texel)
            sums[name] = sums[name] + bands if name in sums else bands
            counts[name] = counts.get(name, 0) + 1
    if number < LEAST_PEOPLE:
        raise ScanError(
            f"Maps are foretold from {LEAST_PEOPLE} people at least, and there are {number}: give more"
        )
    common = sorted(name for name, count in counts.items() if count > 1)
    if not common:
        raise ScanError(
            "The people have no expression in common: name maps of one expression alike"
        )
    products, pixels = _products(people, mask, texel, sums, counts, neutral is not None)
    total = products.sum(axis=0)
    shares = np.stack([_shares(product) for product in total])
    # bands overlap little, so that their errors add up as squares
    missed = 0.0
    for own in products:
        by_others = np.stack([_shares(product) for product in total - own])
        full = np.concatenate([by_others, -np.ones((len(by_others), 1))], axis=1)
        missed += float(np.einsum("ba,bac,bc->", full, own, full))
    still = None if neutral is None else _bands(neutral, mask, texel)
    made = {}
    for name in common:
        image = np.zeros(mask.shape, np.float32)
        mixed = shares[:, 1, None] * (sums[name] / counts[name])
        image[mask] = (mixed if still is None else mixed + shares[:, 0, None] * still).sum(axis=0)
        made[name] = image
    zero = float(total[:, 2, 2].sum())
    return Foretold(made, float(np.sqrt(missed / pixels)), float(np.sqrt(zero / pixels)), shares)


def _products(
    people: Callable[[], Iterable[Maps]],
    mask: np.ndarray,
    texel: float,
    sums: Mapping[str, np.ndarray],
    counts: Mapping[str, int],
    neutrals: bool,
) -> tuple[np.ndarray, int]:
    """[P, B, 3, 3] inner products of own neutral, others' mean and truth of each person, and the pixels in them."""
    products, pixels = [], 0
    for maps in people():
        still_name = neutral_of(maps)
        product, still = 0.0, None
        if neutrals and still_name is not None:
            still = _bands(maps[still_name], mask, texel)
        for name in (name for name in maps if counts.get(name, 0) > 1):
            truth = _bands(maps[name], mask, texel)
            others = (sums[name] - truth) / (counts[name] - 1)
            parts = np.stack([np.zeros_like(truth) if still is None else still, others, truth])
            product = product + np.einsum("abn,cbn->bac", parts, parts)
            pixels += truth.shape[1]
        if not np.isscalar(product):
            products.append(product)
    return np.stack(products), pixels


def _bands(height: np.ndarray, mask: np.ndarray, texel: float) -> np.ndarray:
    """[B, N] float32 of the pixels on the skin."""
    pixel = np.full(mask.shape, texel, np.float32)
    return np.stack([band[mask] for band in split(height, mask, pixel)]).astype(np.float32)


def _shares(product: np.ndarray) -> np.ndarray:
    """[2] by least squares from the products [3, 3] of neutral, others and truth; none is below zero."""
    out = np.zeros(2)
    used = np.diag(product)[:2] > 0
    while used.any():
        at = np.flatnonzero(used)
        gram = product[np.ix_(at, at)]
        found = np.linalg.solve(gram + 1e-9 * np.trace(gram) * np.eye(len(at)), product[at, 2])
        if (found >= 0).all():
            out[at] = found
            break
        used[at[np.argmin(found)]] = False
    return out
