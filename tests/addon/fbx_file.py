# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A binary FBX as a tree of nodes, read by its layout: shares no code with Blender."""

import struct
import zlib
from dataclasses import dataclass, field

import numpy as np

_ARRAYS = {"f": "<f4", "d": "<f8", "l": "<i8", "i": "<i4", "b": "<i1"}
_SCALARS = {"Y": "<h", "C": "<?", "I": "<i", "F": "<f", "D": "<d", "L": "<q"}


@dataclass
class Node:
    """A node.

    Attributes:
        name: its kind.
        values: numbers, texts and arrays.
        nodes: below it.
    """

    name: str
    values: list
    nodes: list["Node"] = field(default_factory=list)

    def children(self, name: str) -> list["Node"]:
        """Nodes of a kind below."""
        return [node for node in self.nodes if node.name == name]

    def child(self, name: str) -> "Node":
        """The first of them."""
        return self.children(name)[0]


def read(path: str) -> Node:
    """The root of a file."""
    with open(path, "rb") as stream:
        data = stream.read()
    assert data.startswith(b"Kaydara FBX Binary  \x00")
    version = struct.unpack_from("<I", data, 23)[0]
    root, at = Node("", []), 27
    while True:
        node, at = _node(data, at, version >= 7500)
        if node is None:
            return root
        root.nodes.append(node)


def properties(node: Node) -> dict[str, tuple]:
    """Values of a node's properties by name."""
    return {p.values[0]: tuple(p.values[4:]) for p in node.child("Properties70").nodes}


def _node(data: bytes, at: int, wide: bool) -> tuple[Node | None, int]:
    head = "<QQQB" if wide else "<IIIB"
    end, count, _size, length = struct.unpack_from(head, data, at)
    at += struct.calcsize(head)
    if not end:
        return None, at
    node = Node(data[at : at + length].decode(), [])
    at += length
    for _value in range(count):
        value, at = _value_at(data, at)
        node.values.append(value)
    while at < end:
        below, at = _node(data, at, wide)
        if below is None:
            break
        node.nodes.append(below)
    return node, end


def _value_at(data: bytes, at: int) -> tuple[object, int]:
    kind = chr(data[at])
    at += 1
    if kind in _SCALARS:
        form = _SCALARS[kind]
        return struct.unpack_from(form, data, at)[0], at + struct.calcsize(form)
    if kind in "SR":
        size = struct.unpack_from("<I", data, at)[0]
        raw = data[at + 4 : at + 4 + size]
        return raw.decode(errors="replace") if kind == "S" else raw, at + 4 + size
    count, packed, size = struct.unpack_from("<III", data, at)
    raw = data[at + 12 : at + 12 + size]
    raw = zlib.decompress(raw) if packed else raw
    return np.frombuffer(raw, _ARRAYS[kind], count), at + 12 + size
