# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences with fields, in the user's language.

Blender translates fixed texts of labels, buttons, tooltips and reports by itself. A text with a name or a number in it
is translated here as a whole. Its named fields are filled in afterwards, so that a translator can move them.
"""

from collections.abc import Iterable

from bpy.app.translations import pgettext_iface, pgettext_rpt, pgettext_tip


def label(text: str, **fields: object) -> str:
    """``text`` of a label, translated where the user has the interface translated, with its fields filled in."""
    return _filled(pgettext_iface(text), fields)


def report(text: str, **fields: object) -> str:
    """``text`` of a message, translated where the user has messages translated, with its fields filled in."""
    return _filled(pgettext_rpt(text), fields)


def sentences(notes: Iterable[str]) -> list[str]:
    """What a job has noted, each as a sentence of a message."""
    return [report("{note}.", note=note) for note in notes]


def tip(text: str) -> str:
    """``text`` of a tooltip that is chosen as the program runs, translated where tooltips are."""
    return pgettext_tip(text)


def _filled(text: str, fields: dict[str, object]) -> str:
    """``text`` with its fields; a text without any is left as it is, as it may hold a path with braces."""
    return text.format(**fields) if fields else text
