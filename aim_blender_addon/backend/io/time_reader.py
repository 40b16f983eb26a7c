# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When each row of a recording was taken, for curves and markers alike (numpy only).

A column of time is read as what the file says it is, and else by evidence: how its numbers run from row to row. Gaps
stay gaps. Whatever is doubtful, missing or uneven is said in a note.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from .curve_channels import is_rate
from .time_stamps import Stamps, read_stamps, usual_rate

#: Frames a second of a recording that does not say.
USUAL_FPS = 30.0
#: A take has at most so many frames, gaps counted; longer ones are cut by hand (an hour has 216,000 at 60 a second).
MOST_FRAMES = 1_000_000
#: Frames that a take of few rows may have, gaps counted: so many for each row, and so many more (ten minutes at 60).
_FRAMES_PER_ROW, _MORE_FRAMES = 100, 36_000
#: Rates that can be, frames a second.
RATES = (0.5, 1000.0)
#: A step off by more than this fraction of a frame is uneven.
UNEVEN = 0.25
#: A row is out of place where its time is so far from both neighbours, seconds and steps.
_APART_SECONDS, _APART_STEPS = 1.0, 30.0
#: A leap back by more than this, seconds, is midnight.
_HALF_A_DAY = 43200.0
#: From this fraction of equal steps on, a clock is coarser than the frames.
_COARSE = 0.1
#: From this fraction of nearly equal times on, parts of a file overlap: its time starts anew.
_OVERLAP = 0.05


class ClockError(ValueError):
    """A time cannot be: the text says why, and begins with what the file does."""


@dataclass(frozen=True)
class Clock:
    """When the rows of a file were taken.

    Attributes:
        rows: [T] numbers of the rows that count, in the order of time.
        times: [T] seconds from the first of them, rising.
        rate: frames a second.
        told: whether the file tells time or a rate; else frames were counted.
        notes: what was mended, assumed, missing or uneven, a sentence each.
    """

    rows: np.ndarray
    times: np.ndarray
    rate: float
    told: bool
    notes: tuple[str, ...] = ()


