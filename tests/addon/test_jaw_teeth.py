# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teeth as an object of their own, with shape keys named as the scans: the fit is given them."""

import bpy
import numpy as np

from aim_blender_addon.bridge.data.head_space import head_space
from aim_blender_addon.bridge.face.pieces import read_pieces

from . import faces


def new_teeth(
    head: bpy.types.Object | None, names: tuple[str, ...] = ("jawOpen", "other")
) -> bpy.types.Object:
    """A row of lower teeth that hangs on a head; its key jawOpen turns it about the condyles."""
    row = faces.ellipsoid((50, 30, 8), (0, -55, -45), 6, 10)
    obj = faces.new_object(row, "lower teeth")
    obj.shape_key_add(name="Basis")
    pose = faces.jaw_pose(12.0)
    for name in names:
        turned = row.vertices @ pose[:3, :3].T + pose[:3, 3]
        obj.shape_key_add(name=name).points.foreach_set("co", (turned * 0.001).ravel())
    obj.parent = head
    return obj


def test_teeth_with_keys_of_the_scans_names_are_given_to_the_fit() -> None:
    face = faces.new_shape_keys()
    assert bpy.ops.aim.scans_from_shape_keys() == {'FINISHED'}
    teeth = new_teeth(face)
    space = head_space(face, bpy.context)
    (piece,) = read_pieces(face, space, bpy.context)
    assert piece.rest.name == "lower teeth" and list(piece.scans) == ["jawOpen"]
    moved = np.linalg.norm(piece.scans["jawOpen"] - piece.rest.vertices, axis=1)
    assert 10 < moved.max() < 30  # millimetres, whatever the scene's unit
    teeth.hide_set(True)
    assert not read_pieces(face, space, bpy.context)


def test_what_does_not_belong_to_the_face_is_not_taken() -> None:
    face = faces.new_shape_keys()
    assert bpy.ops.aim.scans_from_shape_keys() == {'FINISHED'}
    new_teeth(None)
    assert not read_pieces(face, head_space(face, bpy.context), bpy.context)
