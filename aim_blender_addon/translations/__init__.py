# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension in other languages: files for each, named after the language's code.

A file holds ``MESSAGES``: for each text in English, as it stands in the extension, the text in that language. Names of
operators and texts of buttons that start one stand in ``BUTTONS``: Blender looks those up by themselves. Fields such as
``{face}`` stay as they are and may stand anywhere in the sentence. What is missing appears in English.
"""

import bpy

from .de import common as de
from .de import retarget as de_retarget

#: The files of each language by its code; "de" serves every German.
LANGUAGES = {"de": (de, de_retarget)}


def messages() -> dict[str, dict[tuple[str, str], str]]:
    """All translations as Blender wants them: by language, then by context and English text."""
    return {
        code: {
            (context, text): said
            for file in files
            for context, texts in (("*", file.MESSAGES), ("Operator", file.BUTTONS))
            for text, said in texts.items()
        }
        for code, files in LANGUAGES.items()
    }


def register() -> None:
    """Hand the translations to Blender."""
    bpy.app.translations.register(__package__, messages())


def unregister() -> None:
    """Take them back."""
    bpy.app.translations.unregister(__package__)
