# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heights in the user's own materials: one node group before Displacement, put in and taken out without a trace.

The group adds height = strength (D0 + sum_k w_k W_k) to what the material displaces already. It works by attributes of
the mesh, so a material that other objects use too changes nothing there: without the attributes the height is zero.
"""

from collections.abc import Iterator

import bpy

from ... import compat
from ..data.linked import is_linked
from .graph import Graph, add_socket, new_tree
from .nodes import CHANNELS
from .regions import STRENGTH

#: Name of the node in a material, and of the node group.
NODE = "AIM Detail"
#: Inputs of the group.
DISPLACEMENT, AMOUNT, AT_REST = "Displacement", "Strength", "At Rest"
#: Its second output, mm.
HEIGHT = "Height (mm)"
#: Custom properties: of the group, its version; of a node, the material's method before; of a material of ours.
_GROUP, _BEFORE, _MADE = "aim_detail_group", "aim_relief_before", "aim_detail_made"
_VERSION = 1
_TARGETS = ('ALL', 'CYCLES', 'EEVEE')


def build_group(
    images: tuple[bpy.types.Image, bpy.types.Image],
    uv_map: str,
    tile: tuple[int, int],
    units_per_mm: float,
    clip: bool,
) -> bpy.types.NodeTree:
    """The node group of a face.

    Args:
        images: D0, and W_1 to W_4.
        uv_map: name of the UV map that they lie in.
        tile: column and row of the UDIM tile.
        units_per_mm: of the mesh's own space.
        clip: other tiles hold faces too, which get nothing.
    """
    graph = new_tree(NODE, 'ShaderNodeTree')
    tree = graph.tree
    tree[_GROUP] = _VERSION
    add_socket(
        tree, DISPLACEMENT, 'INPUT', 'NodeSocketVector', default_value=(0, 0, 0), hide_value=True
    )
    for name in (AMOUNT, AT_REST):
        add_socket(tree, name, 'INPUT', 'NodeSocketFloat', default_value=1.0, min_value=0.0)
    add_socket(tree, DISPLACEMENT, 'OUTPUT', 'NodeSocketVector')
    add_socket(tree, HEIGHT, 'OUTPUT', 'NodeSocketFloat')
    given = graph.node("NodeGroupInput")
    height = _height(graph, images, (uv_map, tile, clip), given)
    own = graph.node("ShaderNodeDisplacement", space='OBJECT')
    own.inputs["Midlevel"].default_value = 0.0
    own.inputs["Scale"].default_value = units_per_mm
    graph.give(own.inputs["Height"], height)
    total = graph.vector('ADD', given.outputs[DISPLACEMENT], own.outputs[0])
    graph.node("NodeGroupOutput", total, height)
    return tree


def insert(
    material: bpy.types.Material,
    group: bpy.types.NodeTree,
    relief: str,
    amounts: tuple[float, float],
) -> None:
    """Put the group before Displacement of each output of a material, or bring the one that is there up to date.

    Args:
        material: local, with nodes.
        group: of :func:`build_group`.
        relief: the method of displacement.
        amounts: strength of all, and of what shows at rest.
    """
    tree = material.node_tree
    nodes = list(nodes_in(material))
    for output in _outputs(tree):
        socket = output.inputs[DISPLACEMENT]
        if any(link.from_node in nodes for link in socket.links):
            continue
        source = socket.links[0].from_socket if socket.links else None
        node = tree.nodes.new('ShaderNodeGroup')
        node.select = False
        node.name = node.label = NODE
        node.node_tree = group
        node.location = (output.location.x - 220.0, output.location.y - 160.0)
        node[_BEFORE] = material.displacement_method
        if source is not None:
            tree.links.new(source, node.inputs[DISPLACEMENT])
        tree.links.new(node.outputs[DISPLACEMENT], socket)
        nodes.append(node)
    for node in nodes:
        node.node_tree = group
    set_look(material, relief, amounts, True)


def set_look(
    material: bpy.types.Material, relief: str, amounts: tuple[float, float], shown: bool
) -> None:
    """Set how a material with our node shows the heights, or that it shows the skin as before."""
    nodes = list(nodes_in(material))
    for node in nodes:
        node.mute = not shown
        for name, amount in zip((AMOUNT, AT_REST), amounts, strict=True):
            if not node.inputs[name].is_linked:
                node.inputs[name].default_value = amount
    if nodes and material.displacement_method != relief:
        material.displacement_method = relief


def take_out(material: bpy.types.Material) -> None:
    """Take our nodes out of a material, and link again what they stood between."""
    tree = material.node_tree
    for node in list(nodes_in(material)):
        links = node.inputs[DISPLACEMENT].links
        source = links[0].from_socket if links else None
        to = [link.to_socket for link in node.outputs[DISPLACEMENT].links]
        before = node.get(_BEFORE)
        tree.nodes.remove(node)
        for socket in to if source is not None else ():
            tree.links.new(source, socket)
        if isinstance(before, str) and material.displacement_method != before:
            material.displacement_method = before


def nodes_in(material: bpy.types.Material) -> Iterator[bpy.types.Node]:
    """Our nodes in a material."""
    for node in material.node_tree.nodes if compat.uses_nodes(material) else ():
        if node.type == 'GROUP' and node.node_tree is not None and _GROUP in node.node_tree:
            yield node


def is_ready(material: bpy.types.Material) -> bool:
    """Whether our node could be put in: the material is local and has an output."""
    if is_linked(material) or not compat.uses_nodes(material):
        return False
    return any(True for _ in _outputs(material.node_tree))


def new_material(name: str) -> bpy.types.Material:
    """A plain material of ours for a mesh that has none."""
    material = bpy.data.materials.new(name)
    material[_MADE] = True
    if material.node_tree is None:
        material.use_nodes = True
    return material


def is_made(material: bpy.types.Material | None) -> bool:
    """Whether a material is one that :func:`new_material` made."""
    return material is not None and _MADE in material


def _outputs(tree: bpy.types.NodeTree) -> Iterator[bpy.types.Node]:
    """The outputs that renderers take, each once."""
    found: list[bpy.types.Node] = []
    for target in _TARGETS:
        output = tree.get_output_node(target)
        if output is not None and output not in found:
            found.append(output)
            yield output


def _height(
    graph: Graph,
    images: tuple[bpy.types.Image, bpy.types.Image],
    place: tuple[str, tuple[int, int], bool],
    given: bpy.types.Node,
) -> bpy.types.NodeSocket:
    """mm: D0 and the four channels with their maps, times the strengths."""
    uv_map, tile, clip = place
    uv = graph.one("ShaderNodeUVMap", uv_map=uv_map)
    if tile != (0, 0):
        uv = graph.vector('SUBTRACT', uv, (float(tile[0]), float(tile[1]), 0.0))
    settings = {"interpolation": 'Cubic', "extension": 'CLIP' if clip else 'EXTEND'}
    rest, compressed = (
        graph.node("ShaderNodeTexImage", uv, image=image, **settings) for image in images
    )
    weights = graph.node("ShaderNodeAttribute", attribute_name=CHANNELS)
    dot = graph.vector('DOT_PRODUCT', weights.outputs["Color"], compressed.outputs["Color"])
    last = graph.math('MULTIPLY', weights.outputs["Alpha"], compressed.outputs["Alpha"])
    moving = graph.math('ADD', dot, last)
    constant = graph.parts(rest.outputs["Color"])[0]
    still = graph.math('MULTIPLY', constant, given.outputs[AT_REST])
    strength = graph.node("ShaderNodeAttribute", attribute_name=STRENGTH).outputs["Fac"]
    strength = graph.math('MULTIPLY', strength, given.outputs[AMOUNT])
    return graph.math('MULTIPLY', graph.math('ADD', still, moving), strength)
