# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a face is joined to a body (``Object.aim.body``, on the face), and what it hung on before (on its armature)."""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    PointerProperty,
    StringProperty,
)

from ..bridge.body.bodies import can_be_body
from .polls import is_mesh

#: What moves the jaw, or the eyes.
FACE, BODY = "FACE", "BODY"


def _is_body(_self: bpy.types.PropertyGroup, obj: bpy.types.Object) -> bool:
    """Any armature but those of faces."""
    return can_be_body(obj)


class AIM_PG_body(bpy.types.PropertyGroup):
    """How a face is joined to a body."""

    armature: PointerProperty(
        name="Body",
        description="The armature of the body; empty: the selected one, or the only one of the scene",
        type=bpy.types.Object,
        poll=_is_body,
    )
    mesh: PointerProperty(
        name="Mesh",
        description="The mesh of the body whose neck the face meets; empty: every mesh that the armature moves, the "
        "nearest at each place",
        type=bpy.types.Object,
        poll=is_mesh,
    )
    head_bone: StringProperty(
        name="Head Bone",
        description="The bone of the body that carries the head; empty: told by its name, as shown",
    )
    jaw_bone: StringProperty(
        name="Jaw Bone",
        description="The bone of the body that turns the jaw; empty: told by its name, as shown",
    )
    eye_left_bone: StringProperty(
        name="Left Eye Bone",
        description="The bone of the body that turns the left eye; empty: told by its name, as shown",
    )
    eye_right_bone: StringProperty(
        name="Right Eye Bone",
        description="The bone of the body that turns the right eye; empty: told by its name, as shown",
    )
    width: FloatProperty(
        name="Neck Width",
        description="How far from its border the neck of the face goes along with the body's neck, in millimetres of "
        "the face",
        min=0.0,
        soft_max=200.0,
        max=2000.0,
        default=60.0,
        precision=1,
        step=100,
    )
    jaw: EnumProperty(
        name="Jaw",
        description="What moves the jaw of the face",
        items=(
            (
                FACE,
                "Face's Controls",
                "The face's jaw bone, sliders and takes; the body's jaw bone does nothing",
            ),
            (
                BODY,
                "Body's Jaw Bone",
                "The body's jaw bone, and what the face's own does on top of it",
            ),
        ),
        default=FACE,
    )
    eyes: EnumProperty(
        name="Eyes",
        description="What turns the eyes of the face",
        items=(
            (
                FACE,
                "Face's Controls",
                "The face's target, free look and takes; the target goes along with the chest",
            ),
            (BODY, "Body's Eye Bones", "The body's eye bones alone; lids follow them"),
        ),
        default=FACE,
    )
    move: BoolProperty(
        name="Move to Body",
        description="Move the face to where the body's neck is, without turning or scaling it",
    )

    def eye_bone(self, side: str) -> str:
        """The eye bone of a side that the user has picked, or ""."""
        return self.eye_left_bone if side == "left" else self.eye_right_bone


class AIM_PG_body_join(bpy.types.PropertyGroup):
    """The body that an armature is joined to, and what it hung on before."""

    body: PointerProperty(
        name="Body", description="The body this face is joined to", type=bpy.types.Object
    )
    parent: PointerProperty(
        name="Parent Before", description="What the face's armature hung on", type=bpy.types.Object
    )
    parent_bone: StringProperty(
        name="Bone Before", description="The bone that the face's armature hung on"
    )
    parent_inverse: FloatVectorProperty(
        name="Parent Inverse Before", description="How the armature hung there", size=16
    )


class FaceFields:
    """A face on a body."""

    body: PointerProperty(type=AIM_PG_body)
    body_join: PointerProperty(type=AIM_PG_body_join)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_body, AIM_PG_body_join))
