# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the 3D view looks at."""

import bpy


def frame_selected(context: bpy.types.Context) -> None:
    """Let the 3D view the user works in show what is selected; nothing happens where there is no window.

    A head is a quarter of a metre high: in the view of a new file it would be a dot, or inside the default cube.
    """
    if bpy.app.background or context.screen is None:
        return
    areas = [area for area in context.screen.areas if area.type == 'VIEW_3D']
    if not areas:
        return
    area = context.area if context.area in areas else max(areas, key=lambda a: a.width * a.height)
    region = next(region for region in area.regions if region.type == 'WINDOW')
    with context.temp_override(area=area, region=region):
        bpy.ops.view3d.view_selected()
