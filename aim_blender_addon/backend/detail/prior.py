# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A generic skin: rig maps without any scan, from regions of the face, an age and a seed.

Nothing in it is the actor's own. Wrinkles open where the face is compressed, across the compression, with the
spacing and depth of their region. With age they deepen, and a part of them stays at rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ..errors import AimError
from .compression import CHANNELS, Response
from .oriented import LENGTH, PixelFrame, directions, groove, lines, smooth_noise
from .rig_maps import RigMaps
from .skin_pixels import SkinPixels
from .skin_regions import REGIONS, mixed, nearness, region_shares

#: Ages that the skin is made for, years.
YOUNGEST, OLDEST = 5.0, 100.0
#: Where scans settle a map less than this, the generic skin stands in; it fades out up to the second.
UNKNOWN, KNOWN = 0.05, 0.3
#: From the right half of the face to the left, directions turn over about this distance, mm of an average face.
_MIDDLE_MM = 8.0
#: Where regions meet, spacing is the mean of this power: a mean between lips and cheek would draw the lines of a thick
#: fold as near as those of thin skin.
_WIDER = 4
#: Streams of random numbers.
_LINES, _AMOUNT, _SPACING, _PORES = range(4)


@dataclass(frozen=True)
class PriorSettings:
    """What the skin is like.

    Attributes:
        age: years.
        seed: whose lines; the same seed gives the same skin.
        strength: of wrinkles and pores, times usual.
        spacing: of wrinkles and pores, times usual.
        strengths, spacings: the same by region, on top.
        uneven: how much spacing and depth vary from place to place.
        fine: depth of a second set of lines over that of the first,
        fine_spacing: and its spacing.
    """

    age: float = 40.0
    seed: int = 0
    strength: float = 1.0
    spacing: float = 1.0
    strengths: Mapping[str, float] = field(default_factory=dict)
    spacings: Mapping[str, float] = field(default_factory=dict)
    uneven: float = 0.3
    fine: float = 0.25
    fine_spacing: float = 0.45


def make_prior(
    pixels: SkinPixels,
    landmarks: Mapping[str, np.ndarray],
    left: np.ndarray,
    scale: float = 1.0,
    settings: PriorSettings | None = None,
) -> RigMaps:
    """The generic skin of an actor at the pixels' size.

    Args:
        pixels: of the maps.
        landmarks: of the face survey, [3] mm each.
        left: [3] unit, of the face; 0 degrees of directed compression.
        scale: size of the face over an average one.

    Raises:
        AimError: an age, a strength or a region is none.
        ScanError: no landmark is known.
    """
    settings = settings or PriorSettings()
    _check(settings)
    vertices = np.asarray(pixels.neutral.vertices, np.float64)
    shares = region_shares(vertices, landmarks, scale)
    near = pixels.at(nearness(vertices, landmarks, scale)[:, None])[:, 0]
    table = {
        name: pixels.at(mixed(shares, _values(key, settings), power)[:, None])[:, 0]
        for name, key, power in (
            *(("spacing", "spacing_mm", _WIDER), ("depth", "depth_mm", 1), ("rest", "rest", 1)),
            *(("pore", "pore_mm", 1), ("pore_depth", "pore_depth_mm", 1)),
        )
    }
    left = np.asarray(left, np.float64)
    frame = PixelFrame(pixels, left)
    seed = settings.seed
    amount = np.exp(settings.uneven * smooth_noise(pixels, 9.0, [seed, _AMOUNT]))
    spacing = table["spacing"] * np.exp(
        settings.uneven * np.clip(smooth_noise(pixels, 12.0, [seed, _SPACING]), -1.5, 1.5)
    )
    depth = table["depth"] * near * amount * _by_age(settings.age)
    lobes = _lobes(shares, _sides(vertices, landmarks, left, scale))
    opened = pixels.at(_opened(shares, lobes)).T
    compressed = depth * opened * _wrinkles(pixels, frame, spacing, settings)
    at_rest = pixels.at(np.maximum(lobes.sum(axis=0), 0) ** 2)
    at_rest *= (table["rest"] * _rest_by_age(settings.age))[:, None]
    pores = _pores(pixels, frame, table["pore"], settings) * table["pore_depth"] * near
    constant = pores + np.einsum("nk,kn->n", at_rest, compressed)
    image = pixels.image
    return RigMaps(
        image(constant.astype(np.float32)),
        np.stack([image(row.astype(np.float32)) for row in compressed]),
        np.zeros((CHANNELS, pixels.size, pixels.size), np.float32),
        Response(),
        0.0,
        {"age": settings.age, "seed": float(seed)},
    )


def filled(rig: RigMaps, prior: RigMaps) -> RigMaps:
    """A fitted rig, with generic lines where its scans never compress the skin that way."""
    share = np.clip((KNOWN - rig.known) / (KNOWN - UNKNOWN), 0, 1)
    return replace(rig, compressed=rig.compressed + share * prior.compressed)


