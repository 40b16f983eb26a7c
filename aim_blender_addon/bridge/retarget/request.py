# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the worker is told of a retargeting: both faces, the bones, the performance and the settings."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...backend.errors import RetargetError
from ..data.groups import read_groups
from ..data.head_space import head_space
from ..performance.files import full_path
from ..performance.files import output_path as solved_path
from . import correspondence
from .character_rig import deforming_bones, find_rig
from .characters import (
    Character,
    face_request,
    fingerprint,
    has_shapes,
    source_object,
)

_FOLDER = "aim_takes"
_SAMPLE = {"kind": "sample", "name": "the generic face", "landmarks": None}


@dataclass
class Faces:
    """Source and target as the worker takes them."""

    params: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    source: Character | None = None
    target: Character | None = None


def take_name(target: bpy.types.Object) -> str:
    """What the user calls the performance that is chosen."""
    state = target.aim.retarget
    source = source_object(target)
    if state.source_kind == 'CURVES':
        return Path(state.curves_path).stem
    if source is None:
        return ""
    if state.source_kind == 'MESH':
        return source.name
    return Path(state.path).stem if state.path else source.aim.take.solved_name


def output_path(target: bpy.types.Object) -> Path:
    """Where the played frames go: beside the .blend, or a temporary folder before it is saved."""
    saved = bpy.data.filepath
    folder = Path(saved).parent if saved else Path(bpy.app.tempdir)
    name = bpy.path.clean_name(f"{target.name} plays {take_name(target)}")
    return folder / _FOLDER / f"{name}.npz"


def read_faces(target: bpy.types.Object, context: bpy.types.Context) -> Faces:
    """Source, target and, where it still holds, their correspondence."""
    source, state = source_object(target), target.aim.retarget
    faces = Faces({"source": _SAMPLE})
    if source is not None:
        faces.params["source"], faces.arrays, faces.source = face_request(
            "source", source, context, as_mesh=state.source_kind == 'MESH'
        )
    about, arrays, faces.target = face_request("target", target, context, plays_shapes(target))
    faces.params["target"] = about
    faces.arrays |= arrays
    if faces.target is not None and faces.target.names:
        faces.arrays["limits"] = faces.target.limits
    now = faces.params["fingerprint"] = fingerprint(faces.params, faces.arrays)
    if correspondence.has_map(target) and now == state.fingerprint:
        faces.arrays["map"] = np.frombuffer(correspondence.map_bytes(target), np.uint8)
    _add_bones(faces, target, context)
    return faces


def _add_bones(faces: Faces, target: bpy.types.Object, context: bpy.types.Context) -> None:
    """What the worker has to know of a character's armature."""
    faces.params |= {"groups": [], "jaw_in_shapes": False}
    if faces.target is None:
        return
    state = target.aim.retarget
    rig = find_rig(target, head_space(target, context), state.use_jaw_bone)
    if rig is None:
        return
    names = deforming_bones(target) if state.use_jaw_bone else []
    if rig.jaw:
        faces.arrays |= {"jaw_weight": rig.jaw_weight, "jaw_rest": rig.rest()}
        faces.params["jaw_turns"], faces.params["jaw_moves"] = rig.locks()
    else:
        faces.params["jaw_in_shapes"] = rig.armature != state.armature
        if names:
            faces.params["groups"] = names
            faces.arrays["groups"] = read_groups(target, names)


def new_output(target: bpy.types.Object) -> Path:
    """:func:`output_path`, its folder made.

    Raises:
        RetargetError: nothing can be written there.
    """
    path = output_path(target)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RetargetError(
            f"'{path.parent}' cannot be made ({error.strerror}): save the .blend where files can be written"
        ) from error
    return path


def _solved(source: bpy.types.Object) -> Path:
    """Where the frames are that were solved onto a face last."""
    name = bpy.path.clean_name(f"{source.name} {source.aim.take.solved_name}")
    return solved_path(source).with_name(f"{name}.npz")


def plays_shapes(target: bpy.types.Object) -> bool:
    """Whether the target plays on shape keys of its own."""
    return target.aim.retarget.own_shapes and has_shapes(target)


def take_settings(target: bpy.types.Object, character: Character | None) -> dict[str, Any]:
    """Parameters of the job "retarget", but for the faces.

    Args:
        target: the face that is played on.
        character: as it was read; None for an actor.

    Raises:
        RetargetError: a row of the table names a shape key that cannot be used.
    """
    state = target.aim.retarget
    settings: dict[str, Any] = {
        "gains": {
            "whole": state.gain,
            "mouth": state.gain_mouth,
            "brows": state.gain_brows,
            "eyes": state.gain_eyes,
        },
        "contacts": state.contacts,
        "own_shapes": plays_shapes(target),
        "tolerance_mm": state.tolerance_mm,
        "performance": _performance(target),
        "table": None,
    }
    if character is None:
        return settings
    if character.names and len(state.matches):
        rows = [row for row in state.matches if row.use]
        wrong = next((row for row in rows if row.target not in character.names), None)
        if wrong is not None:
            raise RetargetError(
                f"The table moves the shape key '{wrong.target}', which {target.name} has not or something else "
                "moves: turn that row off, or match the shapes again"
            )
        settings["table"] = [[row.name, row.target, row.weight] for row in rows]
    return settings


def _performance(target: bpy.types.Object) -> dict[str, Any]:
    """What the job "retarget" is told of the take."""
    state = target.aim.retarget
    if state.source_kind == 'MESH':
        return {"kind": "frames", "path": take_name(target)}
    if state.source_kind == 'TAKE':
        path = full_path(state.path) if state.path else str(_solved(source_object(target)))
        return {"kind": "solved", "path": path}
    return {
        "kind": "curves",
        "path": full_path(state.curves_path),
        "fps": state.curves_fps,
        "smoothing_seconds": state.curves_smoothing,
        "offset": state.curves_offset,
        "limits": list(state.curves_limits),
        "first": state.curves_first,
        "last": state.curves_last,
    }
