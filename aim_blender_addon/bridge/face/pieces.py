# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes beside the skin that the scans move, such as teeth: objects of the same head with keys of the same names."""

import bpy
import numpy as np

from ...backend.anatomy.jaw.from_teeth import ScannedPiece
from ..data.head_space import HeadSpace
from ..data.meshes import read_shape_keys
from ..data.same_character import find_character
from ..rig.moved import is_seen, moved_by
from ..rig.objects import armature_of


def read_pieces(
    face: bpy.types.Object, space: HeadSpace, context: bpy.types.Context
) -> tuple[ScannedPiece, ...]:
    """The pieces of a face whose shape keys say what its scans do to them.

    What the face's own rig moves is left out: that shows what an earlier fit has found. So is what is hidden.

    Args:
        face: the neutral.
        space: its frame.
        context: where it stands.
    """
    armature = armature_of(face)
    rigged = set(moved_by(armature)) if armature else set()
    keys = {scan.name: scan.shape_key or scan.name for scan in face.aim.scans if scan.use}
    pieces = []
    for obj in find_character(face, None, context.scene).own:
        if obj.type != 'MESH' or obj in rigged or not is_seen(obj):
            continue
        there = obj.data.shape_keys.key_blocks
        names = [name for name, key in keys.items() if key in there]
        if names:
            rest, scans = read_shape_keys(obj, [keys[name] for name in names], space, context)
            places = [np.asarray(scan.vertices, np.float64) for scan in scans]
            pieces.append(ScannedPiece(rest, dict(zip(names, places, strict=True))))
    return tuple(pieces)
