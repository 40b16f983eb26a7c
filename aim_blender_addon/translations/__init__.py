# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension in other languages: a folder for each, named after the language's code.

It holds a file for each topic, and ``common`` for what several say. ``MESSAGES`` has for each text in English, as it
stands in the extension, the text in that language. Names of operators and texts of buttons that start one stand in
``BUTTONS``: Blender looks those up by themselves. Fields such as ``{face}`` stay as they are and may stand anywhere in
the sentence. What is missing appears in English.
"""

from pathlib import Path
from types import ModuleType

import bpy

from ..topics import load, modules_in

#: Codes of the languages; "de" serves every German.
LANGUAGES = tuple(sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py")))


def files(language: str) -> list[ModuleType]:
    """The modules with the texts of a language."""
    return [load(name) for name in modules_in(f"translations.{language}")]


def messages() -> dict[str, dict[tuple[str, str], str]]:
    """All translations as Blender wants them: by language, then by context and English text."""
    return {
        language: {
            (context, text): said
            for file in files(language)
            for context, kind in (("*", "MESSAGES"), ("Operator", "BUTTONS"))
            for text, said in getattr(file, kind, {}).items()
        }
        for language in LANGUAGES
    }


def register() -> None:
    """Hand the translations to Blender."""
    bpy.app.translations.register(__package__, messages())


def unregister() -> None:
    """Take them back."""
    bpy.app.translations.unregister(__package__)
