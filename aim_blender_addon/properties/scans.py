# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about the scans of a face."""

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

from .enums import SCAN_SOURCES, SCAN_UNITS
from .jaw import IDENTITY, ScanFields
from .polls import is_mesh


class AIM_PG_scan(ScanFields, bpy.types.PropertyGroup):
    """One expression scan of a face, and what the last fit found for it."""

    # ``name`` comes with PropertyGroup: the expression's name, also that of its shape key when baked.
    object: PointerProperty(
        name="Object",
        description="The mesh object of this scan",
        type=bpy.types.Object,
        poll=is_mesh,
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
    jaw_degrees: FloatProperty(
        name="Jaw Opening", description="How far the jaw has turned in this scan, in degrees"
    )
    jaw_uncertain_mm: FloatProperty(
        name="Jaw Within",
        description="Nine of ten jaws lie within this of what the fit found, in millimetres at the lower incisors",
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


class FaceFields:
    """The scans of a face."""

    scans: CollectionProperty(type=AIM_PG_scan)
    active_scan: IntProperty(name="Active Scan", description="The scan shown below the list")
    scan_source: EnumProperty(
        name="Source", description="Where the scans of this face are", items=SCAN_SOURCES
    )
    scan_unit: EnumProperty(
        name="Scan Unit", description="How long one unit of the scans is", items=SCAN_UNITS
    )


register, unregister = bpy.utils.register_classes_factory((AIM_PG_scan,))
