# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""3D views and Workbench renders switched to the active colour attribute, and back to what they showed before."""

from collections.abc import Iterator

import bpy

#: Custom property of the screen or scene: shading type and colour type of each of its views, before.
_BEFORE = "aim_shading_before"


def show_vertex_colours(context: bpy.types.Context) -> None:
    """Let the 3D views of this window and Workbench renders of this scene show the active colour attribute."""
    for owner, shadings in _shadings(context):
        if _BEFORE not in owner:
            owner[_BEFORE] = "\n".join(f"{shade.type} {shade.color_type}" for shade in shadings)
        for shade in shadings:
            if shade.type != 'SOLID':
                shade.type = 'SOLID'
            shade.color_type = 'VERTEX'


def restore(context: bpy.types.Context) -> None:
    """Let the views show what they did before; those the user has switched since stay as they are."""
    for owner, shadings in _shadings(context):
        before = str(owner.pop(_BEFORE, "")).split("\n")
        for shade, line in zip(shadings, before, strict=False):
            if line and (shade.type, shade.color_type) == ('SOLID', 'VERTEX'):
                kind, colour = line.split()
                shade.color_type = colour
                shade.type = kind


def _shadings(
    context: bpy.types.Context,
) -> Iterator[tuple[bpy.types.ID, list[bpy.types.View3DShading]]]:
    yield context.scene, [context.scene.display.shading]
    screen = context.screen
    if screen is not None:
        spaces = [area.spaces.active for area in screen.areas if area.type == 'VIEW_3D']
        yield screen, [space.shading for space in spaces]
