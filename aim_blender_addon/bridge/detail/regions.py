# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strength and response of each region of the face: inputs of the modifier, so that they can be keyed.

The nodes mix them by how much each point belongs to each region. So no driver and no handler has to follow them.
"""

from collections.abc import Sequence

import bpy
import numpy as np

from ... import compat
from ...backend.detail.skin_regions import REGIONS
from .graph import Graph, add_socket

#: What a region has, and the least and the most of it.
KINDS = {"strength": (0.0, 10.0), "response": (0.05, 10.0)}
#: Attribute of the points: what heights are multiplied by; the nodes store it.
STRENGTH = "aim_detail_strength"
#: Attributes of the points: shares of regions, three in each, in the order of ``REGIONS``.
SHARES = tuple(f"aim_regions{number}" for number in range(1, (len(REGIONS) + 2) // 3 + 1))


def add_inputs(tree: bpy.types.NodeTree) -> None:
    """Give a node tree an input for each number of each region, in a panel for each kind."""
    for kind, (least, most) in KINDS.items():
        panel = tree.interface.new_panel(kind.title(), default_closed=True)
        for name in REGIONS:
            title = name.replace("_", " ").title()
            socket = add_socket(tree, title, 'INPUT', 'NodeSocketFloat', default_value=1.0)
            socket.min_value, socket.max_value = least, most
            tree.interface.move_to_parent(socket, panel, len(panel.interface_items))


def strength_in(graph: Graph, given: bpy.types.Node, shares: Sequence) -> bpy.types.NodeSocket:
    """The strength at each point: that of its regions, mixed."""
    return _mixed(graph, _sockets(given, "strength"), shares)


def response_in(graph: Graph, given: bpy.types.Node, shares: Sequence) -> bpy.types.NodeSocket:
    """The response at each point: twice and half come to one in the middle."""
    logs = [
        graph.math('LOGARITHM', graph.math('MAXIMUM', socket, 1e-3), float(np.e))
        for socket in _sockets(given, "response")
    ]
    return graph.math('EXPONENT', _mixed(graph, logs, shares))


def mixed_at(
    modifier: bpy.types.Modifier | None, shares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Strength [V] and response [V] by numpy, for shares [V, R]; ones without a modifier."""
    if modifier is None:
        return np.ones(len(shares)), np.ones(len(shares))
    values = {kind: np.array([value(modifier, name, kind) for name in REGIONS]) for kind in KINDS}
    response = np.exp(shares @ np.log(np.maximum(values["response"], 1e-3)))
    return shares @ values["strength"], response


def place_of(
    modifier: bpy.types.Modifier, region: str, kind: str
) -> tuple[bpy.types.bpy_struct, str]:
    """What holds a number of a region, and the name of its property there: to draw it and to key it."""
    return compat.modifier_input(modifier, _identifier(modifier, region, kind))


def value(modifier: bpy.types.Modifier, region: str, kind: str) -> float:
    """A number of a region as it is now."""
    return float(compat.read_modifier_input(modifier, _identifier(modifier, region, kind)))


def set_value(modifier: bpy.types.Modifier, region: str, kind: str, number: float) -> None:
    """Set a number of a region."""
    compat.write_modifier_input(modifier, _identifier(modifier, region, kind), float(number))


def told(obj: bpy.types.Object, modifier: bpy.types.Modifier | None) -> np.ndarray:
    """[N] all numbers of the regions and their keys: what tells whether frames would be the same now."""
    if modifier is None:
        return np.zeros(0)
    numbers, keyed = [], _curves(obj, modifier)
    for kind in KINDS:
        for name in REGIONS:
            holder, prop = place_of(modifier, name, kind)
            path = (
                holder.path_from_id(prop) if prop == "value" else f"{holder.path_from_id()}{prop}"
            )
            curve = keyed.get(path)
            if curve is None:
                numbers.append(value(modifier, name, kind))
            else:
                numbers += [part for key in curve.keyframe_points for part in key.co]
    return np.array(numbers)


def _curves(obj: bpy.types.Object, modifier: bpy.types.Modifier) -> dict[str, bpy.types.FCurve]:
    animation = obj.animation_data
    if animation is None:
        return {}
    own = modifier.path_from_id()
    return {c.data_path: c for c in compat.played_curves(animation) if c.data_path.startswith(own)}


def _identifier(modifier: bpy.types.Modifier, region: str, kind: str) -> str:
    """Of the input; inputs of all our trees have the same ones."""
    inputs = [
        item.identifier
        for item in modifier.node_group.interface.items_tree
        if item.item_type == 'SOCKET'
        and item.in_out == 'INPUT'
        and item.socket_type == 'NodeSocketFloat'
    ]
    return inputs[_number(region, kind)]


def _number(region: str, kind: str) -> int:
    return list(KINDS).index(kind) * len(REGIONS) + list(REGIONS).index(region)


def _sockets(given: bpy.types.Node, kind: str) -> list[bpy.types.NodeSocket]:
    """Outputs of the group's input node for a kind, in the order of ``REGIONS``."""
    numbers = [out for out in given.outputs if out.type == 'VALUE']
    first = _number(next(iter(REGIONS)), kind)
    return numbers[first : first + len(REGIONS)]


def _mixed(graph: Graph, values: Sequence, shares: Sequence) -> bpy.types.NodeSocket:
    """Numbers of the regions, mixed by their shares: three in a product of vectors."""
    total = None
    for number, share in enumerate(shares):
        part = [*values[3 * number : 3 * number + 3], 0.0, 0.0][:3]
        product = graph.vector('DOT_PRODUCT', share, graph.combined(*part))
        total = product if total is None else graph.math('ADD', total, product)
    return total
