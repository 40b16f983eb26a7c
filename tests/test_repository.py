# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the repository as a whole: versions, headers, links."""

import importlib
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from aim_blender_addon.topics import TOPICS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def _python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def _tool(name: str) -> ModuleType:
    """A script of ``tools/``, imported as it is when it runs."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "tools"))


def _manifest() -> dict:
    return tomllib.loads((ROOT / "aim_blender_addon" / "blender_manifest.toml").read_text())


def test_changelog_starts_with_the_manifest_version() -> None:
    sections = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = [name for name in sections if name != "Unreleased"]
    assert released[0] == _manifest()["version"]


def test_version_stands_only_in_the_manifest() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" not in settings.get("project", {})
    for path in _python_files("aim_blender_addon"):
        assert not re.search(r"^(__version__|bl_info)\s*=", path.read_text(), re.MULTILINE), path


def test_oldest_blender_of_the_table_is_the_manifest_s() -> None:
    oldest = min(_readme_rows(), key=_number)
    assert _number(_manifest()["blender_version_min"]) == (*_number(oldest), 0)


def test_readme_names_the_blenders_of_the_table() -> None:
    shown = re.findall(r"^\| \d.*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    rows = _readme_rows()
    assert shown == [rows[name] for name in sorted(rows, key=_number)]


def test_contributing_names_every_tier() -> None:
    lines = (ROOT / "CONTRIBUTING.md").read_text().splitlines()
    named = [line.split("|")[1].strip() for line in lines if line.startswith("| ")]
    usual = [tier.name for tier in _tool("run_tests").TIERS if tier.usual]
    for kind in ("backend", "addon", "extension", "in-blender"):
        assert (
            ", ".join(name for name in usual if re.fullmatch(rf"{kind}(-[\d.]+)?", name)) in named
        )


def test_versions_of_the_table_stand_nowhere_else() -> None:
    for path in (ROOT / "tools" / "lock").glob("*.txt"):
        assert not re.search(r"^(bpy|numpy)==", path.read_text(), re.MULTILINE), path
    for path in (ROOT / "Makefile", ROOT / ".ci" / "run"):
        assert set(re.findall(r"python(3\.\d+)", path.read_text())) <= {
            _tool("blenders").MAIN.python
        }


def _readme_rows() -> dict[str, str]:
    """The rows of README's table, by the Blender's name, as ``blenders.toml`` has it."""
    table = _tool("blenders")
    windows = {
        window.name: ", ".join(f"`{d}`" for d in window.drives) or "all" for window in table.WINDOWS
    }
    rows = {name: f"| {name} | nothing | | {drives} |" for name, drives in windows.items()}
    for blender in table.BLENDERS:
        tests = "all tests" if blender.whole else "the main way"
        needs = f"{blender.python}, NumPy {blender.numpy.rpartition('.')[0]}"
        title = f"{blender.name} LTS" if blender.lts else blender.name
        rows[blender.name] = (
            f"| {title} | {tests} | {needs} | {windows.get(blender.name, 'none')} |"
        )
    return rows


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_every_python_file_states_its_licence() -> None:
    missing = [
        str(path.relative_to(ROOT))
        for path in _python_files("aim_blender_addon", "tests", "tools", "bench")
        if "SPDX-License-Identifier: GPL-3.0-or-later" not in path.read_text()[:400]
    ]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    inside = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    dead = [link for link in inside if not (page.parent / link).exists()]
    assert not dead


def test_the_packed_guide_has_no_pictures_and_no_dead_links(tmp_path: Path) -> None:
    build = _tool("build")
    build.stage(tmp_path / "staged")
    packed = tmp_path / "staged" / "docs"
    pages = list(packed.rglob("*.md"))
    assert len(pages) > 10 and not list(packed.rglob("*.png"))
    assert not [page.name for page in pages if "![" in page.read_text(encoding="utf-8")]


def test_the_guide_lists_the_topics_in_the_order_of_the_tab() -> None:
    text = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    listed = text.partition("<!-- topics -->")[2].partition("<!-- /topics -->")[0]
    links = re.findall(r"^\* \[([^\]]+)\]\(([^)]+)\): .+\.$", listed, re.MULTILINE)
    assert links == [(topic.title, topic.page) for topic in TOPICS]
    assert len(links) == len(listed.strip().splitlines())
