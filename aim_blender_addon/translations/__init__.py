# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension in other languages: a file for each, named after the language's code.

A file holds ``MESSAGES``: for each text in English, as it stands in the extension, the text in that language. Names of
operators and texts of buttons that start one stand in ``BUTTONS``: Blender looks those up by themselves. Fields such as
``{face}`` stay as they are and may stand anywhere in the sentence. What is missing appears in English.
"""

import bpy

from . import de

#: By the code of the language; "de" serves every German.
LANGUAGES = {"de": de}


def messages() -> dict[str, dict[tuple[str, str], str]]:
    """All translations as Blender wants them: by language, then by context and English text."""
    return {
        code: {("*", text): said for text, said in language.MESSAGES.items()}
        | {("Operator", text): said for text, said in language.BUTTONS.items()}
        for code, language in LANGUAGES.items()
    }


def register() -> None:
    """Hand the translations to Blender."""
    bpy.app.translations.register(__package__, messages())


def unregister() -> None:
    """Take them back."""
    bpy.app.translations.unregister(__package__)
