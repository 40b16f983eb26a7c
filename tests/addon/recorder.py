# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A layout that draws nothing, refuses what Blender's would refuse, and remembers the rest."""

from types import SimpleNamespace

import bpy

_ICONS = set(bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys())


class Layout:
    """Stands in for ``bpy.types.UILayout``; all parts of one drawing share ``texts`` and ``operators``."""

    def __init__(self, parent: "Layout | None" = None) -> None:
        self.texts: list[str] = parent.texts if parent else []
        self.operators: list[str] = parent.operators if parent else []
        self.props: list[str] = parent.props if parent else []
        self.menus: list[str] = parent.menus if parent else []

    def _part(self, **_options: object) -> "Layout":
        return Layout(self)

    row = column = split = box = grid_flow = column_flow = _part

    def separator(self, **_options: object) -> None:
        """Nothing to check."""

    def label(self, text: str = "", icon: str = 'NONE', translate: bool = True) -> None:
        """A text with an icon Blender knows."""
        assert icon in _ICONS, icon
        self.texts.append(text)

    def progress(self, text: str = "", factor: float = 0.0, type: str = 'BAR') -> None:
        """A bar."""
        assert 0 <= factor <= 1
        self.texts.append(text)

    def prop(
        self, data: object, name: str, text: str | None = None, icon: str = 'NONE', **_: object
    ) -> None:
        """A property that is there; one of the user's kind has its name in brackets."""
        there = name[2:-2] in data if name.startswith('["') else name in data.bl_rna.properties
        assert there, name
        assert icon in _ICONS, icon
        self.props.append(name)

    def prop_search(
        self, data: object, name: str, search_data: object, search: str, **options: object
    ) -> None:
        """A property with the names it can have."""
        assert search in search_data.bl_rna.properties, search
        self.prop(data, name, **options)

    def operator(
        self, idname: str, text: str | None = None, icon: str = 'NONE', **_: object
    ) -> SimpleNamespace:
        """An operator that is registered."""
        module, name = idname.split(".")
        operator = getattr(getattr(bpy.ops, module), name)
        rna = operator.get_rna_type()  # raises when there is none
        assert icon in _ICONS, icon
        self.operators.append(idname)
        self.texts.append(rna.name if text is None else text)
        return SimpleNamespace()

    def operator_menu_enum(
        self, idname: str, prop: str, text: str | None = None, icon: str = 'NONE'
    ) -> SimpleNamespace:
        """A submenu with an entry for each item of an operator's property."""
        properties = self.operator(idname, text, icon)
        module, name = idname.split(".")
        rna = getattr(getattr(bpy.ops, module), name).get_rna_type()
        assert rna.properties[prop].type == 'ENUM', prop
        return properties

    def menu(self, name: str, text: str | None = None, icon: str = 'NONE') -> None:
        """A menu that is registered."""
        assert hasattr(bpy.types, name), name
        assert icon in _ICONS, icon
        self.menus.append(name)

    def template_list(
        self,
        list_name: str,
        _id: str,
        data: object,
        name: str,
        active_data: object,
        active: str,
        **_: object,
    ) -> None:
        """A list that is registered, each of its rows drawn."""
        cls = getattr(bpy.types, list_name)
        for number, item in enumerate(getattr(data, name)):
            cls.draw_item(None, bpy.context, self, data, item, 0, active_data, active, number, 0)

    def panel(self, _id: str, default_closed: bool = False) -> "tuple[Layout, Layout]":
        """An open sub-panel."""
        return Layout(self), Layout(self)

    def panel_prop(self, data: object, name: str) -> "tuple[Layout, Layout | None]":
        """A sub-panel that is open while a property says so."""
        self.prop(data, name)
        return Layout(self), Layout(self) if getattr(data, name) else None


def draw(panel: type) -> Layout:
    """What a panel, menu or list header draws now."""
    layout = Layout()
    panel.draw(SimpleNamespace(layout=layout), bpy.context)
    return layout
