# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys written as whole arrays; those a user added keep what they do."""

from collections.abc import Sequence

import bpy
import numpy as np

from ...backend.errors import RigError
from .name_lists import read_names, write_names

#: Blender cuts longer names (in UTF-8) off.
MAX_NAME_BYTES = 63
_BASIS = "Basis"
#: Custom properties of the Key, names one a line: those this extension wrote, and those the user then has sculpted.
_BAKED_NAMES = "aim_shapes"
_SCULPTED_NAMES = "aim_sculpted"
#: The same for shape keys that retargeting made, and for the correctives of every solved or retargeted take.
RETARGETED = "aim_retarget_shapes"
CORRECTIVES = "aim_correctives"
ARKIT = "aim_arkit"


def key_path(name: str) -> str:
    """The path of a shape key's own value from its Key."""
    return f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'


def clear_keys(obj: bpy.types.Object) -> None:
    """Take all shape keys of an object's mesh away.

    Blender 5.0 and before count a user too many of the Key of a copied mesh. That Key would stay, and reading it
    crashes Blender once its mesh is gone.
    """
    keys = obj.data.shape_keys
    if keys is None:
        return
    uid = keys.session_uid
    obj.shape_key_clear()
    left = [keys for keys in bpy.data.shape_keys if keys.session_uid == uid]
    bpy.data.batch_remove(left)


def check_names(names: Sequence[str]) -> None:
    """Make sure that every name can be that of a shape key.

    Raises:
        RigError: a name is empty, too long or there twice.
    """
    for number, name in enumerate(names, start=1):
        size = len(name.encode())
        if not name:
            raise RigError(
                f"Scan {number} has no name; name it in the list of scans and fit again."
            )
        if size > MAX_NAME_BYTES:
            raise RigError(
                f"The name {name} is {size} bytes long and shape keys hold {MAX_NAME_BYTES}; shorten it and fit again."
            )
    doubled = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if doubled is not None:
        raise RigError(f"Two scans are named {doubled}; rename one of them and fit again.")


def check_own_keys(obj: bpy.types.Object, names: Sequence[str]) -> None:
    """Make sure that no shape key of the user's would be written over.

    Raises:
        RigError: one that no bake wrote is called like an expression.
    """
    keys = obj.data.shape_keys
    earlier = set(listed_names(keys, _BAKED_NAMES))
    if not earlier:  # nobody knows any more which are whose
        return
    for name in names:
        block = keys.key_blocks.get(name)
        if block is not None and block != keys.reference_key and name not in earlier:
            raise RigError(
                f"{obj.name} has a shape of its own called {name}, as an expression of the model is: rename the "
                "shape key, or the scan, and fit again."
            )


def baked_names(mesh: bpy.types.Mesh) -> list[str]:
    """The shape keys an earlier bake wrote to this mesh."""
    return read_names(mesh.shape_keys, _BAKED_NAMES)


def sculpted_names(mesh: bpy.types.Mesh) -> list[str]:
    """The shape keys from a bake that the user has sculpted: another bake keeps what they do."""
    return listed_names(mesh.shape_keys, _SCULPTED_NAMES)


def mark_sculpted(mesh: bpy.types.Mesh, name: str, sculpted: bool) -> None:
    """Let another bake keep the shape key ``name`` as it is, or write what the model says."""
    others = [other for other in sculpted_names(mesh) if other != name]
    write_names(mesh.shape_keys, _SCULPTED_NAMES, [*others, name] if sculpted else others)


def listed_names(keys: bpy.types.Key | None, prop: str) -> list[str]:
    """The names that the custom property ``prop`` of a Key lists, but for shape keys that are gone."""
    return [name for name in read_names(keys, prop) if name in keys.key_blocks]


