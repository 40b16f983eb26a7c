# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The anatomy of a face as the user has changed it: sliders, a painted region and moved bones, read and shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from ...backend.anatomy.tissue.regions import PLACES, region_weights
from ...backend.editing.anatomy_edit import AnatomyEdit, BoneMoves, as_fitted, edit_anatomy
from ...backend.editing.keep_out import MeasureBone
from ...backend.errors import EditError
from ...backend.geometry.mesh import Mesh
from ...backend.io.model_file import model_from_bytes
from ...backend.model.aim import AimModel
from ..data import shape_keys, storage
from ..data.groups import read_group
from ..data.head_space import HeadSpace
from ..data.linked import is_linked
from ..data.meshes import read_object, transform
from ..data.quiet import Quiet
from ..data.same_mesh import has_polygons
from ..rig.objects import armature_of, rig_of
from ..shapes.session import being_sculpted
from .bones import PARTS

#: A bone has not been moved while its vertices are within this of the fit's, mm.
_SAME_MM = 0.05
#: Nearer to a bone than this, rays decide on which side a point lies, mm: there a normal may mislead.
_RAY_MM = 1.0
#: Directions of those rays, of length 1 and along no axis, so that few run within a wall.
_RAYS = (Vector((0.36, 0.48, 0.8)), Vector((-0.6, 0.64, 0.48)), Vector((0.28, -0.96, 0.0)))
#: Sliders that are set to what a model holds are not shown on the rig.
_quiet = Quiet()


@dataclass(frozen=True)
class Anatomy:
    """What of a stored model an edit starts from.

    Attributes:
        fitted: without any edit.
        regions: [V] share of each region.
        moves: of the bones as they were applied last.
        edited: the model as it is stored.
    """

    fitted: AimModel
    regions: dict[str, np.ndarray]
    moves: BoneMoves
    edited: AimModel


def anatomy_of(face: bpy.types.Object) -> Anatomy:
    """The stored model made ready for edits.

    Raises:
        ModelFileError: there is none, or it cannot be read.
    """
    return _prepared(storage.model_bytes(face))


@lru_cache(maxsize=2)
def _prepared(data: bytes) -> Anatomy:
    edited = model_from_bytes(data, "The stored model")
    fitted = as_fitted(edited)
    at = fitted.evaluate()
    regions = region_weights(at.skin, fitted.neutral.normals, at.normal, fitted.joint)
    bones = _applied_bones(edited)
    moves = BoneMoves.of(fitted, AnatomyEdit(np.zeros(len(at.skin), np.float32), *bones))
    return Anatomy(fitted, regions, moves, edited)


def _applied_bones(edited: AimModel) -> tuple[np.ndarray | None, np.ndarray | None]:
    if edited.fitted is None:
        return None, None
    return edited.skull.vertices, edited.jaw.vertices


def sliders(face: bpy.types.Object) -> dict[str, float]:
    """Millimetres of every region and of the painted one, as the sliders have them."""
    return {name: getattr(face.aim.anatomy, name) for name in (*PLACES, "painted_mm")}


def are_applied(face: bpy.types.Object) -> bool:
    """Whether the stored model holds what the sliders say; cheap enough for draw."""
    return list(sliders(face).values()) == list(face.aim.anatomy.applied)


def set_sliders(face: bpy.types.Object, values: Mapping[str, float]) -> None:
    """Let sliders say what a stored model holds, without showing it on the rig; those left out are zero."""
    with _quiet:
        for name in sliders(face):
            setattr(face.aim.anatomy, name, values.get(name, 0.0))
    face.aim.anatomy.applied = list(sliders(face).values())


def added_thickness(face: bpy.types.Object, regions: dict[str, np.ndarray]) -> np.ndarray:
    """[V] mm that sliders and the painted region add to the tissue."""
    settings = face.aim.anatomy
    added = sum(getattr(settings, name) * regions[name] for name in PLACES)
    rig = rig_of(face)
    if rig is None or not settings.painted_mm or len(rig.data.vertices) != len(added):
        return added
    painted = read_group(rig, settings.painted)
    return added if painted is None else added + settings.painted_mm * painted


