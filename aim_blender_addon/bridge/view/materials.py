# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials that show a per-vertex attribute in renders, put over the user's own and taken off again."""

import bpy

from ..data.colours import colour_table, srgb_to_linear
from ..data.linked import is_linked

_OURS = "aim_attribute"
_RANGE_NODE = "AIM Range"
#: Custom property of the object, one a slot: the material the slot had on the object itself.
_BEFORE = "aim_slot_{}"
#: Custom property of the object: its mesh got its only slot from here.
_SLOT_ADDED = "aim_slot_added"


def colour_material(name: str, attribute: str, low: float, high: float) -> bpy.types.Material:
    """The material ``name``, which colours float ``attribute`` from ``low`` to ``high``; made where it is missing."""
    found = bpy.data.materials.get(name)
    if found is None or found.get(_OURS) != attribute or is_linked(found):
        found = _build(name, attribute)
    _set_range(found, low, high)
    return found


def set_range(obj: bpy.types.Object, low: float, high: float) -> None:
    """Give a material put on by :func:`show_material` another range."""
    for slot in obj.material_slots:
        if slot.material is not None and _OURS in slot.material:
            _set_range(slot.material, low, high)


def show_material(obj: bpy.types.Object, material: bpy.types.Material) -> None:
    """Put ``material`` over every slot of a mesh object; the mesh keeps its own materials."""
    if not obj.material_slots:
        obj.data.materials.append(None)
        obj[_SLOT_ADDED] = True
    for number, slot in enumerate(obj.material_slots):
        if slot.link == 'OBJECT' and slot.material is not None and _OURS not in slot.material:
            obj[_BEFORE.format(number)] = slot.material
        slot.link = 'OBJECT'
        slot.material = material


def hide_material(obj: bpy.types.Object) -> None:
    """Take a material put on by :func:`show_material` off again."""
    for number, slot in enumerate(obj.material_slots):
        if slot.link != 'OBJECT' or slot.material is None or _OURS not in slot.material:
            continue
        before = _BEFORE.format(number)
        slot.material = obj.get(before)
        if before in obj:
            del obj[before]
        else:
            slot.link = 'DATA'
    if obj.pop(_SLOT_ADDED, False) and not any(obj.data.materials):
        obj.data.materials.clear()


def _build(name: str, attribute: str) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    material[_OURS] = attribute
    if material.node_tree is None:
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    source = tree.nodes.new("ShaderNodeAttribute")
    source.attribute_name = attribute
    limits = tree.nodes.new("ShaderNodeMapRange")
    limits.name = limits.label = _RANGE_NODE
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    _fill_ramp(ramp.color_ramp)
    shader = tree.nodes.new("ShaderNodeBsdfPrincipled")
    shader.inputs["Specular IOR Level"].default_value = 0.0  # no highlight over the colours
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(source.outputs["Fac"], limits.inputs["Value"])
    tree.links.new(limits.outputs["Result"], ramp.inputs["Fac"])
    tree.links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    tree.links.new(shader.outputs["BSDF"], output.inputs["Surface"])
    for number, node in enumerate((source, limits, ramp, shader, output)):
        node.location = (-700.0 + 220.0 * number + (80.0 if number > 2 else 0.0), 0.0)
    return material


def _set_range(material: bpy.types.Material, low: float, high: float) -> None:
    limits = material.node_tree.nodes.get(_RANGE_NODE)
    if limits is not None:  # the user may have rebuilt the nodes
        limits.inputs["From Min"].default_value = low
        limits.inputs["From Max"].default_value = high


def _fill_ramp(ramp: bpy.types.ColorRamp) -> None:
    table = srgb_to_linear(colour_table())
    last = len(table) - 1
    while len(ramp.elements) < len(table):
        ramp.elements.new(0.5)
    for number, (element, colour) in enumerate(zip(ramp.elements, table, strict=True)):
        element.position = number / last
        element.color = (*colour, 1.0)
