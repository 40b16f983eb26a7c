# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""3D views and Workbench renders switched to colours of ours, and back to what they showed before."""

from collections.abc import Iterator

import bpy

from ..data.name_lists import read_names, write_names

#: Custom property of the screen or scene: shading type and colour type of each of its views, before.
_BEFORE = "aim_shading_before"
#: Colour types we switch to: the active colour attribute, and the objects' own colours.
VERTEX, OBJECT = 'VERTEX', 'OBJECT'


def show(colour_type: str, context: bpy.types.Context) -> None:
    """Let the 3D views of this window show such colours; vertex colours also Workbench renders of this scene."""
    _show(colour_type, context, list(_shadings(context)))


def _show(
    colour_type: str,
    context: bpy.types.Context,
    places: list[tuple[bpy.types.ID, list[bpy.types.View3DShading]]],
) -> None:
    for owner, shadings in places:
        if colour_type == OBJECT and owner == context.scene:
            continue
        if _BEFORE not in owner:
            write_names(owner, _BEFORE, [f"{shade.type} {shade.color_type}" for shade in shadings])
        for shade in shadings:
            if shade.type != 'SOLID':
                shade.type = 'SOLID'
            shade.color_type = colour_type


def restore(context: bpy.types.Context) -> None:
    """Let the views show what they did before; those the user has switched since stay as they are."""
    _restore(list(_shadings(context)))


def _restore(places: list[tuple[bpy.types.ID, list[bpy.types.View3DShading]]]) -> None:
    for owner, shadings in places:
        before = read_names(owner, _BEFORE)
        owner.pop(_BEFORE, None)
        for shade, line in zip(shadings, before, strict=False):
            if shade.type == 'SOLID' and shade.color_type in {VERTEX, OBJECT}:
                kind, colour = line.split()
                shade.color_type = colour
                shade.type = kind


def settle(colour_type: str | None, context: bpy.types.Context) -> None:
    """Let the 3D views follow after an undo, which leaves windows alone: ``colour_type`` is what they should show, None
    for what they did before. Views the user has switched since stay as they are."""
    if context.screen is None:
        return
    screen = [
        (context.screen, _views(context.screen))
    ]  # an undo brings back the scene's own by itself
    if colour_type is None:
        _restore(screen)
    elif _BEFORE not in context.screen:
        _show(colour_type, context, screen)
    else:
        for shade in _views(context.screen):
            if shade.type == 'SOLID' and shade.color_type in {VERTEX, OBJECT}:
                shade.color_type = colour_type


def _shadings(
    context: bpy.types.Context,
) -> Iterator[tuple[bpy.types.ID, list[bpy.types.View3DShading]]]:
    yield context.scene, [context.scene.display.shading]
    if context.screen is not None:
        yield context.screen, _views(context.screen)


def _views(screen: bpy.types.Screen) -> list[bpy.types.View3DShading]:
    areas = [area for area in screen.areas if area.type == 'VIEW_3D']
    return [area.spaces.active.shading for area in areas]
