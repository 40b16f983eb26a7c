# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces made ready for editing and the handles that are grabbed, as long as the worker process lives.

Blender sends a model once, grabs handles, and then sends only the positions of the mouse; what comes back is the skin
before the jaw moves it, which is what a shape key holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import EditError
from ..geometry.skinning import skin_with_jaw, undo_jaw
from ..io.model_file import model_from_bytes
from ..progress import Progress, section, silent
from .constrain import Constrained, constrain
from .drag import Drag
from .editable_face import EditableFace, EditState
from .handles import Handles, Mirror
from .places import skin_places
from .response import EditResponse
from .settings import EditSettings

#: Faces kept ready; one takes about 100 MB.
KEPT = 2


@dataclass(frozen=True)
class PreparedFace:
    """A face made ready, and [V] of ``handle_states.SkinPlace``: where bone does not hold its skin."""

    face: EditableFace
    places: np.ndarray


@dataclass(frozen=True)
class Grabbed:
    """Handles that are grabbed, with their mirror images; ``initial_points`` as of :class:`EditResponse`."""

    face: EditableFace
    drag: Drag
    mirror: Mirror | None
    initial_points: np.ndarray

    def response(self, positions: np.ndarray | None = None, quick: bool = False) -> EditResponse:
        """The face with the handles at positions [M, 3] mm, by default their own; ``quick`` as of ``Drag.solve``."""
        if positions is not None:
            positions = np.asarray(positions, np.float64)
            if self.mirror is not None:
                positions = self.mirror.positions(positions)
        handles = self.drag.handles
        edit = self.drag.solve(positions, quick)
        pose = self.face.joint.pose(edit.jaw)
        rows = handles.vertices
        shape = self.face.rest + self.face.displacement(edit.weights) + edit.remainder
        return EditResponse(
            shape=shape.astype(np.float32),
            jaw=pose,
            points=edit.vertices[rows],
            initial_points=self.initial_points,
            goals=handles.positions if positions is None else positions,
            vertices=rows,
            residual_mm=edit.residual_mm,
            goal_distance_mm=edit.goal_distance_mm,
            states=edit.states,
            unfinished=edit.unfinished,
        )


class EditSession:
    """What one worker process keeps between jobs."""

    def __init__(self):
        self._faces: dict[str, PreparedFace] = {}
        self._grabbed: Grabbed | None = None

    def prepare(
        self, key: str, name: str, model: bytes | None, progress: Progress = silent
    ) -> PreparedFace:
        """The face of a model, made ready unless it is.

        Args:
            key: tells models apart.
            name: the face's, for messages.
            model: the bytes of a model file; None when the face was made ready before.
            progress: receives the stages.

        Raises:
            EditError: the model has no bones, or was dropped.
        """
        if key in self._faces:
            self._faces[key] = self._faces.pop(key)  # the last one used is the last one dropped
            return self._faces[key]
        if model is None:
            raise EditError(f"{name} is not ready for editing any more: press Edit Face again")
        read = model_from_bytes(model, name)
        face = EditableFace(read, progress=section(progress, 0.0, 0.85))
        progress("Finding eyelids and mouth", 0.85, {})
        prepared = PreparedFace(face, skin_places(read.neutral, face.landmarks))
        while len(self._faces) >= KEPT:
            del self._faces[next(iter(self._faces))]
        self._faces[key] = prepared
        return prepared

    def grab(
        self,
        prepared: PreparedFace,
        handles: Handles,
        initial: EditState,
        symmetric: bool,
        falloff_mm: float,
    ) -> EditResponse:
        """Grab handles, which :meth:`solve` then follows; the first response is for where they are.

        Args:
            prepared: the face.
            handles: M handles.
            initial: what the face shows before.
            symmetric: do the same on the other side.
            falloff_mm: length over which a local bulge fades; 0 leaves everything to the expressions.
        """
        face = prepared.face
        mirror = Mirror.of(handles, face.model.neutral, face.joint) if symmetric else None
        handles = mirror.both(handles) if mirror else handles
        points = face.posed(initial)[handles.vertices]
        drag = Drag(face, handles, initial, EditSettings.of_falloff(falloff_mm))
        self._grabbed = Grabbed(face, drag, mirror, points)
        return self._grabbed.response()

    def solve(self, positions: Sequence[Sequence[float]], quick: bool = False) -> EditResponse:
        """The grabbed handles at positions [M, 3] mm; ``quick`` while the mouse moves on.

        Raises:
            EditError: none are grabbed, or their number is another.
        """
        if self._grabbed is None:
            raise EditError("No handles are held: take hold of them again")
        count = len(self._grabbed.drag.handles)
        if self._grabbed.mirror is not None:
            count -= len(self._grabbed.mirror.sources)
        positions = np.asarray(positions, np.float64)
        if positions.shape != (count, 3) or not np.isfinite(positions).all():
            raise EditError(f"The positions of the {count} handles are not {count} points")
        return self._grabbed.response(positions, quick)


def state_of_rig(
    face: EditableFace, shape: np.ndarray, weights: np.ndarray, jaw: np.ndarray | None
) -> EditState:
    """The state that a rig shows.

    Args:
        face: the model made ready.
        shape: [V, 3] mm, what its shape keys make of the rest, whoever made them.
        weights: [E] values of the model's own shape keys; what they do not explain of ``shape`` is the remainder.
        jaw: [4, 4] pose of its jaw bone, mm; None for rest.

    Raises:
        EditError: the shapes do not fit the model.
    """
    shape = np.asarray(shape, np.float64)
    if shape.shape != face.rest.shape:
        raise EditError(
            f"The skin has {len(shape)} vertices and '{face.model.name}' has {len(face.rest)}: "
            "undo the change to the mesh, or bake again"
        )
    parameters = np.zeros(4) if jaw is None else face.joint.parameters(np.asarray(jaw, float))
    state = face.initial_state(weights, parameters)
    remainder = shape - face.rest - face.displacement(state.weights)
    return replace(state, remainder=remainder)


def with_expression(face: EditableFace, shape: np.ndarray, number: int) -> np.ndarray:
    """Shape [V, 3] mm with one expression of the model fully shown on top.

    Raises:
        EditError: there are other vertices.
    """
    if len(shape) != len(face.rest):
        raise EditError(f"The skin has {len(shape)} vertices and its model {len(face.rest)}.")
    return shape + face.displacements[:, :, number]


def constrain_key(
    face: EditableFace,
    initial: EditState,
    sculpted: np.ndarray,
    strength: float,
    mask: np.ndarray | None,
    volume_share: float,
    solve_jaw: bool,
) -> tuple[Constrained, np.ndarray, np.ndarray]:
    """A sculpted shape [V, 3] mm, before the jaw of ``initial`` moves it, brought to the nearest feasible one.

    Returns:
        What was done; the shape [V, 3] float32 mm before the jaw found moves it; that jaw's pose [4, 4].
    """
    sculpted = np.asarray(sculpted, np.float64)
    posed = sculpted
    if sculpted.shape == face.rest.shape:  # else constrain() says what is wrong
        posed = skin_with_jaw(sculpted, face.joint.pose(initial.jaw), face.jaw_weight)
    done = constrain(face, posed, strength, mask, volume_share, initial, solve_jaw)
    pose = face.joint.pose(done.jaw)
    shape = undo_jaw(done.vertices, pose, face.jaw_weight)
    return done, shape.astype(np.float32), pose
