# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what a .blend holds as arrays: ``read_blend.py FILE.blend OUT.npz`` (Blender 4.4 or newer).

The extension is not registered, so that the file is read as it was saved.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np

#: Of each type of attribute: Blender's name of a value in its data, how many numbers that has, and of what type.
VALUES = {
    'FLOAT': ("value", 1, np.float32),
    'INT': ("value", 1, np.int32),
    'BOOLEAN': ("value", 1, bool),
    'FLOAT_VECTOR': ("vector", 3, np.float32),
    'FLOAT2': ("vector", 2, np.float32),
    'INT32_2D': ("value", 2, np.int32),
    'INT16_2D': ("value", 2, np.int32),
    'FLOAT_COLOR': ("color", 4, np.float32),
    'BYTE_COLOR': ("color", 4, np.float32),
    'QUATERNION': ("value", 4, np.float32),
    'FLOAT4X4': ("value", 16, np.float32),
}
#: Attributes of what is selected and hidden in edit mode.
INTERFACE = (".select_", ".hide_")
#: Custom property of a mesh: the bytes of its model file.
MODEL = "aim_model"
#: What is read of every key of an F-Curve, and how many numbers that has.
KEY_PARTS = (("co", 2), ("handle_left", 2), ("handle_right", 2), ("interpolation", 1))


def main(source: Path, out: Path) -> None:
    """Read one file and write another."""
    bpy.ops.wm.open_mainfile(filepath=str(source), load_ui=False)
    found = {"scene": np.array(json.dumps(dict(_descriptions()), sort_keys=True))}
    for mesh in bpy.data.meshes:
        found |= dict(_mesh(mesh))
    for obj in bpy.data.objects:
        found |= dict(_object(obj))
    for action in bpy.data.actions:
        found |= dict(_action(action))
    np.savez_compressed(out, **found)
    for mesh in bpy.data.meshes:
        if isinstance(model := mesh.get(MODEL), bytes):
            out.with_name(f"{out.stem} {mesh.name}.safetensors").write_bytes(model)


def _descriptions() -> Iterator[tuple[str, object]]:
    """What stands beside the numbers: parents, modifiers, constraints, properties."""
    for obj in bpy.data.objects:
        yield (
            f"object {obj.name}",
            {
                "type": obj.type,
                "data": obj.data.name if obj.data else "",
                "parent": [obj.parent.name if obj.parent else "", obj.parent_type, obj.parent_bone],
                "modifiers": [[one.name, one.type, one.show_viewport] for one in obj.modifiers],
                "constraints": [[one.name, one.type] for one in obj.constraints],
                "materials": [slot.material.name for slot in obj.material_slots if slot.material],
                "hidden": [obj.hide_viewport, obj.hide_render],
                "collections": sorted(one.name for one in obj.users_collection),
                "properties": _properties(obj),
            },
        )
        if obj.type == 'ARMATURE':
            yield f"bones {obj.name}", {bone.name: _bone(bone) for bone in obj.pose.bones}
    for kind in ("scenes", "meshes", "materials", "actions", "collections", "armatures"):
        for block in getattr(bpy.data, kind):
            yield f"{kind} {block.name}", _properties(block)
    for scene in bpy.data.scenes:
        yield (
            f"markers {scene.name}",
            sorted([one.frame, one.name] for one in scene.timeline_markers),
        )
    for keys in bpy.data.shape_keys:
        yield (
            f"keys {keys.user.name}",
            [
                [key.name, key.value, key.slider_min, key.slider_max, key.mute]
                for key in keys.key_blocks
            ],
        )
        drivers = keys.animation_data.drivers if keys.animation_data else ()
        yield (
            f"drivers {keys.user.name}",
            sorted([one.data_path, one.driver.expression] for one in drivers),
        )


def _bone(bone: bpy.types.PoseBone) -> dict:
    return {
        "parent": bone.parent.name if bone.parent else "",
        "mode": bone.rotation_mode,
        "locked": [*bone.lock_location, *bone.lock_rotation, *bone.lock_scale],
        "constraints": [[one.name, one.type] for one in bone.constraints],
        "shape": bone.custom_shape.name if bone.custom_shape else "",
        "properties": _properties(bone),
    }


def _properties(block: bpy.types.bpy_struct) -> dict:
    """Custom properties and those of extensions, as texts and numbers; of bytes only that they are there."""
    found = {key: _plain(block[key]) for key in block.keys() if key != "cycles"}
    if hasattr(block, "bl_system_properties_get"):
        system = block.bl_system_properties_get() or {}
        found |= {f"system {key}": _plain(system[key]) for key in system.keys() if key != "cycles"}
    return found


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return "bytes"
    if isinstance(value, bpy.types.ID):
        return value.name
    if hasattr(value, "to_dict"):
        return {key: _plain(value[key]) for key in value.keys()}
    if hasattr(value, "to_list"):
        return value.to_list()
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (int, float, str, bool)) else repr(type(value))


def _mesh(mesh: bpy.types.Mesh) -> Iterator[tuple[str, np.ndarray]]:
    """Attributes, polygons and shape keys."""
    name = f"mesh {mesh.name}"
    yield f"{name}/polygons", _read(mesh.polygons, "loop_total", 1, np.int32)
    yield f"{name}/corners", _read(mesh.loops, "vertex_index", 1, np.int32)
    for attribute in mesh.attributes:
        shown = attribute.name.startswith(INTERFACE)
        if attribute.data_type in VALUES and len(attribute.data) and not shown:
            layout = VALUES[attribute.data_type]
            yield f"{name}/attribute {attribute.name}", _read(attribute.data, *layout)
    if mesh.shape_keys:
        for key in mesh.shape_keys.key_blocks:
            yield f"{name}/key {key.name}", _read(key.points, "co", 3, np.float32)


def _object(obj: bpy.types.Object) -> Iterator[tuple[str, np.ndarray]]:
    """Place, vertex groups [G, V] and bones at rest."""
    name = f"object {obj.name}"
    yield f"{name}/matrix", np.array(obj.matrix_world, np.float32)
    if obj.type == 'MESH' and obj.vertex_groups:
        weights = np.zeros((len(obj.vertex_groups), len(obj.data.vertices)), np.float32)
        for vertex in obj.data.vertices:
            for entry in vertex.groups:
                weights[entry.group, vertex.index] = entry.weight
        for group, row in zip(obj.vertex_groups, weights, strict=True):
            yield f"{name}/group {group.name}", row
    if obj.type == 'ARMATURE':
        for bone in obj.data.bones:
            yield f"{name}/bone {bone.name}", np.array(bone.matrix_local, np.float32)
            yield (
                f"{name}/bone ends {bone.name}",
                np.array([bone.head_local, bone.tail_local], np.float32),
            )


def _action(action: bpy.types.Action) -> Iterator[tuple[str, np.ndarray]]:
    """Keys of every F-Curve."""
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    for bag in bags:
        for curve in bag.fcurves:
            name = (
                f"action {action.name}/{bag.slot.identifier}/{curve.data_path}[{curve.array_index}]"
            )
            for part, width in KEY_PARTS:
                dtype = np.int32 if part == "interpolation" else np.float32
                yield f"{name}/{part}", _read(curve.keyframe_points, part, width, dtype)


def _read(data: bpy.types.bpy_prop_collection, name: str, width: int, dtype: type) -> np.ndarray:
    values = np.empty(len(data) * width, dtype)
    data.foreach_get(name, values)
    return values.reshape(-1, width) if width > 1 else values


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
