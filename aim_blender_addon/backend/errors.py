# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors whose text is shown to the user as it stands: one sentence that names the object and the way out."""

_LONGEST = 200


class AimError(Exception):
    """Base of everything a user can mend. Anything else is a bug and keeps its traceback."""


class ScanError(AimError):
    """A scan cannot be used: topology, coordinates, units or pose."""


class BonesError(AimError):
    """Skull or jaw are missing, swapped, open or outside the skin."""


class ModelFileError(AimError):
    """A stored model is damaged, of a newer version, or not one of ours."""


class FitError(AimError):
    """The fit could not reach a usable model."""


class SolveError(AimError):
    """A performance cannot be solved: its frames, points or cameras."""


class RetargetError(AimError):
    """A performance cannot be carried to another face: its source, its target or their correspondence."""


class RigError(AimError):
    """A rig cannot be baked, or an existing one cannot be brought up to date."""


class RuntimeUnavailableError(AimError):
    """No Python with torch is set up, or it cannot be started."""


class WorkerError(AimError):
    """The worker process ended or failed while it had a job."""


class JobCancelled(AimError):
    """The user cancelled the job. Nothing was changed."""


class LiveError(AimError):
    """A face stream cannot be received or recorded: its port, its format or its target."""


class EditError(AimError):
    """Handles or a sculpted shape cannot be used with a model."""


def one_line(value: object) -> str:
    """Text of a file's content that can stand in a sentence: on one line, printable, cut where it is too long."""
    line = " ".join(str(value).split())
    shown = "".join(letter if letter.isprintable() else "?" for letter in line)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
