# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""New eyes of a character that no bone turns: shape keys of its looks turn them, as they move its lids."""

from collections.abc import Sequence

import bpy
import numpy as np

from ...backend.anatomy.eyes.ball import fit_ball
from ...backend.anatomy.eyes.find import SIDES
from ...backend.anatomy.eyes.look import poses_of_curves
from ...backend.anatomy.jaw.joint import JawJoint
from ...backend.geometry.mesh import Mesh
from ...backend.shape_names import arkit_names
from ..rig import carried
from ..rig.inside import made_kind


def turns_by_keys(mesh: Mesh, names: Sequence[str], joint: JawJoint) -> dict[str, np.ndarray]:
    """Motions [4, 4] in mm of a new eye within each shape of its look, by the shape's name.

    ARKit's own names are among them, for shapes that the character gets later.

    Args:
        mesh: the piece in head space, mm; ``left eye`` or ``right eye``.
        names: of the character's shape keys.
        joint: tells left, front and up of the head.

    Returns:
        Nothing for a piece that is no eye.
    """
    side = next((side for side in SIDES if mesh.name == f"{side} eye"), None)
    if side is None:
        return {}
    poses = poses_of_curves(side, fit_ball(mesh.vertices).centre, joint.head_axes)
    own = {}
    for name in names:
        meant = [poses[curve] for curve in arkit_names(name) if curve in poses]
        if meant:
            own[name] = meant[0]
    return poses | own


def keys_turn(obj: bpy.types.Object) -> bool:
    """Whether an object is a new eye that follows shape keys."""
    return made_kind(obj) == "eyes" and bool(carried.made_names(obj.data.shape_keys))


def keys_turn_eyes(skin: bpy.types.Object) -> bool:
    """Whether shape keys of a character turn its new eyes."""
    return any(keys_turn(piece) for piece in carried.pieces(skin))
