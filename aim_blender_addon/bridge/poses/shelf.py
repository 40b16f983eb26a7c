# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names below the pictures of the pose library's asset shelf: Blender hides them until told otherwise."""

import bpy


def show_names(context: bpy.types.Context) -> int:
    """Turn names on in the asset shelves of the 3D views that are open in Pose Mode; how many there are."""
    count = 0
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions if area.type == 'VIEW_3D' else ():
                if region.type != 'ASSET_SHELF':
                    continue
                with context.temp_override(window=window, area=area, region=region):
                    found = getattr(bpy.context, "asset_shelf", None)
                if found is not None:
                    found.show_names = True
                    count += 1
    return count
