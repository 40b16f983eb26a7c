# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The detail put onto a rig: attributes, modifier, images and materials; and all of it taken off again."""

import bpy
import numpy as np

from ...backend.detail.uv import tile_of
from ...backend.errors import RigError
from ...backend.jobs.detail_skin import DetailResult
from ..data.attributes import read_uv
from ..data.linked import is_foreign, is_linked
from ..face.scan_files import turned_z_up
from ..rig.objects import check_can_write, rig_of
from . import follow, images, material, nodes, skin, view

#: Scales of an object may differ by so much along its axes.
_EVEN = 1e-3


def check_rig(rig: bpy.types.Object) -> None:
    """Refuse a rig that cannot take a detail now; nothing is changed.

    Raises:
        RigError: it is linked, in another mode, scaled unevenly, has its mesh in common with another face that has a
            detail, or none of its materials can show heights.
    """
    check_can_write(rig)
    scale = np.abs(np.array(rig.matrix_world.to_scale()))
    if scale.max() > (1 + _EVEN) * scale.min():
        raise RigError(
            f"{rig.name} is scaled unevenly, which its wrinkles would take for compression: apply its scale first "
            "(Object > Apply > Scale)."
        )
    for other in _sharing(rig):
        raise RigError(
            f"{rig.name} shares its mesh with {other.name}, which shows the detail of another face: make the mesh a "
            "single user first (Object > Relations > Make Single User)."
        )
    own = follow.materials_of(rig)
    if own and not any(material.is_ready(one) for one in own):
        one = own[0]
        if is_linked(one):
            raise RigError(
                f"The material {one.name} is linked from {one.library.filepath}: make it local first, so that it can "
                "show wrinkles."
            )
        raise RigError(
            f"The material {one.name} has no nodes with a Material Output: turn on Use Nodes, or give it an output."
        )
    for one in own:
        theirs = next((node.node_tree for node in material.nodes_in(one)), None)
        if theirs is not None and theirs not in _groups_of(rig):
            raise RigError(
                f"The material {one.name} shows the detail of another face: make it a single user for {rig.name} first."
            )


def apply(
    face: bpy.types.Object,
    result: DetailResult,
    neutral: np.ndarray,
    kind: str,
    y_up: bool,
    context: bpy.types.Context,
) -> list[str]:
    """Put a detail onto the rig of a face, in place of what it has.

    Args:
        face: the neutral.
        result: of the worker.
        neutral: [V, 3] mm that the worker was given.
        kind: an item of ``AIM_PG_detail.kind``.
        y_up: the worker was given axes of files.
        context: of Blender.

    Returns:
        Sentences for the user.

    Raises:
        RigError: the rig was changed meanwhile or cannot be written to; nothing is changed then.
    """
    rig = rig_of(face)
    if rig is None:
        raise RigError(f"The rig of {face.name} was deleted meanwhile, so the detail was dropped.")
    check_rig(rig)
    if len(rig.data.vertices) != len(result.shares):
        raise RigError(f"{rig.name} was changed meanwhile, so the detail was dropped: start again.")
    settings = face.aim.detail
    axis = turned_z_up(result.axis) if y_up else result.axis
    images.write_maps(face, result.constant, result.compressed)
    shares = dict(zip(result.regions, result.shares.T, strict=True))
    skin.write_skin(rig, axis, result.start, result.width, shares)
    _list_regions(settings, result.regions)
    settings.kind, settings.width = kind, result.width
    settings.faces, settings.vertices = len(rig.data.polygons), len(rig.data.vertices)
    settings.units_per_mm = _size(skin.rest_mesh(rig).vertices) / _size(neutral)
    settings.tile_made = settings.tile
    settings.uv_map = rig.data.uv_layers.active.name
    report = result.report
    settings.maps = int(report.get("maps", 0))
    settings.left_out_mm = float(report.get("left_out_mm", 0.0))
    settings.zero_mm = float(report.get("zero_mm", 0.0))
    nodes.add_modifier(rig)
    notes = show_in_materials(face)
    settings.shown = True
    context.view_layer.update()
    return [*report.get("notes", ()), *notes]


