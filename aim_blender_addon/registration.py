# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the extension registers, in order; everything is taken back in the reverse order."""

from types import ModuleType

from .topics import load, modules_in, modules_of_topics

#: Names in the order of registration. Modules of topics and folders are found; the others stand here.
NAMES = (
    *modules_of_topics("properties"),
    "properties.face",
    "properties.job",
    "jobs.status",
    "jobs.environment",
    "jobs.edit_session",
    "preferences",
    *modules_of_topics("operators"),
    *modules_of_topics("panels"),
    *modules_in("panels.overlays"),
    "panels.menus",
    "manual",
    "translations",
)


def modules() -> list[ModuleType]:
    """The modules of ``NAMES`` that have something to register."""
    return [module for module in map(load, NAMES) if hasattr(module, "register")]


def register() -> None:
    """Register all modules; when one fails, those before it are taken back and the error goes on."""
    waiting = modules()
    done: list[ModuleType] = []
    try:
        for module in waiting:
            module.register()
            done.append(module)
    finally:
        if len(done) < len(waiting):
            _unregister(done)


def unregister() -> None:
    """Unregister all modules in the reverse order."""
    _unregister(modules())


def _unregister(registered: list[ModuleType]) -> None:
    for module in reversed(registered):
        module.unregister()
