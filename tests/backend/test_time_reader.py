# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time of recordings: every way in which programs write it, at every usual rate."""

import datetime
from collections.abc import Callable

import numpy as np
import pytest

from aim_blender_addon.backend.io.time_reader import Clock, ClockError, rate_of, read_clock

#: Whole rates and those of television.
RATES = (12, 15, 23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 72, 90, 100, 119.88, 120, 144, 240)
WHOLE = tuple(rate for rate in RATES if rate == int(rate))


def _timecode(frame: int, rate: int, form: str = "{:02d}:{:02d}:{:02d}:{:02d}.000") -> str:
    second, part = divmod(frame, rate)
    return form.format(10 + second // 3600, second // 60 % 60, second % 60, part)


def _clock_time(seconds: float, digits: int, sign: str = ".", start: int = 36000) -> str:
    ticks = round(seconds * 10**digits)
    whole, part = divmod(ticks, 10**digits)
    whole += start
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{sign}{part:0{digits}d}"


def _read(
    cells: list, heading: str = "Timecode", said: float | None = None, asked: float | None = None
) -> Clock:
    return read_clock([(heading, cells)], len(cells), said, asked)


def _is_even(clock: Clock, rate: float, count: int, within: float = 0.0) -> None:
    assert clock.rate == pytest.approx(rate, rel=2e-4)
    assert len(clock.times) == count
    np.testing.assert_allclose(clock.times, np.arange(count) / rate, atol=1e-6 + within, rtol=5e-4)
    assert clock.notes == ()


@pytest.mark.parametrize("rate", WHOLE)
@pytest.mark.parametrize(
    "form",
    [
        "{:02d}:{:02d}:{:02d}:{:02d}.000",
        "{:02d}:{:02d}:{:02d}:{:02d}",
        "{:02d}:{:02d}:{:02d};{:02d}",
        "{:02d}:{:02d}:{:02d}.{:02d}",
        "{:02d}:{:02d}:{:02d}:{:03d}",
    ],
)
@pytest.mark.parametrize("start", [0, 7])
def test_frame_numbers_at_any_rate(rate: int, form: str, start: int) -> None:
    count = 3 * rate
    cells = [_timecode(n + start, rate, form) for n in range(count)]
    _is_even(_read(cells), rate, count)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("digits", [3, 6])
@pytest.mark.parametrize("sign", [".", ","])
def test_clock_times_with_parts_of_a_second(rate: float, digits: int, sign: str) -> None:
    count = int(3 * rate)
    cells = [_clock_time(n / rate, digits, sign) for n in range(count)]
    _is_even(_read(cells), rate, count, 10.0**-digits)


@pytest.mark.parametrize("rate", RATES)
def test_milliseconds_in_the_field_of_frames(rate: float) -> None:
    """curves_ms_frame_timecode, at other rates, padded and not."""
    count = int(3 * rate)
    for form in ("{}:{}.{:03d}", "{}:{:03d}"):
        cells = []
        for n in range(count):
            clock = _clock_time(n / rate, 3)
            cells.append(form.format(clock[:8], int(clock[9:]), n))
        _is_even(_read(cells), rate, count, 1e-3)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("heading", "scale", "digits"),
    [
        ("Time", 1.0, 6),
        ("time (s)", 1.0, 4),
        ("timestamp", 1e3, 1),
        ("timestamp_ms", 1e3, 0),
        ("Elapsed Milliseconds", 1e3, 0),
        ("timestamp", 1e6, 0),
        ("time_us", 1e6, 0),
        ("timestamp", 1e9, 0),
        ("Timecode", 1 / 86400, 10),
        ("time [days]", 1 / 86400, 12),
    ],
)
def test_columns_of_time_in_any_unit(rate: float, heading: str, scale: float, digits: int) -> None:
    """curves_time_seconds, curves_excel_timecode, and other units."""
    count = int(4 * rate)
    cells = [f"{(100.0 + n / rate) * scale:.{digits}f}" for n in range(count)]
    _is_even(_read(cells, heading), rate, count, 1.01 * 10.0**-digits / scale)


