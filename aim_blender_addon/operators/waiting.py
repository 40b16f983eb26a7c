# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The count beside the pointer, for what takes Blender's own process some seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import bpy


@contextmanager
def waiting(context: bpy.types.Context, steps: int) -> Iterator[Callable[[], None]]:
    """Show how many of ``steps`` are done; call what it gives after each of them."""
    manager = context.window_manager
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        manager.progress_update(done)

    manager.progress_begin(0, steps)
    try:
        yield step
    finally:
        manager.progress_end()
