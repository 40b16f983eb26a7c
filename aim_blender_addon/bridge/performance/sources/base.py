# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source of performances has to say about itself.

A source that is solved onto a face derives from ``SolveSource``. One whose points are bound to the skin first derives
from ``BoundSource``. One that is played on another face derives from ``RetargetSource``. What both features can use
has two classes in its file. The properties of a source are in the property group of its feature; the class names which
it uses.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

import bpy

from .... import words
from ....backend.anatomy.jaw.joint import JawJoint
from ....backend.errors import SolveError
from ....backend.geometry.mesh import Mesh
from ....backend.solving.look import SeenEye
from ...data import storage
from ...data.head_space import HeadSpace
from ..binding import FAR_MM, FEWEST_MARKERS, Place, Skin
from ..eyes import balls_of, eyes_of_mesh, eyes_of_points
from ..reading import Reading

_PUPILS = "{count} points on pupils tell where the eyes look."
#: Makes a column whose properties have their names on the left; panels hand it in.
Column = Callable[[bpy.types.UILayout], bpy.types.UILayout]


@dataclass(frozen=True)
class Bound:
    """A marker, vertex or track on the skin, or on the pupil of an ``eye``, as it is kept in ``AIM_PG_marker``."""

    name: str
    place: Place
    object: bpy.types.Object | None = None
    vertex: int = 0
    clip: bpy.types.MovieClip | None = None
    eye: str = ""


class Source:
    """A kind of performance.

    Attributes:
        identifier: of its item in the enum of the feature, as .blend files keep it.
        label: of that item.
        tooltip: of that item.
    """

    identifier: ClassVar[str]
    label: ClassVar[str]
    tooltip: ClassVar[str]


class SolveSource(Source, ABC):
    """A recording that is solved onto a face; its settings are in ``face.aim.take``."""

    @abstractmethod
    def take_name(self, take: bpy.types.PropertyGroup) -> str:
        """What the user calls the recording; "" where none is chosen."""

    def place(self, take: bpy.types.PropertyGroup) -> str:
        """What tells the recording from others of its name."""
        return ""

    @abstractmethod
    def reason(self, take: bpy.types.PropertyGroup) -> str:
        """Why it cannot be solved now, as a tooltip says it; "" where it can. Cheap."""

    @abstractmethod
    def draw(
        self, layout: bpy.types.UILayout, take: bpy.types.PropertyGroup, column: Column
    ) -> None:
        """Draw its properties."""

    @abstractmethod
    def read(
        self, face: bpy.types.Object, space: HeadSpace, output: Path, context: bpy.types.Context
    ) -> Reading:
        """The recording over the scene's frame range, about to be read.

        Args:
            face: the neutral that it is solved onto.
            space: its frame.
            output: the result's file; what is read is kept beside it.
            context: for the scene.

        Raises:
            SolveError: it cannot be read as it is.
        """

    def frame_step(self, take: bpy.types.PropertyGroup, scene: bpy.types.Scene) -> float:
        """Scene frames from one frame of the recording to the next."""
        return 1.0

    def eyes(self, face: bpy.types.Object, joint: JawJoint) -> tuple[SeenEye, ...]:
        """The eyes of the rig that the recording shows: those in the mesh; ``joint`` is of the face's jaw."""
        return eyes_of_mesh(face, joint) if face.aim.take.output == 'RIG' else ()


AnySource = TypeVar("AnySource", bound=Source)


def find(sources: Sequence[AnySource], identifier: str) -> AnySource:
    """The source of that identifier.

    Raises:
        KeyError: there is none.
    """
    return {source.identifier: source for source in sources}[identifier]


def on_skin(take: bpy.types.PropertyGroup) -> list[bpy.types.PropertyGroup]:
    """The bound points that sit on the skin, not on a pupil."""
    return [entry for entry in take.bound if not entry.eye]


def require_near(bound: list[Bound], face: bpy.types.Object) -> None:
    """Refuse points that are too far from the skin to sit on it.

    Raises:
        SolveError: one is.
    """
    skin = [point for point in bound if not point.eye]
    far = next((point.name for point in skin if point.place.distance > FAR_MM), None)
    if far is not None:
        raise SolveError(
            f"{far} is more than {FAR_MM:g} mm from the skin of {face.name}: bring the markers onto the face first."
        )