@pytest.mark.parametrize("start", [1.7e9, 1.7e12, 1.7e15, 1.7e18])
def test_times_since_1970(start: float) -> None:
    scale = start / 1.7e9
    cells = [start + n / 60 * scale for n in range(240)]
    clock = _read(cells, "timestamp")
    assert clock.rate == 60 and clock.times[-1] == pytest.approx(239 / 60, abs=1e-3)


def test_dates_and_the_turn_of_a_day() -> None:
    begin = datetime.datetime(2024, 12, 31, 23, 59, 59)
    moments = [begin + datetime.timedelta(seconds=n / 25) for n in range(100)]
    _is_even(_read([m.isoformat() for m in moments], "datetime"), 25, 100)
    _is_even(_read([m.isoformat(" ") + "Z" for m in moments], "datetime"), 25, 100)
    _is_even(_read([m.strftime("%H:%M:%S.%f") for m in moments]), 25, 100)


def test_minutes_and_seconds_alone() -> None:
    cells = [f"{n // 1500:02d}:{n / 25 % 60:06.3f}" for n in range(200)]
    _is_even(_read(cells), 25, 200, 1e-3)


def test_frames_counted_by_twos_and_fours_in_a_timecode_of_sixty() -> None:
    for step in (2, 4):
        cells = [_timecode(step * n, 60) for n in range(100)]
        _is_even(_read(cells), 60 / step, 100)


def test_television_numbers_frames_from_0_to_23_and_plays_slower() -> None:
    cells = [_timecode(n, 24) for n in range(240)]
    _is_even(_read(cells, said=23.976), 23.976, 240)
    _is_even(_read(cells, asked=23.976), 23.976, 240)


