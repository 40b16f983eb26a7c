# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which face the worker has ready for editing, and quick exchanges with it while a handle follows the mouse.

The state is this Blender session's, not the file's: a file that is opened begins without it. Nothing here is drawn or
written.
"""

import time
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from bpy.app.handlers import persistent

from ..backend.errors import EditError, WorkerError
from ..backend.jobs.edited_face import EditedFace
from ..backend.jobs.wire import Request
from ..backend.worker.messages import Failed, Finished
from ..bridge.data.storage import model_bytes, model_fingerprint
from . import environment
from .client import Died, WorkerClient

#: How often a blocking exchange looks for its answer, s.
_TICK_S = 0.002


@dataclass(frozen=True)
class ReadyFace:
    """A face that the worker has ready.

    Attributes:
        face_uid: ``session_uid`` of the neutral.
        key: tells its model apart.
        stamp: which run of the worker has it.
        places: [V] of ``editing.handle_states.SkinPlace``.
    """

    face_uid: int
    key: str
    stamp: tuple[int, int]
    places: np.ndarray


_ready: ReadyFace | None = None


def keep_ready(face: bpy.types.Object, key: str, places: np.ndarray) -> None:
    """The worker has made ``face`` ready."""
    global _ready
    stamp = _stamp()
    if stamp is not None:
        _ready = ReadyFace(face.session_uid, key, stamp, np.array(places))


def leave() -> None:
    """No face is in editing any more; the worker may still have it ready."""
    global _ready
    _ready = None


def is_open(face: bpy.types.Object | None) -> bool:
    """Whether a face is in editing and the worker has it ready; cheap."""
    return (
        _ready is not None
        and face is not None
        and face.session_uid == _ready.face_uid
        and _stamp() == _ready.stamp
    )


def places(face: bpy.types.Object) -> np.ndarray | None:
    """Where bone does not hold the skin of a face in editing [V], see ``editing.handle_states.SkinPlace``."""
    return _ready.places if is_open(face) else None


def edited_face(face: bpy.types.Object) -> EditedFace:
    """A face as every job of editing takes it: its model goes along unless the worker has it ready.

    Raises:
        ModelFileError: the face has no model.
    """
    key = model_fingerprint(face)
    if is_open(face) and _ready.key == key:
        return EditedFace(face.name, key)
    return EditedFace(face.name, key, model_bytes(face))


def exchange(worker: WorkerClient, request: Request) -> Any:
    """Do a job and wait for its result; Blender stands still meanwhile.

    Raises:
        EditError: the job could not be done.
        WorkerError: the worker ended, or is busy.
    """
    worker.submit(*request.message())
    while True:
        if (result := result_of(worker, request)) is not None:
            return result
        time.sleep(_TICK_S)


def result_of(worker: WorkerClient, request: Request) -> Any:
    """The result of the request that was submitted, or None while the job runs; never waits.

    Raises:
        EditError: it could not be done.
        WorkerError: the worker ended.
    """
    for message in worker.poll():
        if isinstance(message, Finished):
            return request.result(message.result, message.arrays)
        if isinstance(message, Failed):
            raise EditError(message.text)
        if isinstance(message, Died):
            raise WorkerError(message.text)
    return None


def _stamp() -> tuple[int, int] | None:
    """Tells apart the runs of the worker process; None while none runs."""
    worker = environment.running_worker()
    return (id(worker), worker.runs) if worker is not None else None


@persistent
def _forget(_file: str) -> None:
    """Another file has other faces."""
    leave()


def register() -> None:
    """Watch for opened files."""
    bpy.app.handlers.load_pre.append(_forget)


def unregister() -> None:
    """Forget everything."""
    bpy.app.handlers.load_pre.remove(_forget)
    leave()
