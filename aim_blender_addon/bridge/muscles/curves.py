# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Muscles as curve objects: made on demand, read for the next flesh, mirrored, reset, and the user's own."""

import bpy
import numpy as np

from ...backend.errors import RigError
from ...backend.jobs.flesh import GivenMuscle
from ...backend.muscles.drawn import mirrored, same_curve
from ..data.head_space import HeadSpace, head_space
from ..data.linked import is_linked
from ..data.meshes import transform
from ..data.storage import in_scene, load_model, own
from ..rig.objects import part_collection, rig_collection
from . import store

_PART, _COLLECTION = "muscles", "Muscles"
#: How thick a muscle is drawn, in half widths of it: thinner, so that those below are seen.
_DRAWN = 0.35
#: Colours of muscles that pull as usual, left and right; they fade to grey with their strength.
_COLOURS = {"_left": (0.75, 0.13, 0.10), "_right": (0.62, 0.16, 0.22), "": (0.70, 0.14, 0.14)}
_OFF = np.array([0.45, 0.45, 0.45])
_MATERIAL = "AIM muscle"


def curve_of(item: bpy.types.PropertyGroup) -> bpy.types.Object | None:
    """The curve object of a muscle, unless the user has deleted it."""
    return item.curve if in_scene(item.curve) else None


