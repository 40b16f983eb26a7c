# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports point one way, and each process finds only what it may: see CONTRIBUTING.md, "Rooms"."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDON = ROOT / "aim_blender_addon"
BACKEND = ADDON / "backend"

#: Not in Blender's process: its Python has none of them.
WORKER_ONLY = {
    "torch",
    "scipy",
    "safetensors",
    "trimesh",
    "embreex",
    "rtree",
    "robust_laplacian",
    "OpenEXR",
}
BLENDER = {"bpy", "mathutils", "bmesh", "gpu", "bl_ui", "addon_utils"}
#: For each folder, its rooms by floor: a room imports from rooms of lower floors, and from itself.
FLOORS: dict[tuple[str, ...], list[set[str]]] = {
    (): [
        {"backend", "compat", "topics", "words"},
        {"bridge"},
        {"jobs", "properties"},
        {"operators"},
        {"panels"},
        {"preferences", "manual", "translations"},
        {"registration"},
        {"__init__"},
    ],
    ("backend",): [
        {"errors", "known_core", "progress", "shape_names", "geometry", "animation"},
        {"body", "scans", "anatomy"},
        {"model"},
        {"contact", "fitting"},
        {"inside", "io", "sample"},
        {"live", "solving", "worker"},
        {"detail", "editing", "muscles", "retargeting"},
        {"controls"},
        {"jobs"},
        {"cli"},
        {"__main__"},
    ],
    ("backend", "anatomy"): [
        {"head"},
        {"jaw", "survey", "worn"},
        {"eyes", "hanging", "tissue", "mouth_parts", "tongue"},
        {"bones"},
    ],
    ("bridge",): [
        {"data"},
        {"rig"},
        {"shapes", "view"},
        {"body", "controls", "face", "sculpt"},
        {"detail", "export", "performance", "poses"},
        {"muscles", "retarget"},
        {"direct"},
        {"live"},
    ],
}
#: Imports against the table that are still to be cut: (module, what it imports).
UPWARD: set[tuple[str, str]] = set()


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def _loaded_by(modules: list[str]) -> dict[str, list[str]]:
    """The top-level packages loaded after importing each of ``modules``, in one fresh process."""
    script = (
        "import importlib, json, sys\n"
        "loaded = {}\n"
        "for name in json.load(sys.stdin):\n"
        "    importlib.import_module(name)\n"
        "    loaded[name] = sorted({key.partition('.')[0] for key in sys.modules})\n"
        "json.dump(loaded, sys.stdout)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        input=json.dumps(modules),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_backend_imports_without_blender() -> None:
    modules = [_module_name(path) for path in _python_files(BACKEND) if path.stem != "__main__"]
    for module, loaded in _loaded_by(modules).items():
        assert not BLENDER & set(loaded), module


def _imports(path: Path) -> Iterator[tuple[int, str, int]]:
    """Each import of a file as (dots, module, line); dots is 0 for an absolute import."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # ``from .a import b``: b may be a module or something in it, so both are yielded.
            stem = f"{node.module}." if node.module else ""
            if node.module:
                yield node.level, node.module, node.lineno
            yield from ((node.level, stem + alias.name, node.lineno) for alias in node.names)


def _target(path: Path, dots: int, module: str) -> tuple[str, ...] | None:
    """What a relative import reaches, as a path inside the add-on; None when it climbs out."""
    package = path.relative_to(ADDON).parent.parts
    if dots - 1 > len(package):
        return None
    return (*package[: len(package) - (dots - 1)], *module.split("."))


@pytest.mark.parametrize("path", _python_files(ADDON), ids=_module_name)
def test_imports_point_one_way(path: Path) -> None:
    room = path.relative_to(ADDON).parts[0]
    for dots, module, line in _imports(path):
        where = f"{path.relative_to(ROOT)}:{line} imports {'.' * dots}{module}"
        if dots == 0:
            top = module.partition(".")[0]
            assert top not in {"aim_blender_addon", "backend", "bl_ext"}, f"{where}: use dots"
            assert room != "backend" or top not in BLENDER, f"{where}: no Blender in the backend"
            assert room == "backend" or top not in WORKER_ONLY, f"{where}: not in Blender's Python"
            continue
        target = _target(path, dots, module)
        assert target is not None, f"{where}: climbs out of the add-on"
        if room == "backend":
            assert target[0] == "backend", f"{where}: climbs out of the backend"
        assert _is_downward(path, target), f"{where}: upwards"


def _is_downward(path: Path, target: tuple[str, ...]) -> bool:
    """Whether the rooms of ``FLOORS`` let this file import ``target``."""
    source = path.relative_to(ADDON).with_suffix("").parts
    for folder, floors in FLOORS.items():
        depth = len(folder)
        if source[:depth] != folder or target[:depth] != folder or len(target) <= depth:
            continue
        here, there = source[depth], target[depth]
        if here == there or ".".join(target) == ".".join(source[:-1]):
            continue
        known = {room: floor for floor, rooms in enumerate(floors) for room in rooms}
        if (".".join(source), ".".join(target[: depth + 1])) in UPWARD:
            continue
        if there not in known:  # a name in the folder's own __init__
            continue
        if known[there] >= known.get(here, -1):
            return False
    return True


def test_every_room_has_a_floor() -> None:
    for folder, floors in FLOORS.items():
        names = {
            path.stem
            for path in ADDON.joinpath(*folder).iterdir()
            if path.suffix == ".py" or (path / "__init__.py").is_file()
        }
        known = set().union(*floors)
        assert names - {"__init__"} == known - {"__init__"}, "/".join(folder)


def _backend_modules_used_by_blender() -> list[str]:
    """The backend modules that anything outside the backend imports."""
    used: set[str] = set()
    for path in _python_files(ADDON):
        if path.is_relative_to(BACKEND):
            continue
        for dots, module, _line in _imports(path):
            target = _target(path, dots, module) if dots else None
            if target and target[0] == "backend":
                used.add(".".join((ADDON.name, *target)))
    return sorted(name for name in used if _is_module(name))


def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_what_blender_uses_of_the_backend_needs_numpy_only() -> None:
    modules = _backend_modules_used_by_blender()
    assert modules
    for module, loaded in _loaded_by(modules).items():
        assert not WORKER_ONLY & set(loaded), module


def test_the_command_line_leaves_small_matrices_to_one_thread() -> None:
    """Two threads wait for each other: 114 ms a frame of a solve instead of 26."""
    code = (
        "import os, sys; import aim_blender_addon.backend.__main__; "
        "assert 'numpy' in sys.modules; print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    clean = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "1"
