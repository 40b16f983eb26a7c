# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a fresh Blender by test_extension.py: install the zip, look around, leave.

Arguments: the zip and a JSON file for what was seen. BLENDER_USER_RESOURCES must name an empty
folder.
"""

import json
import sys

WORKER_PACKAGES = ("torch", "scipy", "safetensors", "trimesh", "embreex", "robust_laplacian")
for blocked in WORKER_PACKAGES:
    sys.modules[blocked] = None  # importing it raises ImportError

import bpy

import addon_utils  # is there once bpy is

PACKAGE = "bl_ext.user_default.aim_blender_addon"


def main(zip_path: str, seen_path: str) -> None:
    """Write what an installed extension shows to ``seen_path``."""
    bpy.ops.extensions.package_install_files(
        filepath=zip_path, repo="user_default", enable_on_install=True, overwrite=True
    )
    seen = {"enabled": addon_utils.check(PACKAGE)[1], "installed": _registered()}
    entry = bpy.context.preferences.addons.get(PACKAGE)
    seen["preferences"] = bool(entry and entry.preferences)
    seen["pointers"] = _pointers()
    seen["user_folder"] = bpy.utils.extension_path_user(PACKAGE, create=True)

    addon_utils.disable(PACKAGE, default_set=True)
    seen["disabled"] = _registered()
    seen["disabled_pointers"] = _pointers()

    addon_utils.enable(PACKAGE, default_set=True)
    seen["enabled_again"] = _registered()
    addon_utils.disable(PACKAGE, default_set=True)
    seen["modules"] = sorted({name.partition(".")[0] for name in sys.modules if sys.modules[name]})
    with open(seen_path, "w", encoding="utf-8") as file:
        json.dump(seen, file)


def _registered() -> dict[str, list[str]]:
    """Our registered classes' names by kind, and the panels' sidebar tabs."""
    kinds = (bpy.types.Operator, bpy.types.Panel, bpy.types.PropertyGroup, bpy.types.FileHandler)
    found: dict[str, list[str]] = {kind.__name__: [] for kind in kinds}
    for kind in kinds:
        for cls in kind.__subclasses__():
            if cls.__module__.startswith(PACKAGE) and cls.is_registered:
                found[kind.__name__].append(cls.__name__)
    panels = [cls for cls in bpy.types.Panel.__subclasses__() if cls.__module__.startswith(PACKAGE)]
    found["tabs"] = sorted({cls.bl_category for cls in panels if hasattr(cls, "bl_category")})
    return {kind: sorted(names) for kind, names in found.items()}


def _pointers() -> list[bool]:
    return [hasattr(bpy.types.Object, "aim"), hasattr(bpy.types.WindowManager, "aim_job")]


if __name__ == "__main__":
    main(*sys.argv[1:])
