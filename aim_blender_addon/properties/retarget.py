# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about a performance to play on a face or character (``Object.aim.retarget``)."""

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

from .. import compat, words
from ..bridge.performance import sources
from ..bridge.performance.sources.base import RetargetSource
from .polls import is_armature, is_mesh
from .shown import ShownFields

RETARGET_SOURCES = sources.items(RetargetSource)


def _says(match: bpy.types.PropertyGroup) -> str:
    """The names of a row as a whole: in the table long ones are shortened in the middle."""
    names = {"source": match.name or "?", "key": match.target or "?"}
    return words.label("{source} moves {key} by {amount:.2g}", amount=match.weight, **names)


class AIM_PG_match(bpy.types.PropertyGroup):
    """A row of the table of shapes: what the source does, and the target's shape key that shows it."""

    # ``name`` comes with PropertyGroup: the source's expression or motion of the jaw.
    target: StringProperty(name="Shape Key", description="The target's shape key that is moved")
    weight: FloatProperty(
        name="Amount",
        description="Value of the shape key when the source shows all of it",
        default=1.0,
        soft_min=0.0,
        soft_max=2.0,
    )
    use: BoolProperty(name="Use", description="Use this row", default=True)
    how: StringProperty(name="Found By", description="Name, motion or hand")
    likeness: FloatProperty(
        name="Likeness",
        description="How alike both motions are, from 0 to 1; below zero where it is not known",
        default=-1.0,
    )
    says: StringProperty(name="Row", description="What this row does", get=_says)


class AIM_PG_retarget(ShownFields, bpy.types.PropertyGroup):
    """A performance of another face to play on this one, and what the last retargeting reached."""

    source_kind: EnumProperty(
        name="Source", description="What the performance is", items=RETARGET_SOURCES
    )
    source: PointerProperty(
        name="Source Face",
        description=(
            "The face that performs: an actor with a model, or a mesh with shape keys. Face curves without one play "
            "on a generic face with ARKit's shapes"
        ),
        type=bpy.types.Object,
        poll=is_mesh,
    )
    path: StringProperty(
        name="Take",
        description="The .npz file of a solved performance; empty for the one solved last",
        subtype='FILE_PATH',
        options=compat.path_options(),
    )
    curves_path: StringProperty(
        name="File",
        description="A CSV file of Live Link Face or ARKit, or a JSON file of weights",
        subtype='FILE_PATH',
        options=compat.path_options(),
    )
    curves_fps: FloatProperty(
        name="Frame Rate",
        description="Frames of the file in a second; 0 for what the file says",
        min=0.0,
        max=1000.0,
    )
    curves_smoothing: FloatProperty(
        name="Smoothing (s)",
        description="Smooth the curves over this time, without delay; 0 for none",
        min=0.0,
        soft_max=0.2,
        precision=3,
    )
    curves_offset: FloatProperty(
        name="Offset",
        description="Added to every curve, for a recording that was not calibrated",
        soft_min=-0.5,
        soft_max=0.5,
    )
    curves_limits: FloatVectorProperty(
        name="Range",
        description="The curves are kept between these values",
        size=2,
        default=(0.0, 1.0),
        soft_min=-1.0,
        soft_max=2.0,
    )
    curves_first: IntProperty(
        name="First Frame", description="Where in the file the take begins", default=1, min=1
    )
    curves_last: IntProperty(
        name="Last Frame", description="Where in the file it ends; 0 for the whole file", min=0
    )
    own_shapes: BoolProperty(
        name="Use Its Shape Keys",
        description=(
            "Play on the shape keys the character has; otherwise its expressions are made from its neutral alone"
        ),
        default=True,
    )
    contacts: BoolProperty(
        name="Keep Contacts",
        description="Lids that close on the source close here, lips that touch, touch, and skin stays off bone",
        default=True,
    )
    gain: FloatProperty(
        name="Whole Face", description="Times the motion", default=1.0, min=0.0, soft_max=2.0
    )
    gain_mouth: FloatProperty(
        name="Mouth and Jaw",
        description="Times the motion below the nose, and the jaw's",
        default=1.0,
        min=0.0,
        soft_max=2.0,
    )
    gain_eyes: FloatProperty(
        name="Eyes", description="Times the motion of lids", default=1.0, min=0.0, soft_max=2.0
    )
    gain_brows: FloatProperty(
        name="Brows", description="Times the motion of brows", default=1.0, min=0.0, soft_max=2.0
    )
    tolerance_mm: FloatProperty(
        name="Tolerance (mm)",
        description=(
            "Corrective shape keys are added until 99 percent of the skin is within this of what was played, in "
            "millimetres of an adult's face"
        ),
        default=0.3,
        min=0.01,
        soft_max=2.0,
    )
    widen_ranges: BoolProperty(
        name="Widen Ranges",
        description=(
            "Raise the Range Max of a shape key that the performance needs more of; otherwise corrective shape keys "
            "make up for what it cannot show"
        ),
    )
    head_motion: BoolProperty(
        name="Head Motion", description="Also move the head as the source's", default=True
    )
    layer: BoolProperty(
        name="Layer for Edits",
        description=(
            "Put the performance on an NLA track of its own and edit on top of it, in an Action that adds to it"
        ),
        default=True,
    )
    make_bones: BoolProperty(
        name="Make Bones",
        description=(
            "Give a character without an armature bones for head and jaw, with handles to pose them; otherwise its "
            "shape keys move the jaw, and the head stays"
        ),
        default=False,
    )
    companions: BoolProperty(
        name="Play Along",
        description=(
            "Teeth, eyes and other objects of the character play along, by their shape keys of the same names"
        ),
        default=True,
    )
    use_jaw_bone: BoolProperty(
        name="Use Its Jaw Bone",
        description="Move the jaw by the bone that the character's armature has for it",
        default=True,
    )
    jaw_bone: StringProperty(name="Jaw Bone", description="The bone that moves the jaw")
    head_bone: StringProperty(name="Head Bone", description="The bone that moves the head")
    armature: PointerProperty(
        name="Armature",
        description="The armature that was made for this face",
        type=bpy.types.Object,
        poll=is_armature,
    )
    matches: CollectionProperty(type=AIM_PG_match)
    active_match: IntProperty(name="Active Row", description="The row shown below the table")
    # What was found and done last.
    pairs: IntProperty(name="Landmark Pairs")
    mapped_share: FloatProperty(name="Skin Mapped")
    fingerprint: StringProperty(
        name="Fingerprint", description="What the correspondence was found for"
    )
    shown: BoolProperty(name="Correspondence Shown")
    played_name: StringProperty(name="Played")
    played_frames: IntProperty(name="Frames")
    ms_per_frame: FloatProperty(name="Time per Frame")
    correctives: IntProperty(name="Correctives")


class FaceFields:
    """The performance of another face to play on this one."""

    retarget: PointerProperty(type=AIM_PG_retarget)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_match, AIM_PG_retarget))
