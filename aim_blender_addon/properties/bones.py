# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about the bones of a face."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatVectorProperty, PointerProperty

from .polls import is_other_mesh


def _bone_picked(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """Selecting a bone of a face shows that face; bones picked by hand are not estimated ones."""
    face = self.id_data
    self.bones_estimated = False
    for bone in (self.skull, self.jaw):
        if bone and bone.library is None and not bone.aim.is_face:
            bone.aim.face_object = face


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


class FaceFields:
    """Skull and jaw under the skin of a face, and the landmarks they are estimated by."""

    skull: PointerProperty(
        name="Skull",
        description="The cranium with the upper teeth, as a closed mesh under the skin",
        type=bpy.types.Object,
        poll=is_other_mesh,
        update=_bone_picked,
    )
    jaw: PointerProperty(
        name="Jaw",
        description="The mandible with the lower teeth, as a closed mesh under the skin",
        type=bpy.types.Object,
        poll=is_other_mesh,
        update=_bone_picked,
    )
    template_skull: PointerProperty(
        name="Skull",
        description="A skull of somebody else, of any size and anywhere, that Estimate Bones brings under this skin",
        type=bpy.types.Object,
        poll=is_other_mesh,
    )
    template_jaw: PointerProperty(
        name="Jaw",
        description="The mandible that belongs to the template's skull, where it is on that skull",
        type=bpy.types.Object,
        poll=is_other_mesh,
    )
    bones_estimated: BoolProperty(
        name="Bones Estimated", description="Skull and jaw were estimated from the skin"
    )
    bones_shown: BoolProperty(
        name="Bones Shown", description="The skin is translucent, so that the bones are seen"
    )
    landmarks: CollectionProperty(type=AIM_PG_landmark)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_landmark,))
