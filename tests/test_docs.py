# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the pages: links and anchors lead somewhere, sentences are short, terms stand once."""

import re
from collections import Counter
from pathlib import Path

import pytest

from aim_blender_addon.topics import TOPICS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
GLOSSARY = ROOT / "docs" / "development" / "glossary.md"
#: A sentence is to have 25 words at most. More than this many fails.
LONGEST_SENTENCE = 30
LONGEST_PARAGRAPH = 140
#: A decision record has at most so many lines.
LONGEST_RECORD = 30


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _without_code(text: str) -> str:
    """The page without code blocks and without what stands between backticks."""
    text = re.sub(r"^( *)```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "Code", text)


def anchors(text: str) -> set[str]:
    """The anchors that headings of a page get on the web.

    >>> sorted(anchors("# Room for the jaw\\n## `make demo`"))
    ['make-demo', 'room-for-the-jaw']
    """
    text = re.sub(r"^( *)```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^#+ (.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in found}


def sentences(text: str) -> list[str]:
    """The sentences of a page, outside tables, headings, code and formulas.

    >>> sentences("# Title\\nOne here. Two,\\nover lines.\\n\\n| a | b |\\n\\n* An item")
    ['One here.', 'Two, over lines.', 'An item']
    """
    blocks: list[str] = []
    for block in re.split(r"\n\s*\n", _without_code(text)):
        part: list[str] = []
        for line in block.splitlines():
            if re.match(r"\s*(\||#|!\[|<!--|    \S)", line):
                continue
            if re.match(r"\s*([*-]|\d+\.) ", line) and part:
                blocks.append(" ".join(part))
                part = []
            part.append(re.sub(r"^\s*([*-]|\d+\.) ", "", line).strip())
        if part:
            blocks.append(" ".join(part))
    split = [re.split(r"(?<=[.!?:])[*)\"]* +(?=[A-Z0-9*\[`\"(])", block) for block in blocks]
    return [sentence.strip() for block in split for sentence in block if sentence.strip()]


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_and_anchors_exist(page: Path) -> None:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", _without_code(page.read_text(encoding="utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = page if not path else page.parent / path
        if not target.exists():
            dead.append(link)
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            dead.append(link)
    assert not dead


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_sentence_is_too_long(page: Path) -> None:
    found = sentences(page.read_text(encoding="utf-8"))
    assert not [one for one in found if len(one.split()) > LONGEST_SENTENCE]


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_paragraph_is_too_long(page: Path) -> None:
    for block in re.split(r"\n\s*\n", _without_code(page.read_text(encoding="utf-8"))):
        if not re.match(r"\s*(<!--.*-->\s*)?([|*-]|\d+\.)", block):
            assert len(block.split()) <= LONGEST_PARAGRAPH, block[:80]


def test_every_page_is_reached_from_the_index() -> None:
    """A page that no link leads to is never read."""
    index = ROOT / "docs" / "README.md"
    seen, todo = {index}, [index]
    while todo:
        page = todo.pop()
        for path in re.findall(r"\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8")):
            target = (page.parent / path).resolve()
            if "://" not in path and target.exists() and target not in seen:
                seen.add(target)
                todo.append(target)
    assert not {_name(page) for page in PAGES if page.is_relative_to(ROOT / "docs")} - {
        _name(page) for page in seen
    }


def test_the_architecture_page_names_every_room() -> None:
    page = (ROOT / "docs" / "development" / "architecture.md").read_text(encoding="utf-8")
    addon = ROOT / "aim_blender_addon"
    rooms = [
        path.parent.relative_to(addon).as_posix().removeprefix("backend/")
        for path in addon.rglob("__init__.py")
        if path.parent != addon and "translations" not in path.parts
    ]
    assert len(rooms) > 20
    assert not [room for room in rooms if f"`{room}/" not in page and f"`{room}`" not in page]


def test_the_architecture_page_lists_the_topics() -> None:
    page = (ROOT / "docs" / "development" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (\w+) \| `operators/\w+/` \| (\S+) \|$", page, re.MULTILINE)
    assert rows == [(topic.slug, topic.title, topic.room or "-") for topic in TOPICS]


def test_every_source_that_is_cited_stands_in_the_list() -> None:
    sources = (ROOT / "docs" / "development" / "references.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| (\[.*?\])(?: †)? \|", sources, re.MULTILINE)
    keys = {key for names in named for key in re.findall(r"\[(\w+)\]", names)}
    assert len(keys) > 20
    files = [*PAGES, *(ROOT / "aim_blender_addon").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    cited = {
        key for file in files for key in re.findall(r"\[([A-Z]\w+\d{4})\]", file.read_text("utf-8"))
    }
    assert cited and not cited - keys


def test_every_term_of_the_glossary_appears_once() -> None:
    rows = re.findall(r"^\| \*\*(.+?)\*\*", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    terms = Counter(term.lower() for row in rows for term in re.split(r", ", row))
    assert len(terms) > 40
    assert not [term for term, count in terms.items() if count > 1]


def test_decision_records_are_short() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert len(records) > 5
    long = {_name(page): len(page.read_text(encoding="utf-8").splitlines()) for page in records}
    assert not {name: lines for name, lines in long.items() if lines > LONGEST_RECORD}
