# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender and the worker process say to each other: one JSON object a line (standard library alone).

Arrays never travel here: a message names ``.npy`` files, and the other side maps them into memory.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, get_origin

from ..io.json_text import parse_json

#: ``Failed.kind`` of an error nobody foresaw; the traceback is in the worker's log.
BUG = "bug"
#: ``Failed.kind`` of a job the user cancelled.
CANCELLED = "JobCancelled"


@dataclass(frozen=True)
class Ready:
    """Worker to Blender: I have started."""

    python: str


@dataclass(frozen=True)
class Submit:
    """Blender to worker: do this job. ``arrays`` are input files; outputs are written into ``folder``."""

    job_id: int
    job: str
    params: dict[str, Any]
    arrays: dict[str, str]
    folder: str


@dataclass(frozen=True)
class Cancel:
    """Blender to worker: stop this job at its next report of progress."""

    job_id: int


@dataclass(frozen=True)
class Progressed:
    """The running job is at ``fraction`` (0..1) of its way, doing ``stage``."""

    stage: str
    fraction: float
    figures: dict[str, Any] = field(default_factory=dict)
    job_id: int = 0


@dataclass(frozen=True)
class Finished:
    """The job is done. ``arrays`` are file names on the way, mapped arrays once Blender's side has them."""

    result: dict[str, Any]
    arrays: dict[str, Any] = field(default_factory=dict)
    job_id: int = 0


@dataclass(frozen=True)
class Failed:
    """The job ended without a result. ``kind`` is an ``AimError``'s class name or :data:`BUG`."""

    kind: str
    text: str
    job_id: int = 0


WireMessage = Ready | Submit | Cancel | Progressed | Finished | Failed
_TYPES = {kind.__name__: kind for kind in (Ready, Submit, Cancel, Progressed, Finished, Failed)}


def encode(message: WireMessage) -> bytes:
    """``message`` as one line, newline included."""
    payload = {"type": type(message).__name__, **asdict(message)}
    return json.dumps(payload, default=_plain).encode() + b"\n"


def decode(line: bytes) -> WireMessage | None:
    """The message in ``line``, or None when the line is something else (a library's print, or damaged)."""
    try:
        payload = parse_json(line)
    except (ValueError, MemoryError):  # not JSON, not UTF-8, or without end
        return None
    if not isinstance(payload, dict):
        return None
    kind = _TYPES.get(str(payload.pop("type", "")))
    try:
        message = kind(**payload) if kind else None
    except TypeError:  # JSON of somebody else that happens to carry one of our types
        return None
    return message if message is None or _is_sound(message) else None


def _is_sound(message: WireMessage) -> bool:
    """Whether every field has its type, so that nothing that reads the message can stumble over it."""
    for one in fields(message):
        value = getattr(message, one.name)
        kind = get_origin(one.type) or one.type
        if kind is float and type(value) is int:
            continue
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            return False
    files = getattr(message, "arrays", {}).values()
    return all(isinstance(path, str) for path in files)


def _plain(value: Any) -> Any:
    """Numpy's numbers and arrays as Python's, by their own method."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be sent to another process")
