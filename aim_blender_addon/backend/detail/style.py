# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a skin is like, region by region, and what can be foretold of it from a face's shape (numpy only).

Wrinkles do not carry over from one person to another: the same expression of two people correlates 0.03 to 0.18 at
each pixel. What can be foretold of an unseen person is style: how strong each band is in each region, at rest and
moving. The lines themselves stay a generic skin's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..errors import AimError
from .bands import split
from .rig_maps import RigMaps
from .skin_pixels import SkinPixels
from .skin_regions import REGIONS

#: Bands from fine pores to wrinkles; and at rest, moving.
BANDS, KINDS = 4, 2
#: Actors that a style can be learned from at least.
LEAST_ACTORS = 3
#: Moving skin counts where scans settle it so far,
_KNOWN = 0.3
#: and a region is known where so many pixels do.
_LEAST_PIXELS = 30
#: A generic skin's bands are made weaker and stronger by at most this.
_MOST_GAIN = 8.0
#: Priors of the ridge to choose from, variances of a deviation's effect over those of what no shape explains;
#: none means that everybody gets the mean.
_PRIORS = (0.0, 0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True)
class StyleModel:
    """Style from identity.

    Attributes:
        mean: [R, 2, 4] logarithms of mm root mean square, NaN where nobody's is known.
        ways: [K, R, 2, 4] change of it with each deviation of the identity from ``identity``.
        identity: [K] of the actors' mean.
        space: stamp of the face space.
        missed: error of actors that are left out, root mean square of the logarithm, by the ridge and by the mean.
        actors: that it was learned from.
    """

    mean: np.ndarray
    ways: np.ndarray
    identity: np.ndarray
    space: str
    missed: tuple[float, float]
    actors: int

    def foretold(self, identity: np.ndarray) -> np.ndarray:
        """[R, 2, 4] the style of an identity [K] in the same space."""
        return self.mean + np.tensordot(identity - self.identity, self.ways, 1)


def style_of(
    rig: RigMaps, pixels: SkinPixels, shares: Mapping[str, np.ndarray], generic: bool = False
) -> np.ndarray:
    """[R, 2, 4] logarithms of mm, NaN where it is not known.

    Args:
        rig: the maps.
        pixels: of the maps.
        shares: [V] how much vertices belong to each region, of :func:`.skin_regions.region_shares`.
        generic: the maps are no scan's, so that all of them count as known.
    """
    at = _at_pixels(pixels, shares)  # [R, N]
    out = np.full((len(REGIONS), KINDS, BANDS), np.nan)
    rest = _squares(rig.constant, pixels)
    moving = np.sum([_squares(height, pixels) for height in rig.compressed], axis=0)
    known = rig.known.reshape(len(rig.known), -1)[:, pixels.rows].max(axis=0) > _KNOWN
    for row, share in enumerate(at):
        for kind, squares in enumerate((rest, moving)):
            weight = share * (known if kind and not generic else 1.0)
            if weight.sum() >= _LEAST_PIXELS:
                mean = squares @ weight / weight.sum()
                out[row, kind] = np.where(
                    mean > 1e-12, 0.5 * np.log(np.maximum(mean, 1e-12)), np.nan
                )  # noqa: PLR2004
    return out


def styled(
    rig: RigMaps, style: np.ndarray, pixels: SkinPixels, shares: Mapping[str, np.ndarray]
) -> RigMaps:
    """A generic skin with the bands of a style; what the style does not know stays as it is."""
    own = style_of(rig, pixels, shares, generic=True)
    change = np.nan_to_num(style - own)
    gains = np.exp(np.clip(change, -np.log(_MOST_GAIN), np.log(_MOST_GAIN)))
    at = _at_pixels(pixels, shares)
    images = np.einsum("rn,rkb->kbn", at, gains).astype(np.float32)
    rest, moving = (np.stack([pixels.image(g) for g in kind]) for kind in images)

    def scaled(height: np.ndarray, gain: np.ndarray) -> np.ndarray:
        bands = split(height, pixels.mask, pixels.texel)
        return np.sum([g * band for g, band in zip(gain, bands, strict=True)], axis=0)

    return replace(
        rig,
        constant=scaled(rig.constant, rest).astype(np.float32),
        compressed=np.stack([scaled(w, moving) for w in rig.compressed]).astype(np.float32),
    )


