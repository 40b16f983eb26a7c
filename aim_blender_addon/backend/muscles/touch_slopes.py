# SPDX-FileCopyrightText: 2026 AIM Faces contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slopes of touching by what the skin is added and by the jaw, and the skin that is shown, with slopes.

What touches the jaw sees only where the skin is beside it. So a motion of the jaw acts as the opposite motion of the
skin, and turns what it presses.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
import torch

from .drive import times
from .touching import ROUNDS, Touch


@dataclass(frozen=True)
class TouchSlopes:
    """Slopes of something [T, 3] that the touching skin [T, 3] mm is given by what it meets.

    Attributes:
        by_skin: [3 T, 3 T].
        by_jaw_meetings: the same of what moves with the jaw alone.
        given: [T, 3] by what moves with the jaw.
        skin: [T, 3] mm, where the skin is.
        jaw: [4, 4] its pose.
    """

    by_skin: sp.csr_matrix
    by_jaw_meetings: sp.csr_matrix
    given: np.ndarray
    skin: np.ndarray
    jaw: np.ndarray

    @classmethod
    def of_forces(cls, touch: Touch, skin: np.ndarray) -> "TouchSlopes":
        """Of the energy's slope, N."""
        count, terms = len(skin), touch.terms(skin, True)
        return cls._of(
            touch,
            skin,
            [(part.stiffness_matrix(count), part.forces(count), part.on_jaw) for part in terms],
        )

    @classmethod
    def of_shift(cls, touch: Touch, skin: np.ndarray) -> "TouchSlopes":
        """Of the soft layer's yielding, mm."""
        count, terms = len(skin), touch.terms(skin, True)
        return cls._of(
            touch,
            skin,
            [(part.shown_slopes(count), part.shown_shift(count), part.on_jaw) for part in terms],
        )

    @classmethod
    def _of(cls, touch: Touch, skin: np.ndarray, parts: list[tuple]) -> "TouchSlopes":
        count = len(skin)
        none = sp.csr_matrix((3 * count, 3 * count))
        return cls(
            sum((slopes for slopes, _, _ in parts), none),
            sum((slopes for slopes, _, on_jaw in parts if on_jaw), none),
            sum((given for _, given, on_jaw in parts if on_jaw), np.zeros((count, 3))),
            skin,
            touch.jaw,
        )

    def along(self, way: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """What changes [T, 3] with a way [T, 3] of the skin and one [4, 4] of the jaw's pose."""
        turn, moved = self.jaw[:3, :3], jaw[:3, :3]
        aside = (self.skin - self.jaw[:3, 3]) @ moved @ turn.T - jaw[:3, 3]
        change = self.by_skin @ way.ravel() + self.by_jaw_meetings @ aside.ravel()
        return change.reshape(-1, 3) + self.given @ (moved @ turn.T).T

    def back(self, way: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The transpose of :meth:`along`: slopes [T, 3] by the skin and [4, 4] by the jaw's pose."""
        turn = self.jaw[:3, :3]
        aside = (self.by_jaw_meetings.T @ way.ravel()).reshape(-1, 3)
        pose = np.zeros((4, 4))
        pose[:3, :3] = way.T @ (self.given @ turn)
        pose[:3, :3] += (self.skin - self.jaw[:3, 3]).T @ (aside @ turn)
        pose[:3, 3] = -aside.sum(axis=0)
        return (self.by_skin.T @ way.ravel()).reshape(-1, 3), pose


class _Shift(torch.autograd.Function):
    """Touching skin [T, 3] and jaw pose [4, 4] to what the soft layer gives way [T, 3]."""

    @staticmethod
    def forward(ctx, touch: Touch, skin: torch.Tensor, jaw: torch.Tensor) -> torch.Tensor:  # noqa: ANN001, ARG004, D102
        at = skin.detach().numpy()
        ctx.touch, ctx.skin = touch, at
        return torch.as_tensor(touch.shift(at))

    @staticmethod
    def backward(ctx, slope: torch.Tensor) -> tuple:  # noqa: ANN001, D102
        by_skin, by_jaw = TouchSlopes.of_shift(ctx.touch, ctx.skin).back(slope.numpy())
        return None, torch.as_tensor(by_skin), torch.as_tensor(by_jaw)


def shown_skin(
    touch: Touch, free: torch.Tensor, offset: torch.Tensor, jaw: torch.Tensor
) -> torch.Tensor:
    """The skin [S, 3] mm of the flesh with its soft layer off what it touches.

    Args:
        touch: as the solver left it.
        free: [F, 3] mm, nodes in equilibrium.
        offset: [T, 3] mm, as ``Touching.offset`` gives it.
        jaw: [4, 4] its pose.
    """
    skin = times(touch.touching.carry, free) + offset
    for _ in range(ROUNDS):
        skin = skin + _Shift.apply(touch, skin, jaw)
    return skin[torch.as_tensor(touch.touching.rows_of_flesh)]


@dataclass(frozen=True)
class ShownSlopes:
    """Slopes of equilibrium and of the shown skin by many parameters at once.

    Attributes:
        touch: as the solver left it.
        free: [F, 3] mm, nodes in equilibrium.
        offsets: [P, T, 3] slopes of the offset by each parameter.
        jaws: [P, 4, 4] those of the jaw's pose.
    """

    touch: Touch
    free: np.ndarray
    offsets: np.ndarray
    jaws: np.ndarray

    @cached_property
    def pulls(self) -> np.ndarray:
        """[P, F, 3] N what to add to the slopes of the pull."""
        skin = self.touch.skin(self.free)
        slopes = TouchSlopes.of_forces(self.touch, skin)
        ways = zip(self.offsets, self.jaws, strict=True)
        carry = self.touch.touching.carry
        return np.stack([-(carry.T @ slopes.along(way, jaw)) for way, jaw in ways])

    def skin(self, nodes: np.ndarray) -> np.ndarray:
        """Slopes [S, 3, P] of the shown skin, for those of the nodes [F, 3 P], coordinate by coordinate."""
        ways = self.layered(self.touch.skin(self.free), self.carried(nodes))
        return ways[:, self.touch.touching.rows_of_flesh].transpose(1, 2, 0)

    def carried(self, nodes: np.ndarray) -> np.ndarray:
        """Slopes [P, T, 3] of the touching skin without its layer's yielding; ``nodes`` as in :meth:`skin`."""
        carry, count = self.touch.touching.carry, len(self.offsets)
        return (carry @ nodes).reshape(-1, 3, count).transpose(2, 0, 1) + self.offsets

    def layered(self, at: np.ndarray, ways: np.ndarray) -> np.ndarray:
        """Slopes [P, T, 3] of a skin [T, 3] mm whose layer has given way, for its own slopes [P, T, 3]."""
        touch = self.touch
        for _ in range(ROUNDS):
            slopes = TouchSlopes.of_shift(touch, at)
            ways = np.stack(
                [way + slopes.along(way, jaw) for way, jaw in zip(ways, self.jaws, strict=True)]
            )
            at = at + touch.shift(at)
        return ways
