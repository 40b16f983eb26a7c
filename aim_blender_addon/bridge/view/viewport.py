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


def use_tool(context: bpy.types.Context, tools: dict[str, str]) -> None:
    """Pick the tool of the 3D view for the mode that the user is in, where ``tools`` has one."""
    _set_tool(context, tools.get(context.mode, ""))


def leave_tool(context: bpy.types.Context, tools: dict[str, str]) -> None:
    """Pick Blender's first tool where one of ``tools`` is picked."""
    active = (
        context.workspace.tools.from_space_view3d_mode(context.mode) if context.workspace else None
    )
    if active is not None and active.idname in tools.values():
        _set_tool(context, "builtin.select_box")


def _set_tool(context: bpy.types.Context, name: str) -> None:
    areas = context.screen.areas if context.screen and not bpy.app.background else ()
    area = next((area for area in areas if area.type == 'VIEW_3D'), None)
    if area is None or not name:
        return
    with context.temp_override(area=area, region=area.regions[-1]):
        bpy.ops.wm.tool_set_by_id(name=name, space_type='VIEW_3D')
