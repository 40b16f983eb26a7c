# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about the poses of a face's rig."""

import bpy
from bpy.props import PointerProperty

from .polls import is_pose


class FaceFields:
    """The pose that is mirrored and cut in half."""

    pose: PointerProperty(
        name="Pose",
        description="The pose of this rig that Mirror and the halves are made of",
        type=bpy.types.Action,
        poll=is_pose,
    )