def rate_of(value: object) -> float | None:
    """Frames a second that a number or text says (``30``, ``"29.97 fps"``, ``"30000/1001"``), or None without any.

    Raises:
        ClockError: it is no rate from ``RATES``.
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            text = value.casefold().replace(",", ".").strip()
            for word in ("frames per second", "fps", "hz"):
                text = text.removesuffix(word).strip()
            above, _, below = text.partition("/")
            rate = float(above) / float(below or 1.0)
        elif isinstance(value, bool):
            raise ValueError
        else:
            rate = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        rate = float("nan")
    if not RATES[0] <= rate <= RATES[1]:
        shown = repr(value) if isinstance(value, int | float | str) else "something else"
        raise ClockError(
            f"says that {shown[:40]} is its frame rate: give one from {RATES[0]:g} to {RATES[1]:,.0f} a second"
        )
    return rate


def rate_in(lines: Sequence[str]) -> float | None:
    """Frames a second that the lines above a table say (``# fps: 25``, ``Frame Rate,29.97``), or None."""
    for line in lines:
        parts = [part.strip(" \t#\"'") for part in re.split(r"[,;:=\t|]+", line)]
        pairs = [
            *zip(parts, parts[1:], strict=False),
            *(part.rpartition(" ")[::2] for part in parts),
        ]
        for heading, value in pairs:
            if is_rate(heading) and re.match(r"\d", value):
                with suppress(ClockError):
                    return rate_of(value)
    return None


def count_clock(count: int, said: float | None = None, asked: float | None = None) -> Clock:
    """The clock of ``count`` rows without times: as the user asked, as the file says, or 30 a second, which is said."""
    rate = asked or said or USUAL_FPS
    notes = ()
    if not (asked or said) and count > 1:
        notes = (f"the file tells no time: its rows were counted at {rate:g} a second",)
    if count > MOST_FRAMES:
        raise ClockError(f"has {count:,} frames: cut it into shorter takes")
    rows = np.arange(count)
    return Clock(rows, rows / rate, rate, bool(said), notes)


def seen_rows(clock: Clock, seen: Sequence[int], count: int) -> Clock:
    """The clock of those of ``count`` rows that were seen, counted among these; it may have no row."""
    places = np.full(count, -1)
    places[list(seen)] = np.arange(len(seen))
    kept = places[clock.rows] >= 0
    times = clock.times[kept]
    return replace(clock, rows=places[clock.rows][kept], times=times - times[:1].sum())


def read_clock(
    columns: Sequence[tuple[str, Sequence]],
    count: int,
    said: float | None = None,
    asked: float | None = None,
) -> Clock:
    """The clock of ``count`` rows.

    Args:
        columns: heading and cells (texts or numbers) of each column that may tell time, the best first.
        count: rows.
        said: frames a second that the file says, or None.
        asked: frames a second that the user says, or None.

    Raises:
        ClockError: time would need far more frames than there are rows.
    """
    asked = rate_of(asked)
    best: Stamps | None = None
    for heading, cells in columns:
        found = read_stamps(heading, cells, asked or said)
        if found is not None and (best is None or (best.is_coarse and not found.is_coarse)):
            best = found
    if best is None:
        clock = count_clock(count, said, asked)
        if any(str(cell).strip() for _, cells in columns for cell in cells[:100]):
            note = f"its time cannot be read: rows were counted at {clock.rate:g} a second"
            return Clock(clock.rows, clock.times, clock.rate, bool(said), (note,))
        return clock
    return _clock(best, said, asked)


def _clock(stamps: Stamps, said: float | None, asked: float | None) -> Clock:
    notes = list(stamps.notes)
    seconds = _mended(stamps.seconds, stamps.wraps, notes)
    seconds, quantum = _spread(seconds, stamps.quantum, notes)
    order = np.argsort(seconds, kind="stable")
    if (np.diff(order) < 0).any():
        notes.append("time runs backwards in places: the rows were put in order")
    kept = order[np.diff(seconds[order], prepend=-np.inf) > 1e-6]
    if len(kept) < len(order):
        notes.append(f"{len(order) - len(kept):,} rows of the same time were left out")
    times = seconds[kept] - seconds[kept[0]]
    period = _period(times)
    if period is None:
        return Clock(kept, times, asked or said or stamps.rate or USUAL_FPS, True, tuple(notes))
    if not RATES[0] / 10 <= 1.0 / period <= RATES[1] * 1.1:
        raise ClockError(
            f"has a frame every {_duration(period)}: correct its column of time, or remove it"
        )
    rate = usual_rate(1.0 / period, 2 * quantum / times[-1])
    if said and abs(said / rate - 1.0) < 0.01:
        rate = said
    if asked and not any(abs(asked / r - 1.0) < 0.01 for r in (rate, stamps.rate or rate)):
        notes.append(
            f"the file's own time has {rate:g} frames a second: it plays at {asked:g} as asked"
        )
        times, period, rate, quantum = times * (rate / asked), period * (rate / asked), asked, 0.0
    times = _unrounded(times, rate, quantum)
    _check_length(times, rate, kept)
    notes += _unevenness(times, period, quantum)
    return Clock(kept, times, rate, True, tuple(notes))


def _step(seconds: np.ndarray) -> float:
    """The median step forward, seconds; 0 without any."""
    steps = np.diff(seconds)
    steps = steps[steps > 1e-9]
    return float(np.median(steps)) if len(steps) else 0.0


def _mended(seconds: np.ndarray, wraps: bool, notes: list[str]) -> np.ndarray:
    """Seconds [T] past midnight, without times that cannot be, and one part after another."""
    seconds = seconds.copy()
    known = np.flatnonzero(np.isfinite(seconds))
    part = seconds[known]
    step = _step(part)
    apart = max(_APART_SECONDS, _APART_STEPS * step)
    wrong = np.zeros(len(part), bool)
    if len(part) > 3:
        before, here, after = part[:-2], part[1:-1], part[2:]
        runs_on = after >= before
        wrong[1:-1] = runs_on & ((here - after > apart) | (before - here > apart))
        most = _HALF_A_DAY if wraps else np.inf
        wrong[0] = apart < part[0] - part[1] < most and not wrong[1]
        wrong[-1] = apart < part[-2] - part[-1] < most and not wrong[-2]
    if wraps:
        good = np.flatnonzero(~wrong)
        for cut in good[1:][np.diff(part[good]) < -_HALF_A_DAY]:
            part[cut:] += 2 * _HALF_A_DAY
    seconds[known] = np.where(wrong, np.nan, part)
    lost = ~np.isfinite(seconds)
    if lost.any():
        places = np.arange(len(seconds), dtype=float)
        good = places[~lost]
        seconds[lost] = np.interp(places[lost], good, seconds[~lost])
        seconds[lost] += step * (
            np.minimum(places[lost] - good[0], 0) + np.maximum(places[lost] - good[-1], 0)
        )
        notes.append(
            f"{int(lost.sum()):,} rows whose time cannot be were placed between their neighbours"
        )
    return _one_after_another(seconds, step, notes)


def _one_after_another(seconds: np.ndarray, step: float, notes: list[str]) -> np.ndarray:
    """Seconds whose clock starts anew within the file, its parts put one after another."""
    back = np.flatnonzero(np.diff(seconds) < -5 * step)
    close = np.diff(np.sort(seconds)) < 0.5 * step
    in_place = np.diff(seconds) == 0
    if not len(back) or len(back) > 1000 or close.sum() - in_place.sum() < _OVERLAP * len(close):
        return seconds
    seconds = seconds.copy()
    for cut in back:
        if seconds[cut + 1] <= seconds[cut]:
            seconds[cut + 1 :] += seconds[cut] + step - seconds[cut + 1]
    notes.append(f"time starts anew after row {back[0] + 1:,}: what follows was put behind it")
    return seconds


def _spread(seconds: np.ndarray, quantum: float, notes: list[str]) -> tuple[np.ndarray, float]:
    """Seconds of a clock that is coarser than the frames, spread evenly; and what they are rounded to."""
    steps = np.diff(seconds)
    if not len(steps) or (steps < -1e-9).any() or (steps == 0).mean() <= _COARSE:
        return seconds, quantum
    starts = np.concatenate([[0], np.flatnonzero(steps > 0) + 1])
    if len(starts) < 2:
        return seconds, quantum
    tick = float(np.median(np.diff(seconds[starts])))
    breaks = np.flatnonzero(np.diff(seconds[starts]) > 1.5 * tick) + 1
    parts = np.split(starts, breaks)
    rows = sum(int(part[-1] - part[0]) for part in parts)
    time = sum(float(seconds[part[-1]] - seconds[part[0]]) for part in parts)
    if not rows or time <= 0:
        return seconds, quantum
    rate = usual_rate(rows / time, tick / time)
    spread = np.empty(len(seconds))
    ends = [*(part[0] for part in parts[1:]), len(seconds)]
    first = 0
    for part, end in zip(parts, ends, strict=True):
        # The first change is the first moment that the clock tells exactly.
        anchor = part[1] if len(part) > 1 else part[0]
        spread[first:end] = seconds[anchor] + (np.arange(first, end) - anchor) / rate
        first = end
    notes.append("its clock is coarser than its frames: they were spread evenly")
    return spread, 0.0


def _period(times: np.ndarray) -> float | None:
    """Seconds from frame to frame [T], gaps left out; None for a single frame."""
    steps = np.diff(times)
    if not len(steps):
        return None
    period = float(np.median(steps))
    for _ in range(3):
        frames = np.maximum(1.0, np.round(steps / period))
        near = frames <= 3
        if not near.any():
            break
        period = float(steps[near].sum() / frames[near].sum())
    return period


def _unrounded(times: np.ndarray, rate: float, quantum: float) -> np.ndarray:
    """Times [T] as they were before they were rounded, where all are those of frames but for that."""
    if not 0 < quantum < 0.9 / rate:
        return times
    rows = np.arange(len(times))
    off = times - rows / rate
    if np.ptp(off) <= 1.05 * quantum:  # without a gap, even a coarse clock tells
        return rows / rate
    frames = np.round(times * rate)
    within = quantum < 0.4 / rate and np.abs(times - frames / rate).max() <= 1.05 * quantum
    return frames / rate if within and (np.diff(frames) > 0).all() else times


def _check_length(times: np.ndarray, rate: float, rows: np.ndarray) -> None:
    """Refuse a time that asks for far more frames than there are rows."""
    frames = float(times[-1]) * rate + 1
    if frames <= min(MOST_FRAMES, _FRAMES_PER_ROW * len(times) + _MORE_FRAMES):
        return
    cut = int(np.diff(times).argmax())
    gap = float(times[cut + 1] - times[cut])
    if len(times) > 0.5 * frames:
        raise ClockError(f"has {frames:,.0f} frames: cut it into shorter takes")
    raise ClockError(
        f"would last {_duration(float(times[-1]))} with {len(times):,} rows: its time jumps by {_duration(gap)} after "
        f"row {int(rows[cut]) + 1:,}; correct it there, or cut the file"
    )


def _unevenness(times: np.ndarray, period: float, quantum: float) -> list[str]:
    """What is missing between the frames, and steps that are no frames long."""
    steps = np.diff(times)
    frames = np.maximum(1.0, np.round(steps / period))
    off = np.abs(steps - frames * period) > max(UNEVEN * period, 1.05 * quantum)
    gaps = frames > 1
    notes = []
    if gaps.any():
        longest = int(steps.argmax())
        missing = int((frames - 1).sum())
        what = "1 frame is" if missing == 1 else f"{missing:,} frames are"
        word = "gap" if gaps.sum() == 1 else "gaps"
        notes.append(
            f"{what} missing in {int(gaps.sum()):,} {word}, the longest of "
            f"{steps[longest]:.2f} s after {times[longest]:.2f} s"
        )
    uneven = off & ~gaps
    if uneven.any():
        notes.append(
            f"{int(uneven.sum()):,} of {len(steps):,} steps are uneven: {steps[uneven].min():.4f} to "
            f"{steps[uneven].max():.4f} s, where {period:.4f} s is usual"
        )
    return notes


def _duration(seconds: float) -> str:
    for size, word in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {word}"
    return f"{seconds:.4g} seconds"
