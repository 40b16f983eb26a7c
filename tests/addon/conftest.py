# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on registered from its sources in Blender's Python module; an empty file per test."""

import os
import sys
import tempfile
from collections.abc import Iterator

# Blender's own Python has none of these; importing one raises ImportError here too.
for name in (
    "torch",
    "scipy",
    "safetensors",
    "trimesh",
    "embreex",
    "rtree",
    "robust_laplacian",
    "OpenEXR",
):
    sys.modules[name] = None  # pyright: ignore[reportArgumentType]

# Before bpy is imported: the tests leave the user's own preferences alone.
os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="aim-blender-"))

import bpy
import pytest

import aim_blender_addon
from aim_blender_addon.jobs import environment

PACKAGE = aim_blender_addon.__name__
_exit_status = 0


def pytest_report_header() -> str:
    """Name the Blender of this run."""
    return f"Blender {bpy.app.version_string}"


@pytest.fixture(scope="session", autouse=True)
def _registered() -> Iterator[None]:
    aim_blender_addon.register()
    yield
    aim_blender_addon.unregister()


@pytest.fixture(scope="session")
def _factory(_registered: None) -> str:
    """What the preferences are in factory settings."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return _preferences()


@pytest.fixture(autouse=True)
def _empty_file(_factory: str) -> None:
    addons = bpy.context.preferences.addons
    for addon in [addon for addon in addons if addon.module == PACKAGE]:
        addons.remove(addon)
    # Factory settings take six times as long as an empty file, as all of Blender's own add-ons start anew.
    if _preferences() == _factory:
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    else:
        bpy.ops.wm.read_factory_settings(use_empty=True)
    # Factory settings know no add-on of ours: without this entry it would have no preferences.
    bpy.context.preferences.addons.new().module = PACKAGE


def _preferences() -> str:
    """All values of the user's preferences that are no lists, the add-ons, and the folders of assets and extensions."""
    preferences = bpy.context.preferences
    names = (
        "edit",
        "experimental",
        "extensions",
        "filepaths",
        "inputs",
        "keymap",
        "system",
        "view",
    )
    groups = [preferences, *(getattr(preferences, name) for name in names)]
    values = [
        str(getattr(group, prop.identifier))
        for group in groups
        for prop in group.bl_rna.properties
        if prop.type not in ('COLLECTION', 'POINTER')
    ]
    values += sorted(addon.module for addon in preferences.addons)
    for places in (preferences.filepaths.asset_libraries, preferences.extensions.repos):
        values += [f"{place.name} {getattr(place, 'path', '')}" for place in places]
    return "\n".join(values)


@pytest.fixture(scope="module")
def one_worker() -> Iterator[None]:
    """The worker in the tests' own Python. It goes on from module to module: it keeps the faces it has looked at."""
    with pytest.MonkeyPatch.context() as patch:
        python = environment.Interpreter('USER', os.environ.get("AIM_PYTHON", sys.executable))
        patch.setattr(environment, "interpreter", lambda: python)
        yield


def pytest_sessionfinish(exitstatus: int) -> None:
    """Keep the status for the end."""
    global _exit_status
    _exit_status = int(exitstatus)


def pytest_unconfigure() -> None:
    """Leave without Blender's own tidying: 4.5 hangs there when a test left a class registered."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_exit_status)
