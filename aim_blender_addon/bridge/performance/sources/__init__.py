# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where performances come from: one class a source in a file of its own, and the one table of them all.

The items of enums, reasons, what panels draw, binding and reading follow from ``SOURCES``. A new source is a new file
and a new entry here. See ``base`` for what it has to say.
"""

from typing import TypeVar

import bpy

from .animated_mesh import AnimatedMesh
from .base import BoundSource, RetargetSource, SolveSource, Source, find
from .cameras import CameraTracks
from .curves import FaceCurves
from .file import RecordedFile
from .markers import Markers
from .mesh import DeformingMesh
from .solved import SolvedPerformance
from .vertices import Vertices

_RECORDINGS = (DeformingMesh(), Markers(), Vertices(), CameraTracks(), RecordedFile())
#: All sources, in the order of menus. The feature that can use one is told by its class. A .blend keeps the number of
#: the chosen one in its feature: a new source comes after the others.
SOURCES: tuple[Source, ...] = (
    *_RECORDINGS,
    SolvedPerformance(_RECORDINGS),
    AnimatedMesh(),
    FaceCurves(),
)

Kind = TypeVar("Kind", bound=Source)


def of_kind(kind: type[Kind]) -> tuple[Kind, ...]:
    """The sources of a feature: those of class ``SolveSource`` or ``RetargetSource``."""
    return tuple(source for source in SOURCES if isinstance(source, kind))


def items(kind: type[Source]) -> tuple[tuple[str, str, str], ...]:
    """The items of a feature's enum: identifier, label and tooltip of each source."""
    return tuple((source.identifier, source.label, source.tooltip) for source in of_kind(kind))


def solved(take: bpy.types.PropertyGroup) -> SolveSource:
    """The source that is chosen in ``face.aim.take``."""
    return find(of_kind(SolveSource), take.source)


def bound(take: bpy.types.PropertyGroup) -> BoundSource | None:
    """The source that is chosen in ``face.aim.take``, if its points are bound to the skin."""
    source = solved(take)
    return source if isinstance(source, BoundSource) else None


def played(target: bpy.types.Object) -> RetargetSource:
    """The source that is chosen in ``target.aim.retarget``."""
    return find(of_kind(RetargetSource), target.aim.retarget.source_kind)


def face_curves() -> FaceCurves:
    """The source of face curves in a file."""
    return find(of_kind(FaceCurves), FaceCurves.identifier)


def performer(target: bpy.types.Object) -> bpy.types.Object | None:
    """The face that performs for ``target``, unless it was deleted: the neutral of an actor, or a mesh."""
    return played(target).performer(target)
