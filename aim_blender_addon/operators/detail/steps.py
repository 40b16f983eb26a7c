# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work of Blender's own thread that takes a while: step by step, with progress, and ended by Esc."""

import time
from collections.abc import Iterator

import bpy

from ... import words
from ...backend.errors import AimError

#: Seconds between two steps, and of steps between two looks at the user.
_TICK_S, _SLICE_S = 0.01, 0.05


class InSteps:
    """What operators have in common that write files for a while; they change nothing in the scene.

    A script has it done in one go.
    """

    bl_options = {'REGISTER'}

    _steps: Iterator[float] | None = None
    _timer: bpy.types.Timer | None = None

    def steps(self, context: bpy.types.Context) -> Iterator[float]:
        """Does the work; yields the share that is done, 0 to 1.

        Raises:
            AimError: it cannot go on; what is written stays.
        """
        raise NotImplementedError

    def said(self, cancelled: bool) -> str:
        """What the user is told at the end."""
        raise NotImplementedError

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        self._steps = self.steps(context)
        if not self.options.is_invoke or self.options.is_repeat or bpy.app.background:
            return self._all(context)
        manager = context.window_manager
        manager.progress_begin(0, 100)
        self._timer = manager.event_timer_add(_TICK_S, window=context.window)
        manager.modal_handler_add(self)
        return {'RUNNING_MODAL'}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """A few steps at every tick. The scene must not change meanwhile, so all but Esc waits."""
        if event.type == 'ESC' and event.value == 'PRESS':
            self._end(context)
            self.report({'WARNING'}, self.said(True))
            return {'CANCELLED'}
        if event.type != 'TIMER':
            return {'RUNNING_MODAL'}
        end = time.monotonic() + _SLICE_S
        try:
            while time.monotonic() < end:
                share = next(self._steps, None)
                if share is None:
                    return self._finish(context)
                self._show(context, share)
        except AimError as error:
            self._end(context)
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        return {'RUNNING_MODAL'}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator: a file is loaded, the window is closed, Blender quits."""
        self._end(context)

    def _all(self, context: bpy.types.Context) -> set[str]:
        try:
            for _share in self._steps:
                pass
        except AimError as error:
            self.report({'ERROR'}, str(error))
            return {'CANCELLED'}
        finally:
            self._end(context)
        self.report({'INFO'}, self.said(False))
        return {'FINISHED'}

    def _finish(self, context: bpy.types.Context) -> set[str]:
        self._end(context)
        self.report({'INFO'}, self.said(False))
        return {'FINISHED'}

    def _show(self, context: bpy.types.Context, share: float) -> None:
        context.window_manager.progress_update(100 * share)
        if context.workspace is not None:
            text = words.report("{done:.0%} done; Esc stops", done=share)
            context.workspace.status_text_set(text)

    def _end(self, context: bpy.types.Context) -> None:
        """Leave nothing running: no half-read scene, timer or progress."""
        if self._steps is not None:
            self._steps.close()
            self._steps = None
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
            context.window_manager.progress_end()
            if context.workspace is not None:
                context.workspace.status_text_set(None)