def test_drop_frame_timecode_leaves_no_gap() -> None:
    """Numbers 0 and 1 are left out in each minute but every tenth; frames are not."""
    cells = []
    for frame in range(30 * 118, 30 * 118 + 200):  # over the second minute
        tens, rest = divmod(frame, 17982)
        number = frame + 18 * tens + 2 * max(0, (rest - 2) // 1798)
        cells.append(_timecode(number, 30, "{:02d}:{:02d}:{:02d};{:02d}"))
    assert any(cell.endswith(":00;02") for cell in cells)
    _is_even(_read(cells), 29.97, 200)


@pytest.mark.parametrize("gap", [1, 20, 300])
def test_gaps_stay_gaps_and_are_said(gap: int) -> None:
    frames = [*range(60), *range(60 + gap, 120 + gap)]
    for cells, heading in (
        ([_timecode(n, 30) for n in frames], "Timecode"),
        ([f"{n / 30:.3f}" for n in frames], "time"),
        (frames, "frame"),
    ):
        clock = _read(cells, heading, said=30 if heading == "frame" else None)
        np.testing.assert_allclose(clock.times, np.array(frames) / 30, atol=1.1e-3)
        (note,) = clock.notes
        assert f"{gap:,} frame" in note and "1 gap" in note


def test_uneven_steps_are_said() -> None:
    random = np.random.default_rng(0)
    times = np.cumsum(1 / 60 + random.uniform(-0.006, 0.006, 300))
    clock = _read([f"{t:.4f}" for t in times], "time")
    assert clock.rate == pytest.approx(60, rel=0.05)
    np.testing.assert_allclose(clock.times, times - times[0], atol=1e-4)
    assert any("uneven" in note for note in clock.notes)


def test_a_short_take_says_what_it_assumed() -> None:
    clock = _read([_timecode(n, 60) for n in range(40)])
    assert clock.rate == 60 and "no whole second" in clock.notes[0]
    assert _read([_timecode(n, 50) for n in range(40)], asked=50).rate == 50
    assert _read(["00:00:00:00", "00:00:00:33", "00:00:00:67"]).rate == pytest.approx(30, rel=0.02)


def test_rows_are_counted_where_there_is_no_time_and_that_is_said() -> None:
    clock = read_clock([], 90)
    assert clock.rate == 30 and not clock.told and "30 a second" in clock.notes[0]
    assert read_clock([], 90, None, 25).notes == ()
    assert read_clock([("Timecode", ["x"] * 90)], 90).notes != ()


def test_a_clock_coarser_than_the_frames_is_spread() -> None:
    for digits, rate in ((1, 30), (0, 24), (2, 120)):
        cells = [
            _clock_time(np.floor(n / rate * 10**digits) / 10**digits, 3)[: 9 + digits]
            for n in range(5 * rate)
        ]
        clock = _read([cell.rstrip(".") for cell in cells])
        assert clock.rate == rate and len(clock.times) == 5 * rate, (digits, rate)
        np.testing.assert_allclose(clock.times, np.arange(5 * rate) / rate, atol=1e-6)
        assert "coarser" in clock.notes[0]


def test_whole_seconds_in_a_column_of_numbers() -> None:
    clock = _read([n // 30 for n in range(150)], "Time")
    assert clock.rate == 30 and clock.times[-1] == pytest.approx(149 / 30)


def test_a_take_that_starts_anew_is_put_behind_the_first() -> None:
    cells = [f"{n / 30:.3f}" for n in range(60)] * 2
    clock = _read(cells, "time")
    assert len(clock.times) == 120 and clock.times[-1] == pytest.approx(119 / 30, abs=2e-3)
    assert any("starts anew after row 60" in note for note in clock.notes)


def test_one_row_with_a_time_23_hours_later() -> None:
    """It makes no two million frames: alone it is put in its place, and what stays away is refused."""
    cells = [_timecode(n, 30) for n in range(60)]
    cells[30] = "33:00:01:00.000"
    clock = _read(cells)
    assert clock.times[-1] == pytest.approx(59 / 30) and len(clock.times) == 60
    assert any("between their neighbours" in note for note in clock.notes)
    cells[30] = "99999999:00:01:00.000"
    assert _read(cells).times[-1] == pytest.approx(59 / 30)
    cells[30:] = [_timecode(n + 23 * 3600 * 30, 30) for n in range(30, 60)]
    with pytest.raises(ClockError, match="23.0 hours after row 30"):
        _read(cells)


@pytest.mark.parametrize("step", [1e-9, 1e-7, 2e4, 1e9, 1e300])
def test_steps_that_no_camera_takes(step: float) -> None:
    cells = [repr(n * step) for n in range(60)]
    try:
        clock = _read(cells, "time")
    except ClockError:
        return
    assert 0.5 <= clock.rate <= 1000


@pytest.mark.parametrize(
    ("said", "rate"),
    [(30, 30), ("24", 24), ("29,97 fps", 29.97), ("30000/1001", 30000 / 1001), ("60 Hz", 60)],
)
def test_rates_as_files_say_them(said: object, rate: float) -> None:
    assert rate_of(said) == pytest.approx(rate)


@pytest.mark.parametrize(
    "said", ["fast", "1/0", 0, -1, 1e-9, 1e308, float("nan"), [], {}, True, 10**400, "9" * 400]
)
def test_rates_that_are_none(said: object) -> None:
    with pytest.raises(ClockError, match="frame rate"):
        rate_of(said)


def test_the_user_may_know_better() -> None:
    cells = [f"{n / 30:.3f}" for n in range(60)]
    clock = _read(cells, "time", asked=24)
    assert clock.rate == 24 and clock.times[-1] == pytest.approx(59 / 24, rel=1e-3)
    assert "as asked" in clock.notes[-1]


def test_the_better_of_two_clocks() -> None:
    """OpenFace: frame and timestamp; a clock that stands still is none."""
    times: Callable[[int], str] = lambda n: f"{n / 60:.3f}"  # noqa: E731
    columns = [("timestamp", [times(n) for n in range(120)]), ("frame", list(range(120)))]
    assert read_clock(columns, 120).rate == 60
    still = [("timestamp", ["0"] * 120), ("frame", list(range(120)))]
    assert read_clock(still, 120, 50).rate == 50


def test_clocks_of_twelve_hours_and_frames_in_halves() -> None:
    parts = [f"{n % 30 / 30:.3f}"[1:] for n in range(60)]
    cells = [f"11:59:59{part} AM" for part in parts[:30]]
    cells += [f"12:00:00{part} PM" for part in parts[30:]]
    _is_even(_read(cells), 30, 60, 1e-3)
    _is_even(_read([n / 2 for n in range(60)], "frame", said=24), 48, 60)
