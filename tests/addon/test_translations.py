# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ready for other languages: whole sentences with named fields, and translations that belong to something."""

import ast
import string

import bpy
import pytest

from aim_blender_addon import translations, words
from aim_blender_addon.topics import TOPICS
from tests.addon import faces, messages

#: The least share of all texts that a language must cover; the rest appears in English.
COVERED = 0.6
#: Where texts for the user are made; what is said elsewhere is an error.
SPEAKING = (
    "operators/",
    "panels/",
    "jobs/driver",
    "jobs/status",
    "jobs/remaining",
    "bridge/performance/sources/",
)
#: Files whose f-strings with words are no sentences for the user, and what they are.
NO_SENTENCES = {
    "operators/fit/presets.py": "lines of Python in a preset",
    "operators/setup/runtime.py": "versions of packages, and the name of a text block",
    "operators/scans/import_scans.py": "the name of a collection",
}


@pytest.fixture(params=sorted(translations.LANGUAGES))
def language(request: pytest.FixtureRequest) -> str:
    return request.param


def entries(language: str) -> dict[messages.Message, str]:
    return translations.messages()[language]


def fields(text: str) -> list[tuple[str, str]]:
    """Names and formats of the fields of a sentence."""
    return sorted(
        (name, form or "")
        for _, name, form, _ in string.Formatter().parse(text)
        if name is not None
    )


@pytest.mark.one_blender
def test_every_translation_belongs_to_a_text_of_the_extension(language: str) -> None:
    known = messages.of_classes() | messages.drawn_texts()
    known |= {("*", text) for text in messages.of_sources()}
    stale = sorted(text for _context, text in set(entries(language)) - known)
    assert not stale, f"reworded or gone: take these out of translations/{language}/: {stale}"


def test_each_text_stands_in_one_file_named_after_a_topic(language: str) -> None:
    seen: dict[tuple[str, str], str] = {}
    for file in translations.files(language):
        name = file.__name__.rpartition(".")[2]
        assert name in {"common", *(topic.slug for topic in TOPICS)}
        for kind in ("MESSAGES", "BUTTONS"):
            for text in getattr(file, kind, {}):
                assert (kind, text) not in seen, f"{text}: in {name} and {seen[kind, text]}"
                seen[kind, text] = name


def test_a_translation_has_the_fields_of_its_text(language: str) -> None:
    for (_context, text), said in entries(language).items():
        assert said.strip(), text
        assert fields(said) == fields(text), text
        assert (said[-1] == ".") == (text[-1] == ".") or text.endswith("..."), text


def test_a_language_covers_most_of_what_is_said(language: str) -> None:
    known = messages.of_classes() | messages.drawn_texts()
    # Blender translates its own words ("Object") itself.
    covered = known & set(entries(language))
    assert len(covered) >= COVERED * len(known), sorted(known - covered)


def test_every_name_and_tooltip_of_ours_can_be_collected() -> None:
    """Nothing is made at run time, where no translator would find it: each stands in a source as it is shown."""
    literals = messages.of_sources()
    docstrings = {cls.__doc__ for cls in messages.our_classes()}
    for _context, text in messages.of_classes():
        assert text in literals | docstrings, text


def test_no_sentence_is_glued_from_pieces() -> None:
    """A text with a name or number in it is one sentence with named fields (``words``); errors are English."""
    glued = []
    for path, tree in messages.trees().items():
        place = path.relative_to(messages.FOLDER)
        if not place.as_posix().startswith(SPEAKING) or place.as_posix() in NO_SENTENCES:
            continue
        in_errors = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.Raise)
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and node not in in_errors and _has_words(node):
                glued.append(f"{place}:{node.lineno}")
    assert not glued


def _has_words(node: ast.JoinedStr) -> bool:
    """Whether more than a unit stands between the fields."""
    text = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
    return any(len(word) > 2 and word.isalpha() for word in text.split())


def test_words_are_only_asked_for_whole_sentences() -> None:
    """What is translated is never put together first."""
    for path, tree in messages.trees().items():
        for call in messages.calls(tree, "report", "label"):
            if getattr(getattr(call.func, "value", None), "id", "") == "words":
                assert not isinstance(call.args[0], (ast.JoinedStr, ast.BinOp)), (
                    f"{path}:{call.lineno}"
                )


def test_sentences_are_translated_before_they_are_filled_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Blender's Python module has no languages of its own: here the look-up is done for it."""
    german = entries("de")
    monkeypatch.setattr(words, "pgettext_rpt", lambda text: german.get(("*", text), text))
    faces.new_face()
    from aim_blender_addon.operators.scans.scans import scans_text

    assert scans_text(bpy.context.active_object) == f"{bpy.context.active_object.name} hat 3 Scans."
    assert words.report("A path with {braces}") == "A path with {braces}"
