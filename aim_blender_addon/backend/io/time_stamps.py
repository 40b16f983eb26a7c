# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a column of times means: timecodes, seconds and their parts, days, or numbers of frames (numpy only)."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .text_files import number

#: Rates at which is recorded, frames a second.
_RATES = (
    1, 2, 5, 10, 12, 12.5, 15, 16, 18, 20, 24000 / 1001, 24, 25, 30000 / 1001, 30, 48000 / 1001, 48, 50,
    60000 / 1001, 60, 72, 75, 80, 90, 100, 120000 / 1001, 120, 144, 150, 160, 180, 200, 240000 / 1001, 240, 250,
    300, 480, 500, 1000,
)  # fmt: skip
#: Numbers of frames in a second of timecode.
_BASES = (12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60, 72, 75, 90, 100, 120, 144, 150, 180, 200, 240)
#: Those tried where no whole second was seen.
_LIKELY_BASES = ((20, 30), (23, 24), (24, 25), (29, 30), (59, 60), (119, 120), (239, 240))
#: Rates that a rounded measurement is taken for, within this fraction of it.
_NEAR = 4e-4
#: The fourth field of a timecode counts no frames from here on.
_MOST_BASE = 240
#: A step of the fourth field from which on it counts milliseconds, in takes shorter than a second.
_MS_STEP = 8
#: No time is so large in any unit.
_LARGEST = 1e19
#: Decimals after which a fraction of a second is exact enough.
_DECIMALS = 9
_TIMECODE = re.compile(
    r"(?:(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:T|,?\s)\s*)?"
    r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:([:;.,])(\d{1,9})(?:[.,:](\d{1,9}))?)?"
    r"\s*(?:(AM|PM)|Z|UTC|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
#: ``20240501T100000.033``, which is read as with its signs.
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?=$|[.,Z+-])", re.IGNORECASE)
#: ``0h1m2.5s``, which is read as with colons.
_SPELLED = re.compile(
    r"(?:(\d+)\s*h)?\s*(\d+)\s*m(?:in)?\s*(\d+(?:[.,]\d+)?)\s*s(?:ec)?", re.IGNORECASE
)
#: A number with its unit in the cell.
_MEASURED = re.compile(
    r"\s*([-+]?[\d.,]+(?:e[-+]?\d+)?)\s*([nuµμm]?s|sec(?:onds?)?|min)\s*", re.IGNORECASE
)
_FRAME_WORDS = re.compile(r"frame|(?:^|[^a-z])(?:idx|index|sample|row)|^(?:f|no|nr|n)$")
#: Seconds in the units that headings name.
_UNITS = (
    (re.compile(r"(?:^|[^a-z])n(?:ano)?s(?:ec\w*)?(?:$|[^a-z])|nanosec"), 1e-9),
    (re.compile(r"(?:^|[^a-zµμ])[uµμ]s(?:ec\w*)?(?:$|[^a-z])|microsec"), 1e-6),
    (re.compile(r"(?:^|[^a-z])m(?:illi)?s(?:ec\w*)?(?:$|[^a-z])|millis"), 1e-3),
    (re.compile(r"(?:^|[^a-z])min(?:ute)?s?(?:$|[^a-z])"), 60.0),
    (re.compile(r"(?:^|[^a-z])s(?:ec\w*)?(?:$|[^a-z])|second"), 1.0),
    (re.compile(r"(?:^|[^a-z])(?:days?|tage?)(?:$|[^a-z])"), 86400.0),
)
#: From frame to frame, seconds; the unit of a heading is believed up to here.
_LONGEST_STEP = 20.0
#: A hundred nanoseconds, as Windows counts time.
_TICK = 1e-7
#: Numbers of ticks since 1601 or since the year 1, in our days.
_TICKS_SINCE = (1e17, 9e17)
#: Steps of numbers without a unit: nanoseconds, ticks, microseconds, and so on, each from so much to so much.
_STEPS = (
    (1e-9, 1e6, 1e9),
    (_TICK, 1.4e5, 1e6),
    (1e-6, 1e3, 1.4e5),
    (1e-3, 1.0, 1e3),
    (1.0, 1e-3, 1.0),
    (86400.0, 1e-8, 1.2e-5),
)


