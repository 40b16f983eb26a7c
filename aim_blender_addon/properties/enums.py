# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choices of the properties: identifier, name and description of each item.

A choice that the worker knows as well is made from its enum. Numbers are given where a .blend keeps them, so that the
order in which items stand here means nothing.
"""

import bpy

from ..backend.editing.handle_states import STATE_TEXTS, HandleKind, HandleState
from ..backend.fitting import device
from ..backend.live import formats
from ..backend.muscles import material

SCAN_SOURCES = (
    ("OBJECTS", "Objects", "Every scan is a mesh object"),
    ("SHAPE_KEYS", "Shape Keys", "Every scan is a shape key of the neutral"),
)
JAW_PINS = (
    ("NONE", "Found", "The fit finds the jaw's pose"),
    ("POSE", "Posed", "The jaw is pinned to a pose"),
    ("MARKS", "Marked", "The jaw is pinned by marks on the incisors"),
)
#: Units that files and scenes are in.
UNITS = (
    ("MM", "Millimetres", "One unit is one millimetre"),
    ("CM", "Centimetres", "One unit is one centimetre"),
    ("M", "Metres", "One unit is one metre"),
)
SCAN_UNITS = (
    ("SCENE", "Scene Units", "One unit is as long as the scene's unit settings say"),
    *UNITS,
)
COLOUR_MODES = (
    ("OFF", "Off", "Show the material's own colours"),
    ("THICKNESS", "Soft-Tissue Thickness", "Show how far the skin lies above the bone"),
    ("JAW_WEIGHT", "Jaw Weight", "Show how much each point follows the jaw"),
    ("BONE_DISTANCE", "Bone Distance", "Show the distance from the skin to the nearest bone"),
    (
        "CONFIDENCE",
        "Confidence",
        "Show where bone lies below the skin (1) and where its thickness is only a smooth continuation (0)",
    ),
)

#: What heights of the skin are read from.
DETAIL_SOURCES = (
    (
        "SCANS",
        "High-Resolution Scans",
        "A folder with an OBJ or PLY of each expression, 0.4 mm or finer",
    ),
    (
        "MAPS",
        "Height Maps",
        "A folder with an EXR or 16-bit PNG of each expression, in this UV map",
    ),
)
DETAIL_SIZES = (
    ("256", "256", "1.2 mm a pixel: coarse lines only"),
    ("512", "512", "0.6 mm a pixel: for a first look"),
    ("1024", "1024", "0.3 mm a pixel"),
    ("2048", "2048", "0.15 mm a pixel: for close-ups; memory is 4 times as much"),
    ("4096", "4096", "0.07 mm a pixel; memory is 16 times as much"),
)
#: How renderers show heights; identifiers are those of ``Material.displacement_method``.
RELIEFS = (
    ("BUMP", "Bump", "Shade the skin as if it had the heights: quick, and any mesh will do"),
    ("DISPLACEMENT", "Displacement", "Move the skin; it needs a finely subdivided mesh"),
    ("BOTH", "Displacement and Bump", "Move the skin, and shade what is finer than its mesh"),
)

#: What a head can be given; identifiers are ``backend.inside.kinds.KINDS``.
INSIDE_KINDS = (
    ("TEETH", "Teeth", "The upper row moves with the skull, the lower one with the jaw", 1),
    ("GUMS", "Gums", "Gums of both rows; those of other teeth stay as they are", 2),
    ("TONGUE", "Tongue", "It moves with the jaw, and its root stays", 4),
    ("LINING", "Lining", "The inside of lips and cheeks, palate and throat; it begins on the edge of the skin", 8),
    ("EYES", "Eyes", "Eyeballs behind the lids, with bones that turn them", 16),
    ("LASHES", "Lashes", "Lashes along the rims of the lids", 32),
)  # fmt: skip

#: Name, description and icon of each kind of handle.
_KINDS = {
    HandleKind.TARGET: ("Target", "The point goes where the handle is dragged", 'EMPTY_AXIS'),
    HandleKind.PIN: ("Pin", "The point stays where it is", 'PINNED'),
    HandleKind.PLANE: ("Plane", "The point goes to a plane and slides in it", 'MESH_PLANE'),
}
HANDLE_KINDS = tuple((kind.name, *texts, kind.value) for kind, texts in _KINDS.items())

#: The state of a handle that the worker has not answered yet.
UNSOLVED = "NEW"
#: Description and icon of each state of a handle; the names are ``STATE_TEXTS``.
_STATES = {
    HandleState.REACHED: ("The point is where it shall be, to 0.1 mm", 'CHECKMARK'),
    HandleState.CONTRADICTED: ("Tissue does not stretch as far as two handles ask", 'ERROR'),
    HandleState.BONE: ("The skin lies on a bone", 'BONE_DATA'),
    HandleState.THIN: ("The tissue cannot be pressed farther", 'TRIA_DOWN_BAR'),
    HandleState.THICK: ("The skin cannot leave the bone farther", 'TRIA_UP_BAR'),
    HandleState.JAW: ("The jaw is at the end of what its joint and skin allow", 'CON_ROTLIMIT'),
    HandleState.TISSUE: ("No expression and no bulge of skin gets there", 'MOD_CLOTH'),
    HandleState.SKIN: ("Lips and lids meet, they do not pass each other", 'MOD_THICKNESS'),
}
HANDLE_STATES = (
    (UNSOLVED, "not solved yet", "The face does not follow this handle yet", 'RADIOBUT_OFF', 0),
    *(
        (state.name, STATE_TEXTS[state], description, icon, 1 + state.value)
        for state, (description, icon) in _STATES.items()
    ),
)

TAKE_OUTPUTS = (
    ("RIG", "Rig Animation", "Head, jaw and shape keys of the rig, with corrective shape keys"),
    (
        "CACHE",
        "Mesh Cache",
        "A copy of the neutral that plays the solved skin exactly, from a file",
    ),
)

#: Sizes of flesh; edges in millimetres are ``bridge.muscles.sizes.EDGES``.
FLESH_SIZES = (
    ("PREVIEW", "Preview (8k)", "About 8,000 tetrahedra: to see whether it works, in seconds", 0),
    ("STANDARD", "Standard (20k)", "About 20,000 tetrahedra: for work", 1),
    (
        "FINE",
        "Fine (50k)",
        "About 50,000 tetrahedra: for close-ups; memory and time grow with them",
        2,
    ),
    ("CUSTOM", "Custom", "By the size of its cubes", 3),
)
FLESH_CUTS = (
    ("SIDE", "Left", "The left side of the face goes first", 0),
    ("FRONT", "Front", "The front of the face goes first", 1),
    ("TOP", "Top", "The top of the face goes first", 2),
)
PICTURE_CAMERAS = (
    ("KNOWN", "As It Is", "The scene's camera has the lens and place that took the picture", 1),
    (
        "FOUND",
        "Lens Not Known",
        "Lens and place are found; the picture is whole, so that its middle is that of the lens",
        2,
    ),
)
SIMULATION_OUTPUTS = (
    (
        "CORRECTIVES",
        "Corrective Shapes",
        "Shape keys on the rig with curves of their own, which add what the simulation has beyond the sliders",
        0,
    ),
    (
        "CACHE",
        "Mesh Cache",
        "A copy of the face that plays the simulated skin exactly, from a file",
        1,
    ),
)

#: What flesh is made of; a .blend keeps the numbers, in the order of the presets.
MATERIALS = (
    *((row.name.upper(), row.label, row.description, n) for n, row in enumerate(material.PRESETS)),
    ("CUSTOM", "Custom", "By its numbers", 99),
)
SIMULATION_RANGES = (
    ("SCENE", "Scene", "The frame range of the scene", 0),
    ("CUSTOM", "Custom", "From a frame to another", 1),
)

#: Name and description of each device.
_DEVICES = {
    "auto": (
        "Automatic",
        "The graphics card when the Python environment can use it, else the processor",
    ),
    "cpu": ("CPU", "The processor"),
    "cuda": ("CUDA or ROCm", "A graphics card by NVIDIA or AMD"),
    "mps": ("Metal", "The graphics of an Apple computer"),
}
DEVICES = tuple((name.upper(), *_DEVICES[name]) for name in device.DEVICES)
BUILDS = (
    ("CPU", "CPU", "Works everywhere"),
    ("CUDA", "CUDA", "For a graphics card by NVIDIA, on Linux and Windows"),
    ("MPS", "Metal", "For Apple computers with their own processors"),
    ("ROCM", "ROCm", "For a graphics card by AMD, on Linux; its index has to be given"),
)
LIVE_FORMATS = tuple((row.identifier, row.label, row.tooltip) for row in formats.LIVE_FORMATS)
LOG_LEVELS = (
    ("WARNING", "Problems", "Only what went wrong"),
    ("INFO", "Jobs", "Also every job and how long it took"),
    ("DEBUG", "Everything", "Also what helps to find a fault"),
)


def chosen(group: bpy.types.PropertyGroup, name: str) -> bpy.types.EnumPropertyItem:
    """The item that the enum property ``name`` of ``group`` has: its name, description and icon."""
    return group.bl_rna.properties[name].enum_items[getattr(group, name)]
