# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Height maps as codes: a grid of places, each with numbers by band. What a code leaves out comes back as grain.

The numbers are those of the lapped waves (:mod:`.lapped`) of a place. A code keeps the largest of them, of all places
together: lines take many and smooth cheeks few. Of the others it keeps how strong they are, by place and band, so that
pores come back as strong as they were, if not where they were. The trained model says how that strength is shared
among the waves of a band. Encoding is a projection: the squared error of the numbers is that of the map.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import AimError, ScanError
from .bands import EDGES_MM
from .lapped import analyse, compose

#: From fine to coarse, as :func:`..bands.split` gives them.
BANDS = ("fine_pores", "pores", "fine_lines", "wrinkles")
#: Wavelengths in mm that part the bands: those of which a Gaussian of the bands' sigmas lets half through.
WAVELENGTHS_MM = tuple(edge * np.pi * np.sqrt(2 / np.log(2)) for edge in EDGES_MM)
#: Side of a place, mm of skin; a wrinkle is as wide.
PLACE_MM = 9.3
#: Sides of a place, pixels; smaller ones would spend too much on saying which numbers they keep.
LEAST_BLOCK, MOST_BLOCK = 16, 128
#: Numbers of a code over the pixels of its skin, if nothing else is asked for.
SHARE = 1 / 3
#: Times that what lies off the skin is filled with what the code says of it.
FILLS = 3
_BITS = 32


@dataclass(frozen=True)
class Code:
    """The code of one height map of S pixels, with [R, C] places.

    Attributes:
        numbers: [R, C, B, B] float32, mm times pixels, of waves down and to the right; zero where none is kept.
        grain: [R, C, 4] float32, the norm of what was left out, by band.
        texel: typical mm of skin in a pixel, which says the waves' bands.
        skin: stamp of mesh and UV, as :func:`.detail_file.skin_stamp` gives it; none where it is not known.
    """

    numbers: np.ndarray
    grain: np.ndarray
    texel: float
    skin: str = ""

    @property
    def block(self) -> int:
        """B, pixels of a place's side."""
        return self.numbers.shape[2]

    @property
    def size(self) -> int:
        """S, pixels of the map's side."""
        return self.numbers.shape[0] * self.block

    @property
    def places(self) -> np.ndarray:
        """[R, C] bool, places that hold anything."""
        return self.grain.any(axis=2) | self.numbers.any(axis=(2, 3))

    def count(self) -> int:
        """Numbers that say all of it: those kept, 4 a place, and a bit a wave for which they are."""
        places = int(self.places.sum())
        return int(np.count_nonzero(self.numbers)) + overhead(places, self.block)

    def norms(self) -> np.ndarray:
        """[R, C, 4] the norm of numbers and grain by band."""
        return np.sqrt(squares(self.numbers, bands_of(self.block, self.texel)) + self.grain**2)


@dataclass(frozen=True)
class WaveModel:
    """What maps of skin are like, learnt from a folder of them.

    Attributes:
        power: [B, B] float64 mean square of each wave, mm^2 times pixels.
        texel: mm of skin in a pixel of the maps.
        band_mm: [4] root mean square of the bands, in the mean of the maps.
        lean: third moment of heights over their deviation's cube: below zero where furrows are deeper than ridges high.
        maps, people: how many it has seen.
    """

    power: np.ndarray
    texel: float
    band_mm: np.ndarray
    lean: float
    maps: int
    people: int

    def encode(
        self,
        height: np.ndarray,
        mask: np.ndarray | None = None,
        texel: float | None = None,
        share: float = SHARE,
    ) -> Code:
        """Project a map.

        Args:
            height: [S, S] mm; S is a multiple of a place's side.
            mask: [S, S] bool, the skin; all of it where none is given.
            texel: typical mm of skin in a pixel; the model's where none is given.
            share: numbers over the pixels of the skin.

        Raises:
            ScanError: it is no map.
        """
        texel = self.texel if texel is None else texel
        mask = np.ones(np.shape(height), bool) if mask is None else mask
        check_map(height, mask, texel)
        return project(height, mask, texel, share)

    def decode(self, code: Code, seed: int = 0, grain: bool = True) -> np.ndarray:
        """[S, S] float32 mm. ``grain`` gives back, by ``seed``, the strength of what the code left out.

        Raises:
            AimError: the code is a generator's.
        """
        if not isinstance(code, Code):
            raise AimError("The code is a generator's: decode it with the generator that made it")
        if not grain:
            return compose(code.numbers, code.block)
        return grown(code, seed, self.shape_at(code.block, code.texel))

    def shape_at(self, block: int, texel: float) -> np.ndarray:
        """[block, block] the waves' mean squares at other pixels, up to a factor."""
        own = self.power.shape[0]
        wanted = (np.arange(block) + 0.5) * (own * self.texel) / (block * texel) - 0.5
        wanted = np.clip(wanted, 0, own - 1)
        low = np.minimum(wanted.astype(int), own - 2)
        part = wanted - low
        level = np.log(np.maximum(self.power, self.power.max() * 1e-8))
        rows = level[low] * (1 - part)[:, None] + level[low + 1] * part[:, None]
        return np.exp(rows[:, low] * (1 - part) + rows[:, low + 1] * part)

    def notes(self, height: np.ndarray, mask: np.ndarray) -> list[str]:
        """What a user should know of a map beside those that the model has seen."""
        on = np.asarray(height, np.float64)[mask]
        on = on - on.mean()
        rms = float(np.sqrt(np.mean(on**2)))
        usual = float(np.sqrt(np.sum(self.band_mm**2)))
        found = []
        if not usual / 6 < rms < usual * 6:
            found.append(
                f"The map's heights are {rms:.2g} mm in the mean and those of the model {usual:.2g}: "
                "its scale may be wrong"
            )
        lean = lean_of(on)
        if lean * self.lean < 0 and min(abs(lean), abs(self.lean)) > 0.5:  # noqa: PLR2004
            found.append(
                "The map rises where the model's maps sink: its sign may be inverted; heights are positive outwards"
            )
        return found


