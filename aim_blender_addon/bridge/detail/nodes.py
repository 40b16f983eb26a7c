# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directed compression as Geometry Nodes: the twin of ``backend/detail/compression.py``, step by step.

The modifier reads the evaluated mesh, so shape keys, bones, sculpts and caches count alike. There is no handler, no
driver and no Python in it. It stands behind what deforms the skin and before what adds vertices.
"""

import bpy

from ...backend.detail.compression import LEAST_STRAIN, MOST_STRAIN
from . import regions
from .graph import Graph, add_socket, new_tree

#: The modifier's name.
MODIFIER = "AIM Detail"
#: The attributes: four channels at points; three vectors of the rest shape on faces; start and width at points.
CHANNELS = "aim_w"
VECTORS = ("aim_k1", "aim_k2", "aim_k3")
START, WIDTH = "aim_start", "aim_width"
#: Colours of compression for the 3D view.
COLOURS = "aim_compression"
#: Linear colours of the channels in the view, and of skin at rest.
CHANNEL_COLOURS = ((0.05, 0.25, 0.9), (0.05, 0.65, 0.25), (0.95, 0.25, 0.03), (0.6, 0.1, 0.7))
REST_COLOUR = (0.45, 0.45, 0.45)

_TREES = {False: "AIM Directed Compression", True: "AIM Directed Compression in Colours"}
#: Custom property of the trees: raised whenever what they compute changes.
_VERSION_KEY, _VERSION = "aim_detail_version", 3
#: Modifiers that change the number of faces: ours must stand before them.
ADDING = frozenset(
    ('SUBSURF', 'MULTIRES', 'ARRAY', 'BEVEL', 'BUILD', 'DECIMATE', 'EDGE_SPLIT', 'MASK', 'MIRROR')
    + ('REMESH', 'SCREW', 'SKIN', 'SOLIDIFY', 'TRIANGULATE', 'VOLUME_TO_MESH', 'WELD', 'WIREFRAME')
    + ('BOOLEAN',)
)
#: Modifiers that move the skin: ours must stand behind them.
MOVING = frozenset(
    ('ARMATURE', 'SHRINKWRAP', 'SURFACE_DEFORM', 'MESH_DEFORM', 'LATTICE', 'MESH_CACHE')
    + ('MESH_SEQUENCE_CACHE', 'CORRECTIVE_SMOOTH', 'SMOOTH', 'LAPLACIANSMOOTH', 'CAST', 'HOOK')
    + ('SIMPLE_DEFORM', 'CURVE', 'DISPLACE', 'WARP', 'WAVE', 'CLOTH', 'SOFT_BODY')
    + ('LAPLACIANDEFORM',)
)


def modifier_of(obj: bpy.types.Object) -> bpy.types.Modifier | None:
    """Our modifier on an object, whatever it is called now, or None."""
    return next(
        (m for m in obj.modifiers if m.type == 'NODES' and _is_ours(m.node_group)),
        None,
    )


def add_modifier(obj: bpy.types.Object) -> bpy.types.Modifier:
    """Our modifier on an object, made where it is missing, and put where it belongs."""
    modifier = modifier_of(obj)
    if modifier is None:
        modifier = obj.modifiers.new(MODIFIER, 'NODES')
        modifier.show_expanded = False
    modifier.node_group = tree()
    place(obj)
    return modifier


def place(obj: bpy.types.Object) -> None:
    """Put our modifier right behind the last one that moves the skin, or before the first that adds faces."""
    modifier = modifier_of(obj)
    if modifier is None:
        return
    others = [m for m in obj.modifiers if m != modifier]
    adding = next((n for n, m in enumerate(others) if m.type in ADDING), len(others))
    moving = max((n + 1 for n, m in enumerate(others[:adding]) if m.type in MOVING), default=0)
    obj.modifiers.move(list(obj.modifiers).index(modifier), moving)


def misplaced(obj: bpy.types.Object) -> tuple[str, bpy.types.Modifier] | None:
    """Why our modifier computes something else than it should: ('BEHIND' or 'BEFORE', the other modifier)."""
    modifier = modifier_of(obj)
    if modifier is None:
        return None
    own = list(obj.modifiers).index(modifier)
    for number, other in enumerate(obj.modifiers):
        if number < own and other.type in ADDING:
            return 'BEHIND', other
        if number > own and other.type == 'ARMATURE':
            return 'BEFORE', other
    return None


def remove_modifier(obj: bpy.types.Object) -> None:
    """Take our modifier off; the node trees go with their last user."""
    modifier = modifier_of(obj)
    if modifier is not None:
        obj.modifiers.remove(modifier)
    for name in _TREES.values():
        unused = bpy.data.node_groups.get(name)
        if unused is not None and unused.users == 0:
            bpy.data.node_groups.remove(unused)


def show_colours(obj: bpy.types.Object, show: bool) -> None:
    """Let our modifier also compute colours for the view, or not."""
    modifier = modifier_of(obj)
    if modifier is not None:
        modifier.node_group = tree(show)


def tree(colours: bool = False) -> bpy.types.NodeTree:
    """The node tree, with or without colours for the view; made where it is missing."""
    found = bpy.data.node_groups.get(_TREES[colours])
    if found is not None and found.library is None and found.get(_VERSION_KEY) == _VERSION:
        return found
    return _build(_TREES[colours], colours)


def _is_ours(group: bpy.types.NodeTree | None) -> bool:
    return group is not None and _VERSION_KEY in group


def _build(name: str, colours: bool) -> bpy.types.NodeTree:
    """Steps 1 to 5 of the formula."""
    graph = new_tree(name, 'GeometryNodeTree')
    graph.tree[_VERSION_KEY] = _VERSION
    graph.tree.is_modifier = True
    add_socket(graph.tree, "Geometry", 'INPUT', 'NodeSocketGeometry')
    add_socket(graph.tree, "Geometry", 'OUTPUT', 'NodeSocketGeometry')
    regions.add_inputs(graph.tree)
    given = graph.node("NodeGroupInput")
    mesh = given.outputs[0]
    shares = [_named(graph, attribute, True) for attribute in regions.SHARES]
    response = regions.response_in(graph, given, shares)
    lobes, amount = _lobes(graph, _point_strain(graph), response)
    colour = graph.one("FunctionNodeCombineColor", *lobes)
    mesh = _store(graph, mesh, CHANNELS, colour)
    strength = regions.strength_in(graph, given, shares)
    mesh = _store(graph, mesh, regions.STRENGTH, strength, 'FLOAT')
    if colours:
        mesh = _store(graph, mesh, COLOURS, _view_colour(graph, lobes, amount))
    # What went into it is needed no more: subdivision need not copy it.
    for attribute in (*VECTORS, *regions.SHARES, START, WIDTH):
        node = graph.node("GeometryNodeRemoveAttribute")
        graph.give(node.inputs["Geometry"], mesh)
        graph.give(node.inputs["Name"], attribute)
        mesh = node.outputs[0]
    graph.node("NodeGroupOutput", mesh)
    return graph.tree


def _point_strain(graph: Graph) -> list[bpy.types.NodeSocket]:
    """Strain along 0, 45 and 90 degrees at points: steps 1 to 3."""
    face = graph.one("GeometryNodeInputIndex")
    position = graph.one("GeometryNodeInputPosition")
    corners = []
    for number in range(4):  # the number wraps, so that a triangle's fourth corner is its first
        corner = graph.one("GeometryNodeCornersOfFace", face, None, number)
        vertex = graph.one("GeometryNodeVertexOfCorner", corner)
        there = graph.node("GeometryNodeFieldAtIndex", data_type='FLOAT_VECTOR', domain='POINT')
        # By name: Blender 4.3 and 4.4 have the index first, later ones the value.
        for name, value in (("Value", position), ("Index", vertex)):
            graph.give(next(s for s in there.inputs if s.enabled and s.name == name), value)
        corners.append(next(out for out in there.outputs if out.enabled))
    one = graph.vector('SUBTRACT', corners[2], corners[0])
    two = graph.vector('SUBTRACT', corners[3], corners[1])
    products = graph.combined(
        *(graph.vector('DOT_PRODUCT', *pair) for pair in ((one, one), (one, two), (two, two)))
    )
    vectors = [_named(graph, name, True) for name in VECTORS]
    strain = graph.combined(*(graph.vector('DOT_PRODUCT', k, products) for k in vectors))
    strain = graph.vector('SUBTRACT', strain, (0.5, 0.5, 0.5))
    strain = graph.vector('MAXIMUM', strain, (LEAST_STRAIN,) * 3)
    strain = graph.vector('MINIMUM', strain, (MOST_STRAIN,) * 3)
    # Faces without area have no vectors: they do not count in the mean.
    sound = graph.math('GREATER_THAN', graph.vector('DOT_PRODUCT', vectors[0], vectors[0]), 0.0)
    strain = graph.vector('SCALE', strain, sound)
    total = graph.one("GeometryNodeFieldOnDomain", strain, data_type='FLOAT_VECTOR', domain='FACE')
    share = graph.one("GeometryNodeFieldOnDomain", sound, data_type='FLOAT', domain='FACE')
    share = graph.math('MAXIMUM', share, 1e-6)
    return [graph.math('DIVIDE', part, share) for part in graph.parts(total)]


def _lobes(
    graph: Graph, strain: list[bpy.types.NodeSocket], response: bpy.types.NodeSocket
) -> tuple[list[bpy.types.NodeSocket], bpy.types.NodeSocket]:
    """The four channels, and their sum: steps 4 and 5. A response r opens lines at 1 / r of the compression."""
    start, width = (graph.math('DIVIDE', _named(graph, name), response) for name in (START, WIDTH))
    first, diagonal, second = strain
    mean = graph.math('MULTIPLY', graph.math('ADD', first, second), 0.5)
    half = graph.math('SUBTRACT', first, mean)
    shear = graph.math('SUBTRACT', diagonal, mean)
    square = graph.math(
        'ADD', graph.math('MULTIPLY', half, half), graph.math('MULTIPLY', shear, shear)
    )
    radius = graph.math('SQRT', square)
    beyond = graph.math('SUBTRACT', graph.math('SUBTRACT', radius, mean), start)
    share = graph.math('DIVIDE', graph.math('MAXIMUM', beyond, 0.0), width)
    amount = graph.math(
        'SUBTRACT', 1.0, graph.math('EXPONENT', graph.math('MULTIPLY', share, -1.0))
    )
    # A max(0, -half / radius)^2: the square is divided, once for all lobes.
    scale = graph.math('DIVIDE', amount, graph.math('MAXIMUM', square, 1e-24))
    lobes = []
    for part, sign in ((half, -1.0), (shear, -1.0), (half, 1.0), (shear, 1.0)):
        value = part if sign > 0 else graph.math('MULTIPLY', part, -1.0)
        value = graph.math('MAXIMUM', value, 0.0)
        lobes.append(graph.math('MULTIPLY', graph.math('MULTIPLY', value, value), scale))
    return lobes, amount


def _view_colour(
    graph: Graph, lobes: list[bpy.types.NodeSocket], amount: bpy.types.NodeSocket
) -> bpy.types.NodeSocket:
    """Each channel's colour by its share, over the colour of skin at rest."""
    rest = graph.math('SUBTRACT', 1.0, amount)
    total = graph.vector('SCALE', REST_COLOUR, rest)
    for lobe, colour in zip(lobes, CHANNEL_COLOURS, strict=True):
        total = graph.vector('ADD', total, graph.vector('SCALE', colour, lobe))
    return graph.one("FunctionNodeCombineColor", *graph.parts(total))


def _named(graph: Graph, name: str, vector: bool = False) -> bpy.types.NodeSocket:
    kind = 'FLOAT_VECTOR' if vector else 'FLOAT'
    return graph.one("GeometryNodeInputNamedAttribute", name, data_type=kind)


def _store(
    graph: Graph,
    mesh: bpy.types.NodeSocket,
    name: str,
    value: bpy.types.NodeSocket,
    kind: str = 'FLOAT_COLOR',
) -> bpy.types.NodeSocket:
    node = graph.node(
        "GeometryNodeStoreNamedAttribute",
        mesh,
        None,
        name,
        value,
        data_type=kind,
        domain='POINT',
    )
    return node.outputs[0]
