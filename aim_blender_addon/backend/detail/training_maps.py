# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Height maps of many people in one folder, to learn codes from: one folder of maps for each, at any depth."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ScanError
from ..io.damage import refusing
from ..io.json_text import parse_json
from ..io.regular_file import read_regular
from .bands import area_mean
from .codes import lean_of
from .map_files import (
    ABOUT,
    LEAST_RMS,
    MOST_RMS,
    PNG_ZERO,
    SAME_MM,
    map_files,
    png_scale,
    read_map,
)

#: mm of skin in a pixel of a map of 1024 pixels, where nothing is known: a face of 30 cm across its chart.
USUAL_TEXEL = 0.29
#: Folders are looked into so deep.
DEEPEST = 4
#: Heights that cover less than this of a map are skin; the most common value beyond is what there is none.
_FILL = 0.02
_LARGEST_ABOUT = 1 << 24


@dataclass(frozen=True)
class TrainingMaps:
    """Maps that are read one after the other.

    Attributes:
        folder: that holds them, the first of several.
        files: of each map, its millimetres a PNG step, and its PNG's zero.
        people: folders with maps.
        texel: typical mm of skin in a pixel, as a ``detail.json`` says; None where none does.
    """

    folder: Path
    files: tuple[tuple[Path, float, int], ...]
    people: int
    texel: float | None

    def __len__(self) -> int:
        return len(self.files)

    def _short(self, path: Path) -> Path:
        return path.relative_to(self.folder) if path.is_relative_to(self.folder) else path

    def pixel_mm(self, given: float | None, size: int) -> tuple[float, list[str]]:
        """Typical mm of skin in a pixel of maps of ``size``, and a note where nothing says it.

        Args:
            given: by the user; what the folder says where it is None.
            size: pixels of a side.
        """
        known = self.texel if given is None else given
        if known is not None:
            return float(known), []
        texel = USUAL_TEXEL * 1024 / size
        return texel, [
            f"Nothing says how large a pixel is: {texel:.2g} mm of skin are assumed; --texel-mm gives it"
        ]

    def heights(self, size: int | None = None) -> Iterator[np.ndarray]:
        """Each map [S, S] float32 mm, averaged down to ``size`` pixels where one is given.

        Raises:
            ScanError: a map cannot be used, is of another size, or all are equal.
        """
        first: np.ndarray | None = None
        seen = set()
        for path, step, zero in self.files:
            height = read_map(path, step, zero)
            if first is None:
                first = height
            elif height.shape != first.shape:
                raise ScanError(
                    f"'{self._short(path)}' has {len(height)} pixels a side and "
                    f"'{self._short(self.files[0][0])}' {len(first)}: save all maps with one size"
                )
            seen.add(hashlib.sha256(np.round(height / SAME_MM).tobytes()).digest())
            yield height if size is None else shrunk(height, size)
        if len(seen) == 1:
            raise ScanError(
                f"All height maps of '{self.folder.name}' are equal: give different expressions or people"
            )


def training_maps(
    folders: str | Path | Sequence[str | Path], png_mm: float | None = None
) -> TrainingMaps:
    """The maps of a folder, or of several, and of the folders in them.

    Args:
        folders: each with a folder of EXR or 16-bit PNG for each person, or those of one person.
        png_mm: millimetres from mid grey to white of PNG; that of a ``detail.json`` beside them where not given.

    Raises:
        ScanError: there are fewer than two, or PNG without scale.
    """
    given = [Path(k) for k in ([folders] if isinstance(folders, str | Path) else folders)]
    for folder in given:
        if not folder.is_dir():
            raise ScanError(f"'{folder}' is not a folder: give one with height maps of people")
    files, texels, people = [], [], 0
    for place in dict.fromkeys(place for folder in given for place in _folders(folder, DEEPEST)):
        own = map_files(place)
        if not own:
            continue
        people += 1
        step, zero = png_scale(place, own, png_mm, PNG_ZERO)
        files += [(path, step, zero) for path in own]
        texels.append(_texel(place))
    if len(files) < 2:  # noqa: PLR2004
        raise ScanError(
            f"'{given[0].name}' holds {len(files)} height map{'s' * (len(files) != 1)}: give two at least to learn from"
        )
    known = [texel for texel in texels if texel is not None]
    return TrainingMaps(given[0], tuple(files), people, float(np.median(known)) if known else None)


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    yield folder
    if depth:
        for inner in sorted(folder.iterdir()):
            if inner.is_dir() and not inner.name.startswith(".") and not inner.is_symlink():
                yield from _folders(inner, depth - 1)


def _texel(place: Path) -> float | None:
    """What a ``detail.json`` here or above says of the pixels' size."""
    for folder in (place, place.parent):
        path = folder / ABOUT
        if path.is_file():
            with refusing(ScanError, lambda reason: f"'{ABOUT}' is damaged ({reason})"):
                about: dict[str, Any] = parse_json(read_regular(path, _LARGEST_ABOUT))
                texel = about.get("texel_mm")
                if texel is None:
                    return None
                if not 0 < float(texel) < 100:  # noqa: PLR2004
                    raise ValueError(f"texel_mm is {texel}")
                return float(texel)
    return None


def shrunk(height: np.ndarray, size: int) -> np.ndarray:
    """A map averaged down by area to ``size`` pixels.

    Raises:
        ScanError: its size is no multiple.
    """
    if len(height) % size or len(height) < size:
        raise ScanError(
            f"Maps of {len(height)} pixels cannot be averaged to {size}: give a size that divides theirs"
        )
    return area_mean(height, np.ones_like(height), len(height) // size)[0].astype(np.float32)


def shows(height: np.ndarray) -> np.ndarray:
    """[S, S] bool where a map shows anything: pixels that are not its fill, the value of one corner's surroundings."""
    values, counts = np.unique(height, return_counts=True)
    common = values[np.argmax(counts)]
    if counts.max() < _FILL * height.size:
        return np.ones(height.shape, bool)
    return height != common


def check_scale(rms: float) -> None:
    """Refuse heights that no skin has; ``rms`` mm.

    Raises:
        ScanError: they are.
    """
    if not LEAST_RMS <= rms <= MOST_RMS:
        raise ScanError(
            f"The maps' heights are {rms:.2g} mm in the mean, where skin has 0.02 to 0.1: give their scale in mm"
        )


@dataclass
class Figures:
    """Sums over maps as they come."""

    squares: float = 0.0
    pixels: int = 0
    lean: float = 0.0
    maps: int = 0

    def add(self, height: np.ndarray, on: np.ndarray) -> None:
        """Count a map where it shows skin."""
        values = height[on].astype(np.float64)
        values -= values.mean()
        self.squares += float(np.sum(values**2))
        self.pixels += len(values)
        self.lean += lean_of(values)
        self.maps += 1

    @property
    def rms(self) -> float:
        """Root mean square in mm."""
        return float(np.sqrt(self.squares / max(self.pixels, 1)))
