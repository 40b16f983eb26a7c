# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertex groups of a mesh object as arrays of weights.

Blender has no call that reads the weights of all vertices. A loop in Python visits every vertex. A Geometry Nodes
modifier sees a vertex group as a named attribute, and an attribute is read at once. Processor time for a mesh of
15,000 vertices and 60 shape keys, all values equal bit for bit:

============  ======  ===========  ==================
groups        loop    loop, bmesh  attributes by nodes
============  ======  ===========  ==================
1             13 ms   15 ms        0.8 ms
2             19 ms   16 ms        1.2 ms
16            39 ms   70 ms        14 ms
100           40 ms   170 ms       147 ms
============  ======  ===========  ==================
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import bpy
import numpy as np

#: More groups than this are read by the loop, which then is faster (see above).
FEW_GROUPS = 24


def read_group(obj: bpy.types.Object, name: str) -> np.ndarray | None:
    """[V] float32 weights of the vertex group ``name``, 0 outside of it; None where there is no such group."""
    if not name or name not in obj.vertex_groups:
        return None
    return read_groups(obj, [name])[0]


def read_groups(obj: bpy.types.Object, names: Sequence[str]) -> np.ndarray:
    """[G, V] float32 weights of vertex groups, in the order of ``names``.

    A vertex outside of a group has weight 0 there, and a name without a group has a row of zeros.
    """
    rows = {
        obj.vertex_groups[name].index: row
        for row, name in enumerate(names)
        if name in obj.vertex_groups
    }
    weights = np.zeros((len(names), len(obj.data.vertices)), np.float32)
    if not rows or not weights.size:
        return weights
    # new_from_object reads the mesh of Edit Mode, whose vertices may be others than those of obj.data.
    if len(rows) > FEW_GROUPS or obj.data.is_editmode:
        read_by_loop(obj.data, rows, weights)
    else:
        _read_by_nodes(obj, rows, weights)
    return weights


def read_by_loop(mesh: bpy.types.Mesh, rows: Mapping[int, int], weights: np.ndarray) -> None:
    """Fill ``weights`` [G, V] vertex by vertex; ``rows`` says which group, by index, goes into which row."""
    row_of = rows.get
    for number, vertex in enumerate(mesh.vertices):
        for entry in vertex.groups:
            row = row_of(entry.group)
            if row is not None:
                weights[row, number] = entry.weight


def write_groups(obj: bpy.types.Object, weights: Mapping[str, np.ndarray]) -> None:
    """Set the vertex groups of a mesh object to weights [V] in 0..1; vertices of weight 0 are left out."""
    vertices = range(len(obj.data.vertices))
    for name, values in weights.items():
        group = obj.vertex_groups.get(name)
        if group is None:
            group = obj.vertex_groups.new(name=name)
        else:
            group.remove(vertices)
        add = group.add  # 2 us a vertex, faster than through a bmesh
        for vertex, weight in zip(vertices, values.tolist(), strict=True):
            if weight > 0.0:
                add((vertex,), weight, 'REPLACE')


def _read_by_nodes(obj: bpy.types.Object, rows: Mapping[int, int], weights: np.ndarray) -> None:
    """Fill ``weights`` [G, V] from the attributes that nodes make of the groups of a copy.

    The copy has no shape keys, which would cost time. Its groups get names of ours: a built-in attribute of the same
    name ("position", "material_index") would hide a group from the nodes.
    """
    with _copy_without_keys(obj) as (copy, layer):
        names = {}
        for number, row in rows.items():
            group = copy.vertex_groups[number]
            group.name = f".aim_group_{row}"
            names[row] = group.name  # with a number behind it where that name is taken
        tree = _tree_of_weights(names)
        try:
            copy.modifiers.new("AIM Weights", 'NODES').node_group = tree
            layer.update()
            found = copy.evaluated_get(layer.depsgraph).data.attributes
            for row in names:
                found[_stored(row)].data.foreach_get("value", weights[row])
        finally:
            bpy.data.node_groups.remove(tree)


@contextmanager
def _copy_without_keys(
    obj: bpy.types.Object,
) -> Iterator[tuple[bpy.types.Object, bpy.types.ViewLayer]]:
    """A copy of a mesh object in a scene of its own, without modifiers and shape keys; gone afterwards."""
    mesh = bpy.data.meshes.new_from_object(obj)
    copy = bpy.data.objects.new("AIM Reading", mesh)
    scene = bpy.data.scenes.new("AIM Reading")
    try:
        scene.collection.objects.link(copy)
        yield copy, scene.view_layers[0]
    finally:
        bpy.data.scenes.remove(scene)
        bpy.data.objects.remove(copy)
        bpy.data.meshes.remove(mesh)


def _tree_of_weights(names: Mapping[int, str]) -> bpy.types.NodeTree:
    """Nodes that store the weights of groups, by the row each goes to, as float attributes of the vertices."""
    tree = bpy.data.node_groups.new("AIM Weights", 'GeometryNodeTree')
    tree.interface.new_socket("Geometry", in_out='INPUT', socket_type='NodeSocketGeometry')
    tree.interface.new_socket("Geometry", in_out='OUTPUT', socket_type='NodeSocketGeometry')
    geometry = tree.nodes.new("NodeGroupInput").outputs[0]
    for row, name in names.items():
        group = tree.nodes.new("GeometryNodeInputNamedAttribute")
        group.data_type = 'FLOAT'
        group.inputs["Name"].default_value = name
        store = tree.nodes.new("GeometryNodeStoreNamedAttribute")
        store.data_type, store.domain = 'FLOAT', 'POINT'
        store.inputs["Name"].default_value = _stored(row)
        tree.links.new(geometry, store.inputs["Geometry"])
        tree.links.new(group.outputs["Attribute"], store.inputs["Value"])
        geometry = store.outputs["Geometry"]
    tree.links.new(geometry, tree.nodes.new("NodeGroupOutput").inputs[0])
    return tree


def _stored(row: int) -> str:
    """Name of the attribute that holds the weights of a row."""
    return f".aim_weight_{row}"
