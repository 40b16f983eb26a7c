# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why nothing can be done with wrinkles and pores now."""

import bpy

from ...bridge.data.storage import face_object
from ...bridge.rig.objects import rig_of


def no_detail(context: bpy.types.Context) -> str:
    """The face has no wrinkles and pores."""
    face = face_object(context)
    if face is None or face.aim.detail.kind == 'NONE':
        return "Extract detail from scans, or start from generic skin first"
    return ""


def no_uv(context: bpy.types.Context) -> str:
    """The rig has no UV map to lay maps on."""
    face = face_object(context)
    rig = rig_of(face) if face else None
    if rig is not None and not rig.data.uv_layers:
        return "Unwrap the rig first, with a seam from the crown to the nape of the neck"
    return ""


def no_folder(context: bpy.types.Context) -> str:
    """No folder of scans or maps is set."""
    face = face_object(context)
    if face is not None and not face.aim.detail.folder:
        return "Choose the folder of the scans or height maps first"
    return ""


def no_output(context: bpy.types.Context) -> str:
    """No folder is set that maps go to."""
    face = face_object(context)
    if face is not None and not face.aim.detail.output:
        return "Choose the folder that maps go to first"
    return ""
