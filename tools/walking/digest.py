# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a scene holds as texts by place, so that two states can be compared and their difference named."""

import functools
import hashlib
from collections.abc import Iterable

import bpy
import numpy as np

from aim_blender_addon import compat

State = dict[str, str]
_LINK = "link "


def scene_state() -> State:
    """What the file holds now. The frame is set anew first, as Blender does when it draws."""
    scene = bpy.context.scene
    scene.frame_set(scene.frame_current)
    state: State = {}
    _scene(scene, state)
    for obj in bpy.data.objects:
        _object(obj, state)
    for mesh in bpy.data.meshes:
        _mesh(mesh, state)
    for keys in bpy.data.shape_keys:
        _keys(keys, state)
    for armature in bpy.data.armatures:
        _armature(armature, state)
    for action in bpy.data.actions:
        _action(action, state)
    state |= _links(scene)
    for collection in bpy.data.collections:
        names = [obj.name for obj in collection.objects], [one.name for one in collection.children]
        state[f"collection {collection.name}"] = repr(
            (names, collection.hide_viewport, collection.hide_render, _own(collection))
        )
    for kind in ("materials", "node_groups", "images", "movieclips", "cameras"):
        blocks = getattr(bpy.data, kind)
        state[kind] = repr([(block.name, _own(block)) for block in blocks])
    return state


def differences(before: State, after: State) -> list[str]:
    """Where two states differ, and how."""
    places = sorted(before.keys() | after.keys())
    return [
        f"{place}: {before.get(place, 'nothing')[:300]} -> {after.get(place, 'nothing')[:300]}"
        for place in places
        if before.get(place) != after.get(place)
    ]


def lost_links(before: State) -> list[str]:
    """The collections that are still there but no longer where they hung, each as "parent > child"."""
    now = _links(bpy.context.scene)
    return [
        place.removeprefix(_LINK)
        for place, child in before.items()
        if place.startswith(_LINK) and place not in now and child in bpy.data.collections
    ]


def _links(scene: bpy.types.Scene) -> State:
    """Each collection by where it hangs; "Scene" is the scene's own."""
    parents = [("Scene", scene.collection), *((one.name, one) for one in bpy.data.collections)]
    return {
        f"{_LINK}{name} > {child.name}": child.name
        for name, parent in parents
        for child in parent.children
    }


def _scene(scene: bpy.types.Scene, state: State) -> None:
    markers = [(marker.name, marker.frame) for marker in scene.timeline_markers]
    layer = bpy.context.view_layer
    active = layer.objects.active
    state["scene"] = repr(
        (
            scene.frame_current,
            scene.frame_start,
            scene.frame_end,
            markers,
            scene.render.fps,
            _fields(scene.aim),
            _own(scene),
            active.name if active else "",
            active.mode if active else "",
            [obj.name for obj in layer.objects if obj.select_get()],
        )
    )


def _object(obj: bpy.types.Object, state: State) -> None:
    place = f"object {obj.name}"
    in_layer = obj.name in bpy.context.view_layer.objects
    state[place] = repr(
        (
            obj.type,
            _name(obj.data),
            _name(obj.parent),
            obj.parent_type,
            obj.parent_bone,
            _numbers(obj.matrix_basis),
            _numbers(obj.matrix_parent_inverse),
            in_layer and obj.hide_get(),
            obj.hide_viewport,
            obj.hide_render,
            obj.hide_select,
            obj.show_only_shape_key,
            obj.active_shape_key_index,
            [(slot.link, _name(slot.material)) for slot in obj.material_slots],
            _own(obj),
        )
    )
    state[f"{place} face"] = repr(_fields(obj.aim))
    state[f"{place} modifiers"] = repr(
        [
            (one.name, one.type, one.show_viewport, _name(getattr(one, "object", None)))
            for one in obj.modifiers
        ]
    )
    state[f"{place} animation"] = _animation(obj)
    if obj.type == 'MESH':
        state[f"{place} groups"] = _groups(obj)
    if obj.pose is not None:
        for bone in obj.pose.bones:
            state[f"{place} bone {bone.name}"] = _pose_bone(bone)


def _groups(obj: bpy.types.Object) -> str:
    weights = [
        (group.group, round(group.weight, 6))
        for vertex in (obj.data.vertices if obj.vertex_groups else ())
        for group in vertex.groups
    ]
    names = [group.name for group in obj.vertex_groups]
    return repr((names, obj.vertex_groups.active_index, _hash(repr(weights).encode())))


def _pose_bone(bone: bpy.types.PoseBone) -> str:
    constraints = [
        (one.name, one.type, one.mute, *(getattr(one, f"max_{axis}", 0.0) for axis in "xyz"))
        for one in bone.constraints
    ]
    return repr(
        (
            _numbers(bone.location),
            _numbers(bone.rotation_euler),
            bone.rotation_mode,
            _name(bone.custom_shape),
            constraints,
            _own(bone),
        )
    )


