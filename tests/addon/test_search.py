# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operator is in a menu, so that no key is needed and F3 finds it by its name; F1 opens its page."""

import re
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlparse

import bpy
import pytest

from aim_blender_addon import manual
from tests.addon.recorder import Layout, draw

PACKAGE = "aim_blender_addon"
#: Operators that no menu holds, and why.
NOT_IN_A_MENU = {
    "aim.fit_preset_add": "the plus and minus of the presets' popover, which gives it a name"
}
#: What the classes with properties are called.
GROUPS = ("AIM_PG_", "AIM_AP_")


def operators() -> list[str]:
    return [f"aim.{name}" for name in dir(bpy.ops.aim) if not name.startswith("_")]


def label(idname: str) -> str:
    return getattr(bpy.ops.aim, idname.partition(".")[2]).get_rna_type().name


def menus_of_blender() -> Iterator[Layout]:
    """What we have added to Blender's own menus, drawn."""
    for name in dir(bpy.types):
        menu = getattr(bpy.types, name)
        if "_MT_" not in name or name.startswith("AIM_"):
            continue
        for function in getattr(getattr(menu, "draw", None), "_draw_funcs", ()):
            if function.__module__.startswith(PACKAGE):
                layout = Layout()
                function(SimpleNamespace(layout=layout), bpy.context)
                yield layout


def entries() -> dict[str, list[str]]:
    """Operators that can be reached from Blender's menus, with the texts they have there."""
    found: dict[str, list[str]] = {}
    waiting = list(menus_of_blender())
    drawn: set[str] = set()
    while waiting:
        layout = waiting.pop()
        for idname, text in zip(layout.operators, layout.texts, strict=True):
            found.setdefault(idname, []).append(text)
        new = set(layout.menus) - drawn
        drawn |= new
        waiting += [draw(getattr(bpy.types, name)) for name in new]
    return found


def test_every_operator_is_in_a_menu_so_that_f3_finds_it() -> None:
    missing = set(operators()) - set(entries()) - set(NOT_IN_A_MENU)
    assert not missing, f"add to the menu in panels/<topic>.py: {sorted(missing)}"


@pytest.mark.parametrize("name", ["VIEW3D_MT_object", "VIEW3D_MT_pose", "VIEW3D_MT_sculpt"])
def test_the_menu_is_there_in_object_pose_and_sculpt_mode(name: str) -> None:
    ours = [
        function
        for function in getattr(bpy.types, name).draw._draw_funcs
        if function.__module__ == f"{PACKAGE}.panels.menus"
    ]
    assert len(ours) == 1


def test_names_tell_operators_apart() -> None:
    twice = [name for name, count in Counter(map(label, operators())).items() if count > 1]
    assert not twice


def test_names_make_sense_without_the_panel_around_them() -> None:
    """F3 shows the name alone: a verb with what it does it to, each word but the small ones large."""
    for idname in operators():
        words = label(idname).split()
        assert len(words) >= 2, idname
        assert all(re.match(r"[A-Z(]|(as|by|in|for|from|to|of|and)$", word) for word in words), (
            idname
        )


def pages() -> tuple[Path, tuple[tuple[str, str], ...]]:
    prefix, found = manual.manual_map()
    return Path(unquote(urlparse(prefix).path)), found


def page_of(identifier: str) -> str | None:
    """The page Blender opens for an identifier, which it writes in small letters."""
    return next(
        (page for pattern, page in pages()[1] if fnmatchcase(identifier.lower(), pattern)), None
    )


def test_f1_has_a_page_for_every_operator() -> None:
    assert not [name for name in operators() if not page_of(f"bpy.ops.{name}")]


def groups() -> list[type]:
    return [
        found
        for base in (bpy.types.PropertyGroup, bpy.types.AddonPreferences)
        for found in base.__subclasses__()
        if found.__module__.startswith(PACKAGE) and found.is_registered
    ]


def properties() -> list[str]:
    return [
        f"bpy.types.{group.__name__}.{name}"
        for group in groups()
        for name in group.bl_rna.properties.keys()
        if name != "rna_type"
    ]


def test_f1_has_a_page_for_every_property() -> None:
    assert {group.__name__[:7] for group in groups()} == set(GROUPS)
    assert len(properties()) > 40
    assert not [name for name in properties() if not page_of(name)]


@pytest.mark.parametrize(
    ("identifier", "page"),
    [
        ("bpy.ops.aim.bake", "guide/rig.md"),
        ("bpy.ops.aim.bake.use_action", "guide/rig.md"),
        ("bpy.ops.aim.solve_handles", "guide/sculpt.md"),
        ("bpy.ops.aim.constrain_key", "guide/sculpt.md#sculpted-freely"),
        ("bpy.types.AIM_PG_face.skull", "guide/bones.md"),
        ("bpy.types.AIM_PG_face.jaw_open", "guide/jaw.md"),
        ("bpy.types.AIM_PG_face.is_face", "guide/scans.md"),
        ("bpy.types.AIM_PG_scan.jaw_pin", "guide/jaw.md"),
        ("bpy.types.AIM_PG_scan.use", "guide/scans.md"),
        ("bpy.types.AIM_AP_preferences.device", "guide/setup.md"),
    ],
)
def test_f1_opens_the_page_of_the_topic(identifier: str, page: str) -> None:
    assert page_of(identifier) == page


def test_pages_and_headings_of_the_manual_exist() -> None:
    folder, found = pages()
    for pattern, page in found:
        file, _, anchor = page.partition("#")
        text = (folder / file).read_text(encoding="utf-8")
        headings = {
            re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
            for line in text.splitlines()
            if line.startswith("#")
        }
        assert not anchor or anchor in headings, pattern


def test_no_pattern_of_the_manual_is_left_over() -> None:
    """Each leads somewhere from something that is registered."""
    known = [f"bpy.types.{group.__name__}" for group in groups()] + properties()
    for name in operators():
        rna = getattr(bpy.ops.aim, name.partition(".")[2]).get_rna_type()
        known += [f"bpy.ops.{name}", *(f"bpy.ops.{name}.{prop}" for prop in rna.properties.keys())]
    for pattern, _page in pages()[1]:
        assert any(fnmatchcase(name.lower(), pattern) for name in known), pattern
