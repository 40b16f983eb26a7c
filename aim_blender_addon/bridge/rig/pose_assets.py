# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The expressions of a rig as pose assets: one Action of one frame for each, with a picture, in the Asset Browser."""

from collections.abc import Mapping, Sequence

import bpy
import numpy as np

from ... import compat
from ...backend.errors import RigError
from ...backend.model.aim import AimModel
from ..data import shape_keys
from ..data.fitting_names import fit_name
from ..data.linked import is_linked
from . import actions, catalogs, controls, pose_channels, thumbnail
from .armature import rest_matrix
from .own_bones import JAW, bone_data_path, bone_name, pose_bone
from .poses import bone_channels, in_units

NEUTRAL = "Neutral"
#: Custom property of the armature object: the pose assets made for it, by the name of the expression.
_ASSETS = "aim_pose_assets"
#: The same for those that the user has saved.
_SAVED = "aim_saved_poses"
#: Custom property of a saved pose: it holds every channel of the face, so that it replaces any other expression.
WHOLE = "aim_whole_pose"
#: Scene frame of the one key of a pose asset.
_FRAME = 1.0


def assets_of(armature: bpy.types.Object) -> dict[str, bpy.types.Action]:
    """The pose assets of a rig's scans, by the name of the expression; those the user has deleted are left out."""
    return _kept(armature, _ASSETS)


def saved_of(armature: bpy.types.Object) -> dict[str, bpy.types.Action]:
    """The pose assets that the user has saved from a rig, by name; those that were deleted since are left out."""
    return _kept(armature, _SAVED)


def poses_of(armature: bpy.types.Object | None) -> list[bpy.types.Action]:
    """Every pose asset of a rig."""
    if armature is None:
        return []
    return [*assets_of(armature).values(), *saved_of(armature).values()]


def has_assets(armature: bpy.types.Object) -> bool:
    """Whether the expressions of a rig are pose assets, so that they are moved by the jaw bone."""
    return bool(assets_of(armature))


def _kept(armature: bpy.types.Object, prop: str) -> dict[str, bpy.types.Action]:
    kept = armature.get(prop)
    named = kept.items() if hasattr(kept, "items") else ()
    return {name: action for name, action in named if isinstance(action, bpy.types.Action)}


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
    if has_own_animation(keys):
        raise RigError(
            f"The shape keys of {obj.name} have animation of their own, which sliders on the jaw bone "
            "would override; unlink it from the shape keys first, or keep animating them without pose assets."
        )


def has_own_animation(keys: bpy.types.Key) -> bool:
    """Whether shape keys play something that sliders on the jaw bone would override."""
    animation = keys.animation_data
    if animation is None:
        return False
    return bool(animation.nla_tracks) or not actions.plays_nothing_else(keys)


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
        values = {shape: sliders.get(shape, 0.0) for shape in controls.driven(keys)}
        _write_pose(action, armature, place, angles, values, name == NEUTRAL)
        if is_new or redraw:
            draw_preview(action, thumbnail.draw(model.neutral.with_vertices(skin), view))
    _remove(before.values())
    armature[_ASSETS] = made
    return list(made.values())


def save_asset(
    armature: bpy.types.Object,
    name: str,
    channels: Mapping[tuple[str, int], float],
    is_whole: bool,
    image: np.ndarray,
) -> bpy.types.Action:
    """Make a pose asset of the user's, or write the one of that name anew.

    Args:
        armature: of the rig.
        name: of the pose; one that is too long is cut.
        channels: values by data path from the armature and index.
        is_whole: they are all channels of the face.
        image: [S, S, 4] its picture.
    """
    saved = saved_of(armature)
    name = fit_name(name, bpy.types.ShapeKey)  # keys of custom properties are as short
    action = saved[name] = saved.get(name) or _new_asset(name, armature)
    write_channels(action, armature, channels)
    action[WHOLE] = is_whole
    draw_preview(action, image)
    armature[_SAVED] = saved
    return action