def _mesh(mesh: bpy.types.Mesh, state: State) -> None:
    arrays = []
    for attribute in mesh.attributes:
        prop, width, kind = _ATTRIBUTES.get(attribute.data_type, ("", 0, None))
        if not prop or attribute.name.startswith(".select"):
            continue
        values = np.empty(len(attribute.data) * width, kind)
        attribute.data.foreach_get(prop, values)
        arrays.append((attribute.name, attribute.domain, _hash(values.tobytes())))
    colour = mesh.color_attributes.active_color_name or ""
    materials = [_name(material) for material in mesh.materials]
    state[f"mesh {mesh.name}"] = repr((arrays, colour, materials, _own(mesh)))


def _keys(keys: bpy.types.Key, state: State) -> None:
    place = f"keys {keys.name}"
    state[place] = repr((_name(keys.user), keys.use_relative, _own(keys)))
    state[f"{place} animation"] = _animation(keys)
    for block in keys.key_blocks:
        points = np.empty(len(block.points) * 3, np.float32)
        block.points.foreach_get("co", points)
        fields = (
            round(block.value, 5),
            block.mute,
            block.lock_shape,
            block.slider_min,
            block.slider_max,
            block.vertex_group,
            block.relative_key.name,
            _hash(points.tobytes()),
        )
        state[f"{place} {block.name}"] = repr(fields)


def _armature(armature: bpy.types.Armature, state: State) -> None:
    bones = [
        (bone.name, _name(bone.parent), bone.use_deform, _numbers(bone.matrix_local), _own(bone))
        for bone in armature.bones
    ]
    state[f"armature {armature.name}"] = repr((bones, armature.pose_position, _own(armature)))


def _action(action: bpy.types.Action, state: State) -> None:
    curves = []
    for curve in compat.all_curves(action):
        points = np.empty(len(curve.keyframe_points) * 2, np.float32)
        curve.keyframe_points.foreach_get("co", points)
        curves.append((curve.data_path, curve.array_index, curve.mute, _hash(points.tobytes())))
    markers = [(marker.name, marker.frame) for marker in action.pose_markers]
    state[f"action {action.name}"] = repr(
        (sorted(curves), markers, action.use_fake_user, action.asset_data is not None, _own(action))
    )


def _animation(owner: bpy.types.ID) -> str:
    data = owner.animation_data
    if data is None:
        return "None"
    tracks = [
        (
            track.name,
            track.mute,
            [(_name(strip.action), strip.frame_start, strip.frame_end) for strip in track.strips],
        )
        for track in data.nla_tracks
    ]
    drivers = [(driver.data_path, driver.driver.type, driver.mute) for driver in data.drivers]
    slot = getattr(data, "action_slot", None)
    played = _name(data.action), slot.identifier if slot else "", data.action_blend_type
    return repr((played, tracks, sorted(drivers)))


_ATTRIBUTES = {
    'FLOAT': ("value", 1, np.float32),
    'INT': ("value", 1, np.int32),
    'BOOLEAN': ("value", 1, bool),
    'FLOAT_VECTOR': ("vector", 3, np.float32),
    'FLOAT_COLOR': ("color", 4, np.float32),
    'FLOAT2': ("vector", 2, np.float32),
}


def _own(owner: object) -> list[tuple[str, str]]:
    """The custom properties of a block or bone."""
    return [(name, _plain(owner[name])) for name in sorted(owner.keys()) if name != "aim"]


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return _hash(value)
    if isinstance(value, bpy.types.ID):
        return value.name
    if hasattr(value, "to_dict"):
        return repr({name: _plain(value[name]) for name in sorted(value.keys())})
    if hasattr(value, "to_list"):
        return repr([round(float(one), 5) if isinstance(one, float) else one for one in value])
    return repr(round(value, 5) if isinstance(value, float) else value)


def _fields(group: bpy.types.PropertyGroup) -> list[object]:
    """The properties of a group, with all groups in it."""
    found = []
    for name, kind, is_array in _kinds(type(group)):
        value = getattr(group, name)
        if kind == 'COLLECTION':
            value = [_fields(one) for one in value]
        elif kind == 'POINTER':
            value = _fields(value) if isinstance(value, bpy.types.PropertyGroup) else _name(value)
        elif is_array:
            value = [round(one, 5) for one in value]
        elif kind == 'FLOAT':
            value = round(value, 5)
        found.append((name, value))
    return found


@functools.cache
def _kinds(group: type) -> list[tuple[str, str, bool]]:
    """Name, type and whether it has several values, of each property of a group."""
    return [
        (prop.identifier, prop.type, getattr(prop, "is_array", False))
        for prop in group.bl_rna.properties
        if prop.identifier not in ("rna_type", "bl_rna")
    ]


def _numbers(values: Iterable) -> list[float]:
    return np.round(np.array(values, np.float64), 5).ravel().tolist()


def _name(block: object) -> str:
    return block.name if block is not None else ""


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()
