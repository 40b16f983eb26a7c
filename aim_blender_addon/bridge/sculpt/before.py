# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an edit by handles changes, kept to be brought back when it is cancelled."""

from dataclasses import dataclass, field

import numpy as np

from ..data import shape_keys
from .rig_parts import RigParts, jaw_channels, set_jaw_channels

#: Fields of a handle that an answer of the worker changes.
_SOLVED = ("goal", "start", "left_mm", "way_mm", "reason")


@dataclass
class Before:
    """The working key, the jaw and the handles as they were, to be brought back exactly."""

    rig: RigParts
    name: str
    _points: np.ndarray | None = None
    _slider: tuple[float, bool] = (0.0, False)
    _jaw: np.ndarray = field(default_factory=lambda: np.zeros(6))
    _edited: tuple[float, ...] = ()
    _handles: list[dict] = field(default_factory=list)
    _active: int = 0

    def __post_init__(self) -> None:
        block = self.rig.keys.key_blocks.get(self.name)
        if block is not None:
            self._points, self._slider = shape_keys.read_points(block), (block.value, block.mute)
        settings = self.rig.face.aim.sculpt
        self._jaw, self._edited = jaw_channels(self.rig.armature), tuple(settings.edited_jaw)
        self._active = self.rig.mesh.active_shape_key_index
        self._handles = [
            {name: _plain(getattr(handle, name)) for name in _SOLVED} for handle in settings.handles
        ]

    def restore(self) -> None:
        """Bring all back."""
        block = self.rig.keys.key_blocks.get(self.name)
        if self._points is None and block is not None:
            self.rig.mesh.shape_key_remove(block)
        elif block is not None:
            shape_keys.write_points(block, self._points)
            block.value, block.mute = self._slider
        self.rig.mesh.active_shape_key_index = self._active
        set_jaw_channels(self.rig.armature, self._jaw)
        settings = self.rig.face.aim.sculpt
        settings.edited_jaw = self._edited
        for handle, kept in zip(settings.handles, self._handles, strict=True):
            for name, value in kept.items():
                setattr(handle, name, value)
        self.rig.mesh.data.update()


def _plain(value: object) -> object:
    return tuple(value) if hasattr(value, "__len__") and not isinstance(value, str) else value
