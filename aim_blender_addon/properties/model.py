# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend about the model of a face, beside the model itself."""

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, PointerProperty, StringProperty


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


class FaceFields:
    """The stored model of a face, in figures."""

    report: PointerProperty(type=AIM_PG_fit_report)


register, unregister = bpy.utils.register_classes_factory((AIM_PG_fit_report,))
