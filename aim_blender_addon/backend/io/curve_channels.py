# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which columns of a recording are ARKit's shapes, and in what unit their values are (numpy only).

A column is a shape by its name, in any spelling. Action units of trackers are shapes of both sides. Percent and
degrees are told by their range.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..shape_names import ARKIT, FACS, arkit_of, plain_name, read_names

#: Columns that turn the head, and the eyes.
HEAD = ("headyaw", "headpitch", "headroll")
EYES = tuple(f"{s}eye{turn}" for s in ("left", "right") for turn in ("yaw", "pitch", "roll"))
#: Columns that say whether a face is seen; 0 or false where it is not.
SEEN = (
    *("blendshapecount", "success", "detected", "facedetected", "facefound", "hasface"),
    *("tracked", "istracked", "facetracked", "istrackingvalid", "valid"),
)
#: What may tell the frame rate, and what may tell the time from frame to frame.
RATE = ("rate", "framespersecond")
_RATE_ENDS = ("fps", "framerate")
PERIOD = ("frametime", "deltatime", "timestep", "dt", "frameduration")
#: FACS intensities of trackers go to this (levels A to E).
MOST_INTENSITY = 5.0
#: Weights beyond this are in another unit.
MOST_WEIGHT = 1.5
#: Trackers that are not calibrated give values a little below nothing; what is below this is said.
LEAST_WEIGHT = -0.25
#: Ends of other units, with some room: what a weight of one is there, and what it is called.
PERCENT = 100.0
_UNITS = ((105.0, PERCENT, "percent"), (255.0, 255.0, "parts of 255"))
#: From here on larger weights are percent; below they may be exaggerated ones.
_SURELY_PERCENT = 10.0
#: So many rows, and this fraction of them, hold larger weights where the unit is another.
_ROWS, _SHARE = 2, 0.02
#: No head turns farther, radians.
MOST_TURN = 1.75
_ACTION_UNIT = re.compile(
    r"(?:.*[^a-z])?au[ _]?0*(\d{1,2})(?:[ _]?(r|c|l|left|right|intensity|presence))?", re.IGNORECASE
)
#: A unit in brackets behind a name; a side in brackets is none.
_UNIT = re.compile(r"\s*[(\[](?!\s*(?:l|r|left|right)\s*[)\]])([^)\]]*)[)\]]\s*$", re.IGNORECASE)
_INTENSITY, _PRESENCE = ("r", "intensity"), ("c", "presence")
_AU_BOTH_LIPS = {"28": ("mouthRollLower", "mouthRollUpper")}


@dataclass(frozen=True)
class Channel:
    """One of ARKit's shapes.

    Attributes:
        name: as ARKit writes it.
        columns: whose mean it is.
        full: what is written where it is fully shown; 0 for an action unit whose range is not known.
    """

    name: str
    columns: tuple[int, ...]
    full: float = 1.0


def key_of(heading: str) -> str:
    """A heading without case, separators and units in brackets."""
    bare = re.sub(r"[(\[{].*?[)\]}]", "", heading)
    return re.sub(r"[^a-z0-9]", "", bare.lower())


def is_rate(heading: str) -> bool:
    """Whether a heading is of frames a second: ``fps``, ``exportFps``, ``Frame Rate``."""
    key = key_of(heading)
    return key in RATE or key.endswith(_RATE_ENDS)


def clock_rank(heading: str) -> int | None:
    """How well a column tells time by its heading, 0 best; None for one that is no clock."""
    key = key_of(heading)
    if is_rate(heading) or key in (*PERIOD, "timedelta", "exposuretime"):
        return None
    if key.startswith("timecode") or key.endswith("timecode") or key in ("tc", "smpte"):
        return 0
    if key.startswith("time") or key.endswith(("time", "timestamp")):
        return 1
    if key in ("t", "s", "ms", "sec", "elapsed", "clock", "zeit", "temps", "tempo", "tiempo"):
        return 1
    if re.fullmatch(r"(?:milli|micro|nano)?sec(?:ond)?s?|date|datetime", key):
        return 1
    if key.startswith("frame") or key in ("index", "idx", "sample", "bild", "image"):
        return 2
    return None


