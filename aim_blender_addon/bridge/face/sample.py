# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample actor as objects: a neutral with scans, and the teeth, tongue and eyes inside it."""

import bpy
import numpy as np
from mathutils import Matrix

from ...backend.sample.head import EXPRESSIONS, SKIN, SampleHead, SamplePart, sample_actor
from ...backend.sample.parts import ENAMEL, GUM, IRIS, PUPIL, SCLERA
from ..data.head_space import HeadSpace
from ..data.meshes import create_object, read_polygons
from . import scans as scan_list

#: Custom property of a part inside the head: its name.
_PART = "aim_sample_part"
_COLOUR = "Color"
_UV = "UVMap"
_NAME = "Sample Actor"
#: Added before the logarithm of a colour: no eye tells anything below from black.
_BLACK = 1e-3
#: Roughness by the last word of a part's name, and its materials: name and colour in the viewport.
_LOOKS = {
    "skin": (0.5, {"Skin": SKIN}),
    "teeth": (0.25, {"Teeth": ENAMEL, "Gums": GUM}),
    "tongue": (0.45, {"Tongue": (0.50, 0.14, 0.13)}),
    "lining": (0.5, {"Lining": (0.30, 0.08, 0.08)}),
    "eye": (0.08, {"Eye": SCLERA, "Iris": IRIS, "Pupil": PUPIL}),
}


def add_sample_actor(
    head: SampleHead, as_objects: bool, inside: bool, context: bpy.types.Context
) -> bpy.types.Object:
    """Add the neutral at the 3D cursor with its scans listed, and what is inside the head.

    Args:
        head: z up.
        as_objects: scans are hidden objects in a collection of their own, else shape keys of the neutral.
        inside: add teeth, tongue, eyes and the lining of the mouth, as children of the neutral.
        context: for the scene.

    Returns:
        The neutral; it is a face with 19 scans.
    """
    space = _space_at_cursor(context.scene)
    collection = bpy.data.collections.new(_NAME)
    context.scene.collection.children.link(collection)
    sample = sample_actor(head)
    neutral = create_object(_NAME, sample.actor.neutral, space, collection)
    _paint(neutral, head.skin_colours, "skin")
    layer = neutral.data.uv_layers.new(name=_UV, do_init=False)
    layer.uv.foreach_set("vector", np.ascontiguousarray(head.uv, np.float32).ravel())
    names = list(EXPRESSIONS)
    if as_objects:
        folder = bpy.data.collections.new(f"{_NAME} Scans")
        collection.children.link(folder)
        objects = [
            create_object(scan.name, scan, space, folder) for scan in sample.actor.expressions
        ]
        for obj in objects:
            obj.data.materials.append(neutral.data.materials[0])
            obj.hide_set(True)
            obj.hide_render = True
        scan_list.add_object_scans(neutral, zip(names, objects, strict=True), context)
        neutral.aim.active_scan = 0
    else:
        neutral.shape_key_add(name="Basis", from_mix=False)
        for scan in sample.actor.expressions:
            points = scan.vertices / np.float32(space.mm_per_unit)
            key = neutral.shape_key_add(name=scan.name, from_mix=False)
            key.points.foreach_set("co", points.ravel())
            key.value = 0.0
        scan_list.set_shape_key_scans(neutral, names, context)
    if inside:
        folder = bpy.data.collections.new(f"{_NAME} Inside")
        collection.children.link(folder)
        for name, part in head.parts.items():
            _add_part(name, part, neutral, space, folder)
    _show(neutral, context)
    return neutral


def parts_of(neutral: bpy.types.Object) -> dict[str, bpy.types.Object]:
    """What is inside a sample actor's head, on the neutral or its rig, by the names of ``SampleHead.parts``."""
    armature = neutral.aim.armature
    children = [*neutral.children, *(armature.children if armature else ())]
    return {obj[_PART]: obj for obj in children if _PART in obj}


def _space_at_cursor(scene: bpy.types.Scene) -> HeadSpace:
    space = HeadSpace.at_origin(scene)
    space.rigid[:3, 3] = scene.cursor.location
    return space


def _add_part(
    name: str,
    part: SamplePart,
    neutral: bpy.types.Object,
    space: HeadSpace,
    collection: bpy.types.Collection,
) -> None:
    obj = create_object(name.title(), part.mesh, space, collection)
    obj[_PART] = name
    _paint(obj, part.colours, name.split()[-1])
    obj.parent = neutral
    obj.matrix_parent_inverse = Matrix(np.linalg.inv(space.rigid).tolist())


def _paint(obj: bpy.types.Object, colours: np.ndarray, kind: str) -> None:
    """Give a mesh object vertex colours [V, 3] and materials that show them, also where the view has none of them."""
    attribute = obj.data.color_attributes.new(_COLOUR, 'FLOAT_COLOR', 'POINT')
    rgba = np.ones((len(colours), 4), np.float32)
    rgba[:, :3] = colours
    attribute.data.foreach_set("color", rgba.ravel())
    roughness, looks = _LOOKS[kind]
    for name, colour in looks.items():
        obj.data.materials.append(_material(f"Sample {name}", roughness, colour))
    if len(looks) > 1:
        numbers = _nearest(obj.data, colours, np.array([*looks.values()], np.float64))
        obj.data.polygons.foreach_set("material_index", numbers)


def _nearest(mesh: bpy.types.Mesh, colours: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """[F] int32: which of the colours ``looks`` [L, 3] each polygon of vertex colours [V, 3] comes nearest to."""
    corners, sizes = read_polygons(mesh)
    starts = np.cumsum(sizes) - sizes
    mean = np.add.reduceat(np.log(colours[corners] + _BLACK), starts) / sizes[:, None]
    off = np.linalg.norm(mean[:, None] - np.log(looks + _BLACK), axis=2)
    return off.argmin(axis=1).astype(np.int32)


def _show(neutral: bpy.types.Object, context: bpy.types.Context) -> None:
    for obj in context.selected_objects:
        obj.select_set(False)
    neutral.select_set(True)
    context.view_layer.objects.active = neutral


def _material(
    name: str, roughness: float, colour: tuple[float, float, float]
) -> bpy.types.Material:
    """The material ``name``, which shows vertex colours; ``colour`` stands for them in the viewport."""
    material = bpy.data.materials.get(name)
    if material is not None:
        return material
    material = bpy.data.materials.new(name)
    material.diffuse_color = (*colour, 1)
    if material.node_tree is None:
        material.use_nodes = True
    tree = material.node_tree
    shader = tree.nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value = roughness
    source = tree.nodes.new("ShaderNodeVertexColor")
    source.layer_name = _COLOUR
    source.location = (-250, 200)
    tree.links.new(source.outputs["Color"], shader.inputs["Base Color"])
    return material
