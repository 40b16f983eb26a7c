# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator has, and which way it goes onto the face (``Object.aim.animation``)."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, PointerProperty

#: Ways onto a face: curves straight or retargeted, a live stream, a solve, a retargeting.
CURVES, STREAM, SOLVE, RETARGET = "CURVES", "STREAM", "SOLVE", "RETARGET"

HAVE = (
    ('CURVES', "Face Curves", "Curves of Live Link Face, ARKit or a tracker, from a file"),
    ('STREAM', "Live Stream", "A phone or a program that sends a face now"),
    ('MESH', "Tracked Mesh", "A mesh of this actor that deforms as it was tracked"),
    ('MARKERS', "Markers", "Objects that move as the markers on the skin did"),
    ('VERTICES', "Markers as Vertices", "An object whose vertices move as the markers did"),
    ('CAMERAS', "Cameras", "Points tracked in one movie clip or several"),
    ('FILE', "Frames in Files", "An .npz file, or a folder of meshes"),
    ('TAKE', "Another Actor's Take", "A performance solved onto another actor's face"),
    ('FACE', "Another Animated Face", "A face whose shape keys play over the frame range"),
)
_IDENTIFIERS = [item[0] for item in HAVE]
_NUMBERED = tuple((*item, 'NONE', number) for number, item in enumerate(HAVE))
#: What each choice is in Retarget; the other files and objects are solved.
_RETARGETED = {'CURVES': 'CURVES', 'TAKE': 'TAKE', 'FACE': 'MESH'}


def way(obj: bpy.types.Object) -> str:
    """Which way what the user has goes onto a face: one of the four above."""
    kind = obj.aim.animation.kind
    if kind != 'AUTO':
        return kind
    retarget, take = obj.aim.retarget, obj.aim.take
    if retarget.is_property_set("source_kind") or retarget.source is not None:
        return CURVES if retarget.source_kind == 'CURVES' else RETARGET
    return SOLVE if take.is_property_set("source") else CURVES


def _have(group: bpy.types.PropertyGroup) -> int:
    obj = group.id_data
    found = way(obj)
    if found == SOLVE:
        return _IDENTIFIERS.index(obj.aim.take.source)
    if found == RETARGET:
        kinds = {kind: name for name, kind in _RETARGETED.items()}
        return _IDENTIFIERS.index(kinds[obj.aim.retarget.source_kind])
    return _IDENTIFIERS.index(found)


def _set_have(group: bpy.types.PropertyGroup, number: int) -> None:
    obj, chosen = group.id_data, _IDENTIFIERS[number]
    if chosen in _RETARGETED:
        group.kind = CURVES if chosen == 'CURVES' else RETARGET
        obj.aim.retarget.source_kind = _RETARGETED[chosen]
    elif chosen == STREAM:
        group.kind = STREAM
    else:
        group.kind, obj.aim.take.source = SOLVE, chosen


class AIM_PG_animation(bpy.types.PropertyGroup):
    """What there is to animate a face with."""

    kind: EnumProperty(
        name="Way",
        description="Which way it goes onto the face; Automatic is what was set up last",
        items=(
            ('AUTO', "Automatic", ""),
            (CURVES, "Curves", ""),
            (STREAM, "Stream", ""),
            (SOLVE, "Solve", ""),
            (RETARGET, "Retarget", ""),
        ),
        options={'HIDDEN'},
    )
    refine: BoolProperty(
        name="Refine",
        description=(
            "Retarget the curves: lips and lids that touch, correctives, and faces whose names do not say all"
        ),
    )
    keys_tolerance_mm: FloatProperty(
        name="Tolerance (mm)",
        description="Keys are taken out while no point of the skin is farther from the dense take",
        default=0.2,
        min=0.01,
        soft_max=2.0,
    )
    have: EnumProperty(
        name="What Do You Have?",
        description="What there is to animate this face with",
        items=_NUMBERED,
        get=_have,
        set=_set_have,
    )


class FaceFields:
    """What there is to animate a face with."""

    animation: PointerProperty(type=AIM_PG_animation)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_animation,))