def find_channels(headings: Sequence[str]) -> tuple[list[Channel], list[int]]:
    """The shapes among columns in their order, and the columns that are neither shape nor clock nor turn."""
    units = {
        n: match for n, h in enumerate(headings) if (match := _ACTION_UNIT.fullmatch(h.strip()))
    }
    sides = any((m[2] or "").lower() in ("l", "left") for m in units.values())
    tracker = {n: m for n, m in units.items() if not sides or m[2] is None}
    plain = read_names(["" if n in tracker else _bare(h) for n, h in enumerate(headings)])
    candidates: dict[str, list[tuple[bool, int]]] = {}
    for number, (stem, side) in enumerate(plain):
        for shape in () if _is_other(headings[number]) else arkit_of((stem, side)):
            other_side = plain_name(shape) != (stem, side)
            candidates.setdefault(shape, []).append((other_side, number))
    # A column of the shape's own side comes first; else both halves of it, or the one of both sides.
    found = {
        shape: ([n for other, n in columns if other == min(columns)[0]], 1.0)
        for shape, columns in candidates.items()
    }
    for columns, _full in found.values():  # of headings that are there twice, the first counts
        spelled = [headings[n].strip() for n in columns]
        columns[:] = [
            n for place, n in enumerate(columns) if spelled.index(spelled[place]) == place
        ]
    used = {n for columns, _full in found.values() for n in columns}
    _add_action_units(tracker, found, used)
    channels = [
        Channel(
            name, tuple(columns), PERCENT if full == 1 and "%" in headings[columns[0]] else full
        )
        for name, (columns, full) in found.items()
    ]
    channels.sort(key=lambda channel: (channel.columns[0], ARKIT.index(channel.name)))
    rest = [
        n
        for n, heading in enumerate(headings)
        if n not in used and heading.strip() and not _is_other(heading)
    ]
    return channels, rest


def _bare(heading: str) -> str:
    """A heading without its unit in brackets, or the name of a shape in them: ``blendShapes[jawOpen]``."""
    unit = _UNIT.search(heading)
    if unit is None:
        return heading
    return unit[1] if arkit_of(plain_name(unit[1])) else heading[: unit.start()]


def _is_other(heading: str) -> bool:
    """Whether a column is a clock, a rate, a turn, or says whether a face is seen."""
    key = key_of(heading)
    return (
        clock_rank(heading) is not None or is_rate(heading) or key in (*HEAD, *EYES, *SEEN, *PERIOD)
    )


def _add_action_units(
    units: dict[int, re.Match], found: dict[str, tuple[list[int], float]], used: set[int]
) -> None:
    """Add the shapes of a tracker's action units; presence counts only where there is no intensity."""
    for kinds, full in ((_INTENSITY, MOST_INTENSITY), (("",), 0.0), (_PRESENCE, 1.0)):
        for number, match in units.items():
            kind = (match[2] or "").lower()
            shapes = _AU_BOTH_LIPS.get(match[1]) or arkit_of((FACS.get(f"au{match[1]}", ""), ""))
            if kind not in kinds or not shapes:
                continue
            used.add(number)
            for shape in shapes:
                if shape not in found:
                    found[shape] = [number], full