def hold_at_rest(armature: bpy.types.Object, keys: bpy.types.Key, shapes: Sequence[str]) -> None:
    """Let every pose that replaces others hold the new sliders of ``shapes`` at rest, too."""
    saved = [action for action in saved_of(armature).values() if action.get(WHOLE)]
    for action in [*assets_of(armature).values(), *saved]:
        if is_linked(action):
            continue
        untouched = actions.is_untouched(action)
        there = {(curve.data_path, curve.array_index) for curve in compat.all_curves(action)}
        paths = [controls.bone_path(armature, s) for s in shapes if controls.is_driven(keys, s)]
        _insert(action, armature, {(p, 0): 0.0 for p in paths if (p, 0) not in there})
        if untouched:
            actions.mark(action)


def remove_assets(armature: bpy.types.Object, keys: bpy.types.Key) -> None:
    """Take the pose assets of a rig's scans away and give the shape keys their own sliders back.

    Sliders stay where poses of the user's need them.
    """
    shapes = controls.driven(keys)
    if saved_of(armature):
        controls.keep_posed(keys, shapes)
    else:
        controls.keep_posed(keys, ())
        sliders = pose_bone(armature, JAW)
        values = {shape: sliders.get(controls.property_name(shape), 0.0) for shape in shapes}
        controls.set_up(armature, keys, ())
        actions.follow_controls(armature, keys, shapes)
        for shape, value in values.items():
            keys.key_blocks[shape].value = value
    _remove(assets_of(armature).values())
    if _ASSETS in armature:
        del armature[_ASSETS]


def write_channels(
    action: bpy.types.Action,
    armature: bpy.types.Object,
    channels: Mapping[tuple[str, int], float],
) -> None:
    """Let an Action be a pose: one key for each channel, by data path from the armature and index."""
    curves = compat.action_curves(action, armature)
    for curve in list(curves):
        curves.remove(curve)
    _insert(action, armature, channels)
    actions.mark(action)


def draw_preview(action: bpy.types.Action, image: np.ndarray) -> None:
    """Let a picture [S, S, 4] stand for an asset."""
    preview = action.preview_ensure()
    preview.image_size = (image.shape[1], image.shape[0])
    preview.image_pixels_float.foreach_set(image.ravel())


def _new_asset(name: str, armature: bpy.types.Object) -> bpy.types.Action:
    action = bpy.data.actions.new(name)
    action.asset_mark()
    face = armature.aim.face_object
    name_of_face = face.name if face else armature.name
    action.asset_data.tags.new(name_of_face, skip_if_exists=True)
    action.asset_data.catalog_id = catalogs.catalog_id(name_of_face)
    return action


def _write_pose(
    action: bpy.types.Action,
    armature: bpy.types.Object,
    location: np.ndarray,
    rotation: np.ndarray,
    sliders: Mapping[str, float],
    with_look: bool,
) -> None:
    """Key the whole pose of the jaw bone, every slider, and the face controls at rest: it replaces any other one.

    The neutral brings the look back to rest, too.
    """
    places = [*pose_channels.of_mouth(armature), *pose_channels.of_controls(armature)]
    places += pose_channels.of_look(armature) if with_look else []
    keyed = {place: pose_channels.rest_value(*place) for place in places}
    jaw = bone_data_path(armature, JAW)
    keyed |= {
        (f"{jaw}.{channel}", axis): float(values[axis])
        for channel, values in (("location", location), ("rotation_euler", rotation))
        for axis in range(3)
    }
    keyed |= {(controls.bone_path(armature, shape), 0): value for shape, value in sliders.items()}
    write_channels(action, armature, keyed)


def _insert(
    action: bpy.types.Action,
    armature: bpy.types.Object,
    channels: Mapping[tuple[str, int], float],
) -> None:
    curves = compat.action_curves(action, armature)
    for (path, index), value in channels.items():
        curve = curves.new(path, index=index)
        curve.keyframe_points.insert(_FRAME, float(value))
        found = pose_channels.parse(path)
        if found is not None:
            curve.group = compat.curve_group(action, armature, found[0])


def _remove(assets: "list[bpy.types.Action]") -> None:
    """Remove Actions; one that the user has changed stays in the file as an ordinary Action."""
    for action in list(assets):
        if actions.is_untouched(action):
            bpy.data.actions.remove(action)
        else:
            action.asset_clear()
            action.use_fake_user = True
