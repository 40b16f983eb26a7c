# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about a recorded performance (``Object.aim.take``)."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    IntVectorProperty,
    PointerProperty,
    StringProperty,
)

from .. import compat
from ..bridge.performance import sources
from ..bridge.performance.sources.base import SolveSource
from .enums import TAKE_OUTPUTS
from .polls import is_mesh
from .shown import ShownFields

TAKE_SOURCES = sources.items(SolveSource)


def _is_camera(_self: bpy.types.PropertyGroup, obj: bpy.types.Object) -> bool:
    return obj.type == 'CAMERA'


class AIM_PG_view(bpy.types.PropertyGroup):
    """A movie clip of the performance and the camera that recorded it."""

    clip: PointerProperty(
        name="Clip",
        description="The movie clip in which points of the face were tracked",
        type=bpy.types.MovieClip,
    )
    camera: PointerProperty(
        name="Camera",
        description="The camera of the scene that recorded the clip: its lens, and where it was",
        type=bpy.types.Object,
        poll=_is_camera,
    )


class AIM_PG_marker(bpy.types.PropertyGroup):
    """A marker, vertex or track (of that name) bound to the skin of the neutral."""

    vertex: IntProperty(name="Vertex", description="Which vertex of the object it is")
    clip: PointerProperty(
        name="Clip", description="The movie clip it is tracked in", type=bpy.types.MovieClip
    )
    object: PointerProperty(
        name="Object", description="What shows where the marker is", type=bpy.types.Object
    )
    corners: IntVectorProperty(
        name="Corners", description="The triangle of the skin it sits on", size=3
    )
    barycentric: FloatVectorProperty(name="Share", description="Where in that triangle", size=3)
    eye: StringProperty(
        name="Eye", description="The side of the eye whose pupil it is on; empty on the skin"
    )
    offset: FloatVectorProperty(
        name="Offset", description="From the skin to the marker in the neutral, mm", size=3
    )


class AIM_PG_take(ShownFields, bpy.types.PropertyGroup):
    """A recorded performance to solve onto a face, and what the last solve reached."""

    source: EnumProperty(
        name="Source", description="What the performance is recorded as", items=TAKE_SOURCES
    )
    object: PointerProperty(
        name="Mesh",
        description=(
            "A mesh in the actor's topology that deforms over the frame range: by a cache, shape keys or whatever"
        ),
        type=bpy.types.Object,
        poll=is_mesh,
    )
    markers: PointerProperty(
        name="Markers",
        description="The collection of objects that move as the markers on the skin did",
        type=bpy.types.Collection,
    )
    cloud: PointerProperty(
        name="Vertices Of",
        description="The object whose vertices move as the markers on the skin did",
        type=bpy.types.Object,
        poll=is_mesh,
    )
    views: CollectionProperty(type=AIM_PG_view)
    bound: CollectionProperty(type=AIM_PG_marker)
    bound_source: EnumProperty(
        name="Bound", description="What is bound to the skin", items=TAKE_SOURCES, default='MARKERS'
    )
    path: StringProperty(
        name="File",
        description=(
            "An .npz file of vertices, marked points or image points in millimetres, or a folder of OBJ or PLY "
            "meshes in the actor's topology"
        ),
        subtype='FILE_PATH',
        options=compat.path_options(),
    )
    fps: FloatProperty(
        name="Frame Rate",
        description="Frames of the file in a second; 0 for the scene's own",
        min=0.0,
        max=1000.0,
    )
    output: EnumProperty(name="Result", description="What the solve makes", items=TAKE_OUTPUTS)
    tolerance_mm: FloatProperty(
        name="Tolerance (mm)",
        description=(
            "Corrective shape keys are added until 99 percent of the skin is within this of what was solved"
        ),
        default=0.3,
        min=0.01,
        soft_max=2.0,
    )
    companions: BoolProperty(
        name="Play Along",
        description=(
            "Teeth, eyes and other objects of the character play along, by their shape keys of the same names"
        ),
        default=True,
    )
    widen_ranges: BoolProperty(
        name="Widen Ranges",
        description=(
            "Raise the Range Max of a shape key that the performance needs more of; otherwise corrective shape keys "
            "make up for what it cannot show"
        ),
    )
    smoothness: FloatProperty(
        name="Smoothness",
        description="Times the smoothing over time that the take asks for; 0 for none",
        default=1.0,
        min=0.0,
        soft_max=4.0,
    )
    prior: FloatProperty(
        name="Restraint",
        description="Times how strongly expressions are held back where the take tells little",
        default=1.0,
        min=0.01,
        soft_max=10.0,
    )
    solved_name: StringProperty(name="Solved")
    solved_path: StringProperty(
        name="Solved Frames",
        description="The file that the last solve has made",
        options={'HIDDEN'},
    )
    solved_stamp: StringProperty(
        name="Stamp",
        description="What tells that file from others in its place",
        options={'HIDDEN'},
    )
    solved_frames: IntProperty(name="Frames")
    unsolved_frames: IntProperty(name="Without Data")
    correctives: IntProperty(name="Correctives")
    solve_error_mm: FloatProperty(name="Mean Error")
    error_in_pixels: BoolProperty(
        name="Error in Pixels", description="The mean error is of image points, in pixels"
    )
    ms_per_frame: FloatProperty(name="Time per Frame")


class FaceFields:
    """The recorded performance of a face."""

    take: PointerProperty(type=AIM_PG_take)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_view, AIM_PG_marker, AIM_PG_take))
