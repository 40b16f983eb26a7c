# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The expressions of a rig as pose assets: one Action of one frame for each, with a picture, in the Asset Browser."""

from collections.abc import Mapping

import bpy
import numpy as np

from ... import compat
from ...backend.errors import RigError
from ...backend.model.aim import AimModel
from ..data import shape_keys
from . import actions, controls, thumbnail
from .armature import rest_matrix
from .own_bones import JAW, bone_data_path, bone_name, pose_bone
from .poses import bone_channels, in_units

NEUTRAL = "Neutral"
#: Custom property of the armature object: the pose assets made for it, by the name of the expression.
_ASSETS = "aim_pose_assets"
#: Scene frame of the one key of a pose asset.
_FRAME = 1.0


def assets_of(armature: bpy.types.Object) -> dict[str, bpy.types.Action]:
    """The pose assets of a rig, by the name of the expression; those the user has deleted are left out."""
    kept = armature.get(_ASSETS)
    named = kept.items() if hasattr(kept, "items") else ()
    return {name: action for name, action in named if isinstance(action, bpy.types.Action)}


def has_assets(armature: bpy.types.Object) -> bool:
    """Whether the expressions of a rig are pose assets, so that they are moved by the jaw bone."""
    return bool(assets_of(armature))


def check_can_make(obj: bpy.types.Object, model: AimModel) -> None:
    """Make sure that the expressions of a rig can become pose assets.

    Raises:
        RigError: the rig is older than the model or has lost a shape key, or its shape keys play an Action that would
            be overridden.
    """
    keys = obj.data.shape_keys
    if shape_keys.baked_names(obj.data) != list(model.expression_names):
        raise RigError(f"{obj.name} is older than the model of its face; update the rig first.")
    lost = next((name for name in model.expression_names if name not in keys.key_blocks), None)
    if lost is not None:
        raise RigError(
            f"{obj.name} has lost its shape key {lost}: rename it back, or press Update Rig."
        )
    animation = keys.animation_data
    if animation is None:
        return
    if animation.nla_tracks or not actions.plays_nothing_else(keys):
        raise RigError(
            f"The shape keys of {obj.name} have animation of their own, which sliders on the jaw bone "
            "would override; unlink it from the shape keys first, or keep animating them without pose assets."
        )


def write_assets(
    armature: bpy.types.Object,
    keys: bpy.types.Key,
    model: AimModel,
    mm_per_unit: float,
    redraw: bool,
) -> list[bpy.types.Action]:
    """Make the pose assets of a rig, or bring them up to date, and let the jaw bone move its shape keys.

    Assets whose keys the user has changed stay as they are. Those of expressions that the model no longer has go away.

    Args:
        armature: of the rig.
        keys: of the rig's mesh.
        model: as it was baked.
        mm_per_unit: of the armature's space.
        redraw: make new pictures for assets that are there, too.
    """
    names = model.expression_names
    controls.set_up(armature, keys, names)
    actions.follow_controls(armature, keys, names)
    location, rotation = bone_channels(
        in_units(model.jaw_poses, mm_per_unit), rest_matrix(armature, bone_name(armature, JAW))
    )
    poses = {
        name: (location[number], rotation[number], {name: 1.0}, model.scan(number))
        for number, name in enumerate(names)
    }
    if NEUTRAL not in poses:
        poses[NEUTRAL] = (np.zeros(3), np.zeros(3), {}, model.evaluate().skin)
    before = assets_of(armature)
    view = thumbnail.front_view(model.joint)
    made = {}
    for name, (place, angles, sliders, skin) in poses.items():
        action = made[name] = before.pop(name, None) or _new_asset(name, armature)
        if actions.is_marked(action) and not actions.is_untouched(action):
            continue
        is_new = not actions.is_marked(action)
        values = {
            shape: sliders.get(shape, 0.0) for shape in names if controls.is_driven(keys, shape)
        }
        _write_pose(action, armature, place, angles, values)
        if is_new or redraw:
            _draw_preview(action, thumbnail.draw(model.neutral.with_vertices(skin), view))
    _remove(before.values())
    armature[_ASSETS] = made
    return list(made.values())


def remove_assets(armature: bpy.types.Object, keys: bpy.types.Key) -> None:
    """Take the pose assets of a rig away and give the shape keys their own sliders back."""
    shapes = [block.name for block in keys.key_blocks if controls.is_driven(keys, block.name)]
    sliders = pose_bone(armature, JAW)
    values = {shape: sliders.get(controls.property_name(shape), 0.0) for shape in shapes}
    controls.set_up(armature, keys, ())
    actions.follow_controls(armature, keys, shapes)
    for shape, value in values.items():
        keys.key_blocks[shape].value = value
    _remove(assets_of(armature).values())
    if _ASSETS in armature:
        del armature[_ASSETS]


def _new_asset(name: str, armature: bpy.types.Object) -> bpy.types.Action:
    action = bpy.data.actions.new(name)
    action.asset_mark()
    face = armature.aim.face_object
    action.asset_data.tags.new(face.name if face else armature.name, skip_if_exists=True)
    return action


def _write_pose(
    action: bpy.types.Action,
    armature: bpy.types.Object,
    location: np.ndarray,
    rotation: np.ndarray,
    sliders: Mapping[str, float],
) -> None:
    """Key the whole pose of the jaw bone at one frame, with every slider, so that it replaces any other expression."""
    curves = compat.action_curves(action, armature)
    for curve in list(curves):
        curves.remove(curve)
    keyed = {
        (f"{bone_data_path(armature, JAW)}.{channel}", axis): values[axis]
        for channel, values in (("location", location), ("rotation_euler", rotation))
        for axis in range(3)
    }
    keyed |= {(controls.bone_path(armature, shape), 0): value for shape, value in sliders.items()}
    for (path, index), value in keyed.items():
        curve = curves.new(path, index=index)
        curve.keyframe_points.insert(_FRAME, float(value))
        curve.group = compat.curve_group(action, armature, bone_name(armature, JAW))
    actions.mark(action)


def _draw_preview(action: bpy.types.Action, image: np.ndarray) -> None:
    preview = action.preview_ensure()
    preview.image_size = (image.shape[1], image.shape[0])
    preview.image_pixels_float.foreach_set(image.ravel())


def _remove(assets: "list[bpy.types.Action]") -> None:
    """Remove Actions; one that the user has changed stays in the file as an ordinary Action."""
    for action in list(assets):
        if actions.is_untouched(action):
            bpy.data.actions.remove(action)
        else:
            action.asset_clear()
            action.use_fake_user = True
