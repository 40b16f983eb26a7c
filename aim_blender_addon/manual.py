# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Online Manual (F1) finds the page of an operator or property: on the page of its topic."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import bpy

from .topics import TOPICS, load, topic_of

#: The pages lie in the extension when it was built, beside it in the sources.
_FOLDERS = (Path(__file__).parent / "docs", Path(__file__).parent.parent / "docs")
#: Modules with properties that all topics share, and the topic on whose page they are explained.
_SHARED = {"properties.face": "scans", "properties.job": "setup", "preferences": "setup"}
#: Modules whose fields several topics take into their own; each explains them on its page.
_MIXED_BY_SEVERAL = {"properties.shown"}
_WITH_PROPERTIES = (bpy.types.PropertyGroup, bpy.types.AddonPreferences)


def manual_map() -> tuple[str, tuple[tuple[str, str], ...]]:
    """Address of the manual, and the page for each pattern of names; the first that matches counts."""
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), None)
    return (f"{folder.as_uri()}/", tuple(_pages())) if folder else ("", ())


def _pages() -> Iterator[tuple[str, str]]:
    for topic in TOPICS:
        for name in topic.modules("operators"):
            for operator in _classes(load(name), bpy.types.Operator):
                anchor = getattr(operator, "manual_heading", "")
                page = f"{topic.page}#{anchor}" if anchor else topic.page
                yield from _with_parts(f"bpy.ops.{operator.bl_idname}", page)
    shared = {name: f"guide/{slug}.md" for name, slug in _SHARED.items()}
    owned = {name: topic.page for topic in TOPICS for name in topic.modules("properties")}
    groups = [
        (group, page)
        for name, page in (owned | shared).items()
        for group in _classes(load(name), *_WITH_PROPERTIES)
    ]
    for group, _page in groups:
        yield from _mixed_in(group)
    for group, page in groups:
        yield from _with_parts(f"bpy.types.{group.__name__}", page)


def _mixed_in(group: type) -> Iterator[tuple[str, str]]:
    """Fields that topics mix into a group of another one."""
    for base in group.__mro__[1:]:
        name = base.__module__.removeprefix(f"{__package__}.")
        if not name.startswith("properties.") or name in _MIXED_BY_SEVERAL:
            continue
        for part in base.__mro__:
            if part is base or part.__module__.removeprefix(f"{__package__}.") in _MIXED_BY_SEVERAL:
                for field in inspect.get_annotations(part):
                    page = topic_of(base.__module__).page
                    yield f"bpy.types.{group.__name__}.{field}".lower(), page


def _with_parts(name: str, page: str) -> Iterator[tuple[str, str]]:
    """A class and its properties; Blender asks in small letters."""
    yield name.lower(), page
    yield f"{name.lower()}.*", page


def _classes(module: ModuleType, *bases: type) -> list[type]:
    """The classes of these kinds that stand in a module."""
    return [
        found
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, bases)
        and found.__module__ == module.__name__
        and getattr(found, "is_registered", False)
    ]


def register() -> None:
    """Let Blender ask."""
    bpy.utils.register_manual_map(manual_map)


def unregister() -> None:
    """Take it back."""
    bpy.utils.unregister_manual_map(manual_map)