def learn_style(identities: np.ndarray, styles: np.ndarray, space: str) -> StyleModel:
    """Style from identity by ridge; how far shape is trusted is chosen by actors that are left out.

    Args:
        identities: [A, K] deviations.
        styles: [A, R, 2, 4] of :func:`style_of`.
        space: stamp of the identities' face space.

    Raises:
        AimError: there are fewer than three actors, or two are one.
    """
    count = len(identities)
    if count < LEAST_ACTORS:
        raise AimError(
            f"A style is learned from {LEAST_ACTORS} actors at least, and there are {count}: give more, "
            "or use detail-prior with an age"
        )
    apart = np.linalg.norm(identities[:, None] - identities[None], axis=2)
    if np.any(apart[np.triu_indices(count, 1)] < 1e-6):  # noqa: PLR2004
        raise AimError("Two of the actors have the same face: give different people")
    known = np.isfinite(styles)
    total = known.sum(axis=0)
    mean = np.where(
        total > 0, np.where(known, styles, 0).sum(axis=0) / np.maximum(total, 1), np.nan
    )
    filled = np.where(known, styles, mean)
    flat = np.nan_to_num(filled.reshape(count, -1))
    errors = []
    for prior in _PRIORS:
        missed = []
        for k in range(count):
            others = np.arange(count) != k
            ways = _ridge(identities[others], flat[others], prior)
            guess = (
                flat[others].mean(axis=0) + (identities[k] - identities[others].mean(axis=0)) @ ways
            )
            missed.append(np.mean(np.square(guess - flat[k])))
        errors.append(missed)
    best = _chosen(np.array(errors))
    ways = _ridge(identities, flat, _PRIORS[best]).reshape(-1, *mean.shape)
    missed = [float(np.sqrt(np.mean(errors[row]))) for row in (best, 0)]
    return StyleModel(mean, ways, identities.mean(axis=0), space, (missed[0], missed[1]), count)


def _chosen(squares: np.ndarray) -> int:
    """The row of the prior to take, from the squared errors [P, A] of actors that are left out; row 0 is the mean.

    It is the mean, unless another one gains more than twice the standard error of its gain: few actors gain by chance.
    """
    best = int(np.argmin(squares.mean(axis=1)))
    gain = squares[0] - squares[best]
    return best if gain.mean() > 2 * gain.std(ddof=1) / np.sqrt(len(gain)) else 0


def summary(style: np.ndarray) -> dict[str, dict[str, float]]:
    """What people call it: mm of pores and wrinkles of each region, where they are known."""
    out = {}
    for name, (rest, moving) in zip(REGIONS, np.exp(style), strict=True):
        values = {
            "pores_mm": float(np.hypot(*rest[:2])),
            "lines_at_rest_mm": float(np.hypot(*rest[2:])),
            "wrinkles_mm": float(np.hypot(*moving[2:])),
        }
        out[name] = {key: value for key, value in values.items() if np.isfinite(value)}
    return out


def _ridge(identities: np.ndarray, flat: np.ndarray, prior: float) -> np.ndarray:
    """[K, D] ridge in its dual form, as there are more deviations than actors."""
    centred = identities - identities.mean(axis=0)
    if prior == 0:
        return np.zeros((identities.shape[1], flat.shape[1]))
    kernel = prior * centred @ centred.T + np.eye(len(centred))
    return prior * centred.T @ np.linalg.solve(kernel, flat - flat.mean(axis=0))


def _at_pixels(pixels: SkinPixels, shares: Mapping[str, np.ndarray]) -> np.ndarray:
    """[R, N] shares at the pixels, in the order of the regions; a region without landmarks has none."""
    nothing = np.zeros(len(pixels.neutral.vertices))
    return pixels.at(np.stack([shares.get(name, nothing) for name in REGIONS], axis=1)).T


def _squares(height: np.ndarray, pixels: SkinPixels) -> np.ndarray:
    """[4, N] squares of a map's bands."""
    bands = split(height, pixels.mask, pixels.texel)
    return np.stack([np.square(band.ravel()[pixels.rows], dtype=np.float64) for band in bands])
