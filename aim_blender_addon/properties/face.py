# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about a face (``Object.aim``, ``Scene.aim``), and the state of a running job."""

from collections.abc import Callable
from math import radians

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from .anatomy import AIM_PG_anatomy
from .enums import COLOUR_MODES, JAW_PINS, SCAN_SOURCES, SCAN_UNITS
from .performance import AIM_PG_take
from .retarget import AIM_PG_retarget
from .sculpt import AIM_PG_sculpt
from .shapes import AIM_PG_shapes

IDENTITY = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def _is_mesh(_self: bpy.types.PropertyGroup, obj: bpy.types.Object) -> bool:
    return obj.type == 'MESH'


def _is_other_mesh(self: bpy.types.PropertyGroup, obj: bpy.types.Object) -> bool:
    return obj.type == 'MESH' and obj != self.id_data


def _is_armature(_self: bpy.types.PropertyGroup, obj: bpy.types.Object) -> bool:
    return obj.type == 'ARMATURE'


def _bone_picked(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """Selecting a bone of a face shows that face; bones picked by hand are not estimated ones."""
    face = self.id_data
    self.bones_estimated = False
    for bone in (self.skull, self.jaw):
        if bone and bone.library is None and not bone.aim.is_face:
            bone.aim.face_object = face


def _jaw_control(number: int) -> dict[str, Callable]:
    """Getter and setter of one of the three numbers a jaw is posed with, on the rig's armature."""

    def get(self: bpy.types.PropertyGroup) -> float:
        from ..bridge.rig import jaw_controls

        return jaw_controls.read(self.id_data)[number]

    def set_value(self: bpy.types.PropertyGroup, value: float) -> None:
        from ..bridge.rig import jaw_controls

        jaw_controls.write(self.id_data, number, value)

    return {"get": get, "set": set_value}


def _range_changed(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """The colours of a rig follow their range."""
    from ..bridge.view import display

    display.follow_range(self.id_data)


class AIM_PG_scan(bpy.types.PropertyGroup):
    """One expression scan of a face, and what the last fit found for it."""

    # ``name`` comes with PropertyGroup: the expression's name, also that of its shape key when baked.
    object: PointerProperty(
        name="Object",
        description="The mesh object of this scan",
        type=bpy.types.Object,
        poll=_is_mesh,
    )
    shape_key: StringProperty(
        name="Shape Key", description="The neutral's shape key that holds this scan"
    )
    use: BoolProperty(name="Use", description="Use this scan in the fit", default=True)
    fitted: BoolProperty(name="Fitted", description="The stored model holds this scan")
    jaw_pose: FloatVectorProperty(
        name="Jaw Pose",
        description="The jaw's pose in this scan, row by row, in head space and millimetres",
        size=16,
        default=IDENTITY,
    )
    jaw_pin: EnumProperty(
        name="Jaw Pin", description="Who says where the jaw is in this scan", items=JAW_PINS
    )
    pinned_pose: FloatVectorProperty(
        name="Pinned Pose",
        description="The jaw's pose that the user gave, row by row, in head space and millimetres",
        size=16,
        default=IDENTITY,
    )
    upper_mark: PointerProperty(
        name="Upper Incisors",
        description="The empty at the edge of the upper middle incisors",
        type=bpy.types.Object,
    )
    lower_mark: PointerProperty(
        name="Lower Incisors",
        description="The empty at the edge of the lower middle incisors",
        type=bpy.types.Object,
    )
    jaw_degrees: FloatProperty(
        name="Jaw Opening", description="How far the jaw has turned in this scan, in degrees"
    )
    head_motion_mm: FloatProperty(
        name="Head Motion",
        description="How far the head had moved in this scan, in millimetres; the fit takes it out",
    )
    error_mean_mm: FloatProperty(
        name="Mean Error", description="Mean distance from the model to this scan, in millimetres"
    )
    error_max_mm: FloatProperty(
        name="Largest Error",
        description="Largest distance from the model to this scan, in millimetres",
    )


class AIM_PG_landmark(bpy.types.PropertyGroup):
    """One named point of the neutral skin (``name``), found by itself or moved by hand."""

    co: FloatVectorProperty(
        name="Position", description="In head space and millimetres, as it was found", size=3
    )
    empty: PointerProperty(
        name="Empty", description="The empty that moves this landmark", type=bpy.types.Object
    )
    by_hand: BoolProperty(
        name="By Hand", description="This landmark was moved from where it was found"
    )


class AIM_PG_fit_report(bpy.types.PropertyGroup):
    """What the stored model holds, so that the panels can show it without reading the model."""

    actor: StringProperty(name="Actor")
    date: StringProperty(name="Date", description="When the model was fitted")
    seconds: FloatProperty(name="Seconds", description="How long the fit took")
    expressions: IntProperty(name="Expressions")
    vertices: IntProperty(name="Vertices")
    bones_estimated: BoolProperty(name="Bones Estimated")
    has_errors: BoolProperty(name="Has Errors")
    error_mean_mm: FloatProperty(name="Mean Error")
    error_p99_mm: FloatProperty(name="99 Percent Below")
    error_max_mm: FloatProperty(name="Largest Error")


class AIM_PG_face(bpy.types.PropertyGroup):
    """A face, on its neutral object; on scans, bones and rigs only the way back to it."""

    is_face: BoolProperty(name="Is Face", description="This object is the neutral of a face")
    face_object: PointerProperty(
        name="Face",
        description="The neutral this object belongs to",
        type=bpy.types.Object,
        poll=_is_mesh,
    )
    scans: CollectionProperty(type=AIM_PG_scan)
    active_scan: IntProperty(name="Active Scan", description="The scan shown below the list")
    scan_source: EnumProperty(
        name="Source", description="Where the scans of this face are", items=SCAN_SOURCES
    )
    scan_unit: EnumProperty(
        name="Scan Unit", description="How long one unit of the scans is", items=SCAN_UNITS
    )
    skull: PointerProperty(
        name="Skull",
        description="The cranium with the upper teeth, as a closed mesh under the skin",
        type=bpy.types.Object,
        poll=_is_other_mesh,
        update=_bone_picked,
    )
    jaw: PointerProperty(
        name="Jaw",
        description="The mandible with the lower teeth, as a closed mesh under the skin",
        type=bpy.types.Object,
        poll=_is_other_mesh,
        update=_bone_picked,
    )
    template_skull: PointerProperty(
        name="Skull",
        description="A skull of somebody else, of any size and anywhere, that Estimate Bones brings under this skin",
        type=bpy.types.Object,
        poll=_is_other_mesh,
    )
    template_jaw: PointerProperty(
        name="Jaw",
        description="The mandible that belongs to the template's skull, where it is on that skull",
        type=bpy.types.Object,
        poll=_is_other_mesh,
    )
    bones_estimated: BoolProperty(
        name="Bones Estimated", description="Skull and jaw were estimated from the skin"
    )
    bones_shown: BoolProperty(
        name="Bones Shown", description="The skin is translucent, so that the bones are seen"
    )
    landmarks: CollectionProperty(type=AIM_PG_landmark)
    seed: IntProperty(
        name="Seed",
        description="Start of the random numbers; the same seed on the same machine gives the same model",
        default=0,
        min=0,
    )
    report: PointerProperty(type=AIM_PG_fit_report)
    take: PointerProperty(type=AIM_PG_take)
    retarget: PointerProperty(type=AIM_PG_retarget)
    sculpt: PointerProperty(type=AIM_PG_sculpt)
    shapes: PointerProperty(type=AIM_PG_shapes)
    anatomy: PointerProperty(type=AIM_PG_anatomy)
    rig: PointerProperty(
        name="Rig", description="The baked mesh of this face", type=bpy.types.Object, poll=_is_mesh
    )
    armature: PointerProperty(
        name="Armature",
        description="The armature of the baked rig",
        type=bpy.types.Object,
        poll=_is_armature,
    )
    # On an armature: its jaw, posed by three numbers that are read off the bone and written to it.
    jaw_open: FloatProperty(
        name="Open",
        description="How far the jaw is open; the condyles slide along as far as this actor's do",
        subtype='ANGLE',
        min=radians(-10.0),
        max=radians(60.0),
        soft_min=0.0,
        soft_max=radians(38.0),
        options=set(),
        **_jaw_control(0),
    )
    jaw_side: FloatProperty(
        name="Side (mm)",
        description="How far the lower incisors are to the face's left",
        min=-30.0,
        max=30.0,
        soft_min=-14.0,
        soft_max=14.0,
        precision=1,
        options=set(),
        **_jaw_control(1),
    )
    jaw_forward: FloatProperty(
        name="Forward (mm)",
        description="How far the jaw is pushed forward",
        min=-20.0,
        max=30.0,
        soft_min=-1.5,
        soft_max=12.0,
        precision=1,
        options=set(),
        **_jaw_control(2),
    )
    jaw_measures: FloatVectorProperty(
        name="Jaw Measures",
        description="Length, half width, path and slope of the jaw joint, and millimetres in a unit",
        size=5,
    )
    # On a rig: what it shows as colours (written by aim.show_colours).
    colour_mode: EnumProperty(name="Colours", description="What the rig shows", items=COLOUR_MODES)
    colour_min: FloatProperty(
        name="From",
        description="Value of the darkest colour, in mm or as a share",
        update=_range_changed,
    )
    colour_max: FloatProperty(
        name="To",
        description="Value of the brightest colour, in mm or as a share",
        update=_range_changed,
    )
    colour_before: StringProperty(
        name="Colours Before", description="The colour attribute that was active before"
    )


class AIM_PG_scene(bpy.types.PropertyGroup):
    """What the sidebar shows while no object of a face is active."""

    face: PointerProperty(
        name="Face", description="The face worked on last", type=bpy.types.Object, poll=_is_mesh
    )


class AIM_PG_job(bpy.types.PropertyGroup):
    """The running job, for the panels; written by ``jobs.driver`` and never saved."""

    running: BoolProperty(name="Running", options={'SKIP_SAVE'})
    title: StringProperty(name="Title", options={'SKIP_SAVE'})
    operator: StringProperty(
        name="Operator", description="What started the job", options={'SKIP_SAVE'}
    )
    stage: StringProperty(name="Stage", options={'SKIP_SAVE'})
    fraction: FloatProperty(
        name="Progress", subtype='FACTOR', min=0.0, max=1.0, options={'SKIP_SAVE'}
    )
    error_mm: FloatProperty(
        name="Error So Far",
        description="Below zero until there is one",
        default=-1.0,
        options={'SKIP_SAVE'},
    )
    seconds_left: FloatProperty(
        name="Time Left", description="Below zero until known", default=-1.0, options={'SKIP_SAVE'}
    )
    cancel_requested: BoolProperty(name="Cancel Requested", options={'SKIP_SAVE'})


classes = (
    AIM_PG_scan,
    AIM_PG_landmark,
    AIM_PG_fit_report,
    AIM_PG_face,
    AIM_PG_scene,
    AIM_PG_job,
)
_register_classes, _unregister_classes = bpy.utils.register_classes_factory(classes)


def register() -> None:
    """Register the groups and hang them on their owners."""
    _register_classes()
    bpy.types.Object.aim = PointerProperty(type=AIM_PG_face)
    bpy.types.Scene.aim = PointerProperty(type=AIM_PG_scene)
    bpy.types.WindowManager.aim_job = PointerProperty(type=AIM_PG_job)


def unregister() -> None:
    """Take the pointers off their owners, then the groups."""
    del bpy.types.WindowManager.aim_job
    del bpy.types.Scene.aim
    del bpy.types.Object.aim
    _unregister_classes()
