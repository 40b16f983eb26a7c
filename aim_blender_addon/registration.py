# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the extension registers, in order; everything is taken back in the reverse order."""

import importlib
from types import ModuleType

#: Modules with ``register()`` and ``unregister()``; a panel comes after what it shows.
MODULES = (
    "take_properties",
    "retarget_properties",
    "sculpt_properties",
    "shape_properties",
    "anatomy_properties",
    "properties",
    "jobs.status",
    "jobs.environment",
    "jobs.editing",
    "preferences",
    "operators.runtime",
    "operators.scans",
    "operators.import_scans",
    "operators.landmarks",
    "operators.bones",
    "operators.fit",
    "operators.bake",
    "operators.pose_assets",
    "operators.jaw",
    "operators.bind_markers",
    "operators.solve",
    "operators.import_markers",
    "operators.retarget",
    "operators.retarget_view",
    "operators.import_curves",
    "operators.sculpt",
    "operators.handles",
    "operators.drag_handle",
    "operators.constrain",
    "operators.constrain_watch",
    "operators.display",
    "operators.model_io",
    "operators.attach",
    "operators.shapes",
    "operators.arkit",
    "operators.anatomy",
    "operators.sample",
    "operators.presets",
    "panels.lists",
    "panels.menus",
    "panels.presets",
    "panels.setup",
    "panels.scans",
    "panels.bones",
    "panels.fit",
    "panels.bake",
    "panels.legend",
    "panels.jaw",
    "panels.performance",
    "panels.retarget",
    "panels.handle_overlay",
    "panels.handle_gizmos",
    "panels.sculpt",
    "panels.shapes",
    "panels.anatomy",
    "panels.model",
    "manual",
    "translations",
)


def modules() -> list[ModuleType]:
    """The modules of ``MODULES``, imported."""
    return [importlib.import_module(f".{name}", __package__) for name in MODULES]


def register() -> None:
    """Register all modules; when one fails, those before it are taken back and the error goes on."""
    done: list[ModuleType] = []
    try:
        for module in modules():
            module.register()
            done.append(module)
    finally:
        if len(done) < len(MODULES):
            _unregister(done)


def unregister() -> None:
    """Unregister all modules in the reverse order."""
    _unregister(modules())


def _unregister(registered: list[ModuleType]) -> None:
    for module in reversed(registered):
        module.unregister()