def _values(key: str, settings: PriorSettings) -> dict[str, float]:
    """A number of each region, with the user's factors on it."""
    times = {"spacing_mm": "spacing", "pore_mm": "spacing", "depth_mm": "strength"}
    kind = times.get(key, "strength" if key == "pore_depth_mm" else "")
    values = {}
    for name, region in REGIONS.items():
        value = float(getattr(region, key))
        if kind == "spacing":
            value *= settings.spacing * settings.spacings.get(name, 1.0)
        elif kind == "strength":
            value *= settings.strength * settings.strengths.get(name, 1.0)
        values[name] = value
    return values


def _wrinkles(
    pixels: SkinPixels, frame: PixelFrame, spacing: np.ndarray, settings: PriorSettings
) -> np.ndarray:
    """[4, N] furrows across each direction, and finer ones between."""
    waves = [
        frame.waves(degrees, times * spacing)
        for times in (1.0, settings.fine_spacing)
        for degrees in directions()
    ]
    both = groove(lines(np.stack(waves), pixels, [settings.seed, _LINES], LENGTH))
    return both[:CHANNELS] + settings.fine * both[CHANNELS:]


def _pores(
    pixels: SkinPixels, frame: PixelFrame, spacing: np.ndarray, settings: PriorSettings
) -> np.ndarray:
    """[N] pits of unit variance, alike in all directions."""
    waves = np.stack([frame.waves(degrees, spacing) for degrees in (0.0, 60.0, 120.0)])
    total = lines(waves, pixels, [settings.seed, _PORES], 1.2).sum(axis=0) / np.sqrt(3)
    pits = -np.maximum(total - 0.3, 0) + 0.15 * np.minimum(total, 0)
    pits -= pits.mean()
    return pits / max(float(pits.std()), 1e-12)


def _sides(
    vertices: np.ndarray, landmarks: Mapping[str, np.ndarray], left: np.ndarray, scale: float
) -> np.ndarray:
    """[V] 1 on the face's left, -1 on its right, and between them about the middle of all landmarks."""
    apart = np.stack([np.asarray(point, np.float64) for point in landmarks.values()]) @ left
    middle = (apart.min() + apart.max()) / 2
    return np.tanh((vertices @ left - middle) / (_MIDDLE_MM * scale))


def _lobes(shares: Mapping[str, np.ndarray], sides: np.ndarray) -> np.ndarray:
    """[R, V, 4] each region's share, times the cosine of twice the angle from its direction to the channels'."""
    channels = np.radians(2 * directions())
    lobes = []
    for name, share in shares.items():
        own = np.radians(2 * REGIONS[name].degrees)
        cosine, sine = np.cos(own), np.sin(own) * sides
        turned = cosine * np.cos(channels) + sine[:, None] * np.sin(channels)
        lobes.append(share[:, None] * turned)
    return np.stack(lobes)


def _opened(shares: Mapping[str, np.ndarray], lobes: np.ndarray) -> np.ndarray:
    """[V, 4] depth of lines of each channel over the usual one, by how far it is off the direction of its region."""
    total = np.zeros(lobes.shape[1:])
    for (name, share), lobe in zip(shares.items(), lobes, strict=True):
        total += share[:, None] - (1 - REGIONS[name].other) * (share[:, None] - lobe) / 2
    return total


def _by_age(age: float) -> float:
    """Depth of wrinkles over that at 40: children have next to none."""
    return float(np.interp(age, [5, 18, 40, 80], [0.15, 0.45, 1.0, 1.6]))


def _rest_by_age(age: float) -> float:
    """Part of the lines that stay at rest in old age, that do so now."""
    return float(np.interp(age, [25, 45, 80], [0.0, 0.4, 1.0]))


def _check(settings: PriorSettings) -> None:
    """Refuse settings that no skin has.

    Raises:
        AimError: they are such.
    """
    if not YOUNGEST <= settings.age <= OLDEST:
        raise AimError(f"An age of {settings.age:g} is none: give {YOUNGEST:g} to {OLDEST:g} years")
    factors = {"strength": settings.strength, **settings.strengths}
    spacings = {"spacing": settings.spacing, **settings.spacings}
    unknown = {*settings.strengths, *settings.spacings} - REGIONS.keys()
    if unknown:
        raise AimError(f"There is no region '{min(unknown)}': choose of {', '.join(REGIONS)}")
    for name, value in factors.items():
        if not 0 <= value <= 10:  # noqa: PLR2004
            raise AimError(f"The strength {value:g} of {name} is out of range: give 0 to 10")
    for name, value in spacings.items():
        if not 0.2 <= value <= 5:  # noqa: PLR2004
            raise AimError(f"The spacing {value:g} of {name} is out of range: give 0.2 to 5")
