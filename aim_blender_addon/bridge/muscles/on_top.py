# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes that play on top of a simulated range: combination shapes that a sculptor made, and all that are not scanned.

A mesh cache has no shape keys. So what they do in each frame, by their drivers too, is added to its skin, as the rig
adds it: before the jaw and the head move it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ...backend.io.npz import NpzRows
from ...backend.model.aim import AimModel
from ..rig.carried import added_by
from ..sculpt.rig_parts import RigParts
from . import simulated


@dataclass
class OnTop:
    """What K shape keys add that are none of the actor's expressions and no simulation.

    Attributes:
        names: K names.
        shapes: [K, V, 3] mm at their full value.
        values: [T, K] by frame.
        jaw_share: [V] of the jaw's motion.
    """

    names: list[str]
    shapes: np.ndarray
    values: np.ndarray
    jaw_share: np.ndarray

    @classmethod
    def of(cls, rig: RigParts, model: AimModel, frames: int) -> "OnTop":
        """The shapes of a rig, with room for the values of so many frames."""
        ours = {rig.keys.reference_key.name, *model.expression_names, *simulated.names(rig.keys)}
        blocks = [block for block in rig.keys.key_blocks if block.name not in ours]
        shapes = np.zeros((len(blocks), len(model.neutral.vertices), 3), np.float32)
        for row, block in zip(shapes, blocks, strict=True):
            row[:] = added_by(rig.mesh, block) * rig.mm_per_unit
        share = model.evaluate().jaw_weight.astype(np.float64)
        return cls([b.name for b in blocks], shapes, np.zeros((frames, len(blocks))), share)

    def read(self, row: int, blocks: bpy.types.bpy_prop_collection) -> None:
        """Keep the values that the evaluated shape keys have in a frame."""
        shown = [blocks[name] for name in self.names]
        self.values[row] = [0.0 if block.mute else block.value for block in shown]

    def in_use(self, least: float) -> list[str]:
        """Names of those that go beyond a value in some frame."""
        most = np.abs(self.values).max(axis=0, initial=0.0)
        return [name for name, value in zip(self.names, most, strict=True) if value >= least]

    @property
    def stamp(self) -> str:
        """What tells it from others; "" where it adds nothing."""
        if not self.values.any():
            return ""
        return hashlib.sha256(self.shapes.tobytes() + self.values.tobytes()).hexdigest()

    def added(self, result: Path) -> Iterator[np.ndarray]:
        """The skin [V, 3] mm of each frame of a result, with these shapes on top."""
        names = ("vertices", "jaw", "head")
        frames = zip(*(NpzRows(result, name) for name in names), self.values, strict=True)
        for skin, jaw, head, values in frames:
            way = np.tensordot(values, self.shapes, 1)
            way += self.jaw_share[:, None] * (way @ jaw[:3, :3].T - way)
            yield skin + way @ head[:3, :3].T
