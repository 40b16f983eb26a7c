# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that Blender and the worker share about handles: their kinds, their states, and where skin lies.

Blender shows these enums, so this module imports nothing that Blender's Python lacks.
"""

from enum import IntEnum


class HandleKind(IntEnum):
    """What a handle asks: its point goes to a place, stays at a place, or goes to a plane."""

    TARGET = 0
    PIN = 1
    PLANE = 2


class HandleState(IntEnum):
    """Whether a handle reached its goal, or else what stopped it."""

    REACHED = 0
    CONTRADICTED = 1
    BONE = 2
    THIN = 3
    THICK = 4
    JAW = 5
    TISSUE = 6
    SKIN = 7


#: Each state in a rigger's words.
STATE_TEXTS = {
    HandleState.REACHED: "reached",
    HandleState.CONTRADICTED: "another handle pulls the other way",
    HandleState.BONE: "bone is in the way",
    HandleState.THIN: "the tissue is as thin as it gets",
    HandleState.THICK: "the tissue is as thick as it gets",
    HandleState.JAW: "the jaw goes no farther",
    HandleState.TISSUE: "the tissue stretches no farther",
    HandleState.SKIN: "the other lip or lid is in the way",
}


class SkinPlace(IntEnum):
    """Which kind of skin a point lies on."""

    SKIN = 0
    EYELID = 1
    INSIDE = 2
