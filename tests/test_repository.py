# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the repository as a whole: versions, headers, links."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def _python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


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


def test_locked_blender_is_supported() -> None:
    least = tuple(map(int, _manifest()["blender_version_min"].split(".")))
    for name in ("requirements.txt", "second-blender.txt"):
        pin = re.search(r"^bpy==(.+)$", (ROOT / "tools" / "lock" / name).read_text(), re.MULTILINE)
        assert pin and tuple(map(int, pin[1].split("."))) >= least


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
    spec = importlib.util.spec_from_file_location("build", ROOT / "tools" / "build.py")
    assert spec and spec.loader
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    build.stage(tmp_path / "staged")
    packed = tmp_path / "staged" / "docs"
    pages = list(packed.rglob("*.md"))
    assert len(pages) > 10 and not list(packed.rglob("*.png"))
    assert not [page.name for page in pages if "![" in page.read_text(encoding="utf-8")]
