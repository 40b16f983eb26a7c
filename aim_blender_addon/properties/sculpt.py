# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about sculpting a face (``Object.aim.sculpt``): handles, and what Constrain does."""

from collections.abc import Callable

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

from .enums import HANDLE_KINDS, HANDLE_STATES

#: Called with the face when a setting of its handles has changed; the operators add theirs when they are registered.
FOLLOWERS: list[Callable[[bpy.types.Object], None]] = []


def _follow(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """The face follows what is changed in the panel."""
    for follow in FOLLOWERS:
        follow(self.id_data)


def _offset(self: bpy.types.PropertyGroup) -> list[float]:
    return [goal - start for goal, start in zip(self.goal, self.start, strict=True)]


def _set_offset(self: bpy.types.PropertyGroup, value: tuple[float, float, float]) -> None:
    self.goal = [start + offset for start, offset in zip(self.start, value, strict=True)]
    _follow(self, bpy.context)


class AIM_PG_handle(bpy.types.PropertyGroup):
    """A point of the skin and where it shall go (``name`` is what the list shows)."""

    vertex: IntProperty(name="Point", description="The vertex of the skin it sits on", min=0)
    kind: EnumProperty(
        name="Kind",
        description="What the handle asks of its point",
        items=HANDLE_KINDS,
        update=_follow,
    )
    use: BoolProperty(
        name="Use", description="The face follows this handle", default=True, update=_follow
    )
    goal: FloatVectorProperty(
        name="Goal",
        description="Where the point shall go, or a point of the plane; head space, mm",
        size=3,
    )
    start: FloatVectorProperty(
        name="Start", description="Where the point is without the handles; head space, mm", size=3
    )
    offset: FloatVectorProperty(
        name="Offset (mm)",
        description="How far the point shall go from where it is without the handles: along the head's own axes",
        size=3,
        subtype='XYZ',
        precision=2,
        step=10,
        get=_offset,
        set=_set_offset,
        options=set(),
    )
    normal: FloatVectorProperty(
        name="Plane Normal",
        description="Where the plane faces, along the head's own axes",
        size=3,
        subtype='DIRECTION',
        default=(0.0, 0.0, 1.0),
        update=_follow,
    )
    left_mm: FloatProperty(name="Left", description="How far the point is from its goal, mm")
    way_mm: FloatProperty(name="Way", description="How far its goal was from the start, mm")
    reason: EnumProperty(
        name="State", description="How far the point got, and why not farther", items=HANDLE_STATES
    )


class AIM_PG_sculpt(bpy.types.PropertyGroup):
    """How a face is sculpted within what anatomy allows, on its neutral object."""

    key_name: StringProperty(
        name="Shape Key",
        description="The shape key of the rig that holds what handles do; made when it is missing",
        default="Sculpt",
        maxlen=63,
    )
    handles: CollectionProperty(type=AIM_PG_handle)
    active_handle: IntProperty(name="Active Handle", description="The handle shown below the list")
    kind: EnumProperty(
        name="Kind", description="What kind of handle a click places", items=HANDLE_KINDS
    )
    use_symmetry: BoolProperty(
        name="Symmetry",
        description="Do the same on the other side of the face",
        update=_follow,
    )
    falloff_mm: FloatProperty(
        name="Falloff (mm)",
        description=(
            "Length over which a local bulge fades that takes the skin where the expressions do not reach; "
            "0 leaves everything to the expressions"
        ),
        default=10.0,
        min=0.0,
        max=60.0,
        soft_max=30.0,
        precision=1,
        update=_follow,
    )
    # The jaw bone's channels (Blender units, radians): before the first handle, and as the last edit left it.
    base_jaw: FloatVectorProperty(name="Jaw Before", size=6)
    edited_jaw: FloatVectorProperty(name="Jaw After", size=6)
    strength: FloatProperty(
        name="Strength",
        description="How much of the way to the nearest valid shape is gone; 0 leaves the sculpt as it is",
        subtype='FACTOR',
        default=1.0,
        min=0.0,
        max=1.0,
    )
    volume_share: FloatProperty(
        name="Volume Change",
        description="What is sculpted may change the volume of the soft tissue below it by this share at most",
        subtype='FACTOR',
        default=0.15,
        min=0.01,
        max=1.0,
    )
    solve_jaw: BoolProperty(
        name="Find Jaw",
        description="Find the pose of the jaw that the sculpt shows, and pose the jaw bone so; else it stays",
        default=True,
    )
    constrain_on_leaving: BoolProperty(
        name="On Leaving Sculpt Mode",
        description="Constrain by itself when Sculpt Mode is left and the active shape key was sculpted",
        default=False,
    )
    keep_group: StringProperty(
        name="Keep",
        description="A vertex group of the rig whose skin is not moved, beside the mask of Sculpt Mode",
    )
    # What Compare shows.
    before_key: StringProperty(
        name="Constrained", description="The shape key whose shape before Constrain is kept"
    )
    before_jaw: FloatVectorProperty(name="Jaw Before Constrain", size=6)
    shows_before: BoolProperty(
        name="Shows Before", description="The rig shows the sculpt as it was before Constrain"
    )
    moved_mean_mm: FloatProperty(name="Moved on Average")
    moved_max_mm: FloatProperty(name="Moved at Most")


class FaceFields:
    """How a face is sculpted."""

    sculpt: PointerProperty(type=AIM_PG_sculpt)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_handle, AIM_PG_sculpt))