def preview(face: bpy.types.Object) -> bool:
    """Show the sliders' thickness on the rig; whether there was a rig to show it on. The model stays as it is."""
    rig = rig_of(face)
    if _quiet or rig is None or not storage.has_model(face) or rig.data.shape_keys is None:
        return False
    if rig.mode == 'EDIT' or is_linked(rig.data):
        return False
    if being_sculpted(rig.data.shape_keys):
        return False
    anatomy = anatomy_of(face)
    names = shape_keys.baked_names(rig.data)
    complete = all(name in rig.data.shape_keys.key_blocks for name in names)
    if names != list(anatomy.fitted.expression_names) or not complete:
        return False
    if not has_polygons(rig.data, anatomy.fitted.neutral):
        return False
    edit = AnatomyEdit(added_thickness(face, anatomy.regions), *_applied_bones(anatomy.edited))
    at = edit_anatomy(anatomy.fitted, edit, anatomy.moves).evaluate()
    scale = np.float32(armature_of(face).aim.jaw_measures[4])
    shown = rig.show_only_shape_key
    shape_keys.write_shape_keys(rig, at.skin / scale, names, (at.skin + at.displacements) / scale)
    rig.show_only_shape_key = shown
    return True


def moved_bones(
    face: bpy.types.Object, fitted: AimModel, space: HeadSpace, context: bpy.types.Context
) -> list[np.ndarray | None]:
    """Vertices [N, 3] mm of skull and jaw as their objects are now, None for one that is where the fit had it.

    Raises:
        EditError: an object has other vertices than the model's bone.
    """
    moved: list[np.ndarray | None] = []
    for part in PARTS:
        obj, rest = getattr(face.aim, part), getattr(fitted, part).vertices
        if not storage.in_scene(obj):
            moved.append(None)
            continue
        now = read_object(obj, space, context).vertices
        if len(now) != len(rest):
            raise EditError(
                f"{obj.name} has {len(now):,} vertices and the {part} of the model {len(rest):,}: pick the bone that "
                "the face was fitted with in the Bones panel, or undo what changed its mesh."
            )
        moved.append(now if np.abs(now - rest).max(initial=0.0) > _SAME_MM else None)
    return moved


def put_bones_back(face: bpy.types.Object, fitted: AimModel, space: HeadSpace) -> list[str]:
    """Bring skull and jaw objects to where the fit had them; names of those that cannot be changed."""
    fixed = []
    for part in PARTS:
        obj, rest = getattr(face.aim, part), getattr(fitted, part).vertices
        if not storage.in_scene(obj):
            continue
        plain = not (obj.modifiers or obj.data.shape_keys or obj.data.users > 1 or is_linked(obj))
        if not plain or len(obj.data.vertices) != len(rest) or obj.mode == 'EDIT':
            fixed.append(obj.name)
            continue
        to_local = np.linalg.inv(np.array(obj.matrix_world)) @ space.to_world()
        points = transform(rest, to_local)
        obj.data.attributes["position"].data.foreach_set("vector", points.ravel())
        obj.data.update()
    return fixed


def look_at(bones: Sequence[Mesh]) -> MeasureBone:
    """Signed distances to the nearest of some bones."""
    trees = [
        BVHTree.FromPolygons(bone.vertices.tolist(), bone.triangles.tolist(), all_triangles=True)
        for bone in bones
    ]

    def look(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        distance, direction = np.full(len(points), np.inf), np.zeros((len(points), 3))
        for row, point in enumerate(map(Vector, points.tolist())):
            for tree in trees:
                place, normal, _, gap = tree.find_nearest(point)
                behind = (point - place).dot(normal) < 0
                if (behind or gap < _RAY_MM) and _is_inside(tree, point):
                    gap = -gap
                if gap < distance[row]:
                    distance[row] = gap
                    direction[row] = (point - place) / (gap if abs(gap) > 1e-9 else 1e-9)
        return distance, direction

    return look


def _is_inside(tree: BVHTree, point: Vector) -> bool:
    """Most of three rays leave through an odd number of walls."""
    return sum(_walls(tree, point, ray) % 2 for ray in _RAYS) >= 2


def _walls(tree: BVHTree, point: Vector, ray: Vector) -> int:
    count, start = 0, point
    while count < 64:
        place, _, _, _ = tree.ray_cast(start, ray)
        if place is None:
            break
        count, start = count + 1, place + 1e-4 * ray
    return count


def furthest_mm(before: AimModel, after: AimModel) -> float:
    """How far the skin lies from where it was, at most, mm."""
    moved = after.neutral.vertices - before.neutral.vertices
    return float(np.linalg.norm(moved, axis=1).max(initial=0.0))
