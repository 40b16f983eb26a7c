# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's jobs of editing a face; what they need is imported when they run.

The session (:mod:`.session`) stays between jobs: ``edit_prepare`` takes seconds once, ``edit_grab`` a tenth of one,
and ``edit_solve`` follows the mouse.
"""

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..progress import Progress

if TYPE_CHECKING:
    import numpy as np

    from ..editing.editable_face import EditState
    from ..editing.response import EditResponse
    from ..editing.session import EditSession, PreparedFace

Params = dict[str, Any]
Arrays = Mapping[str, "np.ndarray"]
Result = tuple[dict[str, Any], dict[str, "np.ndarray"]]


def edit_prepare(params: Params, arrays: Arrays, progress: Progress) -> Result:
    """Make a face ready for editing, unless it is.

    Args:
        params: ``name`` of the face; ``key``, which tells models apart.
        arrays: ``model``: [N] uint8, the model file's bytes.
        progress: receives stages, and may raise ``JobCancelled``.

    Result:
        array ``places``: [V] uint8 of ``handle_states.SkinPlace``.
    """
    return {}, {"places": _ready(params, arrays, progress).places}


def edit_grab(params: Params, arrays: Arrays, progress: Progress) -> Result:
    """Grab handles and solve for where they are; makes the face ready if need be.

    Args:
        params: as for :func:`edit_prepare`; ``vertices`` [M], ``positions`` [M, 3] mm, ``kinds`` [M], ``normals``
            [M, 3]; ``symmetric``; ``falloff_mm``; ``weights`` [E] and ``jaw`` [4, 4] mm of the initial state.
        arrays: ``shape``: [V, 3] mm, what the shape keys show before the edit; ``model`` unless the face is ready.
        progress: receives stages, and may raise ``JobCancelled``.

    Result:
        ``jaw`` [4, 4], ``points``, ``initial_points``, ``goals`` [N, 3] mm, ``vertices``, ``residual_mm``,
        ``goal_distance_mm``, ``states`` [N], ``unfinished``; array ``shape`` [V, 3] float32 mm. See
        ``response.EditResponse``.
    """
    import numpy as np

    from ..editing.handles import Handles

    ready = _ready(params, arrays, progress)
    handles = Handles.of(
        np.array(params["vertices"], int),
        np.array(params["positions"], float),
        np.array(params["kinds"], int),
        np.array(params["normals"], float),
        skin=ready.face.rest,
    )
    initial = _initial_state(ready, params, arrays["shape"])
    response = _session().grab(ready, handles, initial, params["symmetric"], params["falloff_mm"])
    return _result(response)


def edit_solve(params: Params, arrays: Arrays, progress: Progress) -> Result:
    """Solve for other ``positions`` [M, 3] mm of the grabbed handles; the result is that of :func:`edit_grab`.

    With ``quick``, while the mouse moves on, handles may get less far than they can: ``unfinished`` tells.
    """
    return _result(_session().solve(params["positions"], bool(params.get("quick", False))))


def edit_constrain(params: Params, arrays: Arrays, progress: Progress) -> Result:
    """Bring a freely sculpted shape to the nearest valid one; makes the face ready if need be.

    Args:
        params: as for :func:`edit_prepare`; ``weights``, ``jaw`` as for :func:`edit_grab`; ``strength``,
            ``volume_share``, ``solve_jaw``; ``own``: which expression of the model was sculpted on, or -1. It counts
            as the model has it: only what was changed of it is a sculpt.
        arrays: ``shape``: [V, 3] mm, what the shape keys show without the sculpt; ``sculpted``: [V, 3] mm, with it;
            optional ``mask`` [V] in [0, 1]; ``model`` unless the face is ready.
        progress: receives stages, and may raise ``JobCancelled``.

    Result:
        ``jaw`` [4, 4], ``moved_mean_mm``, ``moved_max_mm``, ``volume_change``, ``kept``; array ``shape`` [V, 3]
        float32 mm.
    """
    from ..editing.session import constrain_key, with_expression

    ready = _ready(params, arrays, progress)
    progress("Constraining the sculpt", 0.95, {})
    shape = arrays["shape"]
    if params["own"] >= 0:
        shape = with_expression(ready.face, shape, params["own"])
    done, found, pose = constrain_key(
        ready.face,
        _initial_state(ready, params, shape),
        arrays["sculpted"],
        params["strength"],
        arrays.get("mask"),
        params["volume_share"],
        params["solve_jaw"],
    )
    result = {
        "jaw": pose,
        "moved_mean_mm": float(done.moved_mm.mean()),
        "moved_max_mm": float(done.moved_mm.max()),
        "volume_change": done.volume_change,
        "kept": done.kept,
    }
    return result, {"shape": found}


EDIT_JOBS = (edit_prepare, edit_grab, edit_solve, edit_constrain)


@functools.cache
def _session() -> "EditSession":
    """The session of this process."""
    from ..editing.session import EditSession

    return EditSession()


def _ready(params: Params, arrays: Arrays, progress: Progress) -> "PreparedFace":
    return _session().prepare(params["key"], params["name"], arrays.get("model"), progress)


def _initial_state(ready: "PreparedFace", params: Params, shape: "np.ndarray") -> "EditState":
    import numpy as np

    from ..editing.session import state_of_rig

    return state_of_rig(ready.face, shape, np.array(params["weights"], float), params["jaw"])


def _result(response: "EditResponse") -> Result:
    arrays = {"shape": response.shape}
    return {k: v for k, v in vars(response).items() if k not in arrays}, arrays
