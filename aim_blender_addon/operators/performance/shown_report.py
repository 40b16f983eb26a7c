# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a take that was written: whose Actions made room, and what does not show."""

from collections.abc import Iterable, Sequence

from ... import words
from ...bridge.performance.companions import Companions, LeftOut
from ...bridge.performance.companions import Reason as WhyLeftOut
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
_LEFT_OUT = {
    WhyLeftOut.LINKED: "{name} does not play along, as its shape keys are linked from another file: make them local.",
    WhyLeftOut.SHARED: "{name} does not play along, as it shares its mesh with {other}: make it a single user.",
    WhyLeftOut.UNCLEAR: "{name} does not play along, as it may be another character's: parent it to its head.",
}
#: Names that a sentence gives, at most.
_MOST_NAMES = 6


def along(companions: Companions) -> list[str]:
    """Which objects play along, in a sentence; none where nothing does."""
    names = [obj.name for obj in companions.objects]
    return (
        [words.report("Objects that play along: {names}.", names=_listed(names))] if names else []
    )


def sentences(
    hidden: Iterable[Hidden], set_aside: Iterable[SetAside], left_out: Iterable[LeftOut] = ()
) -> list[str]:
    """Warnings, one a reason."""
    found = []
    for aside in set_aside:
        text = "Your Action {action} would hide the take: it is kept, and no longer plays."
        if aside.plays:
            text = "Your Action {action} plays on a track below the take."
        found.append(words.report(text, action=aside.action))
    for part in hidden:
        found.append(words.report(_SENTENCES[part.reason], names=_listed(part.names)))
    for one in left_out:
        found.append(words.report(_LEFT_OUT[one.reason], name=one.name, other=one.other))
    return found


def _listed(names: Sequence[str]) -> str:
    """Names in one text, a few of many."""
    text = ", ".join(names[:_MOST_NAMES])
    return f"{text}, ..." if len(names) > _MOST_NAMES else text
