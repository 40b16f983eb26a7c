# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the extension registers, in order; everything is taken back in the reverse order."""

import importlib
from types import ModuleType

#: Modules with ``register()`` and ``unregister()``; a panel comes after what it shows.
MODULES = (
    "properties.performance",
    "properties.retarget",
    "properties.sculpt",
    "properties.shapes",
    "properties.anatomy",
    "properties.face",
    "jobs.status",
    "jobs.environment",
    "jobs.edit_session",
    "preferences",
    "operators.setup.runtime",
    "operators.scans.scans",
    "operators.scans.import_scans",
    "operators.bones.landmarks",
    "operators.bones.estimate",
    "operators.fit.fit",
    "operators.rig.bake",
    "operators.rig.pose_assets",
    "operators.jaw.jaw",
    "operators.performance.bind_markers",
    "operators.performance.solve",
    "operators.performance.import_markers",
    "operators.retarget.retarget",
    "operators.retarget.view",
    "operators.retarget.import_curves",
    "operators.sculpt.edit",
    "operators.sculpt.handles",
    "operators.sculpt.drag_handle",
    "operators.sculpt.constrain",
    "operators.sculpt.constrain_watch",
    "operators.rig.display",
    "operators.model.files",
    "operators.rig.attach",
    "operators.shapes.shapes",
    "operators.shapes.arkit",
    "operators.anatomy.anatomy",
    "operators.scans.sample",
    "operators.fit.presets",
    "panels.lists",
    "panels.menus",
    "panels.presets",
    "panels.setup",
    "panels.scans",
    "panels.bones",
    "panels.fit",
    "panels.rig",
    "panels.overlays.legend",
    "panels.jaw",
    "panels.performance",
    "panels.retarget",
    "panels.overlays.handles",
    "panels.overlays.gizmos",
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
