# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender shows of the running job: ``WindowManager.aim_job``, the status bar and the panels."""

import bpy
from bpy.app.handlers import persistent

from .. import words
from .remaining import in_words

_UNKNOWN = -1.0
_workspaces: set[str] = set()


def begin(title: str, operator: str) -> None:
    """Show that a job called ``title`` runs; ``operator`` ("aim.fit") started it, and its panel shows it."""
    state = bpy.context.window_manager.aim_job
    _clear(state)
    state.title, state.operator = title, operator
    state.running = True
    _redraw()


def show(**changes: str | float) -> None:
    """Show new values of ``AIM_PG_job``'s fields; nothing is redrawn when nothing visible changed."""
    state = bpy.context.window_manager.aim_job
    before = _line(state)
    for name, value in changes.items():
        setattr(state, name, value)
    line = _line(state)
    if line != before:
        if workspace := bpy.context.workspace:
            workspace.status_text_set(line)
            _workspaces.add(workspace.name)
        _redraw()


def end() -> None:
    """Show that no job runs."""
    _clear(bpy.context.window_manager.aim_job)
    for name in _workspaces:
        if workspace := bpy.data.workspaces.get(name):
            workspace.status_text_set(None)
    _workspaces.clear()
    _redraw()


def _clear(state: bpy.types.PropertyGroup) -> None:
    state.running = False
    state.title = state.operator = state.stage = ""
    state.fraction = 0.0
    state.error_mm = state.seconds_left = _UNKNOWN
    state.cancel_requested = False


def _line(state: bpy.types.PropertyGroup) -> str:
    """The job in one line, for the status bar."""
    doing = f"{words.label(state.title)}: {words.label(state.stage)}"
    parts = [doing, f"{100 * state.fraction:.0f} %"]
    if state.error_mm >= 0:
        parts.append(words.label("{error:.3f} mm off", error=state.error_mm))
    if left := in_words(state.seconds_left):
        parts.append(left)
    return words.label("{progress}  (Esc cancels)", progress=", ".join(parts))


def _redraw() -> None:
    """Redraw sidebars and preferences, nothing else: a whole viewport would cost too much."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            kind = {'VIEW_3D': 'UI', 'PREFERENCES': 'WINDOW'}.get(area.type)
            for region in area.regions:
                if region.type == kind:
                    region.tag_redraw()


@persistent
def _forget_saved_job(_file: str) -> None:
    """A file saved while a job ran must not show that job when it is opened."""
    _clear(bpy.context.window_manager.aim_job)


def register() -> None:
    """Watch for opened files."""
    bpy.app.handlers.load_post.append(_forget_saved_job)


def unregister() -> None:
    """Stop watching."""
    bpy.app.handlers.load_post.remove(_forget_saved_job)
