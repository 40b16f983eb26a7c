# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The menu *AIM Face* in the 3D view, where the search (F3) finds every operator.

The panel's module of a topic says what it has there: ``MENU`` is a menu of its own, ``draw_menu`` draws entries.
"""

import bpy

from ..topics import TOPICS, load


class AIM_MT_face(bpy.types.Menu):
    """Everything that can be done with a face, in the order of the work"""

    bl_idname = "AIM_MT_face"
    bl_label = "AIM Face"

    def draw(self, context: bpy.types.Context) -> None:
        """Entries have their operators' own names: those are what F3 looks for."""
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        before = None
        for panel in [load(name) for topic in TOPICS for name in topic.modules("panels")]:
            menu = getattr(panel, "MENU", None)
            # Menus of their own stand together, entries stand apart.
            if before and not (menu and hasattr(before, "MENU")):
                layout.separator()
            if menu:
                layout.menu(menu.bl_idname)
            else:
                panel.draw_menu(layout)
            before = panel


def _draw_face_menu(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.menu("AIM_MT_face")


#: Menus of the 3D view that hold *AIM Face*: those of the modes in which a face is worked on.
_IN = ("VIEW3D_MT_object", "VIEW3D_MT_pose", "VIEW3D_MT_sculpt", "VIEW3D_MT_paint_weight")
_register_classes, _unregister_classes = bpy.utils.register_classes_factory((AIM_MT_face,))


def register() -> None:
    """Register the menu and hang it into Blender's own."""
    _register_classes()
    for name in _IN:
        getattr(bpy.types, name).append(_draw_face_menu)


def unregister() -> None:
    """Take both back."""
    for name in _IN:
        getattr(bpy.types, name).remove(_draw_face_menu)
    _unregister_classes()
