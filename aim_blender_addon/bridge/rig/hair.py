# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hair curves on the skin of a rig, as Blender itself holds them: each root at a place of the skin's UV map.

Blender's node *Deform Curves on Surface* moves them with all that moves the skin, shape keys, bones and modifiers.
"""

import bpy
import numpy as np
from mathutils import Matrix
from mathutils.bvhtree import BVHTree

from ...backend.errors import RigError
from ..data.attributes import read_uv
from ..data.linked import is_foreign

#: Name of the node group and of the modifier that hold hair on a skin.
_NAME = "AIM Hair on Skin"
_DEFORM = "GeometryNodeDeformCurvesOnSurface"
_ROOTS = "surface_uv_coordinate"


def check_hair(obj: bpy.types.Object, skin: bpy.types.Object) -> None:
    """Make sure that hair curves can be held by a skin.

    Raises:
        RigError: they cannot.
    """
    if is_foreign(obj):
        raise RigError(
            f"{obj.name} is linked from another file; make it and its curves local first."
        )
    if is_foreign(skin):
        raise RigError(
            f"{skin.name} is linked from another file; make it local first, so that it can hold {obj.name}."
        )
    if obj.data.users > 1:
        raise RigError(
            f"{obj.name} shares its curves with another object; make it a single user (Object > Relations)."
        )
    if not len(obj.data.curves):
        raise RigError(f"{obj.name} has no curves; leave it out of the selection.")
    if skin.data.uv_layers.active is None:
        raise RigError(
            f"{skin.name} has no UV map, by which Blender holds {obj.name} on it: unwrap the neutral and bake it "
            f"again, or attach {obj.name} as a whole with Attach to Face Bone."
        )


def attach_hair(obj: bpy.types.Object, skin: bpy.types.Object) -> None:
    """Let hair curves move with a skin from where they are, while the rig rests.

    Raises:
        RigError: no UV map of the skin tells its places apart.
    """
    data = obj.data
    before = data.surface, data.surface_uv_map, skin.add_rest_position_attribute
    if not any(_deforms(modifier) for modifier in obj.modifiers):
        modifier = obj.modifiers.new(_NAME, 'NODES')
        modifier.node_group = _node_group()
        obj.modifiers.move(len(obj.modifiers) - 1, 0)
    data.surface, skin.add_rest_position_attribute = skin, True
    active = skin.data.uv_layers.active
    for uv_map in sorted(skin.data.uv_layers, key=lambda layer: layer != active):
        _write_roots(obj, skin, uv_map)
        if not _misses(obj):
            break
    else:
        release_hair(obj)
        data.surface, data.surface_uv_map, skin.add_rest_position_attribute = before
        raise RigError(
            f"The UV map of {skin.name} overlaps itself where {obj.name} grows, so Blender cannot hold it there: give "
            f"it a UV map without overlaps, or attach {obj.name} as a whole with Attach to Face Bone."
        )
    world = obj.matrix_world.copy()
    obj.parent, obj.parent_type, obj.parent_bone = skin, 'OBJECT', ""
    obj.matrix_parent_inverse = skin.matrix_world.inverted() @ world
    obj.matrix_basis = Matrix.Identity(4)


def _write_roots(
    obj: bpy.types.Object, skin: bpy.types.Object, uv_map: bpy.types.MeshUVLoopLayer
) -> None:
    """Let each curve be rooted at the place of the skin that is nearest to its first point."""
    data = obj.data
    points = np.array([point.position[:] for point in data.points], np.float64)
    first = np.array([curve.first_point_index for curve in data.curves])
    to_skin = skin.matrix_world.inverted() @ obj.matrix_world
    roots = _uv_places(skin.data, uv_map, points[first], np.array(to_skin))
    attribute = data.attributes.get(_ROOTS)
    if attribute is not None and (attribute.data_type, attribute.domain) != ('FLOAT2', 'CURVE'):
        data.attributes.remove(attribute)
        attribute = None
    if attribute is None:
        attribute = data.attributes.new(_ROOTS, 'FLOAT2', 'CURVE')
    attribute.data.foreach_set("vector", roots.astype(np.float32).ravel())
    data.surface_uv_map = uv_map.name
    data.update_tag()


def _misses(obj: bpy.types.Object) -> bool:
    """Whether Blender finds no place on the skin for some of the curves."""
    bpy.context.view_layer.update()
    return any(len(m.node_warnings) > 0 for m in obj.modifiers if _deforms(m))


def release_hair(obj: bpy.types.Object) -> None:
    """Take off what lets hair curves move with a skin."""
    for modifier in [modifier for modifier in obj.modifiers if _deforms(modifier)]:
        obj.modifiers.remove(modifier)


def _uv_places(
    mesh: bpy.types.Mesh, uv_map: bpy.types.MeshUVLoopLayer, points: np.ndarray, to_mesh: np.ndarray
) -> np.ndarray:
    """[N, 2] where on a UV map the places of a mesh are that are nearest to points [N, 3]."""
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    corners, loops = np.empty((count, 3), np.int32), np.empty((count, 3), np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners.ravel())
    mesh.loop_triangles.foreach_get("loops", loops.ravel())
    rest = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.attributes["position"].data.foreach_get("vector", rest.ravel())
    uvs = read_uv(uv_map)
    tree = BVHTree.FromPolygons(rest.tolist(), corners.tolist(), all_triangles=True)
    points = points @ to_mesh[:3, :3].T + to_mesh[:3, 3]
    places = np.zeros((len(points), 2))
    for number, point in enumerate(points.tolist()):
        at, _normal, face, _far = tree.find_nearest(point)
        edges = (rest[corners[face, 1:]] - rest[corners[face, 0]]).astype(np.float64).T
        share = np.linalg.lstsq(edges, np.array(at) - rest[corners[face, 0]], rcond=None)[0]
        # a little within the triangle: on an edge Blender may find no place
        share = np.clip(share, 1e-4, 1 - 1e-4)
        share /= max(1.0, share.sum() / (1 - 1e-4))
        weights = np.array([1 - share.sum(), *share])
        places[number] = weights @ uvs[loops[face]]
    return places


def _deforms(modifier: bpy.types.Modifier) -> bool:
    group = modifier.node_group if modifier.type == 'NODES' else None
    return group is not None and any(node.bl_idname == _DEFORM for node in group.nodes)


def _node_group() -> bpy.types.NodeTree:
    """The node group that holds hair on its surface."""
    found = bpy.data.node_groups.get(_NAME)
    if found is not None and any(node.bl_idname == _DEFORM for node in found.nodes):
        return found
    group = bpy.data.node_groups.new(_NAME, 'GeometryNodeTree')
    for way in ('INPUT', 'OUTPUT'):
        group.interface.new_socket("Geometry", in_out=way, socket_type='NodeSocketGeometry')
    start, deform, end = (
        group.nodes.new(kind) for kind in ("NodeGroupInput", _DEFORM, "NodeGroupOutput")
    )
    for place, node in enumerate((start, deform, end)):
        node.location = (200 * place, 0)
    group.links.new(start.outputs[0], deform.inputs[0])
    group.links.new(deform.outputs[0], end.inputs[0])
    return group
