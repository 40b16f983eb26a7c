# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Height maps in a folder: EXR in millimetres, or 16-bit PNG with a scale, and what is wrong with them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import AimError, ScanError, one_line
from ..io.array_files import write_npy
from ..io.damage import refusing
from ..io.disk import why
from ..io.exr import parse_exr
from ..io.exr_write import write_exr
from ..io.json_text import parse_json
from ..io.png16 import parse_png16, write_png16
from ..io.regular_file import read_regular
from ..io.whole_file import write_whole_text

#: Sizes of maps, pixels.
SMALLEST, LARGEST = 64, 8192
#: Says how a folder's maps are to be read.
ABOUT = "detail.json"
NEUTRAL = "neutral"
SUFFIXES = (".exr", ".png")
#: Maps of frames may also be numpy's arrays, for scripts.
ARRAY = ".npy"
#: Value of a 16-bit PNG that means no height.
PNG_ZERO = 32768
#: Scale that is written: +-2 mm.
PNG_STEP = 1 / 16384
#: What 0.5 becomes when it is stored as sRGB, of 1.
_SRGB_HALF = 0.7354
#: A detail map's root mean square lies between these on skin, mm.
LEAST_RMS, MOST_RMS = 0.002, 0.6
#: Maps that differ by less than this, mm, are one.
SAME_MM = 1e-4
_LARGEST_ABOUT = 1 << 24


@dataclass(frozen=True)
class HeightMaps:
    """Maps of one skin.

    Attributes:
        names: of the expressions, the neutral first.
        heights: [E, S, S] float32 mm, outwards positive, row 0 at v = 1.
    """

    names: tuple[str, ...]
    heights: np.ndarray

    @property
    def size(self) -> int:
        """Pixels of a side."""
        return self.heights.shape[1]


def read_maps(folder: str | Path, png_mm: float | None = None, zero: int = PNG_ZERO) -> HeightMaps:
    """The maps of a folder.

    Args:
        folder: with an EXR or PNG for each expression, and ``detail.json`` where PNG have no other scale.
        png_mm: millimetres from mid grey to white of a PNG; the folder's own where not given.
        zero: value of a PNG that means no height.

    Raises:
        ScanError: there are none, one only, none of the neutral, or they cannot be what they should be.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ScanError(
            f"'{folder}' is not a folder: give one with a height map for each expression"
        )
    files = map_files(folder)
    names = [path.stem for path in files]
    if len({name.casefold() for name in names}) < len(names):
        raise ScanError(f"'{folder.name}' holds an expression twice: keep one map of each")
    if len(files) < 2:  # noqa: PLR2004
        raise ScanError(
            f"'{folder.name}' holds {len(files)} height map{'s' * (len(files) != 1)}: a detail rig needs "
            "the neutral and one expression at least"
        )
    first = [k for k, name in enumerate(names) if name.casefold() == NEUTRAL]
    if not first:
        raise ScanError(
            f"'{folder.name}' holds no map of the neutral: name it {NEUTRAL}.exr or {NEUTRAL}.png"
        )
    order = [first[0], *(k for k in range(len(files)) if k != first[0])]
    step, zero = png_scale(folder, files, png_mm, zero)
    maps = [read_map(files[k], step, zero) for k in order]
    sizes = {m.shape for m in maps}
    if len(sizes) > 1:
        odd = next(
            files[k].name for k, m in zip(order, maps, strict=True) if m.shape != maps[0].shape
        )
        raise ScanError(
            f"'{odd}' has another size than the neutral's map: save all maps of '{folder.name}' with one size"
        )
    return HeightMaps(tuple(names[k] for k in order), np.stack(maps))


def check_size(size: int) -> None:
    """Refuse sizes of maps that are none.

    Raises:
        ScanError: it is one.
    """
    if not SMALLEST <= size <= LARGEST or size & (size - 1):
        raise ScanError(
            f"Maps of {size} pixels are none: give a power of 2 from {SMALLEST} to {LARGEST}"
        )


def map_files(folder: Path) -> list[Path]:
    """The pictures of a folder, by name; hidden files are passed over."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def read_map(path: Path, step: float, zero: int = PNG_ZERO) -> np.ndarray:
    """[S, S] float32 mm of one picture; ``step`` mm a value and ``zero`` are a PNG's.

    Raises:
        ScanError: it is damaged, not square, of 8 bits, or holds no numbers.
    """
    name = one_line(path.name)
    with refusing(ScanError, lambda reason: f"'{name}' {reason}"):
        pixels = (
            parse_exr(path) if path.suffix.lower() == ".exr" else parse_png16(read_regular(path))
        )
    if pixels.shape[0] != pixels.shape[1]:
        raise ScanError(f"'{name}' is {pixels.shape[1]} x {pixels.shape[0]} pixels: save it square")
    if path.suffix.lower() == ".exr":
        height = pixels[:, :, 0]
        if not np.isfinite(height).all() or np.abs(height).max() > 1e3:  # noqa: PLR2004
            raise ScanError(
                f"'{name}' holds numbers that are no heights (NaN or fill values): write 0 where there is no skin"
            )
        return height
    grey = pixels[:, :, 0].astype(np.float32)
    if zero == PNG_ZERO and abs(float(np.median(grey)) / 65535 - _SRGB_HALF) < 0.01:  # noqa: PLR2004
        raise ScanError(
            f"'{name}' was saved with the sRGB curve: its grey is {np.median(grey):.0f} and not {PNG_ZERO}; "
            "save it as Non-Color (raw) data"
        )
    return (grey - zero) * np.float32(step)


