# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a take that was written: whose Actions made room, and what does not show."""

from collections.abc import Iterable

from ... import words
from ...bridge.performance.layers import SetAside
from ...bridge.performance.shown import Hidden, Reason

_SENTENCES = {
    Reason.ABSOLUTE: "The shape keys of {names} are absolute, so the take does not show: turn on Relative in its "
    "shape keys.",
    Reason.SOLO: "{names} shows one shape key alone: turn off Solo Active Shape Key to see the take.",
    Reason.MUTED: "These shape keys are muted, so their part of the take does not show: {names}.",
    Reason.LIMITED: "The range of these shape keys ends before what the take needs, so it shows less: {names}.",
    Reason.DRIVEN: "Drivers move these shape keys, so their part of the take does not show: {names}.",
    Reason.OTHER_ANIMATION: "Other animation hides the take on {names}: mute the tracks and Actions above it.",
    Reason.AT_REST: "{names} is in Rest Position: switch to Pose Position to see the take.",
    Reason.NO_MODIFIER: "The modifier {names} is off in the viewport: turn it on to see the take.",
}
#: Names that a sentence gives, at most.
_MOST_NAMES = 6


def sentences(hidden: Iterable[Hidden], set_aside: Iterable[SetAside]) -> list[str]:
    """Warnings, one a reason."""
    found = []
    for aside in set_aside:
        text = "Your Action {action} would hide the take: it is kept, and no longer plays."
        if aside.plays:
            text = "Your Action {action} plays on a track below the take."
        found.append(words.report(text, action=aside.action))
    for part in hidden:
        names = ", ".join(part.names[:_MOST_NAMES])
        if len(part.names) > _MOST_NAMES:
            names += ", ..."
        found.append(words.report(_SENTENCES[part.reason], names=names))
    return found