@dataclass(frozen=True)
class Stamps:
    """A column of times.

    Attributes:
        seconds: [T], NaN where a cell tells none.
        quantum: what they are rounded to, seconds.
        rate: frames a second that the numbers themselves count, or None.
        wraps: whether they begin again at midnight.
        notes: what was assumed, a sentence each.
    """

    seconds: np.ndarray
    quantum: float
    rate: float | None = None
    wraps: bool = False
    notes: tuple[str, ...] = ()

    @property
    def is_coarse(self) -> bool:
        """Whether most rows have the time of the row before."""
        steps = np.diff(self.seconds[np.isfinite(self.seconds)])
        return len(steps) > 0 and bool((steps == 0).mean() > 0.5)


def usual_rate(rate: float, tolerance: float = 0.0) -> float:
    """A measured rate as the one that is meant, whole ones first; itself where none is near."""
    near = [r for r in _RATES if abs(rate / r - 1.0) <= max(_NEAR, tolerance)]
    whole = [r for r in near if r == int(r)] or near
    best = min(whole, key=lambda r: abs(rate - r), default=rate)
    return round(float(best), 3)


def read_stamps(heading: str, cells: Sequence, rate: float | None) -> Stamps | None:
    """What a column of times says; None where most of its cells tell no time.

    Args:
        heading: its heading.
        cells: [T] texts or numbers.
        rate: frames a second that user or file say, or None.
    """
    if not len(cells):
        return None
    heading, cells = _without_unit(heading, cells)
    found = _numbers(cells)
    if np.isfinite(found).mean() > 0.5:
        return _of_numbers(heading, found, _decimals(cells), rate)
    matches = [_TIMECODE.fullmatch(_with_signs(str(cell).strip())) for cell in cells]
    if sum(map(bool, matches)) > 0.5 * len(cells):
        return _of_timecodes(matches, rate)
    return None


def added_up(cells: Sequence) -> list[float]:
    """Times of a column that holds the time from row to row; the first row is at 0."""
    steps = np.nan_to_num(_numbers(cells))
    return [0.0, *np.cumsum(steps[1:]).tolist()]


def _without_unit(heading: str, cells: Sequence) -> tuple[str, Sequence]:
    """A column whose cells have their unit with them, as one that has it in its heading."""
    measured = [_MEASURED.fullmatch(cell) if isinstance(cell, str) else None for cell in cells]
    units = {match[2].casefold() for match in measured if match}
    if len(units) != 1 or sum(map(bool, measured)) <= 0.5 * len(cells):
        return heading, cells
    return f"{heading} ({units.pop()})", [match[1] if match else "" for match in measured]


def _with_signs(text: str) -> str:
    """A time as with colons, from one without any or in words."""
    if spelled := _SPELLED.fullmatch(text):
        whole, _, part = spelled[3].replace(",", ".").partition(".")
        return f"{spelled[1] or 0}:{spelled[2]}:{whole}" + (f".{part}" if part else "")
    return _COMPACT.sub(r"\1-\2-\3T\4:\5:\6", text, count=1)


def _numbers(cells: Sequence) -> np.ndarray:
    """[T] the numbers of cells; NaN where one is none."""
    values = np.full(len(cells), np.nan)
    for place, cell in enumerate(cells):
        try:
            value = number(str(cell))
            values[place] = value if abs(value) < _LARGEST else np.nan
        except ValueError:
            if place == 20 and not np.isfinite(values).any():
                break  # a column of something else
    return values


def _decimals(cells: Sequence) -> int:
    """Digits behind the point of most cells."""
    texts = [str(cell).strip().replace(",", ".") for cell in cells[:200]]
    return max(
        (len(text.partition(".")[2]) for text in texts if "e" not in text.lower()), default=0
    )


def _of_numbers(
    heading: str, values: np.ndarray, decimals: int, rate: float | None
) -> Stamps | None:
    """Times of numbers: in the unit of the heading, else in the one that makes their steps frames."""
    known = values[np.isfinite(values)]
    steps = np.diff(known)
    forward = steps[steps > 0]
    if not len(forward):
        forward = -steps[steps < 0]  # written from its end
    if not len(forward):
        return None if len(known) > 1 else Stamps(np.zeros(len(values)), 0.0)
    step = float(np.median(forward))
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", heading).casefold()
    whole = bool((known == np.round(known)).all())
    unit = next((scale for pattern, scale in _UNITS if pattern.search(name)), None)
    shared = len(forward) < 0.5 * len(steps)
    if shared:  # the clock is coarser than the frames: its mean step tells
        step = abs(float(known[-1] - known[0])) / len(steps)
    if unit is None and ("tick" in name or _TICKS_SINCE[0] < known[0] < _TICKS_SINCE[1]):
        unit = _TICK
    if unit is not None and (shared or 1e-3 <= unit * step <= _LONGEST_STEP):
        return Stamps(values * unit, unit * 10.0**-decimals)
    if _FRAME_WORDS.search(name) and (whole or step >= 0.25):
        return _of_frames(values, rate)
    if whole and step <= 3 and not shared:
        return _of_frames(values, rate)
    said = unit
    unit = next((u for u, low, high in _STEPS if low <= step < high), None)
    if unit is None:
        return None
    notes = ("its time was read as tenths of microseconds",) if unit == _TICK else ()
    if said is not None and said != unit:
        notes = (
            f"its times do not fit the unit in '{heading.strip()[:40]}': they were read by their steps",
        )
    return Stamps(values * unit, unit * 10.0**-decimals, None, False, notes)


