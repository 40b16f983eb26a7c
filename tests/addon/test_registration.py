# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on comes and goes as a whole."""

import subprocess
import sys
from pathlib import Path

import bpy

import aim_blender_addon

ROOT = Path(__file__).resolve().parents[2]


def _ours() -> set[str]:
    bases = (
        bpy.types.Operator,
        bpy.types.Panel,
        bpy.types.PropertyGroup,
        bpy.types.UIList,
        bpy.types.Menu,
        bpy.types.FileHandler,
        bpy.types.AddonPreferences,
    )
    return {
        found.__name__
        for base in bases
        for found in base.__subclasses__()
        if found.__module__.startswith(aim_blender_addon.__name__) and found.is_registered
    }


def test_unregister_takes_everything_back_and_register_brings_it_again() -> None:
    before = _ours()
    assert before
    aim_blender_addon.unregister()
    try:
        assert _ours() == set()
        assert not hasattr(bpy.types.Object, "aim")
        assert not hasattr(bpy.types.Scene, "aim")
        assert not hasattr(bpy.types.WindowManager, "aim_job")
    finally:
        aim_blender_addon.register()
    assert _ours() == before


def test_registers_and_leaves_in_a_fresh_blender_without_the_worker_packages() -> None:
    """Blender's Python has neither torch nor scipy, and 4.5 never ends with a class left behind."""
    script = (
        "import sys\n"
        "for name in ('torch', 'scipy', 'safetensors', 'trimesh', 'robust_laplacian'):\n"
        "    sys.modules[name] = None\n"
        "import bpy, aim_blender_addon\n"
        "aim_blender_addon.register()\n"
        "aim_blender_addon.unregister()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
