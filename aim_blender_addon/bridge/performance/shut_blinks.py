# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids of a take with correctives: what they gape at the peak of a blink is shut by few correctives more.

*Shut Blinks* shuts what the rig's own shapes leave open, and correctives have shut some of that already. So it is off
in such a take, and what the take itself leaves open is measured.
"""

import bpy
import numpy as np

from ...backend.anatomy.eyes import lids
from ...backend.anatomy.eyes.ball import Ball
from ...backend.anatomy.eyes.find import SIDES
from ...backend.anatomy.eyes.taken_blinks import TakenLids, shut_shapes
from ...backend.geometry.mesh import Mesh
from ..data import shape_keys
from ..data.meshes import read_data
from ..rig import eye_bones
from ..rig.armature import rest_matrix
from ..rig.eyes import kept_balls
from ..rig.own_bones import EYES, bone_name
from ..rig.still_eyes import on_eyes

#: Skin within so many radii of an eye is looked at.
_NEAR = 2.0


def shutting_correctives(
    rig: bpy.types.Object,
    armature: bpy.types.Object | None,
    curves: tuple[list[str], np.ndarray],
    correctives: tuple[np.ndarray, np.ndarray],
    blinks: np.ndarray | None,
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """What shuts lids that a take with correctives means shut and that gape.

    Args:
        rig: with the shape keys.
        armature: with the bones of its eyes, or None.
        curves: names of E shape keys and [T, E] their values.
        correctives: [C, V, 3] displacements in the rig's own space and units, and [T, C] their values.
        blinks: [T, 2] the source's blinks, or None.

    Returns:
        K names of the eyes, [K, V, 3] displacements in the rig's own space and units, and [T, K] their values.
    """
    names, shapes, values = [], [], []
    if len(correctives[0]) and eye_bones.has_eyes(armature):
        for side, ball in kept_balls(armature).items():
            seen = blinks[:, SIDES.index(side)] if blinks is not None else None
            moved, shown = _of_eye(rig, armature, (side, ball), curves, correctives, seen)
            names += [f"lids {side}"] * len(moved)
            shapes.append(moved)
            values.append(shown)
    count, frames = len(rig.data.vertices), len(curves[1])
    return (
        names,
        np.concatenate([np.zeros((0, count, 3)), *shapes]),
        np.concatenate([np.zeros((frames, 0)), *values], axis=1),
    )


def _of_eye(
    rig: bpy.types.Object,
    armature: bpy.types.Object,
    eye: tuple[str, Ball],
    curves: tuple[list[str], np.ndarray],
    correctives: tuple[np.ndarray, np.ndarray],
    blinks: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    side, ball = eye
    scale = armature.aim.jaw_measures[4]  # mm in a unit of the armature
    to_head = np.linalg.inv(np.array(armature.matrix_world)) @ np.array(rig.matrix_world)
    to_head[:3] *= scale
    turn, rest = to_head[:3, :3].T, read_data(rig, to_head)
    points = rest.vertices
    right, front, up = rest_matrix(armature, bone_name(armature, EYES[side]))[:3, :3].T
    axes = np.stack([-right, front, up])
    is_skin = ~on_eyes(rig, armature)
    near = np.linalg.norm(points - ball.centre, axis=1) < _NEAR * ball.radius
    used = rest.triangles[near[rest.triangles].all(axis=1)]
    rows, corners = np.unique(used, return_inverse=True)
    skin = Mesh.from_triangles(points[rows], corners.reshape(-1, 3))
    opening = lids.find_opening(skin, is_skin[rows], ball, axes) if len(rows) else None
    nothing = np.zeros((0, len(points), 3)), np.zeros((len(curves[1]), 0))
    if opening is None:
        return nothing
    blocks = rig.data.shape_keys.key_blocks
    own = [shape_keys.difference(blocks[name])[rows] for name in curves[0]]
    moves = np.concatenate([np.array(own).reshape(-1, len(rows), 3), correctives[0][:, rows]])
    weights = np.concatenate([curves[1], correctives[1]], axis=1)
    moves = moves @ turn

    def frame(number: int) -> np.ndarray:
        return np.tensordot(weights[number], moves, 1)

    taken = TakenLids(skin, is_skin[rows], ball, opening, axes, frame, len(weights), blinks)
    found, values = shut_shapes(taken)
    if not len(found):
        return nothing
    whole = np.zeros((len(found), len(points), 3))
    whole[:, rows] = found @ np.linalg.inv(turn)
    return whole, values
