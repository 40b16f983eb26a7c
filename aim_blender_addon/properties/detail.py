# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about wrinkles and pores of a face (``Object.aim.detail``)."""

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

from .. import compat
from ..bridge.detail import follow
from .enums import DETAIL_SIZES, DETAIL_SOURCES, RELIEFS, UNITS


def _of_modifier(kind: str) -> dict[str, object]:
    """A number of a region that the modifier holds: there it is keyed, and here scripts reach it by name."""

    def read(self: bpy.types.PropertyGroup) -> float:
        return follow.region_value(self.id_data, self.name, kind)

    def write(self: bpy.types.PropertyGroup, value: float) -> None:
        follow.set_region_value(self.id_data, self.name, kind, value)

    return {"get": read, "set": write, "options": set()}


def _look_changed(self: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    """Materials and modifier follow what is set for the whole face."""
    follow.follow_look(self.id_data)


class AIM_PG_detail_region(bpy.types.PropertyGroup):
    """How strongly one region of the face shows its detail (``name`` is the region)."""

    strength: FloatProperty(
        name="Strength",
        description="Depth of wrinkles and pores of this region, times what they are",
        default=1.0,
        min=0.0,
        max=10.0,
        soft_max=2.0,
        **_of_modifier("strength"),
    )
    response: FloatProperty(
        name="Response",
        description="How soon wrinkles of this region open: 2 opens them at half the compression",
        default=1.0,
        min=0.05,
        max=10.0,
        soft_min=0.25,
        soft_max=4.0,
        **_of_modifier("response"),
    )
    spacing: FloatProperty(
        name="Spacing",
        description="Distance between the lines of generic skin in this region, times usual; the next generic skin "
        "takes it",
        default=1.0,
        min=0.2,
        max=5.0,
        soft_min=0.5,
        soft_max=2.0,
    )


class AIM_PG_detail(bpy.types.PropertyGroup):
    """Wrinkles and pores of a face, on its neutral object."""

    source: EnumProperty(
        name="From", description="What the heights are read from", items=DETAIL_SOURCES
    )
    folder: StringProperty(
        name="Folder",
        description="A folder with a high-resolution scan, or a height map, of each expression by its name",
        subtype='DIR_PATH',
        options=compat.path_options(),
    )
    scan_unit: EnumProperty(
        name="Unit",
        description="What one unit of the scans' files is",
        items=UNITS,
    )
    y_up: BoolProperty(
        name="Y Up",
        description="The files of the scans have Y up, as most OBJ files; turned off, Z is up",
        default=True,
    )
    png_mm: FloatProperty(
        name="White of PNG (mm)",
        description="Height from mid grey to white of PNG maps; 0 for what detail.json beside them says",
        default=0.0,
        min=0.0,
        max=100.0,
        precision=3,
    )
    size: EnumProperty(
        name="Map Size",
        description="Pixels of a side of the maps",
        items=DETAIL_SIZES,
        default='1024',
    )
    tile: IntProperty(
        name="UDIM Tile",
        description="The tile of the UV map that the face lies in; the next detail takes it",
        default=1001,
        min=1001,
        max=1999,
    )
    fill: BoolProperty(
        name="Fill with Generic Skin",
        description="Put generic lines where no scan compresses the skin; they are nobody's own",
        default=False,
    )
    age: FloatProperty(
        name="Age", description="Age of generic skin, years", default=40.0, min=5.0, max=100.0
    )
    seed: IntProperty(
        name="Seed",
        description="Whose lines generic skin has; each number is another person",
        min=0,
    )
    spacing: FloatProperty(
        name="Spacing",
        description="Distance between the lines of generic skin, times usual; the next generic skin takes it",
        default=1.0,
        min=0.2,
        max=5.0,
        soft_min=0.5,
        soft_max=2.0,
    )
    strength: FloatProperty(
        name="Strength",
        description="Depth of all wrinkles and pores, times what they are",
        default=1.0,
        min=0.0,
        max=10.0,
        soft_max=2.0,
        update=_look_changed,
        options=set(),
    )
    pores: FloatProperty(
        name="At Rest",
        description="Depth of pores and of lines that the neutral shows, times what they are",
        default=1.0,
        min=0.0,
        max=10.0,
        soft_max=2.0,
        update=_look_changed,
        options=set(),
    )
    relief: EnumProperty(
        name="Relief",
        description="How the renderer shows the heights",
        items=RELIEFS,
        update=_look_changed,
        options=set(),
    )
    shown: BoolProperty(
        name="Show Detail",
        description="Show wrinkles and pores; off shows the face as it was before",
        default=True,
        update=_look_changed,
        options=set(),
    )
    colours: BoolProperty(
        name="Compression Colours",
        description="Show in solid views which way the skin is compressed",
        default=False,
    )
    regions: CollectionProperty(type=AIM_PG_detail_region)
    active_region: IntProperty(name="Active Region", description="The region shown below the list")
    # What leaves Blender.
    output: StringProperty(
        name="Maps to",
        description="A folder for maps of frames and shapes; it is made when it is missing",
        subtype='DIR_PATH',
        options=compat.path_options(),
    )
    map_format: EnumProperty(
        name="Format",
        description="Of height maps",
        items=(
            ('EXR', "EXR", "Half floats: a height in millimetres is a number in the file"),
            ('PNG', "PNG, 16 Bit", "Mid grey is no height, white 2 mm; detail.json says so"),
        ),
    )
    green: EnumProperty(
        name="Green of Normal Maps",
        description="Which way green points; the wrong one turns wrinkles inside out",
        items=(
            ('OPENGL', "Up", "OpenGL: Unity, Godot, glTF, Blender, Maya"),
            ('DIRECTX', "Down", "DirectX: Unreal Engine, 3ds Max"),
        ),
    )
    resume: BoolProperty(
        name="Keep Frames That Are There",
        description="Leave maps that the folder holds as they are, so that a stopped sequence goes on",
        default=False,
    )
    multires_levels: IntProperty(
        name="Levels",
        description="Of subdivision: each has four times as many faces as the one before",
        default=3,
        min=1,
        max=6,
        soft_max=4,
    )
    # What was made, and for which skin.
    constant_image: PointerProperty(
        name="At Rest Image", description="Heights of the skin at rest, mm", type=bpy.types.Image
    )
    compressed_image: PointerProperty(
        name="Compressed Image",
        description="Heights of four directions of compression, mm",
        type=bpy.types.Image,
    )
    group: PointerProperty(
        name="Node Group",
        description="The node group that materials show the heights by",
        type=bpy.types.NodeTree,
    )
    kind: EnumProperty(
        name="Made From",
        description="What the detail was made from",
        items=(
            ('NONE', "Nothing", "There is no detail"),
            ('SCANS', "Scans", "Heights of the actor's own scans"),
            ('GENERIC', "Generic Skin", "Lines that are nobody's own"),
        ),
    )
    faces: IntProperty(name="Faces", description="Of the rig's mesh when the detail was made")
    vertices: IntProperty(name="Vertices", description="Of the rig's mesh when the detail was made")
    width: FloatProperty(name="Width", description="Compression over which lines open")
    units_per_mm: FloatProperty(name="Units per mm", description="In the rig's own space")
    uv_map: StringProperty(name="UV Map", description="That the maps lie in")
    tile_made: IntProperty(name="UDIM Tile", description="That the maps lie in", default=1001)
    maps: IntProperty(name="Maps", description="Height maps that the detail was fitted to")
    left_out_mm: FloatProperty(name="Left-Out Scans Missed by")
    zero_mm: FloatProperty(name="No Detail Misses by")
    colour_before: StringProperty(
        name="Colours Before", description="The colour attribute that was active before"
    )


class FaceFields:
    """Wrinkles and pores of a face."""

    detail: PointerProperty(type=AIM_PG_detail)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_detail_region, AIM_PG_detail))
