# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A GLB as pygltflib has it, which shares no code with Blender: shapes, weights and joints as arrays."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

pygltflib = pytest.importorskip(
    "pygltflib", reason="pygltflib, pinned in tools/lock/blender.txt, is not installed: make env"
)

_KINDS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@dataclass(frozen=True)
class Glb:
    """What a file holds, Y up.

    Attributes:
        points: [V, 3] of all primitives.
        shapes: [V, 3] displacements by name.
        weights: [V] by joint.
        joints: [4, 4] where each rests in the world.
        binds: [4, 4] inverse bind matrices.
        clips: names of animations.
    """

    points: np.ndarray
    shapes: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]
    joints: dict[str, np.ndarray]
    binds: dict[str, np.ndarray]
    clips: list[str]


def read(path: Path) -> Glb:
    """The one skinned mesh of a file."""
    file = pygltflib.GLTF2().load(str(path))
    owners = [node for node in file.nodes if node.mesh is not None]
    assert len(owners) == 1, "one mesh"
    mesh, skin = file.meshes[owners[0].mesh], file.skins[owners[0].skin]
    names = [file.nodes[node].name for node in skin.joints]
    points, shapes, weights = [], [], []
    for primitive in mesh.primitives:
        base = _array(file, primitive.attributes.POSITION)
        points.append(base)
        shapes.append([_array(file, _of(target, "POSITION")) for target in primitive.targets])
        rows = np.zeros((len(names), len(base)))
        for number in range(2):
            joints = getattr(primitive.attributes, f"JOINTS_{number}", None)
            if joints is None:
                continue
            shares = _array(file, getattr(primitive.attributes, f"WEIGHTS_{number}"))
            for joint, share in zip(_array(file, joints).T, shares.T, strict=True):
                np.add.at(rows, (joint.astype(int), np.arange(len(base))), share)
        weights.append(rows)
    moved = np.concatenate([np.stack(some) for some in shapes], axis=1)
    rows = np.concatenate(weights, axis=1)
    binds = _array(file, skin.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
    return Glb(
        np.concatenate(points),
        dict(zip(mesh.extras["targetNames"], moved, strict=True)),
        dict(zip(names, rows, strict=True)),
        {name: _world(file, node) for name, node in zip(names, skin.joints, strict=True)},
        dict(zip(names, binds, strict=True)),
        [clip.name for clip in file.animations],
    )


def _of(target: object, name: str) -> int:
    return target[name] if isinstance(target, dict) else getattr(target, name)


def _array(file: object, number: int) -> np.ndarray:
    """[N, width] an accessor, dense or sparse."""
    accessor = file.accessors[number]
    width = _WIDTH[accessor.type]
    values = np.zeros((accessor.count, width))
    if accessor.bufferView is not None:
        values[:] = _view(file, accessor, accessor.componentType, accessor.count, width)
    if accessor.sparse is not None:
        places, given = accessor.sparse.indices, accessor.sparse.values
        count = accessor.sparse.count
        where = _view(file, places, places.componentType, count, 1).ravel()
        values[where.astype(int)] = _view(file, given, accessor.componentType, count, width)
    if accessor.normalized:
        values /= np.iinfo(_KINDS[accessor.componentType]).max
    return values


def _view(file: object, source: object, kind: int, count: int, width: int) -> np.ndarray:
    view = file.bufferViews[source.bufferView]
    assert not view.byteStride
    start = (view.byteOffset or 0) + (source.byteOffset or 0)
    flat = np.frombuffer(file.binary_blob(), _KINDS[kind], count * width, start)
    return flat.reshape(count, width)


def _world(file: object, number: int) -> np.ndarray:
    """[4, 4] a node in the world."""
    node = file.nodes[number]
    x, y, z, w = node.rotation or (0, 0, 0, 1)
    matrix = np.eye(4)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, :3] *= np.array(node.scale or (1, 1, 1))
    matrix[:3, 3] = node.translation or (0, 0, 0)
    above = [n for n, other in enumerate(file.nodes) if number in (other.children or ())]
    return _world(file, above[0]) @ matrix if above else matrix