def show(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Make the curves of all muscles that have none, and let all be seen."""
    space = head_space(face, context)
    collection = part_collection(rig_collection(face, context), _PART, _COLLECTION)
    for item in face.aim.muscles.muscles:
        if curve_of(item) is None:
            _make(face, item, space, collection)
        set_hidden(curve_of(item), False)
    colour(face)
    face.aim.muscles.shown = True


def hide(face: bpy.types.Object) -> None:
    """Hide the curves; they stay as they are."""
    for item in face.aim.muscles.muscles:
        if (curve := curve_of(item)) is not None:
            set_hidden(curve, True)
    face.aim.muscles.shown = False


def refresh(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """After a build: curves that nobody has changed lie where their muscles are now."""
    space = head_space(face, context)
    for item in face.aim.muscles.muscles:
        curve = curve_of(item)
        if curve is not None and not item.changed and not item.added:
            _fill(curve, store.read_points(item.built_points), item.radius_mm, space)
    colour(face)


def colour(face: bpy.types.Object) -> None:
    """Colour the curves by activation where it is known, else by side and strength."""
    for item in face.aim.muscles.muscles:
        curve = curve_of(item)
        if curve is not None and not is_linked(curve):
            curve.color = (*_shade(item), 1.0)


def set_hidden(curve: bpy.types.Object, hidden: bool) -> None:
    """Hide a curve object in the view layer, or show it."""
    if curve.name in bpy.context.view_layer.objects:
        curve.hide_set(hidden)


def note_changes(face: bpy.types.Object, context: bpy.types.Context) -> None:
    """Mark the muscles whose curve or width is not that of the flesh.

    Raises:
        RigError: a curve has no two points.
    """
    space = head_space(face, context)
    for item in face.aim.muscles.muscles:
        curve = curve_of(item)
        if curve is None:
            continue
        built = store.read_points(item.built_points)
        wide = abs(item.radius_mm - item.built_radius_mm) > 1e-4
        if wide or not same_curve(read(curve, space), built):
            item.changed = True


def given(face: bpy.types.Object, context: bpy.types.Context) -> tuple[GivenMuscle, ...]:
    """The muscles that the user has changed or added, for a new flesh.

    Raises:
        RigError: a curve has no two points.
    """
    note_changes(face, context)
    space, found = head_space(face, context), []
    for item in face.aim.muscles.muscles:
        curve = curve_of(item)
        if item.added and curve is None:
            continue
        if not (item.changed or item.added):
            continue
        points = store.read_points(item.built_points) if curve is None else read(curve, space)
        found.append(GivenMuscle(item.name, points, item.radius_mm))
    return tuple(found)


def read(curve: bpy.types.Object, space: HeadSpace) -> np.ndarray:
    """[K, 3] mm, head space: the first line of a curve object, of whatever kind, as it is seen.

    Raises:
        RigError: it has no two points.
    """
    data = curve.data.copy()
    alone = bpy.data.objects.new(curve.name, data)
    try:
        data.bevel_depth = data.extrude = data.offset = 0.0
        data.bevel_mode = 'ROUND'
        mesh = alone.to_mesh()
        points = np.empty((len(mesh.vertices), 3), np.float32)
        mesh.vertices.foreach_get("co", points.ravel())
        alone.to_mesh_clear()
    finally:
        bpy.data.objects.remove(alone)
        bpy.data.curves.remove(data)
    counts = [len(spline.points) or len(spline.bezier_points) for spline in curve.data.splines]
    if len(points) < 2 or not counts:
        raise RigError(f"{curve.name} is no line: draw a curve of two points or more.")
    if len(counts) > 1:
        raise RigError(
            f"{curve.name} has {len(counts)} lines, and a muscle is one: separate them in Edit Mode."
        )
    return transform(points, space.from_world() @ np.array(curve.matrix_world)).astype(float)


def reset(
    face: bpy.types.Object, item: bpy.types.PropertyGroup, context: bpy.types.Context
) -> None:
    """Let a muscle be as landmarks place it: its curve now, its flesh at the next build."""
    points = store.read_points(item.placed_points)
    curve = curve_of(item)
    if curve is not None:
        _fill(curve, points, item.radius_mm, head_space(face, context))
    item.property_unset("on")
    item.property_unset("strength")
    item.changed = False
    colour(face)


def mirror(
    face: bpy.types.Object, item: bpy.types.PropertyGroup, context: bpy.types.Context
) -> bpy.types.PropertyGroup:
    """Let the muscle of the other side be the mirror image of this one; it is made where there is none.

    Raises:
        RigError: the muscle has no side.
    """
    name = bpy.utils.flip_name(item.name)
    if name == item.name:
        raise RigError(
            f"The muscle {item.name} has no side: name its curve like cheek_left or cheek.L, then add it."
        )
    space = head_space(face, context)
    curve = curve_of(item)
    points = store.read_points(item.built_points) if curve is None else read(curve, space)
    points = mirrored(points, load_model(face).joint)
    muscles = face.aim.muscles.muscles
    number = muscles.find(item.name)
    if name not in muscles:
        other = muscles.add()
        other.name, other.added = name, True
    item, other = muscles[number], muscles[name]  # adding may have moved them
    other.radius_mm, other.strength, other.on = item.radius_mm, item.strength, item.on
    other.changed = True
    if curve_of(other) is None:
        collection = part_collection(rig_collection(face, context), _PART, _COLLECTION)
        _make(face, other, space, collection)
    _fill(curve_of(other), points, other.radius_mm, space)
    colour(face)
    return other


def add(
    face: bpy.types.Object, curve: bpy.types.Object, context: bpy.types.Context
) -> bpy.types.PropertyGroup:
    """A curve object as a muscle of the user's own.

    Raises:
        RigError: it is no line, or a muscle has its name.
    """
    settings = face.aim.muscles
    read(curve, head_space(face, context))
    if curve.name in settings.muscles:
        raise RigError(
            f"{face.name} has a muscle {curve.name} already: give the curve another name first."
        )
    item = settings.muscles.add()
    item.name, item.curve, item.added, item.changed = curve.name, curve, True, True
    settings.active = len(settings.muscles) - 1
    own(face, curve)
    collection = part_collection(rig_collection(face, context), _PART, _COLLECTION)
    if curve.name not in collection.objects:
        for other in curve.users_collection:
            other.objects.unlink(curve)
        collection.objects.link(curve)
    colour(face)
    return item


def remove_added(face: bpy.types.Object, item: bpy.types.PropertyGroup) -> None:
    """Take a muscle of the user's own off the list; its curve stays with the user."""
    settings = face.aim.muscles
    curve = curve_of(item)
    if curve is not None and curve.aim.face_object == face:
        curve.aim.face_object = None
    settings.muscles.remove(settings.muscles.find(item.name))
    settings.active = min(settings.active, max(len(settings.muscles) - 1, 0))


def _make(
    face: bpy.types.Object,
    item: bpy.types.PropertyGroup,
    space: HeadSpace,
    collection: bpy.types.Collection,
) -> None:
    data = bpy.data.curves.new(item.name, 'CURVE')
    data.dimensions = '3D'
    data.bevel_resolution = 3
    data.use_fill_caps = True
    data.materials.append(_material())
    curve = bpy.data.objects.new(item.name, data)
    collection.objects.link(curve)
    own(face, curve)
    item.curve = curve
    _fill(curve, store.read_points(item.built_points), item.radius_mm, space)


def _fill(curve: bpy.types.Object, points: np.ndarray, radius_mm: float, space: HeadSpace) -> None:
    """Let a curve object run through points [K, 3] mm, head space, where the face is."""
    curve.parent = None
    curve.matrix_world = space.blender_matrix()
    curve.data.splines.clear()
    curve.data.bevel_depth = _DRAWN * radius_mm / space.mm_per_unit
    if not len(points):
        return
    spline = curve.data.splines.new('POLY')
    spline.points.add(len(points) - 1)
    places = np.ones((len(points), 4), np.float32)
    places[:, :3] = points / space.mm_per_unit
    spline.points.foreach_set("co", places.ravel())


def shades(item: bpy.types.PropertyGroup) -> tuple[np.ndarray, np.ndarray]:
    """Colours [3] of a muscle that does nothing, and of one that pulls as usual."""
    ending = next((end for end in ("_left", "_right") if item.name.endswith(end)), "")
    return (_OFF, np.array(_COLOURS[ending])) if item.on else (_OFF * 0.6, _OFF * 0.6)


def _shade(item: bpy.types.PropertyGroup) -> np.ndarray:
    low, high = shades(item)
    share = min(item.strength, 1.0) if item.activation < 0 else min(item.activation, 1.0)
    return low + share * (high - low)


def _material() -> bpy.types.Material:
    """The material of muscles in renders; in Solid shading each has its own colour."""
    found = bpy.data.materials.get(_MATERIAL)
    if found is None or is_linked(found):
        found = bpy.data.materials.new(_MATERIAL)
        found.diffuse_color = (*_COLOURS[""], 1.0)
    return found
