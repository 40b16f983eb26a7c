# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutations of tables in text: cells, lines, headings, separators and encodings."""

from collections.abc import Callable

import numpy as np

from .mutations import ODD_NUMBERS, ODD_TEXTS, mutated

#: Cells that spreadsheets, trackers and broken disks leave.
ODD_CELLS = (
    "", " ", "-", "NaN", "#DIV/0!", "0,5", "1.234,5", "1e999", "-1e308", "99:59:59:99", "24:00:00:00", "0:0", "::::",
    "00:00:00:00.000.000", "2024-13-45T99:99:99", "30000/1001", "=1+1", "0x10", "½", "١٢", "true", "9" * 400,
    '"', '""', '"a,b', "\\", "x" * 200_000, "-0", "1_000", "+5", "1e-320",
)  # fmt: skip
_ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1")


def damaged_table(random: np.random.Generator, text: str) -> tuple[str, bytes]:
    """A table with one to three things done to it, as bytes, and which in words."""
    said = []
    data = text.encode()
    for _ in range(int(random.integers(1, 4))):
        name, change = _CHANGES[int(random.integers(len(_CHANGES)))]
        text = change(random, text)
        said.append(name)
        data = text.encode("utf-8", "surrogatepass")
    if random.random() < 0.15:
        encoding = _ENCODINGS[int(random.integers(len(_ENCODINGS)))]
        data = text.encode(encoding, "replace")
        said.append(encoding)
    if random.random() < 0.3:
        done, data = mutated(random, data)
        said.append(done)
    return ", ".join(said), data


def _pick(random: np.random.Generator, among: list) -> int:
    return int(random.integers(len(among))) if among else 0


def _odd_cell(random: np.random.Generator) -> str:
    if random.random() < 0.4:
        return repr(ODD_NUMBERS[_pick(random, list(ODD_NUMBERS))])
    if random.random() < 0.3:
        return ODD_TEXTS[_pick(random, list(ODD_TEXTS))]
    return ODD_CELLS[_pick(random, list(ODD_CELLS))]


def _cell(random: np.random.Generator, text: str) -> str:
    lines = text.split("\n")
    line = _pick(random, lines)
    cells = lines[line].split(",")
    cells[_pick(random, cells) if random.random() < 0.6 else 0] = _odd_cell(random)
    lines[line] = ",".join(cells)
    return "\n".join(lines)


def _column(random: np.random.Generator, text: str) -> str:
    """One column all alike, but for its heading."""
    lines = text.split("\n")
    column = int(random.integers(6)) if random.random() < 0.7 else int(random.integers(60))
    odd = _odd_cell(random)[:50]
    for place, line in enumerate(lines[1:], 1):
        cells = line.split(",")
        if column < len(cells):
            cells[column] = odd
            lines[place] = ",".join(cells)
    return "\n".join(lines)


def _heading(random: np.random.Generator, text: str) -> str:
    lines = text.split("\n")
    cells = lines[0].split(",")
    names = (
        "Time",
        "frame",
        "timecode",
        "fps",
        "",
        "AU12_r",
        "jawOpen",
        "lip_x",
        "time_ns",
        "Key 1",
    )
    cells[_pick(random, cells)] = names[_pick(random, list(names))]
    lines[0] = ",".join(cells)
    return "\n".join(lines)


def _line(random: np.random.Generator, text: str) -> str:
    lines = text.split("\n")
    place, other = _pick(random, lines), _pick(random, lines)
    how = int(random.integers(5))
    if how == 0:
        lines[place], lines[other] = lines[other], lines[place]
    elif how == 1:
        lines[place:place] = [lines[other]] * int(random.choice([1, 3, 50]))
    elif how == 2:
        del lines[min(place, other) : max(place, other)]
    elif how == 3:
        lines[place] = lines[place][: _pick(random, list(lines[place]))]
    else:
        lines[place] = lines[place] + "," + lines[other]
    return "\n".join(lines)


def _separators(random: np.random.Generator, text: str) -> str:
    old, new = [
        (",", ";"),
        (",", "\t"),
        (".", ","),
        ("\n", "\r"),
        ("\n", "\r\n"),
        (",", "|"),
        (":", "."),
    ][int(random.integers(7))]
    return text.replace(old, new)


def _time(random: np.random.Generator, text: str) -> str:
    """The first column times of some kind, with a leap or steps that are odd."""
    lines = text.split("\n")
    step = float(random.choice([0.0, 1e-9, 1e-3, 1 / 30, 1.0, 33.3, 1e4, 1e9, 1e30, -1.0]))
    start = float(random.choice([0.0, 1.7e9, 1.7e18, -5.0, 1e300]))
    leap = int(random.integers(1, 60))
    for place, line in enumerate(lines[1:], 1):
        jump = step * float(random.choice([1.0, 1e6])) if place == leap else 0.0
        with np.errstate(all="ignore"):
            start = start + step + jump
        lines[place] = ",".join([repr(start), *line.split(",")[1:]])
    return "\n".join(lines)


_CHANGES: tuple[tuple[str, Callable[[np.random.Generator, str], str]], ...] = (
    ("cell", _cell),
    ("cell", _cell),
    ("column", _column),
    ("heading", _heading),
    ("lines", _line),
    ("separators", _separators),
    ("time", _time),
)
