# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the extension and packs it into a zip, with the script Blender itself does it with.

The zip holds the add-on, the pages of the user guide without their pictures (F1 opens them) and the licence.
"""

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "aim_blender_addon"


def main() -> int:
    """Build from the command line; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output-dir", type=Path, default=ROOT / "dist", help="default: dist")
    output = parser.parse_args().output_dir.resolve()
    output.mkdir(parents=True, exist_ok=True)
    scripts = blender_scripts()
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder) / SOURCE.name
        stage(staged)
        # Without --valid-tags a tag that Blender does not know would pass.
        tags = scripts / "modules" / "_bpy_internal" / "extensions" / "tags.py"
        checked = _blender_ext(scripts, "validate", "--valid-tags", str(tags), str(staged))
        if checked != 0:
            return checked
        return _blender_ext(
            scripts, "build", "--source-dir", str(staged), "--output-dir", str(output)
        )


def stage(target: Path) -> None:
    """Copy what goes into the zip to ``target``."""
    shutil.copytree(SOURCE, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for page in sorted((ROOT / "docs").rglob("*.md")):
        copied = target / page.relative_to(ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_text(_without_pictures(page.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copyfile(ROOT / "LICENSE", target / "LICENSE")


def _without_pictures(page: str) -> str:
    """A page without the lines that show a picture: those are on the web only."""
    return re.sub(r"^!\[.*\n\n?", "", page, flags=re.MULTILINE)


def blender_scripts() -> Path:
    """The folder ``scripts`` of the installed Blender module, found without importing it."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None:
        raise SystemExit("Blender's Python module (bpy) is not installed: run make env first")
    package = Path(spec.origin).parent
    return next(path for path in sorted(package.glob("*/scripts")) if path.is_dir())


def _blender_ext(scripts: Path, *arguments: str) -> int:
    script = scripts / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    return subprocess.run([sys.executable, str(script), *arguments]).returncode


if __name__ == "__main__":
    raise SystemExit(main())
