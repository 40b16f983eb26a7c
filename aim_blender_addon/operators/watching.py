# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hear of changes of Blender's data through its message bus, also after another file was opened."""

from collections.abc import Callable, Iterable

import bpy
from bpy.app.handlers import persistent


class Watch:
    """Properties that are listened to.

    Args:
        keys: gives the types and names of the properties, once Blender can be asked.
        changed: is called after any of them was set.
        settled: is called after each of the handlers ``after``.
        after: handlers after which a property may have changed without a message. Opening a file ends all messages,
            so ``load_post`` is one of them.
    """

    def __init__(
        self,
        keys: Callable[[], Iterable[tuple[type, str]]],
        changed: Callable[[], None],
        settled: Callable[[], None] | None = None,
        after: tuple[str, ...] = ("load_post",),
    ) -> None:
        self._keys, self._changed, self._after = keys, changed, after
        self._owner = object()

        @persistent
        def again(*_: object) -> None:
            self._subscribe()
            if settled is not None:
                settled()

        self._again = again

    def _subscribe(self) -> None:
        bpy.msgbus.clear_by_owner(self._owner)
        for key in self._keys():
            bpy.msgbus.subscribe_rna(key=key, owner=self._owner, args=(), notify=self._changed)

    def register(self) -> None:
        """Listen."""
        self._subscribe()
        for name in self._after:
            getattr(bpy.app.handlers, name).append(self._again)

    def unregister(self) -> None:
        """Listen no more."""
        for name in self._after:
            getattr(bpy.app.handlers, name).remove(self._again)
        bpy.msgbus.clear_by_owner(self._owner)
