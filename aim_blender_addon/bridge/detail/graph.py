# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node trees written as formulas: each call adds a node and gives what comes out of it."""

from typing import Any

import bpy

Value = "bpy.types.NodeSocket | float | int | bool | str | tuple[float, ...]"
_COLUMN, _ROW, _ROWS = 190.0, 170.0, 6


class Graph:
    """A node tree that is being filled.

    Attributes:
        tree: the node tree.
    """

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree

    def node(self, kind: str, *inputs: Any, **settings: Any) -> bpy.types.Node:
        """A node of a kind.

        Args:
            kind: its type's identifier.
            inputs: a socket to link or a value, for each of its inputs that are enabled; None leaves one as it is.
            settings: its properties.
        """
        node = self.tree.nodes.new(kind)
        number = len(self.tree.nodes) - 1
        node.location = (_COLUMN * (number // _ROWS), -_ROW * (number % _ROWS))
        for name, value in settings.items():
            setattr(node, name, value)
        usable = [socket for socket in node.inputs if socket.enabled]
        for socket, value in zip(usable, inputs, strict=False):
            self.give(socket, value)
        return node

    def give(self, socket: bpy.types.NodeSocket, value: Any) -> None:
        """Link a socket into an input, or give the input a value."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif value is not None:
            socket.default_value = value

    def one(self, kind: str, *inputs: Any, **settings: Any) -> bpy.types.NodeSocket:
        """The first output that is enabled of a new node."""
        return next(out for out in self.node(kind, *inputs, **settings).outputs if out.enabled)

    def math(self, operation: str, *inputs: Any) -> bpy.types.NodeSocket:
        """A number of numbers."""
        return self.one("ShaderNodeMath", *inputs, operation=operation)

    def vector(self, operation: str, *inputs: Any) -> bpy.types.NodeSocket:
        """A vector, or the number that an operation such as DOT_PRODUCT gives."""
        return self.one("ShaderNodeVectorMath", *inputs, operation=operation)

    def combined(self, *inputs: Any) -> bpy.types.NodeSocket:
        """A vector of three numbers."""
        return self.one("ShaderNodeCombineXYZ", *inputs)

    def parts(self, vector: Any) -> list[bpy.types.NodeSocket]:
        """The three numbers of a vector."""
        return list(self.node("ShaderNodeSeparateXYZ", vector).outputs)


def new_tree(name: str, kind: str) -> Graph:
    """An empty node tree of a kind, 'GeometryNodeTree' or 'ShaderNodeTree'."""
    return Graph(bpy.data.node_groups.new(name, kind))


def add_socket(
    tree: bpy.types.NodeTree, name: str, direction: str, kind: str, **settings: Any
) -> bpy.types.NodeTreeInterfaceSocket:
    """A socket of a node tree's interface; ``direction`` is 'INPUT' or 'OUTPUT'."""
    socket = tree.interface.new_socket(name, in_out=direction, socket_type=kind)
    for key, value in settings.items():
        setattr(socket, key, value)
    return socket
