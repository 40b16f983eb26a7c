# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a bake or a take that was written: how it shows, whose Actions made room, and what it lacks."""

from collections.abc import Sequence

import bpy

from ... import words
from ...bridge.performance.companions import Companions
from ...bridge.performance.companions import Reason as WhyLeftOut
from ...bridge.performance.shown.findings import Figure, Hidden, Reason, Shown
from ...bridge.performance.writing import Written

_SENTENCES = {
    Reason.ABSOLUTE: "The shape keys of {names} are absolute, so the motion does not show: turn on Relative in its "
    "shape keys.",
    Reason.SOLO: "{names} shows one shape key alone: turn off Solo Active Shape Key to see the motion.",
    Reason.AT_REST: "{names} is in Rest Position: switch to Pose Position to see the motion.",
    Reason.NO_MODIFIER: "The modifier {names} is off in the viewport: turn it on to see the motion.",
    Reason.OUT_OF_SIGHT: "{names} is hidden in the viewport: show it to see the motion.",
    Reason.NOT_RENDERED: "The modifier {names} is off in renders, so the motion shows in the viewport only.",
    Reason.MUTED: "These shape keys are muted, so their part of the motion does not show: {names}.",
    Reason.LIMITED: "The range of these shape keys ends before what the motion needs, so it shows less: {names}.",
    Reason.DRIVEN: "Drivers move these shape keys, so their part of the motion does not show: {names}.",
    Reason.OTHER_ANIMATION: "Other animation hides the motion on {names}: mute the tracks and Actions above it.",
    Reason.NLA_OFF: "The NLA tracks of {names} are off, and the motion lies on one: turn them on.",
    Reason.LOCKED: "These channels are locked, so the motion does not move them: {names}.",
    Reason.CONSTRAINED: "Something moves these bones otherwise than their keys: {names}.",
    Reason.POSED: "These bones move the skin beside the motion: {names}.",
    Reason.APART: "Mesh and armature do not move together: {names}.",
    Reason.MODIFIED: "The modifier {names} changes the skin of the motion.",
    Reason.SKINNED_OTHERWISE: "The modifier {by} bends the skin otherwise than the motion was made for: {names}.",
    Reason.ALSO_ON: "These shape keys are on beside those of the motion: {names}.",
    Reason.KEPT: "These shape keys were sculpted or are locked, so they stay what they are: {names}.",
    Reason.EDITED: "Your edits in {names} are on top of the motion.",
    Reason.REMAPPED: "The scene stretches time ({names}), so the motion plays at another speed.",
    Reason.PREVIEW: "The preview range of {names} does not hold all of the motion.",
    Reason.STEPPED: "The scene shows one frame in {names} only, by its Frame Step.",
    Reason.UNKNOWN: "Something of the scene changes the skin of {names}.",
}
#: The same where those that do it have names.
_BY = {
    Reason.OTHER_ANIMATION: "Other animation ({by}) hides the motion on {names}: mute it.",
    Reason.CONSTRAINED: "Constraints ({by}) move these bones otherwise than the motion: {names}.",
    Reason.APART: "Constraints ({by}) keep mesh and armature from moving together: {names}.",
}
#: The same of a bake, which shows scans.
_SCANS = {
    Reason.ABSOLUTE: "The shape keys of {names} are absolute, so its scans do not show: turn on Relative in its shape "
    "keys.",
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
    names = tuple(obj.name for obj in companions.objects)
    return [words.report("Objects that play along: {names}.", names=some(names))] if names else []


def sentences(shown: Shown, written: Written | None = None) -> list[str]:
    """Warnings, one a reason: of what shows, and of what was written where that was a take, not a bake."""
    found = []
    for aside in written.set_aside if written else ():
        text = "Your Action {action} would hide the take: it is kept, and no longer plays."
        if aside.is_take:
            text = "The earlier take {action} no longer plays: its track is muted."
        elif aside.plays:
            text = "Your Action {action} plays on a track below the take."
        elif aside.track:
            text = "Your Action {action} would hide the take: it is kept, muted, on the NLA track {track}."
        found.append(words.report(text, action=aside.action, track=aside.track))
    if written and written.at_end:
        text = (
            "The range of these shape keys ends before what the take needs, and correctives make up for it: {names}. "
            "Widen Ranges lets the keys themselves go there."
        )
        found.append(words.report(text, names=some(written.at_end)))
    for part in shown.hidden:
        text = _SENTENCES[part.reason]
        if part.by:
            text = _BY.get(part.reason, text)
        if written is None:
            text = _SCANS.get(part.reason, text)
        found.append(words.report(text, names=_names(part), by=some(part.by)))
    for one in written.companions.left_out if written else ():
        found.append(words.report(_LEFT_OUT[one.reason], name=one.name, other=one.other))
    return found


def left_alone(names: Sequence[str]) -> list[str]:
    """The warning that shape keys were left alone; none where none was."""
    text = "Something else moves these shape keys, so they were left alone: {names}"
    return [words.report(text, names=", ".join(names))] if names else []


def figure(shown: Shown) -> str:
    """How far the skin is from what was made, as the scene shows it, and how much of it was looked at."""
    measured = shown.figure
    if measured is None:
        return words.report("The skin could not be compared with what was made.")
    text = (
        "The scene shows it within {p99:.2f} mm for 99 % of the skin (mean {mean:.2f}, largest {largest:.2f} mm), "
        "looked at on {seen} of {frames} frames."
    )
    if measured.seen == measured.frames:
        text = (
            "The scene shows it within {p99:.2f} mm for 99 % of the skin (mean {mean:.2f}, largest {largest:.2f} mm), "
            "looked at on all {frames} frames."
        )
    said = words.report(
        text,
        p99=measured.p99,
        mean=measured.mean,
        largest=measured.largest,
        seen=measured.seen,
        frames=measured.frames,
    )
    return " ".join([said, *_left_out(measured)])


def say(
    operator: bpy.types.Operator, group: bpy.types.PropertyGroup, done: str, to_know: list[str]
) -> None:
    """Report what was done, then what to know of it: the status bar shows the last of them, the panel all."""
    group.shown_notes = "\n".join(to_know)
    operator.report({'INFO'}, done)
    for sentence in to_know:
        operator.report({'WARNING'}, sentence)


def keep(group: bpy.types.PropertyGroup, shown: Shown) -> None:
    """Remember the figures for the panel in ``properties.shown.ShownFields``."""
    measured = shown.figure or Figure(0.0, 0.0, 0.0, 0, 0)
    group.shown_mean_mm, group.baked_p99_mm = measured.mean, measured.p99
    group.shown_largest_mm, group.shown_off = measured.largest, shown.is_off
    group.shown_seen, group.shown_frames = measured.seen, measured.frames


def _left_out(measured: Figure) -> list[str]:
    found = []
    if measured.before:
        text = "These modifiers change the number of vertices, and it was looked at before them: {names}."
        found.append(words.report(text, names=some(measured.before)))
    if measured.share < 1.0:
        text = "{share:.0%} of the vertices follow the head; the others were left out."
        found.append(words.report(text, share=measured.share))
    return found


def _names(part: Hidden) -> str:
    names = some(part.names)
    if part.mm is None:
        return names
    return words.report("{names} (up to {mm:.1f} mm)", names=names, mm=part.mm)


def some(names: Sequence[str]) -> str:
    """The first names, and dots where there are more."""
    return ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
