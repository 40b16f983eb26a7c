# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Face curves from files (numpy only)."""

from pathlib import Path

from ..errors import RetargetError
from .curves import Curves
from .curves_csv import parse_curves_csv
from .curves_json import parse_curves_json
from .formats import Format, Formats
from .text_files import read_text
from .time_reader import ClockError, rate_of

_CSV = Format(".csv", "a CSV", parse_curves_csv)
_TXT = Format(".txt", "a TXT", parse_curves_csv)
#: ``read`` takes path, text and frames a second (None: what the file says); it gives Curves, or raises RetargetError.
CURVE_FORMATS = Formats((_CSV, Format(".json", "a JSON", parse_curves_json), _TXT))


def read_curves(path: str | Path, fps: float | None = None) -> Curves:
    """The curves in a file of ``CURVE_FORMATS``; a file with another ending is read as CSV.

    Args:
        path: the file.
        fps: frames a second, where the file does not tell or is wrong.

    Raises:
        RetargetError: there is no usable frame in it.
    """
    path = Path(path)
    try:
        rate_of(fps)
        text = read_text(path)
    except ClockError as error:
        raise RetargetError("A frame rate has to be a number from 0.5 to 1,000") from error
    except OSError as error:
        raise RetargetError(
            f"'{path}' cannot be opened ({error.strerror}): choose the file again"
        ) from error
    except ValueError as error:
        raise RetargetError(f"'{path}' cannot be read as text: export the curves again") from error
    return (CURVE_FORMATS.of(path) or _CSV).read(path, text, fps)
