# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Muscles panel keeps in the .blend (``Object.aim.muscles``)."""

from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..backend.muscles.material import AS_SCANNED, LIMITS
from ..bridge.muscles import curves
from .enums import (
    FLESH_CUTS,
    FLESH_SIZES,
    MATERIALS,
    PICTURE_CAMERAS,
    SIMULATION_OUTPUTS,
    SIMULATION_RANGES,
)
from .polls import is_mesh


def _recolour(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """The curves show what was switched."""
    curves.colour(self.id_data)


def _times(name: str, description: str, field: str) -> Any:
    low, high = LIMITS[field]
    return FloatProperty(
        name=name,
        description=description,
        default=getattr(AS_SCANNED, field),
        min=low,
        max=high,
        options=set(),
    )


def _is_curve(_self: bpy.types.PropertyGroup, obj: bpy.types.Object) -> bool:
    return obj.type == 'CURVE'


class AIM_PG_muscle(bpy.types.PropertyGroup):
    """One muscle of a face."""

    on: BoolProperty(
        name="On",
        description="The muscle pulls; off, it lies in the flesh as fat does, but the flesh around it still goes where "
        "the scans have it, so that poses change little",
        default=True,
        options=set(),
        update=_recolour,
    )
    strength: FloatProperty(
        name="Strength",
        description="How firmly the muscle draws the flesh to where the scans have it: 1 as built, 0 not at all",
        default=1.0,
        min=0.0,
        max=5.0,
        soft_max=2.0,
        options=set(),
        update=_recolour,
    )
    radius_mm: FloatProperty(
        name="Half Width (mm)",
        description="Distance from the curve to the edge of the muscle, in millimetres; the next build takes it",
        default=6.0,
        min=0.5,
        max=50.0,
        soft_max=15.0,
        precision=1,
        step=10,
        options=set(),
    )
    curve: PointerProperty(
        name="Curve",
        description="The curve object that shows the muscle; edit it, and the next build takes it",
        type=bpy.types.Object,
        poll=_is_curve,
    )
    added: BoolProperty(name="Own", description="The user has drawn this muscle")
    changed: BoolProperty(
        name="Changed", description="Curve or width are not as landmarks place the muscle"
    )
    outside: FloatProperty(
        name="Outside", description="Share of the curve that lies outside the flesh"
    )
    activation: FloatProperty(
        name="Activation",
        description="How far the muscle contracts, 0 to 1; below 0 it is not known",
        default=-1.0,
    )
    built_points: StringProperty(
        name="Built Points", description="The points of the muscle in the flesh, in millimetres"
    )
    built_radius_mm: FloatProperty(
        name="Built Half Width",
        description="The half width of the muscle in the flesh, in millimetres",
    )
    placed_points: StringProperty(
        name="Placed Points",
        description="The points where landmarks place the muscle, in millimetres",
    )


class AIM_PG_muscles(bpy.types.PropertyGroup):
    """The flesh of a face, its muscles, and what was simulated."""

    size: EnumProperty(
        name="Size",
        description="How fine the flesh is: finer flesh follows folds better and takes longer",
        items=FLESH_SIZES,
        default='STANDARD',
        options=set(),
    )
    edge_mm: FloatProperty(
        name="Cube Size (mm)",
        description="Edge of the flesh's cubes in millimetres; at lips and lids they are half as wide",
        default=7.5,
        min=4.0,
        max=15.0,
        precision=1,
        step=10,
        options=set(),
    )
    muscles: CollectionProperty(type=AIM_PG_muscle)
    active: IntProperty(
        name="Active Muscle", description="The muscle picked in the list", options=set()
    )
    shown: BoolProperty(name="Shown", description="The muscles are shown under translucent skin")
    show_flesh: BoolProperty(
        name="Show Flesh",
        description="Draw the flesh at rest over the skin in the 3D views, cut open; muscles are red",
        options=set(),
    )
    cut: FloatProperty(
        name="Cut",
        description="How much of the flesh is left, from one end to the other",
        default=0.5,
        min=0.02,
        max=1.0,
        subtype='FACTOR',
        options=set(),
    )
    cut_axis: EnumProperty(
        name="Cut From",
        description="Where the cut begins",
        items=FLESH_CUTS,
        options=set(),
    )
    bones_too: BoolProperty(
        name="Bones Too", description="The skin was translucent before the muscles were shown"
    )
    built: IntProperty(name="Built", description="How often the flesh was built")
    tetrahedra: IntProperty(name="Tetrahedra", description="How many tetrahedra the flesh has")
    seconds: FloatProperty(name="Seconds", description="How long building the flesh took")
    misses_mm: FloatProperty(
        name="Misses", description="How far flesh alone misses the scans on average, in millimetres"
    )
    left_out: StringProperty(
        name="Left Out", description="Muscles whose landmarks are missing, one a line"
    )
    gravity: BoolProperty(
        name="Gravity",
        description="Flesh hangs where the head is turned away from how it was scanned",
        options=set(),
    )
    secondary: BoolProperty(
        name="Secondary Motion",
        description="Flesh has inertia, so that it lags and shakes when the head moves; for ranges",
        options=set(),
    )
    contact: BoolProperty(
        name="Contact",
        description="Bones, teeth, eyes, lips and lids keep the skin out; takes longer",
        options=set(),
    )
    material: EnumProperty(
        name="Material",
        description="What the flesh is made of; only as scanned meets every scan",
        items=MATERIALS,
        options=set(),
    )
    tissue_skin: _times("Skin", "Stiffness of the skin, in times of the actor's own", "skin")
    tissue_fat: _times("Fat", "Stiffness of fat, in times of the actor's own", "fat")
    tissue_muscle: _times("Muscle", "Stiffness of muscles, in times of the actor's own", "muscle")
    tissue_fullness: _times(
        "Fullness", "Share by which fat grows; below zero it shrinks", "fullness"
    )
    tissue_density: _times("Density", "Grams in a cubic centimetre of flesh", "density")
    output: EnumProperty(
        name="Result",
        description="What simulating a range makes",
        items=SIMULATION_OUTPUTS,
        default='CORRECTIVES',
        options=set(),
    )
    tolerance_mm: FloatProperty(
        name="Tolerance (mm)",
        description="How far 99 % of the skin may be off what was simulated; less makes more corrective shapes",
        default=0.1,
        min=0.005,
        soft_max=1.0,
        precision=3,
        step=1,
        options=set(),
    )
    range: EnumProperty(
        name="Frames",
        description="Which frames are simulated",
        items=SIMULATION_RANGES,
        default='SCENE',
        options=set(),
    )
    range_start: IntProperty(
        name="Start", description="First frame that is simulated", default=1, options=set()
    )
    range_end: IntProperty(
        name="End", description="Last frame that is simulated", default=24, options=set()
    )
    cache: PointerProperty(
        name="Cache",
        description="The object that plays the last simulated range from a mesh cache",
        type=bpy.types.Object,
        poll=is_mesh,
    )
    simulated: StringProperty(
        name="Simulated", description="The pose or take that was simulated last"
    )
    frames: IntProperty(name="Frames", description="How many frames were simulated")
    late_frames: IntProperty(
        name="Not at Rest", description="Frames whose flesh did not come to rest"
    )
    worst_region: StringProperty(name="Region", description="The region whose volume changed most")
    worst_volume: FloatProperty(
        name="Volume", description="Share by which the volume of the worst region changed"
    )
    inverted: IntProperty(
        name="Inside Out", description="Tetrahedra that were turned inside out in the worst frame"
    )
    deepest_mm: FloatProperty(
        name="Deepest",
        description="How far skin lies in bone or other skin beyond the rest, in millimetres; below 0 without contact",
        default=-1.0,
    )
    seconds_a_frame: FloatProperty(
        name="Seconds a Frame", description="How long a frame took on average"
    )
    matched: StringProperty(name="Matched", description="The scan that was matched last")
    matched_mm: FloatProperty(
        name="Misses It by",
        description="How far the simulated skin misses the matched scan on average, in millimetres",
    )
    matched_p99_mm: FloatProperty(
        name="99 % within",
        description="How far 99 % of the simulated skin miss the matched scan at most, in millimetres",
    )
    picture_points: PointerProperty(
        name="Picture Points",
        description="The collection of empties that are moved onto a picture",
        type=bpy.types.Collection,
    )
    camera: EnumProperty(
        name="Camera",
        description="What is known of the camera that took the picture",
        items=PICTURE_CAMERAS,
        default='FOUND',
        options=set(),
    )
    move_camera: BoolProperty(
        name="Move Camera to It",
        description="The scene's camera goes where it sees the rig's head as the picture shows it; the rig stays",
        default=True,
        options=set(),
    )
    explained: FloatProperty(
        name="Muscles Explain",
        description="Share of the motion that muscles explain alone, by the activations read; below 0 it is not known",
        default=-1.0,
    )
    explained_least: FloatProperty(
        name="Explained Least", description="That share in the frame of which muscles explain least"
    )
    explained_frame: IntProperty(
        name="Frame Explained Least",
        description="The frame of which muscles explain least; below 0 for a pose",
        default=-1,
    )
    solver: StringProperty(name="Solver", description="The library that solved")


class FaceFields:
    """The muscles of a face."""

    muscles: PointerProperty(type=AIM_PG_muscles)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_muscle, AIM_PG_muscles))
