# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The handles of a face handed to the worker, and its answers written to the rig: at once, or while a handle follows
the mouse."""

import logging
import time

import bpy
import numpy as np

from ... import words
from ...backend.editing.handle_states import HandleKind, HandleState
from ...backend.editing.response import EditResponse
from ...backend.errors import AimError, EditError
from ...backend.jobs.edit_grab import EditGrabRequest
from ...backend.jobs.edit_prepare import EditPrepareRequest
from ...backend.jobs.edit_solve import EditSolveRequest
from ...backend.jobs.edited_face import RigState
from ...backend.jobs.wire import Request
from ...bridge.data import shape_keys
from ...bridge.data.quiet import Quiet
from ...bridge.data.storage import load_model
from ...bridge.rig import jaw_controls
from ...bridge.rig.carried import carry_keys
from ...bridge.rig.following import Following
from ...bridge.sculpt import edit_state, rig_parts
from ...bridge.sculpt import handles as handle_view
from ...bridge.sculpt.before import Before
from ...bridge.sculpt.edit_state import EditState
from ...bridge.sculpt.rig_parts import RigParts
from ...jobs import edit_session, environment
from ...jobs.driver import busy_reason
from ...properties.enums import chosen
from ...properties.sculpt import FOLLOWERS

log = logging.getLogger(__name__)

#: A drag that is cancelled waits so long for the answer that is under way, s.
_PATIENCE_S = 5.0

#: Settings of handles that change inside of ``with quietly`` are not followed one by one.
quietly = Quiet()


def follow(face: bpy.types.Object) -> None:
    """A setting in the panel has changed: the face follows at once, where the worker has it ready."""
    worker = environment.running_worker()
    if quietly or not edit_session.is_open(face) or worker is None or worker.busy or busy_reason():
        return
    try:
        solve_now(bpy.context, face)
    except (
        AimError
    ) as error:  # a setting has nobody to tell; the list shows which handle is not solved
        log.warning("%s", error)


def solve_now(context: bpy.types.Context, face: bpy.types.Object) -> None:
    """Let a face follow its handles, and wait for it; makes the face ready first if need be.

    Raises:
        AimError: it cannot be edited; nothing was changed.
    """
    rig = RigParts.of(face)
    if not used(face):
        show_base(rig)
        return
    if not edit_session.is_open(face):
        prepare_now(context, rig)
    request, state = grab_request(rig)
    answer = edit_session.exchange(environment.worker(context), request)
    write_answer(rig, answer, state)
    keep(context, rig, rig.face.aim.sculpt.key_name)


def prepare_now(context: bpy.types.Context, rig: RigParts) -> None:
    """Make a face ready, and wait for it.

    Raises:
        AimError: it cannot be edited.
    """
    rig_parts.check_model(rig, load_model(rig.face))
    edited = edit_session.edited_face(rig.face)
    done = edit_session.exchange(environment.worker(context), EditPrepareRequest(edited))
    edit_session.keep_ready(rig.face, edited.key, done.places)


def used(face: bpy.types.Object) -> list[bpy.types.PropertyGroup]:
    """The handles that the face follows."""
    return [handle for handle in face.aim.sculpt.handles if handle.use]


def goals(face: bpy.types.Object) -> list[list[float]]:
    """Where the handles that the face follows shall go, head space, mm."""
    return [list(handle.goal) for handle in used(face)]


def grab_request(rig: RigParts) -> tuple[EditGrabRequest, EditState]:
    """The handles as the worker takes hold of them, and the shape keys that they start from.

    Raises:
        EditError: the working key cannot be one.
    """
    face, settings = rig.face, rig.face.aim.sculpt
    check_key_name(rig)
    edited, handles = edit_session.edited_face(face), used(face)
    state = edit_state.read_base_state(rig)
    initial = RigState(
        state.shown_mm.astype(np.float32),
        edit_state.slider_weights(rig),
        rig_parts.jaw_pose(rig, edit_state.base_jaw(rig)),
    )
    request = EditGrabRequest(
        edited,
        initial,
        np.array([handle.vertex for handle in handles], int),
        np.array(goals(face), float),
        np.array([HandleKind[handle.kind].value for handle in handles], int),
        np.array([list(handle.normal) for handle in handles], float),
        settings.use_symmetry,
        settings.falloff_mm,
    )
    return request, state


def check_key_name(rig: RigParts) -> None:
    """Make sure that the working key is none of the model's own.

    Raises:
        EditError: it is.
    """
    settings = rig.face.aim.sculpt
    settings.key_name = settings.key_name.strip() or "Sculpt"
    name = settings.key_name
    if name in shape_keys.baked_names(rig.mesh.data) or name == rig.keys.reference_key.name:
        raise EditError(
            f"{name} is a shape key of the model: give the shape key of the handles another name."
        )


def write_answer(rig: RigParts, edit: EditResponse, state: EditState) -> None:
    """Show an edit of the worker: the working key, the jaw, and what each handle has reached."""
    settings = rig.face.aim.sculpt
    edit_state.write_key(rig, state, edit.shape)
    rig_parts.show_jaw(rig, edit.jaw)
    settings.edited_jaw = rig_parts.jaw_channels(rig.armature)
    handles = used(rig.face)
    states = [HandleState(state).name for state in edit.states.tolist()]
    for number, handle in enumerate(handles):
        handle.start = edit.initial_points[number]
        handle.left_mm = edit.residual_mm[number]
        handle.way_mm = edit.goal_distance_mm[number]
        handle.reason = states[number]
    images = slice(len(handles), None)
    handle_view.show_images(
        edit.vertices[images].tolist(), edit.goals[images].tolist(), states[images]
    )


def keep(context: bpy.types.Context, rig: RigParts, name: str) -> None:
    """An edit of the key ``name`` is at its end: what hangs on the skin follows it, and the jaw is keyed where the
    user has Blender key by itself, as a bone that is moved by hand is."""
    carry_keys(rig.mesh, [name])
    if context.scene.tool_settings.use_keyframe_insert_auto:
        jaw_controls.key(rig.armature, context.scene.frame_current_final)


def show_base(rig: RigParts) -> None:
    """The face without its handles."""
    settings = rig.face.aim.sculpt
    channels = edit_state.base_jaw(rig)
    if settings.key_name in rig.keys.key_blocks:
        state = edit_state.read_base_state(rig)
        edit_state.write_key(rig, state, state.shown_mm)
        carry_keys(rig.mesh, [settings.key_name])
    rig_parts.set_jaw_channels(rig.armature, channels)
    settings.edited_jaw = rig_parts.jaw_channels(rig.armature)
    handle_view.show_images([], [], [])


def outcome(handle: bpy.types.PropertyGroup) -> str:
    """How far a handle got and why not farther, in one line."""
    done = max(handle.way_mm - handle.left_mm, 0.0)
    reason = words.label(chosen(handle, "reason").name)
    return words.label(
        "Handle {name}: {done:.1f} of {way:.1f} mm, {reason}",
        name=handle.name,
        done=done,
        way=handle.way_mm,
        reason=reason,
    )


class LiveSolve:
    """Lets a face follow handles that move: one exchange is under way, and only the newest places wait for its end.

    While they move the answers are quick ones; where handles can get farther, the places they rest at are asked again.

    Attributes:
        rig: what is edited.
        answers: how many answers were written.
    """

    def __init__(self, context: bpy.types.Context, face: bpy.types.Object) -> None:
        """Take hold of the handles as they are.

        Raises:
            AimError: the face cannot be edited now; nothing was changed.
        """
        self.rig = RigParts.of(face)
        self.answers = 0
        self._before = Before(self.rig, face.aim.sculpt.key_name)
        self._worker = environment.worker(context)
        request, self._state = grab_request(self.rig)
        self._following = Following(self.rig.mesh, face.aim.sculpt.key_name)
        self._submit(request)
        self._asked: list[list[float]] | None = None
        self._answered = goals(face)
        self._busy, self._more = True, False

    @property
    def settled(self) -> bool:
        """Whether what is shown is for where the handles are."""
        return not (self._busy or self._more) and self._answered == goals(self.rig.face)

    def step(self) -> bool:
        """Take in an answer and ask for the newest places; whether the face has changed. Never waits.

        Raises:
            AimError: the worker cannot go on.
        """
        changed = False
        if self._busy and (answer := self._answer()) is not None:
            self._busy = False
            changed = self._asked is not None  # the first answer is for handles that rest
            if changed:
                write_answer(self.rig, answer, self._state)
                self._following.follow()
                self.answers += 1
                self._answered, self._more = self._asked, answer.unfinished
        wanted = goals(self.rig.face)
        quick = wanted != self._answered
        if not self._busy and (quick or self._more):
            self._submit(EditSolveRequest(np.array(wanted, float), quick))
            self._asked, self._busy = wanted, True
        return changed

    def cancel(self) -> None:
        """Everything as it was; an answer that is under way is waited for, so that the worker goes on living."""
        end = time.monotonic() + _PATIENCE_S
        try:
            while self._busy and time.monotonic() < end:
                self._busy = self._answer() is None
                time.sleep(0.001)
        except AimError as error:  # nobody needs that answer any more
            log.info("%s", error)
        with quietly:
            self._before.restore()
        if self.answers:
            carry_keys(self.rig.mesh, [self.rig.face.aim.sculpt.key_name])

    def _submit(self, request: Request) -> None:
        self._request = request
        self._worker.submit(*request.message())

    def _answer(self) -> EditResponse | None:
        return edit_session.result_of(self._worker, self._request)


def register() -> None:
    """Let faces follow the settings of their handles."""
    FOLLOWERS.append(follow)


def unregister() -> None:
    """Let them follow no more."""
    FOLLOWERS.remove(follow)