def scaled_weights(channels: Sequence[Channel], values: np.ndarray, notes: list[str]) -> np.ndarray:
    """Values [T, C] of channels as weights from 0 to 1, whatever their unit; what was taken for what is said."""
    values = values.copy()
    full = np.array([channel.full for channel in channels])
    unknown = full == 0
    if unknown.any():
        full[unknown] = (
            MOST_INTENSITY if np.abs(values[:, unknown]).max(initial=0) > MOST_WEIGHT else 1.0
        )
    intensities = full == MOST_INTENSITY
    if intensities.any():
        notes.append(
            f"action units were read as intensities from 0 to {MOST_INTENSITY:g}, on both sides"
        )
    plain = full == 1.0
    part = np.abs(values[:, plain])
    said_percent = full == PERCENT
    if said_percent.any() and 0 < np.abs(values[:, said_percent]).max(initial=0) <= MOST_WEIGHT:
        notes.append("its headings say percent, and were believed, although its values are small")
    rows = (part > MOST_WEIGHT).any(axis=1) if part.size else np.zeros(len(values), bool)
    if rows.any():
        most = float(part.max())
        enough = rows.sum() >= min(_ROWS, len(values)) and rows.mean() >= _SHARE
        unit = next(((size, name) for end, size, name in _UNITS if most <= end), None)
        if unit and enough and most > _SURELY_PERCENT:
            full[plain] = unit[0]
            notes.append(f"its values reach {most:.4g}: they were read as {unit[1]}")
        else:
            notes.append(
                f"its values reach {most:.4g} in {int(rows.sum()):,} frames, where 1 is a shape fully shown"
            )
    least = float(values.min(initial=0.0))
    if least < LEAST_WEIGHT:
        count = int((values < LEAST_WEIGHT).any(axis=1).sum())
        notes.append(
            f"its values go down to {least:.4g} in {count:,} frames, where 0 is a shape not shown"
        )
    return values / full


def scaled_turns(head: np.ndarray, notes: list[str], headings: Sequence[str] = ()) -> np.ndarray:
    """Turns of the head [T, 3] in radians, of radians or degrees, as their headings or else their range say."""
    most = float(np.abs(head).max(initial=0.0))
    if any(re.search(r"\bdeg|°", heading.casefold()) for heading in headings):
        return np.deg2rad(head) if most <= 360.0 else np.zeros_like(head)
    if most <= MOST_TURN:
        return head
    if most > 360.0:
        notes.append(f"its head turns by up to {most:.4g}: the head's turns were left out")
        return np.zeros_like(head)
    notes.append(f"its head turns by up to {most:.4g}: the turns were read as degrees")
    return np.deg2rad(head)


def passed_over(headings: Sequence[str], columns: Sequence[int]) -> list[str]:
    """Notes on columns that were not read: those of no shape, and those of a shape that has another column."""
    doubles = [n for n in columns if arkit_of(plain_name(_bare(headings[n])))]
    others = [n for n in columns if n not in doubles]
    first = sorted(others, key=lambda n: _ACTION_UNIT.fullmatch(headings[n].strip()) is None)
    notes = []
    if others:
        word = "column is" if len(others) == 1 else "columns are"
        shown = listed([headings[n] for n in first])
        notes.append(f"{len(others):,} {word} no shape of ARKit's and passed over: {shown}")
    return [*notes, *passed_over_twice([headings[n] for n in doubles])]


def passed_over_twice(headings: Sequence[str]) -> list[str]:
    """A note on columns of a shape that has another column; none without any."""
    if not headings:
        return []
    word = "column was" if len(headings) == 1 else "columns were"
    return [
        f"{len(headings):,} {word} passed over, as another has the same shape: {listed(headings)}"
    ]


def listed(headings: Sequence[str]) -> str:
    """The first of some headings in quotes, and how many more there are."""
    shown = ", ".join(f"'{heading.strip()[:40]}'" for heading in headings[:3])
    return shown + (f" and {len(headings) - 3:,} more" if len(headings) > 3 else "")


def filled_between(
    values: np.ndarray, times: np.ndarray, names: Sequence[str], notes: list[str]
) -> np.ndarray:
    """Values [T, C] whose NaN lie on a line between their neighbours in time [T]; what was filled is said."""
    gaps = np.isnan(values)
    if not gaps.any():
        return values
    values = values.copy()
    for column in np.flatnonzero(gaps.any(axis=0)):
        known = ~gaps[:, column]
        filled = np.interp(times, times[known], values[known, column]) if known.any() else 0.0
        values[:, column] = np.where(known, values[:, column], filled)
    count = int(gaps.sum())
    what = "1 missing value was" if count == 1 else f"{count:,} missing values were"
    shown = listed([names[n] for n in np.flatnonzero(gaps.any(axis=0))])
    notes.append(f"{what} filled from the frames beside: {shown}")
    return values
