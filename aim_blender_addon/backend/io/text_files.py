# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that other programs write: any encoding, line ends, separators and decimal signs (standard library)."""

import codecs
import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path

from .regular_file import read_regular

#: A file of curves, markers or shapes has at most so many bytes; an hour of 61 columns at 60 a second has 150 million.
MOST_BYTES = 1 << 30
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SPACES = str.maketrans("", "", " \t\u00a0\u2007\u2009\u202f'’")
_SIGNS = str.maketrans({"\u2212": "-", "٫": ".", "，": ","})
#: What programs write into a cell that has no value.
_NOTHING = frozenset(("", "nan", "null", "none", "n/a", "na", "-"))
#: What remarks begin with.
_COMMENTS = ("#", "//", "%")
#: What stands after the end of a text: zeros of a whole block, and the sign that ended files of DOS.
_AFTER_THE_END = "\0\x1a"
_LINE_ENDS = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_SEPARATORS = " \t,;|\v\f"
#: A quoted cell of a header goes on over so many lines at most, in the first lines.
_QUOTED_LINES, _HEADER_LINES = 4, 30
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f]")


def decode(data: bytes) -> str:
    """Text of bytes: by their byte order mark, else UTF-8, UTF-16 by its zeros, or Western (Windows) letters.

    Raises:
        ValueError: they are no text.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None and len(data) >= 4 and 0 in data[:4]:
        encoding = "utf-16-le" if data[1] == 0 else "utf-16-be"
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding:
            raise ValueError("it is no text") from error
        text = data.decode("cp1252", errors="replace")
    text = text.rstrip(_AFTER_THE_END)
    if _NO_TEXT.search(text[:65536]):
        raise ValueError("it is no text")
    return text


def read_text(path: Path) -> str:
    """The text in a file, without its byte order mark.

    Raises:
        OSError: it cannot be read, is no ordinary file, or has more than ``MOST_BYTES``.
        ValueError: it is no text.
    """
    return decode(read_regular(path, MOST_BYTES))


def lines_of(text: str) -> list[str]:
    """Lines, whatever ends them: Windows, Unix, old Macs, or Unicode."""
    return _LINE_ENDS.split(text)


def filled_lines(text: str) -> list[str]:
    """Lines that hold more than separators; a heading in quotes may go on over several of them."""
    lines = [line for line in lines_of(text) if line.strip(_SEPARATORS)]
    for first in range(min(_HEADER_LINES, len(lines))):
        if first >= len(lines) or lines[first].count('"') % 2 == 0:
            continue
        for last in range(first + 1, min(first + 1 + _QUOTED_LINES, len(lines))):
            if lines[last].count('"') % 2:
                lines[first : last + 1] = [" ".join(lines[first : last + 1])]
                break
    return lines


def find_delimiter(line: str, among: str = ",;\t|") -> str:
    """What separates the cells of a header, outside of quotes; a blank where there is nothing else."""
    bare = re.sub(r'"[^"]*"', "", line)
    best = max(among, key=bare.count)
    return best if best in bare or " " not in bare.strip() else " "


def delimiter_of_rows(lines: Sequence[str], heading: str) -> str:
    """What separates the cells of rows: as in the heading, or else what most rows have."""
    if not lines or sum(heading in line.strip() for line in lines) > 0.5 * len(lines):
        return heading
    most = {sign: sum(sign in line for line in lines) for sign in ";\t|,"}
    best = max(most, key=most.__getitem__)
    return best if most[best] > 0.5 * len(lines) else heading


def split_line(line: str, delimiter: str) -> list[str] | None:
    """Cells of one line, without quotes; None where the line is damaged. Any number of blanks is one."""
    if delimiter == " ":
        line = re.sub(r"[ \t]+", " ", line.strip())
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return None


def is_comment(line: str, delimiter: str, columns: int) -> bool:
    """Whether a line of a table with so many columns is a remark, and no row whose first cell begins like one."""
    return line.lstrip().startswith(_COMMENTS) and line.count(delimiter) < columns - 1


def is_nothing(cell: str) -> bool:
    """Whether a cell has no value."""
    return cell.strip().casefold() in _NOTHING


def number(cell: str) -> float:
    """The number in a cell, with a point or a comma, a sign of any kind, thousands in groups; % is hundredths.

    Raises:
        ValueError: it holds none, or one that is not finite.
    """
    try:
        value = float(cell)
    except ValueError:
        text = cell.translate(_SPACES).translate(_SIGNS)
        share = text.endswith("%")
        text = text.removesuffix("%")
        comma, point = text.rfind(","), text.rfind(".")
        if comma > point:  # 1.234,5
            text = text.replace(".", "").replace(",", ".", 1) if text.count(",") == 1 else text
        elif comma >= 0:  # 1,234.5
            text = text.replace(",", "")
        value = float(text) / (100.0 if share else 1.0)
    if not math.isfinite(value):
        raise ValueError("not finite")
    return value


def numbers(row: Sequence[str], columns: Sequence[int]) -> list[float] | None:
    """Numbers of some columns; None where one is none, or missing."""
    try:
        values = [float(row[i]) for i in columns]
        return values if all(map(math.isfinite, values)) else None
    except (IndexError, ValueError):
        pass  # written in another way, or missing
    try:
        return [number(row[i]) for i in columns]
    except (IndexError, ValueError):
        return None


def numbers_with_gaps(
    row: Sequence[str], columns: Sequence[int], words: bool = True
) -> list[float] | None:
    """Numbers of some columns, NaN for cells without a value; None where one is a text, or missing.

    Args:
        row: cells.
        columns: those to read.
        words: whether words like ``nan`` are cells without a value, as empty ones are.
    """
    found = numbers(row, columns)
    if found is not None:
        return found
    try:
        cells = [row[i].strip() for i in columns]
        return [math.nan if not c or (words and is_nothing(c)) else number(c) for c in cells]
    except (IndexError, ValueError):
        return None