def _of_frames(values: np.ndarray, rate: float | None) -> Stamps:
    notes = ()
    if rate is None:
        notes = ("the file tells no frame rate: its frames were counted at 30 a second",)
    used = rate or 30.0
    with np.errstate(over="ignore"):
        return Stamps(values / used, 0.0, used, False, notes)


def _of_timecodes(matches: Sequence[re.Match | None], rate: float | None) -> Stamps:
    """Times of texts like 10:00:01:14.250, whatever the last fields count."""
    parts = [match.groups() if match else None for match in matches]
    seconds = np.full(len(parts), np.nan)
    fourth, sub = np.zeros(len(parts)), np.zeros(len(parts))
    day_of = _days({groups[:3] for groups in parts if groups and groups[0]})
    for place, groups in enumerate(parts):
        if groups is None:
            continue
        *date, hours, minutes, whole, _, last, below, noon = groups
        if noon and hours and int(hours) <= 12:
            hours = int(hours) % 12 + (12 if noon.upper() == "PM" else 0)
        if int(whole) > 59 or (hours and (int(minutes) > 59 or int(hours) > 99)):
            continue
        day = day_of.get(tuple(date), 0.0)
        seconds[place] = day + 3600.0 * int(hours or 0) + 60.0 * int(minutes) + int(whole)
        fourth[place] = int(last or 0)
        sub[place] = float(f"0.{below}") if below else 0.0
    known = np.isfinite(seconds)
    wraps = not day_of
    if not known.any():
        return Stamps(seconds, 0.0)
    given = [groups for groups, good in zip(parts, known, strict=True) if good and groups]
    signs = {groups[6] for groups in given if groups[6]}
    widths = {len(groups[7]) for groups in given if groups[7]}
    if not widths:
        return Stamps(seconds, 1.0, None, wraps)
    if signs <= {".", ","} and not any(groups[8] for groups in given) and min(widths) != 2:
        return _of_fractions(seconds, parts, wraps)
    count = _fourth_field(seconds[known], fourth[known], signs, min(widths), rate)
    if count.base is None:  # parts of a second, two digits after a point
        return _of_fractions(seconds, parts, wraps)
    if count.base >= 1000:
        return Stamps(seconds + fourth / count.base, 1.0 / count.base, None, wraps, count.notes)
    if _is_counter(sub[known]):
        sub = np.zeros(len(parts))
    frames = seconds * count.base + fourth
    real = float(count.base)
    if _is_drop_frame(seconds[known], fourth[known], count.base):
        minute = np.floor(seconds / 60.0)
        frames = frames - (count.base // 15) * (minute - np.floor(minute / 10.0))
        real = count.base * 1000 / 1001
    elif rate and abs(rate / count.base - 1.0) < 0.002:
        real = rate  # 23.976 a second are numbered 0 to 23
    return Stamps((frames + sub) / real, 0.0, real, wraps, count.notes)


def _days(dates: set[tuple[str, ...]]) -> dict[tuple[str, ...], float]:
    """Seconds of dates, in the order of their parts in which they are nearest to each other; 0 where one is none."""
    best: dict[tuple[str, ...], float] = {}
    for order in ((0, 1, 2), (2, 1, 0), (2, 0, 1)):  # year, month and day
        days = {date: _day([date[place] for place in order]) for date in dates}
        if not all(days.values()):
            continue
        if not best or np.ptp([*days.values()]) < np.ptp([*best.values()]):
            best = days
    return best or dict.fromkeys(dates, 0.0)


def _day(date: Sequence[str]) -> float:
    """Seconds of a date of year, month and day; 0 for one that is none."""
    if len(date[0]) != 4:
        return 0.0
    try:
        return 86400.0 * datetime.date(*map(int, date)).toordinal()
    except ValueError:
        return 0.0


def _of_fractions(seconds: np.ndarray, parts: Sequence, wraps: bool) -> Stamps:
    """Seconds with decimals behind a point, of any number of digits."""
    digits = [groups[7] or "" if groups else "" for groups in parts]
    fractions = np.array([float(f"0.{text}") if text else 0.0 for text in digits])
    most = max(map(len, digits))
    return Stamps(seconds + fractions, 10.0 ** -min(most, _DECIMALS), None, wraps)


@dataclass(frozen=True)
class _Fourth:
    """What the fourth field counts: ``base`` of them are a second; None for decimals."""

    base: int | None
    notes: tuple[str, ...] = ()


def _fourth_field(
    seconds: np.ndarray, fourth: np.ndarray, signs: set[str], width: int, rate: float | None
) -> _Fourth:
    """What the fourth field of a timecode counts, by how it runs on."""
    highest = int(fourth.max())
    change = np.diff(seconds)
    inside = np.diff(fourth)[(change == 0) & (np.diff(fourth) > 0)]
    step = float(np.median(inside)) if len(inside) else 1.0
    turns = np.flatnonzero(change == 1)
    if highest >= 1000:
        return _Fourth(10 ** len(str(highest)))
    if highest >= _MOST_BASE:
        return _Fourth(1000)
    if len(turns):
        if signs <= {".", ","} and 0 < 100 - highest <= step:  # hundredths, which no camera counts
            numbered = len(np.unique(fourth)) > 0.9 * highest
            return _Fourth(highest + 1 if numbered and step == 1 else None)
        whole = (seconds > seconds[0]) & (seconds < seconds[-1])
        dense = whole.sum() / max(1, len(np.unique(seconds[whole])))
        return _of_turns(fourth[turns], fourth[turns + 1], step, highest, float(dense), rate)
    if (width >= 3 or highest > 120 or step >= _MS_STEP) and step >= 4 and len(inside):
        return _Fourth(1000)
    if rate and highest < round(rate):
        return _Fourth(round(rate))
    base = next(base for most, base in _LIKELY_BASES if highest <= most)
    notes = ()
    if len(fourth) > 1:
        notes = (f"no whole second is in it: its frames were taken as {base} a second",)
    return _Fourth(base, notes)


def _of_turns(
    before: np.ndarray,
    after: np.ndarray,
    step: float,
    highest: int,
    dense: float,
    rate: float | None,
) -> _Fourth:
    """Frames in a second, by the numbers before and after each new second.

    Args:
        before, after: [S] numbers around each turn.
        step: from number to number.
        highest: number of all.
        dense: rows in a whole second, in the mean.
        rate: frames a second that user or file say; it counts where no turn tells.
    """
    numbers = np.round(before + step - after).astype(int)
    numbers = numbers[numbers > highest]
    if len(numbers):
        values, times = np.unique(numbers, return_counts=True)
        found = int(values[times.argmax()])
    elif rate and highest < round(rate):
        return _Fourth(round(rate))
    else:
        found = highest + 1
    if found in _BASES or dense * step > 0.99 * found:
        return _Fourth(found)
    # Dropped or jittering frames at a turn: a usual number just above the highest is more likely.
    near = [
        base for base in _BASES if highest < base <= highest + max(2.0, step + 1, 0.12 * highest)
    ]
    return _Fourth(min(near, key=lambda base: abs(base - found), default=found))


def _is_counter(sub: np.ndarray) -> bool:
    """Whether what follows a frame's number counts rows, and is no part of a frame."""
    if len(sub) < 3:
        return False
    steps = np.diff(sub)
    smallest = steps[steps > 0].min(initial=1.0)
    return bool(smallest <= 0.001001 and (np.abs(steps - smallest) < 1e-9).mean() > 0.9)


def _is_drop_frame(seconds: np.ndarray, fourth: np.ndarray, base: int) -> bool:
    """Whether the first numbers of a minute are left out, as in NTSC's drop-frame timecode."""
    if base not in (30, 60, 120, 240):
        return False
    left_out = base // 15
    first = np.flatnonzero((np.diff(np.floor(seconds / 60.0)) == 1) & (np.diff(seconds) == 1)) + 1
    first = first[(seconds[first] // 60) % 10 != 0]
    begins = fourth[first] == left_out
    return len(first) > 0 and bool(begins.all()) and bool((fourth[first - 1] == base - 1).all())