def write_shape_keys(
    obj: bpy.types.Object, basis: np.ndarray, names: Sequence[str], shapes: np.ndarray
) -> None:
    """Give a mesh object its rest shape and one shape key for each name.

    Keys from an earlier bake that have no name now go away. Keys the user made or sculpted keep their difference from
    the key they are relative to; values and ranges of keys that were there stay.

    Args:
        obj: mesh object, not in Edit Mode.
        basis: [V, 3] float32 rest positions in object space.
        names: of the keys.
        shapes: [E, V, 3] float32 positions of each key at its full value, in object space.
    """
    earlier = baked_names(obj.data)
    if obj.data.shape_keys is None:
        rest = _BASIS if _BASIS not in names else f"{_BASIS} (rest)"
        obj.shape_key_add(name=rest, from_mix=False)
        obj.data.shape_keys.name = obj.name
    keys = obj.data.shape_keys
    if keys.reference_key.name in names:  # the user has renamed both
        keys.reference_key.name = _BASIS if _BASIS not in names else f"{_BASIS} (rest)"
    for name in earlier:
        if name not in names and name in keys.key_blocks:
            obj.shape_key_remove(keys.key_blocks[name])
    sculpted = sculpted_names(obj.data)
    added_by_user = _differences(keys, [name for name in names if name not in sculpted])
    _write_positions(obj.data, basis)
    write_points(keys.reference_key, basis)
    for name, shape in zip(names, shapes, strict=True):
        block = keys.key_blocks.get(name)
        if block is None:
            block = obj.shape_key_add(name=name, from_mix=False)
            block.value = 0.0
        if name not in sculpted:
            block.relative_key = keys.reference_key
            write_points(block, shape)
    for name, added in added_by_user:
        block = keys.key_blocks[name]
        write_points(block, read_points(block.relative_key) + added)
    write_names(keys, _BAKED_NAMES, names)
    obj.show_only_shape_key = False
    obj.data.update()


def read_points(block: bpy.types.ShapeKey) -> np.ndarray:
    """[V, 3] float32 positions of a shape key."""
    points = np.empty((len(block.points), 3), np.float32)
    block.points.foreach_get("co", points.ravel())
    return points


def write_points(block: bpy.types.ShapeKey, points: np.ndarray) -> None:
    """Set the positions [V, 3] of a shape key."""
    block.points.foreach_set("co", np.ascontiguousarray(points, np.float32).ravel())


def is_absolute(obj: bpy.types.Object | None) -> bool:
    """Whether the shape keys of an object take turns in time, and their values do not count; cheap enough for draw."""
    keys = obj.data.shape_keys if obj is not None and obj.type == 'MESH' else None
    return keys is not None and len(keys.key_blocks) > 0 and not keys.use_relative


def largest_values(keys: bpy.types.Key | None, names: Sequence[str]) -> np.ndarray:
    """[E] the largest value that each of the shape keys ``names`` can show; one where there is no such key."""
    blocks = keys.key_blocks if keys is not None else {}
    found = [blocks[name].slider_max if name in blocks else 1.0 for name in names]
    return np.maximum(np.array(found, np.float64), 0.0)


def widen(keys: bpy.types.Key, names: Sequence[str], largest: np.ndarray) -> None:
    """Let the range of shape keys reach ``largest`` [E] where it ends before."""
    for name, value in zip(names, largest.tolist(), strict=True):
        block = keys.key_blocks.get(name)
        if block is not None and block.slider_max < value:
            block.slider_max = value


def difference(block: bpy.types.ShapeKey) -> np.ndarray:
    """[V, 3] float32 what a shape key adds at its full value."""
    return read_points(block) - read_points(block.relative_key)


def _differences(keys: bpy.types.Key, names: Sequence[str]) -> list[tuple[str, np.ndarray]]:
    """Name and difference [V, 3] of the keys that no bake wrote, each after the one it is relative to."""
    own = [
        block
        for block in keys.key_blocks
        if block != keys.reference_key and block.name not in names
    ]
    own.sort(key=lambda block: _depth(block, keys.reference_key))
    return [(block.name, difference(block)) for block in own]


def _depth(block: bpy.types.ShapeKey, reference: bpy.types.ShapeKey) -> int:
    """How many keys lie between a key and the reference; keys relative to each other in a ring stop somewhere."""
    depth = 0
    while block != reference and depth < 64:
        block, depth = block.relative_key, depth + 1
    return depth


def _write_positions(mesh: bpy.types.Mesh, points: np.ndarray) -> None:
    positions = np.ascontiguousarray(points, np.float32)
    mesh.attributes["position"].data.foreach_set("vector", positions.ravel())
