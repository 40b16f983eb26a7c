# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fine flesh is built, by the choices of the panel."""

import bpy

#: Edges of the larger cubes, mm, by size; measured on made actors, see docs/guide/muscles.md.
EDGES = {"PREVIEW": 12.0, "STANDARD": 8.0, "FINE": 5.5}


def edge_mm(settings: bpy.types.PropertyGroup) -> float:
    """The edge of the cubes that the panel asks for."""
    return EDGES.get(settings.size, settings.edge_mm)