def project(height: np.ndarray, mask: np.ndarray, texel: float, share: float) -> Code:
    """The code of a map; nothing of it is learnt. Arguments as for :meth:`WaveModel.encode`."""
    block = block_of(len(height), texel)
    places = mask.reshape(len(height) // block, block, -1, block).any(axis=(1, 3))
    kept = int(share * mask.sum()) - overhead(int(places.sum()), block)
    if kept < places.sum():
        raise ScanError(
            f"{share:.3g} numbers a pixel are too few for places of {block} pixels: give more, or a larger map"
        )
    filled = np.where(mask, height, 0).astype(np.float32)
    numbers = np.zeros(0, np.float32)
    for turn in range(FILLS if not mask.all() else 1):
        if turn:
            filled = np.where(mask, height, compose(numbers, block)).astype(np.float32)
        waves = analyse(filled, block) * places[:, :, None, None]
        numbers = _largest(waves, kept)
    left = squares(waves - numbers, bands_of(block, texel))
    return Code(numbers, np.sqrt(left).astype(np.float32), float(texel))


def _largest(waves: np.ndarray, count: int) -> np.ndarray:
    """The ``count`` largest of some numbers, and zero for the others."""
    if count >= waves.size:
        return waves
    which = np.argpartition(np.abs(waves).ravel(), -count)[-count:]
    out = np.zeros(waves.size, np.float32)
    out[which] = waves.ravel()[which]
    return out.reshape(waves.shape)


def grown(code: Code, seed: int, shape: np.ndarray | None = None) -> np.ndarray:
    """[S, S] float32 mm, a code's map with random waves of the norms of its grain.

    Args:
        code: of the map.
        seed: the same seed gives the same waves, however strong they are.
        shape: [B, B] mean squares of the waves of a band to each other; all alike where none is given.
    """
    band = bands_of(code.block, code.texel)
    noise = np.random.default_rng(seed).standard_normal(code.numbers.shape, np.float32)
    if shape is not None:
        noise *= np.sqrt(shape).astype(np.float32)
    free = noise * (code.numbers == 0)
    power = squares(free, band)
    # a band that is kept whole has no free wave: its grain then lies over what is there
    noise = np.where((power > 0)[:, :, band], free, noise)
    norm = np.sqrt(np.maximum(squares(noise, band), 1e-20))
    return compose(code.numbers + noise * (code.grain / norm)[:, :, band], code.block)


def overhead(places: int, block: int) -> int:
    """Numbers that places take beside those kept: grain, and a bit for each wave."""
    return places * (len(BANDS) + block * block // _BITS)


def block_of(size: int, texel: float) -> int:
    """Pixels of a place's side in a map of ``size`` pixels, ``texel`` mm each: a power of 2.

    Raises:
        ScanError: the size is no multiple of it.
    """
    block = 2 ** round(np.log2(PLACE_MM / texel))
    block = int(np.clip(block, LEAST_BLOCK, min(MOST_BLOCK, max(size, LEAST_BLOCK))))
    if size % block:
        raise ScanError(
            f"Maps of {size} pixels are none for a code: give a multiple of {block} pixels"
        )
    return block


def bands_of(block: int, texel: float) -> np.ndarray:
    """[block, block] the band, 0 for the finest, of each wave."""
    half = np.arange(block) + 0.5
    wavelength = 2 * block * texel / np.hypot(half[:, None], half)
    return np.digitize(wavelength, WAVELENGTHS_MM)


def lean_of(values: np.ndarray) -> float:
    """Third moment over the cube of the deviation, of values without mean."""
    spread = float(np.sqrt(np.mean(values**2)))
    return float(np.mean(values**3)) / spread**3 if spread > 0 else 0.0


def check_map(height: np.ndarray, mask: np.ndarray, texel: float) -> None:
    """Refuse what is no map.

    Raises:
        ScanError: as it says.
    """
    height = np.asarray(height)
    if height.ndim != 2 or height.shape[0] != height.shape[1]:  # noqa: PLR2004
        raise ScanError(f"A map of shape {height.shape} is none: give a square one")
    if mask.shape != height.shape:
        raise ScanError(
            f"The map has {len(height)} pixels a side and its skin {len(mask)}: give them one size"
        )
    if not np.isfinite(height).all():
        raise ScanError("The map holds numbers that are no heights: write 0 where there is no skin")
    if not mask.any():
        raise ScanError("The map shows no skin: give the mask of its UV")
    if not (np.isfinite(texel) and texel > 0):
        raise ScanError(f"A pixel of {texel} mm is none: give millimetres of skin in a pixel")


def squares(numbers: np.ndarray, band: np.ndarray) -> np.ndarray:
    """[R, C, 4] sums of squares by band."""
    chosen = np.eye(len(BANDS), dtype=np.float32)[band.ravel()]
    flat = numbers.reshape(*numbers.shape[:2], -1)
    return (flat * flat) @ chosen