class BoundSource(SolveSource):
    """A recording of points that sit on the skin: each is bound to the neutral once, before the solve."""

    def reason(self, take: bpy.types.PropertyGroup) -> str:
        """Too few points are bound, or those of another source."""
        if take.bound_source != self.identifier or len(on_skin(take)) < FEWEST_MARKERS:
            return "Bind the markers to the skin first"
        return ""

    @abstractmethod
    def binding_reason(self, take: bpy.types.PropertyGroup) -> str:
        """Why its points cannot be bound now, as a tooltip says it; "" where they can. Cheap."""

    @abstractmethod
    def bind(
        self, face: bpy.types.Object, skin: Skin, space: HeadSpace, context: bpy.types.Context
    ) -> list[Bound]:
        """Its points on the skin, as they are now.

        Raises:
            SolveError: they are not on the skin, or too few of them.
        """

    @abstractmethod
    def bound_text(self, face: bpy.types.Object) -> str:
        """What was bound to the skin, in one sentence."""

    def pupils_text(self, face: bpy.types.Object) -> str:
        """What is done with points on pupils, in one sentence; "" without any."""
        sides = [entry.eye for entry in face.aim.take.bound if entry.eye]
        lacking = {*sides} - {*balls_of(face)}
        if lacking:
            text = "{count} points on pupils are left out, as the rig of {face} lacks their eyes: press Make Eyes."
            count = sum(side in lacking for side in sides)
            return words.report(text, count=count, face=face.name)
        return words.report(_PUPILS, count=len(sides)) if sides else ""

    def eyes(self, face: bpy.types.Object, joint: JawJoint) -> tuple[SeenEye, ...]:
        """The eyes with points on their pupils."""
        return eyes_of_points(face, joint, [entry.eye for entry in face.aim.take.bound])

    def draw_binding(self, layout: bpy.types.UILayout, take: bpy.types.PropertyGroup) -> None:
        """Draw the button that binds, with how many points are bound."""
        count = len(on_skin(take)) if take.bound_source == self.identifier else 0
        text = words.label("{count} bound", count=count) if count else "Bind"
        layout.operator("aim.bind_markers", text=text, icon='EMPTY_AXIS')


class Performer(Protocol):
    """The character that performs, as ``retarget.characters.Character`` has it: its mesh, and names of its shapes."""

    mesh: Mesh
    names: Sequence[str]


class RetargetSource(Source, ABC):
    """A performance that is played on another face; its settings are in ``target.aim.retarget``.

    Attributes:
        as_mesh: the face that performs counts as a mesh, even if it is an actor with a model.
        by_curves: the performance moves shapes by their names.
    """

    as_mesh: ClassVar[bool] = False
    by_curves: ClassVar[bool] = False

    @abstractmethod
    def take_name(self, target: bpy.types.Object) -> str:
        """What the user calls the performance; "" where none is chosen."""

    def place(self, target: bpy.types.Object) -> str:
        """What tells the performance from others of its name."""
        return ""

    def performer(self, target: bpy.types.Object) -> bpy.types.Object | None:
        """The face that performs, unless it was deleted: the neutral of an actor, or a mesh."""
        picked = target.aim.retarget.source
        if not storage.in_scene(picked):
            return None
        face = None if self.as_mesh else storage.face_of(picked)
        return face if face is not None and storage.has_model(face) else picked

    @abstractmethod
    def performer_reason(self, target: bpy.types.Object) -> str:
        """Why the face that performs cannot, as a tooltip says it; "" where it can. Cheap."""

    def reason(self, target: bpy.types.Object) -> str:
        """Why there is nothing to play, as a tooltip says it; "" where there is. Cheap."""
        return ""

    @abstractmethod
    def draw(
        self, layout: bpy.types.UILayout, state: bpy.types.PropertyGroup, column: Column
    ) -> None:
        """Draw its properties below those that all sources have."""

    @abstractmethod
    def read(
        self,
        target: bpy.types.Object,
        performer: Performer | None,
        output: Path,
        context: bpy.types.Context,
    ) -> Reading:
        """The performance, about to be read.

        Args:
            target: the face that it is played on.
            performer: the character that performs; None for an actor or the generic face.
            output: the file of the played frames; what is read is kept beside it.
            context: for the scene.

        Raises:
            RetargetError: it cannot be read as it is.
        """

    def frame_step(self, target: bpy.types.Object, scene: bpy.types.Scene) -> float:
        """Scene frames from one frame of the performance to the next, where the worker gives no times."""
        return 1.0
