# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hangs on a skin follows one of its shape keys while that is being changed: a handle is dragged."""

from dataclasses import dataclass

import bpy
import numpy as np

from ...backend.anatomy.hanging.binding import Binding, carry
from ..data import shape_keys
from ..data.linked import is_foreign
from ..data.meshes import transform
from . import carried


@dataclass(frozen=True)
class _Hanging:
    """A piece, read once.

    Attributes:
        object: the piece.
        binding: how it hangs.
        local: [V, 3] at rest, in its own space.
        points: [V, 3] the same in head space, mm.
        back: [3, 3] displacements from there, from the right.
        skin: [S, 3] the skin at rest, head space, mm.
        to_head: [3, 3] displacements of the skin to there, from the right.
    """

    object: bpy.types.Object
    binding: Binding
    local: np.ndarray
    points: np.ndarray
    back: np.ndarray
    skin: np.ndarray
    to_head: np.ndarray


class Following:
    """What hangs on a skin, made ready to follow a key time and again.

    That lids slide over the eyes is left to :func:`carried.carry_keys`, which has the last word.
    """

    def __init__(self, skin: bpy.types.Object, name: str) -> None:
        """Read what hangs on ``skin``; ``name`` is the key's, which need not be there yet."""
        self._skin, self._name = skin, name
        self._hanging: list[_Hanging] = []
        count = len(skin.data.vertices)
        rest = shape_keys.read_points(skin.data.shape_keys.reference_key)
        for piece in carried.pieces(skin):
            kept = carried.binding_of(piece, count)
            if kept is None or is_foreign(piece):
                continue
            binding, to_head, skin_to_head, _follows_jaw = kept
            local = carried.rest_of(piece)
            self._hanging.append(
                _Hanging(
                    piece,
                    binding,
                    local,
                    transform(local, to_head).astype(np.float64),
                    np.linalg.inv(to_head[:3, :3]).T,
                    transform(rest, skin_to_head).astype(np.float64),
                    skin_to_head[:3, :3].T,
                )
            )

    def follow(self) -> None:
        """Bring the pieces to where the key has the skin."""
        block = self._skin.data.shape_keys.key_blocks.get(self._name)
        if block is None or not self._hanging:
            return
        moves = carried.added_by(self._skin, block)
        for one in self._hanging:
            moved = carry(one.binding, one.points, one.skin, moves @ one.to_head)
            own = one.object.data.shape_keys
            if self._name in carried.made_names(own):
                points = one.local + moved @ one.back
                shape_keys.write_points(own.key_blocks[self._name], points)
                one.object.data.update()
            elif np.abs(moved).max(initial=0.0) >= carried.LEAST_MM:
                is_users = own is not None and self._name in own.key_blocks
                if not is_users:  # the key and its driver are made once
                    carried.carry_keys(self._skin, [self._name])
