# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the extension says to its users, as a translator would collect it: from its classes and its sources."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import bpy

import aim_blender_addon

PACKAGE = aim_blender_addon.__name__
FOLDER = Path(aim_blender_addon.__file__).parent
#: Blender looks names of operators, and texts of their buttons, up in this context, everything else in "*".
OPERATOR = "Operator"
#: Where functions that return a text say it to the user.
SPEAKING = ("operators/", "jobs/", "panels/", "bridge/performance/sources/")
BASES = (
    bpy.types.Operator,
    bpy.types.Panel,
    bpy.types.Menu,
    bpy.types.PropertyGroup,
    bpy.types.AddonPreferences,
)

Message = tuple[str, str]


def our_classes() -> list[type]:
    """Everything registered that has texts."""
    return [
        found
        for base in BASES
        for found in base.__subclasses__()
        if found.__module__.startswith(PACKAGE) and found.is_registered
    ]


def of_classes() -> set[Message]:
    """Names and tooltips of classes, their properties and the items of those."""
    found: set[Message] = set()
    for cls in our_classes():
        rna = cls.bl_rna
        if issubclass(cls, bpy.types.Operator):
            rna = _operator_rna(cls)
            found |= {(OPERATOR, rna.name), ("*", rna.description)}
        elif issubclass(cls, (bpy.types.Panel, bpy.types.Menu)):
            found.add(("*", cls.bl_label))
        for name in _own_properties(cls):
            if name in rna.properties:  # others are ordinary annotations
                found |= _of_property(rna.properties[name])
    return {message for message in found if message[1]}


def _operator_rna(cls: type) -> bpy.types.Struct:
    module, name = cls.bl_idname.split(".")
    return getattr(getattr(bpy.ops, module), name).get_rna_type()


def _of_property(prop: bpy.types.Property) -> set[Message]:
    if prop.is_hidden or prop.type in {'POINTER', 'COLLECTION'} and not prop.description:
        return set()
    items = prop.enum_items if prop.type == 'ENUM' else ()
    return {("*", text) for part in (prop, *items) for text in (part.name, part.description)}


def _own_properties(cls: type) -> list[str]:
    """Properties that a class of ours declares, not those that come with Blender's mix-ins."""
    parts = [part for part in cls.__mro__ if part.__module__.startswith(PACKAGE)]
    return [name for part in parts for name in part.__dict__.get("__annotations__", ())]


@functools.cache
def of_sources() -> set[str]:
    """Every text that stands in the sources, but for docstrings."""
    return {
        node.value
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@functools.cache
def trees() -> dict[Path, ast.Module]:
    """The sources that say something, without the translations themselves."""
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.rglob("*.py"))
        if "translations" not in path.parts and "__pycache__" not in path.parts
    }


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Calls of methods or functions with one of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in names:
                yield node


def drawn_texts() -> set[Message]:
    """Fixed texts that panels, menus, reports and reasons hand to Blender or to ``words``, as far as they stand in the
    same file."""
    found: set[Message] = set()
    for tree in trees().values():
        known = _assigned(tree)
        for call in calls(tree, "label", "operator", "menu", "operator_menu_enum", "progress"):
            name = getattr(call.func, "attr", "")
            context = OPERATOR if name.startswith("operator") else "*"
            for keyword in call.keywords:
                if keyword.arg == "text":
                    found |= {(context, text) for text in _constants(keyword.value, known)}
        for call in calls(tree, "draw_wrapped"):
            found |= {("*", text) for text in _constants(call.args[2], known)}
        for call in calls(tree, "report", "label"):
            if getattr(getattr(call.func, "value", None), "id", "") == "words":
                found |= {("*", text) for text in _constants(call.args[0], known)}
            elif len(call.args) == 2:
                found |= {("*", text) for text in _constants(call.args[1], known)}
    found |= {("*", text) for text in _returned_reasons()}
    return {(context, text) for context, text in found if any(map(str.isalpha, text))}


def _returned_reasons() -> Iterator[str]:
    """What functions of these places that return a text say, if it is more than a word."""
    for path, tree in trees().items():
        if not path.relative_to(FOLDER).as_posix().startswith(SPEAKING):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and getattr(node.returns, "id", "") == "str":
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return) and inner.value is not None:
                        yield from (text for text in _constants(inner.value, {}) if " " in text)


def _assigned(tree: ast.Module) -> dict[str, list[str]]:
    """Texts that each name of a file is given somewhere."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                texts = _constants(node.value, {})
                found.setdefault(getattr(target, "id", ""), []).extend(texts)
    return found


def _constants(node: ast.AST, known: dict[str, list[str]]) -> list[str]:
    """The texts that an expression can be, as far as they are written down."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*_constants(node.body, known), *_constants(node.orelse, known)]
    if isinstance(node, ast.BoolOp):
        return [text for part in node.values for text in _constants(part, known)]
    if isinstance(node, ast.Dict):
        return [text for part in node.values for text in _constants(part, known)]
    if isinstance(node, ast.Subscript):
        return _constants(node.value, known)
    if isinstance(node, ast.Name):
        return known.get(node.id, [])
    return []