def show_in_materials(face: bpy.types.Object) -> list[str]:
    """Put the node group of a face into the materials of its rig; sentences about those that cannot take it."""
    settings, rig, old = face.aim.detail, rig_of(face), face.aim.detail.group
    group = material.build_group(
        (settings.constant_image, settings.compressed_image),
        settings.uv_map,
        tile_of(settings.tile_made),
        settings.units_per_mm,
        _reaches_out(rig, settings.uv_map),
    )
    settings.group = group
    _fill_slots(rig)
    notes = []
    for one in follow.materials_of(rig):
        if not material.is_ready(one):
            notes.append(_unready(one))
            continue
        material.insert(one, group, settings.relief, (settings.strength, settings.pores))
        others = [obj.name for obj in _others(one, rig) if face not in (obj, obj.aim.face_object)]
        if others:
            notes.append(
                f"The material {one.name} is also that of {', '.join(others[:3])}, where nothing changes"
            )
    if old is not None and old.users == 0 and not is_linked(old):
        bpy.data.node_groups.remove(old)
        group.name = material.NODE
    return notes


def remove(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Take the detail off a rig: modifier, attributes, nodes and images. What others use stays."""
    settings, rig = face.aim.detail, rig_of(face)
    if settings.colours:
        view.hide_colours(face, context)
    if rig is not None and not is_foreign(rig):
        nodes.remove_modifier(rig)
        for one in follow.materials_of(rig):
            if not is_linked(one) and not any(map(nodes.modifier_of, _others(one, rig))):
                material.take_out(one)
        _empty_slots(rig)
        if rig.data.users == 1:
            skin.remove_skin(rig.data)
    group = settings.group
    settings.group = None
    if group is not None and group.users == 0 and not is_linked(group):
        bpy.data.node_groups.remove(group)
    images.remove_maps(face)
    settings.kind = 'NONE'
    settings.faces = settings.vertices = settings.maps = 0


def _groups_of(rig: bpy.types.Object) -> list[bpy.types.NodeTree]:
    """The node groups of faces whose rig this is, or is a duplicate of."""
    found = [rig.aim.face_object, *(obj for obj in bpy.data.objects if obj.aim.rig == rig)]
    return [obj.aim.detail.group for obj in found if obj is not None and obj.aim.detail.group]


def _sharing(rig: bpy.types.Object) -> list[bpy.types.Object]:
    """Rigs of other faces that show a detail by the same mesh: one face's would overwrite the other's."""
    if rig.data.users == 1:
        return []
    faces = [obj for obj in bpy.data.objects if obj.aim.is_face and obj.aim.detail.kind != 'NONE']
    rigs = [obj.aim.rig for obj in faces if obj.aim.rig not in (None, rig)]
    return [obj for obj in rigs if obj.data == rig.data]


def _list_regions(settings: bpy.types.PropertyGroup, names: tuple[str, ...]) -> None:
    """The list of regions in this order; the spacings that the user has set stay."""
    kept = {one.name: one.spacing for one in settings.regions}
    settings.regions.clear()
    for name in names:
        region = settings.regions.add()
        region.name = name
        region.spacing = kept.get(name, 1.0)


def _fill_slots(rig: bpy.types.Object) -> None:
    """A plain material where a mesh has none."""
    if follow.materials_of(rig):
        return
    made = material.new_material(f"{rig.name} Skin")
    if rig.material_slots:
        rig.material_slots[0].material = made
    else:
        rig.data.materials.append(made)
        made["aim_slot_added"] = True


def _empty_slots(rig: bpy.types.Object) -> None:
    """Undo :func:`_fill_slots`."""
    for slot in rig.material_slots:
        made = slot.material
        if not material.is_made(made):
            continue
        added = "aim_slot_added" in made
        slot.material = None
        if added and len(rig.material_slots) == 1:
            rig.data.materials.clear()
        if made.users == 0:
            bpy.data.materials.remove(made)
        break


def _others(one: bpy.types.Material, rig: bpy.types.Object) -> list[bpy.types.Object]:
    """Other objects with a material."""
    return [
        obj
        for obj in bpy.data.objects
        if obj != rig and obj.users_scene and any(s.material == one for s in obj.material_slots)
    ]


def _unready(one: bpy.types.Material) -> str:
    if is_linked(one):
        return f"The material {one.name} is linked from another file and shows no detail: make it local"
    return f"The material {one.name} has no nodes and shows no detail: turn on Use Nodes"


def _reaches_out(rig: bpy.types.Object, uv_map: str) -> bool:
    """Whether UV lie outside the first tile, which then must get nothing of it."""
    layer = rig.data.uv_layers.get(uv_map)
    if layer is None:
        return True
    uv = read_uv(layer)
    return bool(uv.min() < -1e-3 or uv.max() > 1 + 1e-3)  # noqa: PLR2004


def _size(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.ptp(np.asarray(points, np.float64), axis=0)))