def check_heights(maps: HeightMaps, mask: np.ndarray) -> list[str]:
    """What a user should know of the maps; ``mask`` [S, S] is the skin in the same UV.

    Raises:
        ScanError: their scale is wrong, all are equal, or they lie upside down.
    """
    on = maps.heights[:, mask].astype(np.float64)
    rms = float(np.sqrt(np.mean((on - on.mean(axis=1, keepdims=True)) ** 2)))
    if rms < LEAST_RMS or rms > MOST_RMS:
        raise ScanError(
            f"The maps' heights are {rms:.2g} mm in the mean, where skin has 0.02 to 0.1: give their scale in mm"
        )
    if np.abs(maps.heights[1:] - maps.heights[:1]).max() < SAME_MM:
        raise ScanError("All height maps are equal: give the maps of different expressions")
    check_way_up(np.ptp(maps.heights, axis=0) > 0, mask)
    notes = []
    deep = on[1:] - on[:1]
    deep = deep[np.abs(deep) > 3 * np.median(np.abs(deep)) + 1e-6]
    if deep.size > 100 and np.mean(deep**3) > np.mean(np.abs(deep) ** 3) * 0.5:  # noqa: PLR2004
        notes.append(
            "The expressions' maps rise where skin folds: their sign may be inverted; heights are positive outwards"
        )
    return notes


def read_one_map(path: str | Path, png_mm: float | None = None) -> np.ndarray:
    """[S, S] float32 mm of one picture; arguments as for :func:`read_maps`.

    Raises:
        ScanError: it is missing, is no map, or is a PNG without scale.
    """
    path = Path(path)
    if not path.is_file() or path.suffix.lower() not in SUFFIXES:
        raise ScanError(f"'{path}' is no height map: give an EXR or a PNG of 16 bits")
    return read_map(path, *png_scale(path.parent, [path], png_mm, PNG_ZERO))


def check_way_up(used: np.ndarray, mask: np.ndarray) -> None:
    """Refuse maps that show anything where the skin's mirror image lies; both [S, S] bool.

    Raises:
        ScanError: they do.
    """
    right, flipped = (float((used == m).mean()) for m in (mask, mask[::-1]))
    if flipped > right + 0.05 and right < 0.95:  # noqa: PLR2004
        raise ScanError(
            "The height maps are upside down against the UV: flip them, so that the top row is v = 1"
        )


def png_scale(
    folder: Path, files: list[Path], png_mm: float | None, zero: int
) -> tuple[float, int]:
    """Millimetres of a PNG's step, and its zero.

    Raises:
        ScanError: there are PNG and no scale.
    """
    if not any(path.suffix.lower() == ".png" for path in files):
        return PNG_STEP, zero
    if png_mm is not None:
        if not (np.isfinite(png_mm) and png_mm > 0):
            raise ScanError(
                f"The scale of the maps is {png_mm}: give millimetres from mid grey to white"
            )
        return png_mm / PNG_ZERO, zero
    for place in (folder / ABOUT, folder.parent / ABOUT):
        if place.is_file():
            with refusing(ScanError, lambda reason: f"'{ABOUT}' gives no scale ({reason})"):
                about = parse_json(read_regular(place, _LARGEST_ABOUT))["png"]
                step, zero = float(about["mm_per_step"]), int(about["zero"])
                if not (np.isfinite(step) and step > 0):
                    raise ValueError(f"{step}")
                return step, zero
    raise ScanError(
        f"The PNG maps of '{folder.name}' have no scale: give the millimetres from mid grey to white"
    )


def write_map(path: Path, height: np.ndarray) -> None:
    """Write heights [S, S] or [S, S, C] mm as the EXR, 16-bit PNG or float32 array that ``path`` names.

    Raises:
        AimError: it cannot be written.
    """
    try:
        if path.suffix.lower() == ".png":
            value = np.clip(np.round(height / PNG_STEP) + PNG_ZERO, 0, 65535)
            write_png16(path, value.astype(np.uint16))
        elif path.suffix.lower() == ARRAY:
            write_npy(path, np.asarray(height, np.float32))
        else:
            write_exr(path, height)
    except OSError as error:
        raise AimError(
            f"'{path}' cannot be written ({why(error)}): free some space or choose another place"
        ) from error


def write_about(folder: Path, figures: dict) -> None:
    """Write ``detail.json``, which holds the scale of PNG and what was measured.

    Raises:
        AimError: it cannot be written.
    """
    about = {
        "units": "mm",
        "png": {"zero": PNG_ZERO, "mm_per_step": PNG_STEP},
        "row_0": "v = 1",
        "sign": "positive outwards",
        **figures,
    }
    try:
        write_whole_text(folder / ABOUT, json.dumps(about, indent=1) + "\n")
    except OSError as error:
        raise AimError(
            f"'{folder / ABOUT}' cannot be written ({why(error)}): free some space or choose another place"
        ) from error
