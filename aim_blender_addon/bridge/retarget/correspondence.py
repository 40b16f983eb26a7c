# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The correspondence of a target with its source: kept in the .blend, and shown as colours on both."""

import bpy
import numpy as np

from ...backend.errors import RetargetError
from ...backend.jobs.face_pair import FoundMap
from ...backend.retargeting.checker import checker
from ..data import storage
from ..data.colours import DISPLAY, active_colour, hide_colours, show_colours, srgb_to_linear
from ..data.kept import read_bytes
from ..data.linked import is_linked
from ..face.landmarks import keep_landmarks
from ..performance.sources import performer
from ..rig.objects import rig_of
from ..view import shading

_MAP = "aim_retarget_map"


def has_map(target: bpy.types.Object) -> bool:
    """Whether a correspondence is kept; cheap enough for draw and poll."""
    return target.type == 'MESH' and _MAP in target.data


def map_bytes(target: bpy.types.Object) -> bytes:
    """The correspondence as the bytes of a map file.

    Raises:
        RetargetError: there is none, or a damaged one.
    """
    if not has_map(target):
        raise RetargetError(f"{target.name} has no correspondence yet: press Find Correspondence")
    data = read_bytes(target.data, _MAP)
    if data is None:
        raise RetargetError(
            f"The correspondence of {target.name} is damaged: press Find Correspondence"
        )
    return data


def keep_map(target: bpy.types.Object, found: FoundMap) -> None:
    """Keep what the worker has found, and the landmarks on both faces.

    Args:
        target: the face that performances are played on.
        found: the correspondence.
    """
    if has_map(target):
        del target.data[_MAP]  # Blender cuts bytes at the first zero when they replace other bytes
    target.data[_MAP] = found.map
    state = target.aim.retarget
    state.pairs, state.mapped_share = found.pairs, found.mapped_share
    state.fingerprint = found.fingerprint
    keep_landmarks(target, found.target_landmarks)
    source = performer(target)
    if source is not None and source != target and not is_linked(source):
        keep_landmarks(source, found.source_landmarks)
    if found.jaw_bone and not state.jaw_bone:
        state.jaw_bone = found.jaw_bone


def show(target: bpy.types.Object, context: bpy.types.Context) -> None:
    """Lay a checker over the source, where it is in the scene, and as it is mapped over the target.

    Raises:
        RetargetError: nothing is kept, or a mesh has changed since.
    """
    on_source, on_target = checker(map_bytes(target), target.name)
    source = performer(target)
    painted = [(target, on_target)]
    if source is not None and source != target:
        painted.append((source, on_source))
    for obj, paint in painted:
        if len(obj.data.vertices) <= int(paint.rows.max(initial=0)):
            raise RetargetError(f"{obj.name} has changed: find the correspondence again")
    for obj, paint in painted:
        for shown in _shown(obj):
            _paint(shown, paint.rows, paint.colours)
    target.aim.retarget.shown = True
    shading.show(shading.VERTEX, context)


def hide(target: bpy.types.Object, context: bpy.types.Context) -> None:
    """Show both faces as they were before."""
    source = performer(target)
    for obj in (target, source) if source is not None else (target,):
        for shown in _shown(obj):
            if not is_linked(shown):
                hide_colours(shown.data, shown.aim.colour_before)
    target.aim.retarget.shown = False
    shading.restore(context)


def _shown(obj: bpy.types.Object) -> list[bpy.types.Object]:
    """The meshes of a face that are to be painted: itself, and its rig."""
    rig = rig_of(obj) if storage.is_face(obj) else None
    return [obj] if rig is None else [obj, rig]


def _paint(obj: bpy.types.Object, rows: np.ndarray, colours: np.ndarray) -> None:
    """Colours [S, 3] of the vertices ``rows``, the others grey."""
    if is_linked(obj):
        return
    rgba = np.full((len(obj.data.vertices), 4), 0.35)
    rgba[rows, :3] = colours
    rgba[:, :3] = srgb_to_linear(rgba[:, :3])
    rgba[:, 3] = 1.0
    if active_colour(obj.data) != DISPLAY:
        obj.aim.colour_before = active_colour(obj.data)
    show_colours(obj.data, rgba)
